/* cores: which of the machine's cores a worker runs on. */
#ifndef SL_WORKER_CORES_H
#define SL_WORKER_CORES_H

#include <stdbool.h>
#include <stdint.h>

/* Keeps the calling thread, worker `index` of `workers`, on a core of its own, if there are enough.
 * A wish: where it is not granted, everything works, slower. */
void sl_cores_pin(unsigned index, unsigned workers);

/* How long a thread has waited for a core, as the kernel counts it: its own file, for its own
 * thread only. Asked about once a second, between bursts. */
struct sl_cores_wait {
	int fd;          /* -1: this kernel does not count */
	int64_t next_ns; /* CLOCK_MONOTONIC_COARSE */
};

void sl_cores_wait_open(struct sl_cores_wait *wait);
void sl_cores_wait_close(struct sl_cores_wait *wait);
/* True and the time, where a second has passed since it was told last. */
bool sl_cores_waited(struct sl_cores_wait *wait, uint64_t *ret_ns);

#endif
