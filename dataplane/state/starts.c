/* What begins with an event. */
#include "states_priv.h"

static uint32_t live_runs(const struct sl_memory *memory)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < memory->n_runs; i++)
		n += !memory->runs[i].over;
	return n;
}

static bool policy_lets(const struct sl_memory *memory, const struct sl_start *start,
			int64_t time_ns)
{
	switch (memory->plan->of->after) {
	case SL_AFTER_OVERLAP:
		return true;
	case SL_AFTER_SKIP_PAST:
		return !start->matched;
	default:
		break;
	}
	if (start->matched || start->taken)
		return false;
	for (uint32_t i = 0; i < memory->n_runs; i++)
		if (!memory->runs[i].over &&
		    sl_run_deadline(memory->plan, &memory->runs[i]) >= time_ns)
			return false;
	return true;
}

bool sl_start_may(struct sl_states *states, struct sl_memory *memory, const struct sl_start *start,
		  const struct sl_memory_run *run)
{
	if (memory->plan->of->draining || !policy_lets(memory, start, states->arrival.time_ns) ||
	    sl_run_deadline(memory->plan, run) < states->tick_ns)
		return false;
	if (sl_run_is_complete(memory->plan, run) && run->step == memory->plan->last &&
	    !memory->plan->trailing)
		return true; /* a match at once: nothing is to be remembered */
	if (live_runs(memory) >= memory->plan->of->runs_max) {
		sl_call_tell(states, SL_GATE_RUNS_FULL);
		return false;
	}
	if (states->is_short) {
		sl_call_tell(states, SL_GATE_STATE_FULL);
		return false;
	}
	return true;
}

/* Takes out the runs that are over. */
static void compact(struct sl_memory *memory)
{
	uint32_t kept = 0;

	for (uint32_t i = 0; i < memory->n_runs; i++) {
		if (memory->runs[i].over)
			continue;
		if (kept != i)
			memory->runs[kept] = memory->runs[i];
		kept++;
	}
	memory->n_runs = kept;
}

static void begin(struct sl_states *states, struct sl_memory_run *run, unsigned step)
{
	int64_t time = states->arrival.time_ns;

	run->first_ns = run->last_ns = run->anchor_ns = time;
	run->count = 1;
	run->step = (uint8_t)step;
	run->done = run->over = false;
	run->first_id = sl_span_of(NULL, 0);
}

/* A run that has begun: a match at once, or kept. */
static void keep(struct sl_states *states, struct sl_memory *memory, struct sl_memory_run *run)
{
	memory->changed = memory->changed_runs = true;
	if (sl_run_is_complete(memory->plan, run) && run->step == memory->plan->last &&
	    !memory->plan->trailing)
		sl_sequence_completed(states, memory, run, states->arrival.time_ns, false);
	else
		memory->n_runs++;
}

static bool start_run(struct sl_states *states, struct sl_memory *memory,
		      const struct sl_start *start)
{
	struct sl_memory_run *run;

	compact(memory);
	run = &memory->runs[memory->n_runs]; /* there is one more than may live */
	begin(states, run, memory->plan->first);
	if (!sl_start_may(states, memory, start, run))
		return false;
	sl_run_accept(states, memory->plan, run, memory->plan->first);
	keep(states, memory, run);
	return true;
}

bool sl_window_fire(struct sl_states *states, struct sl_memory *memory,
		    const struct sl_start *start, const struct sl_any *aggregates)
{
	const struct sl_plan_sequence *plan = memory->plan;
	struct sl_memory_run *run;

	compact(memory);
	run = &memory->runs[memory->n_runs];
	begin(states, run, plan->first);
	if ((plan->first != plan->last || plan->trailing) &&
	    !sl_start_may(states, memory, start, run))
		return false;
	sl_run_accept(states, plan, run, plan->first);
	for (uint32_t i = 0; i < plan->n_aggregates; i++) {
		struct sl_pack out = sl_call_pack(states);

		sl_pack_any(&out, &aggregates[i]);
		run->aggregates[i] = sl_call_packed(states, &out);
	}
	keep(states, memory, run);
	return true;
}

bool sl_start(struct sl_states *states, struct sl_memory *memory, const struct sl_held *held,
	      const struct sl_start *start)
{
	const struct sl_plan_sequence *plan = memory->plan;

	if (!(held->steps >> plan->first & 1))
		return false;
	if (memory->has_note && sl_note_deadline(memory) >= states->arrival.time_ns)
		return false;
	if (!plan->window)
		return start_run(states, memory, start);
	if (plan->window->kind == SL_WINDOW_SLIDING)
		return sl_sliding_take(states, memory, start);
	return sl_open_take(states, memory, start);
}
