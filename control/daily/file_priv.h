/* file: head, blocks and, once it is full or its day is over, a directory of the blocks, the
 * indexes and a seal.
 *
 * Directory and indexes are pages of 4 KB with a hash each. An index is the sorted list of (40 bits
 * of a hash, number of a block), each once, with the first of every page in pages before it: a look
 * costs two or three of them, however large the file is. */
#ifndef SL_CONTROL_DAILY_FILE_PRIV_H
#define SL_CONTROL_DAILY_FILE_PRIV_H

#include "control/daily/block_priv.h"

#include <stdbool.h>

#define SL_DAILY_NAME_BYTES 80u
#define SL_DAILY_HEAD_BYTES 40     /* before the first block */
#define SL_DAILY_BLOCKS_MAX 65536u /* of one file */

struct sl_daily_entry {
	uint64_t offset; /* of a block */
	int64_t first_ns, last_ns;
};

/* What a file ends with, while it is not sealed. */
struct sl_daily_open_file {
	struct sl_daily_entry *blocks; /* as many as the file has */
	uint64_t *hashes[SL_DAILY_INDEXES];
	uint32_t n_hashes[SL_DAILY_INDEXES];
	size_t blocks_room, hashes_room[SL_DAILY_INDEXES];
};

struct sl_daily_file {
	uint64_t number;
	int64_t day;  /* since 1970 */
	bool damaged; /* nothing can be made of it: it is there until its day goes */
	bool sealed;
	uint8_t journal[16];
	uint64_t end;        /* behind the last block */
	uint64_t file_bytes; /* with what stands behind */
	uint32_t n_blocks;
	uint32_t n_hashes[SL_DAILY_INDEXES];
	uint64_t records;
	int64_t first_ns, last_ns; /* the least and the greatest time in it */
	struct sl_daily_mark mark;
	struct sl_daily_open_file *open; /* NULL: sealed */
};

static inline uint64_t sl_daily_hash_entry(uint64_t hash, uint32_t block)
{
	return hash >> 24 << 24 | block;
}

/* file.c */
void sl_daily_name(const char *kind, int64_t day, uint64_t number,
		   char ret_name[SL_DAILY_NAME_BYTES]);
/* False: it is no such name. */
bool sl_daily_name_read(const char *kind, const char *name, int64_t *ret_day, uint64_t *ret_number);
/* A new, empty file with its name on disk. */
int sl_daily_file_create(const char *directory, const char *kind, int64_t day, uint64_t number,
			 const uint8_t journal[16], struct sl_daily_file *ret_file, int *ret_fd);
/* Head and, where there is one, seal. Number and day are the caller's. */
int sl_daily_file_look(int fd, struct sl_daily_file *ret_file);
int sl_daily_file_seal(int fd, struct sl_daily_file *file);
/* The block at that offset of a file that ends there; room is sl_block_bytes_max(), raw
 * SL_BLOCK_RAW_MAX. */
int sl_daily_file_block(int fd, uint64_t end, uint64_t offset, ZSTD_DCtx *unpacker, uint8_t *room,
			uint8_t *raw, struct sl_daily_block *ret_block);
/* Where the next sound head of a block is, from `offset` on; 0: there is none. */
uint64_t sl_daily_file_next_head(int fd, uint64_t end, uint64_t offset);
int sl_daily_write_at(int fd, const void *at, size_t n, uint64_t offset);

/* open_file.c */
void sl_daily_open_free(struct sl_daily_open_file *open); /* takes NULL */
int sl_daily_open_add_block(struct sl_daily_file *file, const struct sl_daily_entry *entry);
int sl_daily_open_add_hashes(struct sl_daily_file *file, unsigned index, const uint64_t *entries,
			     uint32_t n);
/* Sorts them, and leaves each once: how many are left. */
uint32_t sl_daily_sort(uint64_t *entries, uint32_t n);
/* A block that is to be of the file: its place and its number in the indexes. */
int sl_daily_file_note(struct sl_daily_file *file, const struct sl_daily_block *block,
		       const uint8_t *raw,
		       void (*hashes)(struct sl_span record, uint64_t ret[SL_DAILY_INDEXES]));
/* Reads an unsealed file's blocks, with `open` made anew. `damaged` counts those passed over; what
 * stands behind file->end is to be cut off. */
int sl_daily_file_walk(int fd, ZSTD_DCtx *unpacker,
		       void (*hashes)(struct sl_span record, uint64_t ret[SL_DAILY_INDEXES]),
		       struct sl_daily_file *file, uint64_t *damaged);

/* pages.c */
uint64_t sl_daily_pages_bytes(const struct sl_daily_file *file);
/* Writes them behind the blocks of an unsealed file. */
int sl_daily_pages_write(int fd, const struct sl_daily_file *file);
/* Of a sealed one. */
int sl_daily_pages_entry(int fd, const struct sl_daily_file *file, uint32_t block,
			 struct sl_daily_entry *ret_entry);
/* Numbers of the blocks that an index has under a hash, in order; the caller frees them. */
int sl_daily_pages_find(int fd, const struct sl_daily_file *file, unsigned index, uint64_t hash,
			uint32_t **ret_blocks, uint32_t *ret_n);

#endif
