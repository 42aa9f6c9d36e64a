/* The committer's thread: takes what is sealed, commits it, hands it back, keeps the journal small.
 */
#include "store_priv.h"

#include "base/clock.h"
#include "base/counters.h"
#include "base/failpoint.h"
#include "base/turns.h"
#include "sluice/error.h"

#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>

static void fail(struct sl_store *store, int error)
{
	char sentence[SL_SENTENCE_BYTES];

	store->failed = true;
	atomic_store_explicit(&store->backpressure, true, memory_order_relaxed);
	sl_stat_set(&store->stats->backpressure, 1);
	snprintf(sentence, sizeof(sentence),
		 "the journal %.100s cannot be written: %.80s; nothing more is acknowledged, "
		 "restart",
		 store->config.journal_path, sl_error_text(error));
	if (store->config.failed)
		store->config.failed(store->config.context, error, sentence);
}

static void publish(struct sl_store *store)
{
	uint64_t permille = store->used_pages * 1000 / store->map_pages;
	uint64_t mark = store->config.backpressure_percent * 10;
	bool on = atomic_load_explicit(&store->backpressure, memory_order_relaxed);

	/* off only well below the mark, or it would flutter with every commit */
	on = store->no_room || permille >= (on && mark > 50 ? mark - 50 : mark);
	atomic_store_explicit(&store->backpressure, on, memory_order_relaxed);
	sl_stat_set(&store->stats->backpressure, on);
	sl_stat_set(&store->stats->fill_permille, permille);
	sl_stat_set(&store->stats->position, store->next);
}

static void hand_back(struct sl_store *store)
{
	for (unsigned w = 0; w < store->config.workers; w++) {
		struct sl_store_worker *worker = &store->workers[w];
		uint64_t before = atomic_load_explicit(&worker->committed, memory_order_relaxed);

		if (store->upto[w] == before)
			continue;
		atomic_store_explicit(&worker->committed, store->upto[w], memory_order_release);
		if (store->config.wake)
			store->config.wake(store->config.context, w);
	}
}

static uint64_t trim_count(const struct sl_store *store, uint32_t appended)
{
	/* twice what comes, so that a backlog shrinks; but who waits for this commit does not wait
	 * for what can go with the next */
	uint64_t min = appended ? TRIM_BLOCKS_BESIDE : TRIM_BLOCKS_MIN;
	uint64_t max = 2ull * appended > min ? 2ull * appended : min;
	uint64_t n = sl_store_trimmable(store);

	return n < max ? n : max;
}

/* Commits without appending: to trim, and to make reusable what was freed. */
static int commit_trim(struct sl_store *store, int64_t now_ns)
{
	const struct commit_group nothing = {0};

	store->trimmed_ns = now_ns;
	return sl_store_commit(store, &nothing, trim_count(store, 0));
}

static bool trim_due(const struct sl_store *store, int64_t now_ns)
{
	uint64_t n = sl_store_trimmable(store);
	int64_t pause_ms = n >= TRIM_BLOCKS_MIN ? TRIM_PAUSE_MS : TRIM_IDLE_MS;

	return n > 0 && now_ns - store->trimmed_ns >= pause_ms * SL_NS_PER_MS;
}

/* The group, and if there was no room for it, room. */
static int commit_or_make_room(struct sl_store *store, const struct commit_group *group,
			       int64_t now_ns)
{
	int r = -SL_E_FULL;

	if (group->blocks)
		r = sl_store_commit(store, group, trim_count(store, group->blocks));
	if (r == 0) {
		sl_failpoint("committed");
		hand_back(store);
		store->trimmed_ns = now_ns;
		store->no_room = false;
		if (store->txn_blocks_max < TXN_BLOCKS_MAX)
			store->txn_blocks_max *= 2;
		return 0;
	}
	if (r != -SL_E_FULL)
		return r;
	store->no_room = true;
	sl_stat_add(&store->stats->retries, 1);
	store->txn_blocks_max = group->blocks > 1 ? group->blocks / 2 : 1;
	r = commit_trim(store, now_ns);
	return r < 0 && r != -SL_E_FULL ? r : -SL_E_FULL;
}

/* A journal that was removed takes commits as before, and keeps them for nobody. */
static int check_in_place(const struct sl_store *store)
{
	struct stat file;
	int fd;

	if (mdb_env_get_fd(store->env, &fd) || fstat(fd, &file))
		return -EIO;
	return file.st_nlink ? 0 : -ENOENT;
}

static int watch(struct sl_store *store, int64_t now_ns)
{
	sl_store_cursors_read(store, now_ns);
	if (now_ns - store->readers_ns < READERS_MS * SL_NS_PER_MS)
		return 0;
	store->readers_ns = now_ns;
	sl_store_readers_check(store);
	return check_in_place(store);
}

/* Sleeps for so long whoever rings, but for stop. */
static void pause_ms(struct sl_store *store, int64_t ms)
{
	int64_t until_ns = sl_clock_read(CLOCK_MONOTONIC) + ms * SL_NS_PER_MS;
	int64_t left_ns = ms * SL_NS_PER_MS;

	while (left_ns > 0 && !atomic_load(&store->stopping)) {
		uint32_t bell = atomic_load(&store->bell);

		if (!atomic_load(&store->stopping))
			sl_store_bell_wait(store, bell, left_ns / SL_NS_PER_MS + 1);
		left_ns = until_ns - sl_clock_read(CLOCK_MONOTONIC);
	}
}

/* One turn. Returns how long to sleep unless somebody rings; 0: not at all; < 0: an error. */
static int64_t turn(struct sl_store *store, bool stopping)
{
	int64_t now_ns = sl_clock_read(CLOCK_MONOTONIC);
	struct commit_group group;
	int r = watch(store, now_ns);

	if (r < 0)
		return r;
	sl_store_group(store, &group);
	if (group.blocks || group.more) {
		r = commit_or_make_room(store, &group, now_ns);
	} else if (!stopping && trim_due(store, now_ns)) {
		r = commit_trim(store, now_ns);
	} else {
		publish(store);
		return sl_store_trimmable(store)        ? TRIM_PAUSE_MS
		       : store->next > store->first + 1 ? CURSORS_MS
							: READERS_MS;
	}
	if (r < 0 && r != -SL_E_FULL)
		return r;
	publish(store);
	if (r == -SL_E_FULL && !stopping)
		pause_ms(store, RETRY_MS);
	/* stopping, and no room: what is not committed was not acknowledged */
	return r == -SL_E_FULL && stopping ? READERS_MS : 0;
}

void *sl_store_committer(void *context)
{
	struct sl_store *store = context;

	sl_turns_first(); /* a commit is mostly waiting for the disk, and whoever waits for it */
	for (;;) {
		uint32_t bell = atomic_load(&store->bell);
		/* read before the batches: what was sealed before stop is committed */
		bool stopping = atomic_load(&store->stopping);
		int64_t sleep_ms = store->failed ? READERS_MS : turn(store, stopping);

		sl_stat_add(&store->stats->heartbeat, 1);
		if (sleep_ms < 0)
			fail(store, (int)sleep_ms);
		else if (sleep_ms > 0 && stopping)
			return NULL;
		else if (sleep_ms > 0)
			sl_store_bell_wait(store, bell, sleep_ms);
	}
}
