#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "flow/flow_priv.h"

#include <stdlib.h>

/* Python hashes byte strings with SipHash-1-3, with PYTHONHASHSEED=0 under a key of zero. */
static void test_python(void **state)
{
	static const uint64_t zero[2];

	(void)state;
	assert_int_equal(sl_flow_siphash(zero, "abc", 3), 0xc03bc3a0042630f2u);
	assert_int_equal(sl_flow_siphash(zero, "abcdefghijklmnopq", 17), 0x61c47e6da27eacccu);
}

static void test_ends(void **state)
{
	static const uint64_t keys[2][2] = {{1, 2}, {1, 3}};
	struct sl_flow_ends ends = {0}, other;

	(void)state;
	ends.of[0].port = 80;
	ends.of[1].port = 4000;
	other = ends;
	assert_int_equal(sl_flow_hash_ends(keys[0], &ends), sl_flow_hash_ends(keys[0], &other));
	assert_int_not_equal(sl_flow_hash_ends(keys[0], &ends), sl_flow_hash_ends(keys[1], &ends));
	other.is_ipv6 = true;
	assert_int_not_equal(sl_flow_hash_ends(keys[0], &ends), sl_flow_hash_ends(keys[0], &other));
	ends.is_ipv6 = true;
	ends.of[1].address[15] = 1;
	assert_int_not_equal(sl_flow_hash_ends(keys[0], &ends), sl_flow_hash_ends(keys[0], &other));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_python),
		cmocka_unit_test(test_ends),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
