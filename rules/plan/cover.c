#include "rules/plan/facts_priv.h"

static struct sl_cover cover_of(struct sl_cover_context *context, const struct sl_expr *expr,
				bool negated);

struct sl_cover sl_cover_never(void)
{
	return (struct sl_cover){.exact = true};
}

static struct sl_cover rows_new(struct sl_cover_context *context, uint32_t n)
{
	struct sl_cover cover = {.rows = sl_arena_alloc(context->arena, n * sizeof(*cover.rows)),
				 .n_rows = n};

	if (!cover.rows) {
		context->failed = true;
		cover.n_rows = 0;
	}
	return cover;
}

struct sl_cover sl_cover_any(struct sl_cover_context *context)
{
	return rows_new(context, 1);
}

struct sl_cover sl_cover_fact(struct sl_cover_context *context, struct sl_fact fact)
{
	struct sl_fact *kept = sl_arena_alloc(context->arena, sizeof(*kept));
	struct sl_cover cover = rows_new(context, 1);
	const struct sl_fact **facts = sl_arena_alloc(context->arena, sizeof(*facts));

	if (!kept || !facts || !cover.n_rows) {
		context->failed = true;
		return cover;
	}
	*kept = fact;
	kept->conjunct = context->conjunct;
	if (context->found)
		context->found(context->context, kept);
	facts[0] = kept;
	cover.rows[0] = (struct sl_row){.facts = facts, .n_facts = 1};
	cover.exact = fact.exact;
	return cover;
}

struct sl_cover sl_cover_either(struct sl_cover_context *context, const struct sl_cover *covers,
				uint32_t n)
{
	struct sl_cover either = sl_cover_never();
	uint64_t n_rows = 0;

	if (n && !covers)
		context->failed = true;
	if (context->failed)
		return either;
	for (uint32_t i = 0; i < n; i++) {
		n_rows += covers[i].n_rows;
		/* beside one that says nothing the others say nothing either */
		for (uint32_t j = 0; j < covers[i].n_rows; j++)
			if (covers[i].rows[j].n_facts == 0)
				return sl_cover_any(context);
	}
	if (n_rows > UINT32_MAX)
		return sl_cover_any(context);
	either = rows_new(context, (uint32_t)n_rows);
	either.exact = true;
	n_rows = 0;
	for (uint32_t i = 0; i < n && either.n_rows; i++) {
		if (covers[i].n_rows)
			memcpy(either.rows + n_rows, covers[i].rows,
			       covers[i].n_rows * sizeof(*either.rows));
		n_rows += covers[i].n_rows;
		either.exact &= covers[i].exact;
	}
	return either;
}

/* Two facts of one slot that no value fulfils. */
static bool contradict(const struct sl_fact *a, const struct sl_fact *b)
{
	bool texts = a->type == SL_TYPE_STRING;

	if (a->slot != b->slot || a->type == SL_TYPE_STRINGS)
		return false;
	if (a->kind == SL_FACT_EQUAL && b->kind == SL_FACT_EQUAL && texts)
		return sl_slice_compare(a->text, b->text) != 0;
	if (texts || a->kind > SL_FACT_RANGE || b->kind > SL_FACT_RANGE)
		return false;
	return a->low > b->high || b->low > a->high;
}

/* False: nothing fulfils both. Facts beyond what a row may have are left to the program. */
static bool join_rows(struct sl_cover_context *context, const struct sl_row *a,
		      const struct sl_row *b, struct sl_row *ret_row, bool *exact)
{
	uint32_t n = a->n_facts + b->n_facts;

	if (n > SL_ROW_FACTS_MAX && a->n_facts && b->n_facts) {
		*ret_row = *a;
		*exact = false;
		return true;
	}

	for (uint32_t i = 0; i < a->n_facts; i++)
		for (uint32_t j = 0; j < b->n_facts; j++)
			if (contradict(a->facts[i], b->facts[j]))
				return false;
	*ret_row = a->n_facts ? *a : *b;
	if (a->n_facts == 0 || b->n_facts == 0)
		return true;
	ret_row->facts = sl_arena_alloc(context->arena, n * sizeof(*ret_row->facts));
	ret_row->n_facts = n;
	if (!ret_row->facts) {
		context->failed = true;
		return false;
	}
	memcpy(ret_row->facts, a->facts, a->n_facts * sizeof(*a->facts));
	memcpy(ret_row->facts + a->n_facts, b->facts, b->n_facts * sizeof(*b->facts));
	return true;
}

static double weight_of(const struct sl_cover_context *context, const struct sl_cover *cover)
{
	return context->weight ? context->weight(context->context, cover) : cover->n_rows;
}

struct sl_cover sl_cover_and(struct sl_cover_context *context, struct sl_cover a, struct sl_cover b)
{
	struct sl_cover both;
	uint32_t n = 0;

	if (a.n_rows == 0 || b.n_rows == 0)
		return sl_cover_never();
	if (a.n_rows > 1 && b.n_rows > 1 && (uint64_t)a.n_rows * b.n_rows > SL_ROWS_MAX) {
		both = weight_of(context, &a) <= weight_of(context, &b) ? a : b;
		both.exact = false;
		return both;
	}
	both = rows_new(context, a.n_rows * b.n_rows);
	both.exact = a.exact && b.exact;
	for (uint32_t i = 0; i < a.n_rows && both.n_rows; i++)
		for (uint32_t j = 0; j < b.n_rows; j++)
			n += join_rows(context, &a.rows[i], &b.rows[j], &both.rows[n], &both.exact);
	both.n_rows = n;
	return both;
}

static struct sl_cover all_of(struct sl_cover_context *context, const struct sl_expr *call,
			      bool negated)
{
	struct sl_cover cover = cover_of(context, call->args[0], negated);

	for (uint32_t i = 1; i < call->n_args; i++)
		cover = sl_cover_and(context, cover, cover_of(context, call->args[i], negated));
	return cover;
}

static struct sl_cover one_of(struct sl_cover_context *context, const struct sl_expr *call,
			      bool negated)
{
	struct sl_cover *sides = sl_arena_alloc(context->arena, call->n_args * sizeof(*sides));

	for (uint32_t i = 0; i < call->n_args && sides; i++)
		sides[i] = cover_of(context, call->args[i], negated);
	return sl_cover_either(context, sides, call->n_args);
}

static struct sl_cover conditional(struct sl_cover_context *context, const struct sl_expr *call,
				   bool negated)
{
	struct sl_cover ways[2];

	for (unsigned i = 0; i < 2; i++)
		ways[i] = sl_cover_and(context, cover_of(context, call->args[0], i == 1),
				       cover_of(context, call->args[i + 1], negated));
	return sl_cover_either(context, ways, 2);
}

/* `list.exists(v, …)`: one of the items fulfils the predicate, so for each fact of it there is an
 * item that does. That it is the same one only the program can tell. */
static struct sl_cover exists(struct sl_cover_context *context, const struct sl_expr *call)
{
	const struct sl_expr *range = call->args[0], *variable = call->args[1];
	int32_t variables[SL_EXPR_DEPTH_MAX], *outer = context->variables;
	uint32_t n_outer = context->n_variables;
	struct sl_cover cover;

	if (range->kind != SL_EXPR_FIELD || variable->slot >= SL_EXPR_DEPTH_MAX)
		return sl_cover_any(context);
	for (uint32_t i = 0; i < SL_EXPR_DEPTH_MAX; i++)
		variables[i] = i < n_outer ? outer[i] : -1;
	variables[variable->slot] = range->slot;
	context->variables = variables;
	context->n_variables = SL_EXPR_DEPTH_MAX;
	cover = cover_of(context, call->args[2], false);
	context->variables = outer;
	context->n_variables = n_outer;
	cover.exact = false;
	return cover;
}

static struct sl_cover cover_of(struct sl_cover_context *context, const struct sl_expr *expr,
				bool negated)
{
	if (expr->kind == SL_EXPR_LITERAL && expr->type == SL_TYPE_BOOL) {
		struct sl_cover any = sl_cover_any(context);

		any.exact = true;
		return (expr->integer != 0) != negated ? any : sl_cover_never();
	}
	if (expr->kind != SL_EXPR_CALL)
		return sl_cover_test(context, expr, negated);
	switch (expr->function) {
	case SL_FUNCTION_NOT:
		return cover_of(context, expr->args[0], !negated);
	case SL_FUNCTION_AND:
		return negated ? one_of(context, expr, true) : all_of(context, expr, false);
	case SL_FUNCTION_OR:
		return negated ? all_of(context, expr, true) : one_of(context, expr, false);
	case SL_FUNCTION_CONDITIONAL:
		return conditional(context, expr, negated);
	case SL_FUNCTION_EXISTS:
		return negated ? sl_cover_any(context) : exists(context, expr);
	default:
		return sl_cover_test(context, expr, negated);
	}
}

struct sl_cover sl_cover_of(struct sl_cover_context *context, const struct sl_expr *expr)
{
	return cover_of(context, expr, false);
}
