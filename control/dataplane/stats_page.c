#include "control/dataplane/stats_page.h"

#include "base/counters.h"
#include "control/files.h"
#include "sluice/error.h"

#include <stdlib.h>
#include <string.h>

#define WORKERS_MAX 1024u /* more than any setting allows: a bound for a damaged page */
#define PAGE_BYTES_MAX                                                                             \
	(sizeof(struct sl_stats_header) + WORKERS_MAX * sizeof(struct sl_stats_worker))

static int check(const struct sl_stats_header *header, size_t bytes)
{
	if (bytes < sizeof(*header))
		return -SL_E_TRUNCATED;
	if (memcmp(header->magic, SL_STATS_MAGIC, sizeof(header->magic)) != 0)
		return -SL_E_FORMAT;
	if (header->version != SL_STATS_VERSION ||
	    header->worker_bytes != sizeof(struct sl_stats_worker))
		return -SL_E_VERSION;
	if (header->workers > WORKERS_MAX || header->channels > SL_CHANNELS_MAX ||
	    bytes < sizeof(*header) + header->workers * sizeof(struct sl_stats_worker))
		return -SL_E_TRUNCATED;
	return 0;
}

static void add_worker(struct sl_stats_copy *copy, const struct sl_stats_worker *worker)
{
	uint64_t ruleset = sl_stat_get(&worker->ruleset);

	for (unsigned c = 0; c < copy->channels; c++) {
		for (unsigned i = 0; i < SL_LEDGER_COUNT; i++)
			copy->ledger[c][i] += sl_stat_get(&worker->ledger[c][i]);
		for (unsigned i = 0; i < SL_WHY_COUNT; i++)
			copy->reasons[c][i] += sl_stat_get(&worker->reasons[c][i]);
	}
	for (unsigned i = 0; i < SL_COUNTER_COUNT; i++)
		copy->counters[i] += sl_stat_get(&worker->counters[i]);
	copy->connections += sl_stat_get(&worker->connections);
	copy->outstanding += sl_stat_get(&worker->outstanding);
	if (ruleset < copy->ruleset_least)
		copy->ruleset_least = ruleset;
	if (ruleset > copy->ruleset_most)
		copy->ruleset_most = ruleset;
}

static void take_worker(struct sl_stats_copy *copy, unsigned index,
			const struct sl_stats_worker *worker)
{
	if (index >= SL_WORKERS_SHOWN)
		return;
	copy->worker[index].heartbeat = sl_stat_get(&worker->heartbeat);
	copy->worker[index].swap_ns_max = sl_stat_get(&worker->swap_ns_max);
	copy->worker[index].generation = sl_stat_get(&worker->generation);
	copy->worker[index].ruleset = sl_stat_get(&worker->ruleset);
	copy->worker[index].connections = sl_stat_get(&worker->connections);
	copy->worker[index].outstanding = sl_stat_get(&worker->outstanding);
}

static void take_store(struct sl_stats_copy *copy, const struct sl_stats_store *store)
{
	copy->commits = sl_stat_get(&store->commits);
	copy->blocks = sl_stat_get(&store->blocks);
	copy->bytes = sl_stat_get(&store->bytes);
	copy->trimmed_blocks = sl_stat_get(&store->trimmed_blocks);
	copy->fill_permille = sl_stat_get(&store->fill_permille);
	copy->backpressure = sl_stat_get(&store->backpressure);
	copy->oldest_reader_txns = sl_stat_get(&store->oldest_reader_txns);
	copy->stale_readers = sl_stat_get(&store->stale_readers);
	copy->commit_ns_last = sl_stat_get(&store->commit_ns_last);
	copy->commit_ns_max = sl_stat_get(&store->commit_ns_max);
	copy->retries = sl_stat_get(&store->retries);
	copy->position = sl_stat_get(&store->position);
	copy->state = sl_stat_get(&store->state);
}

int sl_stats_page_read(const char *path, struct sl_stats_copy *ret_copy)
{
	const struct sl_stats_header *header;
	const struct sl_stats_worker *workers;
	size_t bytes;
	void *page;
	int e = sl_file_read_aligned(path, PAGE_BYTES_MAX, 64, &page, &bytes);

	if (e)
		return e;
	header = page;
	e = check(header, bytes);
	if (e) {
		free(page);
		return e;
	}
	memset(ret_copy, 0, sizeof(*ret_copy));
	ret_copy->life_ns = header->life_ns;
	ret_copy->pid = header->pid;
	ret_copy->workers = header->workers;
	ret_copy->channels = header->channels;
	for (unsigned c = 0; c < header->channels; c++)
		memcpy(ret_copy->channel_names[c], header->channel_names[c],
		       SL_CHANNEL_NAME_MAX - 1);
	ret_copy->ruleset_least = header->workers ? UINT64_MAX : 0;
	workers = (const struct sl_stats_worker *)(header + 1);
	for (unsigned i = 0; i < header->workers; i++) {
		add_worker(ret_copy, &workers[i]);
		take_worker(ret_copy, i, &workers[i]);
	}
	take_store(ret_copy, &header->store);
	free(page);
	return 0;
}
