/* The environment of the journal, opened read-only, and what can be asked of it at once. */
#include "control/journal/journal_priv.h"
#include "control/lmdb_env.h"
#include "sluice/error.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <xxhash.h>

void sl_journal_key(uint64_t position, uint8_t ret_key[8])
{
	for (int i = 7; i >= 0; i--, position >>= 8)
		ret_key[i] = (uint8_t)position;
}

bool sl_journal_position(const MDB_val *key, uint64_t *ret_position)
{
	uint64_t position = 0;

	if (key->mv_size != 8)
		return false;
	for (int i = 0; i < 8; i++)
		position = position << 8 | ((const uint8_t *)key->mv_data)[i];
	*ret_position = position;
	return true;
}

int sl_journal_begin(struct sl_journal *journal, MDB_txn **txn)
{
	int e;

	for (int tries = 0; tries < 4; tries++) {
		pthread_rwlock_rdlock(&journal->lock);
		e = *txn ? mdb_txn_renew(*txn) : mdb_txn_begin(journal->env, NULL, MDB_RDONLY, txn);
		if (!e)
			return 0; /* the lock is held until sl_journal_end() */
		pthread_rwlock_unlock(&journal->lock);
		if (e != MDB_MAP_RESIZED)
			break;
		/* the dataplane started again with a larger map */
		pthread_rwlock_wrlock(&journal->lock);
		e = mdb_env_set_mapsize(journal->env, 0);
		pthread_rwlock_unlock(&journal->lock);
		if (e)
			break;
	}
	return sl_lmdb_error(e);
}

void sl_journal_end(struct sl_journal *journal, MDB_txn *txn)
{
	mdb_txn_reset(txn);
	pthread_rwlock_unlock(&journal->lock);
}

static int check_meta(struct sl_journal *journal, char ret_why[SL_SENTENCE_BYTES])
{
	uint8_t key_bytes[8];
	MDB_val key = {.mv_size = 8, .mv_data = key_bytes}, value;
	struct sl_journal_meta meta;
	MDB_txn *txn = NULL;
	int e = sl_journal_begin(journal, &txn);

	if (e) {
		snprintf(ret_why, SL_SENTENCE_BYTES, "the journal cannot be read: %s",
			 sl_error_text(e));
		return e;
	}
	sl_journal_key(0, key_bytes);
	e = mdb_dbi_open(txn, NULL, 0, &journal->dbi);
	if (!e)
		e = mdb_get(txn, journal->dbi, &key, &value);
	if (e == MDB_NOTFOUND)
		e = ENOENT; /* being made at this moment */
	else if (!e && value.mv_size != sizeof(meta))
		e = MDB_CORRUPTED;
	if (!e)
		memcpy(&meta, value.mv_data, sizeof(meta));
	sl_journal_end(journal, txn);
	mdb_txn_abort(txn);
	e = sl_lmdb_error(e);
	if (!e && (memcmp(meta.magic, SL_JOURNAL_MAGIC, sizeof(meta.magic)) != 0 ||
		   meta.check != XXH3_64bits(&meta, offsetof(struct sl_journal_meta, check))))
		e = -SL_E_DAMAGED;
	if (!e && (meta.version != SL_JOURNAL_VERSION || meta.partitions != SL_PARTITIONS))
		e = -SL_E_VERSION;
	if (e)
		snprintf(ret_why, SL_SENTENCE_BYTES, "the journal's first record is not right: %s",
			 sl_error_text(e));
	else
		memcpy(journal->uuid, meta.uuid, sizeof(journal->uuid));
	return e;
}

static int check_size(struct sl_journal *journal, char ret_why[SL_SENTENCE_BYTES])
{
	struct stat st;
	int e = sl_lmdb_check_length(journal->env, &st);

	if (e && e != MDB_CORRUPTED)
		return -SL_E_DAMAGED;
	journal->device = st.st_dev;
	journal->inode = st.st_ino;
	if (!e)
		return 0;
	snprintf(ret_why, SL_SENTENCE_BYTES,
		 "the journal's file ends at byte %llu, before its last page: it is damaged",
		 (unsigned long long)st.st_size);
	return -SL_E_TRUNCATED;
}

int sl_journal_open(const char *path, struct sl_journal **ret_journal,
		    char ret_why[SL_SENTENCE_BYTES])
{
	struct sl_journal *journal = calloc(1, sizeof(*journal));
	int e;

	if (!journal)
		return -ENOMEM;
	pthread_rwlock_init(&journal->lock, NULL);
	if ((size_t)snprintf(journal->file, sizeof(journal->file), "%s/data.mdb", path) >=
	    sizeof(journal->file)) {
		e = -ENAMETOOLONG;
		goto fail;
	}
	if (access(journal->file, F_OK)) {
		e = -ENOENT;
		goto fail;
	}
	e = mdb_env_create(&journal->env);
	if (!e)
		e = mdb_env_open(journal->env, path, MDB_RDONLY | MDB_NOTLS, 0600);
	if (e) {
		e = sl_lmdb_error(e);
		snprintf(ret_why, SL_SENTENCE_BYTES, "the journal %s cannot be opened: %s", path,
			 sl_error_text(e));
		goto fail;
	}
	e = check_size(journal, ret_why);
	if (!e)
		e = check_meta(journal, ret_why);
	if (e)
		goto fail;
	*ret_journal = journal;
	return 0;
fail:
	sl_journal_close(journal);
	return e;
}

void sl_journal_close(struct sl_journal *journal)
{
	if (!journal)
		return;
	if (journal->env)
		mdb_env_close(journal->env);
	pthread_rwlock_destroy(&journal->lock);
	free(journal);
}

const uint8_t *sl_journal_uuid(const struct sl_journal *journal)
{
	return journal->uuid;
}

size_t sl_journal_map_bytes(const struct sl_journal *journal)
{
	MDB_envinfo info;

	mdb_env_info(journal->env, &info);
	return info.me_mapsize;
}

bool sl_journal_is_in_place(const struct sl_journal *journal)
{
	struct stat st;

	return stat(journal->file, &st) == 0 && st.st_dev == journal->device &&
	       st.st_ino == journal->inode;
}

int sl_journal_ends(struct sl_journal *journal, uint64_t *ret_first, uint64_t *ret_end)
{
	uint64_t first = 1, last = 0;
	MDB_cursor *cursor = NULL;
	MDB_txn *txn = NULL;
	MDB_val key, value;
	int e = sl_journal_begin(journal, &txn);

	if (e)
		return e;
	e = mdb_cursor_open(txn, journal->dbi, &cursor);
	if (!e)
		e = mdb_cursor_get(cursor, &key, &value, MDB_LAST);
	if (!e && !sl_journal_position(&key, &last))
		e = MDB_CORRUPTED;
	if (!e)
		e = mdb_cursor_get(cursor, &key, &value, MDB_FIRST);
	if (!e && last) /* behind the meta record */
		e = mdb_cursor_get(cursor, &key, &value, MDB_NEXT);
	if (!e && last && !sl_journal_position(&key, &first))
		e = MDB_CORRUPTED;
	if (cursor)
		mdb_cursor_close(cursor);
	sl_journal_end(journal, txn);
	mdb_txn_abort(txn);
	if (e)
		return sl_lmdb_error(e);
	*ret_first = first;
	*ret_end = last + 1;
	return 0;
}
