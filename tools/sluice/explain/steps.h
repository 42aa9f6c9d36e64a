/* What a walk over a condition left behind, for people and as JSON, and the reason in words why the
 * condition did not hold. Pure: steps in, text or JSON out. */
#ifndef SL_SLUICE_EXPLAIN_STEPS_H
#define SL_SLUICE_EXPLAIN_STEPS_H

#include "rules/eval/eval.h"

#include <jansson.h>
#include <stdio.h>

struct sl_explain_steps {
	const struct sl_eval_step *at;
	uint32_t n;
};

/* The parts that decided: each false or failed, with the fields that it looked at. A list of
 * strings, empty where the condition holds. */
json_t *sl_explain_reasons(const struct sl_explain_steps *steps);

/* {"text":…,"value":…} or {"text":…,"error":…}, with "steps":[…] where something lies below. */
json_t *sl_explain_tree(const struct sl_explain_steps *steps);

/* A line for each step, indented, its value behind it. Constants are left out. */
void sl_explain_print(const struct sl_explain_steps *steps, FILE *to);

#endif
