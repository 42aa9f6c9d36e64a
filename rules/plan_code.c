/* The program of a trigger. */
#include "rules/code_priv.h"

/* Patterns are not translated yet: a condition that asks one must not go out as if they were. */
static bool asks_pattern(const struct sl_expr *expr)
{
	if (expr->kind == SL_EXPR_CALL && expr->function == SL_FUNCTION_MATCHES)
		return true;
	for (uint32_t i = 0; i < expr->n_args; i++)
		if (asks_pattern(expr->args[i]))
			return true;
	return false;
}

static void refuse(const struct sl_rules_set *set, const struct sl_trigger *trigger,
		   const char *code, const char *hint, const char *why)
{
	const struct sl_campaign_text *campaign = &set->campaigns[trigger->campaign];

	sl_mistake(set->diagnostics, campaign->condition_place, code, hint, "%s", why);
}

void sl_plan_program(struct sl_plan *plan, const struct sl_rules_set *set,
		     const struct sl_expr *const *asked, uint32_t n, struct sl_trigger *trigger)
{
	struct sl_code code = sl_code_begin(&plan->pool, &plan->code, plan->flags);

	trigger->code = code.first;
	for (uint32_t i = 0; i < n; i++)
		if (asks_pattern(asked[i])) {
			refuse(set, trigger, "unsupported",
			       "`startsWith`, `endsWith` and `contains` are",
			       "`matches` is not offered in campaigns yet");
			return;
		}
	sl_code_filter(&code, asked, n);
	if (code.too_large)
		refuse(set, trigger, "too_large", "write it as several campaigns",
		       "the condition needs more than one event may have");
	trigger->code_count =
		(uint32_t)(plan->code.bytes / sizeof(struct sl_instruction)) - code.first;
}
