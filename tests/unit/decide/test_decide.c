#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "decide/decide.h"

static enum sl_gate decide(int64_t from, int64_t until, int64_t now)
{
	struct sl_campaign campaign = {.valid_from_ns = from, .valid_until_ns = until};
	struct sl_decide_input input = {.campaign = &campaign, .now_ns = now};

	return sl_decide(&input);
}

static void test_validity_includes_its_begin_only(void **state)
{
	(void)state;
	assert_int_equal(decide(100, 200, 99), SL_GATE_VALIDITY);
	assert_int_equal(decide(100, 200, 100), SL_GATE_SENT);
	assert_int_equal(decide(100, 200, 199), SL_GATE_SENT);
	assert_int_equal(decide(100, 200, 200), SL_GATE_VALIDITY);
}

static void test_validity_without_ends(void **state)
{
	(void)state;
	assert_int_equal(decide(INT64_MIN, INT64_MAX, INT64_MIN), SL_GATE_SENT);
	assert_int_equal(decide(INT64_MIN, INT64_MAX, 0), SL_GATE_SENT);
	assert_int_equal(decide(INT64_MIN, 0, -1), SL_GATE_SENT);
	assert_int_equal(decide(0, INT64_MAX, -1), SL_GATE_VALIDITY);
}

static void test_an_empty_period_never_sends(void **state)
{
	(void)state;
	assert_int_equal(decide(100, 100, 100), SL_GATE_VALIDITY);
	assert_int_equal(decide(200, 100, 150), SL_GATE_VALIDITY);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_validity_includes_its_begin_only),
		cmocka_unit_test(test_validity_without_ends),
		cmocka_unit_test(test_an_empty_period_never_sends),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
