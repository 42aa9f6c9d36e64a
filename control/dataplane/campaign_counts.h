/* campaign_counts: how often each campaign matched in this life of the dataplane, over all workers.
 *
 * Read from the stats page, with its errors (control/dataplane/stats_page.h). At most
 * SL_STATS_CAMPAIGNS_MAX campaigns a worker have a count of their own; `others` is what the rest
 * matched. Time and memory grow with the campaigns that matched. Names are any bytes. */
#ifndef SL_CONTROL_DATAPLANE_CAMPAIGN_COUNTS_H
#define SL_CONTROL_DATAPLANE_CAMPAIGN_COUNTS_H

#include "sluice/stats.h"

#include <stddef.h>

struct sl_campaign_count {
	uint64_t matches;
	uint32_t name_bytes;
	char name[SL_STATS_CAMPAIGN_BYTES];
};

struct sl_campaign_counts {
	int64_t life_ns;
	uint64_t others;
	size_t n;
	struct sl_campaign_count *at; /* the most matches first, among equals by name */
};

/* After 0, to be ended. */
int sl_campaign_counts_read(const char *path, struct sl_campaign_counts *ret_counts);
void sl_campaign_counts_fini(struct sl_campaign_counts *counts);

#endif
