/* What follows when a sequence is complete: a match, or a part of one. */
#include "states_priv.h"

#include "sluice/artifact.h"

/* After a match at that time, the runs that began before its end are over. */
static void end_runs(struct sl_memory *memory, int64_t time_ns)
{
	for (uint32_t i = 0; i < memory->n_runs; i++) {
		struct sl_memory_run *run = &memory->runs[i];

		if (run->over || run->first_ns > time_ns)
			continue;
		run->over = true;
		memory->changed = memory->changed_runs = true;
	}
}

static void end_all_runs(struct sl_states *states, int64_t time_ns)
{
	for (uint32_t i = 0; i < states->campaign->sequence_count; i++)
		end_runs(&states->memories[i], time_ns);
}

/* ALL: whether each sequence has been completed, near enough to each other. */
static bool all_are_there(const struct sl_states *states)
{
	int64_t first = INT64_MAX, last = INT64_MIN;

	for (uint32_t i = 0; i < states->campaign->sequence_count; i++) {
		const struct sl_memory *memory = &states->memories[i];

		if (!memory->has_completion)
			return false;
		if (memory->completion.last_ns < first)
			first = memory->completion.last_ns;
		if (memory->completion.last_ns > last)
			last = memory->completion.last_ns;
	}
	return last <= sl_time_add(first, states->campaign->join_within_ns);
}

static void leave_completion(struct sl_states *states, struct sl_memory *memory,
			     const struct sl_memory_run *run, int64_t time_ns, bool due)
{
	const struct sl_memory_run *parts[SL_SEQUENCES_MAX];
	uint32_t n = states->campaign->sequence_count;

	if (memory->has_completion && time_ns < memory->completion.last_ns)
		return;
	memory->completion = *run;
	memory->completion.over = false;
	memory->completion.last_ns = time_ns;
	memory->has_completion = true;
	if (!all_are_there(states))
		return;
	for (uint32_t i = 0; i < n; i++)
		parts[i] = &states->memories[i].completion;
	sl_fire(states, parts, n, (unsigned)(memory - states->memories), time_ns, due);
	for (uint32_t i = 0; i < n; i++) {
		states->memories[i].has_completion = false;
		states->memories[i].changed = states->memories[i].changed_runs = true;
	}
	if (memory->plan->of->after != SL_AFTER_OVERLAP)
		end_all_runs(states, time_ns);
}

void sl_sequence_completed(struct sl_states *states, struct sl_memory *memory,
			   struct sl_memory_run *run, int64_t time_ns, bool due)
{
	const struct sl_memory_run *parts[1] = {run};

	run->over = true;
	memory->changed = memory->changed_runs = true;
	if (memory->plan->of->after != SL_AFTER_OVERLAP) {
		if (states->campaign->join == SL_JOIN_ANY)
			end_all_runs(states, time_ns);
		else
			end_runs(memory, time_ns);
	}
	if (states->campaign->join == SL_JOIN_ALL)
		leave_completion(states, memory, run, time_ns, due);
	else
		sl_fire(states, parts, 1, (unsigned)(memory - states->memories), time_ns, due);
}
