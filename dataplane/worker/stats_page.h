/* The stats page (contract 4a), made at start. */
#ifndef SL_WORKER_STATS_PAGE_H
#define SL_WORKER_STATS_PAGE_H

#include "sluice/stats.h"

/* Made beside the old one, which stays what readers find until it is published. */
int sl_stats_page_new(const struct sl_settings *settings, const struct sl_channel *channels,
		      const struct sl_wire *wires, unsigned workers,
		      struct sl_stats_header **ret_stats);

/* Renamed over the old one; a reader of the old life keeps what it has mapped. Not before the
 * journal is ours: the page of a dataplane that runs must not be replaced by one that may not. */
int sl_stats_page_publish(const struct sl_settings *settings);

/* Instead of publishing. */
void sl_stats_page_discard(const struct sl_settings *settings);

/* In memory only: replays and tests. free() releases it. */
struct sl_stats_header *sl_stats_page_private(unsigned workers);

#endif
