#include "control/journal/consumer.h"

#include "base/clock.h"
#include "base/failpoint.h"
#include "base/log.h"
#include "control/journal/backlog.h"
#include "sluice/error.h"
#include "sluice/exit.h"

#include <assert.h>
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

/* The wait for something new grows from poll_ns to this, or to ten times poll_ns. */
#define IDLE_NS_MAX (50 * SL_NS_PER_MS)
#define IDLE_POLLS_MAX 10
/* What a consumer has not settled keeps the journal from being trimmed. */
#define GROUP_OF_MAP 16u
#define PAUSE_NS_MIN (100 * SL_NS_PER_MS)
#define PAUSE_NS_MAX (5 * SL_NS_PER_S)
#define REPEAT_NS (60 * SL_NS_PER_S) /* before the same failure is logged again */
/* After a failure: what space there is takes a few records where it does not take many. */
#define SMALL_GROUP_BYTES 16384u

struct sl_consumer {
	const struct sl_consumer_ops *ops;
	void *self;
	struct sl_cursors *cursors;
	struct sl_consumer_stats *stats;
	struct sl_reader *reader;
	size_t group_bytes;
	_Atomic uint64_t turns; /* the thread's; others read */
	pthread_t thread;
	pthread_mutex_t lock; /* of the two below */
	pthread_cond_t wake;
	bool stopping;
	int64_t deadline_ns;
	/* the thread's own */
	uint64_t saved; /* cursor on disk */
	size_t unsettled_bytes;
	int64_t unsettled_since_ns; /* 0: nothing */
	int64_t saved_ns;           /* when, of a consumer that makes progress by itself */
	bool full;
	uint64_t done; /* the first block that is not durable where it goes */
	struct sl_backlog backlog;
	int64_t pause_ns;
	int failed_with; /* the last failure that was logged, and when */
	int64_t logged_ns;
};

/* Waits; a stop ends it early, and its deadline any wait. */
static void wait_ns(struct sl_consumer *consumer, int64_t ns)
{
	int64_t until_ns = sl_clock_read(CLOCK_MONOTONIC) + ns;
	struct timespec until;

	pthread_mutex_lock(&consumer->lock);
	if (consumer->stopping && consumer->deadline_ns < until_ns)
		until_ns = consumer->deadline_ns;
	until = (struct timespec){.tv_sec = until_ns / SL_NS_PER_S,
				  .tv_nsec = until_ns % SL_NS_PER_S};
	pthread_cond_timedwait(&consumer->wake, &consumer->lock, &until);
	pthread_mutex_unlock(&consumer->lock);
}

static bool is_stopping(struct sl_consumer *consumer, bool *ret_overdue)
{
	bool stopping;

	pthread_mutex_lock(&consumer->lock);
	stopping = consumer->stopping;
	*ret_overdue = stopping && sl_clock_read(CLOCK_MONOTONIC) >= consumer->deadline_ns;
	pthread_mutex_unlock(&consumer->lock);
	return stopping;
}

static void on_damaged(void *context, uint64_t position, int error)
{
	struct sl_consumer *consumer = context;
	uint64_t n = atomic_fetch_add_explicit(&consumer->stats->damaged, 1, memory_order_relaxed);

	if (n < 100 || n % 1000 == 0)
		sl_log_error("%s: block %llu of the journal is damaged (%s): its records are lost, "
			     "those behind it go on",
			     consumer->ops->name, (unsigned long long)position,
			     sl_error_text(error));
	if (n == 0)
		sl_log_error("%s: copy the directory of the journal aside now, and let the sinks "
			     "catch up before anything is stopped: a dataplane that starts anew "
			     "may refuse this journal until it is restored or moved away, as its "
			     "message says then",
			     consumer->ops->name);
}

static int on_record(void *context, const struct sl_record *record, uint64_t position,
		     int64_t committed_ns)
{
	struct sl_consumer *consumer = context;

	return consumer->ops->record(consumer->self, record, position, committed_ns);
}

/* Back to the last saved cursor, and a pause before the next try. */
static void fail(struct sl_consumer *consumer, int error, const char *what)
{
	int64_t now_ns = sl_clock_read(CLOCK_MONOTONIC);

	atomic_fetch_add_explicit(&consumer->stats->errors, 1, memory_order_relaxed);
	/* what the consumer itself said of it is more than an error's text */
	if (error != -SL_E_KAFKA || !sl_trouble_is_there(&consumer->stats->trouble))
		sl_trouble_set(&consumer->stats->trouble, "%s: %s", what, sl_error_text(error));
	consumer->pause_ns = consumer->pause_ns ? consumer->pause_ns * 2 : PAUSE_NS_MIN;
	if (consumer->pause_ns > PAUSE_NS_MAX)
		consumer->pause_ns = PAUSE_NS_MAX;
	if (error != consumer->failed_with || now_ns - consumer->logged_ns >= REPEAT_NS) {
		sl_log_error("%s: %s: %s; tried again from block %llu until it passes",
			     consumer->ops->name, what, sl_error_text(error),
			     (unsigned long long)consumer->saved);
		consumer->failed_with = error;
		consumer->logged_ns = now_ns;
	}
	if (sl_process_status(error) == SL_PROCESS_REFUSED)
		atomic_store_explicit(&consumer->stats->stuck, error, memory_order_relaxed);
	consumer->ops->rewind(consumer->self);
	sl_reader_seek(consumer->reader, consumer->saved);
	consumer->unsettled_bytes = 0;
	consumer->unsettled_since_ns = 0;
	sl_backlog_end(&consumer->backlog);
	wait_ns(consumer, consumer->pause_ns);
}

/* False: it could not be saved, and everything behind the cursor comes again. */
static bool save(struct sl_consumer *consumer, uint64_t position)
{
	int e;

	sl_failpoint("before_cursor");
	e = position == consumer->saved
		    ? 0
		    : sl_cursors_save(consumer->cursors, consumer->ops->name, position);
	if (e) {
		fail(consumer, e, "cannot save the cursor");
		return false;
	}
	if (position != consumer->saved)
		sl_trouble_clear(&consumer->stats->trouble);
	consumer->saved = position;
	consumer->pause_ns = 0;
	atomic_store_explicit(&consumer->stats->stuck, 0, memory_order_relaxed);
	atomic_store_explicit(&consumer->stats->position, position, memory_order_relaxed);
	return true;
}

static void settle(struct sl_consumer *consumer)
{
	uint64_t position = sl_reader_resume(consumer->reader);
	int e = consumer->ops->settle(consumer->self, position);

	if (e) {
		fail(consumer, e, "cannot write");
	} else if (save(consumer, position)) {
		consumer->done = position;
		consumer->unsettled_bytes = 0;
		consumer->unsettled_since_ns = 0;
	}
}

/* What became durable meanwhile moves the cursor, not more often than groups are settled. */
static void follow_progress(struct sl_consumer *consumer, bool hurry)
{
	uint64_t handed = sl_reader_resume(consumer->reader), done = consumer->saved;
	int64_t now_ns = sl_clock_read(CLOCK_MONOTONIC);
	int e = consumer->ops->progress(consumer->self, handed, &done, &consumer->full);

	if (e) {
		fail(consumer, e, "cannot deliver");
		consumer->full = false;
		return;
	}
	consumer->done = done;
	if (done > consumer->saved &&
	    (hurry || now_ns - consumer->saved_ns >= consumer->ops->group_ns)) {
		if (!save(consumer, done))
			return;
		consumer->saved_ns = now_ns;
	}
	consumer->unsettled_since_ns = consumer->saved < handed ? now_ns : 0;
}

/* One turn: true where there was something to do. */
static bool turn(struct sl_consumer *consumer, bool hurry)
{
	const struct sl_walk walk = {
		.record = on_record, .damaged = on_damaged, .context = consumer};
	size_t group_bytes = consumer->pause_ns ? SMALL_GROUP_BYTES : consumer->group_bytes;
	bool back = !hurry &&
		    sl_backlog_stays_back(&consumer->backlog, sl_reader_resume(consumer->reader));
	int n = consumer->full || back ? 0
				       : sl_reader_read(consumer->reader,
							consumer->pause_ns ? SMALL_GROUP_BYTES
									   : SL_JOURNAL_COPY_MAX);
	int e = n < 0 ? n : 0;
	int64_t now_ns = sl_clock_read(CLOCK_MONOTONIC);

	if (n > 0) {
		if (!consumer->unsettled_since_ns)
			consumer->unsettled_since_ns = now_ns;
		consumer->unsettled_bytes += sl_reader_bytes(consumer->reader);
		e = sl_reader_walk(consumer->reader, &walk);
	}
	if (e) {
		fail(consumer, e, n < 0 ? "cannot read the journal" : "cannot take a record");
		return true;
	}
	if (consumer->ops->progress)
		follow_progress(consumer, hurry);
	else if (consumer->unsettled_since_ns &&
		 (hurry || consumer->unsettled_bytes >= group_bytes ||
		  now_ns - consumer->unsettled_since_ns >= consumer->ops->group_ns))
		settle(consumer);
	sl_backlog_note(&consumer->backlog, n > 0 ? sl_reader_bytes(consumer->reader) : 0,
			consumer->full, consumer->done, now_ns);
	return n > 0;
}

/* A group that waits to be settled is due before the idle time is over. */
static int64_t shorter_for_group(const struct sl_consumer *consumer, int64_t idle_ns)
{
	int64_t left_ns;

	if (!consumer->unsettled_since_ns)
		return idle_ns;
	left_ns = consumer->unsettled_since_ns + consumer->ops->group_ns -
		  sl_clock_read(CLOCK_MONOTONIC);
	return left_ns < 0 ? 0 : left_ns < idle_ns ? left_ns : idle_ns;
}

static bool is_stuck(const struct sl_consumer *consumer)
{
	return atomic_load_explicit(&consumer->stats->stuck, memory_order_relaxed) != 0;
}

static void *run(void *context)
{
	struct sl_consumer *consumer = context;
	const int64_t poll_ns = consumer->ops->poll_ns;
	const int64_t longest_ns =
		poll_ns * IDLE_POLLS_MAX < IDLE_NS_MAX ? poll_ns * IDLE_POLLS_MAX : IDLE_NS_MAX;
	int64_t idle_ns = poll_ns;
	char name[16]; /* as long as the kernel keeps them */
	bool overdue;

	snprintf(name, sizeof(name), "%s", consumer->ops->name);
	pthread_setname_np(pthread_self(), name);
	assert(poll_ns > 0); /* or it would spin */

	for (;;) {
		bool stopping = is_stopping(consumer, &overdue);

		atomic_fetch_add_explicit(&consumer->turns, 1, memory_order_relaxed);
		if (turn(consumer, stopping)) {
			idle_ns = poll_ns;
			if (!overdue && !(stopping && is_stuck(consumer)))
				continue;
		}
		if (stopping && (overdue || is_stuck(consumer) || !consumer->unsettled_since_ns)) {
			sl_backlog_end(&consumer->backlog);
			return NULL;
		}
		wait_ns(consumer, shorter_for_group(consumer, idle_ns));
		if (idle_ns < longest_ns)
			idle_ns = idle_ns * 2 < longest_ns ? idle_ns * 2 : longest_ns;
	}
}

static void release(struct sl_consumer *consumer)
{
	sl_reader_free(consumer->reader);
	pthread_cond_destroy(&consumer->wake);
	pthread_mutex_destroy(&consumer->lock);
	free(consumer);
}

int sl_consumer_start(const struct sl_consumer_ops *ops, void *self, struct sl_journal *journal,
		      struct sl_cursors *cursors, uint64_t position,
		      struct sl_consumer_stats *stats, struct sl_consumer **ret_consumer)
{
	struct sl_consumer *consumer = calloc(1, sizeof(*consumer));
	pthread_condattr_t attributes;
	uint64_t begin = position;
	int e;

	if (!consumer)
		return -ENOMEM;
	consumer->ops = ops;
	consumer->self = self;
	consumer->cursors = cursors;
	consumer->stats = stats;
	consumer->group_bytes = ops->group_bytes;
	sl_backlog_init(&consumer->backlog, journal, ops->waited_for);
	if (consumer->group_bytes > sl_journal_map_bytes(journal) / GROUP_OF_MAP)
		consumer->group_bytes = sl_journal_map_bytes(journal) / GROUP_OF_MAP;
	pthread_mutex_init(&consumer->lock, NULL);
	pthread_condattr_init(&attributes);
	pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
	pthread_cond_init(&consumer->wake, &attributes);
	pthread_condattr_destroy(&attributes);
	e = sl_reader_new(journal, &consumer->reader);
	if (!e)
		e = ops->start(self, sl_journal_uuid(journal), position, &begin);
	if (!e && begin != position)
		e = sl_cursors_save(cursors, ops->name, begin);
	if (e) {
		release(consumer);
		return e;
	}
	consumer->saved = begin;
	sl_reader_seek(consumer->reader, begin);
	atomic_store_explicit(&stats->position, begin, memory_order_relaxed);
	e = pthread_create(&consumer->thread, NULL, run, consumer);
	if (e) {
		release(consumer);
		return -e;
	}
	*ret_consumer = consumer;
	return 0;
}

void sl_consumer_stop(struct sl_consumer *consumer, int64_t deadline_ns)
{
	pthread_mutex_lock(&consumer->lock);
	consumer->stopping = true;
	consumer->deadline_ns = deadline_ns;
	pthread_cond_broadcast(&consumer->wake);
	pthread_mutex_unlock(&consumer->lock);
}

uint64_t sl_consumer_turns(const struct sl_consumer *consumer)
{
	return atomic_load_explicit(&consumer->turns, memory_order_relaxed);
}

const char *sl_consumer_name(const struct sl_consumer *consumer)
{
	return consumer->ops->name;
}

void sl_consumer_join(struct sl_consumer *consumer)
{
	if (!consumer)
		return;
	pthread_join(consumer->thread, NULL);
	release(consumer);
}
