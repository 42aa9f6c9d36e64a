/* From candidates to the triggers that hold. */
#include "match_priv.h"

#include "base/program.h"

/* How many candidates ahead a program is fetched. */
#define FETCH_AHEAD 4u

#define INSERTION_SORT_MAX 16u

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
					       trigger->code_count, event, matcher->program_room);
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
