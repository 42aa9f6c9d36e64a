/* What snapshot.c and file_anew.c share. One thread; transactions are the caller's to end. */
#ifndef SL_CONTROL_CHECKPOINT_SNAPSHOT_PRIV_H
#define SL_CONTROL_CHECKPOINT_SNAPSHOT_PRIV_H

#include "control/checkpoint/snapshot.h"

#include <lmdb.h>

struct sl_snapshot {
	MDB_env *env; /* NULL after a failed sync: opened again at the next change */
	MDB_dbi dbi;
	size_t map_bytes;
	uint32_t seen_room;
	uint8_t journal[16];
	char path[4096];
};

int sl_snapshot_put_meta(struct sl_snapshot *snapshot, MDB_txn *txn, uint64_t position);

/* Files the SEEN entries of a snapshot that had another room anew; where two meet, the younger
 * stays. Takes as much memory as the entries. In the caller's transaction. */
int sl_snapshot_file_anew(struct sl_snapshot *snapshot, MDB_txn *txn);

#endif
