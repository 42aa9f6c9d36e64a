/* Names: variables of macros, bindings, fields of the event, types. The longest known path wins;
 * what stands behind it selects from its value. */
#include "rules/campaign/remembered_priv.h"
#include "rules/expr/type_priv.h"

#include <stdio.h>

static const struct {
	const char *name;
	uint8_t kind;
} types[] = {
	{"bool", SL_KIND_BOOL},
	{"bytes", SL_KIND_BYTES},
	{"double", SL_KIND_DOUBLE},
	{"google.protobuf.Duration", SL_KIND_DURATION},
	{"google.protobuf.Timestamp", SL_KIND_TIMESTAMP},
	{"int", SL_KIND_INT},
	{"list", SL_KIND_LIST},
	{"map", SL_KIND_MAP},
	{"null_type", SL_KIND_NULL},
	{"string", SL_KIND_STRING},
	{"type", SL_KIND_TYPE},
	{"uint", SL_KIND_UINT},
};

bool sl_expr_path(const struct sl_expr *expr, char path[SL_PATH_TEXT_MAX], uint32_t *ret_bytes)
{
	uint32_t bytes = 0;

	if (expr->kind == SL_EXPR_SELECT) {
		if (expr->member || !sl_expr_path(expr->args[0], path, &bytes) ||
		    bytes + 1 >= SL_PATH_TEXT_MAX)
			return false;
		path[bytes++] = '.';
	} else if (expr->kind != SL_EXPR_NAME) {
		return false;
	}
	if (expr->text.bytes >= SL_PATH_TEXT_MAX - bytes)
		return false;
	memcpy(path + bytes, expr->text.at, expr->text.bytes);
	*ret_bytes = bytes + expr->text.bytes;
	return true;
}

static const struct sl_scope *variable_named(const struct sl_typer *typer, struct sl_slice name)
{
	const struct sl_scope *scope = typer->scope;

	while (scope && !sl_slice_equal(scope->name, name))
		scope = scope->outer;
	return scope;
}

static bool is_or_begins(struct sl_slice path, struct sl_slice with)
{
	return path.bytes >= with.bytes && memcmp(path.at, with.at, with.bytes) == 0 &&
	       (path.bytes == with.bytes || path.at[with.bytes] == '.');
}

bool sl_type_knows(const struct sl_typer *typer, struct sl_slice path)
{
	const struct sl_expr_context *context = typer->context;

	if (variable_named(typer, path))
		return true;
	for (uint32_t i = 0; i < context->n_bindings; i++) {
		if (is_or_begins(context->bindings[i].name, path))
			return true;
	}
	return context->schema && (sl_schema_find(context->schema, path) >= 0 ||
				   sl_schema_branch(context->schema, path) >= 0);
}

static const struct sl_expr *root_of(const struct sl_expr *expr)
{
	while (expr->kind == SL_EXPR_SELECT)
		expr = expr->args[0];
	return expr;
}

static void become(struct sl_expr *expr, enum sl_expr_kind kind, uint16_t slot,
		   struct sl_slice text)
{
	expr->kind = (uint8_t)kind;
	expr->slot = slot;
	expr->text = text;
	expr->n_args = 0;
	expr->depth = 1;
	expr->member = false;
}

/* The node becomes what an earlier step saw; false: the path names nothing of the kind. */
static bool name_remembered(struct sl_typer *typer, struct sl_expr *expr, struct sl_slice path)
{
	struct sl_remembered *remembered = typer->context->remembered;
	const struct sl_schema_field *field;
	uint16_t capture = 0;
	enum sl_remembered_answer answer;

	answer = remembered ? sl_remembered_find(remembered, path, &capture, &field)
			    : SL_REMEMBERED_NONE;
	if (answer == SL_REMEMBERED_NONE)
		return false;
	if (answer == SL_REMEMBERED_FOUND) {
		struct sl_sequence_text *sequence = &remembered->sequences[remembered->sequence];

		become(expr, SL_EXPR_BOUND, capture, sequence->captures[capture].name);
		sl_type_give(typer, expr, sl_type_of(field->type));
		return true;
	}
	if (answer == SL_REMEMBERED_LIST)
		sl_type_mistake(typer, expr, "unsupported",
				"a string, a number, a time, true or false is",
				"`%.*s` is a list: it is not remembered", SL_SLICE_ARGS(path));
	else if (answer == SL_REMEMBERED_REFUSED)
		sl_type_mistake(typer, expr, "unsupported",
				"conditions of later steps and of `not` may ask earlier ones",
				"%s asks the event alone, not what `%.*s` was", remembered->refused,
				SL_SLICE_ARGS(path));
	else if (answer == SL_REMEMBERED_TOO_MANY)
		sl_type_mistake(typer, expr, "too_many", "write it as several campaigns",
				"a list of steps remembers at most %u fields", SL_CAPTURES_MAX);
	else
		typer->failed = true;
	become(expr, SL_EXPR_BOUND, 0, (struct sl_slice){"", 0});
	return true;
}

/* The node becomes what its whole path names; false: nothing. */
static bool name_whole(struct sl_typer *typer, struct sl_expr *expr)
{
	const struct sl_expr_context *context = typer->context;
	char room[SL_PATH_TEXT_MAX];
	struct sl_slice path = {.at = room};
	const struct sl_type *type;
	int slot;

	if (!sl_expr_path(expr, room, &path.bytes))
		return false;
	for (uint32_t i = 0; i < context->n_bindings; i++) {
		if (!sl_slice_equal(path, context->bindings[i].name))
			continue;
		become(expr, SL_EXPR_BOUND, (uint16_t)i, context->bindings[i].name);
		sl_type_give(typer, expr,
			     context->dynamic ? sl_type_of(SL_TYPE_DYN)
					      : context->bindings[i].type);
		return true;
	}
	if (name_remembered(typer, expr, path))
		return true;
	slot = context->schema ? sl_schema_find(context->schema, path) : -1;
	if (slot >= 0) {
		const struct sl_schema_field *field = &context->schema->fields[slot];

		become(expr, SL_EXPR_FIELD, (uint16_t)slot, field->path);
		type = sl_type_of(field->type);
		if (field->type == SL_TYPE_STRINGS)
			type = sl_type_list(context->arena, sl_type_of(SL_KIND_STRING));
		sl_type_give(typer, expr, type);
		return true;
	}
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		if (!sl_slice_is(path, types[i].name))
			continue;
		become(expr, SL_EXPR_LITERAL, 0, (struct sl_slice){"", 0});
		expr->integer = types[i].kind;
		sl_type_give(typer, expr, sl_type_of(SL_KIND_TYPE));
		return true;
	}
	return false;
}

static bool begins(struct sl_slice path, const char *with)
{
	return path.bytes > strlen(with) && memcmp(path.at, with, strlen(with)) == 0;
}

bool sl_type_is_message_name(const struct sl_typer *typer, struct sl_slice name)
{
	bool small = false;

	for (uint32_t i = 0; i < name.bytes; i++)
		small |= name.at[i] >= 'a' && name.at[i] <= 'z';
	return !typer->context->schema && small && name.at[0] >= 'A' && name.at[0] <= 'Z';
}

bool sl_type_is_message(const struct sl_typer *typer, struct sl_slice path)
{
	return begins(path, "google.") || begins(path, "cel.expr.") ||
	       (memchr(path.at, '.', path.bytes) && sl_type_is_message_name(typer, path));
}

/* expr is a selection from a value that is no part of a path. */
static void type_select(struct sl_typer *typer, struct sl_expr *expr)
{
	const struct sl_expr *of = expr->args[0];
	char room[SL_TYPE_TEXT_MAX];

	if (!of->type)
		return;
	if (typer->context->dynamic || of->type == SL_TYPE_DYN) {
		sl_type_give(typer, expr, sl_type_of(SL_TYPE_DYN));
	} else if (of->type == SL_KIND_MAP &&
		   sl_types_fit(of->of->key, sl_type_of(SL_KIND_STRING))) {
		sl_type_give(typer, expr, of->of->element);
	} else if (of->type == SL_KIND_MAP) {
		sl_type_mistake(typer, expr, "type_mismatch", "write the key in brackets: `map[1]`",
				"`.%.*s` asks for a string as key, this is %s",
				SL_SLICE_ARGS(expr->text), sl_type_text(of->of, room));
	} else {
		sl_type_mistake(typer, expr, "type_mismatch", "",
				"`.%.*s` selects from a map, this is %s", SL_SLICE_ARGS(expr->text),
				sl_type_text(of->of, room));
	}
}

/* Types a path without a word about what is unknown: the node that is it, or NULL. */
static struct sl_expr *find(struct sl_typer *typer, struct sl_expr *expr)
{
	struct sl_expr *found;

	if (expr->kind == SL_EXPR_NAME && !expr->member) {
		const struct sl_scope *scope = variable_named(typer, expr->text);

		if (scope) {
			become(expr, SL_EXPR_VARIABLE, scope->slot, expr->text);
			if (scope->type)
				sl_type_give(typer, expr, scope->type);
			return expr;
		}
	}
	if (name_whole(typer, expr))
		return expr;
	if (expr->kind != SL_EXPR_SELECT)
		return NULL;
	found = find(typer, expr->args[0]);
	if (found && found->type && typer->context->schema && found->kind == SL_EXPR_FIELD &&
	    found == expr->args[0] && !typer->context->dynamic) {
		char room[SL_TYPE_TEXT_MAX], hint[SL_HINT_MAX] = "";

		if (sl_function_familiar(expr->text) && found->type != SL_KIND_TIMESTAMP)
			snprintf(hint, sizeof(hint), "here it is %s",
				 sl_function_familiar(expr->text));
		else if (sl_function_named(expr->text))
			snprintf(hint, sizeof(hint), "a function has brackets: `%.*s.%.*s()`",
				 SL_SLICE_ARGS(found->text), SL_SLICE_ARGS(expr->text));
		else if (found->type == SL_KIND_TIMESTAMP)
			snprintf(hint, sizeof(hint), "as in `%.*s.getHours(\"Asia/Seoul\")`",
				 SL_SLICE_ARGS(found->text));
		sl_type_mistake(typer, expr, "unknown_field", hint,
				"the field `%.*s` is %s: nothing can be selected from it",
				SL_SLICE_ARGS(found->text), sl_type_text(found->of, room));
		return expr;
	}
	if (found)
		type_select(typer, expr);
	return found;
}

void sl_type_path(struct sl_typer *typer, struct sl_expr *expr)
{
	const struct sl_expr *root = root_of(expr);
	char room[SL_PATH_TEXT_MAX];
	struct sl_slice path = {.at = room};
	bool is_name = root->kind == SL_EXPR_NAME;

	/* a variable hides whatever else begins with its name */
	if (is_name && !root->member && expr != root && variable_named(typer, root->text)) {
		sl_type_path(typer, expr->args[0]);
		type_select(typer, expr);
		return;
	}
	if (!is_name) {
		sl_type_node(typer, expr->args[0]);
		type_select(typer, expr);
		return;
	}
	if (find(typer, expr))
		return;
	if (!sl_expr_path(expr, room, &path.bytes))
		path = root->text;
	if (typer->context->dynamic && !sl_type_is_message(typer, path)) {
		for (struct sl_expr *at = expr;; at = at->args[0]) {
			sl_type_give(typer, at, sl_type_of(SL_TYPE_DYN));
			if (at->kind == SL_EXPR_NAME)
				return;
		}
	}
	sl_type_unknown_field(typer, expr, path);
}

void sl_type_has(struct sl_typer *typer, struct sl_expr *call)
{
	struct sl_expr *of = call->args[0];
	const struct sl_expr *root = root_of(of);
	bool hidden =
		root->kind == SL_EXPR_NAME && !root->member && variable_named(typer, root->text);

	sl_type_path(typer, of);
	if (!of->type)
		return;
	if (of->kind != SL_EXPR_FIELD && of->kind != SL_EXPR_SELECT &&
	    !(of->kind == SL_EXPR_BOUND && typer->context->remembered)) {
		sl_type_mistake(typer, of, "syntax", "write `has(map.key)` or `\"key\" in map`",
				hidden ? "`has` asks for a key behind a dot, not for a variable"
				       : "`has` asks for a field or for a key behind a dot");
		return;
	}
	sl_type_give(typer, call, sl_type_of(typer->context->dynamic ? SL_TYPE_DYN : SL_KIND_BOOL));
}
