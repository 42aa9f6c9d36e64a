/* What was known before: the snapshot, then the journal behind it. Reads only, while nothing is
 * appended. */
#include "store_priv.h"

#include "sluice/error.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <xxhash.h>

struct recovery {
	struct sl_store *store;
	void (*each)(void *context, const struct sl_record *record);
	void *context;
	unsigned kinds;
	uint64_t position; /* of the first block behind the snapshot */
	bool has_snapshot;
	struct sl_record_walker *walker;
};

static int refuse(int error, char ret_why[SL_SENTENCE_BYTES], const char *path, const char *what)
{
	snprintf(ret_why, SL_SENTENCE_BYTES, "%.110s %s", path, what);
	return error;
}

/* Whether these bytes are the meta of a snapshot, of this version or of the one before. */
static bool read_meta(const void *at, size_t bytes, struct sl_snapshot_meta *ret_meta)
{
	struct sl_snapshot_meta_2 old;

	if (bytes == sizeof(*ret_meta)) {
		memcpy(ret_meta, at, sizeof(*ret_meta));
		return ret_meta->version == SL_SNAPSHOT_VERSION &&
		       ret_meta->check ==
			       XXH3_64bits(ret_meta, offsetof(struct sl_snapshot_meta, check));
	}
	if (bytes != sizeof(old))
		return false;
	memcpy(&old, at, sizeof(old));
	if (old.version != 2 ||
	    old.check != XXH3_64bits(&old, offsetof(struct sl_snapshot_meta_2, check)))
		return false;
	*ret_meta = (struct sl_snapshot_meta){
		.version = old.version,
		.seen_room = old.seen_room,
		.position = old.position,
		.saved_ns = old.saved_ns,
		.tick_ns = INT64_MIN,
	};
	memcpy(ret_meta->journal, old.journal, sizeof(old.journal));
	return true;
}

static int check_snapshot_meta(struct recovery *recovery, const char *path, const MDB_val *value,
			       char ret_why[SL_SENTENCE_BYTES])
{
	const struct sl_store *store = recovery->store;
	struct sl_snapshot_meta meta;

	if (value->mv_size < sizeof(meta.version))
		return refuse(-SL_E_DAMAGED, ret_why, path, "is damaged; move this snapshot away");
	memcpy(&meta.version, value->mv_data, sizeof(meta.version));
	if (meta.version != SL_SNAPSHOT_VERSION && meta.version != 2)
		return refuse(
			-SL_E_VERSION, ret_why, path,
			"is a snapshot of another version; move it away to start from the journal");
	if (!read_meta(value->mv_data, value->mv_size, &meta))
		return refuse(-SL_E_DAMAGED, ret_why, path, "is damaged; move this snapshot away");
	if (memcmp(meta.journal, store->meta.uuid, sizeof(meta.journal)) != 0)
		return refuse(
			-SL_E_DAMAGED, ret_why, path,
			"belongs to another journal; restore the journal it was made from, or move "
			"this snapshot away");
	if (meta.position > store->next)
		return refuse(-SL_E_DAMAGED, ret_why, path,
			      "is ahead of the journal, so the journal is an older copy; restore "
			      "the newer "
			      "one, or move this snapshot away");
	if (meta.position < store->first)
		return refuse(-SL_E_DAMAGED, ret_why, path,
			      "is so old that the journal behind it is gone; restore a newer "
			      "snapshot, or "
			      "move this one away");
	recovery->position = meta.position;
	recovery->has_snapshot = true;
	if (recovery->kinds & SL_RECOVER_STATE && meta.tick_ns != INT64_MIN) {
		const struct sl_tick_record tick = {.watermark_ns = meta.tick_ns,
						    .now_ns = meta.saved_ns};
		const struct sl_record record = {
			.type = SL_RECORD_TICK,
			.version = SL_RECORD_LAYOUT,
			.payload = (const uint8_t *)&tick,
			.bytes = sizeof(tick),
		};

		recovery->each(recovery->context, &record);
	}
	return 0;
}

static int snapshot_mail(struct recovery *recovery, const uint8_t *key, const MDB_val *value)
{
	uint16_t partition = (uint16_t)(key[1] << 8 | key[2]);
	struct sl_mailbox_view mailbox;
	struct sl_record record = {
		.type = SL_RECORD_MAILBOX,
		.version = SL_RECORD_LAYOUT,
		.payload = value->mv_data,
		.bytes = (uint32_t)value->mv_size,
	};
	int r = value->mv_size > SL_RECORD_BYTES_MAX ? -SL_E_BOUNDS
						     : sl_record_mailbox(&record, &mailbox);

	if (r < 0)
		return r;
	if (mailbox.head.to != partition || mailbox.head.part != SL_MAILBOX_SENT)
		return -SL_E_BOUNDS;
	recovery->each(recovery->context, &record);
	return 0;
}

/* A leaf of the log of ids, each as the record it was made from. */
static int snapshot_seen(struct recovery *recovery, const uint8_t *key, const MDB_val *value)
{
	const uint8_t *records = (const uint8_t *)value->mv_data + sizeof(uint64_t);
	size_t bytes = value->mv_size - sizeof(uint64_t);
	uint64_t check;

	if (value->mv_size > sizeof(struct sl_snapshot_seen) || value->mv_size <= sizeof(check) ||
	    bytes % sizeof(struct sl_seen_record))
		return -SL_E_BOUNDS;
	memcpy(&check, value->mv_data, sizeof(check));
	if (check != XXH3_64bits_withSeed(records, bytes, sl_store_key(key + 1)))
		return -SL_E_DAMAGED;
	for (size_t at = 0; at < bytes; at += sizeof(struct sl_seen_record)) {
		const struct sl_record record = {
			.type = SL_RECORD_SEEN,
			.version = SL_RECORD_LAYOUT,
			.payload = records + at,
			.bytes = sizeof(struct sl_seen_record),
		};
		struct sl_seen_record seen;
		int r = sl_record_seen(&record, &seen);

		if (r < 0)
			return r;
		recovery->each(recovery->context, &record);
	}
	return 0;
}

/* What one key remembers in one slot, as the record it was made from. */
static int snapshot_state(struct recovery *recovery, const uint8_t *key, const MDB_val *value)
{
	struct sl_record record = {
		.type = SL_RECORD_DELTA,
		.version = SL_RECORD_LAYOUT,
		.payload = (const uint8_t *)value->mv_data + sizeof(uint64_t),
		.bytes = (uint32_t)(value->mv_size - sizeof(uint64_t)),
	};
	struct sl_delta_view delta;
	uint64_t check;
	int r;

	if (value->mv_size <= sizeof(check) ||
	    value->mv_size - sizeof(check) > SL_SNAPSHOT_STATE_BYTES_MAX)
		return -SL_E_BOUNDS;
	memcpy(&check, value->mv_data, sizeof(check));
	if (check != XXH3_64bits(record.payload, record.bytes))
		return -SL_E_DAMAGED;
	r = sl_record_delta(&record, &delta);
	if (r < 0)
		return r;
	if (delta.head.partition != (uint16_t)(key[1] << 8 | key[2]) ||
	    delta.head.slot != sl_store_key(key + 19))
		return -SL_E_BOUNDS;
	recovery->each(recovery->context, &record);
	return 0;
}

static int snapshot_entry(struct recovery *recovery, const MDB_val *key, const MDB_val *value)
{
	const uint8_t *k = key->mv_data;

	if (key->mv_size == SL_SNAPSHOT_SEEN_KEY_BYTES && k[0] == SL_SNAPSHOT_SEEN)
		return snapshot_seen(recovery, k, value);
	if (key->mv_size == SL_SNAPSHOT_MAIL_KEY_BYTES && k[0] == SL_SNAPSHOT_MAIL)
		return snapshot_mail(recovery, k, value);
	if (key->mv_size == SL_SNAPSHOT_STATE_KEY_BYTES && k[0] == SL_SNAPSHOT_STATE)
		return snapshot_state(recovery, k, value);
	return -SL_E_FORMAT;
}

/* Entries of a kind lie together, and there may be millions of one that is not asked for. */
static bool is_asked_for(const struct recovery *recovery, uint8_t kind)
{
	if (kind == SL_SNAPSHOT_META)
		return false;
	return recovery->kinds & (kind == SL_SNAPSHOT_STATE ? SL_RECOVER_STATE : SL_RECOVER_IDS);
}

static int walk_entries(struct recovery *recovery, MDB_cursor *cursor, int *ret_rc)
{
	MDB_val key, value;
	uint8_t kind;
	int r = 0, rc = mdb_cursor_get(cursor, &key, &value, MDB_FIRST);

	while (r == 0 && !rc) {
		kind = *(const uint8_t *)key.mv_data;
		if (is_asked_for(recovery, kind)) {
			r = snapshot_entry(recovery, &key, &value);
			rc = mdb_cursor_get(cursor, &key, &value, MDB_NEXT);
			continue;
		}
		if (kind == UINT8_MAX)
			return -SL_E_FORMAT;
		kind++;
		key = (MDB_val){.mv_size = 1, .mv_data = &kind};
		rc = mdb_cursor_get(cursor, &key, &value, MDB_SET_RANGE);
	}
	*ret_rc = rc;
	return r;
}

static int walk_snapshot(struct recovery *recovery, const char *path, MDB_txn *txn, MDB_dbi dbi,
			 char ret_why[SL_SENTENCE_BYTES])
{
	char meta_key = SL_SNAPSHOT_META;
	MDB_val key = {.mv_size = 1, .mv_data = &meta_key}, value;
	MDB_cursor *cursor;
	MDB_stat stat;
	int rc, r;

	rc = mdb_get(txn, dbi, &key, &value);
	/* made, and nothing saved in it yet */
	if (rc == MDB_NOTFOUND && !mdb_stat(txn, dbi, &stat) && stat.ms_entries == 0)
		return 0;
	if (rc == MDB_NOTFOUND)
		return refuse(-SL_E_DAMAGED, ret_why, path,
			      "has no meta record; move this snapshot away");
	if (!rc) {
		r = check_snapshot_meta(recovery, path, &value, ret_why);
		if (r < 0)
			return r;
		rc = mdb_cursor_open(txn, dbi, &cursor);
	}
	if (rc)
		return refuse(sl_store_env_error(rc), ret_why, path, mdb_strerror(rc));
	r = walk_entries(recovery, cursor, &rc);
	mdb_cursor_close(cursor);
	if (r == 0 && rc == MDB_NOTFOUND)
		return 0;
	return refuse(-SL_E_DAMAGED, ret_why, path, "has a damaged entry; move this snapshot away");
}

static int recover_snapshot(struct recovery *recovery, const char *path,
			    char ret_why[SL_SENTENCE_BYTES])
{
	char file[PATH_BYTES];
	struct stat st;
	MDB_env *env;
	MDB_txn *txn;
	MDB_dbi dbi;
	int rc, r;

	if (snprintf(file, sizeof(file), "%s/data.mdb", path) >= (int)sizeof(file) ||
	    stat(file, &st) < 0)
		return 0;
	r = sl_store_env_open(path, MDB_RDONLY, 0, &env, ret_why);
	if (r < 0)
		return r;
	rc = mdb_txn_begin(env, NULL, MDB_RDONLY, &txn);
	if (rc) {
		r = refuse(sl_store_env_error(rc), ret_why, path, mdb_strerror(rc));
		goto close;
	}
	rc = mdb_dbi_open(txn, NULL, 0, &dbi);
	r = rc ? refuse(sl_store_env_error(rc), ret_why, path, mdb_strerror(rc))
	       : walk_snapshot(recovery, path, txn, dbi, ret_why);
	mdb_txn_abort(txn);
close:
	mdb_env_close(env);
	return r;
}

static unsigned kind_of(const struct sl_record *record)
{
	switch (record->type) {
	case SL_RECORD_SEEN:
	case SL_RECORD_MAILBOX:
		return SL_RECOVER_IDS;
	case SL_RECORD_DELTA:
	case SL_RECORD_TOMBSTONE:
	case SL_RECORD_TICK:
		return SL_RECOVER_STATE;
	default:
		return 0;
	}
}

static int walk_block(struct recovery *recovery, const MDB_val *value)
{
	struct sl_record record;
	size_t offset = 0;
	int r = sl_block_check(value->mv_data, value->mv_size);

	if (r < 0)
		return r;
	while ((r = sl_record_next(recovery->walker, value->mv_data, &offset, &record)) > 0)
		if (kind_of(&record) & recovery->kinds)
			recovery->each(recovery->context, &record);
	return r;
}

/* Blocks lie in pages of their own, where the machine does not fetch ahead by itself. */
static void fetch_block(const MDB_val *value)
{
	for (size_t at = 0; at < value->mv_size; at += 64)
		__builtin_prefetch((const uint8_t *)value->mv_data + at);
}

static int walk_journal(struct recovery *recovery, MDB_txn *txn, char ret_why[SL_SENTENCE_BYTES])
{
	const struct sl_store *store = recovery->store;
	uint64_t position = recovery->position;
	uint8_t bytes[8];
	MDB_val key = sl_store_key_value(position, bytes), value;
	MDB_cursor *cursor;
	int rc, r = 0;

	rc = mdb_cursor_open(txn, store->dbi, &cursor);
	if (rc)
		return refuse(sl_store_env_error(rc), ret_why, store->config.journal_path,
			      mdb_strerror(rc));
	sl_record_walker_init(recovery->walker);
	rc = mdb_cursor_get(cursor, &key, &value, MDB_SET_RANGE);
	while (!rc && position < store->next) {
		const MDB_val block = value;

		if (key.mv_size != 8 || sl_store_key(key.mv_data) != position) {
			r = -SL_E_BOUNDS;
			break;
		}
		rc = mdb_cursor_get(cursor, &key, &value, MDB_NEXT);
		if (!rc)
			fetch_block(&value);
		r = walk_block(recovery, &block);
		if (r < 0)
			break;
		position++;
	}
	mdb_cursor_close(cursor);
	if (r == 0 && position < store->next)
		r = -SL_E_TRUNCATED;
	else if (r == 0 && recovery->walker->open)
		r = -SL_E_FORMAT;
	if (r == 0)
		return 0;
	snprintf(ret_why, SL_SENTENCE_BYTES,
		 "%.80s: block %llu is damaged (%.60s); copy the directory aside, then restore it "
		 "or "
		 "move it away",
		 store->config.journal_path, (unsigned long long)position, sl_error_text(r));
	return -SL_E_DAMAGED;
}

int sl_store_recover(struct sl_store *store, const char *snapshot_path, unsigned kinds,
		     void (*each)(void *context, const struct sl_record *record), void *context,
		     char ret_why[SL_SENTENCE_BYTES])
{
	static struct sl_record_walker walker; /* large, and used by one thread at a time */
	struct recovery recovery = {
		.store = store,
		.each = each,
		.context = context,
		.kinds = kinds,
		.position = store->first,
		.walker = &walker,
	};
	MDB_txn *txn;
	int rc, r;

	ret_why[0] = '\0';
	if (!store->env)
		return 0;
	if (snapshot_path) {
		r = recover_snapshot(&recovery, snapshot_path, ret_why);
		if (r < 0)
			return r;
	}
	rc = mdb_txn_begin(store->env, NULL, MDB_RDONLY, &txn);
	if (rc)
		return refuse(sl_store_env_error(rc), ret_why, store->config.journal_path,
			      mdb_strerror(rc));
	r = walk_journal(&recovery, txn, ret_why);
	mdb_txn_abort(txn);
	if (r == 0 && snapshot_path && !recovery.has_snapshot && store->first > 1) {
		snprintf(
			ret_why, SL_SENTENCE_BYTES,
			"there is no snapshot in %.100s, and the journal begins at block %llu: ids "
			"and mail from before it are forgotten",
			snapshot_path, (unsigned long long)store->first);
		return 1;
	}
	return r;
}
