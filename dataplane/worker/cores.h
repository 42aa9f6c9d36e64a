/* cores: what the process asks of the machine's cores.
 *
 * - Wishes: where the kernel does not grant one, nothing is said and everything works, slower.
 * - sl_cores_short_turns() is for the first thread, before the others, which inherit it. */
#ifndef SL_WORKER_CORES_H
#define SL_WORKER_CORES_H

/* Keeps the calling thread, worker `index` of `workers`, on a core of its own, if there are enough.
 */
void sl_cores_pin(unsigned index, unsigned workers);

/* Short turns on a shared core, and so the next one soon: a worker that has an event to take, or a
 * committer whose disk has answered, does not wait for the end of somebody's turn of milliseconds.
 */
void sl_cores_short_turns(void);

#endif
