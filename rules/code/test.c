/* Tests of one slot against a constant: what most conditions are made of, each one instruction. */
#include "rules/code/code_priv.h"

enum column { STRING, INTEGER, DECIMAL, COLUMNS };

/* The type that the slot has, which is the constant's in the pool; 0: none that tests take. */
static uint8_t slot_type(const struct sl_expr *field)
{
	if (field->kind != SL_EXPR_FIELD)
		return 0;
	if (field->type == SL_KIND_TIMESTAMP)
		return SL_TYPE_TIME;
	return field->type;
}

static enum column column_of(uint8_t type)
{
	return type == SL_TYPE_STRING ? STRING : type == SL_TYPE_DECIMAL ? DECIMAL : INTEGER;
}

/* A constant that an event's slot of this type could hold. */
static bool suits(const struct sl_expr *constant, uint8_t type)
{
	if (constant->kind != SL_EXPR_LITERAL || type == 0 || type > SL_TYPE_TIME)
		return false;
	return type == SL_TYPE_TIME ? sl_expr_is_instant(constant) : constant->type == type;
}

static uint8_t comparison(enum sl_function function, enum column column)
{
	static const uint8_t ops[][COLUMNS] = {
		{SL_OP_EQ_STRING, SL_OP_EQ_INT, SL_OP_EQ_DECIMAL},
		{SL_OP_NE_STRING, SL_OP_NE_INT, SL_OP_NE_DECIMAL},
		{SL_OP_LT_STRING, SL_OP_LT_INT, SL_OP_LT_DECIMAL},
		{SL_OP_LE_STRING, SL_OP_LE_INT, SL_OP_LE_DECIMAL},
		{SL_OP_GT_STRING, SL_OP_GT_INT, SL_OP_GT_DECIMAL},
		{SL_OP_GE_STRING, SL_OP_GE_INT, SL_OP_GE_DECIMAL},
	};

	return ops[function - SL_FUNCTION_EQ][column];
}

static void emit_test(struct sl_code *code, const struct sl_expr *field, uint8_t op, uint32_t arg,
		      bool want)
{
	code->at = field->offset; /* all that can fail is that the event does not have it */
	sl_code_emit(code, op, field->slot, arg);
	if (code->field_flags)
		code->field_flags[field->slot] |= SL_FIELD_USED;
	if (!want)
		sl_code_emit(code, SL_OP_NOT, 0, 0);
}

static bool test_comparison(struct sl_code *code, const struct sl_expr *expr, bool want)
{
	const struct sl_expr *field = expr->args[0], *constant = expr->args[1];
	enum sl_function function = expr->function;
	uint8_t type;

	if (field->kind != SL_EXPR_FIELD) {
		field = expr->args[1];
		constant = expr->args[0];
		function = sl_function_mirrored(function);
	}
	type = slot_type(field);
	if (!suits(constant, type))
		return false;
	if (type == SL_TYPE_BOOL && function != SL_FUNCTION_EQ && function != SL_FUNCTION_NE)
		return false;
	/* of decimals !(a < b) is not a >= b, for there are NaNs */
	if (!want &&
	    (type != SL_TYPE_DECIMAL || function == SL_FUNCTION_EQ || function == SL_FUNCTION_NE)) {
		function = sl_function_inverse(function);
		want = true;
	}
	emit_test(code, field, comparison(function, column_of(type)),
		  sl_pool_constant(code->pool, constant), want);
	return true;
}

static bool test_in(struct sl_code *code, const struct sl_expr *expr, bool want)
{
	static const uint8_t ops[COLUMNS] = {SL_OP_IN_STRING, SL_OP_IN_INT, SL_OP_IN_DECIMAL};
	const struct sl_expr *value = expr->args[0], *list = expr->args[1];
	uint8_t type = slot_type(value);

	if (list->kind == SL_EXPR_FIELD && list->type == SL_KIND_LIST &&
	    suits(value, SL_TYPE_STRING)) {
		emit_test(code, list, SL_OP_LIST_HAS, sl_pool_constant(code->pool, value), want);
		return true;
	}
	if (list->kind != SL_EXPR_LIST || list->n_args == 0)
		return false;
	for (uint32_t i = 0; i < list->n_args; i++)
		if (!suits(list->args[i], type))
			return false;
	emit_test(code, value, ops[column_of(type)],
		  sl_pool_set(code->pool, list->args, list->n_args), want);
	return true;
}

static bool test_text(struct sl_code *code, const struct sl_expr *expr, bool want)
{
	const struct sl_expr *field = expr->args[0], *part = expr->args[1];
	uint8_t op = expr->function == SL_FUNCTION_STARTS_WITH ? SL_OP_STARTS_WITH
		     : expr->function == SL_FUNCTION_ENDS_WITH ? SL_OP_ENDS_WITH
							       : SL_OP_CONTAINS;

	if (slot_type(field) != SL_TYPE_STRING || !suits(part, SL_TYPE_STRING))
		return false;
	emit_test(code, field, op, sl_pool_constant(code->pool, part), want);
	return true;
}

static bool test_matches(struct sl_code *code, const struct sl_expr *expr, bool want)
{
	const struct sl_expr *field = expr->args[0], *text = expr->args[1];
	uint32_t pattern;

	if (slot_type(field) != SL_TYPE_STRING || !suits(text, SL_TYPE_STRING) ||
	    sl_pool_pattern(code->pool, text, &pattern) != SL_POOL_DONE)
		return false;
	emit_test(code, field, SL_OP_MATCHES, pattern, want);
	return true;
}

static bool test_bool(struct sl_code *code, const struct sl_expr *field, bool want)
{
	struct sl_expr yes = {.kind = SL_EXPR_LITERAL, .type = SL_KIND_BOOL, .integer = 1};

	if (slot_type(field) != SL_TYPE_BOOL)
		return false;
	emit_test(code, field, want ? SL_OP_EQ_INT : SL_OP_NE_INT,
		  sl_pool_constant(code->pool, &yes), true);
	return true;
}

bool sl_code_test(struct sl_code *code, const struct sl_expr *expr, bool want)
{
	if (expr->kind == SL_EXPR_FIELD)
		return test_bool(code, expr, want);
	if (expr->kind != SL_EXPR_CALL)
		return false;
	if (expr->function == SL_FUNCTION_HAS && expr->args[0]->kind == SL_EXPR_FIELD) {
		emit_test(code, expr->args[0], SL_OP_HAS, 0, want);
		return true;
	}
	if (expr->n_args != 2)
		return false;
	switch (expr->function) {
	case SL_FUNCTION_EQ:
	case SL_FUNCTION_NE:
	case SL_FUNCTION_LT:
	case SL_FUNCTION_LE:
	case SL_FUNCTION_GT:
	case SL_FUNCTION_GE:
		return test_comparison(code, expr, want);
	case SL_FUNCTION_IN:
		return test_in(code, expr, want);
	case SL_FUNCTION_STARTS_WITH:
	case SL_FUNCTION_ENDS_WITH:
	case SL_FUNCTION_CONTAINS:
		return test_text(code, expr, want);
	case SL_FUNCTION_MATCHES:
		return test_matches(code, expr, want);
	default:
		return false;
	}
}
