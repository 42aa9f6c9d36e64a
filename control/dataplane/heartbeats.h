/* heartbeats: which worker of the dataplane stands still.
 *
 * A worker counts its rounds, several a second even when there is nothing to do. Whoever looks
 * notes the counts now and then; one that has not changed over SL_STALLED_NS between two looks is
 * stalled: its process is stopped, its core is taken, or it is caught in something. Pure but for
 * the caller's memory; time is an argument; one thread. */
#ifndef SL_CONTROL_DATAPLANE_HEARTBEATS_H
#define SL_CONTROL_DATAPLANE_HEARTBEATS_H

#include "base/clock.h"
#include "control/dataplane/crowding.h"
#include "control/dataplane/stats_page.h"

#include <stdbool.h>

#define SL_STALLED_NS (3 * SL_NS_PER_S)
#define SL_REFUSED_FOR_NS (60 * SL_NS_PER_S) /* so long after the last one it is still told */

struct sl_heartbeats {
	int64_t life_ns; /* of the dataplane that was looked at */
	int64_t now_ns;  /* of the last look; 0: none yet */
	unsigned workers;
	uint64_t count[SL_WORKERS_SHOWN];
	int64_t since_ns[SL_WORKERS_SHOWN]; /* when it was first seen at that count */
	uint64_t refused;                   /* for want of memory, in this life */
	int64_t refused_ns;                 /* when that was last seen to grow; 0: never */
	uint64_t lost[SL_WIRES_MAX];        /* packets, in this life */
	int64_t lost_ns[SL_WIRES_MAX];      /* as refused_ns */
	struct sl_crowding crowding;        /* noted by itself */
};

void sl_heartbeats_note(struct sl_heartbeats *heartbeats, const struct sl_stats_copy *stats,
			int64_t now_ns);

/* How long the worker has stood still, 0 where that is not long enough to say so. */
int64_t sl_heartbeats_stalled_ns(const struct sl_heartbeats *heartbeats, unsigned worker);

/* Something new was not begun, in the last SL_REFUSED_FOR_NS, because the memory was used up. */
bool sl_heartbeats_refuses(const struct sl_heartbeats *heartbeats);

/* Packets of this wire were lost, in the last SL_REFUSED_FOR_NS. */
bool sl_heartbeats_loses(const struct sl_heartbeats *heartbeats, unsigned wire);

#endif
