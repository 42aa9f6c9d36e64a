/* Until when runs, windows and notes live. A thing with deadline d has ended when the tick is
 * greater than d. */
#include "states_priv.h"

int64_t sl_time_add(int64_t time_ns, int64_t span_ns)
{
	int64_t sum;

	if (span_ns == INT64_MAX || __builtin_add_overflow(time_ns, span_ns, &sum))
		return INT64_MAX;
	return sum;
}

static inline int64_t least(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

static inline int64_t most(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

static int64_t whole_limit(const struct sl_plan_sequence *plan, const struct sl_memory_run *run)
{
	return sl_time_add(run->first_ns, plan->of->within_ns);
}

bool sl_run_is_complete(const struct sl_plan_sequence *plan, const struct sl_memory_run *run)
{
	const struct sl_step *step = &plan->steps[run->step];

	if (step->kind == SL_STEP_WINDOW)
		return true;
	return step->has_until ? run->done : run->count >= step->times_from;
}

bool sl_run_is_waiting(const struct sl_plan_sequence *plan, const struct sl_memory_run *run)
{
	return plan->trailing && run->step == plan->last && sl_run_is_complete(plan, run);
}

int64_t sl_run_step_limit(const struct sl_plan_sequence *plan, const struct sl_memory_run *run)
{
	return least(sl_time_add(run->anchor_ns, plan->steps[run->step].within_ns),
		     whole_limit(plan, run));
}

int64_t sl_run_next_limit(const struct sl_plan_sequence *plan, const struct sl_memory_run *run)
{
	return least(sl_time_add(run->last_ns, plan->steps[plan->next[run->step]].within_ns),
		     whole_limit(plan, run));
}

int64_t sl_not_limit(const struct sl_plan_sequence *plan, const struct sl_memory_run *run,
		     unsigned step)
{
	int64_t within = plan->steps[step].within_ns;

	return within == INT64_MAX ? whole_limit(plan, run) : sl_time_add(run->last_ns, within);
}

int64_t sl_run_deadline(const struct sl_plan_sequence *plan, const struct sl_memory_run *run)
{
	int64_t due = INT64_MIN;

	if (!sl_run_is_complete(plan, run))
		return sl_run_step_limit(plan, run);
	if (run->step != plan->last)
		return sl_run_next_limit(plan, run);
	if (!plan->trailing)
		return whole_limit(plan, run);
	for (uint32_t i = plan->last + 1u; i < plan->of->step_count; i++)
		due = most(due, sl_not_limit(plan, run, i));
	return due;
}

/* A window that ends at an instant does so when the tick has come to it; a session when the tick is
 * beyond. */
int64_t sl_open_deadline(const struct sl_plan_sequence *plan, const struct sl_memory_open *open)
{
	if (plan->window->kind == SL_WINDOW_SESSION)
		return sl_time_add(open->last_ns, plan->window->length_ns);
	return open->last_ns == INT64_MAX || open->last_ns == INT64_MIN ? open->last_ns
									: open->last_ns - 1;
}

int64_t sl_completion_deadline(const struct sl_plan_sequence *plan,
			       const struct sl_memory_run *completion)
{
	return sl_time_add(completion->last_ns, plan->campaign->join_within_ns);
}

int64_t sl_note_deadline(const struct sl_memory *memory)
{
	return sl_time_add(memory->note_ns, memory->plan->steps[0].within_ns);
}

static void expire_runs(struct sl_memory *memory, int64_t tick_ns)
{
	uint32_t kept = 0;

	for (uint32_t i = 0; i < memory->n_runs; i++) {
		struct sl_memory_run *run = &memory->runs[i];

		if (!sl_run_is_waiting(memory->plan, run) &&
		    sl_run_deadline(memory->plan, run) < tick_ns)
			continue;
		if (kept != i)
			memory->runs[kept] = *run;
		kept++;
	}
	memory->n_runs = kept;
}

static void expire_window(struct sl_memory *memory, int64_t tick_ns)
{
	const struct sl_plan_sequence *plan = memory->plan;
	uint32_t n = 0, kept = 0;

	if (!plan->window)
		return;
	while (n < memory->n_entries &&
	       sl_time_add(memory->entries[n].time_ns, plan->window->length_ns) < tick_ns)
		n++;
	sl_memory_drop(memory, n);
	memory->dropped_first += n;
	if (plan->window->at_end)
		return;
	for (uint32_t i = 0; i < memory->n_open; i++) {
		if (sl_open_deadline(plan, &memory->open[i]) < tick_ns)
			continue;
		if (kept != i)
			memory->open[kept] = memory->open[i];
		kept++;
	}
	memory->n_open = kept;
}

void sl_memory_expire(struct sl_memory *memory, int64_t tick_ns)
{
	if (memory->has_note && sl_note_deadline(memory) < tick_ns)
		memory->has_note = false;
	if (memory->has_completion &&
	    sl_completion_deadline(memory->plan, &memory->completion) < tick_ns)
		memory->has_completion = false;
	expire_runs(memory, tick_ns);
	expire_window(memory, tick_ns);
}

int64_t sl_memory_fire_due(const struct sl_memory *memory)
{
	const struct sl_plan_sequence *plan = memory->plan;
	int64_t due = INT64_MAX;

	for (uint32_t i = 0; i < memory->n_runs; i++)
		if (!memory->runs[i].over && sl_run_is_waiting(plan, &memory->runs[i]))
			due = least(due, sl_run_deadline(plan, &memory->runs[i]));
	if (plan->window && plan->window->at_end)
		for (uint32_t i = 0; i < memory->n_open; i++)
			due = least(due, sl_open_deadline(plan, &memory->open[i]));
	return due;
}

/* What ends silently need not be looked at one by one: it is taken out when the key is met. */
int64_t sl_memory_due(const struct sl_memory *memory)
{
	const struct sl_plan_sequence *plan = memory->plan;
	int64_t fires = sl_memory_fire_due(memory), ends = INT64_MIN;

	if (fires != INT64_MAX)
		return fires;
	if (memory->has_note)
		ends = most(ends, sl_note_deadline(memory));
	if (memory->has_completion)
		ends = most(ends, sl_completion_deadline(plan, &memory->completion));
	for (uint32_t i = 0; i < memory->n_runs; i++)
		if (!memory->runs[i].over)
			ends = most(ends, sl_run_deadline(plan, &memory->runs[i]));
	if (memory->n_entries)
		ends = most(ends, sl_time_add(memory->entries[memory->n_entries - 1].time_ns,
					      plan->window->length_ns));
	for (uint32_t i = 0; i < memory->n_open; i++)
		ends = most(ends, sl_open_deadline(plan, &memory->open[i]));
	return ends;
}
