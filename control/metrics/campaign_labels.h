/* campaign_labels: which campaigns are named one by one in /metrics.
 *
 * - At most `max` of them, and the matches of all others are one number. A campaign that was given
 *   a name keeps it while the process lives: series do not come and go.
 * - No number ever goes down while the dataplane lives, whoever is named when: what a campaign
 *   matched before it was named stays with the others, and is not counted twice.
 * - While there are places for all that have matched, each has one at once. When there are more of
 *   them than places, those that matched most get what is left, an eighth of all places a minute,
 *   so that a campaign that begins late has its chance.
 * - One thread; time is an argument. Memory grows with the campaigns that matched. */
#ifndef SL_CONTROL_METRICS_CAMPAIGN_LABELS_H
#define SL_CONTROL_METRICS_CAMPAIGN_LABELS_H

#include "control/dataplane/campaign_counts.h"

#include <stdbool.h>

#define SL_CAMPAIGN_OTHERS "_others" /* a campaign of this name gets none */

struct sl_campaign_label {
	struct sl_campaign_count count; /* as of the latest look; not less than `before` */
	uint64_t before;                /* of that, what is told with the others */
	bool named;
};

struct sl_campaign_labels {
	unsigned max;
	unsigned named;
	int64_t life_ns;  /* of the dataplane that was looked at */
	int64_t given_ns; /* when places were last given to some of many */
	uint64_t others;
	size_t n, room;
	struct sl_campaign_label *at; /* by name */
};

void sl_campaign_labels_init(struct sl_campaign_labels *labels, unsigned max);
void sl_campaign_labels_fini(struct sl_campaign_labels *labels);

/* Takes the counts over, names who is to be named. 0 or -ENOMEM, and nothing has changed. */
int sl_campaign_labels_look(struct sl_campaign_labels *labels,
			    const struct sl_campaign_counts *counts, int64_t now_ns);

#endif
