#include "control/dataplane/crowding.h"

static void begin(struct sl_crowding *crowding, const struct sl_stats_copy *stats, unsigned n,
		  int64_t now_ns)
{
	for (unsigned i = 0; i < n; i++)
		crowding->waited_ns[i] = stats->worker[i].waited_ns;
	crowding->life_ns = stats->life_ns;
	crowding->since_ns = now_ns;
	crowding->workers = n;
}

bool sl_crowding_note(struct sl_crowding *crowding, const struct sl_stats_copy *stats,
		      int64_t now_ns)
{
	unsigned n = stats->workers < SL_WORKERS_SHOWN ? stats->workers : SL_WORKERS_SHOWN;
	int64_t passed_ns = now_ns - crowding->since_ns;

	if (!crowding->since_ns || crowding->life_ns != stats->life_ns || crowding->workers != n) {
		*crowding = (struct sl_crowding){0};
		begin(crowding, stats, n, now_ns);
		return true;
	}
	if (passed_ns < SL_CROWDED_WINDOW_NS)
		return false;
	for (unsigned i = 0; i < n; i++) {
		uint64_t waited_ns = stats->worker[i].waited_ns - crowding->waited_ns[i];

		/* not one that began to count within the window */
		crowding->permille[i] =
			crowding->waited_ns[i]
				? (unsigned)(waited_ns / ((uint64_t)passed_ns / 1000u))
				: 0;
	}
	begin(crowding, stats, n, now_ns);
	return true;
}

unsigned sl_crowding_permille(const struct sl_crowding *crowding, unsigned worker)
{
	return worker < crowding->workers ? crowding->permille[worker] : 0;
}

bool sl_crowding_is_crowded(const struct sl_crowding *crowding, unsigned worker)
{
	return sl_crowding_permille(crowding, worker) >= SL_CROWDED_PERMILLE;
}
