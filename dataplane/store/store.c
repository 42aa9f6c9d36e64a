/* Opening, starting, stopping and closing: the cold side of the door. */
#include "batch_priv.h"
#include "store_priv.h"

#include "sluice/error.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

/* A batch holds the largest record there may be, however small map and setting are. */
#define BATCH_BLOCKS_MIN (SL_RECORD_BYTES_MAX / BLOCK_BYTES_SURE + 2u)

/* With backpressure on, what workers hold already still has to go in: all their batches together
 * take at most half of the room above the mark. */
static uint32_t batch_blocks(const struct sl_store *store)
{
	const struct sl_store_config *config = &store->config;
	uint64_t blocks = config->batch_bytes / SL_BLOCK_BYTES_MAX;

	if (config->journal_path) {
		uint64_t above = config->map_bytes / PAGE_BYTES * 2 *
				 (100 - config->backpressure_percent) / 100;
		uint64_t share = above / 2 / ((uint64_t)config->workers * BATCHES);

		if (blocks > share)
			blocks = share;
	}
	if (blocks > TXN_BLOCKS_MAX)
		blocks = TXN_BLOCKS_MAX;
	return blocks < BATCH_BLOCKS_MIN ? BATCH_BLOCKS_MIN : (uint32_t)blocks;
}

static int make_workers(struct sl_store *store)
{
	unsigned n = store->config.workers;
	size_t batch_bytes;
	uint8_t *at;

	store->batch_blocks = batch_blocks(store);
	batch_bytes = (size_t)store->batch_blocks * SL_BLOCK_BYTES_MAX;
	store->batch_memory_bytes = batch_bytes * BATCHES * n;
	at = mmap(NULL, store->batch_memory_bytes, PROT_READ | PROT_WRITE,
		  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (at == MAP_FAILED)
		return -ENOMEM;
	store->batch_memory = at;
	store->upto = calloc(n, sizeof(*store->upto));
	store->workers = aligned_alloc(64, n * sizeof(*store->workers));
	if (!store->upto || !store->workers)
		return -ENOMEM;
	memset(store->workers, 0, n * sizeof(*store->workers));
	for (unsigned w = 0; w < n; w++) {
		struct sl_store_worker *worker = &store->workers[w];

		worker->store = store;
		worker->index = w;
		for (unsigned b = 0; b < BATCHES; b++, at += batch_bytes)
			sl_blocks_init(&worker->batches[b], at, store->batch_blocks);
	}
	return 0;
}

int sl_store_open(const struct sl_store_config *config, struct sl_store **ret_store,
		  char ret_why[SL_SENTENCE_BYTES])
{
	struct sl_store *store;
	int r;

	assert(config->workers > 0 && config->backpressure_percent < 100);
	assert(config->journal_path || config->consume);
	ret_why[0] = '\0';
	store = aligned_alloc(64, (sizeof(*store) + 63) / 64 * 64);
	if (!store)
		return -ENOMEM;
	memset(store, 0, sizeof(*store));
	store->config = *config;
	store->stats = config->stats ? config->stats : &store->own_stats;
	store->writer_lock_fd = -1;
	store->txn_blocks_max = TXN_BLOCKS_MAX;
	store->cursors.path = config->cursors_path;
	r = make_workers(store);
	if (r == 0 && config->journal_path)
		r = sl_store_journal_open(store, ret_why);
	if (r < 0) {
		if (!ret_why[0])
			snprintf(ret_why, SL_SENTENCE_BYTES, "the journal cannot be opened: %s",
				 sl_error_text(r));
		sl_store_close(store);
		return r;
	}
	*ret_store = store;
	return 0;
}

int sl_store_start(struct sl_store *store)
{
	int error;

	assert(!store->running);
	if (!store->env)
		return 0;
	error = pthread_create(&store->thread, NULL, sl_store_committer, store);
	if (error)
		return -error;
	pthread_setname_np(store->thread, "committer");
	store->running = true;
	return 0;
}

void sl_store_stop(struct sl_store *store)
{
	if (!store->running)
		return;
	atomic_store(&store->stopping, true);
	sl_store_bell_ring(store);
	pthread_join(store->thread, NULL);
	store->running = false;
}

void sl_store_close(struct sl_store *store)
{
	if (!store)
		return;
	sl_store_stop(store);
	sl_store_cursors_close(&store->cursors);
	sl_store_journal_close(store);
	free(store->workers);
	free(store->upto);
	if (store->batch_memory)
		munmap(store->batch_memory, store->batch_memory_bytes);
	free(store);
}

struct sl_store_worker *sl_store_worker(struct sl_store *store, unsigned worker)
{
	assert(worker < store->config.workers);
	return &store->workers[worker];
}
