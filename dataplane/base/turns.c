#include "base/turns.h"

#include <sched.h>
#include <stdint.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#define FIRST_NICE (-10)
#define LAST_NICE 19
/* The shortest that the kernel takes. */
#define TURN_NS 100000u

/* As in linux/sched/types.h, whose names collide with those of sched.h. */
struct sched_attributes {
	uint32_t size;
	uint32_t policy;
	uint64_t flags;
	int32_t nice;
	uint32_t priority;
	uint64_t runtime; /* of an ordinary thread: its turn, since Linux 6.12; before, ignored */
	uint64_t deadline;
	uint64_t period;
};

void sl_turns_short(void)
{
	struct sched_attributes attributes = {.size = sizeof(attributes)};

	if (syscall(SYS_sched_getattr, 0, &attributes, sizeof(attributes), 0) ||
	    attributes.policy != SCHED_OTHER)
		return; /* somebody gave it another class on purpose */
	attributes.size = sizeof(attributes);
	attributes.runtime = TURN_NS;
	syscall(SYS_sched_setattr, 0, &attributes, 0);
}

void sl_turns_first(void)
{
	setpriority(PRIO_PROCESS, 0, FIRST_NICE); /* on Linux: of this thread */
}

void sl_turns_last(void)
{
	setpriority(PRIO_PROCESS, 0, LAST_NICE);
}
