/* Directory and indexes of a sealed file. */
#include "control/daily/file_priv.h"
#include "control/files.h"

#include "sluice/error.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#define PAGE_BYTES 4096u
#define PAGE_ROOM (PAGE_BYTES - 8u)
#define PER_PAGE (PAGE_ROOM / 8u)                                   /* entries of an index */
#define BLOCKS_PER_PAGE (PAGE_ROOM / sizeof(struct sl_daily_entry)) /* of the directory */

struct page {
	uint8_t at[PAGE_ROOM];
	uint64_t check; /* XXH3-64 of what stands before, seeded with the page's offset */
};
_Static_assert(sizeof(struct page) == PAGE_BYTES, "a page is 4 KB");

static uint64_t pages_for(uint64_t items, uint64_t per_page)
{
	return (items + per_page - 1) / per_page;
}

static uint64_t leaves_of(const struct sl_daily_file *file, unsigned index)
{
	return pages_for(file->n_hashes[index], PER_PAGE);
}

static uint64_t roots_of(const struct sl_daily_file *file, unsigned index)
{
	return pages_for(leaves_of(file, index), PER_PAGE);
}

/* Where the pages of an index begin; of the one behind the last: where all end. */
static uint64_t index_offset(const struct sl_daily_file *file, unsigned index)
{
	uint64_t pages = pages_for(file->n_blocks, BLOCKS_PER_PAGE);

	for (unsigned i = 0; i < index; i++)
		pages += roots_of(file, i) + leaves_of(file, i);
	return file->end + pages * PAGE_BYTES;
}

uint64_t sl_daily_pages_bytes(const struct sl_daily_file *file)
{
	return index_offset(file, SL_DAILY_INDEXES) - file->end;
}

/* ---- writing --------------------------------------------------------------------------------- */

static int write_pages(int fd, uint64_t offset, const void *items, uint64_t n, size_t item_bytes,
		       uint64_t per_page)
{
	const uint8_t *from = items;
	struct page page;
	int e = 0;

	for (uint64_t done = 0; !e && done < n; done += per_page, offset += PAGE_BYTES) {
		uint64_t some = n - done < per_page ? n - done : per_page;

		memset(page.at, 0xff, sizeof(page.at));
		memcpy(page.at, from + done * item_bytes, some * item_bytes);
		page.check = XXH3_64bits_withSeed(page.at, sizeof(page.at), offset);
		e = sl_daily_write_at(fd, &page, sizeof(page), offset);
	}
	return e;
}

static int write_index(int fd, const struct sl_daily_file *file, unsigned index)
{
	uint32_t n = file->n_hashes[index];
	uint64_t leaves = leaves_of(file, index), offset = index_offset(file, index);
	uint64_t *sorted = malloc((n + 1) * sizeof(*sorted));
	uint64_t *firsts = malloc((leaves + 1) * sizeof(*firsts));
	int e = sorted && firsts ? 0 : -ENOMEM;

	if (!e && n) {
		memcpy(sorted, file->open->hashes[index], n * sizeof(*sorted));
		sl_daily_sort(sorted, n); /* each is there once */
		for (uint64_t i = 0; i < leaves; i++)
			firsts[i] = sorted[i * PER_PAGE];
		e = write_pages(fd, offset, firsts, leaves, 8, PER_PAGE);
		offset += roots_of(file, index) * PAGE_BYTES;
		if (!e)
			e = write_pages(fd, offset, sorted, n, 8, PER_PAGE);
	}
	free(sorted);
	free(firsts);
	return e;
}

int sl_daily_pages_write(int fd, const struct sl_daily_file *file)
{
	int e = write_pages(fd, file->end, file->open->blocks, file->n_blocks,
			    sizeof(struct sl_daily_entry), BLOCKS_PER_PAGE);

	for (unsigned i = 0; !e && i < SL_DAILY_INDEXES; i++)
		e = write_index(fd, file, i);
	return e;
}

/* ---- reading --------------------------------------------------------------------------------- */

static int read_page(int fd, uint64_t offset, struct page *ret_page)
{
	int e = sl_file_read_at(fd, ret_page, sizeof(*ret_page), offset);

	if (!e &&
	    ret_page->check != XXH3_64bits_withSeed(ret_page->at, sizeof(ret_page->at), offset))
		e = -SL_E_DAMAGED;
	return e;
}

int sl_daily_pages_entry(int fd, const struct sl_daily_file *file, uint32_t block,
			 struct sl_daily_entry *ret_entry)
{
	uint64_t offset = file->end + block / BLOCKS_PER_PAGE * PAGE_BYTES;
	struct page page;
	int e = block < file->n_blocks ? read_page(fd, offset, &page) : -SL_E_DAMAGED;

	if (!e)
		memcpy(ret_entry, page.at + block % BLOCKS_PER_PAGE * sizeof(*ret_entry),
		       sizeof(*ret_entry));
	return e;
}

static uint64_t value_at(const struct page *page, uint64_t i)
{
	uint64_t value;

	memcpy(&value, page->at + i * 8, sizeof(value));
	return value;
}

/* The last leaf whose first entry is below `least`, or the first one: there such entries begin. */
static int find_leaf(int fd, const struct sl_daily_file *file, unsigned index, uint64_t least,
		     uint64_t *ret_leaf)
{
	uint64_t leaves = leaves_of(file, index), offset = index_offset(file, index), leaf = 0;
	struct page page;

	for (uint64_t done = 0; done < leaves; done += PER_PAGE, offset += PAGE_BYTES) {
		int e = read_page(fd, offset, &page);

		if (e)
			return e;
		for (uint64_t i = 0; i < PER_PAGE && done + i < leaves; i++) {
			if (value_at(&page, i) >= least) {
				*ret_leaf = leaf;
				return 0;
			}
			leaf = done + i;
		}
	}
	*ret_leaf = leaf;
	return 0;
}

/* From one leaf: true where the next one may have more. */
static bool take_leaf(const struct page *page, uint64_t n, uint64_t least, uint32_t *blocks,
		      uint32_t *n_blocks, uint32_t blocks_max)
{
	for (uint64_t i = 0; i < n; i++) {
		uint64_t value = value_at(page, i);

		if (value < least)
			continue;
		if (value >> 24 != least >> 24 || *n_blocks == blocks_max)
			return false;
		blocks[(*n_blocks)++] = (uint32_t)(value & 0xffffff);
	}
	return true;
}

int sl_daily_pages_find(int fd, const struct sl_daily_file *file, unsigned index, uint64_t hash,
			uint32_t **ret_blocks, uint32_t *ret_n)
{
	uint64_t least = sl_daily_hash_entry(hash, 0), leaves = leaves_of(file, index), leaf;
	uint64_t offset = index_offset(file, index) + roots_of(file, index) * PAGE_BYTES;
	uint32_t *blocks = malloc(((size_t)file->n_blocks + 1) * sizeof(*blocks)), n = 0;
	struct page page;
	int e = blocks ? find_leaf(fd, file, index, least, &leaf) : -ENOMEM;

	for (bool more = true; !e && more && leaf < leaves; leaf++) {
		uint64_t left = file->n_hashes[index] - leaf * PER_PAGE;

		e = read_page(fd, offset + leaf * PAGE_BYTES, &page);
		if (!e)
			more = take_leaf(&page, left < PER_PAGE ? left : PER_PAGE, least, blocks,
					 &n, file->n_blocks);
	}
	if (e) {
		free(blocks);
		return e;
	}
	*ret_blocks = blocks;
	*ret_n = n;
	return 0;
}
