/* crowding: which worker of the dataplane has to share its core.
 *
 * A worker that is ready and does not run is late for everything, and nothing in it can tell. The
 * kernel counts how long it waited; over SL_CROWDED_WINDOW_NS of looks it is crowded where that is
 * SL_CROWDED_PERMILLE of the time or more. Pure but for the caller's memory; time is an argument;
 * one thread. */
#ifndef SL_CONTROL_DATAPLANE_CROWDING_H
#define SL_CONTROL_DATAPLANE_CROWDING_H

#include "base/clock.h"
#include "control/dataplane/stats_page.h"

#include <stdbool.h>

#define SL_CROWDED_WINDOW_NS (5 * SL_NS_PER_S)
#define SL_CROWDED_PERMILLE 200u

struct sl_crowding {
	int64_t life_ns;  /* of the dataplane that was looked at */
	int64_t since_ns; /* when the window began; 0: nothing was seen yet */
	unsigned workers;
	uint64_t waited_ns[SL_WORKERS_SHOWN]; /* when the window began */
	unsigned permille[SL_WORKERS_SHOWN];  /* in the window before */
};

/* True: a window has ended, and what was known may have changed. */
bool sl_crowding_note(struct sl_crowding *crowding, const struct sl_stats_copy *stats,
		      int64_t now_ns);

/* How much of the time it waited for a core; 0 where that is not known. */
unsigned sl_crowding_permille(const struct sl_crowding *crowding, unsigned worker);
bool sl_crowding_is_crowded(const struct sl_crowding *crowding, unsigned worker);

#endif
