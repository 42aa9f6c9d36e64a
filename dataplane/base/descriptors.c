#include "base/descriptors.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <sys/resource.h>

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
