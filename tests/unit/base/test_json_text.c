#include "base/json_out.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#define BAD "\xef\xbf\xbd"

static const struct {
	const char *in, *out;
} cases[] = {
	{"", ""},
	{"plain / text", "plain / text"},
	{"\"\\\b\f\n\r\t", "\\\"\\\\\\b\\f\\n\\r\\t"},
	{"\x01\x1f\x7f", "\\u0001\\u001f\x7f"},
	/* the ends of every row of well-formed UTF-8 */
	{"\xc2\x80\xdf\xbf", "\xc2\x80\xdf\xbf"},
	{"\xe0\xa0\x80\xed\x9f\xbf\xee\x80\x80\xef\xbf\xbf",
	 "\xe0\xa0\x80\xed\x9f\xbf\xee\x80\x80\xef\xbf\xbf"},
	{"\xf0\x90\x80\x80\xf4\x8f\xbf\xbf", "\xf0\x90\x80\x80\xf4\x8f\xbf\xbf"},
	/* one step outside of them */
	{"\x80", BAD},
	{"\xbf", BAD},
	{"\xc0\x80", BAD BAD},
	{"\xc1\xbf", BAD BAD},
	{"\xe0\x9f\xbf", BAD BAD BAD},
	{"\xed\xa0\x80", BAD BAD BAD},
	{"\xf0\x8f\xbf\xbf", BAD BAD BAD BAD},
	{"\xf4\x90\x80\x80", BAD BAD BAD BAD},
	{"\xf5\x80\x80\x80", BAD BAD BAD BAD},
	{"\xff", BAD},
	/* cut short: what belonged together is one */
	{"\xe2\x82", BAD},
	{"\xe2\x82z", BAD "z"},
	{"\xf0\x9f\x98", BAD},
	{"\xf0\x9f\x98\"", BAD "\\\""},
	{"\xe2\xe2\x82\xac", BAD "\xe2\x82\xac"},
};

static void escapes_and_mends(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		size_t n = strlen(cases[i].in);
		char room[128], expected[128];
		char *exact = malloc(n ? n : 1); /* so that a read behind the end is seen */
		struct sl_json json;

		if (n)
			memcpy(exact, cases[i].in, n);
		sl_json_init(&json, room, sizeof(room));
		sl_json_text(&json, (struct sl_text){.at = exact, .bytes = (uint32_t)n});
		free(exact);
		snprintf(expected, sizeof(expected), "\"%s\"", cases[i].out);
		assert_int_equal(json.bytes, strlen(expected));
		assert_memory_equal(room, expected, json.bytes);
	}
}

static void nul_is_a_character(void **state)
{
	char room[16];
	struct sl_json json;

	(void)state;
	sl_json_init(&json, room, sizeof(room));
	sl_json_text(&json, (struct sl_text){.at = "a\0b", .bytes = 3});
	assert_int_equal(json.bytes, 10);
	assert_memory_equal(room, "\"a\\u0000b\"", 10);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(escapes_and_mends),
		cmocka_unit_test(nul_is_a_character),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
