#include "fixture.h"

#include "control/files.h"

#include <errno.h>
#include <limits.h>
#include <sys/stat.h>

static void a_file_is_created_once(void **state)
{
	struct fixture fixture;
	char path[PATH_MAX], *text;
	int fd = -1, other = -1;
	struct stat st;
	size_t bytes;

	(void)state;
	fixture_open(&fixture);
	assert_int_equal(sl_file_create(fixture.directory, "new", "first", 5, &fd), 0);
	assert_int_equal(fstat(fd, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	assert_int_equal(pwrite(fd, "F", 1, 0), 1);
	assert_int_equal(sl_file_create(fixture.directory, "new", "second", 6, &other), -EEXIST);
	assert_int_equal(other, -1);
	snprintf(path, sizeof(path), "%s/new", fixture.directory);
	assert_int_equal(sl_file_read(path, 100, &text, &bytes), 0);
	assert_string_equal(text, "First");
	free(text);
	close(fd);
	fixture_close(&fixture);
}

static void a_file_that_cannot_be_created_leaves_nothing(void **state)
{
	static char longest[PATH_MAX + 1];
	struct fixture fixture;
	char nowhere[PATH_MAX];
	int fd = -1;

	(void)state;
	fixture_open(&fixture);
	memset(longest, 'x', sizeof(longest) - 1);
	assert_int_equal(sl_file_create(fixture.directory, longest, "", 0, &fd), -ENAMETOOLONG);
	snprintf(nowhere, sizeof(nowhere), "%s/nowhere", fixture.directory);
	assert_int_equal(sl_file_create(nowhere, "new", "", 0, &fd), -ENOENT);
	assert_int_equal(access(nowhere, F_OK), -1);
	assert_int_equal(fd, -1);
	fixture_close(&fixture);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_file_is_created_once),
		cmocka_unit_test(a_file_that_cannot_be_created_leaves_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
