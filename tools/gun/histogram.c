#include "tools/gun/histogram.h"

#include <math.h>

/* Values below 2 * STEPS have a bucket each; above, the highest bits of the value name it. */
static unsigned bucket_of(uint64_t value)
{
	unsigned shift;

	if (value < 2 * SL_HISTOGRAM_STEPS)
		return (unsigned)value;
	shift = 63 - (unsigned)__builtin_clzll(value) - SL_HISTOGRAM_BITS;
	return shift * SL_HISTOGRAM_STEPS + (unsigned)(value >> shift);
}

static uint64_t highest_in(unsigned bucket)
{
	unsigned shift;

	if (bucket < 2 * SL_HISTOGRAM_STEPS)
		return bucket;
	shift = bucket / SL_HISTOGRAM_STEPS - 1;
	return (((uint64_t)bucket - shift * SL_HISTOGRAM_STEPS + 1) << shift) - 1;
}

void sl_histogram_add(struct sl_histogram *histogram, int64_t value, uint64_t times)
{
	uint64_t v = value < 0 ? 0 : (uint64_t)value;

	histogram->bucket[bucket_of(v)] += times;
	histogram->count += times;
	if (v > histogram->max && times)
		histogram->max = v;
}

void sl_histogram_merge(struct sl_histogram *into, const struct sl_histogram *from)
{
	for (unsigned i = 0; i < SL_HISTOGRAM_BUCKETS; i++)
		into->bucket[i] += from->bucket[i];
	into->count += from->count;
	if (from->max > into->max)
		into->max = from->max;
}

uint64_t sl_histogram_at(const struct sl_histogram *histogram, double share)
{
	uint64_t rank = (uint64_t)ceil(share * (double)histogram->count);
	uint64_t seen = 0;

	if (rank == 0)
		rank = 1;
	for (unsigned i = 0; i < SL_HISTOGRAM_BUCKETS; i++) {
		seen += histogram->bucket[i];
		if (seen >= rank) {
			uint64_t value = highest_in(i);

			return value < histogram->max ? value : histogram->max;
		}
	}
	return histogram->max;
}
