/* What happened, told to who watches. Nothing here decides anything. */
#include "rules/eval/history_priv.h"

static const struct sl_step_text *step_of(const struct sl_eval_door *door, uint32_t i)
{
	return &door->memory->sequence->steps[i];
}

static struct sl_eval_moment moment_of(const struct sl_eval_door *door,
				       enum sl_eval_moment_kind kind,
				       const struct sl_eval_past *event)
{
	return (struct sl_eval_moment){
		.kind = kind,
		.campaign = door->account->campaign,
		.sequence = door->sequence,
		.key = door->account->key,
		.event = event->id,
		.time_ns = event->time_ns,
		.until_ns = INT64_MAX,
	};
}

static void tell(const struct sl_eval_door *door, const struct sl_eval_moment *moment)
{
	door->history->watcher(door->history->context, moment);
}

/* Part by part. */
static void ask(const struct sl_eval_door *door, const struct sl_expr *condition,
		const struct sl_eval_past *event, const struct sl_eval_any *bound,
		struct sl_eval_moment *moment)
{
	struct sl_eval_history *history = door->history;
	struct sl_eval_trace trace = {.steps = history->watch_parts};
	struct sl_eval_walk walk = {
		.room = {.arena = &history->scratch,
			 .bytes = SL_EVAL_ROOM_BYTES,
			 .steps = SL_EVAL_STEPS_MAX},
		.fields = event ? event->fields : NULL,
		.bound = bound,
		.trace = &trace,
	};
	struct sl_eval_any value = sl_eval_walk(&walk, condition);

	moment->held = value.kind == SL_KIND_BOOL && value.integer;
	moment->parts = trace.steps;
	moment->n_parts = trace.n_steps;
	tell(door, moment);
	sl_arena_reset(&history->scratch);
}

static struct sl_eval_moment moment_of_run(const struct sl_eval_door *door,
					   enum sl_eval_moment_kind kind,
					   const struct sl_eval_run *run,
					   const struct sl_eval_past *event)
{
	struct sl_eval_moment moment = moment_of(door, kind, event);

	moment.step = run->step;
	moment.run = run->first->id;
	moment.count = run->count;
	moment.is_due = sl_eval_run_waits_out(door, run);
	if (!sl_eval_run_is_done(door, run))
		moment.until_ns = sl_eval_run_deadline(door, run);
	return moment;
}

void sl_eval_watch_run(const struct sl_eval_door *door, enum sl_eval_moment_kind kind,
		       const struct sl_eval_run *run, const struct sl_eval_past *event)
{
	struct sl_eval_moment moment;

	if (!door->history->watcher)
		return;
	moment = moment_of_run(door, kind, run, event);
	tell(door, &moment);
}

void sl_eval_watch_note(const struct sl_eval_door *door, enum sl_eval_moment_kind kind,
			const struct sl_eval_past *event)
{
	struct sl_eval_moment moment;

	if (!door->history->watcher)
		return;
	moment = moment_of(door, kind, event);
	moment.until_ns = sl_eval_plus(door->memory->note_ns, step_of(door, 0)->within_ns);
	tell(door, &moment);
}

void sl_eval_watch_having(const struct sl_eval_door *door, const struct sl_eval_past *event,
			  const struct sl_eval_any *values)
{
	struct sl_eval_moment moment;

	if (!door->history->watcher)
		return;
	moment = moment_of(door, SL_EVAL_GATHERED, event);
	ask(door, step_of(door, 0)->window->having, NULL, values, &moment);
}

/* ---- a run that was offered an event --------------------------------------------------------- */

struct offered {
	const struct sl_eval_door *door;
	const struct sl_eval_run *run; /* before */
	const struct sl_eval_past *event;
	struct sl_eval_any bound[SL_CAPTURES_MAX];
};

static bool is_asked(const struct offered *offered, uint32_t step)
{
	return sl_eval_history_holds(offered->door->history, step_of(offered->door, step)->filter,
				     offered->event, NULL);
}

static bool is_linked(const struct offered *offered, uint32_t step)
{
	return sl_eval_history_holds(offered->door->history, step_of(offered->door, step)->link,
				     offered->event, offered->bound);
}

/* It has what the step asks of an event alone, and was not taken: why. */
static void tell_missed(const struct offered *offered, uint32_t step)
{
	struct sl_eval_moment moment =
		moment_of_run(offered->door, SL_EVAL_TOO_LATE, offered->run, offered->event);
	const struct sl_expr *link = step_of(offered->door, step)->link;

	moment.step = step;
	if (!is_linked(offered, step)) {
		moment.kind = SL_EVAL_UNLINKED;
		ask(offered->door, link, offered->event, offered->bound, &moment);
		return;
	}
	if (offered->event->time_ns < offered->run->last_ns)
		moment.kind = SL_EVAL_TOO_EARLY;
	else if (offered->event->time_ns <= moment.until_ns)
		return; /* nothing was asked of it: it came as often as it may */
	tell(offered->door, &moment);
}

/* Of all that is waited for, or must not come. */
static void tell_let_be(const struct offered *offered)
{
	const struct sl_eval_door *door = offered->door;
	uint32_t n = door->memory->sequence->n_steps, next = sl_eval_run_next(door, offered->run);
	uint32_t to = sl_eval_run_is_ready(door, offered->run) ? (next < n ? next + 1 : n)
							       : offered->run->step + 1;
	uint32_t from = sl_eval_run_is_ready(door, offered->run) ? offered->run->step + 1
								 : offered->run->step;

	for (uint32_t i = from; i < to; i++)
		if (is_asked(offered, i))
			tell_missed(offered, i);
}

static void tell_died(const struct offered *offered)
{
	const struct sl_eval_door *door = offered->door;
	struct sl_eval_moment moment =
		moment_of_run(door, SL_EVAL_BROKEN, offered->run, offered->event);
	const struct sl_step_text *step = step_of(door, offered->run->step);
	uint32_t next = sl_eval_run_next(door, offered->run);

	if (!sl_eval_run_is_ready(door, offered->run)) {
		if (step->until &&
		    sl_eval_history_holds(door->history, step->until, offered->event, NULL))
			moment.kind = SL_EVAL_CUT_SHORT;
	} else {
		for (uint32_t i = offered->run->step + 1; i < next; i++) {
			if (!is_asked(offered, i) || !is_linked(offered, i))
				continue;
			moment.kind = SL_EVAL_ENDED;
			moment.step = i;
			break;
		}
	}
	tell(door, &moment);
}

void sl_eval_watch_offered(const struct sl_eval_door *door, const struct sl_eval_run *before,
			   const struct sl_eval_run *after, const struct sl_eval_past *event,
			   bool died)
{
	struct offered offered = {.door = door, .run = before, .event = event};

	if (!door->history->watcher)
		return;
	sl_eval_history_captures(door->memory->sequence, before, offered.bound);
	if (died)
		tell_died(&offered);
	else if (after->complete && !before->complete)
		sl_eval_watch_run(door, SL_EVAL_CLOSED, after, event);
	else if (after->step != before->step || after->count != before->count)
		sl_eval_watch_run(door, SL_EVAL_TAKEN, after, event);
	else
		tell_let_be(&offered);
}
