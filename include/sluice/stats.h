/* Contract 4a: the stats page, a file in the run directory that the dataplane maps and writes.
 *
 * Caveats first.
 * - Counters are written by exactly one worker each, relaxed and without lock prefix; a reader may
 *   see one ahead of the other while events flow. They add up exactly whenever nothing is under
 *   way.
 * - They count one life of the dataplane process: `life_ns` changes when it starts again.
 * - A reader maps it read-only, checks magic, version and bytes, and copies.
 *
 * - Campaigns are counted one by one up to SL_STATS_CAMPAIGNS_MAX of them a worker, in the order in
 *   which they first match; what is beyond is counted together.
 *
 * Layout: struct sl_stats_header, then `workers` times struct sl_stats_worker, then `workers` times
 * struct sl_stats_campaigns. */
#ifndef SLUICE_STATS_H
#define SLUICE_STATS_H

#include "sluice/artifact.h"
#include "sluice/gate.h"
#include "sluice/reason.h"

#include <stdatomic.h>
#include <stdint.h>

#define SL_STATS_MAGIC "SLSTAT\x1a\n"
#define SL_STATS_VERSION 7u
#define SL_STATS_FILE "stats.page" /* in the run directory */

enum sl_ledger {
#define SL_LEDGER(name, text, help) SL_LEDGER_##name,
#include "sluice/counters.def"
#undef SL_LEDGER
	SL_LEDGER_COUNT
};

enum sl_counter {
#define SL_COUNTER(name, text, help) SL_COUNTER_##name,
#include "sluice/counters.def"
#undef SL_COUNTER
	SL_COUNTER_COUNT
};

enum sl_wire_stat {
#define SL_WIRE(name, text, kind, lost, help) SL_WIRE_##name,
#include "sluice/counters.def"
#undef SL_WIRE
	SL_WIRE_COUNT
};

enum sl_stage {
#define SL_STAGE(name, text, help) SL_STAGE_##name,
#include "sluice/stages.def"
#undef SL_STAGE
	SL_STAGE_COUNT
};

/* Not in the page: control keeps those of its sink. */
enum sl_sink_stage {
#define SL_SINK_STAGE(name, text, help) SL_SINK_STAGE_##name,
#include "sluice/stages.def"
#undef SL_SINK_STAGE
	SL_SINK_STAGE_COUNT
};

typedef _Atomic uint64_t sl_stat;

/* Durations in nanoseconds, log-linear: SL_DURATION_STEPS buckets to each power of two, so that a
 * bucket's upper edge is at most a 16th above anything in it. What lies above the last edge, some
 * 18 minutes, is in the last bucket; the maximum is exact. How many there are is the sum of the
 * buckets. See base/durations.h. */
#define SL_DURATION_BITS 4u
#define SL_DURATION_STEPS (1u << SL_DURATION_BITS)
#define SL_DURATION_TOP 40u /* 2^40 ns */
#define SL_DURATION_BUCKETS ((SL_DURATION_TOP - SL_DURATION_BITS + 1u) * SL_DURATION_STEPS)

struct sl_durations {
	sl_stat sum_ns;
	sl_stat max_ns;
	sl_stat bucket[SL_DURATION_BUCKETS];
};

/* Written by that worker only. */
struct sl_stats_worker {
	_Alignas(64) sl_stat ledger[SL_CHANNELS_MAX][SL_LEDGER_COUNT];
	sl_stat reasons[SL_CHANNELS_MAX][SL_WHY_COUNT];
	sl_stat counters[SL_COUNTER_COUNT];
	sl_stat wires[SL_WIRES_MAX][SL_WIRE_COUNT]; /* summed over workers; what only the card
							knows is with worker 0 */
	sl_stat ruleset;    /* number of the rule set this worker uses; 0: none */
	sl_stat generation; /* of rule sets, in this life: the same on all workers but during a swap
			     */
	sl_stat connections; /* open now */
	sl_stat heartbeat;   /* counts rounds, several a second: one that stands still is stalled */
	sl_stat outstanding; /* requests and parts under way */
	sl_stat waited_ns;   /* that it was ready to run and had no core; 0 where nobody counts */
	/* The longest that a new rule set kept a worker: taking it over, and decoding and matching
	 * the first events under it, up to a burst, whose memory is new to the caches. Nothing in
	 * it waits for the journal. */
	sl_stat swap_ns_max;
	/* The longest round in which that was: whole, with what it took to store its matches. */
	sl_stat swap_round_ns_max;
	sl_stat tick_ns;    /* its owner's tick, since 1970, as INT64; INT64_MIN: none yet */
	sl_stat state_keys; /* that something is remembered of */
	sl_stat state_timers;
	sl_stat state_bytes; /* in use, of state_room */
	sl_stat state_room;
	sl_stat state_full;           /* times that something new was refused for want of it */
	sl_stat state_damaged;        /* memories that did not fit their campaign, dropped */
	sl_stat gates[SL_GATE_COUNT]; /* decisions by enum sl_gate; the first: sent */
	struct sl_durations stages[SL_STAGE_COUNT];
};

#define SL_STATS_CAMPAIGNS_MAX 4096u
#define SL_STATS_CAMPAIGN_BYTES 128u

/* Matches of one campaign, under all the rule sets it was in. */
struct sl_stats_campaign {
	sl_stat matches;
	uint64_t name_bytes;
	char name[SL_STATS_CAMPAIGN_BYTES];
};

/* Written by that worker only. An entry's name stands before `used` counts it, and never changes.
 */
struct sl_stats_campaigns {
	_Alignas(64) sl_stat used;
	sl_stat others; /* matches of campaigns that got no entry */
	struct sl_stats_campaign campaign[SL_STATS_CAMPAIGNS_MAX];
};

/* Written by the committer only, but for `state`, which the commander writes. */
struct sl_stats_store {
	_Alignas(64) sl_stat commits;
	sl_stat blocks;
	sl_stat bytes;
	sl_stat trimmed_blocks;
	sl_stat fill_permille;      /* of the journal's map */
	sl_stat backpressure;       /* 1: sources are told to wait */
	sl_stat oldest_reader_txns; /* commits since the oldest open reader began */
	sl_stat stale_readers;      /* cleared, their process was gone */
	sl_stat commit_ns_last;
	sl_stat commit_ns_max;
	sl_stat retries;   /* commits tried again for want of room */
	sl_stat position;  /* of the next block */
	sl_stat heartbeat; /* counts rounds, one a second at least, whatever there is to do */
	sl_stat state;     /* enum sl_dataplane_state */
};

enum sl_dataplane_state {
	SL_STATE_STARTING = 1,
	SL_STATE_RUNNING = 2,
	SL_STATE_DRAINING = 3,
	SL_STATE_STOPPED = 4
};

struct sl_stats_header {
	char magic[8];
	uint32_t version;
	uint32_t workers;
	uint64_t bytes;  /* of the whole page */
	int64_t life_ns; /* when this process started */
	int64_t pid;
	uint32_t channels;
	uint32_t worker_bytes; /* sizeof(struct sl_stats_worker) of the writer */
	char channel_names[SL_CHANNELS_MAX][SL_CHANNEL_NAME_MAX];
	uint32_t wires;
	uint32_t reserved;
	char wire_names[SL_WIRES_MAX][SL_WIRE_NAME_MAX];
	struct sl_stats_store store;
};

/* Where they begin; as many as workers. */
static inline struct sl_stats_campaigns *sl_stats_page_campaigns(struct sl_stats_header *header)
{
	struct sl_stats_worker *workers = (struct sl_stats_worker *)(header + 1);

	return (struct sl_stats_campaigns *)(workers + header->workers);
}

#endif
