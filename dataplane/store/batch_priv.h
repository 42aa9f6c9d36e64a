/* How many framed bytes a run of fresh blocks surely takes. */
#ifndef SL_STORE_BATCH_PRIV_H
#define SL_STORE_BATCH_PRIV_H

#include "store_priv.h"

/* Of a record, beside its payload: header and padding. */
#define RECORD_OVERHEAD SL_STORE_RECORD_OVERHEAD /* a header, and up to 7 bytes of padding */

/* What a block takes at least: its own header aside, a continued record has one more record
 * header, and an end too short for a fragment (see record.c) stays empty. */
#define BLOCK_BYTES_SURE                                                                           \
	(SL_BLOCK_BYTES_MAX - sizeof(struct sl_block_header) -                                     \
	 2u * sizeof(struct sl_record_header) - 72u)

static inline uint64_t sl_store_batch_capacity(uint32_t fresh_blocks)
{
	return (uint64_t)fresh_blocks * BLOCK_BYTES_SURE;
}

/* memory.c: no journal, the blocks go to config.consume at once. */
void sl_store_memory_seal(struct sl_store_worker *worker, struct sl_blocks *blocks,
			  uint64_t number);

#endif
