#include "control/dataplane/heartbeats.h"

/* Of something that only grows: when that was last seen. */
static void note_growth(uint64_t now, bool same, uint64_t *before, int64_t *since_ns,
			int64_t now_ns)
{
	if (now > (same ? *before : 0))
		*since_ns = now_ns;
	else if (!same)
		*since_ns = 0;
	*before = now;
}

static bool grew_lately(const struct sl_heartbeats *heartbeats, int64_t since_ns)
{
	return since_ns && heartbeats->now_ns - since_ns < SL_REFUSED_FOR_NS;
}

void sl_heartbeats_note(struct sl_heartbeats *heartbeats, const struct sl_stats_copy *stats,
			int64_t now_ns)
{
	unsigned n = stats->workers < SL_WORKERS_SHOWN ? stats->workers : SL_WORKERS_SHOWN;
	bool same = heartbeats->now_ns && heartbeats->life_ns == stats->life_ns;

	for (unsigned i = 0; i < n; i++) {
		uint64_t count = stats->worker[i].heartbeat;

		if (same && i < heartbeats->workers && heartbeats->count[i] == count)
			continue;
		heartbeats->count[i] = count;
		heartbeats->since_ns[i] = now_ns;
	}
	note_growth(stats->state_refused, same, &heartbeats->refused, &heartbeats->refused_ns,
		    now_ns);
	for (unsigned w = 0; w < stats->wires; w++)
		note_growth(sl_stats_wire_lost(stats, w), same, &heartbeats->lost[w],
			    &heartbeats->lost_ns[w], now_ns);
	heartbeats->life_ns = stats->life_ns;
	heartbeats->now_ns = now_ns;
	heartbeats->workers = n;
}

int64_t sl_heartbeats_stalled_ns(const struct sl_heartbeats *heartbeats, unsigned worker)
{
	int64_t ns;

	if (worker >= heartbeats->workers)
		return 0;
	ns = heartbeats->now_ns - heartbeats->since_ns[worker];
	return ns >= SL_STALLED_NS ? ns : 0;
}

bool sl_heartbeats_refuses(const struct sl_heartbeats *heartbeats)
{
	return grew_lately(heartbeats, heartbeats->refused_ns);
}

bool sl_heartbeats_loses(const struct sl_heartbeats *heartbeats, unsigned wire)
{
	return grew_lately(heartbeats, heartbeats->lost_ns[wire]);
}
