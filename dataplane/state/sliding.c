/* Windows that slide: a span of time behind each event. */
#include "states_priv.h"

/* The first entry younger than the time. */
static uint32_t first_after(const struct sl_memory *memory, int64_t time_ns)
{
	uint32_t low = 0, high = memory->n_entries;

	while (low < high) {
		uint32_t middle = low + (high - low) / 2;

		if (memory->entries[middle].time_ns <= time_ns)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static int64_t time_before(int64_t time_ns, int64_t span_ns)
{
	int64_t before;

	return __builtin_sub_overflow(time_ns, span_ns, &before) ? INT64_MIN : before;
}

/* Of entries first to end. */
static void aggregate(struct sl_states *states, const struct sl_memory *memory, uint32_t first,
		      uint32_t end, struct sl_any ret[SL_AGGREGATES_MAX])
{
	const struct sl_plan_sequence *plan = memory->plan;

	for (uint32_t i = 0; i < plan->n_aggregates; i++) {
		struct sl_memory_sum sum = {0};

		if (plan->aggregates[i].function == SL_AGGREGATE_DISTINCT && !plan->by_value) {
			sum.hashes = sl_call_take(states, (size_t)(end - first) * 8);
			sum.room = sum.hashes ? end - first : 0;
		}
		if (plan->by_value)
			sum.n = end - first;
		else if (plan->aggregates[i].function != SL_AGGREGATE_COUNT)
			for (uint32_t at = first; at < end; at++)
				sl_sum_add(states, plan, i, &sum,
					   sl_value_of(plan, i, memory->entries[at].values));
		ret[i] = sl_sum_value(states, plan, i, &sum, end - first);
	}
}

static void fire(struct sl_states *states, struct sl_memory *memory, const struct sl_start *start,
		 const struct sl_any *aggregates, uint32_t end)
{
	if (!sl_window_fire(states, memory, start, aggregates) ||
	    memory->plan->of->after == SL_AFTER_OVERLAP)
		return;
	sl_memory_drop(memory, end);
	memory->dropped_last += end;
}

/* Instants at which the window may hold with the event in it: its own, and those of younger events
 * that came before it. */
static void ask(struct sl_states *states, struct sl_memory *memory, const struct sl_start *start)
{
	struct sl_any aggregates[SL_AGGREGATES_MAX];
	int64_t length = memory->plan->window->length_ns, time = states->arrival.time_ns;
	int64_t until = sl_time_add(time, length);

	for (int64_t at = time; at < until && !states->failed;) {
		uint32_t end = first_after(memory, at);
		uint32_t mark = states->arena_used;

		aggregate(states, memory, first_after(memory, time_before(at, length)), end,
			  aggregates);
		if (sl_having_holds(states, memory->plan, aggregates)) {
			fire(states, memory, start, aggregates, end);
			return;
		}
		states->arena_used = mark; /* what told values apart */
		if (end == memory->n_entries)
			return;
		at = memory->entries[end].time_ns;
	}
}

static bool insert(struct sl_states *states, struct sl_memory *memory, struct sl_span values)
{
	const struct sl_window *window = memory->plan->window;
	int64_t time = states->arrival.time_ns;
	uint32_t keep = window->keep < SL_KEEP_MAX ? window->keep : SL_KEEP_MAX;

	if (memory->n_entries >= keep && memory->n_entries && time < memory->entries[0].time_ns)
		return false; /* it would be the one that is dropped */
	memory->added = (struct sl_memory_entry){time, values};
	memory->added_is = true;
	sl_memory_insert(memory, &memory->added);
	if (memory->n_entries > keep) {
		memory->dropped_last = memory->n_entries - keep;
		sl_memory_drop(memory, memory->dropped_last);
	}
	return true;
}

/* by_value: the value's entry, if it has one, is taken out. False: it has a younger one. */
static bool renew(const struct sl_states *states, struct sl_memory *memory, struct sl_span values)
{
	for (uint32_t i = 0; i < memory->n_entries; i++) {
		struct sl_memory_entry *entry = &memory->entries[i];

		if (!sl_span_equal(entry->values, values))
			continue;
		if (entry->time_ns > states->arrival.time_ns)
			return false;
		memmove(entry, entry + 1, (--memory->n_entries - i) * sizeof(*entry));
		memory->removed = i + 1;
		break;
	}
	return true;
}

bool sl_sliding_take(struct sl_states *states, struct sl_memory *memory,
		     const struct sl_start *start)
{
	const struct sl_plan_sequence *plan = memory->plan;
	struct sl_span values;

	if (plan->of->draining ||
	    sl_time_add(states->arrival.time_ns, plan->window->length_ns) < states->tick_ns)
		return false;
	values = sl_values_pack(states, plan);
	if (states->failed || (plan->by_value && values.at[0] == SL_PACKED_ABSENT))
		return false;
	if (states->is_short) {
		sl_call_tell(states, SL_GATE_STATE_FULL);
		return false;
	}
	if (plan->by_value && !renew(states, memory, values))
		return false;
	if (!insert(states, memory, values)) {
		sl_call_tell(states, SL_GATE_LATE);
		return false;
	}
	memory->changed = true;
	ask(states, memory, start);
	return true;
}
