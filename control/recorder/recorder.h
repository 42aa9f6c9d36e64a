/* recorder: accepted events as they were decoded, kept beyond the journal for replays.
 *
 * - A consumer of the journal where the setting record.events is on: see
 *   control/journal/consumer.h. What it keeps lies in files of a day under data/events, see
 *   control/daily/daily.h for their bounds, damage and threads; what was recorded stays for its
 *   days also where it is off.
 * - Customers' data, unmasked. The files are the gateway's user's alone, and are asked for over the
 *   admin API.
 * - A record is the event's JSON, one line, and its time is its receipt. One that was resent is
 *   there as often as it was received: a replay judges duplicates itself. */
#ifndef SL_CONTROL_RECORDER_H
#define SL_CONTROL_RECORDER_H

#include "control/daily/daily.h"

struct sl_recorder;

struct sl_recorder_config {
	const char *directory; /* made where missing, with the first event */
	int64_t days;
	uint64_t bytes;
	int64_t patience_ns;
	struct sl_consumer_stats *stats;
};

extern const struct sl_consumer_ops sl_recorder_ops;

int sl_recorder_new(const struct sl_recorder_config *config, struct sl_recorder **ret_recorder);
void sl_recorder_free(struct sl_recorder *recorder); /* takes NULL */

/* Finds what was recorded before, where it is no consumer. */
void sl_recorder_open(struct sl_recorder *recorder);

/* To look at, to walk, and to sweep. */
struct sl_daily *sl_recorder_daily(struct sl_recorder *recorder);

#endif
