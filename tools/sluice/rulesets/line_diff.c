#include "tools/sluice/rulesets/line_diff.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define CONTEXT 3u
#define LINES_PRODUCT_MAX (4u << 20)

struct lines {
	const char **at;
	size_t *bytes;
	size_t n;
};

/* One line of the difference: kept, gone or come. */
struct edit {
	char kind; /* ' ', '-', '+' */
	const char *at;
	size_t bytes;
};

struct script {
	struct edit *edits;
	size_t n;
};

static void *need(void *at)
{
	if (!at)
		abort();
	return at;
}

static struct lines split(const char *text)
{
	struct lines lines = {0};
	size_t n = 1;

	for (const char *at = text; *at; at++)
		n += *at == '\n';
	lines.at = need(calloc(n, sizeof(*lines.at)));
	lines.bytes = need(calloc(n, sizeof(*lines.bytes)));
	while (*text) {
		size_t bytes = strcspn(text, "\n");

		lines.at[lines.n] = text;
		lines.bytes[lines.n++] = bytes;
		text += bytes + (text[bytes] == '\n');
	}
	return lines;
}

static void drop(struct lines *lines)
{
	free(lines->at);
	free(lines->bytes);
}

static bool same(const struct lines *a, size_t i, const struct lines *b, size_t j)
{
	return a->bytes[i] == b->bytes[j] && !memcmp(a->at[i], b->at[j], a->bytes[i]);
}

static void add(struct script *script, char kind, const struct lines *lines, size_t i)
{
	script->edits[script->n++] = (struct edit){kind, lines->at[i], lines->bytes[i]};
}

/* Between the lines that both begin and end with: the longest common subsequence, from its end. */
static void compare(struct script *script, const struct lines *a, const struct lines *b,
		    size_t first, size_t a_end, size_t b_end)
{
	size_t rows = a_end - first, columns = b_end - first, i = 0, j = 0;
	uint16_t *common;

	if (!rows || !columns || rows > UINT16_MAX || columns > UINT16_MAX ||
	    rows > LINES_PRODUCT_MAX / columns) {
		for (i = first; i < a_end; i++)
			add(script, '-', a, i);
		for (j = first; j < b_end; j++)
			add(script, '+', b, j);
		return;
	}
	common = need(calloc((rows + 1) * (columns + 1), sizeof(*common)));
#define COMMON(row, column) common[(row) * (columns + 1) + (column)]
	for (i = rows; i-- > 0;)
		for (j = columns; j-- > 0;)
			COMMON(i, j) = same(a, first + i, b, first + j)
					       ? (uint16_t)(COMMON(i + 1, j + 1) + 1)
				       : COMMON(i + 1, j) >= COMMON(i, j + 1) ? COMMON(i + 1, j)
									      : COMMON(i, j + 1);
	for (i = j = 0; i < rows || j < columns;) {
		if (i < rows && j < columns && same(a, first + i, b, first + j)) {
			add(script, ' ', a, first + i++);
			j++;
		} else if (i < rows && (j == columns || COMMON(i + 1, j) >= COMMON(i, j + 1))) {
			add(script, '-', a, first + i++);
		} else {
			add(script, '+', b, first + j++);
		}
	}
#undef COMMON
	free(common);
}

static struct script edits_of(const struct lines *a, const struct lines *b)
{
	struct script script = {.edits = need(calloc(a->n + b->n + 1, sizeof(*script.edits)))};
	size_t first = 0, a_end = a->n, b_end = b->n;

	while (first < a_end && first < b_end && same(a, first, b, first))
		first++;
	while (a_end > first && b_end > first && same(a, a_end - 1, b, b_end - 1)) {
		a_end--;
		b_end--;
	}
	for (size_t i = 0; i < first; i++)
		add(&script, ' ', a, i);
	compare(&script, a, b, first, a_end, b_end);
	for (size_t i = a_end; i < a->n; i++)
		add(&script, ' ', a, i);
	return script;
}

static void print_edit(FILE *to, const struct edit *edit, bool colour)
{
	bool shown = colour && edit->kind != ' ';

	fprintf(to, "%s%c", !shown ? "" : edit->kind == '-' ? "\x1b[31m" : "\x1b[32m", edit->kind);
	for (size_t i = 0; i < edit->bytes; i++) {
		unsigned char c = (unsigned char)edit->at[i];

		putc((c < ' ' && c != '\t') || c == 0x7f ? '?' : c, to);
	}
	fprintf(to, "%s\n", shown ? "\x1b[0m" : "");
}

/* The end of the hunk that begins at `from`: changes that are no more than twice the context apart
 * stand together. */
static size_t hunk_end(const struct script *script, size_t from)
{
	size_t end = from, kept = 0;

	for (size_t i = from; i < script->n && kept <= 2 * CONTEXT; i++) {
		kept = script->edits[i].kind == ' ' ? kept + 1 : 0;
		if (!kept)
			end = i + 1;
	}
	return end + CONTEXT < script->n ? end + CONTEXT : script->n;
}

static void count(const struct script *script, size_t from, size_t end, unsigned *olds,
		  unsigned *news)
{
	for (size_t i = from; i < end; i++) {
		*olds += script->edits[i].kind != '+';
		*news += script->edits[i].kind != '-';
	}
}

void sl_line_diff_print(FILE *to, const char *old_text, const char *new_text, unsigned old_line,
			unsigned new_line, bool colour)
{
	struct lines a = split(old_text), b = split(new_text);
	struct script script = edits_of(&a, &b);
	size_t at = 0;

	for (size_t i = 0; i < script.n; i++) {
		unsigned olds = 0, news = 0;
		size_t from, end;

		if (script.edits[i].kind == ' ')
			continue;
		from = i > at + CONTEXT ? i - CONTEXT : at;
		end = hunk_end(&script, i);
		count(&script, at, from, &old_line, &new_line);
		count(&script, from, end, &olds, &news);
		fprintf(to, "@@ -%u,%u +%u,%u @@\n", old_line, olds, new_line, news);
		for (size_t k = from; k < end; k++)
			print_edit(to, &script.edits[k], colour);
		old_line += olds;
		new_line += news;
		at = end;
		i = end - 1;
	}
	free(script.edits);
	drop(&a);
	drop(&b);
}
