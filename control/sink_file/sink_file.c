/* The file sink as a consumer of the journal. */
#include "control/sink_file/sink_file.h"

#include "base/clock.h"
#include "base/failpoint.h"
#include "base/log.h"
#include "control/files.h"
#include "control/sink_file/files_priv.h"
#include "sluice/error.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define WRITE_BYTES 131072u /* at once, if there are so many before a sync */

struct sl_sink_file {
	struct sl_sink_file_config config;
	_Atomic int64_t rotate_bytes, rotate_ns; /* any thread sets them */
	int fd;                                  /* -1: none is open */
	int64_t opened_ns;
	int64_t written;  /* bytes in the file */
	int64_t synced;   /* of them known to be on disk */
	uint64_t pending; /* lines since the last settle */
	bool mended;
	size_t buffered;
	char path[4096];
	char line[SL_SINK_LINE_BYTES];
	char buffer[SL_SINK_LINE_BYTES]; /* whole lines */
};

int sl_sink_file_new(const struct sl_sink_file_config *config, struct sl_sink_file **ret_sink)
{
	struct sl_sink_file *sink = calloc(1, sizeof(*sink));

	if (!sink)
		return -ENOMEM;
	sink->config = *config;
	sl_sink_file_rotate_at(sink, config->rotate_bytes, config->rotate_ns);
	sink->fd = -1;
	*ret_sink = sink;
	return 0;
}

void sl_sink_file_rotate_at(struct sl_sink_file *sink, int64_t bytes, int64_t ns)
{
	atomic_store_explicit(&sink->rotate_bytes, bytes, memory_order_relaxed);
	atomic_store_explicit(&sink->rotate_ns, ns, memory_order_relaxed);
}

void sl_sink_file_free(struct sl_sink_file *sink)
{
	if (!sink)
		return;
	if (sink->fd >= 0)
		close(sink->fd);
	free(sink);
}

static int make_ready(struct sl_sink_file *sink)
{
	int e = sl_directory_make(sink->config.directory);

	if (!e && !sink->mended)
		e = sl_sink_files_mend(sink->config.directory);
	if (!e)
		sink->mended = true;
	return e;
}

/* A directory that cannot be used yet ends nothing: it is tried again at the first match, like a
 * full disk. */
static int start(void *self, const uint8_t journal[16], uint64_t position, uint64_t *ret_position)
{
	struct sl_sink_file *sink = self;
	int e = make_ready(sink);

	(void)journal;
	if (e)
		sl_log_error("sink.file: %s cannot be used: %s", sink->config.directory,
			     sl_error_text(e));
	*ret_position = position;
	return 0;
}

static int open_file(struct sl_sink_file *sink, uint64_t position)
{
	int e = make_ready(sink);

	if (e)
		return e;
	e = sl_sink_file_create(sink->config.directory, position, sink->path, sizeof(sink->path),
				&sink->fd);
	if (e)
		return e;
	sink->opened_ns = sl_clock_read(CLOCK_MONOTONIC);
	sink->written = 0;
	sink->synced = 0;
	return 0;
}

/* The disk begins with it at once: what is left for a sync is little, and the journal's own syncs
 * do not wait behind megabytes. */
static int write_out(struct sl_sink_file *sink)
{
	int e;

	if (!sink->buffered)
		return 0;
	e = sl_file_write_all(sink->fd, sink->buffer, sink->buffered);
	if (e)
		return e;
	sync_file_range(sink->fd, sink->written, (off_t)sink->buffered, SYNC_FILE_RANGE_WRITE);
	sink->written += (int64_t)sink->buffered;
	sink->buffered = 0;
	return 0;
}

static int record(void *self, const struct sl_record *from, uint64_t position, int64_t committed_ns)
{
	struct sl_sink_file *sink = self;
	struct sl_match_view match;
	size_t n;
	int e;

	if (from->type != SL_RECORD_MATCH)
		return 0;
	e = sl_record_match(from, &match);
	n = e ? 0 : sl_sink_line(&match, committed_ns, sink->line, sizeof(sink->line));
	if (!n) {
		/* its hash held, so it was written like this: it would stall everything behind it
		 */
		sl_log_error("sink.file: a match in block %llu cannot be written as a line: %s",
			     (unsigned long long)position, sl_error_text(e ? e : -SL_E_LIMIT));
		atomic_fetch_add_explicit(&sink->config.stats->damaged, 1, memory_order_relaxed);
		return 0;
	}
	if (sink->fd < 0) {
		e = open_file(sink, position);
		if (e)
			return e;
	}
	if (sink->buffered + n > sizeof(sink->buffer)) {
		e = write_out(sink);
		if (e)
			return e;
	}
	memcpy(sink->buffer + sink->buffered, sink->line, n);
	sink->buffered += n;
	sink->pending++;
	return sink->buffered < WRITE_BYTES ? 0 : write_out(sink);
}

static void rotate(struct sl_sink_file *sink)
{
	int64_t bytes = atomic_load_explicit(&sink->rotate_bytes, memory_order_relaxed);
	int64_t ns = atomic_load_explicit(&sink->rotate_ns, memory_order_relaxed);

	if (sink->fd < 0 ||
	    (sink->written < bytes && sl_clock_read(CLOCK_MONOTONIC) - sink->opened_ns < ns))
		return;
	close(sink->fd); /* synced before: nothing left that could fail */
	sink->fd = -1;
}

/* What is synced into a file without a name nobody can read: it comes again, into a new one.
 * Whoever took the file away has what was settled before. */
static int still_there(const struct sl_sink_file *sink)
{
	struct stat st;

	if (fstat(sink->fd, &st))
		return -errno;
	if (st.st_nlink)
		return 0;
	sl_log_warning("sink.file: %s was removed while it was written; what came since goes into "
		       "a new one. Take only files that have a younger one beside them",
		       sink->path);
	return -ENOENT;
}

static int settle(void *self, uint64_t position)
{
	struct sl_sink_file *sink = self;
	int e;

	(void)position;
	if (sink->pending) {
		e = write_out(sink);
		if (e)
			return e;
		sl_failpoint("produced");
		if (fdatasync(sink->fd))
			return -errno;
		e = still_there(sink);
		if (e)
			return e;
		sink->synced = sink->written;
		atomic_fetch_add_explicit(&sink->config.stats->settled, sink->pending,
					  memory_order_relaxed);
		sink->pending = 0;
	}
	rotate(sink);
	return 0;
}

/* What was not settled comes again, into a new file: the kernel may have dropped the pages of a
 * failed sync, so this file is never written again. */
static void rewind_sink(void *self)
{
	struct sl_sink_file *sink = self;

	sink->buffered = 0;
	sink->pending = 0;
	if (sink->fd < 0)
		return;
	if (ftruncate(sink->fd, sink->synced))
		sl_log_warning("sink.file: %s may end in lines that come again: %s", sink->path,
			       strerror(errno));
	close(sink->fd);
	if (!sink->synced)
		unlink(sink->path);
	sink->fd = -1;
	sink->mended = false;
}

const struct sl_consumer_ops sl_sink_file_ops = {
	.name = "sink.file",
	.group_ns = 250 * SL_NS_PER_MS,
	.group_bytes = 4 << 20, /* what a crash makes come again, at most */
	.waited_for = true,
	.poll_ns = 10 * SL_NS_PER_MS,
	.start = start,
	.record = record,
	.settle = settle,
	.rewind = rewind_sink,
};
