#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/descriptors.h"

#include <fcntl.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

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

/* In a child: this one's standard output is cmocka's. */
static int keep_standard_of_nothing(void)
{
	char byte = 0;
	int next;

	close(STDIN_FILENO);
	close(STDOUT_FILENO);
	close(STDERR_FILENO);
	if (sl_descriptors_keep_standard())
		return 1;
	next = open("/dev/null", O_RDWR);
	if (next <= STDERR_FILENO)
		return 2;
	if (write(STDOUT_FILENO, &byte, 1) != -1 || write(STDERR_FILENO, &byte, 1) != -1)
		return 3;
	return read(STDIN_FILENO, &byte, 1) == -1 ? 0 : 4;
}

static void what_was_closed_is_no_file_of_ours(void **state)
{
	pid_t pid = fork();
	int status;

	(void)state;
	if (!pid)
		_exit(keep_standard_of_nothing());
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
}

static void what_is_open_stays(void **state)
{
	struct stat before, after;

	(void)state;
	assert_int_equal(fstat(STDERR_FILENO, &before), 0);
	assert_int_equal(sl_descriptors_keep_standard(), 0);
	assert_int_equal(fstat(STDERR_FILENO, &after), 0);
	assert_int_equal(before.st_ino, after.st_ino);
	assert_int_equal(write(STDERR_FILENO, "", 0), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_was_closed_is_no_file_of_ours),
		cmocka_unit_test(what_is_open_stays),
		cmocka_unit_test(the_soft_limit_goes_up_to_what_is_wanted),
		cmocka_unit_test(fewer_than_wanted_is_said),
		cmocka_unit_test(fewer_than_needed_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
