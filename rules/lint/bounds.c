/* Parts of times, and sizes, have bounds of their own: what is compared with a number beyond them
 * was meant otherwise, as Monday by 7 or December by 12. */
#include "rules/lint/lint_priv.h"

static const struct {
	enum sl_function function;
	int64_t low, high;
	const char *text;
} bounds[] = {
	{SL_FUNCTION_GET_FULL_YEAR, 1, 9999, "years go from 1 to 9999"},
	{SL_FUNCTION_GET_MONTH, 0, 11, "January is 0, December is 11"},
	{SL_FUNCTION_GET_DATE, 1, 31, "days of the month go from 1 to 31"},
	{SL_FUNCTION_GET_DAY_OF_MONTH, 0, 30, "here the first of the month is 0, the last 30"},
	{SL_FUNCTION_GET_DAY_OF_WEEK, 0, 6, "Sunday is 0, Monday is 1, Saturday is 6"},
	{SL_FUNCTION_GET_DAY_OF_YEAR, 0, 365, "the first day of the year is 0, the last 365"},
	{SL_FUNCTION_GET_HOURS, 0, 23, "hours go from 0 to 23"},
	{SL_FUNCTION_GET_MINUTES, 0, 59, "minutes go from 0 to 59"},
	{SL_FUNCTION_GET_SECONDS, 0, 59, "seconds go from 0 to 59"},
	{SL_FUNCTION_GET_MILLISECONDS, 0, 999, "milliseconds go from 0 to 999"},
	{SL_FUNCTION_SIZE, 0, INT64_MAX, "a size is never less than 0"},
	{SL_FUNCTION_INDEX_OF, -1, INT64_MAX, "nowhere is -1"},
	{SL_FUNCTION_LAST_INDEX_OF, -1, INT64_MAX, "nowhere is -1"},
};

/* Of a duration the hours are all its hours. */
static bool has_bounds(const struct sl_expr *expr, size_t i)
{
	bool is_part = bounds[i].function >= SL_FUNCTION_GET_FULL_YEAR &&
		       bounds[i].function <= SL_FUNCTION_GET_MILLISECONDS;

	return expr->kind == SL_EXPR_CALL && expr->function == (int)bounds[i].function &&
	       expr->n_args > 0 && (!is_part || expr->args[0]->type == SL_KIND_TIMESTAMP);
}

static bool never(enum sl_function function, int64_t low, int64_t high, int64_t constant)
{
	switch (function) {
	case SL_FUNCTION_EQ:
		return constant < low || constant > high;
	case SL_FUNCTION_LT:
		return constant <= low;
	case SL_FUNCTION_LE:
		return constant < low;
	case SL_FUNCTION_GT:
		return constant >= high;
	case SL_FUNCTION_GE:
		return constant > high;
	default:
		return false;
	}
}

const char *sl_lint_beyond(enum sl_function comparison, const struct sl_expr *value,
			   const struct sl_expr *constant)
{
	if (constant->kind != SL_EXPR_LITERAL || constant->type != SL_KIND_INT)
		return NULL;
	for (size_t i = 0; i < sizeof(bounds) / sizeof(bounds[0]); i++)
		if (has_bounds(value, i))
			return never(comparison, bounds[i].low, bounds[i].high, constant->integer)
				       ? bounds[i].text
				       : NULL;
	return NULL;
}
