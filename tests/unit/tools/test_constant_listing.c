#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tools/sluice/dump/constant_listing.h"

#include <math.h>
#include <string.h>

static void check(const struct sl_artifact *artifact, uint32_t index, const char *expected)
{
	char text[1024];
	struct sl_listing listing = {.artifact = artifact, .at = text, .room = sizeof(text)};

	sl_listing_constant(&listing, index);
	assert_string_equal(text, expected);
	assert_int_equal(listing.bytes, strlen(expected));
}

static void check_one(struct sl_constant constant, const char *expected)
{
	check(&(struct sl_artifact){.constants = &constant, .n_constants = 1}, 0, expected);
}

static void check_text(uint32_t kind, const char *text, uint32_t bytes, const char *expected)
{
	struct sl_constant constant = {.type = kind, .text = {.offset = 0, .bytes = bytes}};

	check(&(struct sl_artifact){.constants = &constant, .n_constants = 1, .text = text}, 0,
	      expected);
}

static void test_numbers(void **state)
{
	(void)state;
	check_one((struct sl_constant){.type = SL_KIND_INT, .integer = INT64_MIN},
		  "-9223372036854775808");
	check_one((struct sl_constant){.type = SL_KIND_UINT, .natural = UINT64_MAX},
		  "18446744073709551615u");
	check_one((struct sl_constant){.type = SL_KIND_DOUBLE, .decimal = 2}, "2.0");
	check_one((struct sl_constant){.type = SL_KIND_DOUBLE, .decimal = 0.1}, "0.1");
	check_one((struct sl_constant){.type = SL_KIND_DOUBLE, .decimal = -0.0}, "-0.0");
	check_one((struct sl_constant){.type = SL_KIND_DOUBLE, .decimal = 1e300}, "1e+300");
	check_one((struct sl_constant){.type = SL_KIND_DOUBLE, .decimal = NAN}, "double(\"NaN\")");
	check_one((struct sl_constant){.type = SL_KIND_DOUBLE, .decimal = -INFINITY},
		  "double(\"-Infinity\")");
	check_one((struct sl_constant){.type = SL_KIND_BOOL, .integer = 1}, "true");
	check_one((struct sl_constant){.type = SL_KIND_NULL}, "null");
	check_one((struct sl_constant){.type = SL_KIND_TYPE, .integer = SL_KIND_UINT}, "uint");
	check_one((struct sl_constant){.type = SL_KIND_TYPE, .integer = 1000}, "?");
}

static void test_times(void **state)
{
	(void)state;
	check_one((struct sl_constant){.type = SL_KIND_TIME, .integer = 1500000000},
		  "timestamp(\"1970-01-01T00:00:01.5Z\")");
	check_one((struct sl_constant){.type = SL_KIND_TIMESTAMP, .integer = -1, .nanos = 5000},
		  "timestamp(\"1969-12-31T23:59:59.000005Z\")");
	check_one((struct sl_constant){.type = SL_KIND_TIMESTAMP,
				       .integer = SL_TIMESTAMP_SECONDS_MIN,
				       .nanos = 7},
		  "timestamp(-62135596800) + duration(\"7ns\")");
	check_one((struct sl_constant){.type = SL_KIND_DURATION, .integer = 5400},
		  "duration(\"5400s\")");
	check_one((struct sl_constant){.type = SL_KIND_DURATION, .nanos = -1500000},
		  "duration(\"-0.0015s\")");
	check_one((struct sl_constant){.type = SL_KIND_DURATION,
				       .integer = INT64_MIN,
				       .nanos = INT32_MIN},
		  "duration(\"-9223372036854775808.2147483648s\")");
}

static void test_texts(void **state)
{
	char many[200];

	(void)state;
	check_text(SL_KIND_STRING, "a\"\\\n\x1b", 5, "\"a\\\"\\\\\\n\\u001b\"");
	check_text(SL_KIND_STRING, "\xed\x95\x9c", 3, "\"\xed\x95\x9c\"");
	/* cut short, overlong, a surrogate, beyond the last: no characters */
	check_text(SL_KIND_STRING, "\xed\x95", 2, "\"\\ufffd\\ufffd\"");
	check_text(SL_KIND_STRING, "\xc0\x80", 2, "\"\\ufffd\\ufffd\"");
	check_text(SL_KIND_STRING, "\xe0\x80\x80", 3, "\"\\ufffd\\ufffd\\ufffd\"");
	check_text(SL_KIND_STRING, "\xed\xa0\x80", 3, "\"\\ufffd\\ufffd\\ufffd\"");
	check_text(SL_KIND_STRING, "\xf4\x90\x80\x80", 4, "\"\\ufffd\\ufffd\\ufffd\\ufffd\"");
	/* the other controls, and what turns the writing round */
	check_text(SL_KIND_STRING, "\xc2\x9b", 2, "\"\\u009b\"");
	check_text(SL_KIND_STRING, "\xe2\x80\xae", 3, "\"\\u202e\"");
	check_text(SL_KIND_BYTES, "a\xff\"\0", 4, "b\"a\\xff\\\"\\x00\"");
	memset(many, 'x', sizeof(many));
	memcpy(many + 59, "\xed\x95\x9c", 3); /* whole, though it passes the bound */
	{
		char expected[80] = "\"";

		memcpy(expected + 1, many, 62);
		strcpy(expected + 63, "\"…");
		check_text(SL_KIND_STRING, many, sizeof(many), expected);
	}
}

static void test_lists_and_maps(void **state)
{
	struct sl_constant constants[] = {
		{.type = SL_KIND_INT, .integer = 1},
		{.type = SL_KIND_INT, .integer = 2},
		{.type = SL_KIND_LIST, .run = {.first = 0, .count = 2}},
		{.type = SL_KIND_MAP, .run = {.first = 2, .count = 2}},
		{.type = SL_KIND_LIST, .run = {.first = 6, .count = 9}},
	};
	uint32_t members[] = {0, 1, 0, 2, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0};
	struct sl_artifact artifact = {
		.constants = constants, .n_constants = 5, .members = members, .n_members = 15};

	(void)state;
	check(&artifact, 2, "[1, 2]");
	check(&artifact, 3, "{1: [1, 2], 2: 1}");
	check(&artifact, 4, "[1, 1, 1, 1, 1, 1, 1, 1, … 9]");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_numbers),
		cmocka_unit_test(test_times),
		cmocka_unit_test(test_texts),
		cmocka_unit_test(test_lists_and_maps),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
