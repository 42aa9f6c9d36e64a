#include "compile_floor.h"

#include <errno.h>
#include <hs/hs.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <yaml.h>

#define PATTERN_ROOM 512u

/* Returns the documents. */
static uint32_t read_events(yaml_parser_t *parser, const char *path)
{
	uint32_t documents = 0;
	bool ended = false;

	while (!ended) {
		yaml_event_t event;

		if (!yaml_parser_parse(parser, &event))
			sl_perf_give_up(path, parser->problem);
		documents += event.type == YAML_DOCUMENT_END_EVENT;
		ended = event.type == YAML_STREAM_END_EVENT;
		yaml_event_delete(&event);
	}
	return documents;
}

static uint32_t read_file(const char *path)
{
	FILE *file = fopen(path, "r");
	yaml_parser_t parser;
	uint32_t documents;

	if (!file || !yaml_parser_initialize(&parser))
		sl_perf_give_up(path, strerror(errno));
	yaml_parser_set_input_file(&parser, file);
	documents = read_events(&parser, path);
	yaml_parser_delete(&parser);
	fclose(file);
	return documents;
}

struct patterns {
	char **at;
	uint32_t n, room;
};

static void take(void *context, const struct sl_perf_question *question)
{
	struct patterns *patterns = context;
	const char *text = question->text;
	char pattern[PATTERN_ROOM];
	/* fields are told apart by what stands before a value */
	int at = snprintf(pattern, sizeof(pattern), "%s=", question->path);

	if (question->part != SL_PERF_EQUAL && question->part != SL_PERF_BEGIN)
		at = 0;
	for (uint32_t i = 0; text[i]; i++)
		at += snprintf(pattern + at, sizeof(pattern) - (size_t)at, "\\x%02x",
			       (unsigned char)text[i]);
	if (patterns->n == patterns->room) {
		patterns->room = patterns->room ? 2 * patterns->room : 1024;
		patterns->at = realloc(patterns->at, patterns->room * sizeof(*patterns->at));
	}
	if (!patterns->at || !(patterns->at[patterns->n++] = strdup(pattern)))
		sl_perf_give_up("floor", "not enough memory");
}

static int by_text(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static void compile_questions(const struct sl_perf_case *what)
{
	struct patterns patterns = {0};
	hs_compile_error_t *why = NULL;
	hs_database_t *database;
	uint32_t n = 0;
	unsigned *ids;

	sl_perf_each_question(what, take, &patterns);
	qsort(patterns.at, patterns.n, sizeof(*patterns.at), by_text);
	for (uint32_t i = 0; i < patterns.n; i++)
		if (n == 0 || strcmp(patterns.at[i], patterns.at[n - 1]) != 0)
			patterns.at[n++] = patterns.at[i];
	/* without ids of their own they are all one to the library, and it takes minutes */
	ids = calloc(n, sizeof(*ids));
	if (!ids)
		sl_perf_give_up("floor", "not enough memory");
	for (uint32_t i = 0; i < n; i++)
		ids[i] = i;
	if (hs_compile_multi((const char *const *)patterns.at, NULL, ids, n, HS_MODE_BLOCK, NULL,
			     &database, &why) != HS_SUCCESS)
		sl_perf_give_up("floor", why ? why->message : "no database");
	hs_free_database(database);
	free(ids);
}

void sl_perf_compile_floor(const struct sl_perf_case *what, const struct sl_perf_files *files)
{
	uint32_t documents = 0;

	for (uint32_t i = 0; i < files->n; i++) {
		char path[128];

		sl_perf_files_path(files, i, path);
		documents += read_file(path);
	}
	if (documents != what->campaigns)
		sl_perf_give_up("floor", "does not read every campaign");
	compile_questions(what);
}
