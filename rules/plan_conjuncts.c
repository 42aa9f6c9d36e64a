#include "rules/plan_priv.h"

static struct sl_expr true_literal = {.kind = SL_EXPR_LITERAL, .type = SL_TYPE_BOOL, .integer = 1};
static struct sl_expr *const true_constant[] = {&true_literal};

static uint8_t opcode_of(enum sl_function function, uint8_t type)
{
	bool decimal = type == SL_TYPE_DECIMAL, string = type == SL_TYPE_STRING;

	switch (function) {
	case SL_FUNCTION_EQ:
		return decimal ? SL_OP_EQ_DECIMAL : string ? SL_OP_EQ_STRING : SL_OP_EQ_INT;
	case SL_FUNCTION_LT:
		return decimal ? SL_OP_LT_DECIMAL : string ? SL_OP_LT_STRING : SL_OP_LT_INT;
	case SL_FUNCTION_GT:
		return decimal ? SL_OP_GT_DECIMAL : string ? SL_OP_GT_STRING : SL_OP_GT_INT;
	case SL_FUNCTION_IN:
		return decimal ? SL_OP_IN_DECIMAL : string ? SL_OP_IN_STRING : SL_OP_IN_INT;
	case SL_FUNCTION_STARTS_WITH:
		return SL_OP_STARTS_WITH;
	default:
		return SL_OP_CONTAINS;
	}
}

static void add(struct sl_buffer *conjuncts, struct sl_conjunct conjunct)
{
	conjunct.order = (uint32_t)(conjuncts->bytes / sizeof(conjunct));
	sl_buffer_add(conjuncts, &conjunct, sizeof(conjunct));
}

/* A test of one field against constants: the type checker lets nothing else through. */
static bool add_test(struct sl_expr *call, struct sl_buffer *conjuncts)
{
	bool swapped = call->args[0]->kind != SL_EXPR_FIELD;
	const struct sl_expr *field = call->args[swapped ? 1 : 0];
	struct sl_expr *const *other = &call->args[swapped ? 0 : 1];
	enum sl_function function = (enum sl_function)call->function;
	struct sl_conjunct conjunct = {.slot = field->slot, .n_constants = 1, .constants = other};

	if (function == SL_FUNCTION_IN && field->type == SL_TYPE_STRINGS) {
		conjunct.op = SL_OP_LIST_HAS;
		add(conjuncts, conjunct);
		return true;
	}
	if (function == SL_FUNCTION_IN) {
		conjunct.constants = (*other)->args;
		conjunct.n_constants = (*other)->n_args;
		if (conjunct.n_constants == 0)
			return false;
		if (conjunct.n_constants == 1)
			function = SL_FUNCTION_EQ;
	}
	/* 5 < x is x > 5 */
	if (swapped && function == SL_FUNCTION_LT)
		function = SL_FUNCTION_GT;
	else if (swapped && function == SL_FUNCTION_GT)
		function = SL_FUNCTION_LT;
	conjunct.op = opcode_of(function, field->type);
	add(conjuncts, conjunct);
	return true;
}

bool sl_conjuncts_of(const struct sl_schema *schema, struct sl_expr *expr,
		     struct sl_buffer *conjuncts)
{
	bool possible = true;

	if (expr->kind == SL_EXPR_LITERAL)
		return expr->integer != 0;
	if (expr->kind == SL_EXPR_FIELD) {
		add(conjuncts, (struct sl_conjunct){.op = SL_OP_EQ_INT,
						    .slot = expr->slot,
						    .n_constants = 1,
						    .constants = true_constant});
		return true;
	}
	if (expr->function != SL_FUNCTION_AND)
		return add_test(expr, conjuncts);
	for (uint32_t i = 0; i < expr->n_args; i++)
		possible &= sl_conjuncts_of(schema, expr->args[i], conjuncts);
	return possible;
}

/* A constant of the field's own type that an event could hold. */
static bool is_constant_for(const struct sl_expr *constant, uint8_t type)
{
	if (constant->kind != SL_EXPR_LITERAL || constant->type != type)
		return false;
	return type <= SL_KIND_BOOL || sl_expr_is_instant(constant);
}

static bool is_test(const struct sl_expr *expr)
{
	const struct sl_expr *a, *b;

	if (expr->kind != SL_EXPR_CALL || expr->n_args != 2)
		return false;
	a = expr->args[0];
	b = expr->args[1];
	switch (expr->function) {
	case SL_FUNCTION_LT:
	case SL_FUNCTION_GT:
		if (a->type == SL_KIND_BOOL)
			return false;
		/* fall through */
	case SL_FUNCTION_EQ:
		return (a->kind == SL_EXPR_FIELD && is_constant_for(b, a->type)) ||
		       (b->kind == SL_EXPR_FIELD && is_constant_for(a, b->type));
	case SL_FUNCTION_IN:
		if (b->kind == SL_EXPR_FIELD)
			return is_constant_for(a, SL_KIND_STRING);
		for (uint32_t i = 0; b->kind == SL_EXPR_LIST && i < b->n_args; i++) {
			if (!is_constant_for(b->args[i], a->type))
				return false;
		}
		return a->kind == SL_EXPR_FIELD && b->kind == SL_EXPR_LIST;
	case SL_FUNCTION_STARTS_WITH:
	case SL_FUNCTION_CONTAINS:
		return a->kind == SL_EXPR_FIELD && is_constant_for(b, SL_KIND_STRING);
	default:
		return false;
	}
}

bool sl_conjuncts_can(const struct sl_expr_context *context, const struct sl_expr *expr)
{
	bool can = true;

	if ((expr->kind == SL_EXPR_LITERAL || expr->kind == SL_EXPR_FIELD) &&
	    expr->type == SL_KIND_BOOL)
		return true;
	if (expr->kind == SL_EXPR_CALL && expr->function == SL_FUNCTION_AND) {
		for (uint32_t i = 0; i < expr->n_args; i++)
			can &= sl_conjuncts_can(context, expr->args[i]);
		return can;
	}
	can = is_test(expr);
	if (!can)
		sl_mistake(context->diagnostics, sl_expr_place(context, expr->offset),
			   "unsupported",
			   "tests of a field against a constant, joined by `&&`, are",
			   "this part of a condition is not offered in campaigns yet");
	return can;
}
