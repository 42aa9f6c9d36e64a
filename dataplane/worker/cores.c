#include "worker/cores.h"

#include <sched.h>

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
