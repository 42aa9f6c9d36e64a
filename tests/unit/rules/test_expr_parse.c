/* Texts to trees, and where a text is no expression. */
#include "expr_fixture.h"

#include <stdlib.h>
#include <string.h>

static void literals(void **state)
{
	static const char *const rows[][2] = {
		{"0", "0"},
		{"42", "42"},
		{"-42", "-42"},
		{"007", "7"},
		{"0x1F", "31"},
		{"-0xff", "-255"},
		{"9223372036854775807", "9223372036854775807"},
		{"-9223372036854775808", "-9223372036854775808"},
		{"0xFFFFFFFFFFFFFFFFu", "18446744073709551615u"},
		{"18446744073709551615U", "18446744073709551615u"},
		{"1.5", "1.5"},
		{".5", "0.5"},
		{"-.5", "-0.5"},
		{"1e3", "1000.0"},
		{"1E-2", "0.01"},
		{"2.5e+1", "25.0"},
		{"-0.0", "-0.0"},
		{"true", "true"},
		{"false", "false"},
		{"null", "null"},
		{"'a'", "\"a\""},
		{"\"a'b\"", "\"a'b\""},
		{"'''a\n'b'''", "\"a\n'b\""},
		{"r'\\n'", "\"\\n\""},
		{"R\"\\d\"", "\"\\d\""},
		{"'\\u20ac\\U0001f600\\x41\\101\\n'", "\"\xe2\x82\xac\xf0\x9f\x98\x80"
						      "AA\n\""},
		{"'''a\r\nb\rc'''", "\"a\r\nb\rc\""},
		{"b'abc'", "b\"616263\""},
		{"B'\\xff\\377\\n'", "b\"ffff0a\""},
		{"b'\xc3\xbf'", "b\"c3bf\""},
		{"br'\\x'", "b\"5c78\""},
		{"bR'''a'b'''", "b\"612762\""},
		{"b''", "b\"\""},
		{"[]", "[]"},
		{"[1, 'a', [2],]", "[1 \"a\" [2]]"},
		{"{}", "{}"},
		{"{'a': 1, 2: [3],}", "{\"a\": 1 2: [3]}"},
		{"{'a': {'b': {}}}", "{\"a\": {\"b\": {}}}"},
	};

	(void)state;
	EXPR_COMPARE(rows, EXPR_PARSED, expr_tree);
}

static void operators(void **state)
{
	static const char *const rows[][2] = {
		{"1 + 2 * 3", "(+ 1 (* 2 3))"},
		{"(1 + 2) * 3", "(* (+ 1 2) 3)"},
		{"1 - 2 - 3", "(- (- 1 2) 3)"},
		{"8 / 4 % 3", "(% (/ 8 4) 3)"},
		{"a < b == c", "(== (< ?a ?b) ?c)"},
		{"a in b", "(in ?a ?b)"},
		{"a + b in c", "(in (+ ?a ?b) ?c)"},
		{"a <= b && c >= d || e != f", "(|| (&& (<= ?a ?b) (>= ?c ?d)) (!= ?e ?f))"},
		{"a && b && c", "(&& ?a ?b ?c)"},
		{"a && (b && c)", "(&& ?a (&& ?b ?c))"},
		{"a || b || c || d", "(|| ?a ?b ?c ?d)"},
		{"a ? b : c ? d : e", "(?: ?a ?b (?: ?c ?d ?e))"},
		{"(a ? b : c) ? d : e", "(?: (?: ?a ?b ?c) ?d ?e)"},
		{"a ? (b ? 1 : 2) : 3", "(?: ?a (?: ?b 1 2) 3)"},
		{"a || b ? c && d : e", "(?: (|| ?a ?b) (&& ?c ?d) ?e)"},
		{"!a", "(! ?a)"},
		{"!!a", "(! (! ?a))"},
		{"-a", "(-_ ?a)"},
		{"--a", "(-_ (-_ ?a))"},
		{"- 5", "-5"},
		{"--5", "(-_ -5)"},
		{"-(5)", "(-_ 5)"},
		{"1-1", "(- 1 1)"},
		{"1 - -1", "(- 1 -1)"},
		{"!a == b", "(== (! ?a) ?b)"},
		{"a.b.c", "(. (. ?a b) c)"},
		{"a[1]", "([] ?a 1)"},
		{"a[b[1]][2].c", "(. ([] ([] ?a ([] ?b 1)) 2) c)"},
		{".a", ".?a"},
		{".a.b", "(. .?a b)"},
		{"a.`b-c`", "(. ?a b-c)"},
		{"a.`b.c/d e`", "(. ?a b.c/d e)"},
		{"a.package.if", "(. (. ?a package) if)"},
		{"{'a': 1}.a", "(. {\"a\": 1} a)"},
		{"[1][0]", "([] [1] 0)"},
		{"'a'.size()", "(size \"a\")"},
		{"1.size()", "(size 1)"},
		{"-1.size()", "(size -1)"},
		{"f()", "(?f)"},
		{"f(1, g(2))", "(?f 1 (?g 2))"},
		{"a.f(1).g()", "(?g (?f ?a 1))"},
		{"size(a)", "(size ?a)"},
		{"a.startsWith('x')", "(startsWith ?a \"x\")"},
		{"1 // one\n + // two\n 2", "(+ 1 2)"},
		{"\t1\r\n+\f2 // end", "(+ 1 2)"},
		{"in_a", "?in_a"},
		{"_", "?_"},
		{"trueish", "?trueish"},
	};

	(void)state;
	EXPR_COMPARE(rows, EXPR_PARSED, expr_tree);
}

static void macros(void **state)
{
	static const char *const rows[][2] = {
		{"has(a.b)", "(has (. ?a b))"},
		{"has(a)", "(has ?a)"},
		{"has(a.b[0].c)", "(has (. ([] (. ?a b) 0) c))"},
		{"has({'a': 1}.`a-b`)", "(has (. {\"a\": 1} a-b))"},
		{"[1].all(x, x > 0)", "(all [1] ?x (> ?x 0))"},
		{"a.exists(x, x)", "(exists ?a ?x ?x)"},
		{"a.exists_one(x, x)", "(exists_one ?a ?x ?x)"},
		{"a.existsOne(x, x)", "(exists_one ?a ?x ?x)"},
		{"a.map(x, x + 1)", "(map ?a ?x (+ ?x 1))"},
		{"a.map(x, x > 1, x + 1)", "(map ?a ?x (> ?x 1) (+ ?x 1))"},
		{"a.filter(x, x)", "(filter ?a ?x ?x)"},
		/* another number of arguments: a function of that name, which there is not */
		{"a.map(x)", "(?map ?a ?x)"},
		{"a.all()", "(?all ?a)"},
		{"has()", "(?has)"},
		{"has(a.b, c)", "(?has (. ?a b) ?c)"},
		{"a.has(b.c)", "(?has ?a (. ?b c))"},
		{"map(x, x)", "(?map ?x ?x)"},
		/* shapes that are no macro's */
		{"has(1)", "syntax@5"},
		{"has(f(a))", "syntax@5"},
		{"has(a[0])", "syntax@6"},
		{"[1].all(1, true)", "syntax@9"},
		{"[1].all(x.y, true)", "syntax@9"},
		{"[1].all(.x, true)", "syntax@9"},
		{"[1].map('x', true)", "syntax@9"},
		{"[1].all(i, x, true)", "unsupported@5"},
		{"[1].exists(i, x, true)", "unsupported@5"},
		{"[1].existsOne(i, x, true)", "unsupported@5"},
	};

	(void)state;
	EXPR_COMPARE(rows, EXPR_PARSED, expr_tree);
}

static void mistakes(void **state)
{
	static const char *const rows[][2] = {
		{"", "syntax@1"},
		{"  // nothing", "syntax@1"}, /* where the text ends, not the blanks behind it */
		{"1 +  \n\n", "syntax@4"},
		{"1 +", "syntax@4"},
		{"1 2", "syntax@3"},
		{"(1", "syntax@3"},
		{"1)", "syntax@2"},
		{"[1", "syntax@3"},
		{"[1 2]", "syntax@4"},
		{"[,]", "syntax@2"},
		{"{1}", "syntax@3"},
		{"{1: }", "syntax@5"},
		{"{1: 2 3: 4}", "syntax@7"},
		{"{,}", "syntax@2"},
		{"f(1,)", "syntax@5"},
		{"f(,)", "syntax@3"},
		{"a.", "syntax@3"},
		{"a.1", "syntax@2"},
		{"a.true", "syntax@3"},
		{"a.in", "syntax@3"},
		{"a.`b`()", "syntax@6"},
		{"`a`", "syntax@1"},
		{"a.``", "syntax@3"},
		{"a.`b", "syntax@3"},
		{"a.`b$c`", "syntax@3"},
		{"..a", "syntax@2"},
		{"a[1", "syntax@4"},
		{"a ? b", "syntax@6"},
		{"a ? b : ", "syntax@8"},
		{"a : b", "syntax@3"},
		{"a = b", "syntax@3"},
		{"a & b", "syntax@3"},
		{"a | b", "syntax@3"},
		{"a <> b", "syntax@4"},
		{"a === b", "syntax@5"},
		{"a # b", "syntax@3"},
		{"a; b", "syntax@2"},
		{"a\x01", "syntax@2"},
		{"a and b", "syntax@3"},
		{"not a", "syntax@5"},
		{"a is null", "syntax@3"},
		{"package", "syntax@1"},
		{"while(1)", "syntax@1"},
		{".null", "syntax@2"},
		{"in", "syntax@1"},
		{"+1", "syntax@1"},
		{"-", "syntax@2"},
		{"'a", "syntax@1"},
		{"'''a''", "syntax@1"},
		{"'a\nb'", "syntax@1"},
		{"'\\q'", "syntax@2"},
		{"'\\u12'", "syntax@2"},
		{"'\\ud800'", "syntax@2"},
		{"'\\U00110000'", "syntax@2"},
		{"'\\400'", "syntax@2"},
		{"b'\\u0041'", "syntax@3"},
		{"9223372036854775808", "syntax@1"},
		{"-9223372036854775809", "syntax@2"},
		{"18446744073709551616u", "syntax@1"},
		{"0x", "syntax@1"},
		{"0xg", "syntax@1"},
		{"0X1", "syntax@1"},
		{"12abc", "syntax@1"},
		{"1e999", "syntax@1"},
		{"1.e3", "(. 1 e3)"}, /* a point needs a digit behind it */
		{"-1u", "(-_ 1u)"},
		/* what CEL has elsewhere */
		{"T{a: 1}", "unsupported@1"},
		{"a.b.T{}", "unsupported@1"},
		{"1 + .google.protobuf.Value{}", "unsupported@5"},
		{"a.?b", "unsupported@3"},
		{"a[?1]", "unsupported@3"},
		{"[?a]", "unsupported@2"},
		{"{?1: a}", "unsupported@2"},
	};

	(void)state;
	EXPR_COMPARE(rows, EXPR_PARSED, expr_tree);
}

static char *repeated(const char *before, const char *middle, const char *after, unsigned n)
{
	size_t room = (strlen(before) + strlen(after)) * n + strlen(middle) + 1;
	char *text = calloc(1, room);

	for (unsigned i = 0; i < n; i++)
		strcat(text, before);
	strcat(text, middle);
	for (unsigned i = 0; i < n; i++)
		strcat(text, after);
	return text;
}

static void nesting_is_deep_and_bounded(void **state)
{
	static const struct {
		const char *before, *middle, *after;
	} shapes[] = {
		{"(", "1", ")"},
		{"[", "", "]"},
		{"{1: ", "2", "}"},
		{"!", "a", ""},
		{"-", "a", ""},
		{"f(", "1", ")"},
		{"a[", "1", "]"},
		{"", "a", "[0]"},
		{"", "a", ".b"},
		{"", "a", ".f()"},
		{"1 + ", "1", ""},
		{"a ? b : ", "c", ""},
		{"a ? (", "c", ") : d"},
		{"a < ", "b", ""},
		{"[1].map(x, ", "x", ")"},
		{"a && (b || ", "c", ")"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(shapes) / sizeof(shapes[0]); i++) {
		char *good = repeated(shapes[i].before, shapes[i].middle, shapes[i].after, 50);
		char *bad = repeated(shapes[i].before, shapes[i].middle, shapes[i].after, 3000);

		if (strchr(expr_tree(good, EXPR_PARSED), '@'))
			print_error("%s: %s\n", good, expr_tree(good, EXPR_PARSED));
		assert_null(strchr(expr_tree(good, EXPR_PARSED), '@'));
		assert_memory_equal(expr_tree(bad, EXPR_PARSED), "too_deep@", 9);
		free(good);
		free(bad);
	}
}

static void length_is_bounded(void **state)
{
	char *text = repeated("a && ", "b", "", 13107); /* 65,536 bytes */
	char *longer = repeated("a && ", "bc", "", 13107);

	(void)state;
	assert_int_equal(strlen(text), SL_EXPR_BYTES_MAX);
	assert_memory_equal(expr_tree(text, EXPR_PARSED), "(&& ?a", 6);
	assert_string_equal(expr_tree(longer, EXPR_PARSED), "too_large@1");
	free(text);
	free(longer);
}

static void hints_can_be_typed(void **state)
{
	static const char *const rows[][2] = {
		{"a = b", "`=` is no part of a condition | equality is written `==`"},
		{"a & b", "`&` is no part of a condition | and is written `&&`"},
		{"a | b", "`|` is no part of a condition | or is written `||`"},
		{"a <> b", "a value is expected here, not `>` | not equal is written `!=`"},
		{"a AND b",
		 "`&&`, `||` or the end is expected here, not `AND` | and is written `&&`"},
		{"a OR b", "`&&`, `||` or the end is expected here, not `OR` | or is written `||`"},
		{"NOT a", "`&&`, `||` or the end is expected here, not `a` | not is written `!`"},
		{"a like 'x'", "`&&`, `||` or the end is expected here, not `like` | write "
			       "`field.contains(\"x\")` or `field.startsWith(\"x\")`"},
		{"a not in b", "`&&`, `||` or the end is expected here, not `not` | not in a list "
			       "is written `!(field in [\"a\", \"b\"])`"},
		{"{'a', 'b'}", "`:` is expected here, not `,` | a list stands between `[` and `]`"},
		{"for", "a value is expected here, not `for` | this word is kept by CEL and cannot "
			"name a field"},
		{"a => b", "`=` is no part of a condition | at least is written `>=`; a macro has "
			   "a comma: `tags.exists(t, t == \"vip\")`"},
		{"a in (1, 2)",
		 "`)` is expected here, not `,` | a list stands between `[` and `]`"},
		{"a > 1,000", "`&&`, `||` or the end is expected here, not `,` | a number has "
			      "nothing between its digits: `1000000`"},
		{"a in [1..5]", "a name is expected here, not `.5` | a range is written `x >= 1 && "
				"x <= 5`"},
		{"a.b(t -> t)", "a value is expected here, not `>` | as in `tags.exists(t, t == "
				"\"vip\")`, with a comma"},
	};

	(void)state;
	EXPR_COMPARE(rows, EXPR_PARSED, expr_words);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(literals),
		cmocka_unit_test(operators),
		cmocka_unit_test(macros),
		cmocka_unit_test(mistakes),
		cmocka_unit_test(nesting_is_deep_and_bounded),
		cmocka_unit_test(length_is_bounded),
		cmocka_unit_test(hints_can_be_typed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
