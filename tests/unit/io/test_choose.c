#include "io/io.h"

#include "sluice/error.h"

#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static void names_give_backends(void **state)
{
	int refused = -1;

	(void)state;
	assert_ptr_equal(sl_io_choose("epoll", &refused), &sl_io_epoll);
	assert_int_equal(refused, 0);
	assert_ptr_equal(sl_io_choose("mem", &refused), &sl_io_mem);
	assert_ptr_equal(sl_io_choose("uring", &refused), &sl_io_uring);
	assert_null(sl_io_choose("", &refused));
	assert_null(sl_io_choose("Epoll", &refused));
}

static void auto_is_uring_unless_it_is_refused(void **state)
{
	int refused = -1;
	const struct sl_io_ops *ops = sl_io_choose("auto", &refused);

	(void)state;
	assert_ptr_equal(ops, refused ? &sl_io_epoll : &sl_io_uring);
}

/* As a container would: io_uring_setup() says EPERM. */
static void refuse_io_uring(void)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_io_uring_setup, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = {.len = 4, .filter = code};

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) ||
	    prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program))
		_exit(77);
}

static int check_refused(void)
{
	static struct sl_io_group group = {.n = 1};
	static struct sl_stats_worker stats;
	const struct sl_io_config config = {
		.group = &group,
		.connections = 1,
		.buffers = 2,
		.buffer_bytes = 256,
		.output_bytes = 256,
		.stats = &stats,
	};
	struct sl_io *io = NULL;
	int refused = 0;

	if (sl_io_choose("auto", &refused) != &sl_io_epoll || refused != EPERM)
		return 1;
	if (sl_io_uring.open(&config, &io) != -SL_E_NOT_OFFERED || io)
		return 2;
	if (group.members[0])
		return 3;
	return 0;
}

static void refusal_is_named_and_epoll_serves(void **state)
{
	int status;
	pid_t child = fork();

	(void)state;
	assert_true(child >= 0);
	if (child == 0) {
		refuse_io_uring();
		_exit(check_refused());
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	if (WEXITSTATUS(status) == 77) {
		print_message("SKIP: no seccomp filters here\n");
		skip();
	}
	assert_int_equal(WEXITSTATUS(status), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_give_backends),
		cmocka_unit_test(auto_is_uring_unless_it_is_refused),
		cmocka_unit_test(refusal_is_named_and_epoll_serves),
	};

	return cmocka_run_group_tests_name("choose", tests, NULL, NULL);
}
