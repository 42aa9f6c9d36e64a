/* Rows of conditions of which all must be true, for a matcher: an error is as good as false, so
 * that nothing has to be absorbed. Most come out as tests of slots and jumps alone, which need no
 * stack. */
#include "rules/code/code_priv.h"

static void code_truth(struct sl_code *code, const struct sl_expr *expr, bool want);

/* All are `want`, or one is: each side that decides jumps to the end. */
static void code_row(struct sl_code *code, struct sl_expr *const *sides, uint32_t n, bool all,
		     bool want)
{
	uint32_t previous = UINT32_MAX;

	for (uint32_t i = 0; i < n; i++) {
		code_truth(code, sides[i], want);
		if (i + 1 < n) /* a chain by the targets, until they are known */
			previous = sl_code_emit(code, all ? SL_OP_AND : SL_OP_OR, 0, previous);
	}
	sl_code_land_chain(code, previous);
}

/* Leaves true exactly where the tree's value is `want`. */
static void code_truth(struct sl_code *code, const struct sl_expr *expr, bool want)
{
	code->at = expr->offset;
	if (sl_code_test(code, expr, want))
		return;
	if (expr->kind == SL_EXPR_LITERAL && expr->type == SL_KIND_BOOL) {
		sl_code_emit(code, (expr->integer != 0) == want ? SL_OP_TRUE : SL_OP_FALSE, 0, 0);
		return;
	}
	if (expr->kind == SL_EXPR_CALL && expr->function == SL_FUNCTION_NOT) {
		code_truth(code, expr->args[0], !want);
		return;
	}
	if (expr->kind == SL_EXPR_CALL &&
	    (expr->function == SL_FUNCTION_AND || expr->function == SL_FUNCTION_OR)) {
		code_row(code, expr->args, expr->n_args,
			 (expr->function == SL_FUNCTION_AND) == want, want);
		return;
	}
	sl_code_value(code, expr);
	if (!want)
		sl_code_emit(code, SL_OP_NOT, 0, 0);
}

/* ---- order ------------------------------------------------------------------------------- */

/* What a condition costs beside the others, roughly: an instruction or the look at a text is 1. */
static uint32_t cost_of(const struct sl_expr *expr)
{
	uint32_t cost = 1;

	if (expr->kind == SL_EXPR_FIELD)
		return expr->type == SL_KIND_STRING ? 2 : expr->type == SL_KIND_LIST ? 6 : 1;
	if (sl_code_is_constant(expr))
		return 1 + (expr->n_args > 0);
	for (uint32_t i = 0; i < expr->n_args; i++)
		cost += cost_of(expr->args[i]);
	if (expr->kind != SL_EXPR_CALL)
		return cost;
	if (expr->function >= SL_FUNCTION_ALL && expr->function <= SL_FUNCTION_FILTER)
		return 10 * cost;
	if (expr->function == SL_FUNCTION_MATCHES)
		return cost + 20;
	if (expr->function == SL_FUNCTION_CONTAINS)
		return cost + 4;
	return expr->function >= SL_FUNCTION_TIMESTAMP ? cost + 5 : cost;
}

struct ranked {
	struct sl_expr *expr;
	uint32_t cost;
};

static void add_ranked(struct sl_buffer *ranked, const struct sl_expr *expr)
{
	struct ranked one = {.expr = (struct sl_expr *)expr, .cost = cost_of(expr)};

	if (expr->kind == SL_EXPR_LITERAL && expr->type == SL_KIND_BOOL && expr->integer)
		return;
	if (expr->kind == SL_EXPR_CALL && expr->function == SL_FUNCTION_AND) {
		for (uint32_t i = 0; i < expr->n_args; i++)
			add_ranked(ranked, expr->args[i]);
		return;
	}
	sl_buffer_add(ranked, &one, sizeof(one));
}

/* Stable, for what costs the same stays as it was written; rows are short. */
static void sort(struct ranked *at, size_t n)
{
	for (size_t i = 1; i < n; i++) {
		struct ranked one = at[i];
		size_t j = i;

		for (; j && at[j - 1].cost > one.cost; j--)
			at[j] = at[j - 1];
		at[j] = one;
	}
}

void sl_code_filter(struct sl_code *code, const struct sl_expr *const *conditions, uint32_t n)
{
	struct sl_buffer ranked = {0}, sides = {0};
	size_t count;

	for (uint32_t i = 0; i < n; i++)
		add_ranked(&ranked, conditions[i]);
	count = ranked.bytes / sizeof(struct ranked);
	if (!ranked.failed && count)
		sort((struct ranked *)ranked.at, count);
	for (size_t i = 0; i < count && !ranked.failed; i++)
		sl_buffer_add(&sides, &((struct ranked *)ranked.at)[i].expr,
			      sizeof(struct sl_expr *));
	if (ranked.failed || sides.failed)
		code->pool->failed = true;
	else if (count)
		code_row(code, (struct sl_expr *const *)sides.at, (uint32_t)count, true, true);
	sl_buffer_fini(&ranked);
	sl_buffer_fini(&sides);
}
