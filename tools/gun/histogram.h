/* A log-linear histogram of durations: 64 steps to each power of two, so that a percentile is at
 * most 1.6 % above the true value. Fixed size, no allocation; one thread writes, and merging is
 * for after the threads have ended. Negative durations count as 0. */
#ifndef SL_GUN_HISTOGRAM_H
#define SL_GUN_HISTOGRAM_H

#include <stdint.h>

#define SL_HISTOGRAM_BITS 6u
#define SL_HISTOGRAM_STEPS (1u << SL_HISTOGRAM_BITS)
#define SL_HISTOGRAM_BUCKETS ((64u - SL_HISTOGRAM_BITS) * SL_HISTOGRAM_STEPS)

struct sl_histogram {
	uint64_t bucket[SL_HISTOGRAM_BUCKETS];
	uint64_t count;
	uint64_t max; /* exact */
};

void sl_histogram_add(struct sl_histogram *histogram, int64_t value, uint64_t times);
void sl_histogram_merge(struct sl_histogram *into, const struct sl_histogram *from);

/* The value that a share (0 to 1) of all values does not exceed; 0 where there is none. */
uint64_t sl_histogram_at(const struct sl_histogram *histogram, double share);

#endif
