/* state_fold: changes of what campaigns remember, made one entry for each key and slot.
 *
 * - Within the caller's transaction. Changes are sorted in place: by key, and those of one key in
 *   the order in which they came; so the tree is walked once, from its left to its right.
 * - A change that replaces what was there costs a put; one that is appended costs a look at what is
 *   there, unless an earlier one of the same batch replaced it.
 * - What cannot be put together is left out and counted: a piece without what it belongs to. */
#ifndef SL_CONTROL_CHECKPOINT_STATE_FOLD_H
#define SL_CONTROL_CHECKPOINT_STATE_FOLD_H

#include "base/record.h"

#include <lmdb.h>

struct sl_state_fold {
	uint8_t key[SL_SNAPSHOT_STATE_KEY_BYTES];
	uint32_t sequence; /* order among changes of one key */
	uint32_t bytes;
	const uint8_t *payload; /* of the record; lives as long as this */
};

/* Of a DELTA or a TOMBSTONE. */
void sl_state_fold_key(struct sl_state_fold *fold, const struct sl_delta_view *delta);

/* room: SL_STATE_FOLD_BYTES, 8-byte aligned. 0 or LMDB's error. */
#define SL_STATE_FOLD_BYTES (8u + SL_SNAPSHOT_STATE_BYTES_MAX)
int sl_state_fold_apply(struct sl_state_fold *folds, size_t n, MDB_txn *txn, MDB_dbi dbi,
			uint8_t *room, size_t *ret_left_out);

#endif
