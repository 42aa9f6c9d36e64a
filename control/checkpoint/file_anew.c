/* Keys of the snapshot, and filing its SEEN entries under other ones when their room changes. */
#include "control/checkpoint/snapshot_priv.h"

#include "control/lmdb_env.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

void sl_snapshot_seen_key(struct sl_snapshot_change *change, const struct sl_seen_record *seen,
			  uint32_t seen_room)
{
	uint32_t slot = (uint32_t)(seen->ordinal % seen_room);

	memset(change->key, 0, sizeof(change->key));
	change->key[0] = SL_SNAPSHOT_SEEN;
	change->key[1] = (uint8_t)(seen->partition >> 8);
	change->key[2] = (uint8_t)seen->partition;
	for (int i = 0; i < 4; i++)
		change->key[3 + i] = (uint8_t)(slot >> (24 - 8 * i));
	change->key_bytes = SL_SNAPSHOT_SEEN_KEY_BYTES;
}

void sl_snapshot_mail_key(struct sl_snapshot_change *change, const struct sl_mailbox_record *mail)
{
	memset(change->key, 0, sizeof(change->key));
	change->key[0] = SL_SNAPSHOT_MAIL;
	change->key[1] = (uint8_t)(mail->to >> 8);
	change->key[2] = (uint8_t)mail->to;
	memcpy(change->key + 3, mail->id, 16);
	change->key_bytes = SL_SNAPSHOT_MAIL_KEY_BYTES;
}

/* Takes the SEEN entries out of the transaction into memory. */
static int take_out(struct sl_snapshot *snapshot, MDB_txn *txn, struct sl_seen_record **ret_list,
		    size_t *ret_n)
{
	struct sl_seen_record *list = NULL;
	size_t n = 0, room = 0;
	char first = SL_SNAPSHOT_SEEN;
	MDB_val key = {.mv_size = 1, .mv_data = &first}, value;
	MDB_cursor *cursor;
	int e = mdb_cursor_open(txn, snapshot->dbi, &cursor);

	if (e)
		return sl_lmdb_error(e);
	e = mdb_cursor_get(cursor, &key, &value, MDB_SET_RANGE);
	while (!e && key.mv_size == SL_SNAPSHOT_SEEN_KEY_BYTES &&
	       *(const char *)key.mv_data == first) {
		if (n == room) {
			struct sl_seen_record *larger =
				realloc(list, (room = room * 2 + 1024) * sizeof(*list));

			if (!larger) {
				e = ENOMEM;
				break;
			}
			list = larger;
		}
		if (value.mv_size == sizeof(*list))
			memcpy(&list[n++], value.mv_data, sizeof(*list));
		e = mdb_cursor_del(cursor, 0);
		if (!e)
			e = mdb_cursor_get(cursor, &key, &value,
					   MDB_NEXT); /* the one behind the deleted */
	}
	mdb_cursor_close(cursor);
	if (e && e != MDB_NOTFOUND) {
		free(list);
		return sl_lmdb_error(e);
	}
	*ret_list = list;
	*ret_n = n;
	return 0;
}

int sl_snapshot_file_anew(struct sl_snapshot *snapshot, MDB_txn *txn)
{
	struct sl_seen_record *list = NULL;
	size_t n = 0;
	int e = take_out(snapshot, txn, &list, &n);

	if (e)
		return e;
	for (size_t i = 0; i < n && !e; i++) {
		struct sl_snapshot_change change;
		struct sl_seen_record there;
		MDB_val key, value;

		sl_snapshot_seen_key(&change, &list[i], snapshot->seen_room);
		key = (MDB_val){.mv_size = change.key_bytes, .mv_data = change.key};
		e = mdb_get(txn, snapshot->dbi, &key, &value);
		if (!e && value.mv_size == sizeof(there)) {
			memcpy(&there, value.mv_data, sizeof(there));
			if (there.ordinal > list[i].ordinal)
				continue;
		}
		value = (MDB_val){.mv_size = sizeof(list[i]), .mv_data = &list[i]};
		e = mdb_put(txn, snapshot->dbi, &key, &value, 0);
	}
	free(list);
	return sl_lmdb_error(e);
}
