/* The reference evaluator: what a rule set means, said slowly.
 *
 * It walks the typed trees of conditions over an event given as plain values. It shares reading
 * and typing of rules with the compiler and nothing else: no plan, no artifact, no patterns. Where
 * it and the engine differ, one of them is wrong; the tests compare them.
 *
 * - One thread. A set owns everything it returns, until its close(), which takes NULL.
 * - Values are read, never kept. Paths that the schema does not name, and values of another type
 *   than it names, count as absent.
 * - Cost: every campaign, every node, every time. */
#ifndef SL_RULES_EVAL_H
#define SL_RULES_EVAL_H

#include "rules/rules.h"

struct sl_eval_set;

struct sl_eval_text {
	const char *at;
	uint32_t bytes;
};

struct sl_eval_value {
	const char *path;                /* dotted, terminated */
	uint8_t type;                    /* enum sl_field_type */
	int64_t integer;                 /* INT, TIME (ns since 1970), BOOL (0, 1) */
	double decimal;                  /* DECIMAL */
	struct sl_eval_text text;        /* STRING */
	const struct sl_eval_text *list; /* STRINGS */
	uint32_t count;                  /* of them */
};

enum sl_eval_answer {
	SL_EVAL_FALSE = 0,
	SL_EVAL_TRUE = 1,
	SL_EVAL_ERROR = 2, /* it depends on a field that is absent */
};

/* -SL_E_RULES: the rules have mistakes, see the diagnostics. options may be NULL. */
int sl_eval_open(const char *directory, const struct sl_rules_options *options,
		 struct sl_diagnostics *diagnostics, struct sl_eval_set **ret_set);
void sl_eval_close(struct sl_eval_set *set);

/* Campaigns are numbered as in the artifact made of the same rules: sorted by name. */
uint32_t sl_eval_campaigns(const struct sl_eval_set *set);
const char *sl_eval_name(const struct sl_eval_set *set, uint32_t campaign);

/* Whether the condition of each campaign holds: sl_eval_campaigns() answers. Validity is not its
 * matter. */
void sl_eval_event(const struct sl_eval_set *set, const struct sl_eval_value *values,
		   size_t n_values, enum sl_eval_answer *ret_answers);

#endif
