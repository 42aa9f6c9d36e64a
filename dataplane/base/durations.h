/* Durations: noting them in a shared histogram, and asking a sum of such histograms.
 *
 * - A histogram has one writer; noting is a handful of instructions and three relaxed stores, and
 *   `times` events that took equally long are noted at once.
 * - A reader adds the histograms of all writers up into a struct sl_durations_sum of its own. While
 *   they are written to, the sum of durations may be a note ahead of the buckets or behind them.
 * - An edge belongs to the bucket below it: a bucket holds what is above the edge before and at
 *   most its own. Powers of two are edges, and so are the 15 steps between two of them.
 * - A quantile is told as the upper edge of its bucket, or the maximum where that is less: never
 *   below the true value, and at most a 16th above it. */
#ifndef SL_BASE_DURATIONS_H
#define SL_BASE_DURATIONS_H

#include "base/counters.h"

struct sl_durations_sum {
	uint64_t count;
	uint64_t sum_ns;
	uint64_t max_ns;
	uint64_t bucket[SL_DURATION_BUCKETS];
};

/* Below two times the steps each whole number is an edge; above, the highest bits of a value name
 * its bucket. 0 lies with 1; what is negative counts as 0. */
static inline unsigned sl_durations_bucket(int64_t ns)
{
	uint64_t v = ns > 0 ? (uint64_t)ns - 1 : 0;
	unsigned shift;

	if (v < 2 * SL_DURATION_STEPS)
		return (unsigned)v;
	if (v >> SL_DURATION_TOP)
		return SL_DURATION_BUCKETS - 1;
	shift = 63 - (unsigned)__builtin_clzll(v) - SL_DURATION_BITS;
	return shift * SL_DURATION_STEPS + (unsigned)(v >> shift);
}

/* The most that lies in the bucket. */
static inline uint64_t sl_durations_edge_ns(unsigned bucket)
{
	unsigned shift;

	if (bucket < 2 * SL_DURATION_STEPS)
		return bucket + 1;
	shift = bucket / SL_DURATION_STEPS - 1;
	return ((uint64_t)bucket - shift * SL_DURATION_STEPS + 1) << shift;
}

static inline void sl_durations_note(struct sl_durations *durations, int64_t ns, uint64_t times)
{
	uint64_t v = ns > 0 ? (uint64_t)ns : 0;

	if (times == 0)
		return;
	if (v > sl_stat_get(&durations->max_ns))
		sl_stat_set(&durations->max_ns, v);
	sl_stat_add(&durations->sum_ns, v * times);
	sl_stat_add(&durations->bucket[sl_durations_bucket(ns)], times);
}

void sl_durations_add(struct sl_durations_sum *sum, const struct sl_durations *durations);

/* The duration that a share (0 to 1) of all does not exceed; 0 where there is none. */
uint64_t sl_durations_at(const struct sl_durations_sum *sum, double share);

/* How many took at most so long, which has to be an edge. */
uint64_t sl_durations_up_to(const struct sl_durations_sum *sum, uint64_t edge_ns);

#endif
