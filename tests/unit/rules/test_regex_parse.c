#include "regex_fixture.h"

#include <stdio.h>

static void assert_fault(const char *pattern, enum sl_regex_fault_kind kind, uint32_t offset,
			 const char *message)
{
	struct sl_regex_fault fault = {0};
	struct sl_regex_tree tree;
	struct sl_arena arena = {0};
	int error = sl_regex_parse(sl_slice_of(pattern), &arena, &tree, &fault);

	if (error != -SL_E_RULES)
		fail_msg("%s was accepted", pattern);
	if (fault.kind != kind || fault.offset != offset || !strstr(fault.message, message))
		fail_msg("%s: kind %d at %u: %s", pattern, fault.kind, fault.offset, fault.message);
	assert_true(fault.hint && *fault.hint);
	assert_true(fault.offset == 0 || fault.offset < strlen(pattern));
	sl_arena_fini(&arena);
}

static void assert_accepted(const char *pattern)
{
	struct regex_rig rig;

	regex_parse(&rig, pattern);
	regex_end(&rig);
}

/* The tree as text: sets as their ranges in hexadecimal, assertions as their bits. */
static void print(struct sl_buffer *text, const struct sl_regex_node *node)
{
	static const char *const names[] = {"empty", "", "!", "cat", "or", "rep"};
	char part[64];

	snprintf(part, sizeof(part), "%s%s", names[node->kind], node->child ? "(" : "");
	sl_buffer_add(text, part, strlen(part));
	for (uint32_t i = 0; node->set && i < node->set->n; i++) {
		const struct sl_regex_range *range = &node->set->ranges[i];

		snprintf(part, sizeof(part), range->first == range->last ? "%s%x" : "%s%x-%x",
			 i ? "," : "", range->first, range->last);
		sl_buffer_add(text, part, strlen(part));
	}
	if (node->kind == SL_REGEX_NODE_ASSERT) {
		snprintf(part, sizeof(part), "%04x", node->empty);
		sl_buffer_add(text, part, strlen(part));
	}
	if (node->kind == SL_REGEX_NODE_REPEAT) {
		snprintf(part, sizeof(part), "%d,%d ", (int)node->min, (int)node->max);
		sl_buffer_add(text, part, strlen(part));
	}
	for (const struct sl_regex_node *child = node->child; child; child = child->next) {
		print(text, child);
		sl_buffer_add(text, child->next ? " " : ")", 1);
	}
}

static void assert_tree(const char *pattern, const char *wanted)
{
	struct sl_buffer text = {0};
	struct regex_rig rig;

	regex_parse(&rig, pattern);
	print(&text, rig.tree.root);
	sl_buffer_add(&text, "", 1);
	assert_string_equal((const char *)text.at, wanted);
	sl_buffer_fini(&text);
	regex_end(&rig);
}

static void test_literals(void **state)
{
	(void)state;
	assert_tree("ab", "cat(61 62)");
	assert_tree("가", "ac00");
	assert_tree("", "empty");
	assert_tree("{", "7b");
	assert_tree("]}", "cat(5d 7d)");
	assert_tree("a{,2}", "cat(61 7b 2c 32 7d)");
	assert_tree("\\Qa.*\\E", "cat(61 2e 2a)");
	assert_tree("\\Qa|\\\\E", "cat(61 7c 5c)");
	assert_tree("\\Q\\E\\Q)", "29");
}

static void test_escapes(void **state)
{
	(void)state;
	assert_tree("\\a\\f\\n\\r\\t\\v", "cat(7 c a d 9 b)");
	assert_tree("\\x41\\x{AC00}\\x{10ffff}", "cat(41 ac00 10ffff)");
	assert_tree("\\0\\01\\012\\0123\\101", "cat(0 1 a a 33 41)");
	assert_tree("\\.\\\\\\_\\ \\-", "cat(2e 5c 5f 20 2d)");
}

static void test_classes(void **state)
{
	(void)state;
	assert_tree("[abc]", "61-63");
	assert_tree("[]a]", "5d,61");
	assert_tree("[^]a]", "0-5c,5e-60,62-10ffff");
	assert_tree("[a-]", "2d,61");
	assert_tree("[-a]", "2d,61");
	assert_tree("[a-c-e]", "2d,61-63,65");
	assert_tree("[\\d-]", "2d,30-39");
	assert_tree("[\\x41-\\x{43}\\n]", "a,41-43");
	assert_tree("[[:digit:][:^ascii:]]", "30-39,80-10ffff");
	assert_tree("[[:a]", "3a,5b,61");
	assert_tree("\\d\\s", "cat(30-39 9-a,c-d,20)");
	assert_tree("\\W", "0-2f,3a-40,5b-5e,60,7b-10ffff");
	assert_tree(".", "0-9,b-10ffff");
	assert_tree("(?s).", "0-10ffff");
	assert_tree("[^\\x00-\\x{10FFFF}]", "");
	assert_tree("\\p{Zl}\\pZ", "cat(2028 20,a0,1680,2000-200a,2028-2029,202f,205f,3000)");
	assert_tree("\\P{^Zl}", "2028");
}

static void test_folding(void **state)
{
	(void)state;
	assert_tree("(?i)a", "41,61");
	assert_tree("(?i)k", "4b,6b,212a");
	assert_tree("(?i)Σ", "3a3,3c2-3c3");
	assert_tree("(?i)[^k]", "0-4a,4c-6a,6c-2129,212b-10ffff");
	/* a negated class is negated after folding */
	assert_tree("(?i)\\W", "0-2f,3a-40,5b-5e,60,7b-17e,180-2129,212b-10ffff");
	assert_tree("(?i)a(?-i)a", "cat(41,61 61)");
	assert_tree("(?i:a)a", "cat(41,61 61)");
	assert_tree("(a(?i)a)a", "cat(cat(61 41,61) 61)");
	assert_tree("a(?i)b|c", "or(cat(61 42,62) 43,63)");
}

static void test_groups_and_repeats(void **state)
{
	(void)state;
	assert_tree("x(?:ab|c)y", "cat(78 or(cat(61 62) 63) 79)");
	assert_tree("x(?:a|^|cd|b)y", "cat(78 or(61-62 !000f cat(63 64)) 79)");
	assert_tree("x(?P<n>a)(?<m>b)y", "cat(78 61 62 79)");
	assert_tree("xa*b+?c??d{2}e{2,}f{2,3}y",
		    "cat(78 rep(0,-1 61) rep(1,-1 62) rep(0,1 63) rep(2,2 64) rep(2,-1 65) "
		    "rep(2,3 66) 79)");
	assert_tree("x(?:a*)*y", "cat(78 rep(0,-1 61) 79)");
	assert_tree("xa{0}y", "cat(78 79)");
	assert_tree("x(?:^)*y", "cat(78 79)");
	assert_tree("x(?:a|)y", "cat(78 or(61 !ffff) 79)");
	assert_tree("\\Qab\\E*c", "cat(61 rep(0,-1 62) 63)");
}

/* Bits: 4 for what stands before, each with one for what stands behind. */
static void test_assertions(void **state)
{
	(void)state;
	assert_tree("^a", "cat(!000f 61)");
	assert_tree("\\Aa\\z", "cat(!000f 61 !1111)");
	assert_tree("a$", "cat(61 !1111)");
	assert_tree("(?m)^a$", "cat(!00ff 61 !3333)");
	assert_tree("\\ba", "cat(!4b44 61)");
	assert_tree("\\Ba", "cat(!b4bb 61)");
	assert_tree("^\\ba", "cat(!0004 61)");
	assert_tree("^$", "!0001");
}

/* What a search does not need at the ends. */
static void test_trimming(void **state)
{
	(void)state;
	assert_tree(".*a.*", "61");
	assert_tree("b*a+", "61");
	assert_tree("^b*a+", "cat(!000f rep(0,-1 62) 61)");
	assert_tree("a{3,9}", "rep(3,3 61)");
	assert_tree("(?:.*a|b.*)c", "cat(or(61 cat(62 rep(0,-1 0-9,b-10ffff))) 63)");
	assert_tree("(?:x?a|c)", "61,63");
	assert_tree("a*", "empty");
	assert_tree("a*$", "!1111");
}

static void test_syntax_faults(void **state)
{
	(void)state;
	assert_fault("a(b", SL_REGEX_SYNTAX, 1, "not closed");
	assert_fault("ab)", SL_REGEX_SYNTAX, 2, "no group is open");
	assert_fault("a[b", SL_REGEX_SYNTAX, 1, "not closed");
	assert_fault("[]", SL_REGEX_SYNTAX, 0, "not closed");
	assert_fault("[a-", SL_REGEX_SYNTAX, 0, "not closed");
	assert_fault("[b-a]", SL_REGEX_SYNTAX, 1, "ends before it begins");
	assert_fault("[a-\\d]", SL_REGEX_SYNTAX, 1, "not with a class");
	assert_fault("x[[:alpa:]]", SL_REGEX_SYNTAX, 2, "no class of this name");
	assert_fault("*a", SL_REGEX_SYNTAX, 0, "nothing before");
	assert_fault("a|{2}", SL_REGEX_SYNTAX, 2, "nothing before");
	assert_fault("a(?i)*", SL_REGEX_SYNTAX, 5, "nothing before");
	assert_fault("a**", SL_REGEX_SYNTAX, 2, "cannot be repeated");
	assert_fault("a++", SL_REGEX_SYNTAX, 2, "cannot be repeated");
	assert_fault("a{3,2}", SL_REGEX_SYNTAX, 1, "least number above");
	assert_fault("a{1001}", SL_REGEX_SYNTAX, 1, "at most 1000");
	assert_fault("(a{100}){11}", SL_REGEX_SYNTAX, 8, "at most 1000");
	assert_fault("a\\", SL_REGEX_SYNTAX, 1, "ends with a backslash");
	assert_fault("a\\1", SL_REGEX_SYNTAX, 1, "no escape");
	assert_fault("a\\q", SL_REGEX_SYNTAX, 1, "no escape");
	assert_fault("\\가", SL_REGEX_SYNTAX, 0, "needs no backslash");
	assert_fault("[\\b]", SL_REGEX_SYNTAX, 1, "no escape");
	assert_fault("\\x4", SL_REGEX_SYNTAX, 0, "hexadecimal");
	assert_fault("\\x{110000}", SL_REGEX_SYNTAX, 0, "no character of this number");
	assert_fault("a\\Z", SL_REGEX_SYNTAX, 1, "no escape");
	assert_fault("a(?=b)", SL_REGEX_SYNTAX, 1, "look around");
	assert_fault("a(?<!b)", SL_REGEX_SYNTAX, 1, "look around");
	assert_fault("(?P=n)", SL_REGEX_SYNTAX, 0, "reference");
	assert_fault("(?>a)", SL_REGEX_SYNTAX, 0, "groups of this kind");
	assert_fault("(?x)", SL_REGEX_SYNTAX, 0, "no such group");
	assert_fault("(?i-)", SL_REGEX_SYNTAX, 0, "no such group");
	assert_fault("(?P<a>b)(?P<a>c)", SL_REGEX_SYNTAX, 8, "two groups");
	assert_fault("(?P<>b)", SL_REGEX_SYNTAX, 0, "cannot be read");
	assert_fault("\\p{L", SL_REGEX_SYNTAX, 0, "no name");
	assert_fault("ab\xff", SL_REGEX_SYNTAX, 2, "not valid UTF-8");
}

static void test_unsupported(void **state)
{
	(void)state;
	assert_fault("a\\C", SL_REGEX_UNSUPPORTED, 1, "no escape");
	assert_fault("\\p{Thai}", SL_REGEX_UNSUPPORTED, 0, "Thai");
	assert_fault("[\\p{Cn}]", SL_REGEX_UNSUPPORTED, 1, "Cn");
}

static void test_bounds(void **state)
{
	char pattern[SL_REGEX_PATTERN_BYTES_MAX + 2];

	(void)state;
	memset(pattern, 'a', sizeof(pattern));
	pattern[sizeof(pattern) - 1] = '\0';
	assert_fault(pattern, SL_REGEX_TOO_LARGE, 0, "longer than");
	pattern[sizeof(pattern) - 2] = '\0';
	assert_accepted(pattern);
	memset(pattern, '(', SL_REGEX_DEPTH_MAX + 1);
	pattern[SL_REGEX_DEPTH_MAX + 1] = '\0';
	assert_fault(pattern, SL_REGEX_TOO_LARGE, SL_REGEX_DEPTH_MAX, "nested deeper");
	memset(pattern + SL_REGEX_DEPTH_MAX, ')', SL_REGEX_DEPTH_MAX);
	pattern[2 * SL_REGEX_DEPTH_MAX] = '\0';
	assert_accepted(pattern);
}

static void test_codes(void **state)
{
	(void)state;
	assert_string_equal(sl_regex_fault_code(SL_REGEX_SYNTAX), "syntax");
	assert_string_equal(sl_regex_fault_code(SL_REGEX_UNSUPPORTED), "unsupported");
	assert_string_equal(sl_regex_fault_code(SL_REGEX_TOO_LARGE), "pattern_too_large");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_literals),
		cmocka_unit_test(test_escapes),
		cmocka_unit_test(test_classes),
		cmocka_unit_test(test_folding),
		cmocka_unit_test(test_groups_and_repeats),
		cmocka_unit_test(test_assertions),
		cmocka_unit_test(test_trimming),
		cmocka_unit_test(test_syntax_faults),
		cmocka_unit_test(test_unsupported),
		cmocka_unit_test(test_bounds),
		cmocka_unit_test(test_codes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
