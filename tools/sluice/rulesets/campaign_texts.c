#include "tools/sluice/rulesets/campaign_texts.h"

#include "rules/read/documents.h"
#include "sluice/error.h"
#include "tools/sluice/commands/commands.h"
#include "tools/sluice/gateway/api.h"
#include "tools/sluice/rulesets/verdict.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SCHEMA_NAME "schema.yaml"

struct reading {
	struct sl_campaign_texts *texts;
	const char *file;
	json_t *mistakes; /* as diagnostics */
};

static void *need(void *at)
{
	if (!at)
		abort(); /* a command line without memory has nothing better to do */
	return at;
}

static void complain(struct reading *reading, unsigned line, const char *code, const char *message,
		     const char *hint)
{
	json_array_append_new(reading->mistakes,
			      json_pack("{s:s, s:s, s:i, s:i, s:s, s:s, s:s, s:s}", "severity",
					"error", "file", reading->file, "line", (int)line, "column",
					1, "code", code, "message", message, "hint", hint, "source",
					""));
}

static struct sl_campaign_text_of text_of(const char *name, const char *file, const char *text,
					  size_t bytes, unsigned line)
{
	struct sl_campaign_text_of item = {.name = need(strdup(name)),
					   .file = need(strdup(file)),
					   .text = need(malloc(bytes + 1)),
					   .line = line};

	memcpy(item.text, text, bytes);
	item.text[bytes] = 0;
	return item;
}

static void drop(struct sl_campaign_text_of *item)
{
	free(item->name);
	free(item->file);
	free(item->text);
}

static int take(void *context, const struct sl_document *document)
{
	struct reading *reading = context;
	struct sl_campaign_texts *texts = reading->texts;

	if (!document->campaign[0]) {
		complain(reading, document->line, "missing_key", "a document without `campaign`",
			 "`campaign: name-of-it`");
		return 0;
	}
	for (const char *at = document->campaign; *at; at++) {
		if ((unsigned char)*at >= ' ' && *at != 0x7f)
			continue;
		complain(reading, document->line, "bad_name",
			 "the name of the campaign here has control characters", "");
		return 0;
	}
	if (texts->n == texts->room) {
		texts->room = texts->room * 2 + 64;
		texts->items = need(realloc(texts->items, texts->room * sizeof(*texts->items)));
	}
	texts->items[texts->n++] = text_of(document->campaign, reading->file, document->text,
					   document->bytes, document->line);
	return 0;
}

/* Tests of campaigns have another language; who loads by the API may have sent them too. */
static bool is_test(const char *name)
{
	const char *dot = strrchr(name, '.');

	return dot && dot - name > 5 && !strncmp(dot - 5, ".test", 5);
}

static int read_file(struct reading *reading, const json_t *file)
{
	const json_t *text = json_object_get(file, "text");
	struct sl_diagnostics *diagnostics = need(sl_diagnostics_new());
	const struct sl_diagnostic *list;
	size_t n;
	int e;

	reading->file = json_string_value(json_object_get(file, "name"));
	if (is_test(reading->file)) {
		sl_diagnostics_free(diagnostics);
		return 0;
	}
	e = sl_rules_documents(reading->file, json_string_value(text), json_string_length(text),
			       diagnostics, take, reading);
	n = sl_diagnostics_all(diagnostics, &list);
	for (size_t i = 0; i < n; i++)
		json_array_append_new(reading->mistakes, sl_verdict_diagnostic(&list[i]));
	sl_diagnostics_free(diagnostics);
	if (e && e != -SL_E_RULES) {
		fprintf(stderr, "sluice: %s: %s\n", reading->file, sl_error_text(e));
		return SL_EXIT_FAILED;
	}
	return 0;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct sl_campaign_text_of *)a)->name,
		      ((const struct sl_campaign_text_of *)b)->name);
}

static void check_single(struct reading *reading)
{
	const struct sl_campaign_texts *texts = reading->texts;
	char message[400];

	for (size_t i = 1; i < texts->n; i++) {
		const struct sl_campaign_text_of *a = &texts->items[i - 1], *b = &texts->items[i];

		if (strcmp(a->name, b->name) != 0)
			continue;
		reading->file = b->file;
		snprintf(message, sizeof(message),
			 "there is a campaign `%.128s` already, in %.200s", b->name, a->file);
		complain(reading, b->line, "duplicate_campaign", message, "");
	}
}

int sl_campaign_texts_read(const json_t *files, const json_t *schema, bool as_json,
			   struct sl_campaign_texts *ret_texts)
{
	struct sl_campaign_texts texts = {0};
	struct reading reading = {.texts = &texts, .mistakes = need(json_array())};
	const json_t *file;
	int result = 0;
	size_t i;

	json_array_foreach(files, i, file)
	{
		const char *name = json_string_value(json_object_get(file, "name"));

		if (!result && strcmp(name, SCHEMA_NAME) != 0)
			result = read_file(&reading, file);
		else if (!strcmp(name, SCHEMA_NAME))
			schema = json_is_object(schema) ? schema : file;
	}
	if (json_is_object(schema)) {
		const json_t *text = json_object_get(schema, "text");

		texts.schema = text_of(SCHEMA_NAME, SCHEMA_NAME, json_string_value(text),
				       json_string_length(text), 1);
	}
	if (texts.n)
		qsort(texts.items, texts.n, sizeof(*texts.items), by_name);
	check_single(&reading);
	if (!result && json_array_size(reading.mistakes))
		result = sl_verdict_print(reading.mistakes, NULL, "", as_json);
	json_decref(reading.mistakes);
	if (result)
		sl_campaign_texts_fini(&texts);
	else
		*ret_texts = texts;
	return result;
}

void sl_campaign_texts_fini(struct sl_campaign_texts *texts)
{
	for (size_t i = 0; i < texts->n; i++)
		drop(&texts->items[i]);
	free(texts->items);
	drop(&texts->schema);
	*texts = (struct sl_campaign_texts){0};
}

const struct sl_campaign_text_of *sl_campaign_texts_find(const struct sl_campaign_texts *texts,
							 const char *name)
{
	const struct sl_campaign_text_of wanted = {.name = (char *)name};

	return texts->n ? bsearch(&wanted, texts->items, texts->n, sizeof(wanted), by_name) : NULL;
}
