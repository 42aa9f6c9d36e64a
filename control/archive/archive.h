/* archive: every decision, sent or not, kept beyond the journal and found again by key and
 * campaign.
 *
 * - A consumer of the journal: see control/journal/consumer.h. What it keeps lies in files of a day
 *   under data/decisions, see control/daily/daily.h for their bounds, damage and threads.
 * - What was in the message is not kept (the sinks have it); of one that was sent, where it went:
 *   channel, template, the events of its steps, and the last event's type and channel. These come
 *   from the record before the decision; where a crash tore the two apart they are missing.
 * - A decision has the name of its gate, not its number: it is read by later versions too.
 * - A decision that the journal has twice, by match id and gate, is kept twice and stands once in
 *   the answers of one walk. */
#ifndef SL_CONTROL_ARCHIVE_H
#define SL_CONTROL_ARCHIVE_H

#include "base/record.h"
#include "control/daily/daily.h"

#include <stdbool.h>

#define SL_ARCHIVE_ANSWERS_MAX 1000u /* of one walk */

struct sl_archive;

struct sl_archive_config {
	const char *directory; /* made where missing */
	int64_t days;
	uint64_t bytes;
	int64_t patience_ns;
	struct sl_consumer_stats *stats;
};

struct sl_archived {
	uint64_t id[2]; /* of the match */
	uint64_t ruleset;
	int64_t event_time_ns, decided_ns;
	struct sl_text campaign, campaign_version, key, event_id;
	struct sl_text decision; /* name of a gate, or "sent" */
	bool due;                /* made by the clock: event_time_ns is when it fell due */
	bool has_message;        /* the following is known */
	struct sl_text channel, template, event_type, event_channel;
	struct sl_text steps; /* a JSON object of steps' names and events' ids, or empty */
};

extern const struct sl_consumer_ops sl_archive_ops;

int sl_archive_new(const struct sl_archive_config *config, struct sl_archive **ret_archive);
void sl_archive_free(struct sl_archive *archive); /* takes NULL */

/* To look at, and to sweep. */
struct sl_daily *sl_archive_daily(struct sl_archive *archive);

struct sl_archive_question {
	struct sl_text key, campaign; /* at NULL: any */
	int64_t from_ns, until_ns;    /* decided: from, and before */
	unsigned limit;               /* 1 to SL_ARCHIVE_ANSWERS_MAX */
};

/* Newest first, from behind `after`; see sl_daily_walk(). `each` answers 0 to go on, 1 to end with
 * this one; what it is given is good until it returns. */
int sl_archive_walk(struct sl_archive *archive, const struct sl_archive_question *question,
		    struct sl_daily_place after,
		    int (*each)(void *context, const struct sl_archived *decision), void *context,
		    struct sl_daily_place *ret_next);

/* Why a decision of that name is a no, as a sentence; NULL: it is none, or not known here. */
const char *sl_archive_why(struct sl_text decision);

#endif
