#include "match_scan.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PATTERN_ROOM 1024u

/* Expressions of one database, each once. */
struct patterns {
	char **at;
	uint32_t n, room;
};

struct collecting {
	struct sl_perf_scanner *scanner;
	const struct sl_artifact *artifact;
	struct patterns literals;
};

static uint16_t slot_of(const struct sl_artifact *artifact, const char *path)
{
	for (uint32_t i = 0; i < artifact->n_fields; i++) {
		struct sl_text text = sl_artifact_text(artifact, artifact->fields[i].path);

		if (text.bytes == strlen(path) && !memcmp(text.at, path, text.bytes))
			return (uint16_t)i;
	}
	sl_perf_give_up(path, "the schema has no such field");
}

static void put_bytes(char *pattern, const uint8_t *bytes, size_t n)
{
	size_t at = strlen(pattern); /* there is no NUL among them */

	memcpy(pattern + at, bytes, n);
	pattern[at + n] = '\0';
}

static void keep(struct patterns *patterns, const char *pattern)
{
	if (patterns->n == patterns->room) {
		patterns->room = patterns->room ? 2 * patterns->room : 1024;
		patterns->at = realloc(patterns->at, patterns->room * sizeof(*patterns->at));
	}
	if (!patterns->at || !(patterns->at[patterns->n++] = strdup(pattern)))
		sl_perf_give_up("floor", "not enough memory");
}

static void take(void *context, const struct sl_perf_question *question)
{
	const uint8_t *text = (const uint8_t *)question->text;
	struct collecting *collecting = context;
	uint16_t slot = slot_of(collecting->artifact, question->path);
	uint8_t head[SL_CANON_HEAD_BYTES], end = SL_CANON_END;
	char pattern[PATTERN_ROOM] = "";

	collecting->scanner->slots[slot] = true;
	sl_canon_head(slot, head);
	if (question->part == SL_PERF_EQUAL || question->part == SL_PERF_BEGIN)
		put_bytes(pattern, head, sizeof(head));
	put_bytes(pattern, text, strlen(question->text));
	if (question->part == SL_PERF_EQUAL || question->part == SL_PERF_END)
		put_bytes(pattern, &end, 1);
	keep(&collecting->literals, pattern);
}

static int by_text(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Each text once, with an id of its own: where ids are equal the library takes minutes. */
static void compile(struct sl_perf_scanner *scanner, char *const *texts, uint32_t n)
{
	size_t *bytes = calloc(n, sizeof(*bytes));
	unsigned *ids = calloc(n, sizeof(*ids)), *flags = calloc(n, sizeof(*flags));
	hs_compile_error_t *why = NULL;

	if (!bytes || !ids || !flags)
		sl_perf_give_up("floor", "not enough memory");
	for (uint32_t i = 0; i < n; i++) {
		bytes[i] = strlen(texts[i]);
		ids[i] = i;
	}
	if (hs_compile_lit_multi((const char *const *)texts, flags, ids, bytes, n, HS_MODE_BLOCK,
				 NULL, &scanner->database, &why) != HS_SUCCESS ||
	    hs_alloc_scratch(scanner->database, &scanner->scratch) != HS_SUCCESS)
		sl_perf_give_up("floor", why ? why->message : "no scratch");
	scanner->n_patterns = n;
	free(bytes);
	free(ids);
	free(flags);
}

static void compile_once_each(struct sl_perf_scanner *scanner, struct patterns *patterns)
{
	uint32_t n = 0;

	if (patterns->n == 0)
		return;
	qsort(patterns->at, patterns->n, sizeof(*patterns->at), by_text);
	for (uint32_t i = 0; i < patterns->n; i++)
		if (n == 0 || strcmp(patterns->at[i], patterns->at[n - 1]))
			patterns->at[n++] = patterns->at[i];
	compile(scanner, patterns->at, n);
}

void sl_perf_scanner_init(struct sl_perf_scanner *scanner, const struct sl_perf_case *what,
			  const struct sl_artifact *artifact)
{
	struct collecting collecting = {.scanner = scanner, .artifact = artifact};

	*scanner = (struct sl_perf_scanner){0};
	sl_perf_each_question(what, take, &collecting);
	compile_once_each(scanner, &collecting.literals);
}

void sl_perf_scanner_fini(struct sl_perf_scanner *scanner)
{
	hs_free_scratch(scanner->scratch);
	hs_free_database(scanner->database);
}

static int on_hit(unsigned id, unsigned long long from, unsigned long long to, unsigned flags,
		  void *context)
{
	(void)id;
	(void)from;
	(void)to;
	(void)flags;
	++*(uint64_t *)context;
	return 0;
}

void sl_perf_scan(struct sl_perf_scanner *scanner, const struct sl_perf_texts *texts,
		  uint32_t first, uint32_t n)
{
	uint64_t begin = first ? texts->ends[first - 1] : 0;
	uint64_t end = texts->ends[first + n - 1];

	if (!scanner->database)
		return;
	if (hs_scan(scanner->database, (const char *)texts->text + begin, (unsigned)(end - begin),
		    0, scanner->scratch, on_hit, &scanner->hits) != HS_SUCCESS)
		sl_perf_give_up("floor", "a scan failed");
}
