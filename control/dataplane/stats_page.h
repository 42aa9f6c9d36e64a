/* stats_page: a copy of what the dataplane counts (include/sluice/stats.h), summed over workers.
 *
 * Read with read(), not mapped: a page that is cut short while somebody looks at it is an error
 * then and not a signal. 0, -errno (no page: the dataplane never ran), -SL_E_FORMAT, -SL_E_VERSION
 * or -SL_E_TRUNCATED. A few dozen microseconds. */
#ifndef SL_CONTROL_DATAPLANE_STATS_PAGE_H
#define SL_CONTROL_DATAPLANE_STATS_PAGE_H

#include "base/durations.h"
#include "sluice/stats.h"

#include <stdbool.h>

#define SL_WORKERS_SHOWN 64u /* one by one: as many as a setting allows */

struct sl_stats_copy {
	int64_t life_ns;
	int64_t pid;
	unsigned workers;
	unsigned channels;
	char channel_names[SL_CHANNELS_MAX][SL_CHANNEL_NAME_MAX];
	uint64_t ledger[SL_CHANNELS_MAX][SL_LEDGER_COUNT];
	uint64_t reasons[SL_CHANNELS_MAX][SL_WHY_COUNT];
	uint64_t counters[SL_COUNTER_COUNT];
	unsigned wires;
	char wire_names[SL_WIRES_MAX][SL_WIRE_NAME_MAX];
	uint64_t wire[SL_WIRES_MAX][SL_WIRE_COUNT];
	uint64_t gates[SL_GATE_COUNT];
	struct sl_durations_sum stages[SL_STAGE_COUNT];
	uint64_t connections;
	uint64_t outstanding;
	/* what campaigns remember */
	uint64_t state_keys, state_timers, state_bytes, state_room, state_refused, state_damaged;
	unsigned state_fill_permille; /* of the fullest worker */
	int64_t tick_ns;              /* the least of the workers'; INT64_MIN: one has none yet */
	uint64_t ruleset_least;       /* over workers */
	uint64_t ruleset_most;
	struct {
		uint64_t heartbeat, generation, ruleset, connections, outstanding, swap_ns_max,
			swap_round_ns_max, waited_ns;
	} worker[SL_WORKERS_SHOWN]; /* the first of them */
	/* the store's */
	uint64_t commits, blocks, bytes, trimmed_blocks, fill_permille, backpressure,
		oldest_reader_txns;
	uint64_t stale_readers, commit_ns_last, commit_ns_max, retries, position, heartbeat, state;
};

/* Of one wire: packets lost for good, wherever. */
uint64_t sl_stats_wire_lost(const struct sl_stats_copy *stats, unsigned wire);

int sl_stats_page_read(const char *path, struct sl_stats_copy *ret_copy);

/* Whether the process that this page is of lives and has come up. The page of one that was killed
 * stays where it is. */
bool sl_stats_page_is_of_running(const char *path);

/* By enum sl_dataplane_state; 0: there is none. */
#define SL_DATAPLANE_STATES (SL_STATE_STOPPED + 1)
extern const char *const sl_dataplane_state_names[SL_DATAPLANE_STATES];

#endif
