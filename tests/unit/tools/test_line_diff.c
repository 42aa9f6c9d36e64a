/* Differences are right when the newer text can be made of the older one by them. */
#include "tools/sluice/rulesets/line_diff.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static char *difference(const char *old_text, const char *new_text)
{
	char *text = NULL;
	size_t bytes;
	FILE *to = open_memstream(&text, &bytes);

	sl_line_diff_print(to, old_text, new_text, 1, 1, false);
	fclose(to);
	return text;
}

static void expect(const char *old_text, const char *new_text, const char *wanted)
{
	char *text = difference(old_text, new_text);

	assert_string_equal(text, wanted);
	free(text);
}

static void known_ones(void **state)
{
	(void)state;
	expect("", "", "");
	expect("a\nb\n", "a\nb\n", "");
	expect("", "a\nb\n", "@@ -1,0 +1,2 @@\n+a\n+b\n");
	expect("a\n", "", "@@ -1,1 +1,0 @@\n-a\n");
	expect("1\n2\n3\n4\n5\n6\n7\n8\n9\n", "1\n2\n3\n4\nx\n6\n7\n8\n9\n",
	       "@@ -2,7 +2,7 @@\n 2\n 3\n 4\n-5\n+x\n 6\n 7\n 8\n");
	/* a line between two others goes alone */
	expect("a\nb\nc\n", "a\nc\n", "@@ -1,3 +1,2 @@\n a\n-b\n c\n");
	/* control characters do not reach a terminal */
	expect("a\x1b[31m\n", "b\r\n", "@@ -1,1 +1,1 @@\n-a?[31m\n+b?\n");
}

static uint64_t seed = 1;

static unsigned draw(unsigned below)
{
	seed = seed * 6364136223846793005u + 1442695040888963407u;
	return (unsigned)(seed >> 33) % below;
}

static void draw_text(char *text, unsigned lines)
{
	*text = 0;
	for (unsigned n = draw(lines + 1); n > 0; n--) {
		char line[3] = {(char)('a' + draw(4)), '\n', 0};

		strcat(text, line);
	}
}

/* Every line here is a letter and its end. */
static void append_line(char *made, const char *line)
{
	size_t n = strlen(made);

	memcpy(made + n, line, 2);
	made[n + 2] = 0;
}

/* Copies what the hunk does not speak of; false: its context is not there. */
static bool apply(const char *old_text, const char *script, char *made)
{
	unsigned line = 1, first, olds, new_first, news;

	*made = 0;
	while (*script) {
		if (sscanf(script, "@@ -%u,%u +%u,%u @@", &first, &olds, &new_first, &news) != 4)
			return false;
		for (; line < first && *old_text; line++, old_text += 2)
			append_line(made, old_text);
		for (script = strchr(script, '\n') + 1; *script && *script != '@'; script += 3) {
			if (*script != '+' && strncmp(old_text, script + 1, 2) != 0)
				return false;
			if (*script != '-')
				append_line(made, script + 1);
			old_text += *script != '+' ? 2 : 0;
			line += *script != '+';
		}
	}
	strcat(made, old_text);
	return true;
}

static void random_ones_apply(void **state)
{
	char old_text[128], new_text[128], made[256];

	(void)state;
	for (unsigned i = 0; i < 20000; i++) {
		char *script;

		draw_text(old_text, 30);
		draw_text(new_text, 30);
		script = difference(old_text, new_text);
		if (!apply(old_text, script, made) || strcmp(made, new_text) != 0)
			fail_msg("seed %llu:\n%s\n->\n%s\nby\n%s", (unsigned long long)seed,
				 old_text, new_text, script);
		free(script);
	}
}

static void too_many_lines_change_as_a_whole(void **state)
{
	size_t lines = 70000;
	char *old_text = malloc(lines * 2 + 1), *new_text = malloc(lines * 2 + 1), *script;

	(void)state;
	for (size_t i = 0; i < lines; i++) {
		memcpy(old_text + 2 * i, "a\n", 2);
		memcpy(new_text + 2 * i, i % 2 ? "a\n" : "b\n", 2);
	}
	old_text[2 * lines] = new_text[2 * lines] = 0;
	script = difference(old_text, new_text);
	assert_non_null(strstr(script, "\n-a\n"));
	assert_non_null(strstr(script, "\n+b\n"));
	free(script);
	free(old_text);
	free(new_text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(known_ones),
		cmocka_unit_test(random_ones_apply),
		cmocka_unit_test(too_many_lines_change_as_a_whole),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
