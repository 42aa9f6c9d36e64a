/* Arguments that do not fit, in the words of somebody who writes campaigns: what stands there, and
 * what could be typed instead. */
#include "rules/expr/type_priv.h"

#include <stdio.h>

static const char *sign_of(const struct sl_expr *call)
{
	return call->function == SL_FUNCTION_NEGATE
		       ? "-"
		       : sl_function_info((enum sl_function)call->function)->text;
}

static bool is_number(uint8_t kind)
{
	return kind == SL_KIND_INT || kind == SL_KIND_UINT || kind == SL_KIND_DOUBLE;
}

static bool is_path(const struct sl_expr *expr)
{
	return expr->kind == SL_EXPR_FIELD || expr->kind == SL_EXPR_BOUND ||
	       expr->kind == SL_EXPR_VARIABLE;
}

static bool is_text(const struct sl_expr *expr)
{
	return expr->kind == SL_EXPR_LITERAL && expr->type == SL_KIND_STRING &&
	       expr->text.bytes <= 40;
}

static bool is_relation(const struct sl_expr *expr)
{
	return expr->kind == SL_EXPR_CALL && expr->function >= SL_FUNCTION_EQ &&
	       expr->function <= SL_FUNCTION_IN;
}

static void explain_comparison(struct sl_typer *typer, const struct sl_expr *call)
{
	const struct sl_expr *a = call->args[0], *b = call->args[1];
	char hint[SL_HINT_MAX], rooms[2][SL_TYPE_TEXT_MAX];

	sl_type_hint_pair(typer, a, b, hint);
	if (b->kind == SL_EXPR_LIST && a->type != SL_KIND_LIST && is_path(a))
		snprintf(hint, sizeof(hint), "one of several is written `%.*s in […]`",
			 SL_SLICE_ARGS(a->text));
	else if (is_relation(a) && b->type != SL_KIND_BOOL)
		snprintf(hint, sizeof(hint),
			 "two comparisons are joined by `&&`: `1 < x && x < 9`");
	else if (a->kind == SL_EXPR_CALL && a->function == SL_FUNCTION_NOT)
		snprintf(hint, sizeof(hint), "`!` belongs to what follows it: write `!(a %s b)`",
			 sign_of(call));
	sl_type_mistake(typer, call, "type_mismatch", hint, "`%s` compares %s with %s",
			sign_of(call), sl_type_text(a->of, rooms[0]),
			sl_type_text(b->of, rooms[1]));
}

static void explain_in(struct sl_typer *typer, const struct sl_expr *call)
{
	const struct sl_expr *item = call->args[0], *list = call->args[1];
	char hint[SL_HINT_MAX] = "", rooms[2][SL_TYPE_TEXT_MAX];

	if (list->type != SL_KIND_LIST && list->type != SL_KIND_MAP) {
		if (list->type == SL_KIND_STRING && item->type == SL_KIND_STRING && is_path(list))
			snprintf(hint, sizeof(hint),
				 "for a part of a text write `%.*s.contains(\"x\")`; a list stands "
				 "in brackets: `[\"a\", \"b\"]`",
				 SL_SLICE_ARGS(list->text));
		else if (is_text(list) && item->kind == SL_EXPR_FIELD && item->type == SL_KIND_LIST)
			snprintf(hint, sizeof(hint), "write `\"%.*s\" in %.*s`",
				 SL_SLICE_ARGS(list->text), SL_SLICE_ARGS(item->text));
		else
			snprintf(hint, sizeof(hint),
				 "write `field in [\"a\", \"b\"]`, or `\"a\" in field` where the "
				 "field is a list");
	} else if (list->kind == SL_EXPR_LIST && list->n_args) {
		sl_type_hint_pair(typer, item, list->args[0], hint);
	} else if (item->kind == SL_EXPR_LITERAL && list->type == SL_KIND_LIST) {
		sl_type_hint_constant(list, list->of->element->kind, item, hint);
	}
	sl_type_mistake(typer, call, "type_mismatch", hint, "`in` looks for %s in %s",
			sl_type_text(item->of, rooms[0]), sl_type_text(list->of, rooms[1]));
}

static void explain_arithmetic(struct sl_typer *typer, const struct sl_expr *call)
{
	const struct sl_expr *a = call->args[0], *b = call->args[1];
	char hint[SL_HINT_MAX] = "", rooms[2][SL_TYPE_TEXT_MAX];

	if ((a->type == SL_KIND_TIMESTAMP && is_number(b->type)) ||
	    (b->type == SL_KIND_TIMESTAMP && is_number(a->type)))
		snprintf(hint, sizeof(hint), "time is added as `duration(\"1h30m\")`");
	else if (call->function == SL_FUNCTION_MODULO && is_number(a->type) && is_number(b->type))
		snprintf(hint, sizeof(hint), "only ints have a remainder: `int(…)` of both");
	else if (call->function == SL_FUNCTION_ADD && a->type == SL_KIND_STRING &&
		 is_number(b->type) && is_path(b))
		snprintf(hint, sizeof(hint), "write `string(%.*s)`", SL_SLICE_ARGS(b->text));
	else if (call->function == SL_FUNCTION_ADD && b->type == SL_KIND_STRING &&
		 is_number(a->type) && is_path(a))
		snprintf(hint, sizeof(hint), "write `string(%.*s)`", SL_SLICE_ARGS(a->text));
	else
		sl_type_hint_pair(typer, a, b, hint);
	sl_type_mistake(typer, call, "type_mismatch", hint, "`%s` does not take %s and %s",
			sign_of(call), sl_type_text(a->of, rooms[0]),
			sl_type_text(b->of, rooms[1]));
}

static void explain_choice(struct sl_typer *typer, const struct sl_expr *call)
{
	char hint[SL_HINT_MAX], rooms[2][SL_TYPE_TEXT_MAX];
	const struct sl_expr *a = call->args[1], *b = call->args[2];

	if (call->args[0]->type != SL_KIND_BOOL && call->args[0]->type != SL_TYPE_DYN) {
		sl_type_mistake(typer, call->args[0], "type_mismatch", "compare it with something",
				"before `?` stands a condition, this is %s",
				sl_type_text(call->args[0]->of, rooms[0]));
		return;
	}
	sl_type_hint_pair(typer, a, b, hint);
	sl_type_mistake(typer, call, "type_mismatch", hint,
			"`?:` chooses between values of one type, these are %s and %s",
			sl_type_text(a->of, rooms[0]), sl_type_text(b->of, rooms[1]));
}

static void explain_index(struct sl_typer *typer, const struct sl_expr *call)
{
	const struct sl_expr *of = call->args[0], *index = call->args[1];
	char rooms[2][SL_TYPE_TEXT_MAX];

	if (of->type == SL_KIND_LIST)
		sl_type_mistake(typer, index, "type_mismatch", "the first one is `[0]`",
				"a list is asked for an int, this is %s",
				sl_type_text(index->of, rooms[0]));
	else if (of->type == SL_KIND_MAP)
		sl_type_mistake(typer, index, "type_mismatch", "", "%s has no key that is %s",
				sl_type_text(of->of, rooms[0]), sl_type_text(index->of, rooms[1]));
	else
		sl_type_mistake(typer, call, "type_mismatch",
				of->type == SL_KIND_STRING ? "write `field.charAt(0)`" : "",
				"brackets ask a list or a map, this is %s",
				sl_type_text(of->of, rooms[0]));
}

static void explain_function(struct sl_typer *typer, const struct sl_expr *call)
{
	char expected[192], hint[SL_HINT_MAX] = "", room[SL_TYPE_TEXT_MAX];
	uint32_t i = sl_overload_misfit(call, expected, sizeof(expected));
	const struct sl_expr *arg = call->args[i < call->n_args ? i : 0];
	bool asked = call->member && i == 0;
	struct sl_slice sought =
		call->n_args > 1 && is_text(call->args[1]) ? call->args[1]->text : sl_slice_of("x");

	if (asked && arg->type == SL_KIND_LIST && arg->kind == SL_EXPR_FIELD)
		snprintf(hint, sizeof(hint), "write `\"%.*s\" in %.*s`", SL_SLICE_ARGS(sought),
			 SL_SLICE_ARGS(arg->text));
	else if (call->function >= SL_FUNCTION_CEIL && call->function <= SL_FUNCTION_TRUNC &&
		 arg->type == SL_KIND_INT)
		snprintf(hint, sizeof(hint), "an int is whole already: leave `%s` out",
			 sign_of(call));
	else if (is_number(arg->type) && is_path(arg) && strstr(expected, "a string"))
		snprintf(hint, sizeof(hint), "write `string(%.*s)`", SL_SLICE_ARGS(arg->text));
	sl_type_mistake(typer, asked ? call : arg, "type_mismatch", hint, "`%s` %s %s, this is %s",
			sign_of(call), asked ? "asks" : "takes", expected,
			sl_type_text(arg->of, room));
}

static void explain_unary(struct sl_typer *typer, const struct sl_expr *call)
{
	bool is_not = call->function == SL_FUNCTION_NOT;
	char room[SL_TYPE_TEXT_MAX];

	sl_type_mistake(typer, call, "type_mismatch",
			is_not ? "write `!(a == b)`, or `a != b`" : "", "`%s` takes %s, this is %s",
			sign_of(call), is_not ? "a condition" : "an int or a decimal",
			sl_type_text(call->args[0]->of, room));
}

void sl_type_explain(struct sl_typer *typer, const struct sl_expr *call)
{
	switch (call->function) {
	case SL_FUNCTION_EQ:
	case SL_FUNCTION_NE:
	case SL_FUNCTION_LT:
	case SL_FUNCTION_LE:
	case SL_FUNCTION_GT:
	case SL_FUNCTION_GE:
		explain_comparison(typer, call);
		break;
	case SL_FUNCTION_IN:
		explain_in(typer, call);
		break;
	case SL_FUNCTION_ADD:
	case SL_FUNCTION_SUBTRACT:
	case SL_FUNCTION_MULTIPLY:
	case SL_FUNCTION_DIVIDE:
	case SL_FUNCTION_MODULO:
		explain_arithmetic(typer, call);
		break;
	case SL_FUNCTION_NOT:
	case SL_FUNCTION_NEGATE:
		explain_unary(typer, call);
		break;
	case SL_FUNCTION_CONDITIONAL:
		explain_choice(typer, call);
		break;
	case SL_FUNCTION_INDEX:
		explain_index(typer, call);
		break;
	default:
		explain_function(typer, call);
	}
}
