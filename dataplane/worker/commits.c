/* What waits for a commit: requests for their reply, peers' parts for their answer. */
#include "worker/worker_priv.h"

void sl_waits_add(struct sl_waits *waits, const struct sl_wait *wait)
{
	/* room was taken for every request and every part there can be */
	assert(waits->tail - waits->head <= waits->mask);
	waits->at[waits->tail++ & waits->mask] = *wait;
}

void sl_commits_collect(struct sl_worker *worker)
{
	struct sl_waits *waits = &worker->waits;
	uint64_t committed = sl_store_committed(worker->store);

	while (waits->head != waits->tail) {
		const struct sl_wait wait = waits->at[waits->head & waits->mask];

		if (wait.commit > committed)
			break;
		waits->head++;
		worker->busy = true;
		if (wait.request)
			sl_request_release(worker, wait.request);
		else
			sl_part_answer(worker, wait.part);
	}
}
