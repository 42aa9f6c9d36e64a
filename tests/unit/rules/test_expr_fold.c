/* Constants computed when a condition is compiled: the values, and what fails. */
#include "expr_fixture.h"

static void numbers(void **state)
{
	static const char *const rows[][2] = {
		{"1 + 2 * 3", "7"},
		{"7 / 2", "3"},
		{"-7 / 2", "-3"},
		{"-7 % 3", "-1"},
		{"7 % -3", "1"},
		{"-(5)", "-5"},
		{"--5", "5"},
		{"9223372036854775806 + 1", "9223372036854775807"},
		{"-9223372036854775807 - 1", "-9223372036854775808"},
		{"3037000500 * -3037000499", "-9223372033963249500"},
		{"1u + 2u", "3u"},
		{"5u - 5u", "0u"},
		{"7u / 2u % 2u", "1u"},
		{"18446744073709551614u + 1u", "18446744073709551615u"},
		{"1.5 + 2.0", "3.5"},
		{"1.0 / 4.0 - 0.25", "0.0"},
		{"2.5 * -2.0", "-5.0"},
		{"1.0 / 0.0 == 1.0", "(== inf 1.0)"},
		{"-(0.0)", "-0.0"},
		{"int(7u)", "7"},
		{"int(-5)", "-5"},
		{"int('-9223372036854775808')", "-9223372036854775808"},
		{"int('+7')", "7"},
		{"int(1.5)", "(int 1.5)"},
		{"uint(7)", "7u"},
		{"uint('18446744073709551615')", "18446744073709551615u"},
		{"double(3)", "3.0"},
		{"double(3u)", "3.0"},
		{"double('3')", "(double \"3\")"},
		{"string(3)", "(string 3)"},
		{"1 < 2", "true"},
		{"2u >= 3u", "false"},
		{"'a' != 'b'", "true"},
		{"b'a' == b'a'", "true"},
		{"!(1 == 1)", "false"},
		{"int != string", "true"},
		{"1.0 < 2.0", "(< 1.0 2.0)"}, /* doubles are left to the program */
		{"1 < 2.0", "(< 1 2.0)"},
		{"null == null", "(== null null)"},
		{"x + (1 + 2)", "(+ @x 3)"},
		{"x + 1 + 2", "(+ (+ @x 1) 2)"},
	};

	(void)state;
	EXPR_COMPARE(rows, EXPR_EVAL, expr_tree);
}

static void texts(void **state)
{
	static const char *const rows[][2] = {
		{"'a' + 'b' + \"c\"", "\"abc\""},
		{"'' + ''", "\"\""},
		{"b'a' + b'\\xff'", "b\"61ff\""},
		{"size('a\xc3\xa9\xf0\x9f\x98\x80')", "3"},
		{"'abc'.size()", "3"},
		{"size(b'\xc3\xa9')", "2"},
		{"size('')", "0"},
		{"s.matches('a' + '+')", "(matches @s \"a+\")"},
	};

	(void)state;
	EXPR_COMPARE(rows, EXPR_EVAL, expr_tree);
}

static void times(void **state)
{
	static const char *const rows[][2] = {
		{"timestamp('1970-01-01T00:00:00Z')", "t0.0"},
		{"timestamp('2026-11-21T09:12:33.12+09:00')", "t1795219953.120000000"},
		{"timestamp('1969-12-31T23:59:59.5Z')", "t-1.500000000"},
		{"timestamp('0001-01-01T00:00:00Z')", "t-62135596800.0"},
		{"timestamp('9999-12-31T23:59:59.999999999Z')", "t253402300799.999999999"},
		{"timestamp('2024-02-29T00:00:00-12:34')", "t1709210040.0"},
		{"timestamp(5)", "t5.0"},
		{"timestamp(timestamp(5))", "t5.0"},
		{"duration('1h30m')", "d5400.0"},
		{"duration('-1.5s')", "d-1.-500000000"},
		{"duration('+1s1ms1us1ns')", "d1.1001001"},
		{"duration('1\xc2\xb5s')", "d0.1000"},
		{"duration('0')", "d0.0"},
		{"duration('-0')", "d0.0"},
		{"duration('.5m')", "d30.0"},
		{"duration('1.h')", "d3600.0"},
		{"duration('0.0000000019s')", "d0.1"},
		{"timestamp(5) + duration('1s')", "t6.0"},
		{"duration('1s') + timestamp(5)", "t6.0"},
		{"timestamp(0) - duration('0.5s')", "t-1.500000000"},
		{"timestamp(5) - timestamp(7)", "d-2.0"},
		{"duration('1s') - duration('1.5s')", "d0.-500000000"},
		{"duration('1s') + duration('1.5s')", "d2.500000000"},
		{"timestamp(5) > timestamp(4)", "true"},
		{"duration('60s') == duration('1m')", "true"},
		{"int(timestamp('1970-01-01T00:00:10.9Z'))", "10"},
	};

	(void)state;
	EXPR_COMPARE(rows, EXPR_EVAL, expr_tree);
}

/* For eval what fails stays a call, to fail at run time. */
static void faults_are_kept(void **state)
{
	static const char *const rows[][2] = {
		{"1 / 0", "(/ 1 0)"},
		{"1 % 0 == 1 || true", "(|| (== (% 1 0) 1) true)"},
		{"9223372036854775807 + 1", "(+ 9223372036854775807 1)"},
		{"timestamp('x')", "(timestamp \"x\")"},
		{"{1: 2, 1: 3}", "{1: 2 1: 3}"},
	};

	(void)state;
	EXPR_COMPARE(rows, EXPR_EVAL, expr_tree);
	EXPR_COMPARE(rows, EXPR_DYNAMIC, expr_tree);
}

/* In a campaign they are mistakes. */
static void faults_are_mistakes(void **state)
{
	static const char *const rows[][2] = {
		{"amount > 1 / 0", "bad_constant@12"},
		{"amount > 1 % 0", "bad_constant@12"},
		{"amount > 1u / 0u", "bad_constant@13"},
		{"amount > 1u % 0u", "bad_constant@13"},
		{"amount / 0 > 1", "bad_constant@8"},
		{"amount % 0 > 1", "bad_constant@8"},
		{"amount == 9223372036854775807 + 1", "bad_constant@31"},
		{"amount == -9223372036854775808 - 1", "bad_constant@32"},
		{"amount == 9223372036854775807 * 2", "bad_constant@31"},
		{"amount == -9223372036854775808 / -1", "bad_constant@32"},
		{"amount == -9223372036854775808 % -1", "bad_constant@32"},
		{"amount == -(-9223372036854775808)", "bad_constant@11"},
		{"amount > 1u - 2u", "bad_constant@13"},
		{"amount == int('x')", "bad_constant@11"},
		{"amount == int('')", "bad_constant@11"},
		{"amount == int('-')", "bad_constant@11"},
		{"amount == int('1.5')", "bad_constant@11"},
		{"amount == int('9223372036854775808')", "bad_constant@11"},
		{"amount == int(9223372036854775808u)", "bad_constant@11"},
		{"amount > uint(-1)", "bad_constant@10"},
		{"amount > uint('-1')", "bad_constant@10"},
		{"amount > uint('+1')", "bad_constant@10"},
		{"time > timestamp('2026-02-29T00:00:00Z')", "bad_time@18"},
		{"time > timestamp('2026-01-01')", "bad_time@18"},
		{"time > timestamp('2026-01-01T00:00:00')", "bad_time@18"},
		{"time > timestamp('2026-01-01t00:00:00z')", "bad_time@18"},
		{"time > timestamp('2026-01-01T24:00:00Z')", "bad_time@18"},
		{"time > timestamp('2026-01-01T00:00:60Z')", "bad_time@18"},
		{"time > timestamp('2026-01-01T00:00:00.Z')", "bad_time@18"},
		{"time > timestamp('2026-01-01T00:00:00Z ')", "bad_time@18"},
		{"time > timestamp('0000-01-01T00:00:00Z')", "bad_time@18"},
		{"time > timestamp('0001-01-01T00:00:00+00:01')", "bad_time@18"},
		{"time > timestamp('10000-01-01T00:00:00Z')", "bad_time@18"},
		{"time > timestamp(253402300800)", "bad_time@18"},
		{"time > timestamp(-62135596801)", "bad_time@18"},
		{"time - time > duration('1')", "bad_time@24"},
		{"time - time > duration('')", "bad_time@24"},
		{"time - time > duration('s')", "bad_time@24"},
		{"time - time > duration('.s')", "bad_time@24"},
		{"time - time > duration('1d')", "bad_time@24"},
		{"time - time > duration('1h ')", "bad_time@24"},
		{"time - time > duration('999999999999s')", "bad_time@24"},
		{"time - time > duration('99999999999999999999999999999999999999999h')",
		 "bad_time@24"},
		{"time > timestamp(253402300799) + duration('1s')", "bad_constant@32"},
		{"{1: 2, 1: 3}[amount] == 2", "bad_constant@8"},
		{"{'a': 2, 'a': 3}.a == 2", "bad_constant@10"},
		{"{1.5: 2} == {}", "type_mismatch@2"},
	};

	(void)state;
	EXPR_COMPARE(rows, EXPR_TYPED, expr_tree);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(numbers),
		cmocka_unit_test(texts),
		cmocka_unit_test(times),
		cmocka_unit_test(faults_are_kept),
		cmocka_unit_test(faults_are_mistakes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
