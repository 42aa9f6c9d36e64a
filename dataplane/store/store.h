/* store: a burst's results become durable.
 *
 * - One struct sl_store per dataplane, one struct sl_store_worker per worker. The committer thread
 *   takes the sealed batches of all workers, commits them in one transaction, and hands them back.
 *   Workers never wait in here: where no batch is free, sl_store_open_batch() says so and the
 *   worker keeps its burst.
 * - A worker's batches commit in the order they were sealed; sl_store_committed() only grows.
 * - After a failed commit nothing more is committed, nothing acknowledged: `failed` is told once
 *   and the process has to end. No room (disk or map full) is not a failure: the same batches are
 *   tried again, nothing having been synced, and backpressure is on meanwhile.
 * - Nothing below is open across a sleep: read transactions only at start. */
#ifndef SL_STORE_H
#define SL_STORE_H

#include "base/record.h"
#include "sluice/error.h"
#include "sluice/journal.h"
#include "sluice/stats.h"

#include <stdbool.h>
#include <stdint.h>

struct sl_store;
struct sl_store_worker;

struct sl_store_config {
	const char *journal_path; /* directories; NULL: records go to `consume` at once, in memory
				     (replay, tests) */
	const char *cursors_path; /* read only; may not exist yet */
	uint64_t map_bytes;
	unsigned backpressure_percent;
	uint32_t batch_bytes;
	bool preallocate;
	unsigned workers;
	struct sl_stats_store *stats;
	/* Committer's thread, after each commit that held batches of this worker: wakes it. */
	void (*wake)(void *context, unsigned worker);
	/* Committer's thread, once: no further commits. */
	void (*failed)(void *context, int error, const char *sentence);
	/* In memory only: each block as it would have been written, but for its time stamp.
	   Sealing worker's thread; the batch counts as committed then, and nobody is woken. */
	void (*consume)(void *context, const void *block, size_t bytes);
	void *context;
};

/* Opens or creates the journal, checks meta and the last transaction, takes the writer's lock.
 * -SL_E_LOCKED, -SL_E_DAMAGED, -SL_E_VERSION, … with a sentence in ret_why. */
int sl_store_open(const struct sl_store_config *config, struct sl_store **ret_store,
		  char ret_why[SL_SENTENCE_BYTES]);

/* Kinds of records that are walked. */
#define SL_RECOVER_IDS 1u   /* SEEN and MAILBOX */
#define SL_RECOVER_STATE 2u /* DELTA, TOMBSTONE and TICK */

/* Walks what the snapshot (path may not exist) and the journal behind it hold, while nothing is
 * appended: records of these kinds, in order, those of the snapshot first. A cleared mailbox record
 * follows the one it clears; of one key and slot the snapshot has at most one record. 0; 1 with a
 * sentence where it was done, but what a snapshot held is missing; or an error. */
int sl_store_recover(struct sl_store *store, const char *snapshot_path, unsigned kinds,
		     void (*each)(void *context, const struct sl_record *record), void *context,
		     char ret_why[SL_SENTENCE_BYTES]);

int sl_store_start(struct sl_store *store); /* the committer thread */
/* Commits what is sealed, then ends the committer. */
void sl_store_stop(struct sl_store *store);
void sl_store_close(struct sl_store *store); /* takes NULL */

struct sl_store_worker *sl_store_worker(struct sl_store *store, unsigned worker);

/* The most that a batch can be opened for: bytes, and so many more for each record. At least the
 * largest record. */
#define SL_STORE_RECORD_OVERHEAD 23u
size_t sl_store_room(const struct sl_store *store);

/* The blocks to append to, with surely room for `bytes` of payloads in at most n_records records;
 * seals the open batch first where it is too full. NULL: no batch is free, try after the next wake.
 * Asking for more than sl_store_room() is a programmer's error. */
struct sl_blocks *sl_store_open_batch(struct sl_store_worker *worker, size_t bytes,
				      unsigned n_records);

/* Number that the batch now open will have: what is appended now is durable when
 * sl_store_committed() >= that. With nothing appended since the last seal it is the last sealed
 * one's: "after all its earlier ones". */
uint64_t sl_store_pending(const struct sl_store_worker *worker);
uint64_t sl_store_committed(const struct sl_store_worker *worker);

/* Hands the open batch to the committer, if it holds anything. Called at the end of every burst and
 * after every wake. Unless it is closed, what is appended next goes into the same batch, as long as
 * the committer has not begun with it: so there is always something for the committer to go on
 * with, and all that came until then goes together. */
void sl_store_seal(struct sl_store_worker *worker, bool close);

/* Whether sources are to wait: the journal is full up to its mark, or commits find no room. */
bool sl_store_backpressure(const struct sl_store *store);

#endif
