/* One event against a campaign that remembers: which of its steps' conditions it fulfils. What came
 * before it is not looked at, so whether the campaign matches is not said. */
#ifndef SL_SLUICE_EXPLAIN_PATTERN_H
#define SL_SLUICE_EXPLAIN_PATTERN_H

#include "rules/eval/eval.h"

#include <stdbool.h>

struct sl_explain_event {
	const struct sl_eval_value *values;
	uint16_t n;
};

/* To standard output; as a line of JSON, or for people. 0 or -ENOMEM. */
int sl_explain_pattern(struct sl_eval_set *set, uint32_t campaign,
		       const struct sl_explain_event *event, bool json);

#endif
