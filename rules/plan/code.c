/* Programs of conditions. */
#include "rules/code/code_priv.h"

void sl_plan_program(struct sl_plan *plan, const struct sl_expr *const *asked, uint32_t n,
		     struct sl_place place, uint32_t *ret_code, uint32_t *ret_count)
{
	struct sl_code code = sl_code_begin(&plan->pool, &plan->code, plan->flags);

	sl_code_filter(&code, asked, n);
	if (code.too_large)
		sl_mistake(plan->set->diagnostics, place, "too_large",
			   "write it as several campaigns",
			   "the condition needs more than one event may have");
	*ret_code = code.first;
	*ret_count = (uint32_t)(plan->code.bytes / sizeof(struct sl_instruction)) - code.first;
}
