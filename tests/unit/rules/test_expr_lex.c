#include "rules_fixture.h"

#include <stdlib.h>
#include <string.h>

static struct sl_arena arena;
static struct sl_diagnostics *diagnostics;
static struct sl_source source;

static int set_up(void **state)
{
	(void)state;
	diagnostics = sl_diagnostics_new();
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	sl_arena_fini(&arena);
	sl_diagnostics_free(diagnostics);
	return 0;
}

static struct sl_token first_token(const char *text, size_t bytes)
{
	struct sl_expr_context context;
	struct sl_lexer lexer = {.context = &context};
	struct sl_token token;

	source = (struct sl_source){.name = "t", .text = (char *)text, .bytes = (uint32_t)bytes};
	context = (struct sl_expr_context){.source = &source,
					   .text = {text, (uint32_t)bytes},
					   .arena = &arena,
					   .diagnostics = diagnostics};
	sl_lexer_next(&lexer, &token);
	assert_int_equal(lexer.error, 0);
	return token;
}

static void assert_string(const char *text, const char *value, size_t bytes)
{
	struct sl_token token = first_token(text, strlen(text));

	assert_int_equal(token.kind, SL_TOKEN_STRING);
	assert_int_equal(token.text.bytes, bytes);
	assert_memory_equal(token.text.at, value, bytes);
}

#define IS(text, value) assert_string(text, value, sizeof(value) - 1)

static void strings_have_every_form(void **state)
{
	(void)state;
	IS("'a'", "a");
	IS("\"it's\"", "it's");
	IS("''", "");
	IS("\"\"", "");
	IS("'''a'b''c'''", "a'b''c");
	IS("\"\"\"a\n\"b\"\"\"", "a\n\"b");
	IS("r'a\\n'", "a\\n");
	IS("R\"\"\"\\\"\"\"", "\\");
	IS("'\\a\\b\\f\\n\\r\\t\\v\\\\\\?\\\"\\'\\`'", "\a\b\f\n\r\t\v\\?\"'`");
	IS("'\\x41\\X7a\\101\\377'", "Az"
				     "A\xc3\xbf");
	IS("'\\u20ac\\U0001F600\\x00'", "\xe2\x82\xac\xf0\x9f\x98\x80\0");
}

static void strings_that_are_none(void **state)
{
	static const char *const texts[] = {
		"'a",     "\"a'",    "'a\nb'",    "'''a''",        "'\\q'",
		"'\\x4'", "'\\u12'", "'\\ud800'", "'\\U00110000'", "'\\400'",
		"'\\9'",  "'\\",     "r'a",       "'\\u",          "b'\\u0041'",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		size_t before = sl_diagnostics_count(diagnostics, SL_SEVERITY_ERROR);

		assert_int_equal(first_token(texts[i], strlen(texts[i])).kind, SL_TOKEN_BAD);
		assert_int_equal(sl_diagnostics_count(diagnostics, SL_SEVERITY_ERROR), before + 1);
	}
}

static void bytes_are_told_apart(void **state)
{
	(void)state;
	assert_int_equal(first_token("b'a\\xff'", 8).kind, SL_TOKEN_BYTES);
	assert_int_equal(first_token("rb'a'", 5).kind, SL_TOKEN_NAME);
	assert_int_equal(first_token("Br'a'", 5).kind, SL_TOKEN_BYTES);
	assert_int_equal(first_token("rr'a'", 5).kind, SL_TOKEN_NAME);
	assert_int_equal(first_token("rain", 4).kind, SL_TOKEN_NAME);
}

static void numbers(void **state)
{
	struct sl_token token;

	(void)state;
	token = first_token("18446744073709551615", 20);
	assert_int_equal(token.kind, SL_TOKEN_INT);
	assert_true(token.integer == UINT64_MAX);
	assert_int_equal(first_token("18446744073709551616", 20).kind, SL_TOKEN_BAD);
	token = first_token("0xfF", 4);
	assert_int_equal(token.kind, SL_TOKEN_INT);
	assert_int_equal(token.integer, 255);
	assert_int_equal(first_token("0x", 2).kind, SL_TOKEN_BAD);
	assert_int_equal(first_token("12u", 3).kind, SL_TOKEN_UINT);
	assert_int_equal(first_token("12uu", 4).kind, SL_TOKEN_BAD);
	token = first_token("1.5e-3", 6);
	assert_int_equal(token.kind, SL_TOKEN_DECIMAL);
	assert_true(token.decimal == 0.0015);
	token = first_token(".5", 2);
	assert_int_equal(token.kind, SL_TOKEN_DECIMAL);
	assert_true(token.decimal == 0.5);
	assert_int_equal(first_token("1e999", 5).kind, SL_TOKEN_BAD);
	token = first_token("1.x", 3); /* a selection from a number, as CEL has it */
	assert_int_equal(token.kind, SL_TOKEN_INT);
}

static void text_is_not_read_behind_its_end(void **state)
{
	static const char *const texts[] = {"'ab'", "0x1", "1.", "1e", "1e+", "&",
					    "r",    "br",  "r'", "//", "a\\"};

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		for (size_t n = 0; n <= strlen(texts[i]); n++) {
			char *exact = malloc(n ? n : 1);

			memcpy(exact, texts[i], n);
			first_token(exact, n);
			free(exact);
		}
	}
}

static void comments_and_blanks(void **state)
{
	(void)state;
	assert_int_equal(first_token(" \t\r\n// a && b\n x", 16).kind, SL_TOKEN_NAME);
	assert_int_equal(first_token("// only", 7).kind, SL_TOKEN_END);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(strings_have_every_form, set_up, tear_down),
		cmocka_unit_test_setup_teardown(strings_that_are_none, set_up, tear_down),
		cmocka_unit_test_setup_teardown(bytes_are_told_apart, set_up, tear_down),
		cmocka_unit_test_setup_teardown(numbers, set_up, tear_down),
		cmocka_unit_test_setup_teardown(text_is_not_read_behind_its_end, set_up, tear_down),
		cmocka_unit_test_setup_teardown(comments_and_blanks, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
