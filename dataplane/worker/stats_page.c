#include "worker/stats_page.h"

#include "base/clock.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define PATH_BYTES (SL_SETTING_TEXT_MAX + 48)

static size_t page_bytes(unsigned workers)
{
	return sizeof(struct sl_stats_header) +
	       workers * (sizeof(struct sl_stats_worker) + sizeof(struct sl_stats_campaigns));
}

static void fill_header(struct sl_stats_header *stats, unsigned workers)
{
	memcpy(stats->magic, SL_STATS_MAGIC, sizeof(stats->magic));
	stats->version = SL_STATS_VERSION;
	stats->workers = workers;
	stats->bytes = page_bytes(workers);
	stats->life_ns = sl_clock_now().wall_ns;
	stats->pid = getpid();
	stats->worker_bytes = sizeof(struct sl_stats_worker);
	atomic_store(&stats->store.state, SL_STATE_STARTING);
}

struct sl_stats_header *sl_stats_page_private(unsigned workers)
{
	struct sl_stats_header *stats = aligned_alloc(64, (page_bytes(workers) + 63) / 64 * 64);

	if (stats) {
		memset(stats, 0, page_bytes(workers));
		fill_header(stats, workers);
	}
	return stats;
}

static void name_beside(const struct sl_settings *settings, char ret_path[PATH_BYTES])
{
	snprintf(ret_path, PATH_BYTES, "%s/%s.%d", settings->run, SL_STATS_FILE, (int)getpid());
}

int sl_stats_page_new(const struct sl_settings *settings, const struct sl_channel *channels,
		      const struct sl_wire *wires, unsigned workers,
		      struct sl_stats_header **ret_stats)
{
	char beside[PATH_BYTES];
	struct sl_stats_header *stats;
	int fd, error = 0;

	name_beside(settings, beside);
	fd = open(beside, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0640);
	if (fd < 0)
		return -errno;
	/* taken now, so that a full file system is told at start and not by a signal while counting
	 */
	error = -posix_fallocate(fd, 0, (off_t)page_bytes(workers));
	if (error)
		goto out;
	stats = mmap(NULL, page_bytes(workers), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (stats == MAP_FAILED) {
		error = -errno;
		goto out;
	}
	fill_header(stats, workers);
	stats->channels = settings->channels;
	for (unsigned i = 0; i < settings->channels; i++)
		memcpy(stats->channel_names[i], channels[i].name, SL_CHANNEL_NAME_MAX);
	stats->wires = settings->wires;
	for (unsigned i = 0; i < settings->wires; i++)
		memcpy(stats->wire_names[i], wires[i].name, SL_WIRE_NAME_MAX);
	*ret_stats = stats;
out:
	close(fd);
	return error;
}

int sl_stats_page_publish(const struct sl_settings *settings)
{
	char beside[PATH_BYTES], path[PATH_BYTES];

	name_beside(settings, beside);
	snprintf(path, sizeof(path), "%s/%s", settings->run, SL_STATS_FILE);
	return rename(beside, path) ? -errno : 0;
}

void sl_stats_page_discard(const struct sl_settings *settings)
{
	char beside[PATH_BYTES];

	name_beside(settings, beside);
	unlink(beside);
}
