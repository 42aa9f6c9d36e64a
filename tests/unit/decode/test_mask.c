#include "fixture.h"

#include "decode/decode_priv.h"

static void masks(const char *text, const char *expected)
{
	size_t bytes = strlen(text);
	char *exact = malloc(bytes ? bytes : 1), masked[256];
	size_t n;

	assert_non_null(exact);
	memcpy(exact, text, bytes);
	n = sl_decode_mask(sl_span_of(exact, bytes), masked, sizeof(masked) - 1);
	masked[n] = '\0';
	assert_string_equal(masked, expected);
	free(exact);
}

static void digits_of_every_script(void **state)
{
	(void)state;
	masks("", "");
	masks("{\"card\":\"4111-1111\",\"n\":-1.5e9}", "{\"card\":\"####-####\",\"n\":-#.#e#}");
	masks("/0189:", "/####:");
	masks("\xEF\xBC\x8F\xEF\xBC\x90\xEF\xBC\x99\xEF\xBC\x9A",
	      "\xEF\xBC\x8F##\xEF\xBC\x9A"); /* full width */
	masks("\xD9\xA0\xD9\xA9 \xDB\xB0 \xE0\xA5\xA6", "## # #");
	masks("\xF0\x9D\x9F\x8E\xF0\x9D\x9F\xBF", "##");
	masks("\xEA\xB0\x80\\u0031\t\x01", "\xEA\xB0\x80\\u####\t\x01");
}

static void always_utf8(void **state)
{
	(void)state;
	masks("a\xff\xfe"
	      "b",
	      "a??b");
	masks("\xC0\xAF", "??");
	masks("\xED\xA0\x80", "???");
	masks("\xEA\xB0", "??");
	masks("\xF4\x90\x80\x80", "????");
	masks("\xF0\x9F\x98", "???");
	masks("\x80", "?");
}

static void cut_at_a_character(void **state)
{
	char masked[8];

	(void)state;
	assert_int_equal(sl_decode_mask(sl_span_text("ab12"), masked, 3), 3);
	assert_memory_equal(masked, "ab#", 3);
	assert_int_equal(sl_decode_mask(sl_span_text("a\xEA\xB0\x80"), masked, 3), 1);
	assert_int_equal(sl_decode_mask(sl_span_text("a\xEA\xB0\x80"), masked, 4), 4);
	assert_int_equal(sl_decode_mask(sl_span_text("abc"), masked, 0), 0);
	/* three bytes of a digit need room for one */
	assert_int_equal(sl_decode_mask(sl_span_text("\xEF\xBC\x91"), masked, 1), 1);
	assert_memory_equal(masked, "#", 1);
}

/* Takes exactly the characters there are: all codes there and back. */
static void every_character(void **state)
{
	uint32_t code;

	(void)state;
	for (uint32_t c = 0; c < 0x120000; c++) {
		uint8_t at[4] = {(uint8_t)c};
		unsigned n = 1;

		if (c >= 0x10000) {
			n = 4;
			at[0] = (uint8_t)(0xf0 | c >> 18);
		} else if (c >= 0x800) {
			n = 3;
			at[0] = (uint8_t)(0xe0 | c >> 12);
		} else if (c >= 0x80) {
			n = 2;
			at[0] = (uint8_t)(0xc0 | c >> 6);
		}
		for (unsigned i = 1; i < n; i++)
			at[i] = (uint8_t)(0x80 | (c >> (6 * (n - 1 - i)) & 0x3f));
		if (c > 0x10ffff || (c >= 0xd800 && c < 0xe000)) {
			assert_int_equal(sl_utf8_take(at, n, &code), 0);
			continue;
		}
		assert_int_equal(sl_utf8_take(at, n, &code), n);
		assert_int_equal(code, c);
		if (n > 1)
			assert_int_equal(sl_utf8_take(at, n - 1, &code), 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(digits_of_every_script),
		cmocka_unit_test(always_utf8),
		cmocka_unit_test(cut_at_a_character),
		cmocka_unit_test(every_character),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
