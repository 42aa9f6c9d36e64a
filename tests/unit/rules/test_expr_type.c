#include "rules_fixture.h"

#include <string.h>

static void assert_codes(const char *condition, const char *codes)
{
	struct sl_diagnostics *diagnostics = sl_diagnostics_new();

	free_set(load_condition(condition, diagnostics));
	if (strcmp(codes_of(diagnostics), codes) != 0)
		print_error("condition: %s\n", condition);
	assert_string_equal(codes_of(diagnostics), codes);
	sl_diagnostics_free(diagnostics);
}

static void what_is_offered(void **state)
{
	static const char *const conditions[] = {
		"type == \"a\"",
		"\"a\" == type",
		"type == 'a' && (amount > 5 && (rate < 2.5))",
		"amount > -9223372036854775808 && amount < 0x7fffffffffffffff",
		"5 < amount",
		"rate == -0.5",
		"type in ['a', \"b\",]",
		"amount in [1, -2, 0x3]",
		"rate in [1.0, 2.5]",
		"'x' in tags",
		"device.os.startsWith('and') && text.contains(r'\\')",
		"overseas && type == 'a'",
		"time > timestamp('2026-01-01T00:00:00+09:00')",
		"time in [timestamp('2026-01-01T00:00:00Z')]",
		"type < 'b' && 'a' < type",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(conditions) / sizeof(conditions[0]); i++)
		assert_codes(conditions[i], "");
}

static void what_is_not(void **state)
{
	static const char *const cases[][2] = {
		{"amount == 1.0", "type_mismatch"},
		{"rate == 1", "type_mismatch"},
		{"amount > 9223372036854775808", "syntax"},
		{"tags.all(t, t == nowhere)", "unknown_field"},
		{"type == null", "type_mismatch"},
		{"nowhere == 'a' && nothing > 5", "unknown_field unknown_field"},
		{"device == 'a'", "unknown_field"},
		{"device.os.version == 'a'", "unknown_field"},
		{"profile.age == 5", "not_yet"},
		{"type.foo('a')", "unknown_function"},
		{"contains(type, 'a')", "bad_call"},
		{"type.contains('a', 'b')", "bad_call"},
		{"type.contains(5)", "type_mismatch"},
		{"amount", "type_mismatch"},
		{"'a'", "type_mismatch"},
		{"type == 'a' && 5", "type_mismatch"},
		{"timestamp(true) < time", "type_mismatch"},
		{"type == 'a' type", "syntax"},
		{"type == ", "syntax"},
		{"(type == 'a'", "syntax"},
		{"type == 'a')", "syntax"},
		{"package == 'a'", "syntax"},
		{"type.5 == 'a'", "syntax"},
		{"type.contains('a',)", "syntax"},
		{"[1, 2", "syntax"},
		{"type == 'a' && && amount > 5", "syntax"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_codes(cases[i][0], cases[i][1]);
}

static void trees_are_typed_in_place(void **state)
{
	struct sl_diagnostics *diagnostics = sl_diagnostics_new();
	struct sl_rules_set *set = load_condition(
		"amount > 5 && device.os == 'x' && time > timestamp('1970-01-01T00:00:01Z')",
		diagnostics);
	const struct sl_expr *tree = set->campaigns[0].condition;

	(void)state;
	assert_int_equal(tree->function, SL_FUNCTION_AND);
	assert_int_equal(tree->n_args, 3); /* one call, however many sides */
	assert_int_equal(tree->args[0]->args[0]->kind, SL_EXPR_FIELD);
	assert_int_equal(tree->args[0]->args[0]->slot, 5);
	assert_int_equal(tree->args[1]->args[0]->kind, SL_EXPR_FIELD);
	assert_int_equal(tree->args[1]->args[0]->slot, 8);
	assert_int_equal(tree->args[2]->args[1]->kind, SL_EXPR_LITERAL);
	assert_int_equal(tree->args[2]->args[1]->type, SL_KIND_TIMESTAMP);
	assert_int_equal(tree->args[2]->args[1]->integer, 1);
	free_set(set);
	sl_diagnostics_free(diagnostics);
}

static void nesting_is_bounded(void **state)
{
	char text[4096] = "";

	(void)state;
	for (unsigned i = 0; i < 120; i++)
		strcat(text, "(");
	strcat(text, "overseas");
	for (unsigned i = 0; i < 120; i++)
		strcat(text, ")");
	assert_codes(text, "");
	memset(text, '(', 2000);
	text[2000] = '\0';
	assert_codes(text, "too_deep");
	memset(text, '!', 2000);
	assert_codes(text, "too_deep");
	memset(text, '[', 2000);
	assert_codes(text, "too_deep");
	strcpy(text, "type");
	for (unsigned i = 0; i < 500; i++)
		strcat(text, ".a");
	assert_codes(text, "too_deep");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_offered),
		cmocka_unit_test(what_is_not),
		cmocka_unit_test(trees_are_typed_in_place),
		cmocka_unit_test(nesting_is_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
