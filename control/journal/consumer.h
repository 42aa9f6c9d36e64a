/* consumer: a thread that carries the journal's records somewhere, at least once.
 *
 * The loop is the same for all of them: read, hand each record to the consumer, and in groups ask
 * it to make them durable (`settle`); only then is the cursor saved. What fails is tried again from
 * the last saved cursor, after a pause that grows from 0.1 to 5 s: a consumer never loses a record,
 * never gives up, and does not end the process. Told to end, it does not wait for what trying again
 * cannot mend (`stuck`). The same failure is logged once a minute.
 *
 * Counts are written by the consumer's thread and read by anybody. */
#ifndef SL_CONTROL_JOURNAL_CONSUMER_H
#define SL_CONTROL_JOURNAL_CONSUMER_H

#include "control/journal/cursors.h"
#include "control/journal/reader.h"
#include "control/journal/trouble.h"

#include <stdatomic.h>
#include <stdbool.h>

struct sl_consumer_ops {
	const char *name;   /* of its cursor */
	int64_t group_ns;   /* records wait at most so long to be settled together */
	size_t group_bytes; /* of blocks; so many are settled at once, or fewer of a small journal
			     */
	bool waited_for;    /* somebody waits for its records: see backlog.h */
	int64_t poll_ns;    /* between two looks at a journal that has nothing new, at least */
	/* Once, before the first record. May answer a later position than the cursor's, to begin
	 * there. */
	int (*start)(void *self, const uint8_t journal[16], uint64_t position,
		     uint64_t *ret_position);
	int (*record)(void *self, const struct sl_record *record, uint64_t position,
		      int64_t committed_ns);
	/* Makes everything handed over durable; `position` is the first block not finished. */
	int (*settle)(void *self, uint64_t position);
	/* Instead of settle, for what becomes durable by itself and later (NULL: settle is used).
	 * Asked in every turn: *ret_done is the first block not durable yet, at most `position`;
	 * *ret_full holds back reading until some of it is. */
	int (*progress)(void *self, uint64_t position, uint64_t *ret_done, bool *ret_full);
	/* Forgets what was handed over since the last settle that succeeded. */
	void (*rewind)(void *self);
};

struct sl_consumer_stats {
	_Atomic uint64_t position; /* saved */
	_Atomic uint64_t
		settled; /* records made durable in this life of the process; the ops count them */
	_Atomic uint64_t errors;   /* failures, each tried again */
	_Atomic uint64_t damaged;  /* blocks with something unreadable in them */
	_Atomic int stuck;         /* the error that trying again will not mend, 0: none */
	struct sl_trouble trouble; /* why the cursor stands still, until it moves */
};

struct sl_consumer;

/* Starts the thread, from `position`. `self` has to outlive the consumer. */
int sl_consumer_start(const struct sl_consumer_ops *ops, void *self, struct sl_journal *journal,
		      struct sl_cursors *cursors, uint64_t position,
		      struct sl_consumer_stats *stats, struct sl_consumer **ret_consumer);

/* Asks it to end once it has settled what is committed by now, but not later than the deadline
 * (CLOCK_MONOTONIC) allows. */
void sl_consumer_stop(struct sl_consumer *consumer, int64_t deadline_ns);
/* Counts the rounds of its thread, one in a few seconds at least while it is alive; any thread. */
uint64_t sl_consumer_turns(const struct sl_consumer *consumer);
const char *sl_consumer_name(const struct sl_consumer *consumer);
void sl_consumer_join(struct sl_consumer *consumer); /* frees it; takes NULL */

#endif
