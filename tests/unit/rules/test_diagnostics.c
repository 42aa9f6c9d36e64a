/* Every file of tests/data/rules-bad is compiled, and what its author would read is compared with
 * the .expected beside it. Where there is a .announced too, channels announce what it says. With
 * SL_REWRITE=1 in the environment the expectations are written instead: read them before believing
 * them. */
#include "rules_fixture.h"

#include "rules/read/source_priv.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static struct sl_source read_source(const char *name)
{
	struct sl_source source = {0};
	char path[512];

	snprintf(path, sizeof(path), "%s/rules-bad/%s", SL_TEST_DATA, name);
	assert_int_equal(sl_source_read(path, &source), 0);
	return source;
}

/* The file beside `name` of that kind; without one: no text. */
static struct sl_source read_beside(const char *name, const char *kind)
{
	struct sl_source source = {0};
	char path[512];

	snprintf(path, sizeof(path), "%s/rules-bad/%.*s.%s", SL_TEST_DATA,
		 (int)(strrchr(name, '.') - name), name, kind);
	if (access(path, F_OK) == 0)
		assert_int_equal(sl_source_read(path, &source), 0);
	return source;
}

static char *diagnose(const char *name)
{
	struct sl_source announced = read_beside(name, "announced");
	struct sl_rules_options options = {.announced = announced.text};
	bool is_schema = strncmp(name, "schema-", 7) == 0;
	struct sl_source schema = read_source(is_schema ? name : "schema.yaml");
	struct sl_source campaigns =
		is_schema ? (struct sl_source){.text = (char *)""} : read_source(name);
	struct sl_diagnostics *diagnostics = sl_diagnostics_new();
	struct sl_rules_set set;
	struct sl_plan plan;
	char *text;

	assert_int_equal(sl_rules_set_load_text((struct sl_slice){schema.text, schema.bytes},
						(struct sl_slice){campaigns.text, campaigns.bytes},
						&options, diagnostics, &set),
			 0);
	if (!sl_diagnostics_count(diagnostics, SL_SEVERITY_ERROR)) {
		assert_int_equal(sl_plan_make(&set, 1024, &plan), 0);
		sl_plan_fini(&plan);
	}
	sl_rules_set_fini(&set);
	text = format_all(diagnostics);
	sl_diagnostics_free(diagnostics);
	free(announced.text);
	free(schema.text);
	if (!is_schema)
		free(campaigns.text);
	return text;
}

static void compare(const char *name)
{
	char expected_name[256], path[512];
	struct sl_source expected;
	char *text = diagnose(name);

	assert_true(text[0] != '\0'); /* a bad set without a word about it */
	snprintf(expected_name, sizeof(expected_name), "%.*s.expected",
		 (int)(strrchr(name, '.') - name), name);
	if (getenv("SL_REWRITE")) {
		FILE *file;

		snprintf(path, sizeof(path), "%s/rules-bad/%s", SL_TEST_DATA, expected_name);
		file = fopen(path, "w");
		assert_non_null(file);
		fputs(text, file);
		fclose(file);
	} else {
		expected = read_source(expected_name);
		if (strcmp(text, expected.text) != 0)
			print_error("%s is now:\n%s", name, text);
		assert_string_equal(text, expected.text);
		free(expected.text);
	}
	free(text);
}

static void bad_rules_are_explained(void **state)
{
	DIR *dir = opendir(SL_TEST_DATA "/rules-bad");
	struct dirent *entry;
	unsigned n = 0;

	(void)state;
	assert_non_null(dir);
	while ((entry = readdir(dir))) {
		const char *dot = strrchr(entry->d_name, '.');

		if (!dot || strcmp(dot, ".yaml") != 0 || strcmp(entry->d_name, "schema.yaml") == 0)
			continue;
		compare(entry->d_name);
		n++;
	}
	closedir(dir);
	assert_true(n >= 25);
}

static void list_is_bounded_and_counted(void **state)
{
	struct sl_diagnostics *diagnostics = sl_diagnostics_new();
	const struct sl_diagnostic *list;
	size_t n;

	(void)state;
	for (unsigned i = 0; i < SL_DIAGNOSTICS_MAX + 7; i++)
		sl_mistake(diagnostics, (struct sl_place){0}, "code", "", "number %u", i);
	assert_int_equal(sl_diagnostics_count(diagnostics, SL_SEVERITY_ERROR),
			 SL_DIAGNOSTICS_MAX + 7);
	n = sl_diagnostics_all(diagnostics, &list);
	assert_int_equal(n, SL_DIAGNOSTICS_MAX + 1);
	assert_string_equal(list[n - 1].message, "7 more are not shown");
	sl_diagnostics_free(diagnostics);
}

static void places_are_sorted(void **state)
{
	struct sl_source source = {
		.name = "f", .text = (char *)"ab\n\xea\xb0\x80\xea\xb0\x80x\ncd", .bytes = 13};
	struct sl_diagnostics *diagnostics = sl_diagnostics_new();
	const struct sl_diagnostic *list;

	(void)state;
	sl_mistake(diagnostics, (struct sl_place){&source, 12}, "c", "", "third");
	sl_mistake(diagnostics, (struct sl_place){&source, 9}, "b", "", "second");
	sl_mistake(diagnostics, (struct sl_place){&source, 1}, "a", "", "first");
	assert_int_equal(sl_diagnostics_all(diagnostics, &list), 3);
	assert_string_equal(list[0].code, "a");
	assert_int_equal(list[0].line, 1);
	assert_int_equal(list[0].column, 2);
	assert_int_equal(list[1].line, 2);
	assert_int_equal(list[1].column, 3); /* characters, not bytes */
	assert_int_equal(list[2].line, 3);
	assert_string_equal(list[2].source, "cd");
	sl_diagnostics_free(diagnostics);
}

static void format_never_overruns(void **state)
{
	struct sl_diagnostic diagnostic = {.severity = SL_SEVERITY_ERROR,
					   .file = "f.yaml",
					   .line = 3,
					   .column = 4,
					   .code = "code",
					   .message = "message",
					   .hint = "hint",
					   .source = "\t\xea\xb0\x80y x"};
	char whole[256];
	size_t bytes = sl_diagnostic_format(&diagnostic, whole, sizeof(whole));

	(void)state;
	assert_string_equal(whole, "f.yaml:3:4: error: message [code]\n"
				   "    \t\xea\xb0\x80y x\n"
				   "    \t   ^\n"
				   "    hint: hint\n");
	for (size_t room = 0; room <= bytes; room++) {
		char *exact = malloc(room ? room : 1);

		assert_int_equal(sl_diagnostic_format(&diagnostic, exact, room), bytes);
		if (room)
			assert_int_equal(strncmp(exact, whole, room - 1), 0);
		free(exact);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bad_rules_are_explained),
		cmocka_unit_test(list_is_bounded_and_counted),
		cmocka_unit_test(places_are_sorted),
		cmocka_unit_test(format_never_overruns),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
