/* The worker's side: filling batches and handing them over. No lock, no clock, no allocation. */
#include "store_priv.h"

#include "batch_priv.h"

#include <assert.h>

static inline struct sl_blocks *batch_at(struct sl_store_worker *worker, uint64_t number)
{
	return &worker->batches[number % BATCHES];
}

static inline uint64_t sealed(const struct sl_store_worker *worker)
{
	return atomic_load_explicit(&worker->sealed, memory_order_relaxed);
}

/* Whether records of that many bytes surely fit, however they are cut at the ends of blocks. */
static bool fits(const struct sl_blocks *blocks, uint64_t framed)
{
	return sl_store_batch_capacity(blocks->room - blocks->count) >= framed;
}

/* The last batch handed over, where the committer has not begun with it: it takes in more. */
static bool take_back(struct sl_store_worker *worker)
{
	uint64_t number = sealed(worker);

	if (number == worker->closed ||
	    number <= atomic_load_explicit(&worker->taken, memory_order_relaxed))
		return false;
	atomic_store(&worker->sealed, number - 1);
	worker->open = atomic_load(&worker->taken) < number;
	if (worker->open)
		return true;
	atomic_store(&worker->sealed, number);
	worker->closed = number;
	sl_store_bell_ring(worker->store); /* who looked meanwhile saw one less */
	return false;
}

struct sl_blocks *sl_store_open_batch(struct sl_store_worker *worker, size_t bytes,
				      unsigned n_records)
{
	uint64_t framed = bytes + (uint64_t)n_records * RECORD_OVERHEAD;

	assert(framed <= sl_store_room(worker->store));
	if (worker->open || take_back(worker)) {
		struct sl_blocks *blocks = batch_at(worker, sealed(worker) + 1);

		if (fits(blocks, framed))
			return blocks;
		sl_store_seal(worker, true);
	}
	if (sealed(worker) - sl_store_committed(worker) >= BATCHES)
		return NULL;
	worker->open = true;
	sl_blocks_reset(batch_at(worker, sealed(worker) + 1));
	return batch_at(worker, sealed(worker) + 1);
}

uint64_t sl_store_pending(const struct sl_store_worker *worker)
{
	uint64_t next = sealed(worker) + 1;

	return worker->open && worker->batches[next % BATCHES].count > 0 ? next : next - 1;
}

uint64_t sl_store_committed(const struct sl_store_worker *worker)
{
	return atomic_load_explicit(&worker->committed, memory_order_acquire);
}

void sl_store_seal(struct sl_store_worker *worker, bool close)
{
	uint64_t number = sealed(worker) + 1;
	struct sl_blocks *blocks = batch_at(worker, number);

	if (!worker->open || blocks->count == 0)
		return;
	worker->open = false;
	if (close)
		worker->closed = number;
	if (!worker->store->env) {
		sl_store_memory_seal(worker, blocks, number);
		return;
	}
	atomic_store_explicit(&worker->sealed, number, memory_order_release);
	sl_store_bell_ring(worker->store);
}

size_t sl_store_room(const struct sl_store *store)
{
	return sl_store_batch_capacity(store->batch_blocks);
}

bool sl_store_backpressure(const struct sl_store *store)
{
	return atomic_load_explicit(&store->backpressure, memory_order_relaxed);
}
