/* Without a journal: blocks go to the caller as they would have been written, and count as
 * committed. Replays and tests run on this; there is no committer. */
#include "batch_priv.h"

void sl_store_memory_seal(struct sl_store_worker *worker, struct sl_blocks *blocks, uint64_t number)
{
	const struct sl_store_config *config = &worker->store->config;

	for (uint32_t i = 0; i < blocks->count; i++) {
		const uint8_t *block = blocks->at + (size_t)i * SL_BLOCK_BYTES_MAX;

		config->consume(config->context, block,
				((const struct sl_block_header *)block)->bytes);
	}
	atomic_store_explicit(&worker->sealed, number, memory_order_release);
	atomic_store_explicit(&worker->taken, number, memory_order_release);
	atomic_store_explicit(&worker->committed, number, memory_order_release);
}
