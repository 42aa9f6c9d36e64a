/* Types of operators and functions, by their overloads. */
#include "rules/expr/type_priv.h"

#include <stdio.h>

static bool is_comparison(int function)
{
	return function >= SL_FUNCTION_EQ && function <= SL_FUNCTION_GE;
}

static const char *written(const struct sl_expr *call)
{
	switch (call->function) {
	case SL_FUNCTION_NEGATE:
		return "-";
	case SL_FUNCTION_NONE:
		return "";
	default:
		return sl_function_info((enum sl_function)call->function)->text;
	}
}

/* "strings.quote(x)" reads like a member of a value named strings: functions go first. */
static void find_dotted(struct sl_expr *call)
{
	char room[SL_PATH_TEXT_MAX];
	struct sl_slice path = {.at = room};
	enum sl_function function;

	if (!call->member || !sl_expr_path(call->args[0], room, &path.bytes) ||
	    path.bytes + 1 + call->text.bytes >= SL_PATH_TEXT_MAX)
		return;
	room[path.bytes++] = '.';
	memcpy(room + path.bytes, call->text.at, call->text.bytes);
	path.bytes += call->text.bytes;
	function = sl_function_named(path);
	if (function == SL_FUNCTION_NONE)
		return;
	call->function = (int16_t)function;
	call->text = sl_slice_of(sl_function_info(function)->text);
	call->member = false;
	call->args++;
	call->n_args--;
}

static bool is_macro_named(const struct sl_expr *call)
{
	return sl_function_info(sl_function_named(call->text))->form == SL_FORM_MACRO;
}

/* Functions of CEL's other libraries, and macros in a wrong shape, may bind names: their arguments
 * are not looked at. */
static bool is_elsewhere(struct sl_typer *typer, const struct sl_expr *call)
{
	char room[SL_PATH_TEXT_MAX];
	struct sl_slice path = {.at = room};

	/* a function of ours may have the name of one in a library: sets.contains() */
	if (call->member && sl_expr_path(call->args[0], room, &path.bytes) &&
	    path.bytes + 1 + call->text.bytes < SL_PATH_TEXT_MAX && !sl_type_knows(typer, path)) {
		room[path.bytes++] = '.';
		memcpy(room + path.bytes, call->text.at, call->text.bytes);
		path.bytes += call->text.bytes;
		if (sl_slice_is(path, "cel.bind")) { /* one that the parser did not expand */
			sl_type_mistake(typer, call, "bad_call",
					"as in `cel.bind(half, amount / 2, half > 5)`",
					"`cel.bind` takes a name, a value and an expression");
			return true;
		}
		if (sl_function_elsewhere(path)) {
			sl_type_unknown_function(typer, call, path);
			return true;
		}
		if (call->function == SL_FUNCTION_NONE && sl_type_is_message(typer, path)) {
			sl_type_mistake(typer, call->args[0], "unsupported", "",
					"messages and their enumerations are not offered");
			return true;
		}
	}
	if (call->function != SL_FUNCTION_NONE)
		return false;
	if ((is_macro_named(call) || sl_function_familiar(call->text)) &&
	    !typer->context->dynamic) {
		sl_type_unknown_function(typer, call, call->text);
		return true;
	}
	if (sl_type_is_message_made(typer, call)) {
		sl_type_mistake(typer, call, "unsupported", "",
				"messages and their enumerations are not offered");
		return true;
	}
	if (!sl_function_elsewhere(call->text))
		return false;
	sl_type_unknown_function(typer, call, call->text);
	return true;
}

static bool is_form_wrong(const struct sl_expr *call)
{
	enum sl_function_form form = sl_function_info((enum sl_function)call->function)->form;

	return (form == SL_FORM_MEMBER && !call->member) ||
	       (form == SL_FORM_GLOBAL && call->member);
}

static void refuse_form(struct sl_typer *typer, const struct sl_expr *call)
{
	const char *name = written(call);
	char hint[SL_HINT_MAX];

	if (call->member)
		snprintf(hint, sizeof(hint), "it stands by itself: `%s(…)`", name);
	else if (call->function == SL_FUNCTION_STARTS_WITH ||
		 call->function == SL_FUNCTION_CONTAINS || call->function == SL_FUNCTION_ENDS_WITH)
		snprintf(hint, sizeof(hint),
			 "it stands behind a field and a dot: `field.%s(\"x\")`", name);
	else
		snprintf(hint, sizeof(hint), "it stands behind a value and a dot: `field.%s(…)`",
			 name);
	sl_type_mistake(typer, call, "bad_call", hint, "`%s` is called in another way", name);
}

static void refuse_count(struct sl_typer *typer, const struct sl_expr *call)
{
	enum sl_function function = (enum sl_function)call->function;
	uint32_t first = call->member ? 1 : 0, least = 0, most = 0;
	char range[32];

	for (uint32_t n = 0; n < 8; n++) {
		if (!sl_overload_takes(function, n + first))
			continue;
		most = n;
		least = sl_overload_takes(function, least + first) ? least : n;
	}
	if (least == most)
		snprintf(range, sizeof(range), "%u", most);
	else
		snprintf(range, sizeof(range), "%u or %u", least, most);
	sl_type_mistake(typer, call, "bad_call", "", "`%s` takes %s argument%s, here %s %u",
			written(call), range, most == 1 ? "" : "s",
			call->n_args - first == 1 ? "is" : "are", call->n_args - first);
}

/* Pattern and time zone are prepared when the condition is compiled. */
static bool is_prepared(struct sl_typer *typer, const struct sl_expr *call)
{
	struct sl_expr *last = call->n_args ? call->args[call->n_args - 1] : NULL;
	bool is_zone = call->function >= SL_FUNCTION_GET_FULL_YEAR &&
		       call->function <= SL_FUNCTION_GET_MILLISECONDS && call->n_args == 2;

	if ((call->function != SL_FUNCTION_MATCHES && !is_zone) || call->n_args != 2 || !last->type)
		return true;
	if (last->kind == SL_EXPR_LITERAL)
		return last->type != SL_KIND_STRING ||
		       (is_zone ? sl_type_zone(typer, last) : sl_type_pattern(typer, last));
	sl_type_mistake(typer, last, "unsupported",
			is_zone ? "as in `time.getHours(\"Asia/Seoul\")`"
				: "as in `text.matches(\"^[0-9]+$\")`",
			is_zone ? "a time zone that is not a constant is not offered"
				: "a pattern that is not a constant is not offered");
	return false;
}

static void type_logic(struct sl_typer *typer, struct sl_expr *call)
{
	bool good = true;

	for (uint32_t i = 0; i < call->n_args; i++) {
		const struct sl_expr *side = call->args[i];
		char hint[SL_HINT_MAX] = "compare it with something", room[SL_TYPE_TEXT_MAX];

		good &= side->type == SL_KIND_BOOL || side->type == SL_TYPE_DYN;
		if (!side->type || side->type == SL_KIND_BOOL || side->type == SL_TYPE_DYN)
			continue;
		if (side->kind == SL_EXPR_FIELD && side->type == SL_KIND_LIST)
			snprintf(hint, sizeof(hint), "write `\"x\" in %.*s`",
				 SL_SLICE_ARGS(side->text));
		else if (side->kind == SL_EXPR_LITERAL)
			snprintf(hint, sizeof(hint),
				 "each side is a comparison; one of several is written `field in "
				 "[\"a\", \"b\"]`");
		sl_type_mistake(typer, side, "type_mismatch", hint,
				"`%s` joins conditions, this is %s", written(call),
				sl_type_text(side->of, room));
	}
	if (good)
		sl_type_give(typer, call, sl_type_of(SL_KIND_BOOL));
}

/* A name beside a text in a comparison is often a text without its quotes. */
static void type_sides(struct sl_typer *typer, struct sl_expr *call)
{
	bool outer = typer->text_beside;

	for (uint32_t i = 0; i < call->n_args; i++) {
		struct sl_expr *arg = call->args[i];
		bool is_name = arg->kind == SL_EXPR_NAME || arg->kind == SL_EXPR_SELECT;

		/* also in the list that `in` looks through, and in what a function of a text takes
		 */
		typer->text_beside =
			i > 0 && call->args[0]->type == SL_KIND_STRING &&
			(is_name ? is_comparison(call->function) || call->member
				 : arg->kind == SL_EXPR_LIST && call->function == SL_FUNCTION_IN);
		sl_type_node(typer, arg);
	}
	typer->text_beside = outer;
}

static void type_dynamic(struct sl_typer *typer, struct sl_expr *call)
{
	enum sl_function function = (enum sl_function)call->function;
	bool is_logic = function == SL_FUNCTION_AND || function == SL_FUNCTION_OR;

	for (uint32_t i = 0; i < call->n_args; i++) {
		if (!call->args[i]->type)
			return;
	}
	if (!is_logic && (is_form_wrong(call) || !sl_overload_takes(function, call->n_args)))
		call->function = SL_FUNCTION_NONE;
	sl_type_give(typer, call, sl_type_of(SL_TYPE_DYN));
}

/* x / 0, whatever x is. */
static bool divides_by_zero(const struct sl_typer *typer, const struct sl_expr *call)
{
	bool divides = call->function == SL_FUNCTION_DIVIDE || call->function == SL_FUNCTION_MODULO;
	const struct sl_expr *by = divides ? call->args[1] : NULL;

	return by && !typer->context->keep_faults && by->kind == SL_EXPR_LITERAL &&
	       (by->type == SL_KIND_INT || by->type == SL_KIND_UINT) && by->natural == 0;
}

/* timestamp(2026-01-31) is CEL: 1994 seconds after 1970 began. */
static void warn_of_bare_date(struct sl_typer *typer, const struct sl_expr *call)
{
	const struct sl_expr *argument = call->n_args == 1 ? call->args[0] : NULL;

	if (!argument || call->function != SL_FUNCTION_TIMESTAMP || typer->context->keep_faults ||
	    argument->kind != SL_EXPR_CALL || argument->function != SL_FUNCTION_SUBTRACT)
		return;
	sl_diagnose(typer->context->diagnostics, SL_SEVERITY_WARNING,
		    sl_expr_place(typer->context, argument->offset), "bare_date",
		    "write `timestamp(\"2026-01-31T00:00:00+09:00\")`",
		    "this is a number less another one, in seconds since 1970: a date stands in "
		    "quotes");
}

void sl_type_call(struct sl_typer *typer, struct sl_expr *call)
{
	const struct sl_type *type = NULL;
	bool good = true;

	find_dotted(call);
	if (is_elsewhere(typer, call))
		return;
	warn_of_bare_date(typer, call);
	type_sides(typer, call);
	if (!is_prepared(typer, call))
		return;
	if (typer->context->dynamic) {
		type_dynamic(typer, call);
		return;
	}
	if (call->function == SL_FUNCTION_NONE) {
		sl_type_unknown_function(typer, call, call->text);
		return;
	}
	if (is_form_wrong(call)) {
		refuse_form(typer, call);
		return;
	}
	if (call->function == SL_FUNCTION_AND || call->function == SL_FUNCTION_OR) {
		type_logic(typer, call);
		return;
	}
	for (uint32_t i = 0; i < call->n_args; i++)
		good &= call->args[i]->type != 0;
	if (!good)
		return;
	switch (sl_overload_find(typer->context->arena, call, &type)) {
	case SL_OVERLOAD_FITS:
		if (divides_by_zero(typer, call))
			sl_type_mistake(typer, call, "bad_constant", "",
					"this is an error for every event: %s",
					sl_fault_text(call->function == SL_FUNCTION_DIVIDE
							      ? SL_FAULT_DIVIDE_BY_ZERO
							      : SL_FAULT_MODULUS_BY_ZERO));
		else
			sl_type_give(typer, call, type);
		break;
	case SL_OVERLOAD_COUNT:
		refuse_count(typer, call);
		break;
	default:
		sl_type_explain(typer, call);
	}
}
