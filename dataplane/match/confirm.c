/* From found atoms to candidates, and from candidates to the triggers that hold. */
#include "match_priv.h"

#include "base/program.h"

/* How many candidates ahead a program is fetched. */
#define FETCH_AHEAD 4u

#define INSERTION_SORT_MAX 16u

struct candidates {
	uint32_t *at;
	uint32_t n, room;
};

static void add_run(struct sl_matcher *matcher, struct candidates *candidates, uint32_t stamp,
		    const uint32_t *run, uint32_t n)
{
	uint32_t *stamps = matcher->room->trigger_stamps;

	for (uint32_t i = 0; i < n; i++) {
		uint32_t trigger = run[i];

		if (stamps[trigger] == stamp)
			continue;
		stamps[trigger] = stamp;
		if (candidates->n == candidates->room) {
			matcher->tally.cut++;
			continue;
		}
		__builtin_prefetch(&matcher->set->artifact->triggers[trigger]);
		candidates->at[candidates->n++] = trigger;
	}
}

/* How many keys, which ascend, lie below. */
static uint32_t count_below(const int64_t *keys, uint32_t n, int64_t key)
{
	uint32_t low = 0;

	while (low < n) {
		uint32_t middle = low + (n - low) / 2;

		if (keys[middle] < key)
			low = middle + 1;
		else
			n = middle;
	}
	return low;
}

/* Of the group those whose range the event's value lies in; without a value none. */
static void add_group(struct sl_matcher *matcher, struct candidates *candidates, uint32_t stamp,
		      const struct sl_range_group *group, const struct sl_event *event)
{
	const struct sl_match_ranges *ranges = &matcher->set->ranges;
	const struct sl_value *value = &event->slots[group->slot];
	int64_t key;

	if (group->slot >= event->n_slots || value->kind == 0)
		return;
	key = sl_range_key(value->integer, value->decimal, group->decimal, group->reversed);
	add_run(matcher, candidates, stamp, ranges->triggers + group->first,
		count_below(ranges->keys + group->first, group->count, key));
}

static void add_filed(struct sl_matcher *matcher, struct candidates *candidates, uint32_t stamp,
		      uint32_t index, const struct sl_event *event)
{
	const struct sl_match_ranges *ranges = &matcher->set->ranges;
	const struct sl_range_run *run = &ranges->runs[index];

	add_run(matcher, candidates, stamp, ranges->triggers + run->first, run->plain);
	for (uint32_t i = run->group; i < run->group + run->n_groups; i++)
		add_group(matcher, candidates, stamp, &ranges->groups[i], event);
}

uint32_t sl_match_gather(struct sl_matcher *matcher, const struct sl_event *event, uint32_t i,
			 uint32_t at)
{
	struct candidates candidates = {
		.at = matcher->triggers + at,
		.room = matcher->limits.candidates,
	};
	uint32_t stamp = matcher->stamp + i;

	add_filed(matcher, &candidates, stamp, matcher->set->artifact->n_atoms, event);
	for (uint32_t j = matcher->event_found[i].first; j != SL_FOUND_END;
	     j = matcher->found[j].next)
		add_filed(matcher, &candidates, stamp, matcher->found[j].atom, event);
	return at + candidates.n;
}

static void sift_down(uint32_t *heap, uint32_t at, uint32_t n)
{
	uint32_t value = heap[at];

	for (uint32_t child; (child = 2 * at + 1) < n; at = child) {
		if (child + 1 < n && heap[child + 1] > heap[child])
			child++;
		if (heap[child] <= value)
			break;
		heap[at] = heap[child];
	}
	heap[at] = value;
}

/* In place and without a worst case: the library's qsort() allocates. */
static void sort(uint32_t *list, uint32_t n)
{
	if (n <= INSERTION_SORT_MAX) {
		for (uint32_t i = 1; i < n; i++) {
			uint32_t value = list[i], j = i;

			for (; j && list[j - 1] > value; j--)
				list[j] = list[j - 1];
			list[j] = value;
		}
		return;
	}
	for (uint32_t i = n / 2; i-- > 0;)
		sift_down(list, i, n);
	for (uint32_t end = n - 1; end > 0; end--) {
		uint32_t greatest = list[0];

		list[0] = list[end];
		list[end] = greatest;
		sift_down(list, 0, end);
	}
}

uint32_t sl_match_confirm(struct sl_matcher *matcher, const struct sl_event *event, uint32_t begin,
			  uint32_t end, uint32_t at)
{
	const struct sl_artifact *artifact = matcher->set->artifact;
	const struct sl_trigger *triggers = artifact->triggers;
	uint32_t *list = matcher->triggers;
	uint32_t start = at;
	bool ascending = true;

	for (uint32_t i = begin; i < end; i++) {
		const struct sl_trigger *trigger = &triggers[list[i]];
		enum sl_truth truth = SL_TRUE;

		if (i + FETCH_AHEAD < end)
			__builtin_prefetch(&artifact->code[triggers[list[i + FETCH_AHEAD]].code]);
		if (trigger->code_count) {
			truth = sl_program_run(artifact, artifact->code + trigger->code,
					       trigger->code_count, event);
			matcher->tally.runs++;
			matcher->tally.errors += truth == SL_UNKNOWN;
		}
		if (truth != SL_TRUE)
			continue;
		ascending &= at == start || list[at - 1] < list[i];
		list[at++] = list[i];
	}
	if (!ascending)
		sort(list + start, at - start);
	return at;
}
