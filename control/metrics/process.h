/* process: what the system knows of a process. 0, or -errno (gone, or hidden from us). */
#ifndef SL_CONTROL_METRICS_PROCESS_H
#define SL_CONTROL_METRICS_PROCESS_H

#include <stdint.h>

struct sl_process {
	int64_t pid;
	int64_t cpu_ns; /* used, its own and the system's for it */
	uint64_t memory_bytes;
};

int sl_process_read(int64_t pid, struct sl_process *ret_process);

#endif
