/* The least that a restart has to read: every block of a journal by LMDB, every byte of a rule set.
 *
 *     restart_floor JOURNAL ARTIFACT
 *
 * Each value and the whole file are hashed once, for who believes a disk has to. Nothing is kept,
 * parsed or made ready. One JSON line on standard output. */
#include "base/clock.h"

#include <errno.h>
#include <fcntl.h>
#include <lmdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include <xxhash.h>

static void die(const char *what, const char *why)
{
	fprintf(stderr, "restart_floor: %s: %s\n", what, why);
	exit(3);
}

static void lmdb(int rc)
{
	if (rc)
		die("LMDB", mdb_strerror(rc));
}

static uint64_t read_journal(const char *path, uint64_t *ret_blocks, uint64_t *ret_hash)
{
	uint64_t bytes = 0;
	MDB_cursor *cursor;
	MDB_val key, value;
	MDB_env *env;
	MDB_txn *txn;
	MDB_dbi dbi;
	int rc;

	lmdb(mdb_env_create(&env));
	lmdb(mdb_env_open(env, path, MDB_RDONLY, 0640));
	lmdb(mdb_txn_begin(env, NULL, MDB_RDONLY, &txn));
	lmdb(mdb_dbi_open(txn, NULL, 0, &dbi));
	lmdb(mdb_cursor_open(txn, dbi, &cursor));
	for (*ret_blocks = 0; !(rc = mdb_cursor_get(cursor, &key, &value, MDB_NEXT));
	     (*ret_blocks)++) {
		*ret_hash ^= XXH3_64bits(value.mv_data, value.mv_size);
		bytes += value.mv_size;
	}
	if (rc != MDB_NOTFOUND)
		lmdb(rc);
	mdb_cursor_close(cursor);
	mdb_txn_abort(txn);
	mdb_env_close(env);
	return bytes;
}

static uint64_t read_artifact(const char *path, uint64_t *ret_hash)
{
	int fd = open(path, O_RDONLY);
	struct stat st;
	void *at;

	if (fd < 0 || fstat(fd, &st))
		die(path, strerror(errno));
	at = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_SHARED | MAP_POPULATE, fd, 0);
	if (at == MAP_FAILED)
		die(path, strerror(errno));
	*ret_hash ^= XXH3_64bits(at, (size_t)st.st_size);
	munmap(at, (size_t)st.st_size);
	close(fd);
	return (uint64_t)st.st_size;
}

int main(int argc, char **argv)
{
	uint64_t hash = 0, blocks, journal_bytes, artifact_bytes;
	int64_t began_ns;

	if (argc != 3) {
		fputs("usage: restart_floor JOURNAL ARTIFACT\n", stderr);
		return 2;
	}
	began_ns = sl_clock_read(CLOCK_MONOTONIC);
	journal_bytes = read_journal(argv[1], &blocks, &hash);
	artifact_bytes = read_artifact(argv[2], &hash);
	printf("{\"ms\":%.3f,\"blocks\":%lu,\"journal_bytes\":%lu,\"artifact_bytes\":%lu,"
	       "\"hash\":%lu}\n",
	       (double)(sl_clock_read(CLOCK_MONOTONIC) - began_ns) / 1e6, blocks, journal_bytes,
	       artifact_bytes, hash);
	return 0;
}
