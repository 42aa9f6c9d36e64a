/* What a condition means, as bytes: what changes them, and what does not. */
#include "expr_fixture.h"

#include <string.h>

static struct sl_buffer canonical_of(const char *text)
{
	struct sl_diagnostics *diagnostics = sl_diagnostics_new();
	struct sl_rules_set *set = load_texts(test_schema, "", diagnostics);
	struct sl_source source = {
		.name = "e", .text = (char *)text, .bytes = (uint32_t)strlen(text)};
	struct sl_expr_context context = {.source = &source,
					  .text = sl_slice_of(text),
					  .arena = &set->arena,
					  .diagnostics = diagnostics,
					  .schema = &set->schema};
	struct sl_buffer buffer = {0};
	struct sl_expr *expr = NULL;

	assert_int_equal(sl_expr_parse(&context, &expr), 0);
	if (!expr || !sl_expr_type_any(&context, expr))
		fail_msg("%s: %s", text, codes_of(diagnostics));
	sl_expr_canonical(expr, &buffer);
	assert_false(buffer.failed);
	free_set(set);
	sl_diagnostics_free(diagnostics);
	return buffer;
}

static bool is_same(const char *a, const char *b)
{
	struct sl_buffer x = canonical_of(a), y = canonical_of(b);
	bool same = x.bytes == y.bytes && memcmp(x.at, y.at, x.bytes) == 0;

	sl_buffer_fini(&x);
	sl_buffer_fini(&y);
	return same;
}

static void notation_changes_nothing(void **state)
{
	static const char *const pairs[][2] = {
		{"type == 'a'", "  type\n== \"\\x61\" // a"},
		{"amount > 255", "amount > 0xff"},
		{"amount > 3", "amount > 1 + 2"},
		{"rate > 1.5", "rate > 15e-1"},
		{"(type == 'a') && (amount > 5)", "type == 'a' && amount > 5"},
		{"time > timestamp('2026-01-01T09:00:00+09:00')",
		 "time > timestamp('2026-01-01T00:00:00.000Z')"},
		{"device.os == 'a'", ".device.os == 'a'"},
		{"size(text) > 5", "text.size() > 5"},
		{"tags.exists(t, t == 'a')", "tags.exists(u, u == 'a')"},
		{"tags.exists(t, tags.exists(u, t == u))",
		 "tags.exists(a, tags.exists(b, a == b))"},
		{"tags.existsOne(t, t == 'a')", "tags.exists_one(t, t == 'a')"},
		{"amount in [1, 2,]", "amount in [1, 2]"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
		if (!is_same(pairs[i][0], pairs[i][1]))
			fail_msg("%s, %s", pairs[i][0], pairs[i][1]);
	}
}

static void every_part_counts(void **state)
{
	static const char *const different[] = {
		"amount == 1",
		"amount == 2",
		"amount != 1",
		"amount < 1",
		"1 == amount",
		"amount == 1 && amount == 1",
		"amount == 1 || amount == 1",
		"!(amount == 1)",
		"-amount == 1",
		"rate == 1.0",
		"rate == -0.0",
		"rate == 0.0",
		"type == 'a'",
		"type == 'b'",
		"type == ''",
		"channel == 'a'",
		"bytes(type) == b'a'",
		"has(type)",
		"has(channel)",
		"type in ['a', 'b']",
		"type in ['ab']",
		"type in ['a', '', 'b']",
		"type in ['b', 'a']",
		"type in {'a': 1}",
		"type in {'a': 2}",
		"tags[0] == 'a'",
		"tags == ['a']",
		"tags.exists(t, t == 'a')",
		"tags.all(t, t == 'a')",
		"tags.exists(t, tags.exists(u, t == u))",
		"tags.exists(t, tags.exists(u, u == t))",
		"{'a': 1}.a == 1",
		"{'a': 1}.b == 1",
		"amount > 1 ? true : false",
		"amount > 1 ? false : true",
		"dyn(amount) == null",
		"dyn(amount) == true",
		"dyn(amount) == 1u",
		"type(dyn(amount)) == int",
		"type(dyn(amount)) == uint",
		"time > timestamp(5)",
		"time > timestamp('1970-01-01T00:00:05.1Z')",
		"time - time > duration('5s')",
		"time - time > duration('5.1s')",
		"text.startsWith('a')",
		"text.endsWith('a')",
	};
	size_t n = sizeof(different) / sizeof(different[0]);

	(void)state;
	for (size_t i = 0; i < n; i++) {
		for (size_t j = 0; j < i; j++) {
			if (is_same(different[i], different[j]))
				fail_msg("%s, %s", different[i], different[j]);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(notation_changes_nothing),
		cmocka_unit_test(every_part_counts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
