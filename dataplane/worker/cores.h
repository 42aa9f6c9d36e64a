/* cores: which of the machine's cores a worker runs on. */
#ifndef SL_WORKER_CORES_H
#define SL_WORKER_CORES_H

/* Keeps the calling thread, worker `index` of `workers`, on a core of its own, if there are enough.
 * A wish: where it is not granted, everything works, slower. */
void sl_cores_pin(unsigned index, unsigned workers);

#endif
