#include "control/checkpoint/state_fold.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#define CHECK_BYTES 8u

/* The payload of one entry while it is put together, behind its check. */
struct entry {
	uint8_t *room;
	size_t bytes; /* of the payload; 0: there is none */
};

static uint8_t *put_big_endian(uint8_t *at, uint64_t number, unsigned bytes)
{
	for (unsigned i = bytes; i-- > 0; number >>= 8)
		at[i] = (uint8_t)number;
	return at + bytes;
}

void sl_state_fold_key(struct sl_state_fold *fold, const struct sl_delta_view *delta)
{
	XXH128_hash_t hash = XXH3_128bits(delta->key.at, delta->key.bytes);
	uint8_t *at = fold->key;

	*at++ = SL_SNAPSHOT_STATE;
	at = put_big_endian(at, delta->head.partition, 2);
	at = put_big_endian(at, hash.high64, 8);
	at = put_big_endian(at, hash.low64, 8);
	put_big_endian(at, delta->head.slot, 8);
}

static int compare(const void *a, const void *b)
{
	const struct sl_state_fold *x = a, *y = b;
	int order = memcmp(x->key, y->key, sizeof(x->key));

	if (order)
		return order;
	return x->sequence < y->sequence ? -1 : x->sequence > y->sequence;
}

static struct sl_delta_record head_of(const uint8_t *payload)
{
	struct sl_delta_record head;

	memcpy(&head, payload, sizeof(head));
	return head;
}

static bool replaces(const struct sl_state_fold *fold)
{
	struct sl_delta_record head = head_of(fold->payload);

	return !head.image_bytes || fold->payload[sizeof(head) + head.key_bytes] == SL_DELTA_WHOLE;
}

static void replace(struct entry *entry, const uint8_t *payload, size_t bytes)
{
	entry->bytes = head_of(payload).image_bytes ? bytes : 0;
	memcpy(entry->room + CHECK_BYTES, payload, entry->bytes);
}

/* False: there is nothing that it could be appended to, or no room. */
static bool append(struct entry *entry, const struct sl_state_fold *fold)
{
	const struct sl_delta_record more = head_of(fold->payload);
	struct sl_delta_record head;

	if (!entry->bytes || entry->bytes + more.image_bytes > SL_SNAPSHOT_STATE_BYTES_MAX)
		return false;
	head = head_of(entry->room + CHECK_BYTES);
	memcpy(entry->room + CHECK_BYTES + entry->bytes,
	       fold->payload + sizeof(more) + more.key_bytes, more.image_bytes);
	entry->bytes += more.image_bytes;
	head.image_bytes += more.image_bytes;
	memcpy(entry->room + CHECK_BYTES, &head, sizeof(head));
	return true;
}

/* What the snapshot has. A damaged entry is as good as none. */
static int load(struct entry *entry, MDB_val *key, MDB_txn *txn, MDB_dbi dbi)
{
	MDB_val value;
	uint64_t check;
	int e = mdb_get(txn, dbi, key, &value);

	entry->bytes = 0;
	if (e)
		return e == MDB_NOTFOUND ? 0 : e;
	if (value.mv_size < CHECK_BYTES + sizeof(struct sl_delta_record) ||
	    value.mv_size > SL_STATE_FOLD_BYTES)
		return 0;
	memcpy(&check, value.mv_data, sizeof(check));
	memcpy(entry->room, value.mv_data, value.mv_size);
	if (check == XXH3_64bits(entry->room + CHECK_BYTES, value.mv_size - CHECK_BYTES))
		entry->bytes = value.mv_size - CHECK_BYTES;
	return 0;
}

static int save(struct entry *entry, MDB_val *key, MDB_txn *txn, MDB_dbi dbi)
{
	MDB_val value = {.mv_size = CHECK_BYTES + entry->bytes, .mv_data = entry->room};
	uint64_t check = XXH3_64bits(entry->room + CHECK_BYTES, entry->bytes);
	int e;

	if (entry->bytes) {
		memcpy(entry->room, &check, sizeof(check));
		return mdb_put(txn, dbi, key, &value, 0);
	}
	e = mdb_del(txn, dbi, key, NULL);
	return e == MDB_NOTFOUND ? 0 : e;
}

/* n changes of one key and slot. */
static int fold_one(struct sl_state_fold *folds, size_t n, MDB_txn *txn, MDB_dbi dbi,
		    struct entry *entry, size_t *left_out)
{
	MDB_val key = {.mv_size = sizeof(folds->key), .mv_data = folds->key};
	size_t from = n;
	int e = 0;

	while (from > 0 && !replaces(&folds[from - 1]))
		from--;
	if (from)
		replace(entry, folds[from - 1].payload, folds[from - 1].bytes);
	else
		e = load(entry, &key, txn, dbi);
	for (size_t i = from; i < n && !e; i++)
		*left_out += !append(entry, &folds[i]);
	return e ? e : save(entry, &key, txn, dbi);
}

int sl_state_fold_apply(struct sl_state_fold *folds, size_t n, MDB_txn *txn, MDB_dbi dbi,
			uint8_t *room, size_t *ret_left_out)
{
	struct entry entry = {.room = room};
	size_t left_out = 0;
	int e = 0;

	qsort(folds, n, sizeof(*folds), compare);
	for (size_t i = 0, same; i < n && !e; i += same) {
		same = 1;
		while (i + same < n &&
		       !memcmp(folds[i].key, folds[i + same].key, sizeof(folds[i].key)))
			same++;
		e = fold_one(&folds[i], same, txn, dbi, &entry, &left_out);
	}
	*ret_left_out = left_out;
	return e;
}
