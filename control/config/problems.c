/* The list of mistakes in a settings file, and "did you mean". */
#include "control/config/config.h"

#include <stdarg.h>
#include <string.h>

void sl_problems_add(struct sl_problems *problems, unsigned line, unsigned column, const char *hint,
		     const char *format, ...)
{
	struct sl_problem *problem;
	va_list arguments;

	if (problems->count++ >= SL_PROBLEMS_MAX)
		return;
	problem = &problems->list[problems->count - 1];
	problem->line = line;
	problem->column = column;
	va_start(arguments, format);
	vsnprintf(problem->message, sizeof(problem->message), format, arguments);
	va_end(arguments);
	snprintf(problem->hint, sizeof(problem->hint), "%s", hint ? hint : "");
}

/* The line of that number, without its end. */
static size_t find_line(const char *text, unsigned line, const char **ret_at)
{
	while (line > 1) {
		text = strchr(text, '\n');
		if (!text)
			return 0;
		text++;
		line--;
	}
	*ret_at = text;
	return strcspn(text, "\r\n");
}

static void print_source(const struct sl_problem *problem, const char *text, FILE *to)
{
	const char *at = NULL;
	size_t n = find_line(text, problem->line, &at);

	if (!n || n > 200)
		return;
	fprintf(to, "    %.*s\n    ", (int)n, at);
	/* columns count characters; a tab stays a tab so that the caret stands below its place */
	for (unsigned i = 1; i < problem->column && n; i++) {
		fputc(*at == '\t' ? '\t' : ' ', to);
		do {
			at++;
			n--;
		} while (n && ((unsigned char)*at & 0xc0) == 0x80);
	}
	fputs("^\n", to);
}

void sl_problems_print(const struct sl_problems *problems, const char *file, const char *text,
		       FILE *to)
{
	unsigned kept = problems->count < SL_PROBLEMS_MAX ? problems->count : SL_PROBLEMS_MAX;

	for (unsigned i = 0; i < kept; i++) {
		const struct sl_problem *problem = &problems->list[i];

		if (problem->line)
			fprintf(to, "%s:%u:%u: error: %s\n", file, problem->line, problem->column,
				problem->message);
		else
			fprintf(to, "%s: error: %s\n", file, problem->message);
		if (problem->line && text)
			print_source(problem, text, to);
		if (problem->hint[0])
			fprintf(to, "    hint: %s\n", problem->hint);
	}
	if (problems->count > kept)
		fprintf(to, "%s: and %u more mistakes\n", file, problems->count - kept);
}

static unsigned min3(unsigned a, unsigned b, unsigned c)
{
	unsigned least = a < b ? a : b;

	return least < c ? least : c;
}

/* Levenshtein; words longer than a row are far from everything. */
static unsigned distance(const char *a, const char *b)
{
	unsigned row[SL_CONFIG_PATH_MAX + 1];
	size_t n = strlen(b);

	if (n > SL_CONFIG_PATH_MAX || strlen(a) > SL_CONFIG_PATH_MAX)
		return SL_CONFIG_PATH_MAX;
	for (size_t j = 0; j <= n; j++)
		row[j] = (unsigned)j;
	for (size_t i = 1; a[i - 1]; i++) {
		unsigned diagonal = row[0];

		row[0] = (unsigned)i;
		for (size_t j = 1; j <= n; j++) {
			unsigned above = row[j];

			row[j] = min3(above + 1, row[j - 1] + 1, diagonal + (a[i - 1] != b[j - 1]));
			diagonal = above;
		}
	}
	return row[n];
}

const char *sl_config_nearest(const char *word, const char *const *candidates, size_t n)
{
	unsigned best = (unsigned)strlen(word) / 3 + 2;
	const char *nearest = NULL;

	for (size_t i = 0; i < n; i++) {
		unsigned d = distance(word, candidates[i]);

		if (d < best) {
			best = d;
			nearest = candidates[i];
		}
	}
	return nearest;
}
