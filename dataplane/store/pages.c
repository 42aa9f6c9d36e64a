/* The pages of an LMDB file, looked at before LMDB believes them.
 *
 * LMDB trusts what it reads. A bad length makes it divide by zero, a bad pointer leads it out of
 * its map, a bad list of free pages has it overwrite live ones. So a file is walked once when it is
 * opened: the metas before LMDB sees them, then both trees under a read transaction, which keeps
 * a living writer from changing them meanwhile. Every page must be reached once at most, from a
 * tree or from the list of free pages.
 *
 * This knows the format of LMDB 0.9 (data version 1) with pages of 4,096 bytes. */
#include "pages_priv.h"

#include "sluice/error.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define META_MAGIC 0xbeefc0deu
#define DATA_VERSION 1u
#define DEPTH_MAX 30u /* LMDB's cursors have room for 32 */
#define NO_PAGE UINT64_MAX
/* Of a larger tree only the branches are walked, for the time that the rest takes to read. */
#define LEAVES_MAX (1u << 19)

enum { PAGE_BRANCH = 1, PAGE_LEAF = 2, PAGE_OVERFLOW = 4 };
enum { NODE_BIG = 1 };

struct page {
	uint64_t number;
	uint16_t pad;
	uint16_t flags;
	union {
		struct {
			uint16_t lower; /* end of the pointers */
			uint16_t upper; /* begin of the nodes */
		};
		uint32_t run; /* pages of an overflow */
	};
}; /* then the pointers, 2 bytes each */

struct node {
	uint16_t low;
	uint16_t high;
	uint16_t flags;
	uint16_t key_bytes;
	uint8_t key[];
};

struct tree {
	uint32_t page_bytes; /* in the first tree of a meta only */
	uint16_t flags;
	uint16_t depth;
	uint64_t branches;
	uint64_t leaves;
	uint64_t overflows;
	uint64_t entries;
	uint64_t root;
};

struct meta {
	struct page page;
	uint32_t magic;
	uint32_t version;
	uint64_t address;
	uint64_t map_bytes;
	struct tree free;
	struct tree main;
	uint64_t last_page;
	uint64_t txn;
};

_Static_assert(sizeof(struct page) == 16 && sizeof(struct node) == 8, "LMDB's layout");
_Static_assert(sizeof(struct tree) == 48 && sizeof(struct meta) == 152, "LMDB's layout");

struct walk {
	const uint8_t *map;
	uint64_t pages;    /* last page + 1 */
	uint8_t *met;      /* a bit per page */
	struct tree count; /* of the tree being walked */
	bool free_list;
	bool skip_leaves;
	uint64_t bad; /* page at fault */
};

static const struct page *page_at(const struct walk *walk, uint64_t number)
{
	return (const struct page *)(walk->map + number * PAGE_BYTES);
}

/* False for a page that lies outside or was met before. */
static bool meet(struct walk *walk, uint64_t number)
{
	uint8_t bit = (uint8_t)(1u << number % 8);

	walk->bad = number;
	if (number < 2 || number >= walk->pages || (walk->met[number / 8] & bit))
		return false;
	walk->met[number / 8] |= bit;
	return true;
}

static bool meet_overflow(struct walk *walk, uint64_t number, uint64_t bytes)
{
	uint64_t run = (bytes + sizeof(struct page) + PAGE_BYTES - 1) / PAGE_BYTES;

	for (uint64_t i = 0; i < run; i++)
		if (!meet(walk, number + i))
			return false;
	walk->bad = number;
	walk->count.overflows += run;
	return page_at(walk, number)->flags == PAGE_OVERFLOW && page_at(walk, number)->run == run &&
	       page_at(walk, number)->number == number;
}

/* A list of free pages: how many, then their numbers, descending. */
static bool check_free(struct walk *walk, const uint8_t *list, uint64_t bytes)
{
	uint64_t n, number, before = NO_PAGE;

	if (bytes < 8)
		return false;
	memcpy(&n, list, 8);
	if (n > bytes / 8 - 1)
		return false;
	for (uint64_t i = 1; i <= n; i++, before = number) {
		memcpy(&number, list + i * 8, 8);
		if (number >= before || !meet(walk, number))
			return false;
	}
	return true;
}

static bool check_leaf_node(struct walk *walk, const struct node *node, uint64_t room)
{
	uint64_t bytes = node->low | (uint64_t)node->high << 16, number;
	const uint8_t *data = node->key + node->key_bytes;
	bool big = node->flags == NODE_BIG;

	if ((node->flags && !big) || node->key_bytes > room ||
	    (big ? 8 : bytes) > room - node->key_bytes)
		return false;
	walk->count.entries++;
	if (walk->free_list && node->key_bytes != 8)
		return false;
	if (big) {
		memcpy(&number, data, 8);
		if (!meet_overflow(walk, number, bytes))
			return false;
		data = (const uint8_t *)page_at(walk, number) + sizeof(struct page);
	}
	return !walk->free_list || check_free(walk, data, bytes);
}

static bool check_frame(const struct page *page, uint64_t number, unsigned flags)
{
	return page->number == number && page->flags == flags &&
	       page->lower >= sizeof(struct page) && page->lower % 2 == 0 &&
	       page->lower <= page->upper && page->upper <= PAGE_BYTES;
}

/* The node of that index, and the bytes behind its header that are in the page. */
static const struct node *node_at(const struct page *page, unsigned i, uint64_t *ret_room)
{
	unsigned at = ((const uint16_t *)(page + 1))[i];

	if (at < page->upper || at % 2 || at > PAGE_BYTES - sizeof(struct node))
		return NULL;
	*ret_room = PAGE_BYTES - at - sizeof(struct node);
	return (const struct node *)((const uint8_t *)page + at);
}

static bool check_leaf(struct walk *walk, uint64_t number)
{
	const struct page *page;
	unsigned n;

	if (!meet(walk, number))
		return false;
	page = page_at(walk, number);
	walk->count.leaves++;
	if (walk->skip_leaves)
		return true;
	if (!check_frame(page, number, PAGE_LEAF))
		return false;
	n = (page->lower - sizeof(struct page)) / 2;
	for (unsigned i = 0; i < n; i++) {
		uint64_t room;
		const struct node *node = node_at(page, i, &room);

		if (!node || !check_leaf_node(walk, node, room))
			return false;
	}
	walk->bad = number;
	return n > 0;
}

/* Every page on the way down, `depth` levels of them. Recursion is bounded by DEPTH_MAX. */
static bool check_tree(struct walk *walk, uint64_t number, unsigned depth)
{
	const struct page *page;
	unsigned n;

	if (depth == 1)
		return check_leaf(walk, number);
	if (!meet(walk, number))
		return false;
	page = page_at(walk, number);
	walk->count.branches++;
	if (!check_frame(page, number, PAGE_BRANCH))
		return false;
	n = (page->lower - sizeof(struct page)) / 2;
	if (n < (walk->free_list ? 1 : 2))
		return false;
	for (unsigned i = 0; i < n; i++) {
		uint64_t room;
		const struct node *node = node_at(page, i, &room);

		if (!node || node->key_bytes > room ||
		    !check_tree(walk,
				node->low | (uint64_t)node->high << 16 |
					(uint64_t)node->flags << 32,
				depth - 1))
			return false;
	}
	return true;
}

static bool check_whole(struct walk *walk, const struct tree *tree, bool free_list)
{
	walk->count = (struct tree){0};
	walk->free_list = free_list;
	walk->skip_leaves = !free_list && tree->leaves > LEAVES_MAX;
	walk->bad = tree->root;
	if (tree->root == NO_PAGE)
		return tree->depth == 0 && tree->entries == 0;
	if (tree->depth == 0 || tree->depth > DEPTH_MAX)
		return false;
	if (!check_tree(walk, tree->root, tree->depth))
		return false;
	walk->bad = tree->root;
	return walk->count.branches == tree->branches && walk->count.leaves == tree->leaves &&
	       (walk->skip_leaves ||
		(walk->count.entries == tree->entries && walk->count.overflows == tree->overflows));
}

static bool check_meta(const struct meta *meta, uint64_t file_pages)
{
	return meta->magic == META_MAGIC && meta->version == DATA_VERSION &&
	       meta->free.page_bytes == PAGE_BYTES && meta->last_page < file_pages;
}

int sl_store_pages_before(const char *path, char ret_why[SL_SENTENCE_BYTES])
{
	char file[PATH_BYTES];
	struct meta metas[2];
	struct stat st;
	int fd, r = 0;

	if (snprintf(file, sizeof(file), "%s/data.mdb", path) >= (int)sizeof(file))
		return -ENAMETOOLONG;
	fd = open(file, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return errno == ENOENT ? 0 : -errno;
	if (fstat(fd, &st) < 0) {
		r = -errno;
	} else if (st.st_size > 0) {
		if (pread(fd, &metas[0], sizeof(metas[0]), 0) != sizeof(metas[0]) ||
		    pread(fd, &metas[1], sizeof(metas[1]), PAGE_BYTES) != sizeof(metas[1]) ||
		    !check_meta(&metas[0], (uint64_t)st.st_size / PAGE_BYTES) ||
		    !check_meta(&metas[1], (uint64_t)st.st_size / PAGE_BYTES)) {
			snprintf(ret_why, SL_SENTENCE_BYTES,
				 "%.120s is damaged at its head, cut short, or made by another "
				 "version of LMDB; move the directory away or restore it",
				 file);
			r = -SL_E_DAMAGED;
		}
	}
	close(fd);
	return r;
}

int sl_store_pages_walk(const void *map, uint64_t bytes, uint64_t txn, uint64_t *ret_bad)
{
	const struct meta *meta =
		(const struct meta *)((const uint8_t *)map + (txn & 1) * PAGE_BYTES);
	struct walk walk = {.map = map};
	int r = 0;

	*ret_bad = txn & 1;
	if (bytes < 2 * PAGE_BYTES || !check_meta(meta, bytes / PAGE_BYTES) || meta->txn != txn)
		return -SL_E_DAMAGED;
	walk.pages = meta->last_page + 1;
	walk.met = calloc(walk.pages / 8 + 1, 1);
	if (!walk.met)
		return -ENOMEM;
	if (!check_whole(&walk, &meta->main, false) || !check_whole(&walk, &meta->free, true))
		r = -SL_E_DAMAGED;
	*ret_bad = walk.bad;
	free(walk.met);
	return r;
}

int sl_store_pages_check(MDB_env *env, const char *path, char ret_why[SL_SENTENCE_BYTES])
{
	uint64_t bad = 0;
	struct stat st;
	MDB_txn *txn;
	void *map;
	int fd, rc, r;

	rc = mdb_txn_begin(env, NULL, MDB_RDONLY, &txn);
	if (rc)
		return sl_store_env_error(rc);
	if (mdb_env_get_fd(env, &fd) || fstat(fd, &st) < 0) {
		r = -errno;
		goto abort;
	}
	map = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_SHARED, fd, 0);
	if (map == MAP_FAILED) {
		r = -errno;
		goto abort;
	}
	r = sl_store_pages_walk(map, (uint64_t)st.st_size, mdb_txn_id(txn), &bad);
	munmap(map, (size_t)st.st_size);
abort:
	mdb_txn_abort(txn);
	if (r == -SL_E_DAMAGED)
		snprintf(ret_why, SL_SENTENCE_BYTES,
			 "%.120s/data.mdb is damaged at page %llu; copy the directory aside, then "
			 "restore "
			 "it or move it away",
			 path, (unsigned long long)bad);
	return r;
}
