/* Names and functions that nobody knows: what they are elsewhere, and what may have been meant. */
#include "rules/expr/type_priv.h"

#include "rules/campaign/remembered_priv.h"
#include "rules/nearest_priv.h"

#include <stdio.h>

/* ---- names --------------------------------------------------------------------------------- */

static bool is_one_of(struct sl_slice name, const char *const *names)
{
	while (*names && !sl_slice_is(name, *names))
		names++;
	return *names != NULL;
}

static void hint_time_of(const struct sl_schema *schema, char hint[SL_HINT_MAX])
{
	for (uint32_t i = 0; schema && i < schema->n_fields; i++)
		if (schema->fields[i].role == SL_ROLE_TIME)
			snprintf(hint, SL_HINT_MAX, "the time of the event is its field `%.*s`",
				 SL_SLICE_ARGS(schema->fields[i].path));
}

/* country, where the schema has merchant.country. */
static bool hint_last_part(const struct sl_typer *typer, struct sl_slice path,
			   char hint[SL_HINT_MAX])
{
	const struct sl_schema *schema = typer->context->schema;

	for (uint32_t i = 0; schema && i < schema->n_fields; i++) {
		struct sl_slice field = schema->fields[i].path;

		if (field.bytes > path.bytes + 1 && field.at[field.bytes - path.bytes - 1] == '.' &&
		    memcmp(field.at + field.bytes - path.bytes, path.at, path.bytes) == 0) {
			snprintf(hint, SL_HINT_MAX, "did you mean `%.*s`?", SL_SLICE_ARGS(field));
			return true;
		}
	}
	return false;
}

/* For a name that nothing is near to. */
static void hint_unknown(const struct sl_typer *typer, struct sl_slice path, char hint[SL_HINT_MAX])
{
	static const char *const nows[] = {
		"now",   "today",   "sysdate", "current_date", "current_timestamp", "NOW",
		"TODAY", "SYSDATE", NULL};
	static const char *const yes_or_no[] = {"Y",    "N",     "y",    "n",     "yes", "no",
						"True", "False", "TRUE", "FALSE", NULL};
	static const char *const events[] = {"event", "this",    "self", "it",     "e",
					     "msg",   "payload", "data", "record", NULL};
	int shown = (int)(path.bytes > 80 ? 80 : path.bytes);

	if (hint_last_part(typer, path, hint))
		return;
	if (typer->text_beside)
		snprintf(hint, SL_HINT_MAX, "a text stands in quotes: `\"%.*s\"`", shown, path.at);
	else if (is_one_of(path, nows))
		hint_time_of(typer->context->schema, hint);
	else if (is_one_of(path, yes_or_no))
		snprintf(hint, SL_HINT_MAX, "write `true` or `false`");
	else if (is_one_of(path, events))
		snprintf(hint, SL_HINT_MAX, "a field stands by its name alone: `amount`");
	else if (typer->scope && !memchr(path.at, '.', path.bytes))
		snprintf(hint, SL_HINT_MAX, "the variable here is `%.*s`",
			 SL_SLICE_ARGS(typer->scope->name));
}

/* A step's name, and nothing behind it that the schema has. False: no step has this name. */
static bool unknown_of_step(struct sl_typer *typer, const struct sl_expr *expr,
			    struct sl_slice path)
{
	const struct sl_remembered *remembered = typer->context->remembered;
	struct sl_nearest nearest = {0};
	const struct sl_step_text *step;
	char hint[SL_HINT_MAX] = "";

	step = remembered ? sl_remembered_step(remembered, path, &nearest.wrote) : NULL;
	if (!step)
		return false;
	if (!nearest.wrote.bytes) {
		sl_type_mistake(typer, expr, "unknown_field",
				"a field stands behind it: `step.field`",
				"`%.*s` is a step and has no value by itself", SL_SLICE_ARGS(path));
		return true;
	}
	for (uint32_t i = 0; i < remembered->schema->n_fields; i++)
		sl_nearest_offer(&nearest, remembered->schema->fields[i].path);
	if (nearest.best.bytes)
		snprintf(hint, sizeof(hint), "did you mean `%.*s.%.*s`?", SL_SLICE_ARGS(step->name),
			 SL_SLICE_ARGS(nearest.best));
	sl_type_mistake(typer, expr, "unknown_field", hint,
			"events have no field `%.*s`, so the step `%.*s` has none",
			SL_SLICE_ARGS(nearest.wrote), SL_SLICE_ARGS(step->name));
	return true;
}

void sl_type_unknown_field(struct sl_typer *typer, const struct sl_expr *expr, struct sl_slice path)
{
	const struct sl_schema *schema = typer->context->schema;
	struct sl_nearest nearest = {.wrote = path};
	int branch = schema ? sl_schema_branch(schema, path) : -1;
	struct sl_slice rest = {0};
	char hint[SL_HINT_MAX];

	if (unknown_of_step(typer, expr, path))
		return;
	if (branch >= 0) {
		snprintf(hint, sizeof(hint), "write for example `%.*s`",
			 SL_SLICE_ARGS(schema->fields[branch].path));
		sl_type_mistake(typer, expr, "unknown_field", hint,
				"`%.*s` is not a field but holds fields", SL_SLICE_ARGS(path));
		return;
	}
	if (path.bytes > 8 && memcmp(path.at, "profile.", 8) == 0) {
		sl_type_mistake(typer, expr, "not_yet", "only fields of the event are",
				"profiles are not offered yet");
		return;
	}
	if (sl_type_is_message(typer, path)) {
		sl_type_mistake(typer, expr, "unsupported", "",
				"messages and their enumerations are not offered");
		return;
	}
	for (uint32_t i = 0; schema && i < schema->n_fields; i++)
		sl_nearest_offer(&nearest, schema->fields[i].path);
	for (uint32_t i = 0; i < typer->context->n_bindings; i++)
		sl_nearest_offer(&nearest, typer->context->bindings[i].name);
	for (const struct sl_scope *scope = typer->scope; scope; scope = scope->outer)
		sl_nearest_offer(&nearest, scope->name);
	sl_nearest_hint(&nearest, hint, sizeof(hint));
	/* "event.type": fields are named from the event on */
	rest.at = memchr(path.at, '.', path.bytes);
	if (rest.at && schema) {
		rest.at++;
		rest.bytes = (uint32_t)(path.at + path.bytes - rest.at);
		if (sl_schema_find(schema, rest) >= 0)
			snprintf(hint, sizeof(hint), "write `%.*s`", SL_SLICE_ARGS(rest));
	}
	if (!hint[0])
		hint_unknown(typer, path, hint);
	sl_type_mistake(typer, expr, schema ? "unknown_field" : "unknown_name", hint,
			schema ? "the schema has no field `%.*s`" : "nothing is named `%.*s`",
			SL_SLICE_ARGS(path));
}

/* ---- functions ----------------------------------------------------------------------------- */

static void offer_functions(struct sl_nearest *nearest)
{
	for (int i = 1; i < SL_FUNCTION_COUNT; i++) {
		const struct sl_function_info *info = sl_function_info((enum sl_function)i);

		if (info->form != SL_FORM_OPERATOR)
			sl_nearest_offer(nearest, sl_slice_of(info->text));
	}
}

/* math.gretest, math.max: of what a library of CEL has, the one that was meant. */
static void hint_library(struct sl_slice name, const char *familiar, const char *instead,
			 char hint[SL_HINT_MAX])
{
	const char *dot = memrchr(name.at, '.', name.bytes);
	uint32_t before = dot ? (uint32_t)(dot + 1 - name.at) : 0;
	struct sl_nearest nearest = {.wrote = {name.at + before, name.bytes - before}};

	for (int i = 1; before && i < SL_FUNCTION_COUNT; i++) {
		struct sl_slice known = sl_slice_of(sl_function_info((enum sl_function)i)->text);

		if (known.bytes > before && memcmp(known.at, name.at, before) == 0)
			sl_nearest_offer(&nearest, (struct sl_slice){known.at + before,
								     known.bytes - before});
	}
	if (nearest.best.bytes)
		snprintf(hint, SL_HINT_MAX, "did you mean `%.*s%.*s`?", (int)before, name.at,
			 SL_SLICE_ARGS(nearest.best));
	else if (familiar && before == 5 && memcmp(name.at, "math.", 5) == 0)
		snprintf(hint, SL_HINT_MAX, "here it is %s", familiar);
	else
		snprintf(hint, SL_HINT_MAX, "%s", instead);
}

void sl_type_unknown_function(struct sl_typer *typer, const struct sl_expr *call,
			      struct sl_slice name)
{
	struct sl_nearest nearest = {.wrote = call->text};
	const char *instead = sl_function_elsewhere(name);
	const char *familiar = sl_function_familiar(call->text);
	enum sl_function macro = sl_function_named(call->text);
	char hint[SL_HINT_MAX];

	if (instead) {
		hint_library(name, familiar, instead, hint);
		sl_type_mistake(typer, call, "unsupported", hint, "`%.*s` is not offered",
				SL_SLICE_ARGS(name));
		return;
	}
	if (sl_function_info(macro)->form == SL_FORM_MACRO) {
		sl_type_mistake(
			typer, call, "bad_call",
			macro == SL_FUNCTION_HAS ? "as in `has(device.os)`"
			: macro == SL_FUNCTION_EXISTS && !call->member
				? "whether the event has a field is `has(field)`; of a list it is "
				  "asked as in `tags.exists(t, t == \"vip\")`"
				: "as in `tags.exists(t, t == \"vip\")`",
			"`%.*s` is called in another way", SL_SLICE_ARGS(call->text));
		return;
	}
	offer_functions(&nearest);
	sl_nearest_hint(&nearest, hint, sizeof(hint));
	if (familiar)
		snprintf(hint, sizeof(hint), "%s%s", *familiar == '`' ? "here it is " : "",
			 familiar);
	if (sl_slice_is(call->text, "AND") || sl_slice_is(call->text, "and"))
		snprintf(hint, sizeof(hint), "and is written `&&`");
	else if (sl_slice_is(call->text, "OR") || sl_slice_is(call->text, "or"))
		snprintf(hint, sizeof(hint), "or is written `||`");
	else if (sl_slice_is(call->text, "NOT") || sl_slice_is(call->text, "not"))
		snprintf(hint, sizeof(hint), "not is written `!`");
	sl_type_mistake(typer, call, "unknown_function", hint, "there is no function `%.*s`",
			SL_SLICE_ARGS(call->text));
}

bool sl_type_is_message_made(const struct sl_typer *typer, const struct sl_expr *call)
{
	struct sl_nearest nearest = {.wrote = call->text};

	if (call->member || !sl_type_is_message_name(typer, call->text))
		return false;
	offer_functions(&nearest);
	return nearest.best.bytes == 0;
}
