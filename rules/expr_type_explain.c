/* Arguments that do not fit, in the words of somebody who writes campaigns: what stands there, and
 * what could be typed instead. */
#include "rules/expr_type_priv.h"

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

/* A text beside a time: as a time where it is one, or begins one. */
static void hint_time(struct sl_slice text, char hint[SL_HINT_MAX])
{
	char whole[64];
	int64_t seconds;
	int32_t nanos;

	if (text.bytes == 10) {
		snprintf(whole, sizeof(whole), "%.*sT00:00:00+09:00", SL_SLICE_ARGS(text));
		if (!sl_expr_timestamp(sl_slice_of(whole), &seconds, &nanos)) {
			snprintf(hint, SL_HINT_MAX, "write `timestamp(\"%s\")`", whole);
			return;
		}
	}
	if (text.bytes < 48 && !sl_expr_timestamp(text, &seconds, &nanos))
		snprintf(hint, SL_HINT_MAX, "write `timestamp(\"%.*s\")`", SL_SLICE_ARGS(text));
	else
		snprintf(hint, SL_HINT_MAX, "write `timestamp(\"2026-01-31T09:00:00+09:00\")`");
}

/* A decimal beside an int: 5.0 was meant as 5, 5.5 as itself. */
static void hint_decimal(const struct sl_expr *value, double decimal, char hint[SL_HINT_MAX])
{
	if (decimal > -1e15 && decimal < 1e15 && decimal == (double)(int64_t)decimal)
		snprintf(hint, SL_HINT_MAX, "write a number without a point: `%.0f`", decimal);
	else if (is_path(value))
		snprintf(hint, SL_HINT_MAX, "write `double(%.*s)`", SL_SLICE_ARGS(value->text));
}

/* How the constant beside a value should have been written. */
static void hint_constant(const struct sl_expr *value, uint8_t wanted,
			  const struct sl_expr *constant, char hint[SL_HINT_MAX])
{
	uint8_t has = constant->type;

	if (wanted == SL_KIND_DOUBLE && has == SL_KIND_INT)
		snprintf(hint, SL_HINT_MAX, "write `%lld.0`", (long long)constant->integer);
	else if (wanted == SL_KIND_DOUBLE && has == SL_KIND_UINT)
		snprintf(hint, SL_HINT_MAX, "write `%llu.0`",
			 (unsigned long long)constant->natural);
	else if (wanted == SL_KIND_INT && has == SL_KIND_DOUBLE)
		hint_decimal(value, constant->decimal, hint);
	else if (wanted == SL_KIND_INT && has == SL_KIND_UINT)
		snprintf(hint, SL_HINT_MAX, "write `%llu`", (unsigned long long)constant->natural);
	else if (wanted == SL_KIND_UINT && has == SL_KIND_INT && constant->integer >= 0)
		snprintf(hint, SL_HINT_MAX, "write `%lldu`", (long long)constant->integer);
	else if (wanted == SL_KIND_BOOL && has == SL_KIND_INT)
		snprintf(hint, SL_HINT_MAX, "write `true` or `false`");
	else if (wanted == SL_KIND_STRING && has == SL_KIND_INT)
		snprintf(hint, SL_HINT_MAX, "write `\"%lld\"`", (long long)constant->integer);
	else if (wanted == SL_KIND_TIMESTAMP && has == SL_KIND_STRING)
		hint_time(constant->text, hint);
	else if (wanted == SL_KIND_DURATION && has == SL_KIND_STRING)
		snprintf(hint, SL_HINT_MAX, "write `duration(\"1h30m\")`");
	else if ((is_number(wanted) || wanted == SL_KIND_BOOL) && has == SL_KIND_STRING)
		snprintf(hint, SL_HINT_MAX, "write it without quotes");
	else if (value->type == SL_KIND_LIST && has == SL_KIND_STRING && is_path(value))
		snprintf(hint, SL_HINT_MAX, "write `\"%.*s\" in %.*s`",
			 (int)(constant->text.bytes > 40 ? 40 : constant->text.bytes),
			 constant->text.at, SL_SLICE_ARGS(value->text));
	else if (has == SL_KIND_NULL && is_path(value))
		snprintf(hint, SL_HINT_MAX, "whether the event has it is `has(%.*s)`",
			 SL_SLICE_ARGS(value->text));
}

/* Two values of unlike types: convert one. */
static void hint_convert(const struct sl_expr *a, const struct sl_expr *b, char hint[SL_HINT_MAX])
{
	const struct sl_expr *whole = a->type == SL_KIND_DOUBLE ? b : a;
	bool numbers = is_number(a->type) && is_number(b->type);
	bool text = a->type == SL_KIND_STRING || b->type == SL_KIND_STRING;
	const struct sl_expr *other = a->type == SL_KIND_STRING ? b : a;

	if (numbers && (a->type == SL_KIND_DOUBLE || b->type == SL_KIND_DOUBLE) && is_path(whole))
		snprintf(hint, SL_HINT_MAX, "write `double(%.*s)`", SL_SLICE_ARGS(whole->text));
	else if (numbers)
		snprintf(hint, SL_HINT_MAX,
			 "convert one of them: `int(…)`, `uint(…)`, `double(…)`");
	else if (text && is_number(other->type) && is_path(other))
		snprintf(hint, SL_HINT_MAX, "write `string(%.*s)`", SL_SLICE_ARGS(other->text));
}

static void hint_pair(const struct sl_expr *a, const struct sl_expr *b, char hint[SL_HINT_MAX])
{
	hint[0] = '\0';
	if (b->kind == SL_EXPR_LITERAL)
		hint_constant(a, a->type, b, hint);
	else if (a->kind == SL_EXPR_LITERAL)
		hint_constant(b, b->type, a, hint);
	else
		hint_convert(a, b, hint);
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

	hint_pair(a, b, hint);
	if (is_relation(a) && b->type != SL_KIND_BOOL)
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
		else
			snprintf(hint, sizeof(hint),
				 "write `field in [\"a\", \"b\"]`, or `\"a\" in field` where the "
				 "field is a list");
	} else if (list->kind == SL_EXPR_LIST && list->n_args) {
		hint_pair(item, list->args[0], hint);
	} else if (item->kind == SL_EXPR_LITERAL && list->type == SL_KIND_LIST) {
		hint_constant(list, list->of->element->kind, item, hint);
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
	else
		hint_pair(a, b, hint);
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
	hint_pair(a, b, hint);
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

	if (asked && arg->type == SL_KIND_LIST && arg->kind == SL_EXPR_FIELD)
		snprintf(hint, sizeof(hint), "write `\"x\" in %.*s`", SL_SLICE_ARGS(arg->text));
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
