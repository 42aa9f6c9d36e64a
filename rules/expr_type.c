/* Types of conditions: CEL's own, where an int never equals a decimal, applied to what is offered.
 * A subtree with a mistake has type 0 and causes no further messages. */
#include "rules/expr_priv.h"

#include "rules/instant_priv.h"
#include "rules/nearest_priv.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>

#define PATH_MAX_BYTES 512u
#define HINT_MAX 256u

static void type_expr(const struct sl_expr_context *context, struct sl_expr *expr);

static const char *type_name(uint8_t type, char room[48])
{
	static const char *const names[] = {
		[SL_TYPE_STRING] = "a string",   [SL_TYPE_INT] = "an int",
		[SL_TYPE_DECIMAL] = "a decimal", [SL_TYPE_BOOL] = "true or false",
		[SL_TYPE_TIME] = "a time",       [SL_TYPE_STRINGS] = "a list of strings",
	};

	if (type == SL_EXPR_TYPE_LIST)
		return "an empty list";
	if (type & SL_EXPR_TYPE_LIST) {
		snprintf(room, 48, "a list of %ss", sl_schema_type_name(type & ~SL_EXPR_TYPE_LIST));
		return room;
	}
	return type <= SL_TYPE_STRINGS && names[type] ? names[type] : "of another type";
}

__attribute__((format(printf, 5, 6))) static void mistake(const struct sl_expr_context *context,
							  const struct sl_expr *at,
							  const char *code, const char *hint,
							  const char *format, ...)
{
	char message[384];
	va_list args;

	va_start(args, format);
	vsnprintf(message, sizeof(message), format, args);
	va_end(args);
	sl_mistake(context->diagnostics, sl_expr_place(context, at->offset), code, hint, "%s",
		   message);
}

/* ---- names ------------------------------------------------------------------------------- */

/* "a.b.c" of a chain of selections that begins with a name. */
static bool path_of(const struct sl_expr *expr, char path[PATH_MAX_BYTES], uint32_t *ret_bytes)
{
	uint32_t bytes = 0;

	if (expr->kind == SL_EXPR_SELECT) {
		if (!path_of(expr->args[0], path, &bytes) || bytes + 1 >= PATH_MAX_BYTES)
			return false;
		path[bytes++] = '.';
	} else if (expr->kind != SL_EXPR_NAME) {
		return false;
	}
	if (expr->text.bytes >= PATH_MAX_BYTES - bytes)
		return false;
	memcpy(path + bytes, expr->text.at, expr->text.bytes);
	*ret_bytes = bytes + expr->text.bytes;
	return true;
}

static void unknown_field(const struct sl_expr_context *context, const struct sl_expr *expr,
			  struct sl_slice path)
{
	const struct sl_schema *schema = context->schema;
	struct sl_nearest nearest = {.wrote = path};
	int branch = sl_schema_branch(schema, path);
	char hint[HINT_MAX];

	if (branch >= 0) {
		snprintf(hint, sizeof(hint), "write for example `%.*s`",
			 SL_SLICE_ARGS(schema->fields[branch].path));
		mistake(context, expr, "unknown_field", hint,
			"`%.*s` is not a field but holds fields", SL_SLICE_ARGS(path));
		return;
	}
	if (path.bytes > 8 && memcmp(path.at, "profile.", 8) == 0) {
		mistake(context, expr, "not_yet", "only fields of the event are",
			"profiles are not offered yet");
		return;
	}
	for (uint32_t i = 0; i < schema->n_fields; i++)
		sl_nearest_offer(&nearest, schema->fields[i].path);
	mistake(context, expr, "unknown_field", sl_nearest_hint(&nearest, hint, sizeof(hint)),
		"the schema has no field `%.*s`", SL_SLICE_ARGS(path));
}

static void type_field(const struct sl_expr_context *context, struct sl_expr *expr)
{
	char room[PATH_MAX_BYTES];
	struct sl_slice path = {.at = room};
	int slot;

	if (!path_of(expr, room, &path.bytes)) {
		mistake(context, expr, "unsupported", "", "selecting from a value is not offered");
		return;
	}
	slot = sl_schema_find(context->schema, path);
	if (slot < 0) {
		unknown_field(context, expr, path);
		return;
	}
	expr->kind = SL_EXPR_FIELD;
	expr->slot = (uint16_t)slot;
	expr->text = context->schema->fields[slot].path;
	expr->type = context->schema->fields[slot].type;
	expr->n_args = 0;
}

/* ---- comparisons ------------------------------------------------------------------------- */

/* How the constant beside a field should have been written. */
static void hint_mismatch(const struct sl_expr *field, const struct sl_expr *constant,
			  char hint[HINT_MAX])
{
	uint8_t wanted = field->type & ~SL_EXPR_TYPE_LIST, has = constant->type;

	hint[0] = '\0';
	if (constant->kind != SL_EXPR_LITERAL)
		return;
	if (wanted == SL_TYPE_DECIMAL && has == SL_TYPE_INT)
		snprintf(hint, HINT_MAX, "write `%lld.0`", (long long)constant->integer);
	else if (wanted == SL_TYPE_INT && has == SL_TYPE_DECIMAL)
		snprintf(hint, HINT_MAX, "write a number without a point, such as `%.0f`",
			 constant->decimal);
	else if (wanted == SL_TYPE_STRING && has == SL_TYPE_INT)
		snprintf(hint, HINT_MAX, "write `\"%lld\"`", (long long)constant->integer);
	else if (wanted == SL_TYPE_TIME && has == SL_TYPE_STRING)
		snprintf(hint, HINT_MAX, "write `timestamp(\"2026-01-31T09:00:00+09:00\")`");
	else if ((wanted == SL_TYPE_INT || wanted == SL_TYPE_DECIMAL || wanted == SL_TYPE_BOOL) &&
		 has == SL_TYPE_STRING)
		snprintf(hint, HINT_MAX, "write it without quotes");
	else if (field->type == SL_TYPE_STRINGS && has == SL_TYPE_STRING)
		snprintf(hint, HINT_MAX, "write `\"%.*s\" in %.*s`",
			 (int)(constant->text.bytes > 40 ? 40 : constant->text.bytes),
			 constant->text.at, SL_SLICE_ARGS(field->text));
}

static bool is_sided(const struct sl_expr *a, const struct sl_expr *b)
{
	return a->kind == SL_EXPR_FIELD && b->kind == SL_EXPR_LITERAL;
}

static bool is_strings(uint8_t type)
{
	return type == SL_TYPE_STRINGS || type == (SL_EXPR_TYPE_LIST | SL_TYPE_STRING);
}

static bool check_same_type(const struct sl_expr_context *context, const struct sl_expr *call)
{
	const struct sl_expr *a = call->args[0], *b = call->args[1];
	bool sided = b->kind == SL_EXPR_FIELD && a->kind != SL_EXPR_FIELD;
	char hint[HINT_MAX], rooms[2][48];

	/* lists of strings, as a field and as a constant, are the same type of CEL */
	if (a->type == b->type || (is_strings(a->type) && is_strings(b->type)))
		return true;
	hint_mismatch(sided ? b : a, sided ? a : b, hint);
	mistake(context, call, "type_mismatch", hint, "`%s` compares %s with %s",
		sl_function_info((enum sl_function)call->function)->text,
		type_name(a->type, rooms[0]), type_name(b->type, rooms[1]));
	return false;
}

static void type_comparison(const struct sl_expr_context *context, struct sl_expr *call)
{
	const struct sl_expr *a = call->args[0], *b = call->args[1];
	bool ordered = call->function != SL_FUNCTION_EQ;

	if (!a->type || !b->type || !check_same_type(context, call))
		return;
	if ((a->type & SL_EXPR_TYPE_LIST) || a->type == SL_TYPE_STRINGS) {
		mistake(context, call, "unsupported", "write `\"x\" in field` for each string",
			"comparing whole lists is not offered yet");
	} else if (!is_sided(a, b) && !is_sided(b, a)) {
		mistake(context, call, "unsupported",
			a->kind == SL_EXPR_CALL || b->kind == SL_EXPR_CALL
				? "a condition stands by itself, without `== true`"
				: "compare a field with a constant",
			"a comparison needs a field on one side and a constant on the other");
	} else if (ordered && a->type == SL_TYPE_BOOL) {
		mistake(context, call, "unsupported", "write the field itself, or `field == false`",
			"true and false have no order here");
	} else {
		call->type = SL_TYPE_BOOL;
	}
}

static void type_in(const struct sl_expr_context *context, struct sl_expr *call)
{
	const struct sl_expr *item = call->args[0], *list = call->args[1];
	char hint[HINT_MAX], rooms[2][48];

	if (!item->type || !list->type)
		return;
	if (list->type == SL_TYPE_STRINGS && item->type == SL_TYPE_STRING) {
		if (item->kind == SL_EXPR_LITERAL)
			call->type = SL_TYPE_BOOL;
		else
			mistake(context, item, "unsupported", "write a constant: `\"x\" in field`",
				"looking for one field in another is not offered yet");
	} else if (!(list->type & SL_EXPR_TYPE_LIST)) {
		if (list->type == SL_TYPE_STRINGS)
			hint[0] = '\0';
		else
			snprintf(hint, sizeof(hint),
				 "write `field in [\"a\", \"b\"]`, or `\"a\" in field` where the "
				 "field is a list");
		mistake(context, call, "type_mismatch", hint, "`in` looks for %s in %s",
			type_name(item->type, rooms[0]), type_name(list->type, rooms[1]));
	} else if (list->type != SL_EXPR_TYPE_LIST &&
		   list->type != (SL_EXPR_TYPE_LIST | item->type)) {
		hint_mismatch(item, list->args[0], hint);
		mistake(context, call, "type_mismatch", hint, "`in` looks for %s in %s",
			type_name(item->type, rooms[0]), type_name(list->type, rooms[1]));
	} else if (item->kind != SL_EXPR_FIELD) {
		mistake(context, item, "unsupported", "",
			"`in` a list of constants needs a field on its left");
	} else {
		call->type = SL_TYPE_BOOL;
	}
}

/* ---- calls ------------------------------------------------------------------------------- */

static void type_text_test(const struct sl_expr_context *context, struct sl_expr *call)
{
	const struct sl_expr *of = call->args[0], *constant;
	char hint[HINT_MAX] = "", room[48];

	if (call->n_args != 2) {
		mistake(context, call, "bad_call", "", "`%.*s` takes one text",
			SL_SLICE_ARGS(call->text));
		return;
	}
	constant = call->args[1];
	if (!of->type || !constant->type)
		return;
	if (of->type != SL_TYPE_STRING) {
		if (of->type == SL_TYPE_STRINGS)
			snprintf(hint, sizeof(hint), "write `\"x\" in %.*s`",
				 SL_SLICE_ARGS(of->text));
		mistake(context, call, "type_mismatch", hint, "`%.*s` asks a string, this is %s",
			SL_SLICE_ARGS(call->text), type_name(of->type, room));
	} else if (constant->type != SL_TYPE_STRING) {
		mistake(context, constant, "type_mismatch", "", "`%.*s` takes a string, this is %s",
			SL_SLICE_ARGS(call->text), type_name(constant->type, room));
	} else if (!is_sided(of, constant)) {
		mistake(context, call, "unsupported", "",
			"`%.*s` needs a field before the dot and a constant in it",
			SL_SLICE_ARGS(call->text));
	} else {
		call->type = SL_TYPE_BOOL;
	}
}

static void type_timestamp(const struct sl_expr_context *context, struct sl_expr *call)
{
	const struct sl_expr *text = call->n_args == 1 ? call->args[0] : NULL;
	int64_t ns;
	int error;

	if (!text || text->kind != SL_EXPR_LITERAL || text->type != SL_TYPE_STRING) {
		mistake(context, call, text && !text->type ? "type_mismatch" : "bad_call", "",
			"`timestamp` takes one text, as in "
			"timestamp(\"2026-01-31T09:00:00+09:00\")");
		return;
	}
	error = sl_instant_parse(text->text, &ns);
	if (error) {
		mistake(context, text, "bad_time", "write it like \"2026-01-31T09:00:00+09:00\"",
			error == -ERANGE ? "times have years from 1678 to 2261"
					 : "this is not a time as RFC 3339 has it");
		return;
	}
	call->kind = SL_EXPR_LITERAL;
	call->type = SL_TYPE_TIME;
	call->integer = ns;
	call->n_args = 0;
}

static void unknown_function(const struct sl_expr_context *context, const struct sl_expr *call)
{
	struct sl_nearest nearest = {.wrote = call->text};
	char hint[HINT_MAX];

	for (int i = 1; i < SL_FUNCTION_COUNT; i++) {
		const struct sl_function_info *info = sl_function_info((enum sl_function)i);

		if (info->form != SL_FORM_OPERATOR)
			sl_nearest_offer(&nearest, sl_slice_of(info->text));
	}
	sl_nearest_hint(&nearest, hint, sizeof(hint));
	if (sl_slice_is(call->text, "AND") || sl_slice_is(call->text, "and"))
		snprintf(hint, sizeof(hint), "and is written `&&`");
	mistake(context, call, "unknown_function", hint, "there is no function `%.*s`",
		SL_SLICE_ARGS(call->text));
}

static void type_call(const struct sl_expr_context *context, struct sl_expr *call)
{
	const struct sl_function_info *info = sl_function_info((enum sl_function)call->function);
	char room[48];

	if (call->function == SL_FUNCTION_NONE) {
		unknown_function(context, call);
		return;
	}
	if (!info->offered) {
		const char *text = call->function == SL_FUNCTION_NEGATE ? "-" : info->text;

		mistake(context, call, "unsupported", info->instead, "`%s` is not offered yet",
			text);
		if (info->form == SL_FORM_MACRO)
			return; /* its arguments have names of their own */
	}
	for (uint32_t i = 0; i < call->n_args; i++)
		type_expr(context, call->args[i]);
	if (!info->offered)
		return;
	if ((info->form == SL_FORM_MEMBER && !call->member) ||
	    (info->form == SL_FORM_GLOBAL && call->member)) {
		mistake(context, call, "bad_call",
			info->form == SL_FORM_MEMBER
				? "it stands behind a field and a dot: `field.startsWith(\"x\")`"
				: "it stands by itself: `timestamp(\"…\")`",
			"`%s` is called in another way", info->text);
		return;
	}
	switch (call->function) {
	case SL_FUNCTION_AND:
		call->type = SL_TYPE_BOOL;
		for (uint32_t i = 0; i < call->n_args; i++) {
			const struct sl_expr *side = call->args[i];

			if (side->type && side->type != SL_TYPE_BOOL)
				mistake(context, side, "type_mismatch", "compare it with something",
					"`&&` joins conditions, this is %s",
					type_name(side->type, room));
			if (side->type != SL_TYPE_BOOL)
				call->type = 0;
		}
		break;
	case SL_FUNCTION_EQ:
	case SL_FUNCTION_LT:
	case SL_FUNCTION_GT:
		type_comparison(context, call);
		break;
	case SL_FUNCTION_IN:
		type_in(context, call);
		break;
	case SL_FUNCTION_STARTS_WITH:
	case SL_FUNCTION_CONTAINS:
		type_text_test(context, call);
		break;
	case SL_FUNCTION_TIMESTAMP:
		type_timestamp(context, call);
		break;
	default:
		break;
	}
}

static void type_list(const struct sl_expr_context *context, struct sl_expr *list)
{
	uint8_t type = 0;
	char rooms[2][48];

	for (uint32_t i = 0; i < list->n_args; i++) {
		struct sl_expr *item = list->args[i];

		type_expr(context, item);
		if (!item->type)
			return;
		if (item->kind != SL_EXPR_LITERAL) {
			mistake(context, item, "unsupported", "", "a list holds constants only");
			return;
		}
		if (type && item->type != type) {
			mistake(context, item, "type_mismatch", "",
				"a list holds one type: %s stands beside %s",
				type_name(item->type, rooms[0]), type_name(type, rooms[1]));
			return;
		}
		type = item->type;
	}
	list->type = SL_EXPR_TYPE_LIST | type;
}

static void type_expr(const struct sl_expr_context *context, struct sl_expr *expr)
{
	switch (expr->kind) {
	case SL_EXPR_LITERAL:
		if (expr->type != SL_EXPR_TYPE_OTHER)
			break;
		mistake(context, expr, "unsupported",
			"fields are string, int, decimal, bool, time or strings",
			"%.*s: not offered, no field has this type", SL_SLICE_ARGS(expr->text));
		expr->type = 0;
		break;
	case SL_EXPR_NAME:
	case SL_EXPR_SELECT:
		type_field(context, expr);
		break;
	case SL_EXPR_CALL:
		type_call(context, expr);
		break;
	case SL_EXPR_LIST:
		type_list(context, expr);
		break;
	case SL_EXPR_MAP:
		mistake(context, expr, "unsupported", "",
			"maps and messages in braces are not offered");
		break;
	default:
		break;
	}
}

bool sl_expr_type(const struct sl_expr_context *context, struct sl_expr *expr)
{
	char room[48];

	type_expr(context, expr);
	if (expr->type && expr->type != SL_TYPE_BOOL)
		mistake(context, expr, "type_mismatch", "compare it with something",
			"a condition must be true or false, this is %s",
			type_name(expr->type, room));
	return expr->type == SL_TYPE_BOOL;
}

bool sl_expr_type_value(const struct sl_expr_context *context, struct sl_expr *expr)
{
	type_expr(context, expr);
	if (expr->type && expr->kind != SL_EXPR_FIELD && expr->kind != SL_EXPR_LITERAL)
		mistake(context, expr, "unsupported", "a text stands in quotes: \"…\"",
			"a value of `data` is a field or a constant");
	return expr->type && (expr->kind == SL_EXPR_FIELD || expr->kind == SL_EXPR_LITERAL);
}
