#include "tests/oracle/history_lines.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static unsigned long long now_at;

void sl_oracle_at(uint64_t seed)
{
	now_at = seed;
}

_Noreturn void sl_oracle_give_up(const char *what, const char *why)
{
	fprintf(stderr, "oracle: %s: %s\n", what, why);
	if (now_at)
		fprintf(stderr, "again: --seed %llu --cases 1\n", now_at);
	exit(3);
}

char *sl_lines_begin(struct sl_lines *lines)
{
	if (lines->n == SL_LINES_MAX)
		sl_oracle_give_up("a case", "too much happens");
	lines->at[lines->n][0] = 0;
	return lines->at[lines->n];
}

void sl_lines_end(struct sl_lines *lines)
{
	lines->n++;
}

void sl_lines_end_once(struct sl_lines *lines, uint32_t since)
{
	const char *mine = lines->at[lines->n];
	size_t head = strcspn(mine, "|");

	for (uint32_t i = since; i < lines->n; i++)
		if (!strncmp(lines->at[i], mine, head + 1))
			return;
	lines->n++;
}

static int compare(const void *a, const void *b)
{
	return strcmp(a, b);
}

void sl_lines_sort(struct sl_lines *lines)
{
	qsort(lines->at, lines->n, SL_LINE_BYTES, compare);
}

void sl_line_add(char *line, const char *format, ...)
{
	size_t bytes = strlen(line);
	va_list args;

	va_start(args, format);
	vsnprintf(line + bytes, SL_LINE_BYTES - bytes, format, args);
	va_end(args);
}

const char *sl_lines_differ(const struct sl_lines *ours, const struct sl_lines *theirs,
			    const char **ret_theirs)
{
	uint32_t i = 0;

	while (i < ours->n && i < theirs->n && !strcmp(ours->at[i], theirs->at[i]))
		i++;
	if (i == ours->n && i == theirs->n)
		return NULL;
	*ret_theirs = i < theirs->n ? theirs->at[i] : "nothing";
	return i < ours->n ? ours->at[i] : "nothing";
}
