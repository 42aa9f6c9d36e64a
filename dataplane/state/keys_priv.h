/* Where a worker's memory of its keys lies: blocks of a few sizes in chunks, an index over them,
 * and a wheel of timers through them. Nothing here knows what is remembered. */
#ifndef SL_STATE_KEYS_PRIV_H
#define SL_STATE_KEYS_PRIV_H

#include "base/event.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* ---- blocks -----------------------------------------------------------------------------------
 *
 * A chunk holds blocks of one size. A block is named by where it lies, in units of 8 bytes, plus
 * one: 0 is none. */
#define CHUNK_BYTES (128u << 10)
#define BLOCK_BYTES_MIN 32u
#define BLOCK_BYTES_MAX CHUNK_BYTES
#define BLOCK_UNIT 8u
#define CLASSES 101u /* every 8 bytes up to 256, then 8 to a doubling */
#define NO_CHUNK UINT32_MAX
#define NO_BLOCK UINT16_MAX

struct sl_chunk {
	uint32_t next, prev; /* of its class's chunks with room, or of the free ones */
	uint16_t used;       /* blocks */
	uint16_t fresh;      /* blocks from here on were never taken */
	uint16_t free;       /* first of those given back; each holds the next one's number */
	uint16_t class;
};

struct sl_class {
	uint32_t bytes;  /* of a block */
	uint32_t blocks; /* of a chunk */
	uint32_t room;   /* first chunk with room */
	uint32_t free;   /* blocks, in all its chunks */
};

struct sl_slab {
	uint8_t *at;
	struct sl_chunk *chunks;
	uint32_t n_chunks;
	uint32_t free; /* first free chunk */
	uint32_t n_free;
	uint32_t reserve; /* chunks that only what is remembered already may take */
	uint64_t used_bytes;
	struct sl_class classes[CLASSES];
};

void sl_slab_init(struct sl_slab *slab, void *at, struct sl_chunk *chunks, uint32_t n_chunks);
uint32_t sl_slab_class(uint32_t bytes);
uint32_t sl_slab_class_here(const struct sl_slab *slab, uint32_t bytes); /* this memory's choice */
uint32_t sl_slab_take(struct sl_slab *slab, uint32_t class);             /* 0: there is none */
void sl_slab_give(struct sl_slab *slab, uint32_t block);

/* A chunk that could do without, taken out of its class's list, or NO_CHUNK. */
uint32_t sl_slab_sparse(struct sl_slab *slab);
/* Whether block i of the chunk is taken, for all i: SL_SLAB_BLOCKS_MAX bits. */
#define SL_SLAB_BLOCKS_MAX (CHUNK_BYTES / BLOCK_BYTES_MIN)
void sl_slab_taken(const struct sl_slab *slab, uint32_t chunk,
		   uint64_t ret_taken[SL_SLAB_BLOCKS_MAX / 64]);
void sl_slab_clear(struct sl_slab *slab, uint32_t chunk); /* all its blocks went elsewhere */

static inline uint32_t sl_slab_name(uint32_t chunk, uint32_t offset)
{
	return chunk * (CHUNK_BYTES / BLOCK_UNIT) + offset / BLOCK_UNIT + 1;
}

static inline uint32_t sl_slab_chunk(uint32_t block)
{
	return (block - 1) / (CHUNK_BYTES / BLOCK_UNIT);
}

static inline void *sl_slab_at(const struct sl_slab *slab, uint32_t block)
{
	return slab->at + (size_t)(block - 1) * BLOCK_UNIT;
}

static inline uint32_t sl_slab_block_bytes(const struct sl_slab *slab, uint32_t block)
{
	return slab->classes[slab->chunks[sl_slab_chunk(block)].class].bytes;
}

/* ---- records ----------------------------------------------------------------------------------
 *
 * One block a key: this, the key's length (varint) and text, then what the key remembers. */
struct sl_record_head {
	uint32_t next; /* in its timer's bucket */
	uint32_t prev; /* block, or IN_BUCKET and the bucket whose first it is; 0: no timer */
	uint64_t due : 44;
	uint64_t bytes : 20; /* behind this head */
	uint8_t data[];
};

#define IN_BUCKET 0x80000000u
#define RECORD_HEAD_BYTES 16u
#define RECORD_BYTES_MAX (BLOCK_BYTES_MAX - RECORD_HEAD_BYTES)

/* ---- the wheel of timers ----------------------------------------------------------------------
 *
 * Three wheels of 4,096 buckets; a unit is 2^20 ns, a bucket of the next wheel a turn of the one
 * before. What lies beyond the third is looked at again when that comes round. */
#define DUE_UNIT_BITS 20u
#define DUE_NONE ((1ull << 44) - 1)
#define WHEEL_BITS 12u
#define WHEEL_SIZE (1u << WHEEL_BITS)
#define WHEEL_EXPIRED (3 * WHEEL_SIZE)

struct sl_wheel {
	uint64_t now; /* the first unit that was not looked at */
	uint64_t linked;
	uint32_t first[WHEEL_EXPIRED + 1];
	uint64_t used[3][WHEEL_SIZE / 64]; /* buckets with something in them */
};

/* The unit in which surely all of the nanosecond is over. */
static inline uint64_t sl_due_unit(int64_t due_ns)
{
	if (due_ns == INT64_MAX)
		return DUE_NONE;
	return due_ns < 0 ? 0 : ((uint64_t)due_ns >> DUE_UNIT_BITS) + 1;
}

/* ---- all of it --------------------------------------------------------------------------------
 *
 * The index: open addressing, each slot a tag (half a hash) over the block, sorted by tag; a tag's
 * home is where it would lie among equally spread ones. */
struct sl_keys {
	uint64_t *index;
	uint32_t homes;
	uint32_t slots; /* some more than homes, for what is pushed beyond the last */
	uint32_t count, count_max;
	struct sl_slab slab;
	struct sl_wheel wheel;
};

/* `bytes` at `at` are for the chunks, of which there are sl_keys_chunks(), and the index behind. */
void sl_keys_init(struct sl_keys *keys, void *at, uint64_t bytes, struct sl_chunk *chunks);
uint32_t sl_keys_chunks(uint64_t bytes);

static inline struct sl_record_head *sl_keys_at(const struct sl_keys *keys, uint32_t block)
{
	return sl_slab_at(&keys->slab, block);
}

uint32_t sl_keys_find(const struct sl_keys *keys, struct sl_text key, uint64_t hash); /* or 0 */
void sl_keys_prefetch(const struct sl_keys *keys, const uint64_t *hashes, unsigned n);
struct sl_text sl_keys_text(const struct sl_record_head *record);

/* What the key remembers: behind its text. */
struct sl_span sl_keys_body(const struct sl_record_head *record);

/* Writes what a key remembers in place of `block` (0: it is new); its timer stays. Returns the
 * block, or 0: no memory, and nothing has changed. body may not lie in the old block. */
uint32_t sl_keys_write(struct sl_keys *keys, struct sl_text key, uint64_t hash, uint32_t block,
		       struct sl_span body);
void sl_keys_remove(struct sl_keys *keys, uint64_t hash, uint32_t block);

/* True: memory is short, nothing new may begin. May move a few blocks to make room. */
bool sl_keys_short(struct sl_keys *keys);

/* The key's timer: earlier or later, or none (DUE_NONE). */
void sl_keys_set_due(struct sl_keys *keys, uint32_t block, uint64_t due);

enum sl_turn { SL_TURN_DONE = 0, SL_TURN_DUE = 1, SL_TURN_BUSY = 2 };

/* Goes on to `until`, which is not looked at itself. DUE: this block's timer has ended (it has none
 * now). BUSY: did enough for once, call again. */
enum sl_turn sl_keys_turn(struct sl_keys *keys, uint64_t until, uint32_t *ret_block);

/* No timer ends before this unit; DUE_NONE: there is none. */
uint64_t sl_keys_next(const struct sl_keys *keys);

#endif
