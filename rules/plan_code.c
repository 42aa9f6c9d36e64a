/* The program of a trigger. */
#include "rules/code_priv.h"

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
	sl_code_filter(&code, asked, n);
	if (code.too_large)
		refuse(set, trigger, "too_large", "write it as several campaigns",
		       "the condition needs more than one event may have");
	trigger->code_count =
		(uint32_t)(plan->code.bytes / sizeof(struct sl_instruction)) - code.first;
}
