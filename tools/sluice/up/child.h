/* The processes that `sluice up` runs, and when one that died may start again.
 *
 * - A child is a process group of its own, so that a terminal's Ctrl-C reaches only `up`, which
 *   stops them in order; it gets SIGTERM when `up` itself dies.
 * - Restart policy, pure: 50 ms, doubled each time up to 2 s, from the beginning again once it was
 *   well, or lived for 30 s. Ten deaths within 30 s without having been well: give up. */
#ifndef SL_SLUICE_UP_CHILD_H
#define SL_SLUICE_UP_CHILD_H

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#define SL_CHILD_ARGUMENTS 6u
#define SL_DEATHS_MAX 10u

struct sl_restarts {
	int64_t deaths_ns[SL_DEATHS_MAX]; /* a ring */
	unsigned n_deaths;
	int64_t delay_ns;
};

/* Tells of a death; returns how long to wait before the next start, < 0: give up. */
int64_t sl_restarts_died(struct sl_restarts *restarts, int64_t now_ns, bool was_well);

struct sl_child {
	const char *name; /* of the program */
	char program[PATH_MAX];
	const char *arguments[SL_CHILD_ARGUMENTS + 1]; /* after the program, NULL behind the last */
	pid_t pid;                                     /* 0: not running */
	int64_t start_at_ns;                           /* when it may start */
	bool was_ready;                                /* in this life */
	bool ever_ready;                               /* in any */
	bool hopeless;                                 /* not worth another start */
	struct sl_restarts restarts;
};

/* Looks beside this executable, where the build puts it, and in PATH: 0 or -ENOENT. */
int sl_child_find(struct sl_child *child);

/* stdout_fd: where its standard output goes; -1: to standard error. 0 or -errno. */
int sl_child_start(struct sl_child *child, int stdout_fd);

#endif
