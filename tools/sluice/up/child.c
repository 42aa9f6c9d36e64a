#include "tools/sluice/up/child.h"

#include "base/clock.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#define DELAY_MIN_NS (50 * SL_NS_PER_MS)
#define DELAY_MAX_NS (2 * SL_NS_PER_S)
#define DEATHS_WITHIN_NS (30 * SL_NS_PER_S)

static int64_t last_death_ns(const struct sl_restarts *restarts)
{
	return restarts->n_deaths ? restarts->deaths_ns[(restarts->n_deaths - 1) % SL_DEATHS_MAX]
				  : INT64_MAX / 2;
}

int64_t sl_restarts_died(struct sl_restarts *restarts, int64_t now_ns, bool was_well)
{
	if (was_well || now_ns - last_death_ns(restarts) > DEATHS_WITHIN_NS)
		*restarts = (struct sl_restarts){0};
	restarts->deaths_ns[restarts->n_deaths++ % SL_DEATHS_MAX] = now_ns;
	if (restarts->n_deaths >= SL_DEATHS_MAX) {
		int64_t oldest_ns = restarts->deaths_ns[restarts->n_deaths % SL_DEATHS_MAX];

		if (now_ns - oldest_ns < DEATHS_WITHIN_NS)
			return -1;
	}
	restarts->delay_ns = restarts->delay_ns ? restarts->delay_ns * 2 : DELAY_MIN_NS;
	if (restarts->delay_ns > DELAY_MAX_NS)
		restarts->delay_ns = DELAY_MAX_NS;
	return restarts->delay_ns;
}

/* Where the build leaves the programs, seen from this one; installed, they lie together. */
static const char *const beside[] = {"", "../control/", "../dataplane/", "../dataplane/worker/"};

static bool usable(struct sl_child *child, const char *directory, int bytes, const char *below)
{
	int n = snprintf(child->program, sizeof(child->program), "%.*s/%s%s", bytes, directory,
			 below, child->name);

	return n > 0 && (size_t)n < sizeof(child->program) && !access(child->program, X_OK);
}

int sl_child_find(struct sl_child *child)
{
	const char *path = getenv("PATH");
	char self[PATH_MAX];
	ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);

	if (n > 0) {
		self[n] = '\0';
		for (unsigned i = 0; i < sizeof(beside) / sizeof(beside[0]); i++)
			if (usable(child, self, (int)(strrchr(self, '/') - self), beside[i]))
				return 0;
	}
	for (const char *at = path; at && *at;) {
		int bytes = (int)(strchrnul(at, ':') - at);

		if (bytes && usable(child, at, bytes, ""))
			return 0;
		at += bytes + (at[bytes] == ':');
	}
	return -ENOENT;
}

int sl_child_start(struct sl_child *child, int stdout_fd)
{
	char *argv[SL_CHILD_ARGUMENTS + 2] = {child->program};
	pid_t parent = getpid(), pid;
	sigset_t none;

	for (unsigned i = 0; i < SL_CHILD_ARGUMENTS && child->arguments[i]; i++)
		argv[i + 1] = (char *)child->arguments[i];
	pid = fork();
	if (pid < 0)
		return -errno;
	if (pid > 0) {
		child->pid = pid;
		child->was_ready = false;
		return 0;
	}
	setpgid(0, 0);
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	if (getppid() != parent)
		_exit(0); /* it died before we asked to be told */
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	dup2(stdout_fd >= 0 ? stdout_fd : STDERR_FILENO, STDOUT_FILENO);
	execv(child->program, argv);
	fprintf(stderr, "sluice up: %s: %s\n", child->program, strerror(errno));
	_exit(3);
}
