/* Reads instants.tsv for the tests of both readers of times. */
#ifndef SL_TESTS_DATA_INSTANTS_H
#define SL_TESTS_DATA_INSTANTS_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

struct instant_case {
	char text[80];
	enum { INSTANT_IS, INSTANT_SHAPE, INSTANT_RANGE } result;
	int64_t ns; /* INSTANT_IS */
};

static inline void instant_expect(struct instant_case *row, const char *word)
{
	char *end;

	row->result = INSTANT_IS;
	if (!strcmp(word, "shape")) {
		row->result = INSTANT_SHAPE;
	} else if (!strcmp(word, "range")) {
		row->result = INSTANT_RANGE;
	} else {
		row->ns = strtoll(word, &end, 10);
		assert_true(end > word && !*end);
	}
}

/* Each row's text with what is expected in that column: 1, of an event; 2, in rules. */
static inline void instant_rows(unsigned column, void (*check)(const struct instant_case *row))
{
	FILE *file = fopen(SL_TEST_DATA "/instants.tsv", "re");
	char line[256];
	unsigned n = 0;

	assert_non_null(file);
	while (fgets(line, sizeof(line), file)) {
		char *words[3] = {line, NULL, NULL};
		struct instant_case row = {.text = ""};

		if (line[0] == '#')
			continue;
		assert_non_null(strchr(line, '\n'));
		*strchr(line, '\n') = 0;
		for (unsigned i = 1; i < 3; i++) {
			words[i] = strchr(words[i - 1], '\t');
			assert_non_null(words[i]);
			*words[i]++ = 0;
		}
		assert_true(strlen(words[0]) < sizeof(row.text));
		strcpy(row.text, words[0]);
		instant_expect(&row, !strcmp(words[column], "same") ? words[1] : words[column]);
		check(&row);
		n++;
	}
	fclose(file);
	assert_true(n >= 70);
}

#endif
