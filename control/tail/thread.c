/* The thread that reads the journal for all tails. */
#include "control/tail/tail_priv.h"

#include "base/clock.h"
#include "base/log.h"
#include "sluice/error.h"

#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#define READ_BYTES 262144u
#define IDLE_NS (20 * SL_NS_PER_MS)
#define PAUSE_NS SL_NS_PER_S /* after the journal could not be read */
#define COMPLAIN_NS (60 * SL_NS_PER_S)
#define NICE 10 /* whoever looks on comes after those who work */

/* ---- one record ------------------------------------------------------------------------------ */

static bool same(struct sl_text wanted, struct sl_text text)
{
	return !wanted.at || (wanted.bytes == text.bytes &&
			      memcmp(wanted.at, text.bytes ? text.at : "", wanted.bytes) == 0);
}

static bool wants(const struct sl_tail *tail, struct sl_tail_record *record)
{
	return (tail->kinds & record->kind) && same(tail->campaign, record->campaign) &&
	       same(tail->key, record->key) &&
	       (!tail->where || sl_where_holds(tail->where, record));
}

static void give(struct sl_tail *tail, const char *line, size_t n)
{
	pthread_mutex_lock(&tail->lock);
	if (n)
		sl_tail_room_put(&tail->room, line, n);
	else
		tail->room.missed_records++; /* too long for any line */
	pthread_mutex_unlock(&tail->lock);
}

/* Looked into only where a tail may want it, written only where one does. */
static int on_record(void *context, const struct sl_record *from, uint64_t position,
		     int64_t committed_ns)
{
	struct sl_tails *tails = context;
	struct sl_tail_record *record = &tails->record;
	bool written = false;
	size_t n = 0;

	tails->last = position;
	if (!sl_tail_record_read(from, committed_ns, record))
		return 0;
	for (unsigned i = 0; i < tails->n_looking; i++) {
		struct sl_tail *tail = tails->looking[i];

		if (position <= tail->after || !wants(tail, record))
			continue;
		if (!written)
			n = sl_tail_line(from, committed_ns, tails->line, sizeof(tails->line));
		written = true;
		give(tail, tails->line, n);
		tails->put = true;
	}
	sl_tail_record_fini(record);
	return 0;
}

/* Blocks from `from` to before `to` are passed over. */
static void tell_passed_over(struct sl_tails *tails, uint64_t from, uint64_t to)
{
	for (unsigned i = 0; i < tails->n_looking; i++) {
		struct sl_tail *tail = tails->looking[i];
		uint64_t first = tail->after + 1 > from ? tail->after + 1 : from;

		if (first >= to)
			continue;
		pthread_mutex_lock(&tail->lock);
		tail->room.missed_blocks += to - first;
		pthread_mutex_unlock(&tail->lock);
		tails->put = true;
	}
}

static void on_damaged(void *context, uint64_t position, int error)
{
	(void)error; /* consumers log it */
	tell_passed_over(context, position, position + 1);
}

/* ---- the thread ------------------------------------------------------------------------------ */

/* To where reading goes on: not among what was trimmed, nor further behind than is allowed. */
static int find_place(struct sl_tails *tails, uint64_t wanted)
{
	uint64_t at = sl_reader_resume(tails->reader), first, end, to;
	int e = sl_journal_ends(tails->journal, &first, &end);

	if (e)
		return e;
	if (wanted && (!at || wanted < at || tails->n_looking == 1)) {
		at = wanted;
		sl_reader_seek(tails->reader, at);
	}
	to = at < first ? first : at;
	if (end > SL_TAIL_BEHIND_MAX && to < end - SL_TAIL_BEHIND_MAX)
		to = end;
	if (to == at)
		return 0;
	tell_passed_over(tails, at, to);
	sl_reader_seek(tails->reader, to);
	return 0;
}

/* Blocks that were read, or an error. */
static int turn(struct sl_tails *tails, uint64_t wanted)
{
	const struct sl_walk walk = {.record = on_record, .damaged = on_damaged, .context = tails};
	int n, e;

	tails->put = false;
	if (!tails->reader) {
		e = sl_reader_new(tails->journal, &tails->reader);
		if (e)
			return e;
	}
	e = find_place(tails, wanted);
	n = e ? e : sl_reader_read(tails->reader, READ_BYTES);
	if (n > 0)
		sl_reader_walk(tails->reader, &walk);
	for (unsigned i = 0; i < tails->n_looking; i++)
		if (tails->looking[i]->after < tails->last)
			tails->looking[i]->after = tails->last;
	if (tails->put)
		tails->wake(tails->context);
	return n;
}

/* With the lock held. */
static void wait_ns(struct sl_tails *tails, int64_t ns)
{
	int64_t until_ns = sl_clock_read(CLOCK_MONOTONIC) + ns;
	struct timespec until = {.tv_sec = until_ns / SL_NS_PER_S,
				 .tv_nsec = until_ns % SL_NS_PER_S};

	pthread_cond_timedwait(&tails->changed, &tails->lock, &until);
}

static void complain(struct sl_tails *tails, int error)
{
	int64_t now_ns = sl_clock_read(CLOCK_MONOTONIC);

	if (now_ns < tails->complain_ns)
		return;
	tails->complain_ns = now_ns + COMPLAIN_NS;
	sl_log_error("tails cannot read the journal: %s; tried again", sl_error_text(error));
}

void *sl_tails_run(void *context)
{
	struct sl_tails *tails = context;

	setpriority(PRIO_PROCESS, (id_t)gettid(), NICE); /* of this thread alone */
	pthread_mutex_lock(&tails->lock);
	while (!tails->stopping) {
		uint64_t wanted = tails->wanted;
		int n;

		if (!tails->n) {
			pthread_cond_wait(&tails->changed, &tails->lock);
			continue;
		}
		tails->wanted = 0;
		tails->n_looking = tails->n;
		for (unsigned i = 0; i < tails->n; i++) {
			tails->looking[i] = tails->list[i];
			tails->looking[i]->users++;
		}
		pthread_mutex_unlock(&tails->lock);
		n = turn(tails, wanted);
		if (n < 0)
			complain(tails, n);
		pthread_mutex_lock(&tails->lock);
		for (unsigned i = 0; i < tails->n_looking; i++)
			sl_tail_unuse(tails->looking[i]);
		if (n <= 0 && !tails->stopping && !tails->wanted)
			wait_ns(tails, n ? PAUSE_NS : IDLE_NS);
	}
	pthread_mutex_unlock(&tails->lock);
	return NULL;
}
