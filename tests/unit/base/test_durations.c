#include "base/durations.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* What is noted once: its bucket's edge as a reader sees it. */
static uint64_t edge_of(int64_t ns)
{
	return sl_durations_edge_ns(sl_durations_bucket(ns));
}

static void edges_rise_and_belong_to_their_bucket(void **state)
{
	uint64_t before = 0;

	(void)state;
	for (unsigned i = 0; i < SL_DURATION_BUCKETS; i++) {
		uint64_t edge = sl_durations_edge_ns(i);

		assert_true(edge > before);
		assert_int_equal(sl_durations_bucket((int64_t)edge), i);
		if (i > 0)
			assert_int_equal(sl_durations_bucket((int64_t)before + 1), i);
		before = edge;
	}
	assert_int_equal(before, 1ull << SL_DURATION_TOP);
}

static void no_edge_is_more_than_a_16th_above(void **state)
{
	(void)state;
	for (unsigned shift = 0; shift < SL_DURATION_TOP; shift++) {
		for (int64_t offset = -1; offset <= 1; offset++) {
			int64_t ns = (int64_t)(1ull << shift) + offset;

			if (ns <= 0)
				continue;
			assert_true(edge_of(ns) >= (uint64_t)ns);
			assert_true((edge_of(ns) - (uint64_t)ns) * 16 <= (uint64_t)ns);
		}
	}
}

static void powers_of_two_are_edges(void **state)
{
	(void)state;
	for (unsigned shift = 0; shift <= SL_DURATION_TOP; shift++)
		assert_int_equal(edge_of((int64_t)(1ull << shift)), 1ull << shift);
	for (unsigned shift = 1; shift < SL_DURATION_TOP; shift++)
		assert_int_equal(edge_of((int64_t)(3ull << shift >> 1)), 3ull << shift >> 1);
}

static void what_lies_outside_is_kept(void **state)
{
	struct sl_durations *durations = calloc(1, sizeof(*durations));
	struct sl_durations_sum *sum = calloc(1, sizeof(*sum));

	(void)state;
	assert_int_equal(sl_durations_bucket(-1), 0);
	assert_int_equal(sl_durations_bucket(INT64_MIN), 0);
	assert_int_equal(sl_durations_bucket(0), 0);
	assert_int_equal(sl_durations_bucket(INT64_MAX), SL_DURATION_BUCKETS - 1);
	sl_durations_note(durations, -7, 1);
	sl_durations_note(durations, INT64_MAX, 1);
	sl_durations_note(durations, 5, 0);
	sl_durations_add(sum, durations);
	assert_int_equal(sum->count, 2);
	assert_int_equal(sl_durations_at(sum, 0.5), 1);
	assert_int_equal(sl_durations_at(sum, 1), INT64_MAX);
	free(sum);
	free(durations);
}

static void quantiles_of_a_ramp(void **state)
{
	static const double shares[] = {0.001, 0.1, 0.5, 0.9, 0.99, 0.999, 1};
	struct sl_durations *even = calloc(1, sizeof(*even)), *odd = calloc(1, sizeof(*odd));
	struct sl_durations_sum *sum = calloc(1, sizeof(*sum));

	(void)state;
	for (int64_t ns = 1; ns <= 100000; ns++)
		sl_durations_note(ns % 2 ? odd : even, ns, 2);
	sl_durations_add(sum, even);
	sl_durations_add(sum, odd);
	assert_int_equal(sum->count, 200000);
	assert_int_equal(sum->sum_ns, 100000ull * 100001);
	assert_int_equal(sum->max_ns, 100000);
	for (unsigned i = 0; i < sizeof(shares) / sizeof(shares[0]); i++) {
		double truth = shares[i] * 100000, told = (double)sl_durations_at(sum, shares[i]);

		assert_true(told >= truth);
		assert_true(told <= truth * 17 / 16);
	}
	assert_int_equal(sl_durations_at(sum, 1), 100000);
	assert_int_equal(sl_durations_at(sum, 0), 1);
	assert_int_equal(sl_durations_up_to(sum, 1024), 2048);
	assert_int_equal(sl_durations_up_to(sum, 1536), 3072);
	assert_int_equal(sl_durations_up_to(sum, 1 << 20), 200000);
	free(sum);
	free(odd);
	free(even);
}

static void of_nothing_everything_is_nothing(void **state)
{
	struct sl_durations_sum *sum = calloc(1, sizeof(*sum));

	(void)state;
	assert_int_equal(sl_durations_at(sum, 0.5), 0);
	assert_int_equal(sl_durations_at(sum, 1), 0);
	assert_int_equal(sl_durations_up_to(sum, 1024), 0);
	free(sum);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(edges_rise_and_belong_to_their_bucket),
		cmocka_unit_test(no_edge_is_more_than_a_16th_above),
		cmocka_unit_test(powers_of_two_are_edges),
		cmocka_unit_test(what_lies_outside_is_kept),
		cmocka_unit_test(quantiles_of_a_ramp),
		cmocka_unit_test(of_nothing_everything_is_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
