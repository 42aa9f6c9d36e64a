/* A file that is still written: its directory and its indexes in memory. */
#include "control/daily/file_priv.h"

#include "sluice/error.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

void sl_daily_open_free(struct sl_daily_open_file *open)
{
	if (!open)
		return;
	free(open->blocks);
	for (unsigned i = 0; i < SL_DAILY_INDEXES; i++)
		free(open->hashes[i]);
	free(open);
}

static int make_room(void **at, size_t *room, size_t wanted, size_t item_bytes)
{
	size_t more = *room ? *room * 2 : 256;
	void *grown;

	if (wanted <= *room)
		return 0;
	while (more < wanted)
		more *= 2;
	grown = realloc(*at, more * item_bytes);
	if (!grown)
		return -ENOMEM;
	*at = grown;
	*room = more;
	return 0;
}

int sl_daily_open_add_block(struct sl_daily_file *file, const struct sl_daily_entry *entry)
{
	struct sl_daily_open_file *open = file->open;
	void *at = open->blocks;
	int e = make_room(&at, &open->blocks_room, file->n_blocks + 1u, sizeof(*open->blocks));

	open->blocks = at;
	if (!e)
		open->blocks[file->n_blocks++] = *entry;
	return e;
}

int sl_daily_open_add_hashes(struct sl_daily_file *file, unsigned index, const uint64_t *entries,
			     uint32_t n)
{
	struct sl_daily_open_file *open = file->open;
	void *at = open->hashes[index];
	int e = make_room(&at, &open->hashes_room[index], (size_t)file->n_hashes[index] + n,
			  sizeof(*entries));

	open->hashes[index] = at;
	if (e)
		return e;
	if (n)
		memcpy(open->hashes[index] + file->n_hashes[index], entries, n * sizeof(*entries));
	file->n_hashes[index] += n;
	return 0;
}

static int by_value(const void *a, const void *b)
{
	uint64_t one = *(const uint64_t *)a, other = *(const uint64_t *)b;

	return (one > other) - (one < other);
}

uint32_t sl_daily_sort(uint64_t *entries, uint32_t n)
{
	uint32_t kept = 0;

	if (!n)
		return 0;
	qsort(entries, n, sizeof(*entries), by_value);
	for (uint32_t i = 1; i < n; i++)
		if (entries[i] != entries[kept])
			entries[++kept] = entries[i];
	return kept + 1;
}

static int note_hashes(struct sl_daily_file *file, const struct sl_daily_block *block,
		       const uint8_t *raw,
		       void (*hashes)(struct sl_span record, uint64_t ret[SL_DAILY_INDEXES]))
{
	uint64_t(*both)[SL_DAILY_INDEXES] = malloc((block->records + 1) * sizeof(*both));
	uint64_t *column = malloc((block->records + 1) * sizeof(*column));
	struct sl_span record;
	uint32_t offset = 0, n = 0;
	int64_t time_ns;
	int e = both && column ? 0 : -ENOMEM;

	while (!e && n < block->records &&
	       sl_block_next(raw, block->raw_bytes, &offset, &time_ns, &record) > 0)
		hashes(record, both[n++]);
	for (unsigned index = 0; !e && index < SL_DAILY_INDEXES; index++) {
		for (uint32_t i = 0; i < n; i++)
			column[i] = sl_daily_hash_entry(both[i][index], file->n_blocks);
		e = sl_daily_open_add_hashes(file, index, column, sl_daily_sort(column, n));
	}
	free(both);
	free(column);
	return e;
}

int sl_daily_file_note(struct sl_daily_file *file, const struct sl_daily_block *block,
		       const uint8_t *raw,
		       void (*hashes)(struct sl_span record, uint64_t ret[SL_DAILY_INDEXES]))
{
	const struct sl_daily_entry entry = {file->end, block->first_ns, block->last_ns};
	int e = hashes ? note_hashes(file, block, raw, hashes) : 0;

	if (!e)
		e = sl_daily_open_add_block(file, &entry);
	if (e)
		return e;
	if (!file->records || block->first_ns < file->first_ns)
		file->first_ns = block->first_ns;
	if (!file->records || block->last_ns > file->last_ns)
		file->last_ns = block->last_ns;
	file->records += block->records;
	file->mark = block->mark;
	file->end += sl_block_bytes(block);
	return 0;
}

/* Damage in the middle and a torn end look alike until a good block is met again behind it. */
int sl_daily_file_walk(int fd, ZSTD_DCtx *unpacker,
		       void (*hashes)(struct sl_span record, uint64_t ret[SL_DAILY_INDEXES]),
		       struct sl_daily_file *file, uint64_t *damaged)
{
	uint8_t *room = malloc(sl_block_bytes_max()), *raw = malloc(SL_BLOCK_RAW_MAX);
	struct sl_daily_block block;
	uint64_t at = file->end, bad = 0;
	int e = 0;

	file->open = calloc(1, sizeof(*file->open));
	if (!room || !raw || !file->open)
		e = -ENOMEM;
	while (!e && at && at < file->file_bytes && file->n_blocks < SL_DAILY_BLOCKS_MAX) {
		int read =
			sl_daily_file_block(fd, file->file_bytes, at, unpacker, room, raw, &block);

		if (read && read != -SL_E_DAMAGED)
			e = read; /* it may be there all the same */
		if (e)
			break;
		if (read) {
			bad++;
			at = block.magic ? at + sl_block_bytes(&block)
					 : sl_daily_file_next_head(fd, file->file_bytes, at + 8);
		} else {
			file->end = at;
			e = sl_daily_file_note(file, &block, raw, hashes);
			at = file->end;
			*damaged += bad;
			bad = 0;
		}
	}
	free(room);
	free(raw);
	return e;
}
