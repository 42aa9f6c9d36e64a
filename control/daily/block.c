#include "control/daily/block_priv.h"

#include "sluice/error.h"

#include <assert.h>
#include <string.h>
#include <xxhash.h>

#define MAGIC 0x4b4c4253u /* "SBLK" */
#define PACKED_LEVEL 1    /* of these records a higher one makes no less, and takes longer */

enum { AS_THEY_ARE = 0, ZSTD = 1 };

/* Before every record of a block. */
struct record {
	uint32_t bytes; /* of the record, padding to 8 not counted */
	uint32_t reserved;
	int64_t time_ns;
};

static size_t padded(size_t n)
{
	return (n + 7) / 8 * 8;
}

void sl_block_room_clear(struct sl_block_room *room)
{
	room->bytes = 0;
	room->records = 0;
}

void sl_block_room_add(struct sl_block_room *room, int64_t time_ns, struct sl_span record)
{
	const struct record head = {.bytes = (uint32_t)record.bytes, .time_ns = time_ns};
	size_t whole = sizeof(head) + padded(record.bytes);
	uint8_t *at = room->at + room->bytes;

	assert(record.bytes <= SL_DAILY_RECORD_MAX && room->bytes + whole <= sizeof(room->at));
	memset(at, 0, whole);
	memcpy(at, &head, sizeof(head));
	if (record.bytes)
		memcpy(at + sizeof(head), record.at, record.bytes);
	if (!room->records || time_ns < room->first_ns)
		room->first_ns = time_ns;
	if (!room->records || time_ns > room->last_ns)
		room->last_ns = time_ns;
	room->records++;
	room->bytes += (uint32_t)whole;
}

size_t sl_block_bytes_max(void)
{
	return sizeof(struct sl_daily_block) + padded(ZSTD_compressBound(SL_BLOCK_RAW_MAX));
}

size_t sl_block_bytes(const struct sl_daily_block *block)
{
	return sizeof(*block) + padded(block->stored_bytes);
}

void sl_block_seal(uint8_t *at)
{
	struct sl_daily_block block;

	memcpy(&block, at, sizeof(block));
	block.contents = XXH3_64bits(at + sizeof(block), block.stored_bytes);
	block.check = XXH3_64bits(&block, offsetof(struct sl_daily_block, check));
	memcpy(at, &block, sizeof(block));
}

size_t sl_block_pack(ZSTD_CCtx *packer, const struct sl_block_room *room, struct sl_daily_mark mark,
		     uint8_t *at)
{
	uint8_t *to = at + sizeof(struct sl_daily_block);
	struct sl_daily_block block = {
		.magic = MAGIC,
		.codec = ZSTD,
		.raw_bytes = room->bytes,
		.records = room->records,
		.first_ns = room->first_ns,
		.last_ns = room->last_ns,
		.mark = mark,
	};
	size_t n = ZSTD_compressCCtx(packer, to, ZSTD_compressBound(room->bytes), room->at,
				     room->bytes, PACKED_LEVEL);

	if (ZSTD_isError(n) || n >= room->bytes) {
		block.codec = AS_THEY_ARE;
		n = room->bytes;
		memcpy(to, room->at, n);
	}
	block.stored_bytes = (uint32_t)n;
	memset(to + n, 0, padded(n) - n);
	memcpy(at, &block, sizeof(block));
	sl_block_seal(at);
	return sl_block_bytes(&block);
}

int sl_block_head(const uint8_t head[sizeof(struct sl_daily_block)],
		  struct sl_daily_block *ret_block)
{
	struct sl_daily_block block;

	memcpy(&block, head, sizeof(block));
	if (block.magic != MAGIC ||
	    block.check != XXH3_64bits(&block, offsetof(struct sl_daily_block, check)) ||
	    block.codec > ZSTD || block.raw_bytes > SL_BLOCK_RAW_MAX ||
	    sl_block_bytes(&block) > sl_block_bytes_max() ||
	    (block.codec == AS_THEY_ARE && block.stored_bytes != block.raw_bytes))
		return -SL_E_DAMAGED;
	*ret_block = block;
	return 0;
}

int sl_block_unpack(ZSTD_DCtx *unpacker, const struct sl_daily_block *block, const uint8_t *stored,
		    uint8_t *raw)
{
	size_t n;

	if (block->contents != XXH3_64bits(stored, block->stored_bytes))
		return -SL_E_DAMAGED;
	if (block->codec == AS_THEY_ARE) {
		memcpy(raw, stored, block->raw_bytes);
		return 0;
	}
	n = ZSTD_decompressDCtx(unpacker, raw, block->raw_bytes, stored, block->stored_bytes);
	return ZSTD_isError(n) || n != block->raw_bytes ? -SL_E_DAMAGED : 0;
}

int sl_block_next(const uint8_t *raw, uint32_t raw_bytes, uint32_t *offset, int64_t *ret_time_ns,
		  struct sl_span *ret_record)
{
	struct record head;
	uint32_t left = raw_bytes - *offset;

	if (!left)
		return 0;
	if (left < sizeof(head))
		return -SL_E_DAMAGED;
	memcpy(&head, raw + *offset, sizeof(head));
	if (head.bytes > SL_DAILY_RECORD_MAX || padded(head.bytes) > left - sizeof(head))
		return -SL_E_DAMAGED;
	*ret_time_ns = head.time_ns;
	*ret_record = sl_span_of(raw + *offset + sizeof(head), head.bytes);
	*offset += (uint32_t)(sizeof(head) + padded(head.bytes));
	return 1;
}
