/* What happened to a campaign that remembers, as JSON, and in words. Pure. */
#ifndef SL_SLUICE_EXPLAIN_MOMENT_H
#define SL_SLUICE_EXPLAIN_MOMENT_H

#include "rules/eval/history.h"

#include <jansson.h>
#include <stdio.h>

/* {"time":…,"event":…,"what":…,"step":…} and what else is known. New references. */
json_t *sl_explain_moment(const struct sl_eval_set *set, const struct sl_eval_moment *moment);
json_t *sl_explain_decision(const struct sl_eval_decision *decision);

/* One line. */
void sl_explain_moment_print(const json_t *moment, FILE *to);

#endif
