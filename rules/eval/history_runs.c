/* Runs: what an event does to those under way, which begin, and which end in a match. */
#include "rules/eval/history_priv.h"

#include <stdlib.h>

static const struct sl_step_text *step_of(const struct sl_eval_door *door, uint32_t i)
{
	return &door->memory->sequence->steps[i];
}

/* The step behind that is waited for; the number of steps: none is. */
static uint32_t next_of(const struct sl_eval_door *door, uint32_t i)
{
	uint32_t n = door->memory->sequence->n_steps;

	for (i++; i < n && step_of(door, i)->kind == SL_STEP_NOT; i++)
		;
	return i;
}

/* Whether the step has had what it needs, so that what is behind it is waited for. */
static bool is_ready(const struct sl_eval_door *door, const struct sl_eval_run *run)
{
	const struct sl_step_text *step = step_of(door, run->step);

	return run->complete || (!step->until && run->count >= step->times_from);
}

static bool ends_in_not(const struct sl_eval_door *door)
{
	uint32_t n = door->memory->sequence->n_steps;

	return step_of(door, n - 1)->kind == SL_STEP_NOT;
}

bool sl_eval_run_waits_out(const struct sl_eval_door *door, const struct sl_eval_run *run)
{
	return is_ready(door, run) && ends_in_not(door) &&
	       next_of(door, run->step) == door->memory->sequence->n_steps;
}

bool sl_eval_run_is_done(const struct sl_eval_door *door, const struct sl_eval_run *run)
{
	return is_ready(door, run) && !ends_in_not(door) &&
	       next_of(door, run->step) == door->memory->sequence->n_steps;
}

static int64_t earlier(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

/* Until when the whole may take. */
static int64_t end_of_all(const struct sl_eval_door *door, const struct sl_eval_run *run)
{
	return sl_eval_plus(run->first_ns, door->campaign->pattern->within_ns);
}

/* Until when what is behind the step may come, or must not. */
static int64_t end_of_next(const struct sl_eval_door *door, const struct sl_eval_run *run)
{
	uint32_t n = door->memory->sequence->n_steps, next = next_of(door, run->step);
	int64_t within_ns = step_of(door, next == n ? n - 1 : next)->within_ns;

	if (next == n && !ends_in_not(door))
		return end_of_all(door, run);
	/* a NOT at the end that has a time of its own does not ask what the whole may take */
	if (next == n && within_ns != INT64_MAX)
		return sl_eval_plus(run->last_ns, within_ns);
	return earlier(sl_eval_plus(run->last_ns, within_ns), end_of_all(door, run));
}

/* Until when the step may come again, or its end. */
static int64_t end_of_step(const struct sl_eval_door *door, const struct sl_eval_run *run)
{
	return earlier(sl_eval_plus(run->anchor_ns, step_of(door, run->step)->within_ns),
		       end_of_all(door, run));
}

int64_t sl_eval_run_deadline(const struct sl_eval_door *door, const struct sl_eval_run *run)
{
	return is_ready(door, run) ? end_of_next(door, run) : end_of_step(door, run);
}

uint32_t sl_eval_run_next(const struct sl_eval_door *door, const struct sl_eval_run *run)
{
	return next_of(door, run->step);
}

bool sl_eval_run_is_ready(const struct sl_eval_door *door, const struct sl_eval_run *run)
{
	return is_ready(door, run);
}

void sl_eval_runs_remove(struct sl_eval_memory *memory, uint32_t i)
{
	memory->n_runs--;
	memmove(memory->runs + i, memory->runs + i + 1,
		(memory->n_runs - i) * sizeof(*memory->runs));
}

/* ---- one event and one run ------------------------------------------------------------------- */

enum fate { LET_BE, TAKEN, DIED };

struct offer {
	const struct sl_eval_door *door;
	const struct sl_eval_past *event;
	struct sl_eval_run *run;
	struct sl_eval_any bound[SL_CAPTURES_MAX];
};

static bool is_step(const struct offer *offer, uint32_t i)
{
	struct sl_eval_history *history = offer->door->history;
	const struct sl_step_text *step = step_of(offer->door, i);

	return sl_eval_history_holds(history, step->filter, offer->event, NULL) &&
	       sl_eval_history_holds(history, step->link, offer->event, offer->bound);
}

static void take(const struct offer *offer)
{
	offer->run->last_ns = offer->event->time_ns;
	offer->run->taken[offer->run->step] = offer->event;
	offer->run->latest = offer->event;
}

static enum fate offer_until(const struct offer *offer)
{
	const struct sl_step_text *step = step_of(offer->door, offer->run->step);
	struct sl_eval_run *run = offer->run;

	if (!step->until || run->complete ||
	    offer->event->time_ns > end_of_step(offer->door, run) ||
	    !sl_eval_history_holds(offer->door->history, step->until, offer->event, NULL))
		return LET_BE;
	if (run->count < step->times_from)
		return DIED;
	run->complete = true;
	run->last_ns = offer->event->time_ns;
	return TAKEN;
}

static enum fate offer_next(const struct offer *offer)
{
	struct sl_eval_run *run = offer->run;
	uint32_t next = next_of(offer->door, run->step);

	if (!is_ready(offer->door, run) || next == offer->door->memory->sequence->n_steps ||
	    offer->event->time_ns > end_of_next(offer->door, run) || !is_step(offer, next))
		return LET_BE;
	run->anchor_ns = run->last_ns;
	run->step = next;
	run->count = 1;
	run->complete = false;
	take(offer);
	return TAKEN;
}

static enum fate offer_repeat(const struct offer *offer)
{
	const struct sl_step_text *step = step_of(offer->door, offer->run->step);
	struct sl_eval_run *run = offer->run;

	if (step->kind != SL_STEP_EVENT || run->complete || run->count >= step->times_to ||
	    offer->event->time_ns > end_of_step(offer->door, run) || !is_step(offer, run->step))
		return LET_BE;
	run->count++;
	take(offer);
	return TAKEN;
}

static enum fate offer_nots(const struct offer *offer)
{
	struct sl_eval_run *run = offer->run;
	uint32_t next = next_of(offer->door, run->step);

	if (!is_ready(offer->door, run) || offer->event->time_ns > end_of_next(offer->door, run))
		return LET_BE;
	for (uint32_t i = run->step + 1; i < next; i++)
		if (is_step(offer, i))
			return DIED;
	return LET_BE;
}

static enum fate offer_neighbour(const struct offer *offer)
{
	const struct sl_sequence_text *sequence = offer->door->memory->sequence;

	if (!sequence->strict ||
	    !sl_eval_history_holds(offer->door->history, sequence->among, offer->event, NULL))
		return LET_BE;
	return DIED;
}

static enum fate offer_run(const struct sl_eval_door *door, const struct sl_eval_past *event,
			   struct sl_eval_run *run)
{
	static enum fate (*const ways[])(const struct offer *offer) = {
		offer_until, offer_next, offer_repeat, offer_nots, offer_neighbour,
	};
	struct offer offer = {.door = door, .event = event, .run = run};
	const struct sl_eval_run before = *run;
	enum fate fate = LET_BE;

	/* what is over is over, whether the tick has come to it or not */
	if (event->time_ns < run->last_ns || event->time_ns > sl_eval_run_deadline(door, run)) {
		sl_eval_watch_offered(door, &before, run, event, false);
		return LET_BE;
	}
	sl_eval_history_captures(door->memory->sequence, run, offer.bound);
	for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]) && fate == LET_BE; i++)
		fate = ways[i](&offer);
	sl_eval_watch_offered(door, &before, run, event, fate == DIED);
	return fate;
}

/* ---- matches --------------------------------------------------------------------------------- */

static void end_runs(struct sl_eval_memory *memory, int64_t time_ns)
{
	for (uint32_t i = memory->n_runs; i > 0; i--)
		if (memory->runs[i - 1].first_ns <= time_ns)
			sl_eval_runs_remove(memory, i - 1);
}

static void end_runs_of(const struct sl_eval_door *door, bool all, int64_t time_ns)
{
	const struct sl_pattern_text *pattern = door->campaign->pattern;

	if (pattern->after == SL_AFTER_OVERLAP)
		return;
	for (uint32_t i = 0; i < pattern->n_sequences; i++)
		if (all || i == door->sequence)
			end_runs(&door->account->memories[i], time_ns);
}

static void add_steps(struct sl_eval_fire *fire, const struct sl_sequence_text *sequence,
		      const struct sl_eval_run *run)
{
	for (uint32_t i = 0; i < sequence->n_steps; i++)
		if (run->taken[i])
			fire->steps[fire->n_steps++] = (struct sl_eval_passed){
				.name = sequence->steps[i].name, .id = run->taken[i]->id};
}

static void add_data(const struct sl_eval_door *door, struct sl_eval_fire *fire,
		     const struct sl_eval_run *const runs[SL_SEQUENCES_MAX])
{
	const struct sl_pattern_text *pattern = door->campaign->pattern;

	for (uint32_t i = 0; i < door->campaign->n_data; i++) {
		const struct sl_campaign_data *from = &door->campaign->data[i];
		struct sl_eval_datum datum = {.name = from->name};

		if (from->from == SL_DATA_CONSTANT)
			datum.value = sl_eval_literal(&from->constant);
		else if (from->from == SL_DATA_SLOT && !fire->due)
			datum.value = fire->event->fields[from->index];
		else if (from->from == SL_DATA_CAPTURE && runs[from->sequence])
			datum.value = sl_eval_history_capture(
				&pattern->sequences[from->sequence].captures[from->index],
				runs[from->sequence]);
		else if (from->from == SL_DATA_AGGREGATE && runs[from->sequence])
			datum.value = runs[from->sequence]->sums[from->index];
		if (datum.value.kind != SL_KIND_NONE && datum.value.kind != SL_KIND_ERROR)
			fire->data[fire->n_data++] = datum;
	}
}

static void fire(const struct sl_eval_door *door, const struct sl_eval_run *const runs[],
		 const struct sl_eval_past *event, int64_t time_ns, bool due)
{
	struct sl_eval_history *history = door->history;
	const struct sl_pattern_text *pattern = door->campaign->pattern;
	struct sl_eval_fire fire = {
		.campaign = door->account->campaign,
		.key = door->account->key,
		.time_ns = time_ns,
		.due = due,
		.event = event,
		.steps = sl_eval_history_alloc(history, SL_SEQUENCES_MAX * SL_STEPS_MAX *
								sizeof(struct sl_eval_passed)),
		.data = sl_eval_history_alloc(history, (door->campaign->n_data + 1) *
							       sizeof(struct sl_eval_datum)),
	};
	bool is_first = true;

	for (uint32_t i = 0; i < pattern->n_sequences; i++) {
		if (!runs[i])
			continue;
		if (is_first && runs[i]->first)
			fire.first = runs[i]->first->id;
		is_first = false;
		add_steps(&fire, &pattern->sequences[i], runs[i]);
	}
	add_data(door, &fire, runs);
	if (pattern->for_customer) {
		if (!fire.first.bytes)
			fire.remembered = fire.key;
		fire.key = event->customer;
		SL_EVAL_MORE(history->mail, history->n_mail);
		history->mail[history->n_mail++] = fire;
		return;
	}
	SL_EVAL_MORE(history->fires, history->n_fires);
	history->fires[history->n_fires++] = fire;
}

/* One of several that all are needed. */
static void complete(const struct sl_eval_door *door, const struct sl_eval_run *run,
		     const struct sl_eval_past *event, int64_t time_ns, bool due)
{
	const struct sl_pattern_text *pattern = door->campaign->pattern;
	const struct sl_eval_run *runs[SL_SEQUENCES_MAX] = {0};
	struct sl_eval_completion *mine = &door->memory->completion;
	int64_t first_ns = INT64_MAX, last_ns = INT64_MIN;

	if (!mine->is || time_ns >= mine->time_ns)
		*mine = (struct sl_eval_completion){.is = true, .time_ns = time_ns, .run = *run};
	end_runs_of(door, false, time_ns);
	for (uint32_t i = 0; i < pattern->n_sequences; i++) {
		struct sl_eval_completion *part = &door->account->memories[i].completion;

		if (!part->is)
			return;
		runs[i] = &part->run;
		if (part->time_ns < first_ns)
			first_ns = part->time_ns;
		if (part->time_ns > last_ns)
			last_ns = part->time_ns;
	}
	if (last_ns > sl_eval_plus(first_ns, pattern->join_within_ns))
		return;
	fire(door, runs, event, time_ns, due);
	for (uint32_t i = 0; i < pattern->n_sequences; i++)
		door->account->memories[i].completion.is = false;
	end_runs_of(door, true, time_ns);
}

void sl_eval_runs_matched(const struct sl_eval_door *door, const struct sl_eval_run *run,
			  const struct sl_eval_past *event, int64_t time_ns, bool due)
{
	const struct sl_eval_run *runs[SL_SEQUENCES_MAX] = {0};

	if (door->campaign->pattern->join == SL_JOIN_ALL) {
		complete(door, run, event, time_ns, due);
		return;
	}
	runs[door->sequence] = run;
	fire(door, runs, event, time_ns, due);
	end_runs_of(door, true, time_ns);
}

/* ---- an event -------------------------------------------------------------------------------- */

bool sl_eval_run_may_begin(const struct sl_eval_door *door, const struct sl_eval_run *fresh,
			   const struct sl_eval_past *event, struct sl_eval_deed *deed)
{
	const struct sl_pattern_text *pattern = door->campaign->pattern;
	const struct sl_eval_memory *memory = door->memory;

	if (pattern->after != SL_AFTER_OVERLAP && deed->matched)
		return false;
	if (pattern->after == SL_AFTER_RESTART) {
		if (deed->taken)
			return false;
		for (uint32_t i = 0; i < memory->n_runs; i++)
			if (sl_eval_run_deadline(door, &memory->runs[i]) >= event->time_ns)
				return false;
	}
	if (sl_eval_run_deadline(door, fresh) < door->history->tick_ns)
		return false;
	if (!sl_eval_run_is_done(door, fresh) && memory->n_runs >= pattern->runs_max) {
		deed->runs_full = true;
		return false;
	}
	return true;
}

static void begin(const struct sl_eval_door *door, const struct sl_eval_past *event,
		  struct sl_eval_deed *deed)
{
	struct sl_eval_memory *memory = door->memory;
	bool has_note = step_of(door, 0)->kind == SL_STEP_NOT;
	uint32_t first = has_note ? 1 : 0;
	struct sl_eval_run fresh = {
		.first = event,
		.first_ns = event->time_ns,
		.last_ns = event->time_ns,
		.anchor_ns = event->time_ns,
		.step = first,
		.count = 1,
		.latest = event,
	};

	if (!sl_eval_history_holds(door->history, step_of(door, first)->filter, event, NULL))
		return;
	if (has_note && memory->noted &&
	    sl_eval_plus(memory->note_ns, step_of(door, 0)->within_ns) >= event->time_ns) {
		sl_eval_watch_note(door, SL_EVAL_HINDERED, event);
		return;
	}
	fresh.taken[first] = event;
	if (!sl_eval_run_may_begin(door, &fresh, event, deed)) {
		if (!deed->taken && !deed->matched)
			sl_eval_watch_run(door, SL_EVAL_UNDER_WAY, &fresh, event);
		return;
	}
	deed->changed = true;
	sl_eval_watch_run(door, SL_EVAL_BEGAN, &fresh, event);
	if (sl_eval_run_is_done(door, &fresh)) {
		deed->matched = true;
		sl_eval_runs_matched(door, &fresh, event, event->time_ns, false);
		return;
	}
	SL_EVAL_MORE(memory->runs, memory->n_runs);
	memory->runs[memory->n_runs++] = fresh;
}

static void note(const struct sl_eval_door *door, const struct sl_eval_past *event,
		 struct sl_eval_deed *deed)
{
	const struct sl_step_text *not = step_of(door, 0);
	struct sl_eval_memory *memory = door->memory;

	if (not ->kind != SL_STEP_NOT ||
	    !sl_eval_history_holds(door->history, not ->filter, event, NULL) ||
	    sl_eval_plus(event->time_ns, not ->within_ns) < door->history->tick_ns ||
	    (memory->noted && memory->note_ns >= event->time_ns))
		return;
	memory->noted = true;
	memory->note_ns = event->time_ns;
	deed->changed = true;
	sl_eval_watch_note(door, SL_EVAL_NOTED, event);
}

void sl_eval_runs_event(const struct sl_eval_door *door, const struct sl_eval_past *event,
			struct sl_eval_deed *deed)
{
	struct sl_eval_memory *memory = door->memory;
	struct sl_eval_run run;

	for (uint32_t i = 0; i < memory->n_runs;) {
		enum fate fate = offer_run(door, event, &memory->runs[i]);

		deed->changed |= fate != LET_BE;
		deed->taken |= fate == TAKEN;
		if (fate == DIED) {
			sl_eval_runs_remove(memory, i);
		} else if (fate == TAKEN && sl_eval_run_is_done(door, &memory->runs[i])) {
			deed->matched = true;
			run = memory->runs[i];
			sl_eval_runs_remove(memory, i);
			sl_eval_runs_matched(door, &run, event, event->time_ns, false);
			if (door->campaign->pattern->after != SL_AFTER_OVERLAP)
				i = 0; /* what is left began later than the event, and lets it be */
		} else {
			i++;
		}
	}
	if (step_of(door, 0)->kind == SL_STEP_WINDOW)
		sl_eval_window_event(door, event, deed);
	else
		begin(door, event, deed);
	note(door, event, deed);
}
