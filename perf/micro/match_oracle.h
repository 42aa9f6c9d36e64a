/* What the reference evaluator says of a sample of events, campaign by campaign.
 *
 * The texts are read by another JSON parser than decode's, so decode is judged along with match.
 * Slow: every campaign, every event. Whatever can not be had ends the program. */
#ifndef SL_PERF_MATCH_ORACLE_H
#define SL_PERF_MATCH_ORACLE_H

#include "base/span.h"

#include <stdbool.h>
#include <stdint.h>

struct sl_perf_oracle;

struct sl_perf_oracle *sl_perf_oracle_new(const char *directory, const char *schema);
void sl_perf_oracle_free(struct sl_perf_oracle *oracle);

/* Compares with the campaigns that the engine says hold, ascending; adds those that do to
 * *matches. False: they are not the same. */
bool sl_perf_oracle_agrees(struct sl_perf_oracle *oracle, struct sl_span text,
			   const uint32_t *campaigns, uint32_t n, uint64_t *matches);

/* Each match of these events, one after the other, by all campaigns, from remembering nothing on:
 * the number of the event that completed it, and the campaign. Nothing falls due. */
typedef void (*sl_perf_oracle_fired)(void *context, uint32_t event, uint32_t campaign);
void sl_perf_oracle_past(struct sl_perf_oracle *oracle, const struct sl_span *events, uint32_t n,
			 sl_perf_oracle_fired each, void *context);

#endif
