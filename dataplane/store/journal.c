/* Opening and creating the journal: the writer's lock, the meta record, the last block. */
#include "store_priv.h"

#include "base/clock.h"
#include "sluice/error.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>
#include <xxhash.h>

MDB_val sl_store_key_value(uint64_t position, uint8_t ret_bytes[8])
{
	uint64_t big_endian = __builtin_bswap64(position);

	memcpy(ret_bytes, &big_endian, 8);
	return (MDB_val){.mv_size = 8, .mv_data = ret_bytes};
}

uint64_t sl_store_key(const void *key)
{
	uint64_t big_endian;

	memcpy(&big_endian, key, 8);
	return __builtin_bswap64(big_endian);
}

/* LMDB's own writer lock makes a second writer wait; a second dataplane has to be told instead. */
static int take_writer_lock(struct sl_store *store, char ret_why[SL_SENTENCE_BYTES])
{
	const char *path = store->config.journal_path;
	char file[PATH_BYTES];
	int fd;

	if (mkdir(path, 0750) < 0 && errno != EEXIST) {
		snprintf(ret_why, SL_SENTENCE_BYTES, "%.120s cannot be made: %s", path,
			 strerror(errno));
		return -errno;
	}
	if (snprintf(file, sizeof(file), "%s/writer.lock", path) >= (int)sizeof(file))
		return -ENAMETOOLONG;
	fd = open(file, O_RDWR | O_CREAT | O_CLOEXEC, 0640);
	if (fd < 0) {
		snprintf(ret_why, SL_SENTENCE_BYTES, "%.120s cannot be opened: %s", file,
			 strerror(errno));
		return -errno;
	}
	if (flock(fd, LOCK_EX | LOCK_NB) < 0) {
		int error = errno;

		close(fd);
		if (error != EWOULDBLOCK)
			return -error;
		snprintf(ret_why, SL_SENTENCE_BYTES,
			 "%.120s is in use by another dataplane; stop that one first", path);
		return -SL_E_LOCKED;
	}
	store->writer_lock_fd = fd;
	return 0;
}

static uint64_t meta_check(const struct sl_journal_meta *meta)
{
	return XXH3_64bits(meta, offsetof(struct sl_journal_meta, check));
}

static int create_meta(struct sl_store *store, MDB_txn *txn)
{
	struct sl_journal_meta meta = {
		.version = SL_JOURNAL_VERSION,
		.partitions = SL_PARTITIONS,
		.created_ns = sl_clock_read(CLOCK_REALTIME),
	};
	uint8_t bytes[8];
	MDB_val key = sl_store_key_value(0, bytes),
		value = {.mv_size = sizeof(meta), .mv_data = &meta};
	int rc;

	memcpy(meta.magic, SL_JOURNAL_MAGIC, sizeof(meta.magic));
	if (getrandom(meta.uuid, sizeof(meta.uuid), 0) != sizeof(meta.uuid))
		return -EIO;
	meta.check = meta_check(&meta);
	rc = mdb_put(txn, store->dbi, &key, &value, 0);
	if (rc)
		return sl_store_env_error(rc);
	store->meta = meta;
	return 0;
}

static int check_meta(struct sl_store *store, const MDB_val *value, char ret_why[SL_SENTENCE_BYTES])
{
	const char *path = store->config.journal_path;
	struct sl_journal_meta meta;

	if (value->mv_size != sizeof(meta) ||
	    memcmp(value->mv_data, SL_JOURNAL_MAGIC, sizeof(meta.magic)) != 0) {
		snprintf(ret_why, SL_SENTENCE_BYTES,
			 "%.120s is not a journal of Sluice; move it away", path);
		return -SL_E_DAMAGED;
	}
	memcpy(&meta, value->mv_data, sizeof(meta));
	/* another version may lay the rest out otherwise: asked before the hash */
	if (meta.version != SL_JOURNAL_VERSION) {
		snprintf(ret_why, SL_SENTENCE_BYTES,
			 "%.120s has version %u, this program writes %u; drain it with the version "
			 "that "
			 "made it, or move it away",
			 path, meta.version, SL_JOURNAL_VERSION);
		return -SL_E_VERSION;
	}
	if (meta.check != meta_check(&meta)) {
		snprintf(
			ret_why, SL_SENTENCE_BYTES,
			"%.120s: the journal's first record is damaged; restore it or move it away",
			path);
		return -SL_E_DAMAGED;
	}
	if (meta.partitions != SL_PARTITIONS) {
		snprintf(ret_why, SL_SENTENCE_BYTES, "%.120s was made for %u partitions, not %u",
			 path, meta.partitions, SL_PARTITIONS);
		return -SL_E_VERSION;
	}
	store->meta = meta;
	return 0;
}

/* The newest block must hold what it says: what was written last is what a crash may have torn. */
static int check_last(const struct sl_store *store, const MDB_val *value,
		      char ret_why[SL_SENTENCE_BYTES])
{
	static const char *const advice =
		"copy the directory aside, then restore it or move it away";
	struct sl_record_walker walker;
	struct sl_record record;
	size_t offset = 0;
	int r = sl_block_check(value->mv_data, value->mv_size);

	sl_record_walker_init(&walker);
	while (r >= 0 && (r = sl_record_next(&walker, value->mv_data, &offset, &record)) > 0)
		;
	if (r == 0 && !walker.open)
		return 0;
	snprintf(ret_why, SL_SENTENCE_BYTES, "%.100s: block %llu, the last, is damaged; %s",
		 store->config.journal_path, (unsigned long long)store->next - 1, advice);
	return -SL_E_DAMAGED;
}

/* Meta and both ends of what is there; a journal without anything gets its meta. */
static int read_ends(struct sl_store *store, MDB_txn *txn, char ret_why[SL_SENTENCE_BYTES])
{
	const char *path = store->config.journal_path;
	MDB_cursor *cursor;
	MDB_val key, value;
	int rc, r;

	rc = mdb_cursor_open(txn, store->dbi, &cursor);
	if (rc)
		return sl_store_env_error(rc);
	store->first = store->next = 1;
	rc = mdb_cursor_get(cursor, &key, &value, MDB_FIRST);
	if (rc == MDB_NOTFOUND) {
		r = create_meta(store, txn);
		goto close;
	}
	if (rc)
		goto broken;
	if (key.mv_size != 8 || sl_store_key(key.mv_data) != 0) {
		snprintf(ret_why, SL_SENTENCE_BYTES,
			 "%.120s has no meta record; restore it or move it away", path);
		r = -SL_E_DAMAGED;
		goto close;
	}
	r = check_meta(store, &value, ret_why);
	if (r < 0)
		goto close;
	rc = mdb_cursor_get(cursor, &key, &value, MDB_NEXT);
	if (rc == MDB_NOTFOUND)
		goto close;
	if (!rc && key.mv_size == 8) {
		store->first = sl_store_key(key.mv_data);
		rc = mdb_cursor_get(cursor, &key, &value, MDB_LAST);
	}
	if (rc || key.mv_size != 8)
		goto broken;
	store->next = sl_store_key(key.mv_data) + 1;
	r = check_last(store, &value, ret_why);
	goto close;
broken:
	snprintf(ret_why, SL_SENTENCE_BYTES, "%.120s: %s; restore it or move it away", path,
		 rc ? mdb_strerror(rc) : "a key of another length");
	r = rc ? sl_store_env_error(rc) : -SL_E_DAMAGED;
close:
	mdb_cursor_close(cursor);
	return r;
}

static int preallocate(struct sl_store *store, char ret_why[SL_SENTENCE_BYTES])
{
	uint64_t map_bytes = store->map_pages * PAGE_BYTES, taken, missing;
	struct statvfs fs;
	struct stat st;
	int fd, r;

	if (mdb_env_get_fd(store->env, &fd) || fstat(fd, &st) < 0 || fstatvfs(fd, &fs) < 0)
		return -errno;
	taken = (uint64_t)st.st_blocks * 512;
	missing = map_bytes > taken ? map_bytes - taken : 0;
	/* asked first, for a failed fallocate keeps what it got */
	r = missing > (uint64_t)fs.f_bavail * fs.f_frsize ? -SL_E_FULL : 0;
	if (r == 0 && fallocate(fd, 0, 0, (off_t)map_bytes) < 0)
		r = sl_store_env_error(errno);
	if (r == 0)
		store->allocated_bytes = map_bytes;
	/* a file system without the call: then commits ask for room one by one */
	if (r == -EOPNOTSUPP || r == -ENOSYS)
		r = 0;
	if (r == -SL_E_FULL)
		snprintf(ret_why, SL_SENTENCE_BYTES,
			 "%.100s needs %llu bytes more and its file system has %llu; free some, "
			 "make "
			 "journal.bytes smaller, or set journal.preallocate to no",
			 store->config.journal_path, (unsigned long long)missing,
			 (unsigned long long)fs.f_bavail * fs.f_frsize);
	return r;
}

int sl_store_journal_open(struct sl_store *store, char ret_why[SL_SENTENCE_BYTES])
{
	const char *path = store->config.journal_path;
	MDB_envinfo info;
	MDB_txn *txn;
	int rc, r;

	r = take_writer_lock(store, ret_why);
	if (r < 0)
		return r;
	r = sl_store_env_open(path, 0, store->config.map_bytes, &store->env, ret_why);
	if (r < 0)
		return r;
	mdb_env_info(store->env, &info);
	store->map_pages = info.me_mapsize / PAGE_BYTES;
	rc = mdb_txn_begin(store->env, NULL, 0, &txn);
	if (!rc)
		rc = mdb_dbi_open(txn, NULL, 0, &store->dbi);
	if (rc) {
		snprintf(ret_why, SL_SENTENCE_BYTES, "%.120s: %s", path, mdb_strerror(rc));
		return sl_store_env_error(rc);
	}
	r = read_ends(store, txn, ret_why);
	if (r < 0) {
		mdb_txn_abort(txn);
		return r;
	}
	store->used_pages = sl_store_pages(txn, store->dbi);
	rc = mdb_txn_commit(txn);
	if (rc) {
		snprintf(ret_why, SL_SENTENCE_BYTES, "%.120s cannot be written: %s", path,
			 mdb_strerror(rc));
		return sl_store_env_error(rc);
	}
	return store->config.preallocate ? preallocate(store, ret_why) : 0;
}

void sl_store_journal_close(struct sl_store *store)
{
	mdb_env_close(store->env); /* takes NULL */
	if (store->writer_lock_fd >= 0)
		close(store->writer_lock_fd);
}
