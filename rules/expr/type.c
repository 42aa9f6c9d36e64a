/* Types of conditions, as CEL's own checker gives them. A subtree with a mistake has type 0 and
 * causes no further messages; all the others are looked at. */
#include "rules/expr/type_priv.h"

#include <stdarg.h>
#include <stdio.h>

const char *sl_fault_text(enum sl_fault fault)
{
	static const char *const texts[SL_FAULT_COUNT] = {
#define SL_FAULT(name, text) [SL_FAULT_##name] = text,
#include "sluice/faults.def"
#undef SL_FAULT
	};

	return texts[fault] ? texts[fault] : "";
}

const char *sl_expr_code_kind(const char *code)
{
	static const char *const kinds[][2] = {
		{"syntax", "syntax"},         {"unsupported", "unsupported"},
		{"not_yet", "unsupported"},   {"too_deep", "unsupported"},
		{"too_large", "unsupported"}, {"pattern_too_large", "unsupported"},
		{"bad_pattern", "runtime"},
	};

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if (strcmp(code, kinds[i][0]) == 0)
			return kinds[i][1];
	}
	return "type";
}

void sl_type_mistake(const struct sl_typer *typer, const struct sl_expr *at, const char *code,
		     const char *hint, const char *format, ...)
{
	char message[384];
	va_list args;

	va_start(args, format);
	vsnprintf(message, sizeof(message), format, args);
	va_end(args);
	sl_mistake(typer->context->diagnostics, sl_expr_place(typer->context, at->offset), code,
		   hint, "%s", message);
}

void sl_type_give(struct sl_typer *typer, struct sl_expr *expr, const struct sl_type *type)
{
	typer->failed |= !type;
	expr->of = type;
	expr->type = type ? type->kind : 0;
}

static bool is_foldable(const struct sl_expr *expr)
{
	if (expr->kind != SL_EXPR_CALL || expr->n_args == 0)
		return false;
	for (uint32_t i = 0; i < expr->n_args; i++) {
		uint8_t kind = expr->args[i]->kind;

		if (kind != SL_EXPR_LITERAL && kind != SL_EXPR_LIST && kind != SL_EXPR_MAP)
			return false;
	}
	return true;
}

/* Where a constant stands that fails for every event: the text of a timestamp, else the operator.
 */
static void refuse_constant(struct sl_typer *typer, struct sl_expr *expr, enum sl_fault fault)
{
	const struct sl_expr *argument = expr->args[0];
	char hint[SL_HINT_MAX];

	if (argument->type == SL_KIND_STRING)
		sl_type_hint_time(expr->function, argument->text, hint);
	if (expr->function == SL_FUNCTION_TIMESTAMP)
		sl_type_mistake(typer, argument, "bad_time",
				argument->type == SL_KIND_STRING ? hint : "",
				fault == SL_FAULT_RANGE ? "times have years from 1 to 9999"
							: "this is not a time as RFC 3339 has it");
	else if (expr->function == SL_FUNCTION_DURATION)
		sl_type_mistake(typer, argument, "bad_time", hint,
				fault == SL_FAULT_RANGE ? "a duration has at most 10,000 years"
							: "this is not a duration");
	else
		sl_type_mistake(typer, expr, "bad_constant", "",
				"this is an error for every event: %s", sl_fault_text(fault));
	expr->type = 0;
}

static void fold(struct sl_typer *typer, struct sl_expr *expr)
{
	bool no_memory = false;
	enum sl_fault fault;

	if (!expr->type || !is_foldable(expr))
		return;
	fault = sl_expr_fold(typer->context->arena, expr, &no_memory);
	typer->failed |= no_memory;
	if (expr->kind == SL_EXPR_LITERAL)
		sl_type_give(typer, expr, sl_type_of(expr->type));
	else if (fault && !typer->context->keep_faults)
		refuse_constant(typer, expr, fault);
}

void sl_type_node(struct sl_typer *typer, struct sl_expr *expr)
{
	switch (expr->kind) {
	case SL_EXPR_LITERAL:
		sl_type_give(typer, expr, sl_type_of(expr->type));
		break;
	case SL_EXPR_NAME:
	case SL_EXPR_SELECT:
		sl_type_path(typer, expr);
		break;
	case SL_EXPR_CALL:
		if (expr->function == SL_FUNCTION_HAS)
			sl_type_has(typer, expr);
		else if (sl_function_info((enum sl_function)expr->function)->form == SL_FORM_MACRO)
			sl_type_loop(typer, expr);
		else
			sl_type_call(typer, expr);
		fold(typer, expr);
		break;
	case SL_EXPR_LIST:
	case SL_EXPR_MAP:
		sl_type_elements(typer, expr);
		break;
	default:
		break;
	}
}

static bool type_whole(const struct sl_expr_context *context, struct sl_expr *expr)
{
	struct sl_typer typer = {.context = context};
	size_t before = sl_diagnostics_count(context->diagnostics, SL_SEVERITY_ERROR);

	sl_type_node(&typer, expr);
	if (typer.failed)
		sl_diagnostics_fail(context->diagnostics);
	return expr->type && !typer.failed &&
	       sl_diagnostics_count(context->diagnostics, SL_SEVERITY_ERROR) == before;
}

bool sl_expr_type_any(const struct sl_expr_context *context, struct sl_expr *expr)
{
	return type_whole(context, expr);
}

bool sl_expr_type(const struct sl_expr_context *context, struct sl_expr *expr)
{
	struct sl_typer typer = {.context = context};
	char room[SL_TYPE_TEXT_MAX], hint[SL_HINT_MAX] = "compare it with something";

	if (!type_whole(context, expr))
		return false;
	if (expr->type == SL_KIND_BOOL || expr->type == SL_TYPE_DYN)
		return true;
	if (expr->kind == SL_EXPR_FIELD && expr->type == SL_KIND_LIST)
		snprintf(hint, sizeof(hint), "write `\"x\" in %.*s`", SL_SLICE_ARGS(expr->text));
	sl_type_mistake(&typer, expr, "type_mismatch", hint,
			"a condition must be true or false, this is %s",
			sl_type_text(expr->of, room));
	return false;
}

bool sl_expr_type_value(const struct sl_expr_context *context, struct sl_expr *expr)
{
	struct sl_typer typer = {.context = context};
	char room[SL_TYPE_TEXT_MAX];

	if (expr->kind == SL_EXPR_CALL && expr->function == SL_FUNCTION_SUBTRACT) {
		sl_type_mistake(&typer, expr, "unsupported",
				"a date stands in quotes, as every text does",
				"a value of `data` is a field or a constant, this subtracts");
		return false;
	}
	if (!type_whole(context, expr))
		return false;
	if (expr->kind != SL_EXPR_FIELD && expr->kind != SL_EXPR_LITERAL &&
	    !(expr->kind == SL_EXPR_BOUND && context->remembered)) {
		sl_type_mistake(&typer, expr, "unsupported", "a text stands in quotes: \"…\"",
				"a value of `data` is a field or a constant");
		return false;
	}
	if (expr->kind == SL_EXPR_LITERAL && expr->type > SL_KIND_BOOL &&
	    !sl_expr_is_instant(expr)) {
		sl_type_mistake(&typer, expr, "unsupported",
				"a string, a number, true or false, or a time from 1678 to 2261",
				"a value of `data` cannot be %s", sl_type_text(expr->of, room));
		return false;
	}
	return true;
}
