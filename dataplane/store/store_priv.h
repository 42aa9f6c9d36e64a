/* Inside store. Threads: a worker's thread writes its `sealed` and the batches above it, the
 * committer's thread everything else; what crosses is atomic and says so. */
#ifndef SL_STORE_PRIV_H
#define SL_STORE_PRIV_H

#include "sluice/error.h"
#include "store/store.h"

#include <lmdb.h>
#include <pthread.h>
#include <stdatomic.h>

#define PATH_BYTES 4096u
#define PAGE_BYTES 4096u
#define BATCHES                                                                                    \
	4u /* of a worker: one being filled, one being committed, two so that neither waits */
#define TRIM_BLOCKS_MIN 256u   /* that a commit may trim that appends nothing */
#define TRIM_BLOCKS_BESIDE 32u /* that a commit may trim, however little it appends */
/* Also bounds what a commit trims, and so how many neighbouring pages the list of those needs. */
#define TXN_BLOCKS_MAX 4096u
#define RETRY_MS 100
#define CURSORS_MS 50
#define READERS_MS 1000
#define TRIM_IDLE_MS 1000 /* a trickle is trimmed with the next append, or after this */
#define TRIM_PAUSE_MS 2   /* between commits that only trim */

struct sl_store_worker {
	struct sl_store *store;
	unsigned index;
	bool open;       /* worker: the batch above `sealed` is being filled */
	uint64_t closed; /* worker: up to here batches are not taken back any more */
	struct sl_blocks batches[BATCHES]; /* batch n is batches[n % BATCHES] */
	/* Batches are numbered from 1. Those in (taken, sealed] wait for the committer, and the
	 * worker may take the last of them back; those in (committed, taken] are the committer's.
	 * Each side writes its own of the two and then reads the other's, sequentially consistent:
	 * whoever is late sees it. */
	_Alignas(64) _Atomic uint64_t sealed;    /* worker: rw, committer: ro */
	_Alignas(64) _Atomic uint64_t committed; /* committer: rw, worker: ro */
	_Atomic uint64_t taken;                  /* committer: rw, worker: ro */
};

/* The environment of cursors, as the committer sees it. */
struct cursors {
	const char *path;
	MDB_env *env; /* NULL: not open */
	MDB_txn *txn; /* reset between reads */
	MDB_dbi dbi;
	dev_t device; /* which file is open, to notice that it was replaced */
	ino_t inode;
	int64_t read_ns;
	uint64_t least; /* position below which all consumers are done; 0: unknown or none */
};

struct sl_store {
	struct sl_store_config config;
	struct sl_stats_store *stats; /* the caller's, or own_stats */
	struct sl_stats_store own_stats;
	struct sl_store_worker *workers;
	uint32_t batch_blocks;
	void *batch_memory;
	size_t batch_memory_bytes;

	/* the journal; committer's once it runs */
	MDB_env *env;
	MDB_dbi dbi;
	int writer_lock_fd;
	struct sl_journal_meta meta;
	uint64_t first; /* position of the oldest block; == next: none */
	uint64_t next;  /* position of the next block */
	uint64_t map_pages;
	uint64_t used_pages;      /* after the last commit, of both trees and the two metas */
	uint64_t pending_pages;   /* freed by the last commit: for the next but one to use */
	uint64_t allocated_bytes; /* of the data file, surely on disk */
	struct cursors cursors;

	/* committer */
	pthread_t thread;
	bool running;
	uint64_t *upto;          /* per worker, for the group being committed */
	unsigned turn;           /* worker whose batches come first */
	uint32_t txn_blocks_max; /* halved when the map had no room for that many */
	bool failed;
	int64_t trimmed_ns;
	int64_t readers_ns;
	_Atomic bool stopping;
	_Atomic bool backpressure;
	bool no_room; /* the last commit found none */
	/* Workers and stop ring; the committer sleeps on the value. */
	_Alignas(64) _Atomic uint32_t bell;
	_Atomic uint32_t asleep;
};

/* Which batches a transaction takes: of each worker those up to and including store->upto. */
struct commit_group {
	uint32_t blocks;
	uint64_t bytes;
	bool more; /* sealed ones were left out */
};

/* env.c: LMDB environments, opened with checks that LMDB does not make. */
int sl_store_env_error(int rc);
int sl_store_env_open(const char *path, unsigned flags, uint64_t map_bytes, MDB_env **ret_env,
		      char ret_why[SL_SENTENCE_BYTES]);

/* journal.c */
int sl_store_journal_open(struct sl_store *store, char ret_why[SL_SENTENCE_BYTES]);
void sl_store_journal_close(struct sl_store *store);
uint64_t sl_store_key(const void *key);
MDB_val sl_store_key_value(uint64_t position, uint8_t ret_bytes[8]);

/* bell.c */
void sl_store_bell_ring(struct sl_store *store);
void sl_store_bell_wait(struct sl_store *store, uint32_t seen, int64_t timeout_ms);

/* committer.c */
void *sl_store_committer(void *store);

/* commit.c: one transaction. Trims n_trim blocks and appends the group; with neither it only frees
 * for use what the commit before freed. 0, -SL_E_FULL (nothing happened, may be tried again), or
 * another error (never again). */
void sl_store_group(struct sl_store *store, struct commit_group *ret_group);
int sl_store_commit(struct sl_store *store, const struct commit_group *group, uint64_t n_trim);
uint64_t sl_store_pages(MDB_txn *txn, MDB_dbi dbi);

/* trim.c */
void sl_store_cursors_read(struct sl_store *store, int64_t now_ns);
void sl_store_cursors_close(struct cursors *cursors);
uint64_t sl_store_trimmable(const struct sl_store *store);
int sl_store_trim(struct sl_store *store, MDB_cursor *cursor, uint64_t n);

/* readers.c */
void sl_store_readers_check(struct sl_store *store);

#endif
