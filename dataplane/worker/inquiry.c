/* What is asked of workers about what they remember: by the commander, answered by each worker
 * itself, for nobody else may touch it. */
#include "worker/worker_priv.h"

#include <string.h>
#include <time.h>

#define PATIENCE_MS 1000

_Static_assert(SL_ENGINE_SLOTS_MAX * sizeof(uint64_t) <= 1024, "a round's work is small");

void sl_inquiry_answer(struct sl_worker *worker)
{
	struct sl_inquiry *inquiry = &worker->inquiry;

	if (!atomic_load_explicit(&inquiry->asked, memory_order_acquire))
		return;
	/* without a rule set what it remembers may be the loader's: nothing yet */
	for (unsigned i = 0; i < inquiry->n; i++)
		inquiry->live[i] =
			worker->generation ? sl_states_live(worker->states, inquiry->slots[i]) : 0;
	atomic_store_explicit(&inquiry->asked, false, memory_order_release);
}

static bool is_asked(struct sl_worker *worker)
{
	return atomic_load_explicit(&worker->inquiry.asked, memory_order_acquire);
}

static bool can_ask(struct sl_engine *engine)
{
	for (unsigned i = 0; i < engine->n_workers; i++)
		if (is_asked(&engine->workers[i]) ||
		    !atomic_load_explicit(&engine->workers[i].running, memory_order_acquire))
			return false;
	return true;
}

static void ask(struct sl_worker *worker, const uint64_t *slots, unsigned n)
{
	struct sl_io *io = atomic_load_explicit(&worker->engine->group.members[worker->index],
						memory_order_acquire);

	worker->inquiry.n = n;
	memcpy(worker->inquiry.slots, slots, n * sizeof(*slots));
	atomic_store_explicit(&worker->inquiry.asked, true, memory_order_release);
	if (io)
		worker->io_ops->wake(io);
}

static bool all_answered(struct sl_engine *engine)
{
	for (unsigned i = 0; i < engine->n_workers; i++)
		if (is_asked(&engine->workers[i]))
			return false;
	return true;
}

int sl_engine_live(struct sl_engine *engine, const uint64_t *slots, unsigned n, uint64_t *ret_live)
{
	const struct timespec pause = {.tv_nsec = SL_NS_PER_MS / 4};

	assert(n <= SL_ENGINE_SLOTS_MAX);
	if (!can_ask(engine))
		return -SL_E_BUSY;
	for (unsigned i = 0; i < engine->n_workers; i++)
		ask(&engine->workers[i], slots, n);
	for (int tries = 0; tries < PATIENCE_MS * 4 && !all_answered(engine); tries++)
		nanosleep(&pause, NULL);
	if (!all_answered(engine))
		return -SL_E_BUSY;
	for (unsigned s = 0; s < n; s++) {
		ret_live[s] = 0;
		for (unsigned i = 0; i < engine->n_workers; i++)
			ret_live[s] += engine->workers[i].inquiry.live[s];
	}
	return 0;
}
