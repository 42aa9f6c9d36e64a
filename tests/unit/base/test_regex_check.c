#include "../rules/regex_fixture.h"

#include "base/regex.h"

#include <stdlib.h>

static struct regex_rig rig;

static int prepare(void **state)
{
	(void)state;
	regex_compile(&rig, "\\bx[가-힣]+(?:yz|q)*w");
	return 0;
}

static int finish(void **state)
{
	(void)state;
	regex_end(&rig);
	return 0;
}

static struct sl_regex *blob(void)
{
	return (struct sl_regex *)rig.blob.at;
}

static uint64_t *word(size_t at)
{
	return (uint64_t *)rig.blob.at + at;
}

static void assert_check(int wanted)
{
	assert_int_equal(sl_regex_check(rig.blob.at, rig.blob.bytes), wanted);
}

static void test_sound(void **state)
{
	(void)state;
	assert_check(0);
	/* what lies behind it is somebody else's */
	sl_buffer_grow(&rig.blob, 64);
	assert_check(0);
}

static void test_short(void **state)
{
	(void)state;
	for (size_t bytes = 0; bytes < rig.blob.bytes; bytes++) {
		char *exact = aligned_alloc(8, rig.blob.bytes);

		memcpy(exact, rig.blob.at, bytes);
		assert_int_equal(sl_regex_check(exact, bytes), -SL_E_TRUNCATED);
		free(exact);
	}
	assert_int_equal(sl_regex_check(rig.blob.at + 4, rig.blob.bytes - 4), -SL_E_TRUNCATED);
}

static void test_header(void **state)
{
	(void)state;
	blob()->magic++;
	assert_check(-SL_E_FORMAT);
	blob()->magic--;
	blob()->version++;
	assert_check(-SL_E_VERSION);
	blob()->version--;
	blob()->bytes -= 8;
	assert_check(-SL_E_BOUNDS);
	blob()->bytes += 8;
	assert_check(0);
}

static void test_counts(void **state)
{
	uint16_t *counts[] = {&blob()->positions, &blob()->words, &blob()->classes,
			      &blob()->groups};

	(void)state;
	for (size_t i = 0; i < sizeof(counts) / sizeof(*counts); i++) {
		static const uint16_t wrong[] = {65, 0xffff, 3};
		uint16_t right = *counts[i];

		for (size_t j = 0; j < sizeof(wrong) / sizeof(*wrong); j++) {
			*counts[i] = wrong[j];
			if (wrong[j] != right)
				assert_check(-SL_E_BOUNDS);
		}
		*counts[i] = right;
	}
	blob()->words = blob()->classes = 0;
	assert_check(-SL_E_BOUNDS);
}

static void test_ranges_count(void **state)
{
	(void)state;
	blob()->ranges = 0;
	assert_check(-SL_E_BOUNDS);
	blob()->ranges = UINT32_MAX;
	assert_check(-SL_E_BOUNDS);
}

/* Positions that there are none, in every row. */
static void test_rows(void **state)
{
	(void)state;
	for (size_t at = sl_regex_first_at(); at < sl_regex_ranges_at(blob()); at++) {
		*word(at) ^= (uint64_t)1 << 63;
		assert_check(-SL_E_BOUNDS);
		*word(at) ^= (uint64_t)1 << 63;
	}
	*word(sl_regex_masks_at(blob())) = 1; /* class 0 takes nothing */
	assert_check(-SL_E_BOUNDS);
}

static void test_classes(void **state)
{
	uint32_t *first = (uint32_t *)word(sl_regex_ranges_at(blob()));
	uint16_t *class = (uint16_t *)(first + blob()->ranges);
	uint8_t *kind = (uint8_t *)(class + blob()->ranges);

	(void)state;
	assert_true(blob()->ranges > 1);
	blob()->ascii[127] += blob()->classes;
	assert_check(-SL_E_BOUNDS);
	blob()->ascii[127] -= blob()->classes;
	first[0]++;
	assert_check(-SL_E_BOUNDS);
	first[0]--;
	first[1] = first[0];
	assert_check(-SL_E_BOUNDS);
	first[1] = 0xac00;
	assert_check(0);
	class[1] += blob()->classes;
	assert_check(-SL_E_BOUNDS);
	class[1] -= blob()->classes;
	kind[0] = SL_REGEX_KINDS;
	assert_check(-SL_E_BOUNDS);
	kind[0] = SL_REGEX_EDGE;
	assert_check(-SL_E_BOUNDS);
}

static void test_flags(void **state)
{
	uint16_t right = blob()->flags;

	(void)state;
	assert_true(right & SL_REGEX_SKIP);
	blob()->flags = right | SL_REGEX_ANCHORED;
	assert_check(-SL_E_BOUNDS);
	blob()->flags = SL_REGEX_FLAGS + 1;
	assert_check(-SL_E_BOUNDS);
	blob()->flags = SL_REGEX_SKIP_ONE;
	assert_check(-SL_E_BOUNDS);
	blob()->flags = right;
	blob()->empty = 1;
	assert_check(-SL_E_BOUNDS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_sound, prepare, finish),
		cmocka_unit_test_setup_teardown(test_short, prepare, finish),
		cmocka_unit_test_setup_teardown(test_header, prepare, finish),
		cmocka_unit_test_setup_teardown(test_counts, prepare, finish),
		cmocka_unit_test_setup_teardown(test_ranges_count, prepare, finish),
		cmocka_unit_test_setup_teardown(test_rows, prepare, finish),
		cmocka_unit_test_setup_teardown(test_classes, prepare, finish),
		cmocka_unit_test_setup_teardown(test_flags, prepare, finish),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
