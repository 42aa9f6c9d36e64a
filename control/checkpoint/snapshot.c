#include "control/checkpoint/snapshot.h"

#include "base/clock.h"
#include "base/log.h"
#include "control/checkpoint/seen_log.h"
#include "control/files.h"
#include "control/lmdb_env.h"
#include "sluice/error.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#define MAP_BYTES_MIN ((size_t)64 << 20)
#define SEEN_BYTES 160u /* of map per id: twice its record, and pages freed and not yet used */

static const char meta_key[] = {SL_SNAPSHOT_META};

struct sl_snapshot {
	MDB_env *env; /* NULL after a failed sync: opened again at the next change */
	MDB_dbi dbi;
	size_t map_bytes;
	uint32_t seen_room;
	uint8_t journal[16];
	struct sl_seen_log log;
	struct sl_seen_log before; /* the transaction under way */
	int64_t tick_ns;
	uint8_t *room; /* SL_STATE_FOLD_BYTES */
	char path[4096];
};

void sl_snapshot_mail_key(struct sl_snapshot_change *change, const struct sl_mailbox_record *mail)
{
	change->key[0] = SL_SNAPSHOT_MAIL;
	change->key[1] = (uint8_t)(mail->to >> 8);
	change->key[2] = (uint8_t)mail->to;
	memcpy(change->key + 3, mail->id, 16);
}

static int open_env(struct sl_snapshot *snapshot)
{
	return sl_lmdb_open(snapshot->path, snapshot->map_bytes, &snapshot->env, &snapshot->dbi);
}

static int put_meta(struct sl_snapshot *snapshot, MDB_txn *txn, uint64_t position)
{
	struct sl_snapshot_meta meta;
	MDB_val key = {.mv_size = 1, .mv_data = (void *)meta_key};
	MDB_val value = {.mv_size = sizeof(meta), .mv_data = &meta};

	memset(&meta, 0, sizeof(meta));
	meta.version = SL_SNAPSHOT_VERSION;
	meta.seen_room = snapshot->seen_room;
	memcpy(meta.journal, snapshot->journal, sizeof(meta.journal));
	meta.position = position;
	meta.saved_ns = sl_clock_read(CLOCK_REALTIME);
	meta.tick_ns = snapshot->tick_ns;
	meta.check = XXH3_64bits(&meta, offsetof(struct sl_snapshot_meta, check));
	return mdb_put(txn, snapshot->dbi, &key, &value, 0);
}

/* One of the version before, which had no state, is as good: the next change makes it one of this.
 */
static int read_meta(const MDB_val *value, struct sl_snapshot_meta *ret_meta)
{
	struct sl_snapshot_meta_2 old;
	uint32_t version;

	if (value->mv_size < sizeof(version))
		return -SL_E_DAMAGED;
	memcpy(&version, value->mv_data, sizeof(version));
	if (version == SL_SNAPSHOT_VERSION && value->mv_size == sizeof(*ret_meta)) {
		memcpy(ret_meta, value->mv_data, sizeof(*ret_meta));
		return ret_meta->check == XXH3_64bits(ret_meta,
						      offsetof(struct sl_snapshot_meta, check))
			       ? 0
			       : -SL_E_DAMAGED;
	}
	if (version != 2)
		return version == SL_SNAPSHOT_VERSION ? -SL_E_DAMAGED : -SL_E_VERSION;
	if (value->mv_size != sizeof(old))
		return -SL_E_DAMAGED;
	memcpy(&old, value->mv_data, sizeof(old));
	if (old.check != XXH3_64bits(&old, offsetof(struct sl_snapshot_meta_2, check)))
		return -SL_E_DAMAGED;
	*ret_meta = (struct sl_snapshot_meta){.version = old.version,
					      .seen_room = old.seen_room,
					      .position = old.position,
					      .saved_ns = old.saved_ns,
					      .tick_ns = INT64_MIN};
	memcpy(ret_meta->journal, old.journal, sizeof(old.journal));
	return 0;
}

/* 0 and the meta record, -ENOENT for a new snapshot, or what is wrong. */
static int get_meta(struct sl_snapshot *snapshot, MDB_txn *txn, struct sl_snapshot_meta *ret_meta,
		    char ret_why[SL_SENTENCE_BYTES])
{
	MDB_val key = {.mv_size = 1, .mv_data = (void *)meta_key}, value;
	int e = mdb_get(txn, snapshot->dbi, &key, &value);

	if (e == MDB_NOTFOUND)
		return -ENOENT;
	if (e)
		return sl_lmdb_error(e);
	e = read_meta(&value, ret_meta);
	if (e == -SL_E_VERSION || (!e && !ret_meta->seen_room)) {
		snprintf(ret_why, SL_SENTENCE_BYTES,
			 "the snapshot in %.120s was made by another version of Sluice; move it "
			 "away, and it is made anew from the journal",
			 snapshot->path);
		return -SL_E_VERSION;
	}
	if (e)
		return e;
	if (memcmp(ret_meta->journal, snapshot->journal, sizeof(snapshot->journal)) != 0) {
		snprintf(ret_why, SL_SENTENCE_BYTES,
			 "the snapshot in %.120s belongs to another journal; where the old one is "
			 "gone for good, "
			 "remove that directory",
			 snapshot->path);
		return -SL_E_STATE;
	}
	return 0;
}

/* What is on the disk: meta and the log of ids. */
static int load(struct sl_snapshot *snapshot, uint64_t *ret_position,
		char ret_why[SL_SENTENCE_BYTES])
{
	struct sl_snapshot_meta meta = {.position = 0, .tick_ns = INT64_MIN};
	MDB_txn *txn;
	int e = sl_lmdb_error(mdb_txn_begin(snapshot->env, NULL, MDB_RDONLY, &txn));

	if (e)
		return e;
	e = get_meta(snapshot, txn, &meta, ret_why);
	if (e == -ENOENT)
		e = 0;
	if (!e)
		e = sl_seen_log_load(&snapshot->log, snapshot->seen_room, txn, snapshot->dbi);
	mdb_txn_abort(txn);
	if (e)
		return e;
	*ret_position = meta.position;
	snapshot->tick_ns = meta.tick_ns;
	return 0;
}

int sl_snapshot_open(const char *path, const uint8_t journal[16], uint32_t seen_room,
		     struct sl_snapshot **ret_snapshot, uint64_t *ret_position,
		     char ret_why[SL_SENTENCE_BYTES])
{
	struct sl_snapshot *snapshot = calloc(1, sizeof(*snapshot));
	int e;

	if (!snapshot)
		return -ENOMEM;
	snapshot->room = malloc(SL_STATE_FOLD_BYTES);
	if (!snapshot->room) {
		free(snapshot);
		return -ENOMEM;
	}
	ret_why[0] = 0;
	snprintf(snapshot->path, sizeof(snapshot->path), "%s", path);
	snapshot->seen_room = seen_room;
	snapshot->map_bytes = MAP_BYTES_MIN + (size_t)seen_room * SL_PARTITIONS * SEEN_BYTES;
	memcpy(snapshot->journal, journal, sizeof(snapshot->journal));
	e = sl_directory_make_shared(path);
	if (!e)
		e = open_env(snapshot);
	if (!e)
		e = load(snapshot, ret_position, ret_why);
	if (e) {
		if (!ret_why[0])
			snprintf(ret_why, SL_SENTENCE_BYTES,
				 "the snapshot in %.120s cannot be opened: %s", path,
				 sl_error_text(e));
		sl_snapshot_close(snapshot);
		return e;
	}
	*ret_snapshot = snapshot;
	return 0;
}

void sl_snapshot_close(struct sl_snapshot *snapshot)
{
	if (!snapshot)
		return;
	if (snapshot->env)
		mdb_env_close(snapshot->env);
	free(snapshot->room);
	free(snapshot);
}

static int compare(const void *a, const void *b)
{
	const struct sl_snapshot_change *x = a, *y = b;
	int order = memcmp(x->key, y->key, sizeof(x->key));

	if (order)
		return order;
	return x->sequence < y->sequence ? -1 : x->sequence > y->sequence;
}

static int apply_mail(struct sl_snapshot *snapshot, MDB_txn *txn,
		      const struct sl_snapshot_change *mail, size_t n)
{
	int e = 0;

	for (size_t i = 0; i < n && !e; i++) {
		const struct sl_snapshot_change *change = &mail[i];
		MDB_val key = {.mv_size = sizeof(change->key), .mv_data = (void *)change->key};
		MDB_val value = {.mv_size = change->value_bytes, .mv_data = (void *)change->value};

		if (i + 1 < n && !memcmp(change->key, change[1].key, sizeof(change->key)))
			continue; /* a later one of the same key counts */
		e = change->value ? mdb_put(txn, snapshot->dbi, &key, &value, 0)
				  : mdb_del(txn, snapshot->dbi, &key, NULL);
		if (e == MDB_NOTFOUND)
			e = 0;
	}
	return e;
}

static int apply(struct sl_snapshot *snapshot, struct sl_snapshot_batch *batch,
		 size_t *ret_left_out)
{
	int64_t tick_before_ns = snapshot->tick_ns;
	MDB_txn *txn;
	int e = mdb_txn_begin(snapshot->env, NULL, 0, &txn);

	if (e)
		return e;
	snapshot->before = snapshot->log;
	if (batch->tick_ns > snapshot->tick_ns)
		snapshot->tick_ns = batch->tick_ns;
	e = sl_seen_log_append(&snapshot->log, txn, snapshot->dbi, batch->seen, batch->n_seen);
	if (!e)
		e = apply_mail(snapshot, txn, batch->mail, batch->n_mail);
	if (!e)
		e = sl_state_fold_apply(batch->state, batch->n_state, txn, snapshot->dbi,
					snapshot->room, ret_left_out);
	if (!e)
		e = put_meta(snapshot, txn, batch->position);
	if (e)
		mdb_txn_abort(txn);
	else
		e = mdb_txn_commit(txn);
	if (e) {
		snapshot->log = snapshot->before;
		snapshot->tick_ns = tick_before_ns;
	}
	return e;
}

/* After a failed sync: what is on the disk is the truth. */
static int open_again(struct sl_snapshot *snapshot)
{
	char why[SL_SENTENCE_BYTES];
	uint64_t position;
	int e = open_env(snapshot);

	if (e)
		return e;
	e = load(snapshot, &position, why);
	if (e) {
		mdb_env_close(snapshot->env);
		snapshot->env = NULL;
	}
	return e;
}

int sl_snapshot_apply(struct sl_snapshot *snapshot, struct sl_snapshot_batch *batch,
		      size_t *ret_left_out)
{
	size_t left_out = 0;
	int e;

	qsort(batch->mail, batch->n_mail, sizeof(*batch->mail), compare);
	if (!snapshot->env) {
		e = open_again(snapshot);
		if (e)
			return e;
	}
	e = apply(snapshot, batch, &left_out);
	while (e == MDB_MAP_FULL) {
		snapshot->map_bytes *= 2;
		e = mdb_env_set_mapsize(snapshot->env, snapshot->map_bytes);
		if (!e)
			e = apply(snapshot, batch, &left_out);
	}
	if (e == MDB_PANIC || e == EIO) {
		mdb_env_close(snapshot->env);
		snapshot->env = NULL;
	}
	if (!e)
		*ret_left_out = left_out;
	return sl_lmdb_error(e);
}
