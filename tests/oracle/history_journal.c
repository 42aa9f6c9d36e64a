#include "tests/oracle/history_journal.h"

#include "sluice/journal.h"
#include "sluice/layout.h"
#include "tests/oracle/history_lines.h"

#include <fcntl.h>
#include <lmdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define JOURNAL_BYTES (64u << 20)

static const char *path_of(const char *directory, const char *file)
{
	static char paths[2][128];
	static unsigned next;
	char *path = paths[next++ % 2];

	snprintf(path, sizeof(paths[0]), "%s/" SL_DATA_JOURNAL "%s", directory, file);
	return path;
}

void sl_history_journal_make(char ret_directory[64])
{
	strcpy(ret_directory, "/dev/shm/sluice-journal-XXXXXX");
	if (!mkdtemp(ret_directory) || mkdir(path_of(ret_directory, ""), 0700))
		sl_oracle_give_up("cannot make", ret_directory);
}

void sl_history_journal_remove(const char *directory)
{
	unlink(path_of(directory, "/data.mdb"));
	unlink(path_of(directory, "/lock.mdb"));
	unlink(path_of(directory, "/writer.lock"));
	if (rmdir(path_of(directory, "")) || rmdir(directory))
		sl_oracle_give_up("cannot remove", directory);
}

void sl_history_journal_copy(const char *from, const char *to)
{
	static char buffer[1 << 16];
	int in = open(path_of(from, "/data.mdb"), O_RDONLY | O_CLOEXEC);
	int out = open(path_of(to, "/data.mdb"), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	ssize_t n = in < 0 || out < 0 ? -1 : 1;

	while (n > 0) {
		n = read(in, buffer, sizeof(buffer));
		if (n > 0 && write(out, buffer, (size_t)n) != n)
			n = -1;
	}
	if (n < 0 || close(in) || close(out))
		sl_oracle_give_up("cannot copy", from);
}

static void read_blocks(MDB_txn *txn, void (*each)(void *context, const void *block, size_t bytes),
			void *context)
{
	static _Alignas(8) char copy[SL_BLOCK_BYTES_MAX];
	MDB_val key, value;
	MDB_cursor *cursor;
	MDB_dbi dbi;

	if (mdb_dbi_open(txn, NULL, 0, &dbi) || mdb_cursor_open(txn, dbi, &cursor))
		sl_oracle_give_up("the journal", "is none");
	while (mdb_cursor_get(cursor, &key, &value, MDB_NEXT) == 0) {
		static const char meta[8];

		if (key.mv_size != sizeof(meta) || !memcmp(key.mv_data, meta, sizeof(meta)))
			continue;
		if (value.mv_size > sizeof(copy))
			sl_oracle_give_up("a block", "is too large");
		memcpy(copy, value.mv_data, value.mv_size);
		each(context, copy, value.mv_size);
	}
	mdb_cursor_close(cursor);
}

void sl_history_journal_read(const char *directory,
			     void (*each)(void *context, const void *block, size_t bytes),
			     void *context)
{
	MDB_env *env;
	MDB_txn *txn;

	if (mdb_env_create(&env) || mdb_env_set_mapsize(env, JOURNAL_BYTES) ||
	    mdb_env_open(env, path_of(directory, ""), MDB_RDONLY | MDB_NOLOCK, 0600) ||
	    mdb_txn_begin(env, NULL, MDB_RDONLY, &txn))
		sl_oracle_give_up("cannot read", directory);
	read_blocks(txn, each, context);
	mdb_txn_abort(txn);
	mdb_env_close(env);
}
