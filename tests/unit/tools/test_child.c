#include "tools/sluice/up/child.h"

#include "base/clock.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static void delays_double_up_to_two_seconds(void **state)
{
	static const int64_t delays_ms[] = {50, 100, 200, 400, 800, 1600, 2000, 2000};
	struct sl_restarts restarts = {0};
	int64_t now_ns = 0;

	(void)state;
	for (unsigned i = 0; i < sizeof(delays_ms) / sizeof(delays_ms[0]); i++) {
		assert_int_equal(sl_restarts_died(&restarts, now_ns, false),
				 delays_ms[i] * SL_NS_PER_MS);
		now_ns += 10 * SL_NS_PER_S;
	}
}

static void ten_quick_deaths_are_enough(void **state)
{
	struct sl_restarts restarts = {0};
	int64_t now_ns = 5 * SL_NS_PER_S;

	(void)state;
	for (unsigned i = 1; i < SL_DEATHS_MAX; i++, now_ns += SL_NS_PER_S)
		assert_true(sl_restarts_died(&restarts, now_ns, false) > 0);
	assert_true(sl_restarts_died(&restarts, now_ns, false) < 0);
}

static void slow_deaths_never_are(void **state)
{
	struct sl_restarts restarts = {0};

	(void)state;
	/* nine intervals just above thirty seconds */
	for (int64_t i = 0; i < 100; i++)
		assert_true(sl_restarts_died(&restarts, i * (30 * SL_NS_PER_S / 9 + 1), false) > 0);
}

static void having_been_ready_starts_the_count_again(void **state)
{
	struct sl_restarts restarts = {0};

	(void)state;
	for (int64_t i = 0; i < 300; i++) /* killed again and again, but it comes up every time */
		assert_int_equal(sl_restarts_died(&restarts, i * 100 * SL_NS_PER_MS, true),
				 50 * SL_NS_PER_MS);
	for (unsigned i = 0; i < SL_DEATHS_MAX - 2; i++)
		assert_true(sl_restarts_died(&restarts, 30 * SL_NS_PER_S, false) > 0);
	assert_true(sl_restarts_died(&restarts, 30 * SL_NS_PER_S, false) < 0);
}

/* It says so of itself, each time after a moment of being ready. */
static void a_long_life_starts_the_count_again(void **state)
{
	struct sl_restarts restarts = {0};

	(void)state;
	for (unsigned i = 1; i < SL_DEATHS_MAX; i++)
		assert_true(sl_restarts_died(&restarts, i * SL_NS_PER_MS, false) > 0);
	assert_int_equal(sl_restarts_died(&restarts, 31 * SL_NS_PER_S, false), 50 * SL_NS_PER_MS);
}

static void found_in_path_or_not_at_all(void **state)
{
	struct sl_child child = {.name = "sh"}, nobody = {.name = "sluice-no-such-program"};

	(void)state;
	assert_int_equal(sl_child_find(&child), 0);
	assert_string_equal(strrchr(child.program, '/'), "/sh");
	assert_int_equal(sl_child_find(&nobody), -ENOENT);
}

static void runs_with_arguments_in_a_group_of_its_own(void **state)
{
	struct sl_child child = {.name = "sh", .arguments = {"-c", "echo \"$0\"; exit 7", "hello"}};
	char text[16] = {0};
	int ends[2], status;

	(void)state;
	assert_int_equal(sl_child_find(&child), 0);
	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	assert_int_equal(sl_child_start(&child, ends[1]), 0);
	assert_int_equal(waitpid(child.pid, &status, 0), child.pid);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 7);
	assert_int_equal(read(ends[0], text, sizeof(text) - 1), 6);
	assert_string_equal(text, "hello\n");
	close(ends[0]);
	close(ends[1]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(delays_double_up_to_two_seconds),
		cmocka_unit_test(ten_quick_deaths_are_enough),
		cmocka_unit_test(slow_deaths_never_are),
		cmocka_unit_test(having_been_ready_starts_the_count_again),
		cmocka_unit_test(a_long_life_starts_the_count_again),
		cmocka_unit_test(found_in_path_or_not_at_all),
		cmocka_unit_test(runs_with_arguments_in_a_group_of_its_own),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
