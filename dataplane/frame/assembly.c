/* The arena: taking and giving. Both cost at most one step per order, and touch no memory of the
 * blocks themselves. */
#include "frame/assembly_priv.h"

#include <assert.h>

void sl_assembly_put_free(struct sl_assembly *assembly, uint32_t leaf, unsigned order)
{
	struct sl_leaf *block = &assembly->leaves[leaf];
	uint32_t next = assembly->first[order];

	*block = (struct sl_leaf){
		.next = next,
		.previous = SL_NO_LEAF,
		.state = SL_LEAF_FREE,
		.order = (uint8_t)order,
	};
	if (next != SL_NO_LEAF)
		assembly->leaves[next].previous = leaf;
	assembly->first[order] = leaf;
	assembly->orders_free |= 1u << order;
}

static void remove_free(struct sl_assembly *assembly, uint32_t leaf)
{
	struct sl_leaf *block = &assembly->leaves[leaf];

	if (block->next != SL_NO_LEAF)
		assembly->leaves[block->next].previous = block->previous;
	if (block->previous != SL_NO_LEAF)
		assembly->leaves[block->previous].next = block->next;
	else
		assembly->first[block->order] = block->next;
	if (assembly->first[block->order] == SL_NO_LEAF)
		assembly->orders_free &= ~(1u << block->order);
	block->state = SL_LEAF_INSIDE;
}

void *sl_assembly_take(struct sl_assembly *assembly, size_t bytes, size_t *ret_bytes)
{
	uint64_t n_leaves = bytes / SL_LEAF_BYTES + (bytes % SL_LEAF_BYTES != 0);
	unsigned want, order;
	uint32_t leaf, larger;

	if (n_leaves > assembly->n_leaves)
		return NULL;
	want = n_leaves > 1 ? 32 - (unsigned)__builtin_clz((uint32_t)n_leaves - 1) : 0;
	larger = want < SL_ORDERS ? assembly->orders_free & (UINT32_MAX << want) : 0;
	if (!larger)
		return NULL;
	order = (unsigned)__builtin_ctz(larger);
	leaf = assembly->first[order];
	remove_free(assembly, leaf);
	while (order > want) {
		order--;
		sl_assembly_put_free(assembly, leaf + (1u << order), order);
	}
	assembly->leaves[leaf].state = SL_LEAF_TAKEN;
	assembly->leaves[leaf].order = (uint8_t)want;
	assembly->n_used += 1u << want;
	*ret_bytes = (size_t)SL_LEAF_BYTES << want;
	return assembly->memory + (size_t)leaf * SL_LEAF_BYTES;
}

void sl_assembly_give(struct sl_assembly *assembly, void *at)
{
	size_t offset = (size_t)((uint8_t *)at - assembly->memory);
	uint32_t leaf = (uint32_t)(offset / SL_LEAF_BYTES);
	unsigned order;

	if (!at)
		return;
	assert(offset % SL_LEAF_BYTES == 0 && offset / SL_LEAF_BYTES < assembly->n_leaves);
	assert(assembly->leaves[leaf].state == SL_LEAF_TAKEN);
	assembly->leaves[leaf].state = SL_LEAF_INSIDE;
	order = assembly->leaves[leaf].order;
	assembly->n_used -= 1u << order;
	for (; order + 1 < SL_ORDERS; order++) {
		uint32_t buddy = leaf ^ (1u << order);

		if (buddy >= assembly->n_leaves || assembly->leaves[buddy].state != SL_LEAF_FREE ||
		    assembly->leaves[buddy].order != order)
			break;
		remove_free(assembly, buddy);
		leaf &= ~(1u << order);
	}
	sl_assembly_put_free(assembly, leaf, order);
}

size_t sl_assembly_used(const struct sl_assembly *assembly)
{
	return (size_t)assembly->n_used * SL_LEAF_BYTES;
}
