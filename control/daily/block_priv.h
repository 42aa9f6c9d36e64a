/* block: records of one stretch, packed together, as they lie in a file. Memory only.
 *
 * Head, then the packed records. The head has a hash of its own: where the contents are damaged it
 * still says where the next block begins. */
#ifndef SL_CONTROL_DAILY_BLOCK_PRIV_H
#define SL_CONTROL_DAILY_BLOCK_PRIV_H

#include "control/daily/daily.h"

#include <zstd.h>

#define SL_BLOCK_RAW_WANTED 65536u
#define SL_BLOCK_RAW_MAX (SL_BLOCK_RAW_WANTED + SL_DAILY_RECORD_MAX + 64u)

/* The last record of the journal that is in: the n-th, from 1, of the block at that position. */
struct sl_daily_mark {
	uint64_t position; /* 0: none */
	uint64_t nth;
	int64_t committed_ns; /* the latest of all that are in */
};

struct sl_daily_block {
	uint32_t magic;
	uint32_t codec;        /* 0: as they are, 1: zstd */
	uint32_t stored_bytes; /* behind this head, padding to 8 not counted */
	uint32_t raw_bytes;    /* unpacked */
	uint32_t records;
	uint32_t reserved;
	int64_t first_ns, last_ns; /* the least and the greatest time in it */
	struct sl_daily_mark mark;
	uint64_t contents; /* XXH3-64 of what is stored */
	uint64_t check;    /* XXH3-64 of what stands before */
};

/* Records under way into a block. */
struct sl_block_room {
	uint32_t bytes;
	uint32_t records;
	int64_t first_ns, last_ns;
	_Alignas(8) uint8_t at[SL_BLOCK_RAW_MAX];
};

void sl_block_room_clear(struct sl_block_room *room);
void sl_block_room_add(struct sl_block_room *room, int64_t time_ns, struct sl_span record);

/* Bytes that a block may come to. */
size_t sl_block_bytes_max(void);
/* Bytes of it on disk, padded to 8. */
size_t sl_block_bytes(const struct sl_daily_block *block);

/* Packs what is in the room, which may not be empty, to `at`: how many bytes. */
size_t sl_block_pack(ZSTD_CCtx *packer, const struct sl_block_room *room, struct sl_daily_mark mark,
		     uint8_t *at);
/* The hashes, over what they are of: the last step of packing. */
void sl_block_seal(uint8_t *at);

/* Whether a block begins there whose stored bytes may be asked for; 0 or -SL_E_DAMAGED. */
int sl_block_head(const uint8_t head[sizeof(struct sl_daily_block)],
		  struct sl_daily_block *ret_block);
/* What is stored becomes records in `raw`, SL_BLOCK_RAW_MAX long. */
int sl_block_unpack(ZSTD_DCtx *unpacker, const struct sl_daily_block *block, const uint8_t *stored,
		    uint8_t *raw);

/* The record at *offset, which moves behind it: 1, 0 at the end, -SL_E_DAMAGED. */
int sl_block_next(const uint8_t *raw, uint32_t raw_bytes, uint32_t *offset, int64_t *ret_time_ns,
		  struct sl_span *ret_record);

#endif
