/* Operators, functions and macros. */
#include "rules/code/code_priv.h"

#include "rules/time/zones_priv.h"

static void code_args(struct sl_code *code, const struct sl_expr *expr)
{
	for (uint32_t i = 0; i < expr->n_args; i++)
		sl_code_value(code, expr->args[i]);
	code->at = expr->offset;
}

/* What fails whatever its arguments are; faults of theirs come first. */
static void code_failure(struct sl_code *code, const struct sl_expr *expr, enum sl_fault fault)
{
	code_args(code, expr);
	sl_code_emit(code, SL_OP_MAKE_LIST, 0, expr->n_args);
	sl_code_emit(code, SL_OP_FAIL, 0, fault);
}

/* && and || of all their sides. A side that decides jumps behind the last. */
static void code_sides(struct sl_code *code, const struct sl_expr *expr)
{
	bool is_and = expr->function == SL_FUNCTION_AND;
	uint32_t depth = code->depth, previous = UINT32_MAX;

	sl_code_value(code, expr->args[0]);
	for (uint32_t i = 1; i < expr->n_args; i++) {
		uint32_t jump;

		/* the jumps are a chain by their targets until they land: each names the one before
		 */
		jump = sl_code_emit(code, is_and ? SL_OP_AND_TEST : SL_OP_OR_TEST, 0, previous);
		previous = jump;
		sl_code_value(code, expr->args[i]);
		code->at = expr->offset;
		sl_code_emit(code, is_and ? SL_OP_AND_JOIN : SL_OP_OR_JOIN, 0, 0);
	}
	sl_code_land_chain(code, previous);
	code->depth = depth + 1;
}

static void code_choice(struct sl_code *code, const struct sl_expr *expr)
{
	uint32_t choose, otherwise, end, depth = code->depth;

	sl_code_value(code, expr->args[0]);
	code->at = expr->offset;
	choose = sl_code_emit(code, SL_OP_CHOOSE, 0, 0);
	otherwise = sl_code_emit(code, SL_OP_ELSE, 0, 0);
	sl_code_value(code, expr->args[1]);
	end = sl_code_emit(code, SL_OP_JUMP, 0, 0);
	sl_code_land(code, otherwise);
	code->depth = depth;
	sl_code_value(code, expr->args[2]);
	sl_code_land(code, choose);
	sl_code_land(code, end);
}

/* Parts of a time; with a second argument in that time zone. */
static void code_time_part(struct sl_code *code, const struct sl_expr *expr)
{
	uint32_t zone;

	if (expr->n_args != 2 || expr->args[1]->kind != SL_EXPR_LITERAL ||
	    expr->args[1]->type != SL_KIND_STRING) {
		code_args(code, expr);
		sl_code_emit(code, SL_OP_CALL, (uint16_t)expr->function, expr->n_args);
		return;
	}
	sl_code_value(code, expr->args[0]);
	code->at = expr->offset;
	if (sl_pool_zone(code->pool, expr->args[1]->text, &zone))
		sl_code_emit(code, SL_OP_ZONED, (uint16_t)expr->function, zone);
	else
		sl_code_emit(code, SL_OP_FAIL, 0, SL_FAULT_NO_ZONE);
}

/* A pattern that is no text, or is none that can be read, fails when it is asked. */
static void code_matches(struct sl_code *code, const struct sl_expr *expr)
{
	const struct sl_expr *pattern = expr->args[1];
	enum sl_pool_answer answer;
	uint32_t index;

	if (pattern->kind != SL_EXPR_LITERAL || pattern->type != SL_KIND_STRING) {
		code_failure(code, expr, SL_FAULT_NO_OVERLOAD);
		return;
	}
	answer = sl_pool_pattern(code->pool, pattern, &index);
	if (answer != SL_POOL_DONE) {
		code->too_large |= answer == SL_POOL_TOO_LARGE;
		code_failure(code, expr, SL_FAULT_ARGUMENT);
		return;
	}
	sl_code_value(code, expr->args[0]);
	code->at = expr->offset;
	sl_code_emit(code, SL_OP_MATCH, 0, index);
}

/* The opcode of an operator of one or two values; END: it is none. */
static uint8_t operator_of(enum sl_function function)
{
	switch (function) {
	case SL_FUNCTION_NOT:
		return SL_OP_NOT;
	case SL_FUNCTION_EQ:
		return SL_OP_EQ;
	case SL_FUNCTION_NE:
		return SL_OP_NE;
	case SL_FUNCTION_LT:
		return SL_OP_LT;
	case SL_FUNCTION_LE:
		return SL_OP_LE;
	case SL_FUNCTION_GT:
		return SL_OP_GT;
	case SL_FUNCTION_GE:
		return SL_OP_GE;
	case SL_FUNCTION_IN:
		return SL_OP_IN;
	case SL_FUNCTION_ADD:
		return SL_OP_ADD;
	case SL_FUNCTION_SUBTRACT:
		return SL_OP_SUBTRACT;
	case SL_FUNCTION_MULTIPLY:
		return SL_OP_MULTIPLY;
	case SL_FUNCTION_DIVIDE:
		return SL_OP_DIVIDE;
	case SL_FUNCTION_MODULO:
		return SL_OP_MODULO;
	case SL_FUNCTION_NEGATE:
		return SL_OP_NEGATE;
	case SL_FUNCTION_INDEX:
		return SL_OP_INDEX;
	default:
		return SL_OP_END;
	}
}

void sl_code_call(struct sl_code *code, const struct sl_expr *expr)
{
	uint8_t op = operator_of(expr->function);

	if (op != SL_OP_END) {
		code_args(code, expr);
		sl_code_emit(code, op, 0, 0);
	} else if (expr->function == SL_FUNCTION_AND || expr->function == SL_FUNCTION_OR) {
		code_sides(code, expr);
	} else if (expr->function == SL_FUNCTION_CONDITIONAL) {
		code_choice(code, expr);
	} else if (expr->function == SL_FUNCTION_DYN && expr->n_args == 1) {
		sl_code_value(code, expr->args[0]);
	} else if (expr->function == SL_FUNCTION_NONE || expr->n_args == 0) {
		code_failure(code, expr, SL_FAULT_NO_OVERLOAD);
	} else if (expr->function == SL_FUNCTION_MATCHES && expr->n_args == 2) {
		code_matches(code, expr);
	} else if (expr->function >= SL_FUNCTION_GET_FULL_YEAR &&
		   expr->function <= SL_FUNCTION_GET_MILLISECONDS) {
		code_time_part(code, expr);
	} else {
		code_args(code, expr);
		sl_code_emit(code, SL_OP_CALL, (uint16_t)expr->function, expr->n_args);
	}
}

/* LOOP end; [predicate of map; SKIP;] body; NEXT; end: */
void sl_code_macro(struct sl_code *code, const struct sl_expr *expr)
{
	uint32_t depth = code->depth, loop, body = 2;

	sl_code_value(code, expr->args[0]);
	code->at = expr->offset;
	if (code->n_loops++ >= SL_PROGRAM_LOOPS_MAX)
		code->too_large = true;
	loop = sl_code_emit(code, SL_OP_LOOP,
			    expr->function == SL_FUNCTION_ALL          ? SL_LOOP_ALL
			    : expr->function == SL_FUNCTION_EXISTS     ? SL_LOOP_EXISTS
			    : expr->function == SL_FUNCTION_EXISTS_ONE ? SL_LOOP_EXISTS_ONE
			    : expr->function == SL_FUNCTION_FILTER     ? SL_LOOP_FILTER
								       : SL_LOOP_MAP,
			    0);
	if (expr->function == SL_FUNCTION_MAP && expr->n_args == 4) {
		sl_code_value(code, expr->args[body++]);
		sl_code_emit(code, SL_OP_SKIP, 0, 0);
	}
	sl_code_value(code, expr->args[body]);
	code->at = expr->offset;
	sl_code_emit(code, SL_OP_NEXT, 0, 0);
	sl_code_land(code, loop);
	code->n_loops--;
	code->depth = depth + 1;
}
