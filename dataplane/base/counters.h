/* Counting: one writer per worker, so a count is a relaxed load, an add and a store. */
#ifndef SL_BASE_COUNTERS_H
#define SL_BASE_COUNTERS_H

#include "sluice/stats.h"

static inline void sl_stat_add(sl_stat *stat, uint64_t n)
{
	atomic_store_explicit(stat, atomic_load_explicit(stat, memory_order_relaxed) + n,
			      memory_order_relaxed);
}

static inline void sl_stat_set(sl_stat *stat, uint64_t value)
{
	atomic_store_explicit(stat, value, memory_order_relaxed);
}

static inline uint64_t sl_stat_get(const sl_stat *stat)
{
	return atomic_load_explicit((sl_stat *)stat, memory_order_relaxed);
}

static inline void sl_count(struct sl_stats_worker *stats, enum sl_counter counter, uint64_t n)
{
	sl_stat_add(&stats->counters[counter], n);
}

static inline void sl_count_ledger(struct sl_stats_worker *stats, unsigned channel,
				   enum sl_ledger entry, uint64_t n)
{
	sl_stat_add(&stats->ledger[channel][entry], n);
}

#endif
