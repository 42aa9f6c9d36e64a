#include "tools/sluice/commands/argp_walk.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void arguments_by_what_they_are_called(void **state)
{
	static const struct {
		const char *called;
		enum sl_argument_kind kind;
		const char *choices;
	} rows[] = {
		{NULL, SL_ARGUMENT_NONE, NULL},
		{"", SL_ARGUMENT_NONE, NULL},
		{"FILE", SL_ARGUMENT_FILE, NULL},
		{"FILE...", SL_ARGUMENT_FILE, NULL},
		{"FILE|DIR...", SL_ARGUMENT_FILE, NULL},
		{"EVENTS.ndjson...", SL_ARGUMENT_FILE, NULL},
		{"DIR", SL_ARGUMENT_DIRECTORY, NULL},
		{"N [M]\nDIR [N]", SL_ARGUMENT_DIRECTORY, NULL},
		{"[N]", SL_ARGUMENT_ANY, NULL},
		{"json|text", SL_ARGUMENT_CHOICE, "json text"},
		{"[list|show ID]", SL_ARGUMENT_CHOICE, "list show"},
		{"a|B", SL_ARGUMENT_ANY, NULL},
		{"HOST:PORT", SL_ARGUMENT_ANY, NULL},
	};
	char words[64];

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_int_equal(sl_argument_kind(rows[i].called), rows[i].kind);
		if (!rows[i].choices)
			continue;
		sl_argument_choices(rows[i].called, words, sizeof(words));
		assert_string_equal(words, rows[i].choices);
	}
	sl_argument_choices("json|text", words, 4);
	assert_string_equal(words, "jso");
}

static void note(void *context, const struct argp_option *option)
{
	char *names = context;

	strcat(strcat(names, option->name ? option->name : option->doc), " ");
}

static void tables_are_walked_with_their_children(void **state)
{
	static const struct argp_option inner_table[] = {{"inner", 'i', "FILE", 0, "x", 0}, {0}},
					table[] = {{NULL, 0, NULL, 0, "Title", 1},
						   {"outer", 'o', NULL, 0, "x", 0},
						   {"secret", 's', NULL, OPTION_HIDDEN, "x", 0},
						   {0}};
	static const struct argp inner = {.options = inner_table};
	static const struct argp_child children[] = {{&inner, 0, NULL, 0}, {0}};
	static const struct argp argp = {.options = table, .children = children};
	char names[64] = "";

	(void)state;
	sl_argp_walk(&argp, note, names);
	assert_string_equal(names, "Title outer inner ");
	assert_true(sl_argp_has(&argp, "inner"));
	assert_true(sl_argp_has(&argp, "outer"));
	assert_false(sl_argp_has(&argp, "secret"));
	names[0] = '\0';
	sl_argp_walk(&(const struct argp){0}, note, names);
	assert_string_equal(names, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(arguments_by_what_they_are_called),
		cmocka_unit_test(tables_are_walked_with_their_children),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
