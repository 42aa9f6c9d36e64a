#include "control/journal/cursors.h"

#include "base/clock.h"
#include "base/log.h"
#include "control/files.h"
#include "control/lmdb_env.h"
#include "sluice/error.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>
#include <xxhash.h>

#define CURSORS_MAP_BYTES (16u << 20)
#define LOCK_PATH_BYTES (4096u + 32u)

struct sl_cursors {
	pthread_mutex_t lock; /* around everything below */
	MDB_env *env;
	MDB_dbi dbi;
	int lock_fd;
	uint8_t journal[16];
	char path[4096];
};

static int open_env(struct sl_cursors *cursors)
{
	return sl_lmdb_open(cursors->path, CURSORS_MAP_BYTES, &cursors->env, &cursors->dbi);
}

/* After a failed sync LMDB refuses to go on with an environment: what is on the disk is the truth.
 */
static int begin(struct sl_cursors *cursors, MDB_txn **ret_txn)
{
	int e = cursors->env ? mdb_txn_begin(cursors->env, NULL, 0, ret_txn) : MDB_PANIC;

	if (e != MDB_PANIC)
		return sl_lmdb_error(e);
	if (cursors->env)
		mdb_env_close(cursors->env);
	cursors->env = NULL;
	e = open_env(cursors);
	return e ? e : sl_lmdb_error(mdb_txn_begin(cursors->env, NULL, 0, ret_txn));
}

static void lock_path_of(const char *path, char ret_path[LOCK_PATH_BYTES])
{
	snprintf(ret_path, LOCK_PATH_BYTES, "%s/writer.lock", path);
}

bool sl_cursors_taken(const char *path)
{
	char lock_path[LOCK_PATH_BYTES];
	bool taken;
	int fd;

	lock_path_of(path, lock_path);
	fd = open(lock_path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	taken = flock(fd, LOCK_SH | LOCK_NB) && errno == EWOULDBLOCK;
	close(fd);
	return taken;
}

int sl_cursors_open(const char *path, struct sl_cursors **ret_cursors,
		    char ret_why[SL_SENTENCE_BYTES])
{
	struct sl_cursors *cursors = calloc(1, sizeof(*cursors));
	char lock_path[LOCK_PATH_BYTES];
	int e;

	if (!cursors)
		return -ENOMEM;
	pthread_mutex_init(&cursors->lock, NULL);
	cursors->lock_fd = -1;
	snprintf(cursors->path, sizeof(cursors->path), "%s", path);
	e = sl_directory_make_shared(path);
	if (!e) {
		lock_path_of(path, lock_path);
		cursors->lock_fd = open(lock_path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
		if (cursors->lock_fd < 0)
			e = -errno;
	}
	if (!e && flock(cursors->lock_fd, LOCK_EX | LOCK_NB))
		e = errno == EWOULDBLOCK ? -SL_E_LOCKED : -errno;
	if (!e)
		e = open_env(cursors);
	if (e) {
		snprintf(ret_why, SL_SENTENCE_BYTES, "the cursors in %s cannot be opened: %s", path,
			 sl_error_text(e));
		sl_cursors_close(cursors);
		return e;
	}
	*ret_cursors = cursors;
	return 0;
}

void sl_cursors_close(struct sl_cursors *cursors)
{
	if (!cursors)
		return;
	if (cursors->env)
		mdb_env_close(cursors->env);
	if (cursors->lock_fd >= 0)
		close(cursors->lock_fd);
	pthread_mutex_destroy(&cursors->lock);
	free(cursors);
}

static int check(const MDB_val *value, struct sl_cursor *ret_cursor)
{
	struct sl_cursor cursor;

	if (value->mv_size != sizeof(cursor))
		return -SL_E_DAMAGED;
	memcpy(&cursor, value->mv_data, sizeof(cursor));
	if (cursor.check != XXH3_64bits(&cursor, offsetof(struct sl_cursor, check)))
		return -SL_E_DAMAGED;
	if (cursor.version != SL_CURSORS_VERSION)
		return -SL_E_VERSION;
	*ret_cursor = cursor;
	return 0;
}

static int get(struct sl_cursors *cursors, MDB_txn *txn, const char *name,
	       struct sl_cursor *ret_cursor)
{
	MDB_val key = {.mv_size = strlen(name), .mv_data = (void *)name}, value;
	int e = mdb_get(txn, cursors->dbi, &key, &value);

	if (e == MDB_NOTFOUND)
		return -ENOENT;
	return e ? sl_lmdb_error(e) : check(&value, ret_cursor);
}

static int put(struct sl_cursors *cursors, MDB_txn *txn, const char *name, uint64_t position)
{
	struct sl_cursor cursor;
	MDB_val key = {.mv_size = strlen(name), .mv_data = (void *)name};
	MDB_val value = {.mv_size = sizeof(cursor), .mv_data = &cursor};

	memset(&cursor, 0, sizeof(cursor));
	cursor.version = SL_CURSORS_VERSION;
	memcpy(cursor.journal, cursors->journal, sizeof(cursor.journal));
	cursor.position = position;
	cursor.saved_ns = sl_clock_read(CLOCK_REALTIME);
	cursor.check = XXH3_64bits(&cursor, offsetof(struct sl_cursor, check));
	return sl_lmdb_error(mdb_put(txn, cursors->dbi, &key, &value, 0));
}

/* A cursor that nobody moves would keep the journal from ever being trimmed. */
static int remove_others(struct sl_cursors *cursors, MDB_txn *txn, const char *const *names,
			 unsigned n_names)
{
	MDB_cursor *cursor;
	MDB_val key, value;
	int e = mdb_cursor_open(txn, cursors->dbi, &cursor);

	if (e)
		return sl_lmdb_error(e);
	while (!(e = mdb_cursor_get(cursor, &key, &value, MDB_NEXT))) {
		bool named = false;

		for (unsigned i = 0; i < n_names; i++)
			named |= strlen(names[i]) == key.mv_size &&
				 !memcmp(names[i], key.mv_data, key.mv_size);
		if (named)
			continue;
		sl_log_warning("the cursor of consumer %.*s is removed: there is no such consumer "
			       "any more",
			       (int)key.mv_size, (const char *)key.mv_data);
		e = mdb_cursor_del(cursor, 0);
		if (e)
			break;
	}
	mdb_cursor_close(cursor);
	return e == MDB_NOTFOUND ? 0 : sl_lmdb_error(e);
}

static int register_one(struct sl_cursors *cursors, MDB_txn *txn, const char *name, uint64_t first,
			uint64_t end, uint64_t *ret_position, char ret_why[SL_SENTENCE_BYTES])
{
	struct sl_cursor cursor;
	int e = get(cursors, txn, name, &cursor);

	if (e == -ENOENT) {
		*ret_position = first;
		return put(cursors, txn, name, first);
	}
	if (e) {
		snprintf(ret_why, SL_SENTENCE_BYTES,
			 "the cursor of consumer %s in %.100s is not readable: %s", name,
			 cursors->path, sl_error_text(e));
		return e;
	}
	if (memcmp(cursor.journal, cursors->journal, sizeof(cursor.journal)) != 0) {
		snprintf(ret_why, SL_SENTENCE_BYTES,
			 "the cursors in %.100s belong to another journal; where the old one is "
			 "gone for good, "
			 "remove that directory and the snapshot beside it",
			 cursors->path);
		return -SL_E_STATE;
	}
	if (cursor.position > end && end > 1)
		sl_log_error("the cursor of consumer %s stands at block %llu, the journal ends at "
			     "%llu: it has "
			     "lost its end",
			     name, (unsigned long long)cursor.position, (unsigned long long)end);
	if (cursor.position < first)
		sl_log_error("blocks %llu to %llu were trimmed before consumer %s had them",
			     (unsigned long long)cursor.position, (unsigned long long)(first - 1),
			     name);
	*ret_position = cursor.position;
	return 0;
}

int sl_cursors_register(struct sl_cursors *cursors, const uint8_t journal[16], uint64_t first,
			uint64_t end, const char *const *names, unsigned n_names,
			uint64_t *ret_positions, char ret_why[SL_SENTENCE_BYTES])
{
	uint64_t positions[SL_CURSORS_MAX];
	MDB_txn *txn;
	int e;

	if (n_names > SL_CURSORS_MAX)
		return -SL_E_LIMIT;
	pthread_mutex_lock(&cursors->lock);
	memcpy(cursors->journal, journal, sizeof(cursors->journal));
	ret_why[0] = 0;
	e = begin(cursors, &txn);
	if (e)
		goto out;
	e = remove_others(cursors, txn, names, n_names);
	for (unsigned i = 0; i < n_names && !e; i++)
		e = register_one(cursors, txn, names[i], first, end, &positions[i], ret_why);
	if (e)
		mdb_txn_abort(txn);
	else
		e = sl_lmdb_error(mdb_txn_commit(txn));
out:
	pthread_mutex_unlock(&cursors->lock);
	if (!e)
		memcpy(ret_positions, positions, n_names * sizeof(*positions));
	else if (!ret_why[0])
		snprintf(ret_why, SL_SENTENCE_BYTES, "the cursors in %.100s cannot be written: %s",
			 cursors->path, sl_error_text(e));
	return e;
}

int sl_cursors_save(struct sl_cursors *cursors, const char *name, uint64_t position)
{
	MDB_txn *txn;
	int e;

	pthread_mutex_lock(&cursors->lock);
	e = begin(cursors, &txn);
	if (!e) {
		e = put(cursors, txn, name, position);
		if (e)
			mdb_txn_abort(txn);
		else
			e = sl_lmdb_error(mdb_txn_commit(txn));
	}
	pthread_mutex_unlock(&cursors->lock);
	return e;
}

int sl_cursors_get(struct sl_cursors *cursors, const char *name, struct sl_cursor *ret_cursor)
{
	MDB_txn *txn;
	int e;

	pthread_mutex_lock(&cursors->lock);
	e = cursors->env ? sl_lmdb_error(mdb_txn_begin(cursors->env, NULL, MDB_RDONLY, &txn))
			 : -SL_E_STATE;
	if (!e) {
		e = get(cursors, txn, name, ret_cursor);
		mdb_txn_abort(txn);
	}
	pthread_mutex_unlock(&cursors->lock);
	return e;
}
