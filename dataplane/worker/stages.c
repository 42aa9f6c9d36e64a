/* How long events take from stage to stage. The clock is asked once before and once after a burst
 * is matched and once in a wait, never for an event; between two looks at it everything has the
 * time of the first. A reply's time is that of the look after it, so that it is not told as free.
 */
#include "worker/worker_priv.h"

#include "base/durations.h"

static void note(struct sl_worker *worker, enum sl_stage stage, int64_t ns, uint64_t events)
{
	sl_durations_note(&worker->stats->stages[stage], ns, events);
}

void sl_stages_at(struct sl_worker *worker, int64_t monotonic_ns)
{
	for (unsigned i = 0; i < worker->n_answered; i++) {
		const struct sl_answered *answered = &worker->answered[i];

		note(worker, SL_STAGE_ACKNOWLEDGED, monotonic_ns - answered->ready_ns,
		     answered->events);
		note(worker, SL_STAGE_WHOLE, monotonic_ns - answered->received_ns,
		     answered->events);
	}
	worker->n_answered = 0;
	worker->stamp_ns = monotonic_ns;
}

void sl_stages_look(struct sl_worker *worker)
{
	if (worker->clock)
		sl_stages_at(worker, worker->clock(worker->clock_context).monotonic_ns);
}

void sl_stages_decoded(struct sl_worker *worker)
{
	sl_stages_look(worker);
	worker->decoded_ns = worker->stamp_ns;
}

void sl_stages_matched(struct sl_worker *worker)
{
	sl_stages_look(worker);
	worker->matched_ns = worker->stamp_ns;
	sl_swap_matched(worker);
}

void sl_stages_taken(struct sl_worker *worker, unsigned events)
{
	note(worker, SL_STAGE_DECODED, worker->decoded_ns - worker->now.monotonic_ns, events);
	note(worker, SL_STAGE_MATCHED, worker->matched_ns - worker->decoded_ns, events);
}

/* Its latest events are those of the latest burst, unless they were all refused: then there was
 * none. What came between, a wait for room, belongs to what comes now. */
void sl_stages_ended(struct sl_worker *worker, struct sl_request *request)
{
	request->ready_ns = worker->matched_ns > request->received_ns ? worker->matched_ns
								      : request->received_ns;
}

void sl_stages_committed(struct sl_worker *worker, struct sl_request *request)
{
	note(worker, SL_STAGE_COMMITTED, worker->stamp_ns - request->ready_ns, request->received);
	request->ready_ns = worker->stamp_ns;
}

/* Requests of one burst that were committed together are one entry. */
void sl_stages_answered(struct sl_worker *worker, const struct sl_request *request)
{
	unsigned n = worker->n_answered;
	struct sl_answered *last = n ? &worker->answered[n - 1] : NULL;

	if (!request->received)
		return;
	if (last && last->received_ns == request->received_ns &&
	    last->ready_ns == request->ready_ns) {
		last->events += request->received;
		return;
	}
	if (n == SL_ANSWERED_MAX)
		sl_stages_look(worker);
	worker->answered[worker->n_answered++] =
		(struct sl_answered){request->received_ns, request->ready_ns, request->received};
}
