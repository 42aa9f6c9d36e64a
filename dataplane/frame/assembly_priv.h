/* The arena from inside. Blocks are 2^order leaves; what is known of a block stands at its first
 * leaf, outside the memory that is handed out. */
#ifndef SL_FRAME_ASSEMBLY_PRIV_H
#define SL_FRAME_ASSEMBLY_PRIV_H

#include "frame/frame.h"

#define SL_LEAF_BYTES 1024u
#define SL_ORDERS 32u
#define SL_NO_LEAF UINT32_MAX

enum sl_leaf_state {
	SL_LEAF_INSIDE = 0, /* of a block that begins before it */
	SL_LEAF_FREE = 1,
	SL_LEAF_TAKEN = 2,
};

struct sl_leaf {
	uint32_t next, previous; /* in the list of free blocks of its order */
	uint8_t state;
	uint8_t order;
};

struct sl_assembly {
	uint8_t *memory;
	struct sl_leaf *leaves;
	uint32_t n_leaves;
	uint32_t n_used;
	uint32_t orders_free; /* bit per order: its list is not empty */
	uint32_t first[SL_ORDERS];
	size_t mapped_bytes;
};

void sl_assembly_put_free(struct sl_assembly *assembly, uint32_t leaf, unsigned order);

#endif
