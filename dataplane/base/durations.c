/* The reader's side of durations. */
#include "base/durations.h"

#include <assert.h>

void sl_durations_add(struct sl_durations_sum *sum, const struct sl_durations *durations)
{
	uint64_t max_ns = sl_stat_get(&durations->max_ns);

	for (unsigned i = 0; i < SL_DURATION_BUCKETS; i++) {
		uint64_t n = sl_stat_get(&durations->bucket[i]);

		sum->bucket[i] += n;
		sum->count += n;
	}
	sum->sum_ns += sl_stat_get(&durations->sum_ns);
	if (max_ns > sum->max_ns)
		sum->max_ns = max_ns;
}

/* The rank that a share asks for: rounded up, so that half of three is the second. */
static uint64_t rank_of(uint64_t count, double share)
{
	double exact = share * (double)count;
	uint64_t rank = (uint64_t)exact;

	if ((double)rank < exact)
		rank++;
	return rank == 0 ? 1 : rank > count ? count : rank;
}

uint64_t sl_durations_at(const struct sl_durations_sum *sum, double share)
{
	uint64_t rank = rank_of(sum->count, share), seen = 0;

	for (unsigned i = 0; i < SL_DURATION_BUCKETS - 1; i++) {
		seen += sum->bucket[i];
		if (seen >= rank && seen) {
			uint64_t edge_ns = sl_durations_edge_ns(i);

			return edge_ns < sum->max_ns ? edge_ns : sum->max_ns;
		}
	}
	return sum->max_ns; /* the last bucket has no edge */
}

uint64_t sl_durations_up_to(const struct sl_durations_sum *sum, uint64_t edge_ns)
{
	unsigned last = sl_durations_bucket((int64_t)edge_ns);
	uint64_t n = 0;

	assert(sl_durations_edge_ns(last) == edge_ns && last < SL_DURATION_BUCKETS - 1);
	for (unsigned i = 0; i <= last; i++)
		n += sum->bucket[i];
	return n;
}
