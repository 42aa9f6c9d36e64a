/* Finding a key's record, and writing it anew. */
#include "keys_priv.h"
#include "pack_priv.h"

#include <assert.h>
#include <string.h>

#define PREFETCH_BURST 64u
#define MOVES_MAX 4u /* chunks that one look for room empties */

static inline uint32_t tag_of(uint64_t hash)
{
	return (uint32_t)(hash >> 32);
}

static inline uint32_t home_of(const struct sl_keys *keys, uint32_t tag)
{
	return (uint32_t)((uint64_t)tag * keys->homes >> 32);
}

/* A tenth of the memory is index: with records of 78 bytes on average both are full at once. Keys
 * that remember less leave some of the rest unused. */
static uint64_t index_bytes(uint64_t bytes)
{
	return bytes / 10 / 64 * 64;
}

uint32_t sl_keys_chunks(uint64_t bytes)
{
	return (uint32_t)((bytes - index_bytes(bytes)) / CHUNK_BYTES);
}

/* The chunks lie first, so that each of them lies within a huge page. */
void sl_keys_init(struct sl_keys *keys, void *at, uint64_t bytes, struct sl_chunk *chunks)
{
	uint32_t n_chunks = sl_keys_chunks(bytes);

	keys->index = (uint64_t *)(void *)((uint8_t *)at + (size_t)n_chunks * CHUNK_BYTES);
	keys->slots = (uint32_t)(index_bytes(bytes) / sizeof(*keys->index));
	keys->homes = keys->slots - keys->slots / 64;
	keys->count_max = (uint32_t)((uint64_t)keys->homes * 15 / 16);
	sl_slab_init(&keys->slab, at, chunks, n_chunks);
}

struct sl_text sl_keys_text(const struct sl_record_head *record)
{
	struct sl_unpack in = sl_unpack_of(record->data, record->bytes);
	uint64_t bytes = sl_unpack_number(&in);

	return (struct sl_text){.at = (const char *)in.at, .bytes = (uint32_t)bytes};
}

struct sl_span sl_keys_body(const struct sl_record_head *record)
{
	struct sl_text key = sl_keys_text(record);
	const uint8_t *at = (const uint8_t *)key.at + key.bytes;

	return sl_span_of(at, record->data + record->bytes - at);
}

static bool is_key(const struct sl_keys *keys, uint32_t block, struct sl_text key)
{
	struct sl_text its = sl_keys_text(sl_keys_at(keys, block));

	return its.bytes == key.bytes && memcmp(its.at, key.at, key.bytes) == 0;
}

/* The first slot with this tag, or where it would lie. */
static inline uint32_t first_slot(const struct sl_keys *keys, uint32_t tag)
{
	uint32_t at = home_of(keys, tag);

	while (keys->index[at] && (uint32_t)(keys->index[at] >> 32) < tag)
		at++;
	return at;
}

uint32_t sl_keys_find(const struct sl_keys *keys, struct sl_text key, uint64_t hash)
{
	uint32_t tag = tag_of(hash);

	for (uint32_t at = first_slot(keys, tag);
	     keys->index[at] && (uint32_t)(keys->index[at] >> 32) == tag; at++)
		if (is_key(keys, (uint32_t)keys->index[at], key))
			return (uint32_t)keys->index[at];
	return 0;
}

/* Where the index has this block, which it has. */
static uint32_t slot_of(const struct sl_keys *keys, uint64_t hash, uint32_t block)
{
	uint32_t at = first_slot(keys, tag_of(hash));

	while ((uint32_t)keys->index[at] != block) {
		assert(keys->index[at]);
		at++;
	}
	return at;
}

void sl_keys_prefetch(const struct sl_keys *keys, const uint64_t *hashes, unsigned n)
{
	uint32_t blocks[PREFETCH_BURST];

	n = n < PREFETCH_BURST ? n : PREFETCH_BURST;
	for (unsigned i = 0; i < n; i++)
		__builtin_prefetch(&keys->index[home_of(keys, tag_of(hashes[i]))]);
	for (unsigned i = 0; i < n; i++) {
		uint32_t at = first_slot(keys, tag_of(hashes[i]));
		const struct sl_record_head *record;

		blocks[i] = (uint32_t)keys->index[at];
		if (!blocks[i])
			continue;
		record = sl_keys_at(keys, blocks[i]);
		__builtin_prefetch(record, 1);
		__builtin_prefetch((const char *)record + 64, 1);
	}
	/* neighbours in the timer's bucket: they are told when the record moves */
	for (unsigned i = 0; i < n; i++) {
		const struct sl_record_head *record;

		if (!blocks[i])
			continue;
		record = sl_keys_at(keys, blocks[i]);
		if (record->next)
			__builtin_prefetch(sl_keys_at(keys, record->next), 1);
		if (record->prev && !(record->prev & IN_BUCKET))
			__builtin_prefetch(sl_keys_at(keys, record->prev), 1);
	}
}

/* ---- the index ------------------------------------------------------------------------------ */

static bool insert(struct sl_keys *keys, uint64_t hash, uint32_t block)
{
	uint64_t carried = (uint64_t)tag_of(hash) << 32 | block;
	uint32_t at = first_slot(keys, tag_of(hash)), end = at;

	if (keys->count == keys->count_max)
		return false;
	while (keys->index[end])
		end++;
	if (end >= keys->slots - 1)
		return false; /* the last slot stays empty: searches end there */
	memmove(keys->index + at + 1, keys->index + at, (end - at) * sizeof(*keys->index));
	keys->index[at] = carried;
	keys->count++;
	return true;
}

static void erase(struct sl_keys *keys, uint64_t hash, uint32_t block)
{
	uint32_t at = slot_of(keys, hash, block), end = at + 1;

	while (keys->index[end] && home_of(keys, (uint32_t)(keys->index[end] >> 32)) < end)
		end++;
	memmove(keys->index + at, keys->index + at + 1, (end - at - 1) * sizeof(*keys->index));
	keys->index[end - 1] = 0;
	keys->count--;
}

/* ---- records -------------------------------------------------------------------------------- */

/* Whoever named the record by its old block names it by the new one. */
static void rename_block(struct sl_keys *keys, uint64_t hash, uint32_t from, uint32_t to)
{
	const struct sl_record_head *record = sl_keys_at(keys, to);

	keys->index[slot_of(keys, hash, from)] = (uint64_t)tag_of(hash) << 32 | to;
	if (!record->prev)
		return;
	if (record->prev & IN_BUCKET)
		keys->wheel.first[record->prev & ~IN_BUCKET] = to;
	else
		sl_keys_at(keys, record->prev)->next = to;
	if (record->next)
		sl_keys_at(keys, record->next)->prev = to;
}

static void fill(struct sl_record_head *record, struct sl_text key, struct sl_span body,
		 uint32_t bytes)
{
	struct sl_pack out = sl_pack_of(record->data, bytes);

	sl_pack_number(&out, key.bytes);
	sl_pack_bytes(&out, key.at, key.bytes);
	sl_pack_bytes(&out, body.at, body.bytes);
	assert(!out.over);
	record->bytes = bytes;
}

uint32_t sl_keys_write(struct sl_keys *keys, struct sl_text key, uint64_t hash, uint32_t block,
		       struct sl_span body)
{
	size_t bytes = sl_pack_number_bytes(key.bytes) + key.bytes + body.bytes;
	uint32_t room, class, to;

	if (bytes > RECORD_BYTES_MAX)
		return 0;
	class = sl_slab_class_here(&keys->slab, (uint32_t)bytes + RECORD_HEAD_BYTES);
	room = block ? sl_slab_block_bytes(&keys->slab, block) : 0;
	if (block && room == keys->slab.classes[class].bytes) {
		fill(sl_keys_at(keys, block), key, body, (uint32_t)bytes);
		return block;
	}
	to = sl_slab_take(&keys->slab, class);
	if (!to && room >= bytes + RECORD_HEAD_BYTES) {
		fill(sl_keys_at(keys, block), key, body, (uint32_t)bytes);
		return block;
	}
	if (!to)
		return 0;
	if (!block) {
		if (!insert(keys, hash, to)) {
			sl_slab_give(&keys->slab, to);
			return 0;
		}
		*sl_keys_at(keys, to) = (struct sl_record_head){.due = DUE_NONE};
	} else {
		*sl_keys_at(keys, to) = *sl_keys_at(keys, block);
		rename_block(keys, hash, block, to);
	}
	fill(sl_keys_at(keys, to), key, body, (uint32_t)bytes);
	if (block)
		sl_slab_give(&keys->slab, block);
	return to;
}

void sl_keys_remove(struct sl_keys *keys, uint64_t hash, uint32_t block)
{
	sl_keys_set_due(keys, block, DUE_NONE);
	erase(keys, hash, block);
	sl_slab_give(&keys->slab, block);
}

/* ---- when memory is short ---------------------------------------------------------------------
 */

/* Moves a chunk's blocks into others of its class. */
static bool empty_a_chunk(struct sl_keys *keys)
{
	uint32_t chunk = sl_slab_sparse(&keys->slab), class, bytes;
	uint64_t taken[SL_SLAB_BLOCKS_MAX / 64];

	if (chunk == NO_CHUNK)
		return false;
	class = keys->slab.chunks[chunk].class;
	bytes = keys->slab.classes[class].bytes;
	sl_slab_taken(&keys->slab, chunk, taken);
	for (uint32_t i = 0; i < keys->slab.classes[class].blocks; i++) {
		uint32_t from = sl_slab_name(chunk, i * bytes), to;
		struct sl_text key;

		if (!(taken[i / 64] >> i % 64 & 1))
			continue;
		to = sl_slab_take(&keys->slab, class);
		assert(to);
		memcpy(sl_keys_at(keys, to), sl_keys_at(keys, from), bytes);
		key = sl_keys_text(sl_keys_at(keys, to));
		rename_block(keys, sl_text_hash(key.at, key.bytes), from, to);
	}
	sl_slab_clear(&keys->slab, chunk);
	return true;
}

bool sl_keys_short(struct sl_keys *keys)
{
	const struct sl_slab *slab = &keys->slab;

	for (unsigned i = 0; i < MOVES_MAX && slab->n_free <= slab->reserve; i++)
		if (!empty_a_chunk(keys))
			break;
	return slab->n_free <= slab->reserve ||
	       keys->count + keys->count_max / 64 >= keys->count_max;
}
