/* Clocks. A worker reads the time once per burst and passes it on; nothing else in the dataplane
 * asks a clock, so that tests and replays own it. */
#ifndef SL_BASE_CLOCK_H
#define SL_BASE_CLOCK_H

#include "sluice/clock.h"

#include <stdint.h>
#include <time.h>

#define SL_NS_PER_S 1000000000ll
#define SL_NS_PER_MS 1000000ll

/* What a stage is told about time. */
struct sl_now {
	int64_t wall_ns;      /* since 1970: what decisions and receipt stamps use */
	int64_t monotonic_ns; /* for time-outs */
	uint8_t source;       /* enum sl_clock_source of wall_ns */
};

static inline int64_t sl_clock_read(clockid_t clock)
{
	struct timespec t;

	clock_gettime(clock, &t);
	return t.tv_sec * SL_NS_PER_S + t.tv_nsec;
}

static inline struct sl_now sl_clock_now(void)
{
	return (struct sl_now){
		.wall_ns = sl_clock_read(CLOCK_REALTIME),
		.monotonic_ns = sl_clock_read(CLOCK_MONOTONIC),
		.source = SL_CLOCK_PROGRAM,
	};
}

#endif
