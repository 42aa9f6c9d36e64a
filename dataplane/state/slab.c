/* Blocks of memory in chunks of one size each. */
#include "keys_priv.h"

#include <assert.h>
#include <string.h>

#define LINEAR_CLASSES 29u /* 32, 40, … 256 */
#define SPARSE_LOOKS 64u
#define FEW_CHUNKS 128u

static uint32_t class_bytes(uint32_t class)
{
	uint32_t above = class - LINEAR_CLASSES;

	if (class < LINEAR_CLASSES)
		return BLOCK_BYTES_MIN + class * BLOCK_UNIT;
	return (9 + above % 8) << (5 + above / 8);
}

uint32_t sl_slab_class(uint32_t bytes)
{
	uint32_t power;

	assert(bytes && bytes <= BLOCK_BYTES_MAX);
	if (bytes <= BLOCK_BYTES_MIN)
		return 0;
	if (bytes <= 256)
		return (bytes - BLOCK_BYTES_MIN + BLOCK_UNIT - 1) / BLOCK_UNIT;
	power = 31 - (uint32_t)__builtin_clz(bytes - 1);
	return LINEAR_CLASSES + (power - 8) * 8 + ((bytes - 1) >> (power - 3) & 7);
}

/* Each class that is met takes a chunk at least. Where chunks are hardly more than classes, a
 * memory would be all begun with little in it: there only every fourth class is used. */
uint32_t sl_slab_class_here(const struct sl_slab *slab, uint32_t bytes)
{
	uint32_t class = sl_slab_class(bytes);

	if (slab->n_chunks >= FEW_CHUNKS)
		return class;
	if (class < LINEAR_CLASSES)
		return (class + 3) / 4 * 4;                     /* 32, 64, 96, … 256 */
	return LINEAR_CLASSES + ((class - LINEAR_CLASSES) | 3); /* 384, 512, 768, … */
}

static void push_free(struct sl_slab *slab, uint32_t chunk)
{
	slab->chunks[chunk].next = slab->free;
	slab->free = chunk;
	slab->n_free++;
}

void sl_slab_init(struct sl_slab *slab, void *at, struct sl_chunk *chunks, uint32_t n_chunks)
{
	*slab = (struct sl_slab){
		.at = at,
		.chunks = chunks,
		.n_chunks = n_chunks,
		.free = NO_CHUNK,
		.reserve = 2 + n_chunks / 64,
	};
	for (uint32_t i = n_chunks; i-- > 0;)
		push_free(slab, i);
	for (uint32_t i = 0; i < CLASSES; i++)
		slab->classes[i] = (struct sl_class){
			.bytes = class_bytes(i),
			.blocks = CHUNK_BYTES / class_bytes(i),
			.room = NO_CHUNK,
		};
}

/* ---- the list of a class's chunks with room ---------------------------------------------- */

static void link_room(struct sl_slab *slab, struct sl_class *class, uint32_t chunk)
{
	slab->chunks[chunk].next = class->room;
	slab->chunks[chunk].prev = NO_CHUNK;
	if (class->room != NO_CHUNK)
		slab->chunks[class->room].prev = chunk;
	class->room = chunk;
}

static void unlink_room(struct sl_slab *slab, struct sl_class *class, uint32_t chunk)
{
	const struct sl_chunk *c = &slab->chunks[chunk];

	if (c->prev != NO_CHUNK)
		slab->chunks[c->prev].next = c->next;
	else
		class->room = c->next;
	if (c->next != NO_CHUNK)
		slab->chunks[c->next].prev = c->prev;
}

static uint16_t *link_of(const struct sl_slab *slab, uint32_t chunk, uint32_t block)
{
	uint32_t bytes = slab->classes[slab->chunks[chunk].class].bytes;

	return (uint16_t *)(void *)(slab->at + (size_t)chunk * CHUNK_BYTES + (size_t)block * bytes);
}

static bool open_chunk(struct sl_slab *slab, uint32_t class)
{
	uint32_t chunk = slab->free;

	if (chunk == NO_CHUNK)
		return false;
	slab->free = slab->chunks[chunk].next;
	slab->n_free--;
	slab->chunks[chunk] = (struct sl_chunk){.free = NO_BLOCK, .class = (uint16_t) class};
	slab->classes[class].free += slab->classes[class].blocks;
	link_room(slab, &slab->classes[class], chunk);
	return true;
}

uint32_t sl_slab_take(struct sl_slab *slab, uint32_t class)
{
	struct sl_class *of = &slab->classes[class];
	struct sl_chunk *chunk;
	uint32_t number, block;

	if (of->room == NO_CHUNK && !open_chunk(slab, class))
		return 0;
	number = of->room;
	chunk = &slab->chunks[number];
	if (chunk->free != NO_BLOCK) {
		block = chunk->free;
		chunk->free = *link_of(slab, number, block);
	} else {
		block = chunk->fresh++;
	}
	chunk->used++;
	of->free--;
	slab->used_bytes += of->bytes;
	if (chunk->used == of->blocks)
		unlink_room(slab, of, number);
	return sl_slab_name(number, block * of->bytes);
}

void sl_slab_give(struct sl_slab *slab, uint32_t block)
{
	uint32_t number = sl_slab_chunk(block);
	struct sl_chunk *chunk = &slab->chunks[number];
	struct sl_class *of = &slab->classes[chunk->class];
	uint32_t offset = (block - 1) * BLOCK_UNIT - number * CHUNK_BYTES;
	uint32_t index = offset / of->bytes;

	if (chunk->used == of->blocks)
		link_room(slab, of, number);
	*link_of(slab, number, index) = chunk->free;
	chunk->free = (uint16_t)index;
	chunk->used--;
	of->free++;
	slab->used_bytes -= of->bytes;
	if (chunk->used)
		return;
	unlink_room(slab, of, number);
	of->free -= of->blocks;
	push_free(slab, number);
}

/* ---- giving a chunk back whose blocks fit into others -------------------------------------- */

uint32_t sl_slab_sparse(struct sl_slab *slab)
{
	struct sl_class *of = NULL;
	uint32_t best, looks = 0;

	for (uint32_t i = 0; i < CLASSES && !of; i++)
		if (slab->classes[i].free >= 2 * slab->classes[i].blocks)
			of = &slab->classes[i];
	if (!of)
		return NO_CHUNK;
	best = of->room;
	for (uint32_t i = best; i != NO_CHUNK && looks < SPARSE_LOOKS; i = slab->chunks[i].next) {
		if (slab->chunks[i].used < slab->chunks[best].used)
			best = i;
		looks++;
	}
	unlink_room(slab, of, best);
	of->free -= of->blocks - slab->chunks[best].used;
	return best;
}

void sl_slab_taken(const struct sl_slab *slab, uint32_t chunk,
		   uint64_t ret_taken[SL_SLAB_BLOCKS_MAX / 64])
{
	const struct sl_chunk *c = &slab->chunks[chunk];

	memset(ret_taken, 0, SL_SLAB_BLOCKS_MAX / 8);
	for (uint32_t i = 0; i < c->fresh; i++)
		ret_taken[i / 64] |= 1ull << i % 64;
	for (uint32_t i = c->free; i != NO_BLOCK; i = *link_of(slab, chunk, i))
		ret_taken[i / 64] &= ~(1ull << i % 64);
}

void sl_slab_clear(struct sl_slab *slab, uint32_t chunk)
{
	slab->used_bytes -=
		(uint64_t)slab->chunks[chunk].used * slab->classes[slab->chunks[chunk].class].bytes;
	push_free(slab, chunk);
}
