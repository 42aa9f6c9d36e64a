#include "../rules/regex_fixture.h"

#include "base/regex.h"

#include <stdio.h>
#include <stdlib.h>

static bool search(const char *pattern, const char *text, uint32_t bytes)
{
	struct regex_rig rig;
	const struct sl_regex *regex = regex_compile(&rig, pattern);
	/* exactly as long as the text, so that a sanitizer sees a read behind its end */
	char *exact = malloc(bytes ? bytes : 1);
	bool found;

	assert_int_equal(sl_regex_check(rig.blob.at, rig.blob.bytes), 0);
	memcpy(exact, text, bytes);
	found = sl_regex_search(regex, exact, bytes);
	free(exact);
	regex_end(&rig);
	return found;
}

static void assert_in(const char *pattern, const char *text)
{
	if (!search(pattern, text, (uint32_t)strlen(text)))
		fail_msg("%s does not match %s", pattern, text);
}

static void assert_not_in(const char *pattern, const char *text)
{
	if (search(pattern, text, (uint32_t)strlen(text)))
		fail_msg("%s matches %s", pattern, text);
}

static void test_unanchored(void **state)
{
	(void)state;
	assert_in("b+c", "aabbc");
	assert_not_in("b+c", "aabbd");
	assert_in("", "");
	assert_in("a*", "b");
	assert_in("aab", "aaab");
	assert_in("abcabd", "abcabcabd");
	assert_not_in("a", "");
}

static void test_characters(void **state)
{
	(void)state;
	assert_in("^대.신청$", "대출신청");
	assert_not_in("^대..신청$", "대출신청");
	assert_in("^[가-힣]{4}$", "대출신청");
	assert_not_in("^[가-힣]{4}$", "대출신x");
	assert_in("^.$", "😀");
	assert_in("^\\pL+$", "aé가σ");
	assert_not_in("a.b", "a\nb");
	assert_in("(?s)a.b", "a\nb");
	assert_in("a[^x]b", "a\nb");
	assert_true(search("a\\x00b", "xa\0b", 4));
	assert_false(search("a\\x00b$", "a\0bc", 4));
}

/* A byte that is no part of valid UTF-8 is a character that nothing matches. */
static void test_invalid_text(void **state)
{
	static const char *const texts[] = {"a\xff"
					    "b",
					    "a\x80"
					    "b",
					    "a\xc0\x80"
					    "b",
					    "a\xed\xa0\x80"
					    "b",
					    "a\xf4\x90\x80\x80"
					    "b",
					    "a\xea\xb0"
					    "b",
					    "a\xe0\x80\x80"
					    "b"};

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		assert_not_in("a(?s:.)+b", texts[i]);
		assert_not_in("a[^c]b", texts[i]);
		assert_in("b$", texts[i]);
	}
	assert_false(search("(?s)^.$", "\xea\xb0", 2));
	assert_false(search("(?s)^.$", "\xf0\x9f\x98\x80", 3));
}

static void test_anchors(void **state)
{
	(void)state;
	assert_in("^$", "");
	assert_not_in("^$", "a");
	assert_not_in("a$", "a\n");
	assert_not_in("^b", "a\nb");
	assert_in("(?m)^b$", "a\nb\nc");
	assert_in("(?m)^$", "a\n");
	assert_in("(?m)^$", "a\n\nb");
	assert_not_in("(?m)^$", "a\nb");
	assert_not_in("(?m)\\Ab", "a\nb");
	assert_in("(^|,)x(,|$)", "a,x");
	assert_not_in("(^|,)x(,|$)", "ax");
	assert_not_in("a^b", "ab");
	assert_in("(?:^a?){2}b", "ab");
	assert_in("a\\n(?m:^)b", "a\nb");
}

static void test_words(void **state)
{
	(void)state;
	assert_in("\\bcat\\b", "a cat.");
	assert_in("\\bcat\\b", "cat");
	assert_not_in("\\bcat\\b", "concat");
	assert_not_in("\\bcat\\b", "cat_");
	/* words are of ASCII: 가 is no part of one */
	assert_in("\\bcat\\b", "가cat가");
	assert_in("a\\B.", "ab");
	assert_not_in("a\\B.", "a-");
	assert_in("\\b", "a");
	assert_not_in("\\b", "- 가");
	assert_in("\\B", "");
	assert_in("-\\B-", "--");
	assert_in(".\\b.\\B.", "-ab");
	/* behind what the search passed over */
	assert_not_in("\\bx", "aaax");
	assert_in("\\bx", "aaa x");
	assert_in("\\Bx", "가가ax");
}

static void test_folding(void **state)
{
	(void)state;
	assert_in("(?i)^loan$", "LoAn");
	assert_in("(?i)kelvin", "\xe2\x84\xaa"
				"elvin");
	assert_in("(?i)σ", "ς");
	assert_in("(?i)привет", "ПРИВЕТ");
	assert_not_in("(?i)ß", "ss");
}

/* One pattern in rows of each width, whose end lies in the last word. */
static void test_widths(void **state)
{
	static const unsigned repeats[] = {1, 61, 62, 63, 64, 125, 126, 200, 254, 300, 511, 999};

	(void)state;
	for (size_t i = 0; i < sizeof(repeats) / sizeof(*repeats); i++) {
		char pattern[64], text[1100];
		unsigned n = repeats[i];

		snprintf(pattern, sizeof(pattern), "x[ab]{%u}y", n);
		text[0] = 'x';
		memset(text + 1, 'a', n);
		strcpy(text + 1 + n, "y");
		assert_in(pattern, text);
		text[n] = 'c';
		assert_not_in(pattern, text);
		strcpy(text + n, "y");
		assert_not_in(pattern, text);
		snprintf(pattern, sizeof(pattern), "x(?:a|b){%u,}y", n);
		assert_not_in(pattern, text);
		memset(text + 1, 'b', n + 20);
		strcpy(text + n + 21, "y");
		assert_in(pattern, text);
	}
}

/* What takes other libraries for ever: a step for each character here, told by its end. */
static void test_hostile(void **state)
{
	uint32_t bytes = 1u << 20;
	char *text = malloc(bytes);

	(void)state;
	memset(text, 'a', bytes);
	assert_false(search("(a*)*b", text, bytes));
	assert_false(search("(a|a)*b", text, bytes));
	assert_false(search("^(a+)+$x", text, bytes));
	assert_false(search("(?:a?){30}a{30}b", text, bytes));
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_unanchored),   cmocka_unit_test(test_characters),
		cmocka_unit_test(test_invalid_text), cmocka_unit_test(test_anchors),
		cmocka_unit_test(test_words),        cmocka_unit_test(test_folding),
		cmocka_unit_test(test_widths),       cmocka_unit_test(test_hostile),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
