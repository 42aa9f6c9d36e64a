/* The order among the candidates of one event. */
#include "decide/decide.h"

#include <string.h>

int sl_decide_order(struct sl_text a, struct sl_text b)
{
	uint32_t n = a.bytes < b.bytes ? a.bytes : b.bytes;
	int order = n ? memcmp(a.at, b.at, n) : 0;

	if (order)
		return order;
	return a.bytes < b.bytes ? -1 : a.bytes > b.bytes;
}

static const struct sl_campaign *campaign_of(const struct sl_artifact *artifact,
					     const struct sl_candidate *candidate)
{
	return &artifact->campaigns[candidate->campaign];
}

/* Whether a goes before b, which stands behind it. */
static bool goes_first(const struct sl_artifact *artifact, const struct sl_candidate *a,
		       const struct sl_candidate *b)
{
	const struct sl_campaign *x = campaign_of(artifact, a), *y = campaign_of(artifact, b);

	if (x == y)
		return true;
	if (x->priority != y->priority)
		return x->priority > y->priority;
	return sl_decide_order(sl_artifact_text(artifact, x->name),
			       sl_artifact_text(artifact, y->name)) <= 0;
}

static void sort(const struct sl_artifact *artifact, const struct sl_candidate *candidates,
		 uint32_t n, uint32_t *ret_order)
{
	for (uint32_t i = 0; i < n; i++) {
		uint32_t low = 0, high = i;

		while (low < high) {
			uint32_t middle = low + (high - low) / 2;

			if (goes_first(artifact, &candidates[ret_order[middle]], &candidates[i]))
				low = middle + 1;
			else
				high = middle;
		}
		memmove(ret_order + low + 1, ret_order + low, (i - low) * sizeof(*ret_order));
		ret_order[low] = i;
	}
}

static bool same_group(const struct sl_artifact *artifact, const struct sl_campaign *a,
		       const struct sl_campaign *b)
{
	return a->exclusive.bytes == b->exclusive.bytes &&
	       (a->exclusive.offset == b->exclusive.offset ||
		!memcmp(artifact->text + a->exclusive.offset, artifact->text + b->exclusive.offset,
			a->exclusive.bytes));
}

/* Whether an earlier one of the order, of another campaign, stays for its group. */
static bool is_outranked(const struct sl_artifact *artifact, const struct sl_candidate *candidates,
			 const uint32_t *order, uint32_t at)
{
	const struct sl_campaign *campaign = campaign_of(artifact, &candidates[order[at]]);

	for (uint32_t i = 0; i < at; i++) {
		const struct sl_candidate *other = &candidates[order[i]];

		if (other->gate == SL_GATE_SENT && campaign_of(artifact, other) != campaign &&
		    same_group(artifact, campaign_of(artifact, other), campaign))
			return true;
	}
	return false;
}

void sl_decide_rank(const struct sl_artifact *artifact, struct sl_candidate *candidates, uint32_t n,
		    uint32_t *ret_order)
{
	sort(artifact, candidates, n, ret_order);
	for (uint32_t i = 1; i < n; i++) {
		struct sl_candidate *candidate = &candidates[ret_order[i]];

		if (candidate->gate == SL_GATE_SENT &&
		    campaign_of(artifact, candidate)->exclusive.bytes &&
		    is_outranked(artifact, candidates, ret_order, i))
			candidate->gate = SL_GATE_OUTRANKED;
	}
}
