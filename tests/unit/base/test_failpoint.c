#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/failpoint.h"

#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

/* Passes "committed" in a child that has the variable; how often it got by, -1: killed before. */
static int passes_survived(const char *variable, const char *name, int tries)
{
	int status;
	pid_t child = fork();

	assert_true(child >= 0);
	if (child == 0) {
		if (variable)
			setenv("SLUICE_FAILPOINT", variable, 1);
		else
			unsetenv("SLUICE_FAILPOINT");
		for (int i = 0; i < tries; i++)
			sl_failpoint(name);
		_exit(tries);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	if (WIFSIGNALED(status))
		return WTERMSIG(status) == SIGKILL ? -1 : -2;
	return WEXITSTATUS(status);
}

static void test_unset(void **state)
{
	(void)state;
	assert_int_equal(passes_survived(NULL, "committed", 5), 5);
	assert_int_equal(passes_survived("", "committed", 5), 5);
}

static void test_first_and_nth(void **state)
{
	(void)state;
	assert_int_equal(passes_survived("committed", "committed", 1), -1);
	assert_int_equal(passes_survived("committed:3", "committed", 2), 2);
	assert_int_equal(passes_survived("committed:3", "committed", 3), -1);
}

static void test_other_names(void **state)
{
	(void)state;
	assert_int_equal(passes_survived("committed", "commit", 5), 5);
	assert_int_equal(passes_survived("commit", "committed", 5), 5);
}

static void test_malformed_arms_nothing(void **state)
{
	static const char *const bad[] = {
		"committed:",
		"committed:0",
		"committed:x",
		"committed:1x",
		"committed:-1",
		":1",
		"committed:99999999999999999999999",
		"a-name-that-is-longer-than-there-is-room-for",
	};

	(void)state;
	for (unsigned i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(passes_survived(bad[i], "committed", 3), 3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_unset),
		cmocka_unit_test(test_first_and_nth),
		cmocka_unit_test(test_other_names),
		cmocka_unit_test(test_malformed_arms_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
