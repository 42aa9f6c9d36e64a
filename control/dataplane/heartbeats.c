#include "control/dataplane/heartbeats.h"

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
	if (stats->state_refused > (same ? heartbeats->refused : 0))
		heartbeats->refused_ns = now_ns;
	else if (!same)
		heartbeats->refused_ns = 0;
	heartbeats->refused = stats->state_refused;
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
	return heartbeats->refused_ns &&
	       heartbeats->now_ns - heartbeats->refused_ns < SL_REFUSED_FOR_NS;
}
