/* The engine beside the reference evaluator, on a sample of the events.
 *
 * The sample has 10 million pairs of event and campaign: half of it the first events made to match
 * or nearly, the rest evenly over all. Each event is judged by itself. Where campaigns remember, as
 * many of the events that were made to match run through both, one after the other, from
 * remembering nothing on. */
#ifndef SL_PERF_MATCH_JUDGE_H
#define SL_PERF_MATCH_JUDGE_H

#include "match_cases.h"
#include "match_engine.h"
#include "match_oracle.h"

struct sl_perf_judgement {
	uint64_t sampled, matches, oracle_matches;
	uint64_t differences;         /* events whose campaigns differ */
	uint64_t fires, oracle_fires; /* matches of campaigns that remember or have a limit */
	struct sl_perf_work work;     /* of one pass over all events */
};

/* Leaves the engine as it was, remembering nothing. */
void sl_perf_judge(struct sl_perf_engine *engine, struct sl_perf_oracle *oracle,
		   const struct sl_perf_case *what, const struct sl_perf_events *events,
		   struct sl_perf_judgement *ret_judgement);

#endif
