/* seen_log: the ids of the snapshot, a log of leaves (include/sluice/journal.h).
 *
 * - What is in memory is what the caller's transaction will have committed: where that fails, the
 *   log has to be put back to a copy taken before, or loaded again.
 * - Appending n ids writes n / 49 leaves and cleans a bounded number from the beginning; the log
 *   never holds more than twice the ids that the gateway remembers, and what one append adds.
 * - One thread. No allocation. */
#ifndef SL_CONTROL_CHECKPOINT_SEEN_LOG_H
#define SL_CONTROL_CHECKPOINT_SEEN_LOG_H

#include "sluice/journal.h"

#include <lmdb.h>
#include <stddef.h>
#include <stdint.h>

struct sl_seen_log {
	uint64_t first, last; /* numbers of leaves; last < first: there are none */
	uint64_t n_records;
	uint32_t room;                  /* ids of a partition that are of use */
	uint32_t n_tail;                /* of the last leaf, which is filled up first */
	uint64_t newest[SL_PARTITIONS]; /* ordinals */
	struct sl_snapshot_seen tail;
};

/* Reads all there are. -SL_E_DAMAGED, or LMDB's error as ours. */
int sl_seen_log_load(struct sl_seen_log *log, uint32_t room, MDB_txn *txn, MDB_dbi dbi);

/* In LMDB's codes, so that the caller can tell a full map; MDB_CORRUPTED for a damaged leaf. */
int sl_seen_log_append(struct sl_seen_log *log, MDB_txn *txn, MDB_dbi dbi,
		       const struct sl_seen_record *records, size_t n);

#endif
