/* The parts of the reference evaluator that its cases reach only here and there: calendar, numbers
 * as texts, sameness, UTF-8, zones, and expressions written back as text. */
#include "rules_fixture.h"

#include "rules/eval/eval.h"
#include "rules/eval/eval_priv.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static uint64_t state = 42;

static uint64_t next_random(void)
{
	state = state * 6364136223846793005u + 1442695040888963407u;
	return state >> 11 ^ state << 17;
}

static void every_day_has_its_date(void **unused)
{
	int64_t year;
	int month, day;

	(void)unused;
	for (int64_t days = -719162; days < 2932897; days += 97) {
		time_t when = (time_t)(days * 86400);
		struct tm tm;

		gmtime_r(&when, &tm);
		sl_eval_date(days, &year, &month, &day);
		assert_int_equal(year, tm.tm_year + 1900);
		assert_int_equal(month, tm.tm_mon + 1);
		assert_int_equal(day, tm.tm_mday);
		assert_int_equal(sl_eval_days(year, month, day), days);
	}
	sl_eval_date(-719163, &year, &month, &day); /* zones reach the day before year 1 */
	assert_int_equal(year, 0);
	assert_int_equal(day, 31);
	sl_eval_date(2932897, &year, &month, &day);
	assert_int_equal(year, 10000);
}

static void doubles_read_back(void **unused)
{
	char text[400];

	(void)unused;
	for (int i = 0; i < 20000; i++) {
		uint64_t bits = next_random();
		double value;

		memcpy(&value, &bits, sizeof(value));
		if (!isfinite(value))
			continue;
		sl_eval_print_general(value, text);
		assert_true(strtod(text, NULL) == value);
		sl_eval_print_plain(value, text);
		assert_true(strtod(text, NULL) == value);
		assert_null(strchr(text, 'e'));
	}
}

static void doubles_print_as_expected(void **unused)
{
	static const struct {
		double value;
		const char *general, *plain;
	} cases[] = {
		{0.0, "0", "0"},
		{-0.0, "-0", "-0"},
		{1.0, "1", "1"},
		{100000.0, "100000", "100000"},
		{1000000.0, "1e+06", "1000000"},
		{1234567.0, "1.234567e+06", "1234567"},
		{0.0001, "0.0001", "0.0001"},
		{0.00001, "1e-05", "0.00001"},
		{1.5e-7, "1.5e-07", "0.00000015"},
		{123.456, "123.456", "123.456"},
		{1e21, "1e+21", "1000000000000000000000"},
		{5e-324, "5e-324", NULL},
		{INFINITY, "+Inf", "Infinity"},
		{-INFINITY, "-Inf", "-Infinity"},
		{NAN, "NaN", "NaN"},
	};
	char text[400];

	(void)unused;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		sl_eval_print_general(cases[i].value, text);
		assert_string_equal(text, cases[i].general);
		sl_eval_print_plain(cases[i].value, text);
		if (cases[i].plain)
			assert_string_equal(text, cases[i].plain);
	}
}

static void same_is_not_equal(void **unused)
{
	struct sl_eval_any nan = sl_eval_double(NAN), zero = sl_eval_double(0.0);
	struct sl_eval_any minus = sl_eval_double(-0.0), one = sl_eval_int(1);
	struct sl_eval_any unsigned_one = sl_eval_uint(1), double_one = sl_eval_double(1.0);

	(void)unused;
	assert_true(sl_eval_same(&nan, &nan));
	assert_false(sl_eval_equal(&nan, &nan));
	assert_false(sl_eval_same(&zero, &minus));
	assert_true(sl_eval_equal(&zero, &minus));
	assert_false(sl_eval_same(&one, &unsigned_one));
	assert_true(sl_eval_equal(&one, &unsigned_one));
	assert_true(sl_eval_equal(&one, &double_one));
}

static void utf8_is_well_formed_or_not(void **unused)
{
	static const char *const good[] = {"", "a", "\xc3\xbf", "한글", "😀", "\xf4\x8f\xbf\xbf"};
	static const char *const bad[] = {"\x80",         "\xc0\x80",         "\xe0\x80\x80",
					  "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xf5\x80\x80\x80",
					  "\xc3",         "\xe2\x82",         "a\xff"};

	(void)unused;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		assert_true(sl_eval_is_utf8(sl_slice_of(good[i])));
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_false(sl_eval_is_utf8(sl_slice_of(bad[i])));
	assert_int_equal(sl_eval_letters(sl_slice_of("a한😀")), 3);
}

static void zones_are_found_or_not(void **unused)
{
	static const struct {
		const char *name;
		int64_t seconds, offset;
	} good[] = {
		{"", 0, 0},
		{"UTC", 0, 0},
		{"+09:00", 0, 32400},
		{"09:30", 0, 34200},
		{"-00:45", 0, -2700},
		{"Asia/Seoul", 1767225600, 32400},
		{"Europe/Berlin", 1774745999, 3600}, /* a second before summer time */
		{"Europe/Berlin", 1774746000, 7200},
		{"America/New_York", 4118860800, -14400}, /* July 2100: by the rule, for ever */
	};
	static const char *const bad[] = {"Nowhere/Land", "..",     "../../etc/passwd",
					  "/etc/passwd",  "+24:00", "+09:60",
					  "+9:00",        "Local",  "Asia",
					  "tzdata.zi",    " UTC"};
	int64_t offset = 7;

	(void)unused;
	setenv("TZ", "Asia/Tokyo", 1);
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		assert_true(sl_eval_zone(sl_slice_of(good[i].name), good[i].seconds, &offset));
		assert_int_equal(offset, good[i].offset);
	}
	offset = 7;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_false(sl_eval_zone(sl_slice_of(bad[i]), 0, &offset));
		assert_int_equal(offset, 7);
	}
	assert_string_equal(getenv("TZ"), "Asia/Tokyo");
}

/* ---- expressions --------------------------------------------------------------------------- */

static struct sl_eval_expression *expression_of(struct sl_eval_set *set, const char *text)
{
	const struct sl_eval_question question = {.set = set, .text = sl_slice_of(text)};
	struct sl_diagnostics *diagnostics = sl_diagnostics_new();
	struct sl_eval_expression *expression = NULL;

	assert_int_equal(sl_eval_expression_new(&question, diagnostics, &expression), 0);
	sl_diagnostics_free(diagnostics);
	return expression;
}

static void what_is_written_means_the_same(void **unused)
{
	static const char *const texts[] = {
		"1 - (2 - dyn(3))",
		"(1 + dyn(2)) * 3",
		"-(-dyn(5))",
		"!(true && dyn(false)) || false",
		"(dyn(true) ? 1 : 2) + 3",
		"dyn(true) ? 1 : false ? 2 : 3",
		"[1, 2u, -2.5, \"a\\\"b\\\\\\n\", b\"\\xff\"][dyn(3)]",
		"{\"a\": 1, \"b\": [null]}.b",
		"[3, 1].map(x, x > 1, [x].all(y, y == x))",
		"has({\"a\": 1}.a) && \"x\" in [\"x\"]",
		"timestamp(\"2026-01-01T00:00:00Z\") + duration(\"1.5s\")",
		"size(\"abc\") == \"abc\".size()",
		"dyn(1) == 1 == true",
		"(dyn(1) < 2) == (3 < dyn(4))",
		"strings.quote(\"a\") + string(dyn(1.5))",
		"type(1) == int",
	};
	struct sl_diagnostics *diagnostics = sl_diagnostics_new();
	struct sl_eval_set *set;
	char first[512], second[512];

	(void)unused;
	assert_int_equal(sl_eval_open_schema(NULL, diagnostics, &set), 0);
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		struct sl_eval_expression *one = expression_of(set, texts[i]), *two;
		struct sl_eval_any a, b;

		assert_true(sl_eval_write(sl_eval_expression_tree(one), first, sizeof(first)) <
			    sizeof(first));
		two = expression_of(set, first);
		sl_eval_write(sl_eval_expression_tree(two), second, sizeof(second));
		assert_string_equal(first, second);
		a = sl_eval_expression_run(one, NULL, 0);
		b = sl_eval_expression_run(two, NULL, 0);
		assert_int_not_equal(a.kind, SL_KIND_ERROR);
		assert_true(sl_eval_same(&a, &b));
		sl_eval_expression_free(one);
		sl_eval_expression_free(two);
	}
	sl_eval_close(set);
	sl_diagnostics_free(diagnostics);
}

static void writing_stays_in_its_room(void **unused)
{
	struct sl_eval_any value = sl_eval_string(sl_slice_of("abcdef"));
	char room[5] = "....";

	(void)unused;
	assert_int_equal(sl_eval_write_value(&value, room, sizeof(room)), 8);
	assert_string_equal(room, "\"abc");
	assert_int_equal(sl_eval_write_value(&value, NULL, 0), 8);
}

static void what_takes_too_much_is_a_limit(void **unused)
{
	struct sl_diagnostics *diagnostics = sl_diagnostics_new();
	struct sl_eval_expression *expression;
	struct sl_eval_any value;
	struct sl_eval_set *set;
	char text[2048] = "[1,2,3,4,5,6,7,8,9,10]";

	(void)unused;
	assert_int_equal(sl_eval_open_schema(NULL, diagnostics, &set), 0);
	for (char c = 'a'; c < 'i'; c++) {
		char loop[64];

		snprintf(loop, sizeof(loop), ".map(%c, [1,2,3,4,5,6,7,8,9,10]", c);
		strcat(text, loop);
	}
	strcat(text, "))))))))");
	expression = expression_of(set, text);
	value = sl_eval_expression_run(expression, NULL, 0);
	assert_int_equal(value.kind, SL_KIND_ERROR);
	assert_int_equal(value.fault, SL_FAULT_LIMIT);
	sl_eval_expression_free(expression);
	sl_eval_close(set);
	sl_diagnostics_free(diagnostics);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_day_has_its_date),
		cmocka_unit_test(doubles_read_back),
		cmocka_unit_test(doubles_print_as_expected),
		cmocka_unit_test(same_is_not_equal),
		cmocka_unit_test(utf8_is_well_formed_or_not),
		cmocka_unit_test(zones_are_found_or_not),
		cmocka_unit_test(what_is_written_means_the_same),
		cmocka_unit_test(writing_stays_in_its_room),
		cmocka_unit_test(what_takes_too_much_is_a_limit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
