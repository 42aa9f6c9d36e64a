#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/local_socket.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

static char directory[] = "/tmp/sluice-local-socket-XXXXXX";
static char path[sizeof(directory) + sizeof("/a.sock")];
static int listened, listen_error;

/* In libc's place: what a script sees in the moment before the socket listens. */
int listen(int fd, int backlog)
{
	struct stat found;

	listened++;
	assert_int_equal(stat(path, &found), -1);
	if (listen_error) {
		errno = listen_error;
		return -1;
	}
	return (int)syscall(SYS_listen, fd, backlog);
}

static int connect_to(const char *name)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int e;

	snprintf(address.sun_path, sizeof(address.sun_path), "%s", name);
	e = connect(fd, (struct sockaddr *)&address, sizeof(address)) ? -errno : 0;
	close(fd);
	return e;
}

static void assert_only_file(const char *name)
{
	char command[256];

	/* its standard error too: no other file than this one, or none */
	snprintf(command, sizeof(command), "test \"$(ls -A %s)\" = '%s'", directory, name);
	assert_int_equal(system(command), 0);
}

static int begin(void **state)
{
	(void)state;
	listened = listen_error = 0;
	return 0;
}

static void a_file_that_is_there_can_be_connected_to(void **state)
{
	int fd;

	(void)state;
	assert_int_equal(sl_local_socket_listen(path, 8, &fd), 0);
	assert_int_equal(listened, 1);
	assert_int_equal(connect_to(path), 0);
	assert_only_file("a.sock");
	close(fd);
	/* of a process that was killed: what it left is gone before the next one listens */
	assert_int_equal(connect_to(path), -ECONNREFUSED);
	assert_int_equal(sl_local_socket_listen(path, 8, &fd), 0);
	assert_int_equal(listened, 2);
	assert_int_equal(connect_to(path), 0);
	close(fd);
	unlink(path);
}

static mode_t mode_under(mode_t mask)
{
	mode_t before = umask(mask);
	struct stat found;
	int fd;

	assert_int_equal(sl_local_socket_listen(path, 8, &fd), 0);
	assert_int_equal(umask(before), mask);
	assert_int_equal(stat(path, &found), 0);
	close(fd);
	unlink(path);
	return found.st_mode & 07777;
}

static void it_is_never_for_others(void **state)
{
	(void)state;
	assert_int_equal(mode_under(0), 0660);
	assert_int_equal(mode_under(007), 0660);
	assert_int_equal(mode_under(022), 0640);
	assert_int_equal(mode_under(077), 0600);
}

static void a_failure_leaves_no_file(void **state)
{
	int fd = -7;

	(void)state;
	listen_error = EADDRINUSE;
	assert_int_equal(sl_local_socket_listen(path, 8, &fd), -EADDRINUSE);
	assert_int_equal(fd, -7);
	assert_only_file("");
}

static void a_name_may_fill_its_room_and_no_more(void **state)
{
	char longest[sizeof(((struct sockaddr_un *)0)->sun_path) + 1], here[PATH_MAX];
	int fd = -7;

	(void)state;
	/* relative, for the directory's own name is long */
	assert_non_null(getcwd(here, sizeof(here)));
	assert_int_equal(chdir(directory), 0);
	memset(longest, 'x', sizeof(longest));
	longest[sizeof(longest) - 1] = '\0';
	assert_int_equal(sl_local_socket_listen(longest, 8, &fd), -ENAMETOOLONG);
	assert_int_equal(sl_local_socket_listen("", 8, &fd), -EINVAL);
	assert_int_equal(fd, -7);
	longest[sizeof(longest) - 2] = '\0';
	assert_int_equal(sl_local_socket_listen(longest, 8, &fd), 0);
	assert_int_equal(connect_to(longest), 0);
	assert_only_file(longest);
	close(fd);
	unlink(longest);
	assert_int_equal(chdir(here), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(a_file_that_is_there_can_be_connected_to, begin),
		cmocka_unit_test_setup(it_is_never_for_others, begin),
		cmocka_unit_test_setup(a_failure_leaves_no_file, begin),
		cmocka_unit_test_setup(a_name_may_fill_its_room_and_no_more, begin),
	};
	int failed;

	if (!mkdtemp(directory))
		return 99;
	snprintf(path, sizeof(path), "%s/a.sock", directory);
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	rmdir(directory);
	return failed;
}
