/* campaign_labels: which campaigns are named one by one in /metrics.
 *
 * - At most `max` of them at a time, and the matches of all others are one number. A name stays for
 *   as long as its campaign matches now and then: series do not come and go. One that has not
 *   matched for a day gives its name up when another waits for the place.
 * - No number ever goes down while the dataplane lives, whoever is named when: a match is told
 *   either under the campaign's name or with the others, and stays where it was told. A campaign
 *   that is named again goes on where its number had stopped.
 * - While there are places for all that wait, each has one at once. When there are more of them
 *   than places, those that matched most get what is left, an eighth of all places a minute, so
 *   that a campaign that begins late has its chance.
 * - One thread; time is an argument. Memory grows with the campaigns that matched. */
#ifndef SL_CONTROL_METRICS_CAMPAIGN_LABELS_H
#define SL_CONTROL_METRICS_CAMPAIGN_LABELS_H

#include "control/dataplane/campaign_counts.h"

#include <stdbool.h>

#define SL_CAMPAIGN_OTHERS "_others" /* a campaign of this name gets none */

struct sl_campaign_label {
	struct sl_campaign_count count; /* as of the latest look */
	uint64_t before;                /* as of the look before, where this one saw it */
	uint64_t own;                   /* of the count, what is told under its name */
	int64_t matched_ns;             /* the latest look that saw it match */
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
