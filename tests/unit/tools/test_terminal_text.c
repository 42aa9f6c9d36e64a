/* What a terminal is given of text from outside: nothing that acts on it, in columns that add up.
 */
#include "tools/sluice/terminal_text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static char *shown;

static FILE *begin(void)
{
	static size_t bytes;

	free(shown);
	shown = NULL;
	return open_memstream(&shown, &bytes);
}

static const char *put(const char *text)
{
	FILE *to = begin();

	sl_terminal_put(to, text);
	fclose(to);
	return shown;
}

static const char *cell(const char *text, unsigned columns)
{
	FILE *to = begin();

	sl_terminal_put_cell(to, text, columns);
	fclose(to);
	return shown;
}

static void controls_are_written_down(void **state)
{
	(void)state;
	assert_string_equal(put("a\x1b[31mb"), "a\\x1b[31mb");
	assert_string_equal(put("a\r\n\tb\x7f"), "a\\x0d\\x0a\\x09b\\x7f");
	assert_string_equal(put("\xc2\x9b"
				"31m"),
			    "\\u009b31m"); /* CSI as one character */
}

static void what_reorders_or_hides_is_written_down(void **state)
{
	(void)state;
	assert_string_equal(put("a\u202eb\u2066c\u200bd\ufeffe"),
			    "a\\u202eb\\u2066c\\u200bd\\ufeffe");
	assert_string_equal(put("\U000e0041"), "\\ue0041");
	assert_string_equal(put("\u3164"), "\\u3164"); /* a Hangul letter that is not seen */
}

static void what_is_not_utf8_is_written_down(void **state)
{
	(void)state;
	assert_string_equal(put("a\xff\xc3"), "a\\xff\\xc3");
	assert_string_equal(put("\xe2\x80"), "\\xe2\\x80");
	assert_string_equal(put("\xed\xa0\x80"), "\\xed\\xa0\\x80"); /* a surrogate */
	assert_string_equal(put("\xc0\xaf"), "\\xc0\\xaf");          /* overlong */
	assert_string_equal(put("\xf5\x80\x80\x80"), "\\xf5\\x80\\x80\\x80");
}

static void letters_stay(void **state)
{
	(void)state;
	assert_string_equal(put("가입 é naïve 日本"), "가입 é naïve 日本");
	assert_string_equal(put("e\u0301"), "e\u0301");
}

static void columns_are_counted(void **state)
{
	(void)state;
	assert_int_equal(sl_terminal_columns(""), 0);
	assert_int_equal(sl_terminal_columns("abc"), 3);
	assert_int_equal(sl_terminal_columns("가입"), 4);
	assert_int_equal(sl_terminal_columns("e\u0301"), 1);
	assert_int_equal(sl_terminal_columns("\x1b"), 4);
	assert_int_equal(sl_terminal_columns("…█"), 2);
}

static void cells_have_their_width(void **state)
{
	(void)state;
	assert_string_equal(cell("ab", 4), "ab  ");
	assert_string_equal(cell("abcd", 4), "abcd");
	assert_string_equal(cell("abcde", 4), "abc…");
	assert_string_equal(cell("가입자", 4), "가… "); /* half a letter does not fit */
	assert_string_equal(cell("\x1b\x1b", 5), "\\x1b…");
	assert_string_equal(cell("abc", 0), "");
	for (unsigned columns = 0; columns < 12; columns++)
		assert_int_equal(sl_terminal_columns(cell("a가\x1b나\u202e다", columns)), columns);
}

static void lines_stay_where_there_are_lines(void **state)
{
	FILE *to = begin();

	(void)state;
	sl_terminal_put_lines(to, "a\n\tb\r\n\x1b");
	fclose(to);
	assert_string_equal(shown, "a\n\tb\\x0d\n\\x1b");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(controls_are_written_down),
		cmocka_unit_test(what_reorders_or_hides_is_written_down),
		cmocka_unit_test(what_is_not_utf8_is_written_down),
		cmocka_unit_test(letters_stay),
		cmocka_unit_test(columns_are_counted),
		cmocka_unit_test(cells_have_their_width),
		cmocka_unit_test(lines_stay_where_there_are_lines),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
