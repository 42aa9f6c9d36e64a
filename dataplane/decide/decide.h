/* decide: may this be sent, now, to this customer. Pure functions: the gates of one candidate, and
 * the order among all candidates of one event.
 *
 * Cost of ranking: as many comparisons as sorting takes, in memory of the caller's. One candidate
 * costs nothing. */
#ifndef SL_DECIDE_H
#define SL_DECIDE_H

#include "base/artifact.h"
#include "base/event.h"
#include "sluice/gate.h"

/* What gates look at. Views of profiles and caps join here as their gates do. */
struct sl_decide_input {
	const struct sl_artifact *artifact;
	const struct sl_campaign *campaign;
	const struct sl_event *event;
	int64_t now_ns;
};

/* SL_GATE_SENT, or the first gate that says no, of those that ask nothing of the past. */
enum sl_gate sl_decide(const struct sl_decide_input *input);

/* By bytes, then by length. */
int sl_decide_order(struct sl_text a, struct sl_text b);

/* The candidates of one event, or of one instant that fell due. */
struct sl_candidate {
	uint32_t campaign;
	enum sl_gate gate;
	const void *from; /* for the caller, as is id */
	uint64_t id[2];
};

/* Of those whose gate is SENT: in each exclusive group the campaign of the highest priority, then
 * of the lesser name, stays, with all of its candidates; the others are OUTRANKED. Fills ret_order,
 * of n, with the indexes in the order in which limits are to be counted: priority, name, then as
 * they stand. */
void sl_decide_rank(const struct sl_artifact *artifact, struct sl_candidate *candidates, uint32_t n,
		    uint32_t *ret_order);

#endif
