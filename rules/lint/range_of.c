/* Tests of a field against constants as ranges of its values. */
#include "rules/lint/lint_priv.h"

#include <math.h>

static bool are_literals(struct sl_expr *const *values, uint32_t n, const struct sl_expr *field)
{
	for (uint32_t i = 0; i < n; i++) {
		if (values[i]->kind != SL_EXPR_LITERAL ||
		    !sl_range_is_ordered_like(values[i], field))
			return false;
		if (values[i]->type == SL_KIND_DOUBLE && isnan(values[i]->decimal))
			return false;
	}
	return true;
}

static struct sl_range bool_range(const struct sl_expr *field, bool value)
{
	return (struct sl_range){.kind = SL_RANGE_AMONG,
				 .field = field,
				 .values = &sl_range_booleans[value],
				 .n_values = 1};
}

/* field op constant */
static struct sl_range comparison_range(int function, const struct sl_expr *field,
					struct sl_expr *const *constant)
{
	struct sl_range range = {.field = field, .values = constant, .n_values = 1};
	bool below = function == SL_FUNCTION_LT || function == SL_FUNCTION_LE;

	if (!are_literals(constant, 1, field))
		return (struct sl_range){0};
	if (field->type == SL_KIND_BOOL) {
		bool value = (*constant)->integer != 0;

		if (function != SL_FUNCTION_EQ && function != SL_FUNCTION_NE)
			return (struct sl_range){0};
		return bool_range(field, (function == SL_FUNCTION_EQ) == value);
	}
	switch (function) {
	case SL_FUNCTION_EQ:
		range.kind = SL_RANGE_AMONG;
		return range;
	case SL_FUNCTION_NE:
		range.kind = SL_RANGE_OUTSIDE;
		return range;
	case SL_FUNCTION_LT:
	case SL_FUNCTION_LE:
	case SL_FUNCTION_GT:
	case SL_FUNCTION_GE:
		break;
	default:
		return (struct sl_range){0};
	}
	range.kind = SL_RANGE_INTERVAL;
	range.low = below ? NULL : *constant;
	range.high = below ? *constant : NULL;
	range.low_open = function == SL_FUNCTION_GT;
	range.high_open = function == SL_FUNCTION_LT;
	return range;
}

/* Everything but the range, where that is one range again. */
static struct sl_range complement(struct sl_range range)
{
	switch (range.kind) {
	case SL_RANGE_AMONG:
		if (range.field->type == SL_KIND_BOOL)
			return range.n_values == 1
				       ? bool_range(range.field, !range.values[0]->integer)
				       : (struct sl_range){0};
		range.kind = SL_RANGE_OUTSIDE;
		return range;
	case SL_RANGE_OUTSIDE:
		range.kind = SL_RANGE_AMONG;
		return range;
	case SL_RANGE_INTERVAL:
		if (range.low && range.high)
			return (struct sl_range){0};
		return (struct sl_range){.kind = SL_RANGE_INTERVAL,
					 .field = range.field,
					 .low = range.high,
					 .high = range.low,
					 .low_open = !range.high_open,
					 .high_open = !range.low_open};
	default:
		return (struct sl_range){0};
	}
}

struct sl_range sl_range_of(const struct sl_expr *expr)
{
	struct sl_range range = {0};
	const struct sl_expr *a, *b;

	if (expr->kind == SL_EXPR_FIELD && expr->type == SL_KIND_BOOL)
		return bool_range(expr, true);
	if (expr->kind != SL_EXPR_CALL)
		return range;
	if (expr->function == SL_FUNCTION_NOT)
		return complement(sl_range_of(expr->args[0]));
	if (expr->n_args != 2)
		return range;
	a = expr->args[0];
	b = expr->args[1];
	if (a->kind != SL_EXPR_FIELD)
		return b->kind == SL_EXPR_FIELD && expr->function != SL_FUNCTION_IN
			       ? comparison_range(
					 sl_function_mirrored((enum sl_function)expr->function), b,
					 &expr->args[0])
			       : range;
	range = (struct sl_range){.field = a, .values = &expr->args[1], .n_values = 1};
	switch (expr->function) {
	case SL_FUNCTION_IN:
		range.values = b->args;
		range.n_values = b->n_args;
		range.kind = b->kind == SL_EXPR_LIST && are_literals(b->args, b->n_args, a)
				     ? SL_RANGE_AMONG
				     : SL_RANGE_NONE;
		return range;
	case SL_FUNCTION_STARTS_WITH:
	case SL_FUNCTION_ENDS_WITH:
	case SL_FUNCTION_CONTAINS:
		if (!are_literals(&expr->args[1], 1, a))
			return (struct sl_range){0};
		range.kind = expr->function == SL_FUNCTION_STARTS_WITH ? SL_RANGE_PREFIX
			     : expr->function == SL_FUNCTION_ENDS_WITH ? SL_RANGE_SUFFIX
								       : SL_RANGE_CONTAINS;
		return range;
	default:
		return comparison_range(expr->function, a, &expr->args[1]);
	}
}
