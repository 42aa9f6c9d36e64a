#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/descriptors.h"

#include <string.h>
#include <sys/resource.h>

static void limit(rlim_t soft, rlim_t hard)
{
	const struct rlimit one = {.rlim_cur = soft, .rlim_max = hard};

	assert_int_equal(setrlimit(RLIMIT_NOFILE, &one), 0);
}

static rlim_t soft_limit(void)
{
	struct rlimit now;

	assert_int_equal(getrlimit(RLIMIT_NOFILE, &now), 0);
	return now.rlim_cur;
}

/* In this order, for a hard limit only ever goes down. */
static void the_soft_limit_goes_up_to_what_is_wanted(void **state)
{
	char why[SL_SENTENCE_BYTES];
	uint64_t room;

	(void)state;
	limit(40, 200);
	assert_int_equal(sl_descriptors_raise(30, 100, &room, why), 0);
	assert_int_equal(room, 100);
	assert_int_equal(soft_limit(), 100);
	/* never down */
	assert_int_equal(sl_descriptors_raise(10, 50, &room, why), 0);
	assert_int_equal(room, 100);
}

static void fewer_than_wanted_is_said(void **state)
{
	char why[SL_SENTENCE_BYTES];
	uint64_t room;

	(void)state;
	limit(40, 200);
	assert_int_equal(sl_descriptors_raise(100, 1000, &room, why), 1);
	assert_int_equal(room, 200);
	assert_non_null(strstr(why, "200 files"));
	assert_non_null(strstr(why, "1000"));
	assert_non_null(strstr(why, "LimitNOFILE"));
}

static void fewer_than_needed_is_refused(void **state)
{
	char why[SL_SENTENCE_BYTES];
	uint64_t room;

	(void)state;
	limit(40, 60);
	assert_int_equal(sl_descriptors_raise(100, 1000, &room, why), -SL_E_SETTINGS);
	assert_non_null(strstr(why, "60 files"));
	assert_non_null(strstr(why, "at least 100"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_soft_limit_goes_up_to_what_is_wanted),
		cmocka_unit_test(fewer_than_wanted_is_said),
		cmocka_unit_test(fewer_than_needed_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
