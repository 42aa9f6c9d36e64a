#include "tools/sluice/rulesets/changes.h"

#include "tools/sluice/gateway/api.h"
#include "tools/sluice/rulesets/line_diff.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const words[SL_CHANGE_KINDS] = {"added", "removed", "changed"};
static const char signs[SL_CHANGE_KINDS] = {'+', '-', '~'};
static const char *const colours[SL_CHANGE_KINDS] = {"\x1b[32m", "\x1b[31m", "\x1b[33m"};

static void note(struct sl_changes *changes, const struct sl_campaign_text_of *before,
		 const struct sl_campaign_text_of *after, bool is_schema)
{
	struct sl_change change = {.before = before, .after = after, .is_schema = is_schema};

	if (before && after && !strcmp(before->text, after->text))
		return;
	change.kind = !before ? SL_CHANGE_ADDED : !after ? SL_CHANGE_REMOVED : SL_CHANGE_CHANGED;
	changes->items[changes->n++] = change;
	changes->counts[change.kind] += !is_schema;
}

void sl_changes_find(const struct sl_campaign_texts *before, const struct sl_campaign_texts *after,
		     struct sl_changes *ret_changes)
{
	struct sl_changes changes = {
		.items = calloc(before->n + after->n + 1, sizeof(*changes.items))};
	size_t i = 0, j = 0;

	if (!changes.items)
		abort();
	if (after->schema.name)
		note(&changes, before->schema.name ? &before->schema : NULL, &after->schema, true);
	while (i < before->n || j < after->n) {
		const struct sl_campaign_text_of *a = i < before->n ? &before->items[i] : NULL;
		const struct sl_campaign_text_of *b = j < after->n ? &after->items[j] : NULL;
		int order = !a ? 1 : !b ? -1 : strcmp(a->name, b->name);

		note(&changes, order <= 0 ? a : NULL, order >= 0 ? b : NULL, false);
		i += order <= 0;
		j += order >= 0;
	}
	*ret_changes = changes;
}

void sl_changes_fini(struct sl_changes *changes)
{
	free(changes->items);
	*changes = (struct sl_changes){0};
}

const char *sl_change_name(const struct sl_change *change)
{
	return change->after ? change->after->name : change->before->name;
}

void sl_changes_print_names(const struct sl_changes *changes, bool colour)
{
	for (size_t i = 0; i < changes->n; i++) {
		const struct sl_change *change = &changes->items[i];

		printf("%s%c %s%s%s\n", colour ? colours[change->kind] : "", signs[change->kind],
		       sl_change_name(change), change->is_schema ? " (the schema)" : "",
		       colour ? "\x1b[0m" : "");
	}
	printf("%zu added, %zu removed, %zu changed%s\n", changes->counts[SL_CHANGE_ADDED],
	       changes->counts[SL_CHANGE_REMOVED], changes->counts[SL_CHANGE_CHANGED],
	       changes->n && changes->items[0].is_schema ? "; another schema" : "");
}

static void print_lines(FILE *to, const struct sl_change *change, bool colour)
{
	const struct sl_campaign_text_of *before = change->before, *after = change->after;

	sl_line_diff_print(to, before ? before->text : "", after ? after->text : "",
			   before ? before->line : 1, after ? after->line : 1, colour);
}

void sl_changes_print_lines(const struct sl_changes *changes, bool colour)
{
	for (size_t i = 0; i < changes->n; i++) {
		const struct sl_change *change = &changes->items[i];
		const struct sl_campaign_text_of *before = change->before, *after = change->after;

		printf("\n%s%s%s, %s: %s%s%s\n", colour ? "\x1b[1m" : "", sl_change_name(change),
		       colour ? "\x1b[0m" : "", words[change->kind],
		       before ? before->file : after->file,
		       before && after && strcmp(before->file, after->file) != 0 ? " -> " : "",
		       before && after && strcmp(before->file, after->file) != 0 ? after->file
										 : "");
		print_lines(stdout, change, colour);
	}
}

void sl_changes_print_json(const struct sl_changes *changes)
{
	for (size_t i = 0; i < changes->n; i++) {
		const struct sl_change *change = &changes->items[i];
		char *lines = NULL;
		size_t bytes = 0;
		FILE *to = open_memstream(&lines, &bytes);
		json_t *object;

		if (!to)
			abort();
		print_lines(to, change, false);
		fclose(to);
		object = json_pack(
			"{s:s, s:s, s:s, s:s}", change->is_schema ? "schema" : "campaign",
			sl_change_name(change), "change", words[change->kind], "file",
			change->after ? change->after->file : change->before->file, "diff", lines);
		sl_api_print(object);
		json_decref(object);
		free(lines);
	}
}

void sl_changes_into(const struct sl_changes *changes, json_t *object)
{
	json_t *lists[SL_CHANGE_KINDS];
	bool schema = false;

	for (unsigned kind = 0; kind < SL_CHANGE_KINDS; kind++) {
		lists[kind] = json_array();
		json_object_set_new(object, words[kind], lists[kind]);
	}
	for (size_t i = 0; i < changes->n; i++) {
		const struct sl_change *change = &changes->items[i];

		if (change->is_schema)
			schema = true;
		else
			json_array_append_new(lists[change->kind],
					      json_string(sl_change_name(change)));
	}
	json_object_set_new(object, "schema_changed", json_boolean(schema));
}
