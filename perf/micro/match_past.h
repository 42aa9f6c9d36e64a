/* What events do to what keys remember, as an owner of keys does it, without its records: those
 * that fulfil a condition of a campaign that remembers are applied to the state, limits are asked
 * and counted.
 *
 * One thread. The tick stands before all events, so that nothing falls due. Whatever can not be had
 * ends the program. */
#ifndef SL_PERF_MATCH_PAST_H
#define SL_PERF_MATCH_PAST_H

#include "base/artifact.h"
#include "base/event.h"
#include "match/match.h"

#include <stdint.h>

struct sl_perf_past;

struct sl_perf_past *sl_perf_past_new(const struct sl_artifact *artifact);
void sl_perf_past_free(struct sl_perf_past *past); /* takes NULL */

/* A match of a campaign that remembers, or a limit that let one pass; of the event of this number,
 * see sl_perf_event_number(). */
typedef void (*sl_perf_fired)(void *context, uint32_t event, uint32_t campaign);

/* each may be NULL. Returns how many events asked or changed what their key remembers. */
uint32_t sl_perf_past_burst(struct sl_perf_past *past, const struct sl_event *events, unsigned n,
			    const struct sl_matches *matches, sl_perf_fired each, void *context);

#endif
