#include "control/dataplane/stats_page.h"

#include "base/counters.h"
#include "control/dataplane/stats_page_priv.h"
#include "sluice/error.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

const char *const sl_dataplane_state_names[SL_DATAPLANE_STATES] = {
	[0] = "absent",
	[SL_STATE_STARTING] = "starting",
	[SL_STATE_RUNNING] = "running",
	[SL_STATE_DRAINING] = "draining",
	[SL_STATE_STOPPED] = "stopped",
};

#define WORKERS_MAX 1024u /* more than any setting allows: a bound for a damaged page */

static int check(const struct sl_stats_file *file)
{
	const struct sl_stats_header *header = &file->header;

	if (file->bytes < sizeof(*header))
		return -SL_E_TRUNCATED;
	if (memcmp(header->magic, SL_STATS_MAGIC, sizeof(header->magic)) != 0)
		return -SL_E_FORMAT;
	if (header->version != SL_STATS_VERSION ||
	    header->worker_bytes != sizeof(struct sl_stats_worker))
		return -SL_E_VERSION;
	if (header->workers > WORKERS_MAX || header->channels > SL_CHANNELS_MAX ||
	    header->wires > SL_WIRES_MAX ||
	    file->bytes < sizeof(*header) + header->workers * (sizeof(struct sl_stats_worker) +
							       sizeof(struct sl_stats_campaigns)))
		return -SL_E_TRUNCATED;
	return 0;
}

int sl_stats_file_read(const struct sl_stats_file *file, void *bytes, size_t n, uint64_t offset)
{
	char *at = bytes;

	while (n) {
		ssize_t got = pread(file->fd, at, n, (off_t)offset);

		if (got < 0 && errno != EINTR)
			return -errno;
		if (got == 0)
			return -SL_E_TRUNCATED;
		if (got > 0) {
			at += got;
			n -= (size_t)got;
			offset += (uint64_t)got;
		}
	}
	return 0;
}

int sl_stats_file_open(const char *path, struct sl_stats_file *ret_file)
{
	struct sl_stats_file file = {.fd = open(path, O_RDONLY | O_CLOEXEC)};
	struct stat st;
	int e = 0;

	if (file.fd < 0)
		return -errno;
	if (fstat(file.fd, &st))
		e = -errno;
	file.bytes = e ? 0 : (uint64_t)st.st_size;
	if (!e && file.bytes >= sizeof(file.header))
		e = sl_stats_file_read(&file, &file.header, sizeof(file.header), 0);
	if (!e)
		e = check(&file);
	if (e)
		close(file.fd);
	else
		*ret_file = file;
	return e;
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
	for (unsigned w = 0; w < copy->wires; w++)
		for (unsigned i = 0; i < SL_WIRE_COUNT; i++)
			copy->wire[w][i] += sl_stat_get(&worker->wires[w][i]);
	for (unsigned i = 0; i < SL_GATE_COUNT; i++)
		copy->gates[i] += sl_stat_get(&worker->gates[i]);
	for (unsigned i = 0; i < SL_STAGE_COUNT; i++)
		sl_durations_add(&copy->stages[i], &worker->stages[i]);
	copy->connections += sl_stat_get(&worker->connections);
	copy->outstanding += sl_stat_get(&worker->outstanding);
	if (ruleset < copy->ruleset_least)
		copy->ruleset_least = ruleset;
	if (ruleset > copy->ruleset_most)
		copy->ruleset_most = ruleset;
}

/* Each worker's memory is its own: full is where one of them is. */
static void add_state(struct sl_stats_copy *copy, const struct sl_stats_worker *worker)
{
	uint64_t bytes = sl_stat_get(&worker->state_bytes), room = sl_stat_get(&worker->state_room);
	int64_t tick_ns = (int64_t)sl_stat_get(&worker->tick_ns);

	copy->state_keys += sl_stat_get(&worker->state_keys);
	copy->state_timers += sl_stat_get(&worker->state_timers);
	copy->state_bytes += bytes;
	copy->state_room += room;
	copy->state_refused += sl_stat_get(&worker->state_full);
	copy->state_damaged += sl_stat_get(&worker->state_damaged);
	if (room && bytes <= room && bytes * 1000 / room > copy->state_fill_permille)
		copy->state_fill_permille = (unsigned)(bytes * 1000 / room);
	if (tick_ns < copy->tick_ns)
		copy->tick_ns = tick_ns;
}

static void take_worker(struct sl_stats_copy *copy, unsigned index,
			const struct sl_stats_worker *worker)
{
	if (index >= SL_WORKERS_SHOWN)
		return;
	copy->worker[index].heartbeat = sl_stat_get(&worker->heartbeat);
	copy->worker[index].waited_ns = sl_stat_get(&worker->waited_ns);
	copy->worker[index].swap_ns_max = sl_stat_get(&worker->swap_ns_max);
	copy->worker[index].swap_round_ns_max = sl_stat_get(&worker->swap_round_ns_max);
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
	copy->heartbeat = sl_stat_get(&store->heartbeat);
	copy->state = sl_stat_get(&store->state);
}

static int read_workers(const struct sl_stats_file *file, struct sl_stats_worker **ret_workers)
{
	size_t bytes = file->header.workers * sizeof(**ret_workers);
	struct sl_stats_worker *workers = aligned_alloc(64, bytes ? bytes : 64);
	int e;

	if (!workers)
		return -ENOMEM;
	e = sl_stats_file_read(file, workers, bytes, sizeof(file->header));
	if (e) {
		free(workers);
		return e;
	}
	*ret_workers = workers;
	return 0;
}

static void fill(struct sl_stats_copy *copy, const struct sl_stats_header *header,
		 const struct sl_stats_worker *workers)
{
	memset(copy, 0, sizeof(*copy));
	copy->life_ns = header->life_ns;
	copy->pid = header->pid;
	copy->workers = header->workers;
	copy->channels = header->channels;
	for (unsigned c = 0; c < header->channels; c++)
		memcpy(copy->channel_names[c], header->channel_names[c], SL_CHANNEL_NAME_MAX - 1);
	copy->wires = header->wires;
	for (unsigned w = 0; w < header->wires; w++)
		memcpy(copy->wire_names[w], header->wire_names[w], SL_WIRE_NAME_MAX - 1);
	copy->ruleset_least = header->workers ? UINT64_MAX : 0;
	copy->tick_ns = header->workers ? INT64_MAX : INT64_MIN;
	for (unsigned i = 0; i < header->workers; i++) {
		add_worker(copy, &workers[i]);
		add_state(copy, &workers[i]);
		take_worker(copy, i, &workers[i]);
	}
	take_store(copy, &header->store);
}

uint64_t sl_stats_wire_lost(const struct sl_stats_copy *stats, unsigned wire)
{
	static const bool is_loss[SL_WIRE_COUNT] = {
#define SL_WIRE(name, text, kind, lost, help) lost,
#include "sluice/counters.def"
#undef SL_WIRE
	};
	uint64_t lost = 0;

	for (unsigned i = 0; i < SL_WIRE_COUNT; i++)
		lost += is_loss[i] ? stats->wire[wire][i] : 0;
	return lost;
}

int sl_stats_page_read(const char *path, struct sl_stats_copy *ret_copy)
{
	struct sl_stats_worker *workers;
	struct sl_stats_file file;
	int e = sl_stats_file_open(path, &file);

	if (e)
		return e;
	e = read_workers(&file, &workers);
	close(file.fd);
	if (e)
		return e;
	fill(ret_copy, &file.header, workers);
	free(workers);
	return 0;
}

bool sl_stats_page_is_of_running(const char *path)
{
	struct sl_stats_file file;

	if (sl_stats_file_open(path, &file))
		return false;
	close(file.fd);
	return sl_stat_get(&file.header.store.state) == SL_STATE_RUNNING && file.header.pid > 0 &&
	       (!kill((pid_t)file.header.pid, 0) || errno == EPERM);
}
