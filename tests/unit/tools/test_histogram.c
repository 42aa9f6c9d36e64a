#include "tools/gun/histogram.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

static struct sl_histogram *new_histogram(void)
{
	struct sl_histogram *histogram = calloc(1, sizeof(*histogram));

	assert_non_null(histogram);
	return histogram;
}

static void empty_is_zero(void **state)
{
	struct sl_histogram *histogram = new_histogram();

	(void)state;
	assert_int_equal(sl_histogram_at(histogram, 0.5), 0);
	assert_int_equal(sl_histogram_at(histogram, 1), 0);
	free(histogram);
}

/* Each single value is told back at most 1/64 too high, and never too low. */
static void any_value_comes_back_within_a_step(void **state)
{
	(void)state;
	for (unsigned shift = 0; shift < 63; shift++) {
		for (int64_t offset = -1; offset <= 1; offset++) {
			struct sl_histogram *histogram = new_histogram();
			int64_t value = (int64_t)(1ull << shift) + offset;
			uint64_t told;

			sl_histogram_add(histogram, value, 1);
			sl_histogram_add(histogram, INT64_MAX,
					 1); /* so that max does not hide the bucket */
			told = sl_histogram_at(histogram, 0.5);
			assert_true(told >= (uint64_t)value);
			assert_true(told - (uint64_t)value <= (uint64_t)value / SL_HISTOGRAM_STEPS);
			free(histogram);
		}
	}
}

static void percentiles_of_a_ramp(void **state)
{
	static const double shares[] = {0.001, 0.1, 0.5, 0.9, 0.99, 0.999, 1};
	struct sl_histogram *histogram = new_histogram();

	(void)state;
	for (int64_t value = 1; value <= 100000; value++)
		sl_histogram_add(histogram, value, 1);
	for (unsigned i = 0; i < sizeof(shares) / sizeof(shares[0]); i++) {
		double truth = shares[i] * 100000,
		       told = (double)sl_histogram_at(histogram, shares[i]);

		assert_true(told >= truth - 1e-6 && told <= truth * (1 + 1.0 / SL_HISTOGRAM_STEPS));
	}
	assert_int_equal(sl_histogram_at(histogram, 1), 100000);
	free(histogram);
}

static void negative_counts_as_zero_and_no_times_as_nothing(void **state)
{
	struct sl_histogram *histogram = new_histogram();

	(void)state;
	sl_histogram_add(histogram, -5, 3);
	sl_histogram_add(histogram, 1000, 0);
	assert_int_equal(histogram->count, 3);
	assert_int_equal(histogram->max, 0);
	assert_int_equal(sl_histogram_at(histogram, 1), 0);
	free(histogram);
}

static void merging_is_adding_all(void **state)
{
	struct sl_histogram *a = new_histogram(), *b = new_histogram(), *both = new_histogram();

	(void)state;
	for (int64_t i = 0; i < 1000; i++) {
		sl_histogram_add(i % 3 ? a : b, i * i, (uint64_t)i % 4);
		sl_histogram_add(both, i * i, (uint64_t)i % 4);
	}
	sl_histogram_merge(a, b);
	assert_memory_equal(a, both, sizeof(*a));
	free(a);
	free(b);
	free(both);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(empty_is_zero),
		cmocka_unit_test(any_value_comes_back_within_a_step),
		cmocka_unit_test(percentiles_of_a_ramp),
		cmocka_unit_test(negative_counts_as_zero_and_no_times_as_nothing),
		cmocka_unit_test(merging_is_adding_all),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
