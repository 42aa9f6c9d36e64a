/* One transaction: what is trimmed, what is appended, and what room there is for it. */
#include "store_priv.h"

#include "base/clock.h"
#include "base/counters.h"
#include "base/failpoint.h"
#include "sluice/error.h"

#include <errno.h>
#include <sys/statvfs.h>

/* Pages that a transaction copies or frees beside its blocks: the paths to both ends of the tree
 * and to those of the list of free pages. */
#define PATHS_PAGES 12u
#define DISK_MARGIN_BYTES (1ull << 20)

uint64_t sl_store_pages(MDB_txn *txn, MDB_dbi dbi)
{
	const MDB_dbi free_list = 0; /* by LMDB's definition */
	uint64_t pages = 2;          /* metas */
	MDB_stat stat;

	if (!mdb_stat(txn, dbi, &stat))
		pages += stat.ms_branch_pages + stat.ms_leaf_pages + stat.ms_overflow_pages;
	if (!mdb_stat(txn, free_list, &stat))
		pages += stat.ms_branch_pages + stat.ms_leaf_pages + stat.ms_overflow_pages;
	return pages;
}

/* Blocks that the map can still take while trimming stays possible: a map filled to its last page
 * could not even be emptied, for deleting copies pages too. */
static uint64_t room_blocks(const struct sl_store *store)
{
	uint64_t taken =
		store->used_pages + store->pending_pages + 2 * PATHS_PAGES + store->map_pages / 50;

	return taken < store->map_pages ? (store->map_pages - taken) * 2 : 0;
}

static void add_batch(struct commit_group *group, const struct sl_blocks *blocks)
{
	group->blocks += blocks->count;
	for (uint32_t i = 0; i < blocks->count; i++)
		group->bytes += ((const struct sl_block_header *)(blocks->at +
								  (size_t)i * SL_BLOCK_BYTES_MAX))
					->bytes;
}

/* What is sealed, and from now on not taken back. */
static uint64_t take(struct sl_store_worker *worker)
{
	uint64_t sealed = atomic_load(&worker->sealed), again;

	for (;; sealed = again) {
		atomic_store(&worker->taken, sealed);
		again = atomic_load(&worker->sealed);
		if (again == sealed)
			return sealed;
	}
}

void sl_store_group(struct sl_store *store, struct commit_group *ret_group)
{
	uint64_t room = room_blocks(store);
	struct commit_group group = {0};

	for (unsigned i = 0; i < store->config.workers; i++) {
		unsigned w = (store->turn + i) % store->config.workers;
		struct sl_store_worker *worker = &store->workers[w];
		uint64_t sealed = take(worker);
		uint64_t n = atomic_load_explicit(&worker->committed, memory_order_relaxed);

		for (; n < sealed; n++) {
			const struct sl_blocks *blocks = &worker->batches[(n + 1) % BATCHES];
			uint64_t sum = group.blocks + blocks->count;

			if (sum > room || (group.blocks && sum > store->txn_blocks_max))
				break;
			add_batch(&group, blocks);
		}
		store->upto[w] = n;
		group.more |= n < sealed;
	}
	store->turn = (store->turn + 1) % store->config.workers;
	*ret_group = group;
}

static int append_batch(MDB_cursor *cursor, struct sl_blocks *blocks, uint64_t position,
			int64_t committed_ns)
{
	for (uint32_t i = 0; i < blocks->count; i++) {
		struct sl_block_header *block =
			(struct sl_block_header *)(blocks->at + (size_t)i * SL_BLOCK_BYTES_MAX);
		uint8_t bytes[8];
		MDB_val key = sl_store_key_value(position + i, bytes);
		MDB_val value = {.mv_size = block->bytes, .mv_data = block};
		int rc;

		block->committed_ns = committed_ns;
		rc = mdb_cursor_put(cursor, &key, &value, MDB_APPEND);
		if (rc)
			return rc;
	}
	return 0;
}

static int append_group(struct sl_store *store, MDB_cursor *cursor)
{
	int64_t committed_ns = sl_clock_read(CLOCK_REALTIME);
	uint64_t position = store->next;

	for (unsigned w = 0; w < store->config.workers; w++) {
		struct sl_store_worker *worker = &store->workers[w];
		uint64_t n = atomic_load_explicit(&worker->committed, memory_order_relaxed);

		while (n++ < store->upto[w]) {
			struct sl_blocks *blocks = &worker->batches[n % BATCHES];
			int rc = append_batch(cursor, blocks, position, committed_ns);

			if (rc)
				return sl_store_env_error(rc);
			position += blocks->count;
		}
	}
	return 0;
}

/* A commit that changes nothing is none for LMDB, and then what the last one freed stays locked. */
static int touch(struct sl_store *store, MDB_cursor *cursor)
{
	uint8_t bytes[8];
	MDB_val key = sl_store_key_value(0, bytes);
	MDB_val value = {.mv_size = sizeof(store->meta), .mv_data = &store->meta};

	return sl_store_env_error(mdb_cursor_put(cursor, &key, &value, 0));
}

/* Whether the disk has room for what the file may grow by. Asked beforehand, for LMDB reports a
 * full disk as a short write, which cannot be told from a broken one. */
static int check_disk(struct sl_store *store, uint64_t blocks)
{
	struct statvfs fs;
	MDB_envinfo info;
	uint64_t end;
	int fd;

	mdb_env_info(store->env, &info);
	end = (info.me_last_pgno + 1 + blocks + 4 * PATHS_PAGES) * PAGE_BYTES;
	if (end <= store->allocated_bytes)
		return 0;
	if (mdb_env_get_fd(store->env, &fd) || fstatvfs(fd, &fs) < 0)
		return -errno;
	return (uint64_t)fs.f_bavail * fs.f_frsize < blocks * PAGE_BYTES + DISK_MARGIN_BYTES
		       ? -SL_E_FULL
		       : 0;
}

int sl_store_commit(struct sl_store *store, const struct commit_group *group, uint64_t n_trim)
{
	int64_t began_ns = sl_clock_read(CLOCK_MONOTONIC), took_ns;
	uint64_t used_pages;
	MDB_cursor *cursor;
	MDB_txn *txn;
	int r;

	r = check_disk(store, group->blocks + n_trim / 64);
	if (r < 0)
		return r;
	r = sl_store_env_error(mdb_txn_begin(store->env, NULL, 0, &txn));
	if (r < 0)
		return r;
	r = sl_store_env_error(mdb_cursor_open(txn, store->dbi, &cursor));
	if (r < 0)
		goto abort;
	/* first trimming: pages it copied and emptied serve the blocks appended */
	r = sl_store_trim(store, cursor, n_trim);
	if (r == 0)
		r = group->blocks || n_trim ? append_group(store, cursor) : touch(store, cursor);
	used_pages = sl_store_pages(txn, store->dbi);
	mdb_cursor_close(cursor);
	if (r < 0)
		goto abort;
	sl_failpoint("before_commit");
	r = sl_store_env_error(mdb_txn_commit(txn));
	if (r < 0)
		return r;
	if (n_trim)
		sl_failpoint("trimmed");
	store->used_pages = used_pages;
	store->pending_pages = n_trim / 2 + PATHS_PAGES;
	store->first += n_trim;
	store->next += group->blocks;
	took_ns = sl_clock_read(CLOCK_MONOTONIC) - began_ns;
	sl_stat_add(&store->stats->commits, 1);
	sl_stat_add(&store->stats->blocks, group->blocks);
	sl_stat_add(&store->stats->bytes, group->bytes);
	sl_stat_add(&store->stats->trimmed_blocks, n_trim);
	sl_stat_set(&store->stats->commit_ns_last, (uint64_t)took_ns);
	if ((uint64_t)took_ns > sl_stat_get(&store->stats->commit_ns_max))
		sl_stat_set(&store->stats->commit_ns_max, (uint64_t)took_ns);
	return 0;
abort:
	mdb_txn_abort(txn);
	return r;
}
