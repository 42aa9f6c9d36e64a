/* service: what the dataplane tells the service manager (sd_notify(3)), if there is one.
 *
 * The watchdog is fed only while every worker and the committer go on making rounds: one that has
 * stood still for half of the manager's limit ends it, and the manager starts the process again.
 * Without a manager everything here does nothing. On the commander's thread only, so that it has to
 * be alive too. */
#ifndef SL_WORKER_SERVICE_H
#define SL_WORKER_SERVICE_H

#include "base/pulse.h"
#include "sluice/stats.h"

struct sl_service {
	const struct sl_stats_header *stats;
	struct sl_watch watch; /* the workers in their order, then the committer */
};

/* Reads the environment that the manager made. */
void sl_service_init(struct sl_service *service, const struct sl_stats_header *stats,
		     int64_t now_ns);

/* Everything is up: events are taken. */
void sl_service_ready(struct sl_service *service);

/* Looks, and feeds where it may. Milliseconds until it wants to be called again, -1: never. */
int sl_service_tick(struct sl_service *service, int64_t now_ns);

void sl_service_stopping(struct sl_service *service);

#endif
