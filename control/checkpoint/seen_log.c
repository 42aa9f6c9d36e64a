#include "control/checkpoint/seen_log.h"

#include "control/lmdb_env.h"
#include "sluice/error.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <xxhash.h>

#define KEY_BYTES SL_SNAPSHOT_SEEN_KEY_BYTES
#define LEAVES_CLEANED_MIN 2u

static MDB_val key_of(uint64_t number, uint8_t bytes[KEY_BYTES])
{
	bytes[0] = SL_SNAPSHOT_SEEN;
	for (int i = 8; i > 0; i--, number >>= 8)
		bytes[i] = (uint8_t)number;
	return (MDB_val){.mv_size = KEY_BYTES, .mv_data = bytes};
}

static uint64_t number_of(const MDB_val *key)
{
	const uint8_t *bytes = key->mv_data;
	uint64_t number = 0;

	for (int i = 1; i <= 8; i++)
		number = number << 8 | bytes[i];
	return number;
}

static uint64_t check_of(const struct sl_snapshot_seen *leaf, uint32_t n, uint64_t number)
{
	return XXH3_64bits_withSeed(leaf->records, n * sizeof(leaf->records[0]), number);
}

/* The leaf, and how many ids it has; 0: it is damaged. */
static uint32_t read_leaf(const MDB_val *value, uint64_t number, struct sl_snapshot_seen *ret_leaf)
{
	size_t bytes = value->mv_size - sizeof(ret_leaf->check);
	uint32_t n = (uint32_t)(bytes / sizeof(ret_leaf->records[0]));

	if (value->mv_size <= sizeof(ret_leaf->check) || value->mv_size > sizeof(*ret_leaf) ||
	    bytes % sizeof(ret_leaf->records[0]))
		return 0;
	memcpy(ret_leaf, value->mv_data, value->mv_size);
	if (ret_leaf->check != check_of(ret_leaf, n, number))
		return 0;
	for (uint32_t i = 0; i < n; i++)
		if (ret_leaf->records[i].partition >= SL_PARTITIONS)
			return 0;
	return n;
}

static void note(struct sl_seen_log *log, const struct sl_seen_record *record)
{
	if (record->ordinal > log->newest[record->partition])
		log->newest[record->partition] = record->ordinal;
	log->n_records++;
}

static int load_leaf(struct sl_seen_log *log, uint64_t number, const MDB_val *value)
{
	log->n_tail = read_leaf(value, number, &log->tail);
	if (!log->n_tail || (log->last >= log->first && number != log->last + 1))
		return -SL_E_DAMAGED;
	if (log->last < log->first)
		log->first = number;
	log->last = number;
	for (uint32_t i = 0; i < log->n_tail; i++)
		note(log, &log->tail.records[i]);
	return 0;
}

int sl_seen_log_load(struct sl_seen_log *log, uint32_t room, MDB_txn *txn, MDB_dbi dbi)
{
	uint8_t bytes[KEY_BYTES];
	MDB_val key = key_of(0, bytes), value;
	MDB_cursor *cursor;
	int e = mdb_cursor_open(txn, dbi, &cursor);

	if (e)
		return sl_lmdb_error(e);
	memset(log, 0, sizeof(*log));
	log->room = room;
	log->first = 1;
	e = mdb_cursor_get(cursor, &key, &value, MDB_SET_RANGE);
	while (!e && *(const uint8_t *)key.mv_data == SL_SNAPSHOT_SEEN) {
		e = key.mv_size == KEY_BYTES ? load_leaf(log, number_of(&key), &value)
					     : -SL_E_DAMAGED;
		if (!e)
			e = mdb_cursor_get(cursor, &key, &value, MDB_NEXT);
	}
	mdb_cursor_close(cursor);
	if (e == -SL_E_DAMAGED)
		return e;
	return e == MDB_NOTFOUND ? 0 : sl_lmdb_error(e);
}

static int put_tail(struct sl_seen_log *log, MDB_txn *txn, MDB_dbi dbi)
{
	uint8_t bytes[KEY_BYTES];
	MDB_val key = key_of(log->last, bytes), value;

	log->tail.check = check_of(&log->tail, log->n_tail, log->last);
	value = (MDB_val){.mv_size = sizeof(log->tail.check) +
				     log->n_tail * sizeof(log->tail.records[0]),
			  .mv_data = &log->tail};
	return mdb_put(txn, dbi, &key, &value, 0);
}

/* A leaf is written when it is full; the last one by who appends the last id. */
static int append(struct sl_seen_log *log, MDB_txn *txn, MDB_dbi dbi,
		  const struct sl_seen_record *record)
{
	if (log->last < log->first || log->n_tail == SL_SNAPSHOT_SEEN_RECORDS) {
		log->last++;
		log->n_tail = 0;
	}
	log->tail.records[log->n_tail++] = *record;
	note(log, record);
	return log->n_tail == SL_SNAPSHOT_SEEN_RECORDS ? put_tail(log, txn, dbi) : 0;
}

static bool is_of_use(const struct sl_seen_log *log, const struct sl_seen_record *record)
{
	return record->ordinal + log->room > log->newest[record->partition];
}

/* Cleans the first leaf away where that is worth it. */
static int clean_one(struct sl_seen_log *log, MDB_txn *txn, MDB_dbi dbi, bool *ret_cleaned)
{
	uint8_t bytes[KEY_BYTES];
	MDB_val key = key_of(log->first, bytes), value;
	struct sl_snapshot_seen leaf;
	uint32_t n, of_use = 0;
	int e = mdb_get(txn, dbi, &key, &value);

	n = e ? 0 : read_leaf(&value, log->first, &leaf);
	if (!n)
		return e && e != MDB_NOTFOUND ? e : MDB_CORRUPTED;
	for (uint32_t i = 0; i < n; i++)
		of_use += is_of_use(log, &leaf.records[i]);
	*ret_cleaned = of_use <= n / 4 || log->n_records > 2ull * log->room * SL_PARTITIONS;
	if (!*ret_cleaned)
		return 0;
	e = mdb_del(txn, dbi, &key, NULL);
	log->first++;
	log->n_records -= n;
	for (uint32_t i = 0; i < n && !e; i++)
		if (is_of_use(log, &leaf.records[i]))
			e = append(log, txn, dbi, &leaf.records[i]);
	return e;
}

int sl_seen_log_append(struct sl_seen_log *log, MDB_txn *txn, MDB_dbi dbi,
		       const struct sl_seen_record *records, size_t n)
{
	size_t turns = LEAVES_CLEANED_MIN + 2 * (n / SL_SNAPSHOT_SEEN_RECORDS);
	bool cleaned = true;
	int e = 0;

	if (!n)
		return 0;
	for (size_t i = 0; i < n && !e; i++)
		e = append(log, txn, dbi, &records[i]);
	while (!e && cleaned && turns-- && log->first < log->last)
		e = clean_one(log, txn, dbi, &cleaned);
	return e ? e : put_tail(log, txn, dbi);
}
