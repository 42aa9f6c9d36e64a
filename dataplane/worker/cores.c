#include "worker/cores.h"

#include "base/clock.h"

#include <fcntl.h>
#include <sched.h>
#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>

void sl_cores_pin(unsigned index, unsigned workers)
{
	cpu_set_t allowed, one;
	unsigned skip = index;

	/* where there are fewer cores than workers they share, and pinning would only hurt */
	if (sched_getaffinity(0, sizeof(allowed), &allowed) ||
	    (unsigned)CPU_COUNT(&allowed) < workers)
		return;
	for (int cpu = 0; cpu < CPU_SETSIZE; cpu++) {
		if (!CPU_ISSET(cpu, &allowed) || skip--)
			continue;
		CPU_ZERO(&one);
		CPU_SET(cpu, &one);
		sched_setaffinity(0, sizeof(one), &one); /* of this thread */
		return;
	}
}

void sl_cores_wait_open(struct sl_cores_wait *wait)
{
	wait->fd = open("/proc/thread-self/schedstat", O_RDONLY | O_CLOEXEC);
	wait->next_ns = 0;
}

void sl_cores_wait_close(struct sl_cores_wait *wait)
{
	if (wait->fd >= 0)
		close(wait->fd);
	wait->fd = -1;
}

/* "computed waited turns", in nanoseconds. */
bool sl_cores_waited(struct sl_cores_wait *wait, uint64_t *ret_ns)
{
	int64_t now_ns = sl_clock_read(CLOCK_MONOTONIC_COARSE);
	char text[96], *end;
	ssize_t n;

	if (wait->fd < 0 || now_ns < wait->next_ns)
		return false;
	wait->next_ns = now_ns + SL_NS_PER_S;
	n = pread(wait->fd, text, sizeof(text) - 1, 0);
	if (n <= 0)
		return false;
	text[n] = '\0';
	strtoull(text, &end, 10);
	*ret_ns = strtoull(end, NULL, 10);
	return true;
}
