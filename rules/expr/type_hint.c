/* What to type instead of a value that is of another type than the one beside it. */
#include "rules/expr/type_priv.h"

#include <stdio.h>

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

/* "7d", "2w": what CEL writes in hours; 0: it is none of these. */
static unsigned hours_of(struct sl_slice text)
{
	unsigned n = 0;

	for (uint32_t i = 0; i + 1 < text.bytes; i++) {
		if (text.at[i] < '0' || text.at[i] > '9' || n > 999)
			return 0;
		n = 10 * n + (unsigned)(text.at[i] - '0');
	}
	if (text.bytes < 2 || !strchr("dw", text.at[text.bytes - 1]))
		return 0;
	return n * (text.at[text.bytes - 1] == 'w' ? 168 : 24);
}

void sl_type_hint_time(int function, struct sl_slice text, char hint[SL_HINT_MAX])
{
	if (function == SL_FUNCTION_TIMESTAMP && text.bytes == 10)
		hint_time(text, hint);
	else if (function == SL_FUNCTION_TIMESTAMP)
		snprintf(hint, SL_HINT_MAX, "write it like \"2026-01-31T09:00:00+09:00\"");
	else if (hours_of(text))
		snprintf(hint, SL_HINT_MAX, "write `duration(\"%uh\")`", hours_of(text));
	else
		snprintf(hint, SL_HINT_MAX,
			 "write it like \"1h30m\", \"45s\" or \"250ms\"; a day is \"24h\"");
}

/* A decimal beside an int: 5.0 was meant as 5, 5.5 as itself. */
static void hint_decimal(const struct sl_expr *value, double decimal, char hint[SL_HINT_MAX])
{
	if (decimal > -1e15 && decimal < 1e15 && decimal == (double)(int64_t)decimal)
		snprintf(hint, SL_HINT_MAX, "write a number without a point: `%.0f`", decimal);
	else if (is_path(value))
		snprintf(hint, SL_HINT_MAX, "write `double(%.*s)`", SL_SLICE_ARGS(value->text));
}

static bool is_digits(struct sl_slice text)
{
	bool digits = false;

	for (uint32_t i = 0; i < text.bytes; i++) {
		if (text.at[i] >= '0' && text.at[i] <= '9')
			digits = true;
		else if (text.at[i] != '.' && (text.at[i] != '-' || i > 0))
			return false;
	}
	return digits;
}

/* A text beside a number. */
static void hint_number(const struct sl_expr *value, struct sl_slice text, char hint[SL_HINT_MAX])
{
	enum sl_function part =
		value->kind == SL_EXPR_CALL ? (enum sl_function)value->function : SL_FUNCTION_NONE;

	if (is_digits(text))
		snprintf(hint, SL_HINT_MAX, "write it without quotes");
	else if (part == SL_FUNCTION_GET_DAY_OF_WEEK)
		snprintf(hint, SL_HINT_MAX,
			 "days of the week are numbers: Sunday is 0, Saturday 6");
	else if (part == SL_FUNCTION_GET_MONTH)
		snprintf(hint, SL_HINT_MAX, "months are numbers: January is 0, December 11");
	else if (text.bytes == 0 && is_path(value))
		snprintf(hint, SL_HINT_MAX, "whether the event has it is `has(%.*s)`",
			 SL_SLICE_ARGS(value->text));
	else
		snprintf(hint, SL_HINT_MAX, "a number is digits alone, without quotes: `1000000`");
}

/* A text that is the name of a field. */
static bool hint_field(const struct sl_typer *typer, const struct sl_expr *text,
		       char hint[SL_HINT_MAX])
{
	if (text->kind != SL_EXPR_LITERAL || text->type != SL_KIND_STRING ||
	    !typer->context->schema || sl_schema_find(typer->context->schema, text->text) < 0)
		return false;
	snprintf(hint, SL_HINT_MAX, "a field stands without quotes: `%.*s`",
		 SL_SLICE_ARGS(text->text));
	return true;
}

/* How the constant beside a value should have been written. */
void sl_type_hint_constant(const struct sl_expr *value, uint8_t wanted,
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
	else if (wanted == SL_KIND_TIMESTAMP && is_number(has))
		snprintf(hint, SL_HINT_MAX, "write `timestamp(\"2026-01-31T09:00:00+09:00\")`");
	else if (wanted == SL_KIND_DURATION && is_number(has))
		snprintf(hint, SL_HINT_MAX,
			 "a span of time is written `duration(\"1h30m\")`; a day is \"24h\"");
	else if (wanted == SL_KIND_BOOL && has == SL_KIND_STRING)
		snprintf(hint, SL_HINT_MAX, "write `true` or `false`, without quotes");
	else if (is_number(wanted) && has == SL_KIND_STRING)
		hint_number(value, constant->text, hint);
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

void sl_type_hint_pair(const struct sl_typer *typer, const struct sl_expr *a,
		       const struct sl_expr *b, char hint[SL_HINT_MAX])
{
	hint[0] = '\0';
	if (hint_field(typer, a, hint) || hint_field(typer, b, hint))
		return;
	if (b->kind == SL_EXPR_LITERAL)
		sl_type_hint_constant(a, a->type, b, hint);
	else if (a->kind == SL_EXPR_LITERAL)
		sl_type_hint_constant(b, b->type, a, hint);
	else
		hint_convert(a, b, hint);
}
