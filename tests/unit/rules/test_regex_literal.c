#include "regex_fixture.h"

static void assert_literal(const char *pattern, const char *wanted)
{
	struct sl_slice literal;
	struct regex_rig rig;

	regex_parse(&rig, pattern);
	assert_int_equal(sl_regex_required_literal(&rig.tree, &rig.arena, &literal), 0);
	if (!sl_slice_is(literal, wanted))
		fail_msg("%s: \"%.*s\", not \"%s\"", pattern, SL_SLICE_ARGS(literal), wanted);
	regex_end(&rig);
}

static void test_runs(void **state)
{
	(void)state;
	assert_literal("abc", "abc");
	assert_literal("", "");
	assert_literal("ab[xy]cde", "cde");
	assert_literal("ab.*cde.f", "cde");
	assert_literal("^loan\\.apply$", "loan.apply");
	assert_literal("대출[0-9]+신청서", "신청서");
	assert_literal("\\bcat\\b", "cat");
	assert_literal("(?i)abc", "");
	assert_literal("\\d+", "");
}

static void test_alternatives(void **state)
{
	(void)state;
	assert_literal("xab|yab", "ab");
	assert_literal("abx|aby", "ab");
	assert_literal("q(?:1abc2|3abc4)", "abc");
	assert_literal("abc|", "");
	assert_literal("a|b", "");
	assert_literal("k(?:ab|ab)k", "kabk");
}

static void test_repeats(void **state)
{
	(void)state;
	assert_literal("x(?:ab){3}y", "xabababy");
	assert_literal("x(?:ab){2,}y", "xabab");
	assert_literal("x(?:ab)+y", "xab");
	assert_literal("x(?:ab)*y", "x");
	assert_literal("x(?:a[0-9]b){2,3}y", "ba");
	assert_literal("(?:ab)?c", "c");
}

/* A long one is cut, and is still contained in what matches. */
static void test_long(void **state)
{
	struct sl_slice literal;
	struct regex_rig rig;

	(void)state;
	regex_parse(&rig, "a{1000}b");
	assert_int_equal(sl_regex_required_literal(&rig.tree, &rig.arena, &literal), 0);
	assert_int_equal(literal.bytes, 256);
	for (uint32_t i = 0; i < 255; i++)
		assert_int_equal(literal.at[i], 'a');
	assert_true(literal.at[255] == 'a' || literal.at[255] == 'b');
	regex_end(&rig);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_runs),
		cmocka_unit_test(test_alternatives),
		cmocka_unit_test(test_repeats),
		cmocka_unit_test(test_long),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
