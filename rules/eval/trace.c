#include "rules/eval/walk_priv.h"

uint32_t sl_eval_trace_enter(struct sl_eval_trace *trace, const struct sl_expr *expr,
			     uint32_t depth)
{
	if (!trace || trace->n_steps == SL_EVAL_TRACE_MAX)
		return SL_EVAL_TRACE_MAX;
	trace->steps[trace->n_steps] = (struct sl_eval_step){.expr = expr, .depth = depth};
	return trace->n_steps++;
}

void sl_eval_trace_leave(struct sl_eval_trace *trace, uint32_t step,
			 const struct sl_eval_any *value)
{
	if (trace && step < SL_EVAL_TRACE_MAX)
		trace->steps[step].value = *value;
}
