/* Expressions through the whole engine: parser, types, code, the reader's walk, the machine. Static
 * types first; what they would refuse, dynamically. */
#include "tests/unit/rules/rules_fixture.h"

#include "tests/unit/rules/expression_fixture.h"

#define CHECK(cases, dynamic) check_cases(cases, sizeof(cases) / sizeof(*(cases)), dynamic)

static void test_arithmetic(void **state)
{
	static const struct expression_case cases[] = {
		{"1 + 2 * 3", "7"},
		{"dyn(9223372036854775807) + dyn(0)", "9223372036854775807"},
		{"dyn(9223372036854775807) + dyn(1)", "!OVERFLOW"},
		{"dyn(-9223372036854775808) - dyn(1)", "!OVERFLOW"},
		{"dyn(-9223372036854775808) * dyn(-1)", "!OVERFLOW"},
		{"dyn(-9223372036854775808) / dyn(-1)", "!OVERFLOW"},
		{"dyn(-9223372036854775808) % dyn(-1)", "!OVERFLOW"},
		{"-dyn(-9223372036854775808)", "!OVERFLOW"},
		{"-dyn(5)", "-5"},
		{"-dyn(1.5)", "-1.5"},
		{"-dyn(1u)", "!NO_OVERLOAD"},
		{"dyn(7) / dyn(-2)", "-3"},
		{"dyn(7) % dyn(-2)", "1"},
		{"dyn(-7) % dyn(2)", "-1"},
		{"dyn(1) / dyn(0)", "!DIVIDE_BY_ZERO"},
		{"dyn(1) % dyn(0)", "!MODULUS_BY_ZERO"},
		{"dyn(1u) / dyn(0u)", "!DIVIDE_BY_ZERO"},
		{"dyn(18446744073709551615u) + dyn(1u)", "!OVERFLOW"},
		{"dyn(0u) - dyn(1u)", "!OVERFLOW"},
		{"dyn(4294967296u) * dyn(4294967296u)", "!OVERFLOW"},
		{"dyn(7u) % dyn(4u)", "3u"},
		{"dyn(1.0) / dyn(0.0)", "inf"},
		{"dyn(0.0) / dyn(0.0)", "NaN"},
		{"dyn(-0.0)", "-0.0"},
		{"dyn(5.0) % dyn(2.0)", "!NO_OVERLOAD"},
		{"dyn(1) + dyn(1u)", "!NO_OVERLOAD"},
		{"dyn('a') + dyn('\\u00e9')", "\"a\u00e9\""},
		{"dyn(b'a') + dyn(b'b')", "b\"ab\""},
		{"dyn([1]) + dyn([2, 3])", "[1, 2, 3]"},
		{"dyn([]) + dyn([])", "[]"},
		{"dyn('a') - dyn('a')", "!NO_OVERLOAD"},
		{"dyn({}) + dyn({})", "!NO_OVERLOAD"},
	};

	(void)state;
	CHECK(cases, true);
	CHECK(cases, false);
}

static void test_comparisons(void **state)
{
	static const struct expression_case cases[] = {
		{"dyn(1) == dyn(1u)", "true"},
		{"dyn(1) == dyn(1.0)", "true"},
		{"dyn(1u) == dyn(1.5)", "false"},
		{"dyn(-1) == dyn(18446744073709551615u)", "false"},
		{"dyn(-1) < dyn(0u)", "true"},
		{"dyn(0u) > dyn(-1)", "true"},
		{"dyn(9223372036854775807) < dyn(9223372036854775808u)", "true"},
		{"dyn(9223372036854775807) < dyn(9223372036854775808.0)", "false"},
		{"dyn(9223372036854775807) < dyn(9223372036854777856.0)", "true"},
		{"dyn(18446744073709551615u) < dyn(18446744073709551616.0)", "false"},
		{"dyn(1) == dyn('1')", "false"},
		{"dyn(1) != dyn(null)", "true"},
		{"dyn(null) == dyn(null)", "true"},
		{"dyn(1) < dyn('1')", "!NO_OVERLOAD"},
		{"dyn(null) < dyn(null)", "!NO_OVERLOAD"},
		{"dyn([1]) < dyn([2])", "!NO_OVERLOAD"},
		{"dyn(false) < dyn(true)", "true"},
		{"dyn('a') < dyn('\\u00e9')", "true"},
		{"dyn('a') >= dyn('a')", "true"},
		{"dyn(b'a') <= dyn(b'ab')", "true"},
		{"dyn(0.0) == dyn(-0.0)", "true"},
		{"double('NaN') == dyn(double('NaN'))", "false"},
		{"double('NaN') != dyn(double('NaN'))", "true"},
		{"double('NaN') <= dyn(double('NaN'))", "false"},
		{"!(double('NaN') >= dyn(1.0))", "true"},
		{"dyn([1, 2.0, 3u]) == dyn([1.0, 2, 3])", "true"},
		{"dyn([1]) == dyn([1, 2])", "false"},
		{"dyn([double('NaN')]) == dyn([double('NaN')])", "false"},
		{"dyn({1: 'a', 'b': [2]}) == dyn({'b': [2u], 1u: 'a'})", "true"},
		{"dyn({1: 'a'}) == dyn({1: 'b'})", "false"},
		{"dyn({1: 'a'}) == dyn({2: 'a'})", "false"},
		{"dyn(type(1)) == dyn(int)", "true"},
		{"type(type(1))", "type(type)"},
		{"type(null)", "type(null_type)"},
		{"dyn(b'a') == dyn('a')", "false"},
	};

	(void)state;
	CHECK(cases, true);
}

static void test_absorbing(void **state)
{
	static const struct expression_case cases[] = {
		{"dyn(1) / dyn(0) > 1 || true", "true"},
		{"true || dyn(1) / dyn(0) > 1", "true"},
		{"dyn(1) / dyn(0) > 1 || false", "!DIVIDE_BY_ZERO"},
		{"false || dyn(1) / dyn(0) > 1", "!DIVIDE_BY_ZERO"},
		{"dyn(1) / dyn(0) > 1 && false", "false"},
		{"false && dyn(1) / dyn(0) > 1", "false"},
		{"dyn(1) / dyn(0) > 1 && true", "!DIVIDE_BY_ZERO"},
		{"dyn(1) / dyn(0) > 1 && dyn(1) % dyn(0) > 1", "!DIVIDE_BY_ZERO"},
		{"dyn(1) % dyn(0) > 1 || dyn(1) / dyn(0) > 1", "!MODULUS_BY_ZERO"},
		{"dyn(1) / dyn(0) > 1 || dyn(1) % dyn(0) > 1 || true", "true"},
		{"dyn(1) || true", "true"},
		{"dyn(1) || false", "!NO_OVERLOAD"},
		{"true && dyn('a')", "!NO_OVERLOAD"},
		{"dyn('a') && false", "false"},
		{"!dyn(1)", "!NO_OVERLOAD"},
		{"!(dyn(1) / dyn(0) > 1)", "!DIVIDE_BY_ZERO"},
		{"dyn(true) ? 1 : 2", "1"},
		{"dyn(false) ? dyn(1) / dyn(0) : 2", "2"},
		{"dyn(true) ? 1 : dyn(1) / dyn(0)", "1"},
		{"dyn(1) ? 1 : 2", "!NO_OVERLOAD"},
		{"dyn(1) / dyn(0) > 0 ? 1 : 2", "!DIVIDE_BY_ZERO"},
		{"dyn(false) ? 1 : dyn(false) ? 2 : dyn(true) ? 3 : 4", "3"},
		{"[dyn(1) / dyn(0), dyn(1) % dyn(0)]", "!DIVIDE_BY_ZERO"},
		{"nobody", "!UNBOUND"},
		{"nobody || true", "true"},
		{"nobody.there", "!UNBOUND"},
		{"nonsense(dyn(1))", "!NO_OVERLOAD"},
		{"nonsense(dyn(1) / dyn(0))", "!DIVIDE_BY_ZERO"},
	};

	(void)state;
	CHECK(cases, true);
}

static void test_lists_and_maps(void **state)
{
	static const struct expression_case cases[] = {
		{"dyn([1, 2, 3])[1]", "2"},
		{"dyn([1, 2, 3])[dyn(1u)]", "2"},
		{"dyn([1, 2, 3])[dyn(1.0)]", "2"},
		{"dyn([1, 2, 3])[dyn(1.5)]", "!INDEX"},
		{"dyn([1, 2, 3])[dyn(-1)]", "!INDEX"},
		{"dyn([1, 2, 3])[3]", "!INDEX"},
		{"dyn([1, 2, 3])[dyn('a')]", "!NO_OVERLOAD"},
		{"dyn(1)[0]", "!NO_OVERLOAD"},
		{"{1: 'a', 2u: 'b', 'x': 'c', true: 'd'}",
		 "{1: \"a\", 2u: \"b\", \"x\": \"c\", true: "
		 "\"d\"}"},
		{"dyn({1: 'a'})[dyn(1u)]", "\"a\""},
		{"dyn({1u: 'a'})[dyn(1.0)]", "\"a\""},
		{"dyn({1: 'a'})[dyn(1.5)]", "!NO_KEY"},
		{"dyn({1: 'a'})[2]", "!NO_KEY"},
		{"dyn({18446744073709551615u: 1})[18446744073709551615u]", "1"},
		{"dyn({9223372036854775808u: 1})[dyn(9223372036854775808.0)]", "1"},
		{"dyn({true: 1})[dyn(1)]", "!NO_KEY"},
		{"dyn({'a': 1}).a", "1"},
		{"dyn({'a': 1}).b", "!NO_KEY"},
		{"dyn(1).b", "!NO_OVERLOAD"},
		{"has({'a': 1}.a)", "true"},
		{"has({'a': 1}.b)", "false"},
		{"has(dyn(1).b)", "!NO_OVERLOAD"},
		{"{dyn(1): 1, dyn(1u): 2}", "!REPEATED_KEY"},
		{"{dyn('a'): 1, dyn('a'): 2}", "!REPEATED_KEY"},
		{"{dyn(1.0): 1}", "!NO_OVERLOAD"},
		{"{dyn(null): 1}", "!NO_OVERLOAD"},
		{"dyn(2) in [1, 2.0]", "true"},
		{"dyn('2') in [1, 2.0]", "false"},
		{"dyn(1u) in {1: 2}", "true"},
		{"dyn('a') in {'a': 2}", "true"},
		{"dyn(1) in dyn('1')", "!NO_OVERLOAD"},
		{"[[1, 2], {'a': [null]}, []]", "[[1, 2], {\"a\": [null]}, []]"},
		{"[dyn(1), [dyn(2)]]", "[1, [2]]"},
		{"size(dyn([1, 2]))", "2"},
		{"dyn({1: 2}).size()", "1"},
		{"size(dyn('h\\u00e9\\U0001F600'))", "3"},
		{"size(dyn(b'\\xff\\x00'))", "2"},
		{"size(dyn(1))", "!NO_OVERLOAD"},
	};

	(void)state;
	CHECK(cases, true);
}

static void test_macros(void **state)
{
	static const struct expression_case cases[] = {
		{"[1, 2, 3].all(x, x > 0)", "true"},
		{"[1, 2, 3].all(x, x > 1)", "false"},
		{"[].all(x, dyn(1) / dyn(0) > 0)", "true"},
		{"[1, 0].all(x, 1 / x == 2)", "false"},
		{"[0, 1].all(x, 1 / x == 2)", "false"},
		{"[0, 1].all(x, 1 / x == 1)", "!DIVIDE_BY_ZERO"},
		{"[0, 1].exists(x, 1 / x == 1)", "true"},
		{"[1, 0].exists(x, 1 / x == 2)", "!DIVIDE_BY_ZERO"},
		{"[].exists(x, true)", "false"},
		{"[1, 2, 1].exists_one(x, x == 2)", "true"},
		{"[1, 2, 1].exists_one(x, x == 1)", "false"},
		{"[1, 0].exists_one(x, 1 / x == 1)", "!DIVIDE_BY_ZERO"},
		{"[1, 2, 3].filter(x, x % 2 == 1)", "[1, 3]"},
		{"[0].filter(x, 1 / x == 1)", "!DIVIDE_BY_ZERO"},
		{"[1, 2, 3].map(x, x * x)", "[1, 4, 9]"},
		{"[1, 2, 3].map(x, x > 1, x * x)", "[4, 9]"},
		{"[1, 2, 0].map(x, x > 5, 1 / x)", "[]"},
		{"[0].map(x, 1 / x > 0, x)", "!DIVIDE_BY_ZERO"},
		{"[0].map(x, 1 / x)", "!DIVIDE_BY_ZERO"},
		{"{'a': 1, 'b': 2}.map(k, k + '!')", "[\"a!\", \"b!\"]"},
		{"{'a': 1, 'b': 2}.all(k, k in ['a', 'b'])", "true"},
		{"[[1, 2], [3]].map(l, l.map(x, x + size(l)))", "[[3, 4], [4]]"},
		{"[1, 2].map(x, [3, 4].filter(y, y > x + 1))", "[[3, 4], [4]]"},
		{"[1, 2].exists(x, [1, 2].all(y, x >= y))", "true"},
		{"['a', 'b'].map(x, x + 'c').map(x, x + 'd')", "[\"acd\", \"bcd\"]"},
		{"dyn(1).all(x, true)", "!NO_OVERLOAD"},
		{"[1].all(x, dyn(x))", "!NO_OVERLOAD"},
		{"[1].filter(x, dyn(x))", "!NO_OVERLOAD"},
		{"[1].exists_one(x, dyn('a'))", "!NO_OVERLOAD"},
		{"[dyn(1) / dyn(0)].all(x, true)", "!DIVIDE_BY_ZERO"},
		{"[1, 2, 3].filter(x, x > 1 || x < 0).map(x, x > 2 ? 'c' : 'b')", "[\"b\", \"c\"]"},
	};

	(void)state;
	CHECK(cases, true);
}

static void test_limits(void **state)
{
	static const struct expression_case few_steps[] = {
		{"[1,2,3,4,5,6,7,8].all(a, [1,2,3,4,5,6,7,8].all(b, [1,2,3,4,5,6,7,8].all(c, a + b "
		 "+ c > 0)))",
		 "!LIMIT"},
		{"[1,2,3,4,5,6,7,8].all(a, a > 0)", "true"},
		/* a limit is never absorbed */
		{"[1,2,3,4,5,6,7,8].all(a, [1,2,3,4,5,6,7,8].all(b, [1,2,3,4,5,6,7,8].all(c, a + b "
		 "+ c > 0))) || true",
		 "!LIMIT"},
		/* the values share their members: what is equal looks far larger than it is */
		{"[[0]].map(x, [x,x]).map(x, [x,x]).map(x, [x,x]).map(x, [x,x]).map(x, [x,x])"
		 ".map(x, [x,x]).map(x, [x,x]).map(x, [x,x]).map(x, [x,x]).map(x, [x,x])"
		 ".exists(x, x == dyn([x]))",
		 "false"},
		{"lists.range(700).size()", "700"},
		{"lists.range(801).size()", "!LIMIT"},
		{"lists.range(30).distinct().size()", "30"},
		{"lists.range(50).distinct().size()", "!LIMIT"},
		{"lists.range(80).sort().size()", "80"},
		{"lists.range(150).sort().size()", "!LIMIT"},
		{"[[0]].map(x, [x,x]).map(x, [x,x]).map(x, [x,x]).map(x, [x,x]).map(x, [x,x])"
		 ".map(x, [x,x]).map(x, [x,x]).map(x, [x,x]).map(x, [x,x]).map(x, [x,x])"
		 ".flatten(20).size()",
		 "!LIMIT"},
		{"math.greatest(lists.range(390)) + math.greatest(lists.range(400))", "!LIMIT"},
	};
	/* a text that grew by doublings, each of them cheap, is looked at in a loop */
	static const struct expression_case long_texts[] = {
		{"['0123456789abcdef'].map(x, x + x).map(x, x + x).map(x, x + x).map(x, x + x)"
		 ".map(x, x + x).map(x, x + x).map(x, x + x).map(x, x + x)"
		 ".all(x, [1, 2, 3, 4, 5, 6, 7, 8].all(y, !x.contains('g')))",
		 "!LIMIT"},
		{"['0123456789abcdef'].map(x, x + x).map(x, x + x).map(x, x + x).map(x, x + x)"
		 ".all(x, [1, 2, 3, 4, 5, 6, 7, 8].all(y, !x.contains('g')))",
		 "true"},
	};
	static const struct expression_case small_room[] = {
		{"dyn('0123456789abcdef') + dyn('0123456789abcdef') + dyn('0123456789abcdef') == "
		 "''",
		 "!LIMIT"},
		{"[1, 2, 3, 4].map(x, dyn(x)) == []", "!LIMIT"},
		{"dyn('a') + dyn('b')", "\"ab\""},
		/* a bool needs no more than one member's room, however often */
		{"['a', 'b', 'c', 'd', 'e', 'f'].all(x, x.upperAscii() + '!' != '')", "true"},
		{"lists.range(4) == []", "!LIMIT"},
		{"base64.decode(base64.encode(dyn(b'0123456789'))) == b'0123456789'", "true"},
		{"base64.encode(dyn(b'0123456789012345678901234567890123456789')) == ''", "!LIMIT"},
		{"dyn([1, 2]).sort() == [1, 2]", "!LIMIT"},
		{"[[1, 2], [3, 4]].flatten() == []", "!LIMIT"},
		{"size('%s'.format([[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16]]))",
		 "!LIMIT"},
	};

	(void)state;
	expression_room_steps = 800;
	CHECK(few_steps, true);
	CHECK(long_texts, true);
	expression_room_steps = 0;
	expression_room_bytes = 48;
	CHECK(small_room, true);
	expression_room_bytes = 0;
}

/* Deep and long trees: the machine's stack is enough, or the author is told. */
static void test_large(void **state)
{
	static char text[65536];
	size_t n = 0;

	(void)state;
	for (unsigned i = 0; i < 100; i++)
		text[n++] = '[';
	strcpy(text + n, "dyn(1)");
	n += 6;
	for (unsigned i = 0; i < 100; i++)
		text[n++] = ']';
	text[n] = 0;
	assert_string_not_equal(answer_of(text, NULL, NULL, true), "");
	assert_int_equal(answer_of(text, NULL, NULL, true)[0], '[');
	strcpy(text, "size([");
	for (unsigned i = 0; i < 700; i++)
		strcat(text, i ? ",dyn(1)" : "dyn(1)");
	strcat(text, "])");
	assert_string_equal(answer_of(text, NULL, NULL, true), "700");
	strcpy(text, "size({");
	for (unsigned i = 0; i < 257; i++)
		snprintf(text + strlen(text), 32, "%sdyn(%u): 1", i ? "," : "", i);
	strcat(text, "})");
	assert_string_equal(answer_of(text, NULL, NULL, true), "?unsupported");
}

static void test_places(void **state)
{
	(void)state;
	assert_int_equal(fault_offset("dyn(1) + dyn(2) / dyn(0)"), 16);
	assert_int_equal(fault_offset("true && (dyn('a') < dyn(1))"), 18);
	assert_int_equal(fault_offset("[1, 0].map(x, 3 / x)"), 16);
	assert_int_equal(fault_offset("nobody"), 0);
	assert_int_equal(fault_offset("1 == 1"), -1);
}

static void test_mistakes(void **state)
{
	static const struct expression_case cases[] = {
		{"1 +", "?syntax"},
		{"1 + 'a'", "?type_mismatch"},
		{"1 / 0", "!DIVIDE_BY_ZERO"},
		{"timestamp('x')", "!CONVERSION"},
	};

	(void)state;
	CHECK(cases, false);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_arithmetic), cmocka_unit_test(test_comparisons),
		cmocka_unit_test(test_absorbing),  cmocka_unit_test(test_lists_and_maps),
		cmocka_unit_test(test_macros),     cmocka_unit_test(test_limits),
		cmocka_unit_test(test_large),      cmocka_unit_test(test_places),
		cmocka_unit_test(test_mistakes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
