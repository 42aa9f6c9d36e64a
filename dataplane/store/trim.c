/* Trimming: reading how far consumers are, and deleting what all of them have finished. */
#include "store_priv.h"

#include "base/clock.h"
#include "sluice/error.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <xxhash.h>

#define REOPEN_MS 200

void sl_store_cursors_close(struct cursors *cursors)
{
	if (cursors->txn)
		mdb_txn_abort(cursors->txn);
	mdb_env_close(cursors->env); /* takes NULL */
	cursors->txn = NULL;
	cursors->env = NULL;
}

static bool same_file(const struct cursors *cursors)
{
	char file[PATH_BYTES];
	struct stat st;

	snprintf(file, sizeof(file), "%s/data.mdb", cursors->path);
	return stat(file, &st) == 0 && st.st_dev == cursors->device && st.st_ino == cursors->inode;
}

/* Control may not have made it yet: then nothing is trimmed, and it is tried again later. */
static bool cursors_open(struct cursors *cursors)
{
	char why[SL_SENTENCE_BYTES], file[PATH_BYTES];
	struct stat st;
	int fd;

	if (snprintf(file, sizeof(file), "%s/data.mdb", cursors->path) >= (int)sizeof(file) ||
	    stat(file, &st) < 0 ||
	    sl_store_env_open(cursors->path, MDB_RDONLY, 0, &cursors->env, why) < 0)
		return false;
	if (mdb_env_get_fd(cursors->env, &fd) || fstat(fd, &st) < 0 ||
	    mdb_txn_begin(cursors->env, NULL, MDB_RDONLY, &cursors->txn)) {
		sl_store_cursors_close(cursors);
		return false;
	}
	cursors->device = st.st_dev;
	cursors->inode = st.st_ino;
	if (mdb_dbi_open(cursors->txn, NULL, 0, &cursors->dbi)) {
		sl_store_cursors_close(cursors);
		return false;
	}
	mdb_txn_reset(cursors->txn);
	return true;
}

/* One consumer's position, 0 if it cannot be believed: then nothing may be trimmed. */
static uint64_t cursor_position(const struct sl_store *store, const MDB_val *value)
{
	struct sl_cursor cursor;

	if (value->mv_size != sizeof(cursor))
		return 0;
	memcpy(&cursor, value->mv_data, sizeof(cursor));
	if (cursor.version != SL_CURSORS_VERSION ||
	    cursor.check != XXH3_64bits(&cursor, offsetof(struct sl_cursor, check)) ||
	    memcmp(cursor.journal, store->meta.uuid, sizeof(cursor.journal)) != 0)
		return 0;
	return cursor.position;
}

static int read_least(const struct sl_store *store, struct cursors *cursors, uint64_t *ret_least)
{
	uint64_t least = UINT64_MAX;
	MDB_cursor *cursor;
	MDB_val key, value;
	unsigned n = 0;
	int rc;

	rc = mdb_txn_renew(cursors->txn);
	if (rc)
		return sl_store_env_error(rc);
	rc = mdb_cursor_open(cursors->txn, cursors->dbi, &cursor);
	if (!rc) {
		while (!(rc = mdb_cursor_get(cursor, &key, &value, MDB_NEXT)) &&
		       n++ < SL_CURSORS_MAX) {
			uint64_t position = cursor_position(store, &value);

			if (position < least)
				least = position;
		}
		mdb_cursor_close(cursor);
	}
	mdb_txn_reset(cursors->txn);
	if (rc != MDB_NOTFOUND)
		return rc ? sl_store_env_error(rc) : -SL_E_LIMIT;
	*ret_least = n ? least : 0;
	return 0;
}

void sl_store_cursors_read(struct sl_store *store, int64_t now_ns)
{
	struct cursors *cursors = &store->cursors;
	int64_t pause_ms = cursors->env ? CURSORS_MS : REOPEN_MS;
	uint64_t least = 0;

	if (!cursors->path ||
	    (cursors->read_ns && now_ns - cursors->read_ns < pause_ms * SL_NS_PER_MS))
		return;
	cursors->read_ns = now_ns;
	if (cursors->env && !same_file(cursors))
		sl_store_cursors_close(cursors);
	if (!cursors->env && !cursors_open(cursors)) {
		cursors->least = 0;
		return;
	}
	/* an error also when control made its map larger: opened anew, it is seen whole */
	if (read_least(store, cursors, &least) < 0)
		sl_store_cursors_close(cursors);
	cursors->least = least;
}

uint64_t sl_store_trimmable(const struct sl_store *store)
{
	uint64_t below = store->cursors.least;

	/* the last block stays, for it says which positions were used */
	if (below > store->next - 1)
		below = store->next - 1;
	return below > store->first ? below - store->first : 0;
}

int sl_store_trim(struct sl_store *store, MDB_cursor *cursor, uint64_t n)
{
	uint8_t bytes[8];
	MDB_val key = sl_store_key_value(store->first, bytes), value;
	int rc;

	if (n == 0)
		return 0;
	rc = mdb_cursor_get(cursor, &key, &value, MDB_SET_RANGE);
	for (uint64_t i = 0; i < n && !rc; i++) {
		if (key.mv_size != 8 || sl_store_key(key.mv_data) != store->first + i)
			return -SL_E_DAMAGED; /* never delete what was not meant */
		rc = mdb_cursor_del(cursor, 0);
		if (!rc && i + 1 < n)
			rc = mdb_cursor_get(cursor, &key, &value, MDB_NEXT);
	}
	return sl_store_env_error(rc);
}
