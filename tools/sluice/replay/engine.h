/* The real engine in this process, on a virtual clock: what `sluice replay` runs.
 *
 * One thread reads events, numbers them, deals them to the workers in turn and steps every worker
 * until it is idle before the next: owners consume in the order of the numbers, so the output does
 * not depend on how many workers there are. The clock shows the latest event time so far; on its
 * way to the next event it stops wherever something falls due, and that happens then. */
#ifndef SL_SLUICE_REPLAY_ENGINE_H
#define SL_SLUICE_REPLAY_ENGINE_H

#include "base/record.h"
#include "base/span.h"
#include "sluice/artifact.h"
#include "sluice/error.h"

#include <stdint.h>

struct sl_replay;

struct sl_replay_totals {
	uint64_t received, accepted, refused, duplicates, matched, unmatched;
	uint64_t passed_over; /* their time lies behind the end, they are not among the others */
};

/* settings: limits of events and matching are the gateway's; what is of sockets and of wall time
 * is not. each: every record the engine writes; what it points to ends with the call. */
int sl_replay_new(const char *artifact_path, const struct sl_settings *settings, unsigned workers,
		  void (*each)(void *context, const struct sl_record *record), void *context,
		  struct sl_replay **ret_replay, char ret_why[SL_SENTENCE_BYTES]);
void sl_replay_free(struct sl_replay *replay); /* takes NULL */

/* One event's text, with SL_SPAN_PADDING readable bytes behind it, which hold a line's end first.
 */
void sl_replay_event(struct sl_replay *replay, struct sl_span text);

/* Where the clock stops; before the first event. */
void sl_replay_until(struct sl_replay *replay, int64_t until_ns);

/* Lets the clock run on to a time, without an event; what falls due before then happens. */
void sl_replay_clock(struct sl_replay *replay, int64_t time_ns);

/* After the last event: lets the clock run on to the end, or until nothing is left to happen. */
void sl_replay_finish(struct sl_replay *replay);

void sl_replay_totals(const struct sl_replay *replay, struct sl_replay_totals *ret_totals);

#endif
