/* What the files of this folder share about LMDB. */
#ifndef SL_CONTROL_JOURNAL_PRIV_H
#define SL_CONTROL_JOURNAL_PRIV_H

#include "control/journal/reader.h"

#include <lmdb.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/types.h>

struct sl_journal {
	MDB_env *env;
	MDB_dbi dbi;
	/* Read while a transaction is open; written to take over a larger map, which needs none
	 * open. */
	pthread_rwlock_t lock;
	_Atomic unsigned hurried; /* consumers that hold others back, see backlog.h */
	uint8_t uuid[16];
	dev_t device;
	ino_t inode;
	char file[4096];
};

/* Renews *txn, or begins it where it is NULL. With 0, sl_journal_end() has to follow soon: it
 * resets the transaction, which the caller keeps to renew or aborts. */
int sl_journal_begin(struct sl_journal *journal, MDB_txn **txn);
void sl_journal_end(struct sl_journal *journal, MDB_txn *txn);

void sl_journal_key(uint64_t position, uint8_t ret_key[8]);
bool sl_journal_position(const MDB_val *key, uint64_t *ret_position);

#endif
