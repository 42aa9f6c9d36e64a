/* The walk itself. Arguments are evaluated from left to right and the first error is the result,
 * but where CEL says otherwise: && || ?: and the macros. */
#include "rules/eval/walk_priv.h"

#define ARGS_MAX 4u

struct sl_eval_any sl_eval_literal(const struct sl_expr *expr)
{
	struct sl_eval_any value = {.kind = expr->type};

	switch (expr->type) {
	case SL_KIND_STRING:
	case SL_KIND_BYTES:
		value.text = expr->text;
		break;
	case SL_KIND_DOUBLE:
		value.decimal = expr->decimal;
		break;
	case SL_KIND_UINT:
		value.natural = expr->natural;
		break;
	case SL_KIND_NULL:
		break;
	default:
		value.integer = expr->integer;
		value.nanos = expr->nanos;
	}
	return value;
}

static struct sl_eval_any field(const struct sl_eval_walk *walk, uint16_t slot)
{
	if (!walk->fields || walk->fields[slot].kind == SL_KIND_NONE)
		return sl_eval_fault(SL_FAULT_FIELD_ABSENT);
	return walk->fields[slot];
}

/* && and ||: one side that decides is enough, wherever it stands, errors or not; else the first
 * error; else the other answer. With a trace all sides are asked, for people want to know. */
static struct sl_eval_any logic(struct sl_eval_walk *walk, const struct sl_expr *call)
{
	bool decides = call->function == SL_FUNCTION_OR, decided = false;
	struct sl_eval_any answer = sl_eval_bool(!decides);

	for (uint32_t i = 0; i < call->n_args && (walk->trace || !decided); i++) {
		struct sl_eval_any side = sl_eval_walk(walk, call->args[i]);

		if (side.kind == SL_KIND_BOOL && side.integer == decides)
			decided = true;
		else if (side.kind != SL_KIND_BOOL && answer.kind == SL_KIND_BOOL)
			answer = side.kind == SL_KIND_ERROR ? side
							    : sl_eval_fault(SL_FAULT_NO_OVERLOAD);
	}
	return decided ? sl_eval_bool(decides) : answer;
}

static struct sl_eval_any conditional(struct sl_eval_walk *walk, const struct sl_expr *call)
{
	struct sl_eval_any condition = sl_eval_walk(walk, call->args[0]);

	if (condition.kind == SL_KIND_ERROR)
		return condition;
	if (condition.kind != SL_KIND_BOOL)
		return sl_eval_fault(SL_FAULT_NO_OVERLOAD);
	return sl_eval_walk(walk, call->args[condition.integer ? 1 : 2]);
}

static struct sl_eval_any operator(struct sl_eval_walk *walk, enum sl_function function,
				   const struct sl_eval_any *args)
{
	switch (function) {
	case SL_FUNCTION_NOT:
		return args[0].kind == SL_KIND_BOOL ? sl_eval_bool(!args[0].integer)
						    : sl_eval_fault(SL_FAULT_NO_OVERLOAD);
	case SL_FUNCTION_NEGATE:
		return sl_eval_negate(&args[0]);
	case SL_FUNCTION_EQ:
		return sl_eval_bool(sl_eval_equal(&args[0], &args[1]));
	case SL_FUNCTION_NE:
		return sl_eval_bool(!sl_eval_equal(&args[0], &args[1]));
	case SL_FUNCTION_LT:
	case SL_FUNCTION_LE:
	case SL_FUNCTION_GT:
	case SL_FUNCTION_GE:
		return sl_eval_order(function, &args[0], &args[1]);
	case SL_FUNCTION_IN:
		return sl_eval_in(&args[0], &args[1]);
	case SL_FUNCTION_INDEX:
		return sl_eval_index(&args[0], &args[1]);
	default:
		return sl_eval_arithmetic(&walk->room, function, &args[0], &args[1]);
	}
}

static struct sl_eval_any function(struct sl_eval_walk *walk, enum sl_function function,
				   const struct sl_eval_any *args, uint32_t n_args)
{
	if (function == SL_FUNCTION_NONE)
		return sl_eval_fault(SL_FAULT_NO_OVERLOAD);
	if (sl_function_info(function)->form == SL_FORM_OPERATOR)
		return operator(walk, function, args);
	if (function == SL_FUNCTION_SIZE)
		return n_args == 1 ? sl_eval_size(&args[0]) : sl_eval_fault(SL_FAULT_NO_OVERLOAD);
	if (function == SL_FUNCTION_FORMAT)
		return sl_eval_format(&walk->room, args, n_args);
	if (function >= SL_FUNCTION_GET_FULL_YEAR && function <= SL_FUNCTION_GET_MILLISECONDS) {
		if (n_args == 2 && args[1].kind == SL_KIND_STRING)
			return sl_eval_time_part(function, &args[0], &args[1].text);
		return n_args == 1 ? sl_eval_time_part(function, &args[0], NULL)
				   : sl_eval_fault(SL_FAULT_NO_OVERLOAD);
	}
	if (function >= SL_FUNCTION_TIMESTAMP && function <= SL_FUNCTION_DYN)
		return n_args == 1 ? sl_eval_convert(&walk->room, function, &args[0])
				   : sl_eval_fault(SL_FAULT_NO_OVERLOAD);
	if (function >= SL_FUNCTION_GREATEST && function <= SL_FUNCTION_BIT_SHIFT_RIGHT)
		return sl_eval_numbers(function, args, n_args);
	if (function == SL_FUNCTION_BASE64_ENCODE || function == SL_FUNCTION_BASE64_DECODE)
		return sl_eval_base64(&walk->room, function, args, n_args);
	if ((function >= SL_FUNCTION_SLICE && function <= SL_FUNCTION_LISTS_RANGE) ||
	    (function == SL_FUNCTION_REVERSE && args[0].kind == SL_KIND_LIST))
		return sl_eval_sequence(&walk->room, function, args, n_args);
	return sl_eval_text_call(&walk->room, function, args, n_args);
}

static struct sl_eval_any call(struct sl_eval_walk *walk, const struct sl_expr *expr)
{
	struct sl_eval_any args[ARGS_MAX] = {0};

	switch (expr->function) {
	case SL_FUNCTION_AND:
	case SL_FUNCTION_OR:
		return logic(walk, expr);
	case SL_FUNCTION_CONDITIONAL:
		return conditional(walk, expr);
	default:
		break;
	}
	if (sl_function_info((enum sl_function)expr->function)->form == SL_FORM_MACRO)
		return sl_eval_macro(walk, expr);
	for (uint32_t i = 0; i < expr->n_args; i++) {
		struct sl_eval_any arg = sl_eval_walk(walk, expr->args[i]);

		if (arg.kind == SL_KIND_ERROR)
			return arg;
		if (i < ARGS_MAX)
			args[i] = arg;
	}
	if (expr->n_args > ARGS_MAX)
		return sl_eval_fault(SL_FAULT_NO_OVERLOAD);
	return function(walk, (enum sl_function)expr->function, args, expr->n_args);
}

/* The elements of a list, or keys and values of a map. */
static struct sl_eval_any elements(struct sl_eval_walk *walk, const struct sl_expr *expr)
{
	struct sl_eval_any *items = sl_eval_alloc(&walk->room, expr->n_args * sizeof(*items));

	if (!items)
		return sl_eval_fault(SL_FAULT_LIMIT);
	for (uint32_t i = 0; i < expr->n_args; i++) {
		items[i] = sl_eval_walk(walk, expr->args[i]);
		if (items[i].kind == SL_KIND_ERROR)
			return items[i];
	}
	if (expr->kind == SL_EXPR_MAP)
		return sl_eval_make_map(items, expr->n_args);
	return (struct sl_eval_any){.kind = SL_KIND_LIST, .count = expr->n_args, .items = items};
}

static struct sl_eval_any selection(struct sl_eval_walk *walk, const struct sl_expr *expr)
{
	struct sl_eval_any of = sl_eval_walk(walk, expr->args[0]);
	struct sl_eval_any key = sl_eval_string(expr->text);

	if (of.kind == SL_KIND_ERROR)
		return of;
	return of.kind == SL_KIND_MAP ? sl_eval_index(&of, &key)
				      : sl_eval_fault(SL_FAULT_NO_OVERLOAD);
}

static struct sl_eval_any value_of(struct sl_eval_walk *walk, const struct sl_expr *expr)
{
	switch (expr->kind) {
	case SL_EXPR_LITERAL:
		return sl_eval_literal(expr);
	case SL_EXPR_FIELD:
		return field(walk, expr->slot);
	case SL_EXPR_VARIABLE:
		return walk->variables[expr->slot];
	case SL_EXPR_BOUND:
		return walk->bound[expr->slot];
	case SL_EXPR_SELECT:
		return selection(walk, expr);
	case SL_EXPR_LIST:
	case SL_EXPR_MAP:
		return elements(walk, expr);
	case SL_EXPR_CALL:
		return call(walk, expr);
	default:
		return sl_eval_fault(SL_FAULT_UNBOUND);
	}
}

struct sl_eval_any sl_eval_walk(struct sl_eval_walk *walk, const struct sl_expr *expr)
{
	uint32_t step = sl_eval_trace_enter(walk->trace, expr, walk->depth);
	struct sl_eval_any value;

	walk->depth++;
	if (walk->room.steps == 0) {
		value = sl_eval_fault(SL_FAULT_LIMIT);
	} else {
		walk->room.steps--;
		value = value_of(walk, expr);
	}
	walk->depth--;
	if (value.kind == SL_KIND_ERROR && value.offset == UINT32_MAX)
		value.offset = expr->offset;
	sl_eval_trace_leave(walk->trace, step, &value);
	return value;
}
