/* The bell that workers ring for the committer: a futex, so that ringing costs a worker one atomic
 * add while the committer is busy, and a system call only when it sleeps. */
#include "store_priv.h"

#include <linux/futex.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

void sl_store_bell_ring(struct sl_store *store)
{
	/* Sequentially consistent with the sleeper's order below: either it sees the new value, or
	 * we see it asleep. */
	atomic_fetch_add(&store->bell, 1);
	if (atomic_load(&store->asleep))
		syscall(SYS_futex, &store->bell, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0);
}

void sl_store_bell_wait(struct sl_store *store, uint32_t seen, int64_t timeout_ms)
{
	struct timespec timeout = {.tv_sec = timeout_ms / 1000,
				   .tv_nsec = timeout_ms % 1000 * 1000000};

	atomic_store(&store->asleep, 1);
	syscall(SYS_futex, &store->bell, FUTEX_WAIT_PRIVATE, seen, &timeout, NULL, 0);
	atomic_store(&store->asleep, 0);
}
