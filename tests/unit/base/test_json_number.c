#include "base/json_out.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

static char room[128];

static const char *ended(struct sl_json *json)
{
	assert_false(json->full);
	assert_true(json->bytes < sizeof(room));
	room[json->bytes] = 0;
	return room;
}

static const char *of_int(int64_t value)
{
	struct sl_json json;

	sl_json_init(&json, room, sizeof(room));
	sl_json_int(&json, value);
	return ended(&json);
}

static const char *of_time(int64_t ns)
{
	struct sl_json json;

	sl_json_init(&json, room, sizeof(room));
	sl_json_time(&json, ns);
	return ended(&json);
}

static void integers(void **state)
{
	struct sl_json json;

	(void)state;
	assert_string_equal(of_int(0), "0");
	assert_string_equal(of_int(-1), "-1");
	assert_string_equal(of_int(10), "10");
	assert_string_equal(of_int(INT64_MAX), "9223372036854775807");
	assert_string_equal(of_int(INT64_MIN), "-9223372036854775808");
	sl_json_init(&json, room, sizeof(room));
	sl_json_uint(&json, UINT64_MAX);
	assert_string_equal(ended(&json), "18446744073709551615");
}

static void times(void **state)
{
	(void)state;
	assert_string_equal(of_time(0), "\"1970-01-01T00:00:00Z\"");
	assert_string_equal(of_time(1), "\"1970-01-01T00:00:00.000000001Z\"");
	assert_string_equal(of_time(-1), "\"1969-12-31T23:59:59.999999999Z\"");
	assert_string_equal(of_time(1795219953120000000), "\"2026-11-21T00:12:33.12Z\"");
	assert_string_equal(of_time(951782400000000000), "\"2000-02-29T00:00:00Z\"");
	assert_string_equal(of_time(-2203891200000000000), "\"1900-03-01T00:00:00Z\"");
	assert_string_equal(of_time(INT64_MAX), "\"2262-04-11T23:47:16.854775807Z\"");
	assert_string_equal(of_time(INT64_MIN), "\"1677-09-21T00:12:43.145224192Z\"");
}

/* Every day that an int64 of nanoseconds can name, against the C library. */
static void every_day(void **state)
{
	(void)state;
	for (int64_t day = -106751; day <= 106750; day++) {
		time_t s = day * 86400 + 86399;
		char expected[64], text[40];
		struct tm tm;
		size_t n;

		gmtime_r(&s, &tm);
		strftime(expected, sizeof(expected), "%Y-%m-%dT%H:%M:%SZ", &tm);
		n = sl_time_format(s * 1000000000, text);
		if (n != strlen(expected) || memcmp(text, expected, n) != 0)
			fail_msg("%.*s is not %s", (int)n, text, expected);
	}
}

/* Every place that a digit may stand at, and every number of digits. */
static void fractions(void **state)
{
	(void)state;
	for (uint32_t unit = 1; unit <= 100000000; unit *= 10) {
		for (uint32_t n = 1; n < 1000 && n < 1000000000 / unit; n++) {
			char expected[64];
			size_t bytes = (size_t)snprintf(expected, sizeof(expected),
							"\"1970-01-01T00:00:00.%09u", n * unit);

			while (expected[bytes - 1] == '0')
				bytes--;
			memcpy(expected + bytes, "Z\"", 3);
			assert_string_equal(of_time(n * unit), expected);
		}
	}
}

static void hashes(void **state)
{
	const uint64_t hash[2] = {0x0123456789abcdef, 0xfedcba9876543210};
	struct sl_json json;

	(void)state;
	sl_json_init(&json, room, sizeof(room));
	sl_json_hash(&json, hash);
	assert_string_equal(ended(&json), "\"fedcba98765432100123456789abcdef\"");
	for (uint64_t i = 0; i < 16; i++) {
		const uint64_t digits[2] = {0x1111111111111111 * i, ~(0x1111111111111111 * i)};
		char expected[40], text[33] = "";

		snprintf(expected, sizeof(expected), "%016lx%016lx", digits[1], digits[0]);
		sl_hash_format(digits, text);
		assert_string_equal(text, expected);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(integers),  cmocka_unit_test(times),  cmocka_unit_test(every_day),
		cmocka_unit_test(fractions), cmocka_unit_test(hashes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
