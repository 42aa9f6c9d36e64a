#include "base/descriptors.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <sys/resource.h>
#include <unistd.h>

int sl_descriptors_raise(uint64_t least, uint64_t wanted, uint64_t *ret_room,
			 char ret_why[SL_SENTENCE_BYTES])
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit)) {
		snprintf(ret_why, SL_SENTENCE_BYTES, "the limit of open files cannot be read");
		return -errno;
	}
	if (limit.rlim_cur < wanted && limit.rlim_cur < limit.rlim_max) {
		const rlim_t before = limit.rlim_cur;

		limit.rlim_cur = limit.rlim_max < wanted ? limit.rlim_max : wanted;
		if (setrlimit(RLIMIT_NOFILE, &limit))
			limit.rlim_cur = before;
	}
	*ret_room = limit.rlim_cur;
	if (limit.rlim_cur >= wanted)
		return 0;
	snprintf(ret_why, SL_SENTENCE_BYTES,
		 "this process may have %" PRIu64 " files open and %s %" PRIu64
		 "; raise the limit (ulimit -n, or LimitNOFILE= of the unit)",
		 (uint64_t)limit.rlim_cur,
		 limit.rlim_cur < least ? "needs at least" : "its settings ask for up to",
		 limit.rlim_cur < least ? least : wanted);
	return limit.rlim_cur < least ? -SL_E_SETTINGS : 1;
}

int sl_descriptors_keep_standard(void)
{
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
		/* the lowest number that is free, so this one: those below it are open by now; the
		 * wrong way round, so that nobody takes what is lost for written */
		if (fcntl(fd, F_GETFD) < 0 &&
		    open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY) < 0)
			return -errno;
	}
	return 0;
}
