/* Building blocks of records, and walking them again. Payloads of each type: record_payload.c. */
#include "base/record.h"

#include "sluice/error.h"

#include <assert.h>
#include <string.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#define BLOCK_HEADER_BYTES (sizeof(struct sl_block_header))
#define HEADER_BYTES (sizeof(struct sl_record_header))
#define FRAGMENT_BYTES_MAX (SL_BLOCK_BYTES_MAX - BLOCK_HEADER_BYTES - HEADER_BYTES)

/* Less than this at a block's end is left empty: a fragment has a header and a hash of its own. */
#define FRAGMENT_BYTES_MIN 64u

_Static_assert(sizeof(struct sl_block_header) == 16, "layout of blocks");
_Static_assert(sizeof(struct sl_record_header) == 16, "layout of records");
_Static_assert(SL_BLOCK_BYTES_MAX % 8 == 0, "records begin at multiples of 8");

static inline size_t round_up_8(size_t n)
{
	return (n + 7) & ~(size_t)7;
}

static inline uint64_t hash_payload(const void *payload, size_t bytes, unsigned type,
				    unsigned version, unsigned flags)
{
	return XXH3_64bits_withSeed(payload, bytes,
				    type | (uint64_t)version << 8 | (uint64_t)flags << 16);
}

/* ---- building -------------------------------------------------------------------------------- */

void sl_blocks_init(struct sl_blocks *blocks, void *at, uint32_t room)
{
	assert(((uintptr_t)at & 7) == 0 && room > 0);
	*blocks = (struct sl_blocks){.at = at, .room = room};
}

void sl_blocks_reset(struct sl_blocks *blocks)
{
	blocks->count = 0;
}

static inline struct sl_block_header *open_block(const struct sl_blocks *blocks)
{
	return (struct sl_block_header *)(blocks->at +
					  (size_t)(blocks->count - 1) * SL_BLOCK_BYTES_MAX);
}

/* Payload bytes that the open block can still take, behind a header. */
static inline size_t open_room(const struct sl_blocks *blocks)
{
	size_t used;

	if (blocks->count == 0)
		return 0;
	used = round_up_8(open_block(blocks)->bytes) + HEADER_BYTES;
	return used < SL_BLOCK_BYTES_MAX ? SL_BLOCK_BYTES_MAX - used : 0;
}

/* Where a payload of that size begins: in the open block, whole or with a fragment worth having. */
static inline bool begins_in_open(const struct sl_blocks *blocks, size_t room, size_t payload_bytes)
{
	if (blocks->count == 0 ||
	    round_up_8(open_block(blocks)->bytes) + HEADER_BYTES > SL_BLOCK_BYTES_MAX)
		return false;
	return payload_bytes <= room || room >= FRAGMENT_BYTES_MIN;
}

bool sl_blocks_fit(const struct sl_blocks *blocks, size_t payload_bytes)
{
	size_t room = open_room(blocks);
	size_t fresh = (size_t)(blocks->room - blocks->count) * FRAGMENT_BYTES_MAX;

	if (payload_bytes > SL_RECORD_BYTES_MAX)
		return false;
	if (begins_in_open(blocks, room, payload_bytes))
		return payload_bytes <= room + fresh;
	return blocks->count < blocks->room && payload_bytes <= fresh;
}

static void begin_block(struct sl_blocks *blocks)
{
	blocks->count++;
	*open_block(blocks) = (struct sl_block_header){
		.bytes = BLOCK_HEADER_BYTES,
		.version = SL_JOURNAL_VERSION,
	};
}

/* Copies the next n bytes of the parts and moves the place behind them. */
struct gather {
	const struct sl_span *part;
	size_t offset;
};

static inline void gather_copy(struct gather *from, uint8_t *to, size_t n)
{
	while (n > 0) {
		size_t here = from->part->bytes - from->offset;

		if (here == 0) {
			from->part++;
			from->offset = 0;
			continue;
		}
		if (here > n)
			here = n;
		memcpy(to, from->part->at + from->offset, here);
		from->offset += here;
		to += here;
		n -= here;
	}
}

int sl_blocks_append(struct sl_blocks *blocks, enum sl_record_type type,
		     const struct sl_span *parts, unsigned n_parts)
{
	struct gather from = {.part = parts};
	size_t left = 0;
	unsigned flags = 0;

	for (unsigned i = 0; i < n_parts; i++) {
		if (parts[i].bytes > SL_RECORD_BYTES_MAX - left)
			return -SL_E_LIMIT;
		left += parts[i].bytes;
	}
	if (!sl_blocks_fit(blocks, left))
		return -SL_E_FULL;
	if (!begins_in_open(blocks, open_room(blocks), left))
		begin_block(blocks);
	for (;;) {
		struct sl_block_header *block = open_block(blocks);
		uint8_t *end = (uint8_t *)block + block->bytes;
		size_t start = round_up_8(block->bytes);
		size_t room = open_room(blocks);
		size_t bytes = left <= room ? left : room;
		struct sl_record_header header = {
			.type = (uint8_t)type,
			.version = sl_record_layout(type),
			.flags = (uint16_t)(flags | (left > room ? SL_RECORD_MORE : 0)),
			.bytes = (uint32_t)bytes,
		};
		uint8_t *at = (uint8_t *)block + start;

		memset(end, 0, start - block->bytes);
		gather_copy(&from, at + HEADER_BYTES, bytes);
		header.hash = hash_payload(at + HEADER_BYTES, bytes, header.type, header.version,
					   header.flags);
		memcpy(at, &header, sizeof(header));
		block->bytes = (uint16_t)(start + HEADER_BYTES + bytes);
		block->records++;
		left -= bytes;
		if (!(header.flags & SL_RECORD_MORE))
			return 0;
		flags = SL_RECORD_CONTINUED;
		begin_block(blocks);
	}
}

/* ---- walking --------------------------------------------------------------------------------- */

void sl_record_walker_init(struct sl_record_walker *walker)
{
	walker->assembled = 0;
	walker->type = 0;
	walker->version = 0;
	walker->begun = false;
	walker->open = false;
}

/* Reads the header at *offset and moves the offset to its payload. Blocks from a map are aligned
 * to nothing. 1, 0 at the block's end, or -SL_E…. */
static inline int next_header(const uint8_t *block, size_t n_bytes, size_t *offset,
			      struct sl_record_header *ret_header)
{
	size_t start = round_up_8(*offset);
	struct sl_record_header header;

	if (start >= n_bytes)
		return 0;
	if (n_bytes - start < HEADER_BYTES)
		return -SL_E_TRUNCATED;
	memcpy(&header, block + start, HEADER_BYTES);
	if (header.bytes > n_bytes - start - HEADER_BYTES)
		return -SL_E_BOUNDS;
	if (header.flags & ~(SL_RECORD_MORE | SL_RECORD_CONTINUED))
		return -SL_E_FORMAT;
	/* fragments fill their block: one goes on at its very start, is cut at its very end */
	if ((header.flags & SL_RECORD_CONTINUED) && start != BLOCK_HEADER_BYTES)
		return -SL_E_FORMAT;
	if ((header.flags & SL_RECORD_MORE) && start + HEADER_BYTES + header.bytes != n_bytes)
		return -SL_E_FORMAT;
	*offset = start + HEADER_BYTES;
	*ret_header = header;
	return 1;
}

int sl_block_check(const void *block, size_t n_bytes)
{
	struct sl_block_header head;
	struct sl_record_header header;
	size_t offset = BLOCK_HEADER_BYTES;
	uint32_t records = 0;
	int r;

	if (n_bytes < BLOCK_HEADER_BYTES)
		return -SL_E_TRUNCATED;
	memcpy(&head, block, sizeof(head));
	if (head.version != SL_JOURNAL_VERSION)
		return -SL_E_VERSION;
	if (n_bytes > SL_BLOCK_BYTES_MAX || head.bytes > n_bytes)
		return -SL_E_TRUNCATED;
	if (head.bytes != n_bytes)
		return -SL_E_BOUNDS;
	while ((r = next_header(block, n_bytes, &offset, &header)) > 0) {
		offset += header.bytes;
		records++;
	}
	if (r < 0)
		return r;
	return records == head.records && records > 0 ? 0 : -SL_E_BOUNDS;
}

/* Takes a fragment into the assembly. 1 when the record is whole. */
static int assemble(struct sl_record_walker *walker, const struct sl_record_header *header,
		    const uint8_t *payload)
{
	if (!(header->flags & SL_RECORD_CONTINUED)) {
		walker->type = header->type;
		walker->version = header->version;
		walker->assembled = 0;
		walker->open = true;
	} else if (header->type != walker->type || header->version != walker->version) {
		return -SL_E_FORMAT;
	}
	if (header->bytes > SL_RECORD_BYTES_MAX - walker->assembled)
		return -SL_E_LIMIT;
	memcpy(walker->assembly + walker->assembled, payload, header->bytes);
	walker->assembled += header->bytes;
	if (header->flags & SL_RECORD_MORE)
		return 0;
	walker->open = false;
	return 1;
}

int sl_record_next(struct sl_record_walker *walker, const void *block, size_t *offset,
		   struct sl_record *ret_record)
{
	struct sl_block_header head;
	struct sl_record_header header;
	size_t at = *offset ? *offset : BLOCK_HEADER_BYTES;
	int r;

	memcpy(&head, block, sizeof(head));
	while ((r = next_header(block, head.bytes, &at, &header)) > 0) {
		const uint8_t *payload = (const uint8_t *)block + at;
		bool continued = header.flags & SL_RECORD_CONTINUED;

		if (hash_payload(payload, header.bytes, header.type, header.version,
				 header.flags) != header.hash)
			return -SL_E_CHECKSUM;
		at += header.bytes;
		*offset = at;
		if (continued && !walker->begun)
			continue; /* its beginning was trimmed */
		if (continued != walker->open)
			return -SL_E_FORMAT;
		walker->begun = true;
		*ret_record = (struct sl_record){.type = header.type,
						 .version = header.version,
						 .payload = payload,
						 .bytes = header.bytes};
		if (header.flags == 0)
			return 1;
		r = assemble(walker, &header, payload);
		if (r < 0)
			return r;
		if (r > 0) {
			ret_record->payload = walker->assembly;
			ret_record->bytes = walker->assembled;
			return 1;
		}
	}
	if (r == 0)
		*offset = head.bytes;
	return r;
}
