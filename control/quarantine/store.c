/* The directory of segments. */
#include "control/quarantine/quarantine_priv.h"

#include "base/clock.h"
#include "base/log.h"
#include "control/files.h"
#include "sluice/error.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int path_of(const struct sl_quarantine *quarantine, uint64_t number, char ret_path[PATH_MAX])
{
	char name[SL_SEGMENT_NAME_BYTES];

	sl_segment_name(number, name);
	return snprintf(ret_path, PATH_MAX, "%s/%s", quarantine->config.directory, name) < PATH_MAX
		       ? 0
		       : -ENAMETOOLONG;
}

int sl_quarantine_open_file(const struct sl_quarantine *quarantine, uint64_t number, int flags,
			    int *ret_fd)
{
	char path[PATH_MAX];
	int fd, e = path_of(quarantine, number, path);

	if (e)
		return e;
	fd = open(path, flags | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0)
		return -errno;
	*ret_fd = fd;
	return 0;
}

uint64_t sl_quarantine_bytes(const struct sl_quarantine *quarantine)
{
	uint64_t bytes = 0;

	for (unsigned i = 0; i < quarantine->n_segments; i++)
		bytes += quarantine->segments[i].file_bytes;
	return bytes;
}

static void remove_file(const struct sl_quarantine *quarantine, uint64_t number)
{
	char path[PATH_MAX];

	/* one that cannot be removed is found at the next start, and too old or too much again */
	if (!path_of(quarantine, number, path) && unlink(path) && errno != ENOENT)
		sl_log_warning("quarantine: %s cannot be removed: %s", path, strerror(errno));
}

void sl_quarantine_drop_newest(struct sl_quarantine *quarantine)
{
	quarantine->n_segments--;
	remove_file(quarantine, quarantine->segments[quarantine->n_segments].number);
}

void sl_quarantine_drop_oldest(struct sl_quarantine *quarantine)
{
	struct sl_segment *segments = quarantine->segments;

	remove_file(quarantine, segments[0].number);
	quarantine->let_go += segments[0].records;
	quarantine->n_segments--;
	memmove(segments, segments + 1, quarantine->n_segments * sizeof(*segments));
}

static int by_number(const void *a, const void *b)
{
	const struct sl_segment *one = a, *other = b;

	return (one->number > other->number) - (one->number < other->number);
}

/* One file of the directory. A damaged or empty one is removed: there is nothing to be had of it.
 */
static int take_file(struct sl_quarantine *quarantine, uint64_t number)
{
	struct sl_segment segment;
	char path[PATH_MAX];
	int fd, e = sl_quarantine_open_file(quarantine, number, O_RDWR, &fd);

	if (e)
		return e;
	if (number > quarantine->last_number)
		quarantine->last_number = number;
	e = sl_segment_look(fd, &segment);
	segment.number = number;
	if (!e && !segment.sealed && segment.file_bytes > segment.end) {
		e = ftruncate(fd, (off_t)segment.end) ? -errno : 0;
		segment.file_bytes = segment.end;
	}
	close(fd);
	if (!e && segment.records) {
		quarantine->segments[quarantine->n_segments++] = segment;
		return 0;
	}
	if (e == -ENOMEM || e == -SL_E_VERSION)
		return e;
	if (e)
		sl_log_error("quarantine: file %llu cannot be read and is removed: %s",
			     (unsigned long long)number, sl_error_text(e));
	e = path_of(quarantine, number, path);
	return e ? e : unlink(path) ? -errno : 0;
}

int sl_quarantine_open_segments(struct sl_quarantine *quarantine)
{
	struct dirent *entry;
	DIR *directory;
	int e;

	if (quarantine->opened)
		return 0;
	e = sl_directory_make(quarantine->config.directory);
	if (e)
		return e;
	directory = opendir(quarantine->config.directory);
	if (!directory)
		return -errno;
	quarantine->n_segments = 0;
	while (!e && (entry = readdir(directory))) {
		uint64_t number = sl_segment_number_of(entry->d_name);

		if (number && quarantine->n_segments == SL_QUARANTINE_SEGMENTS_MAX)
			e = -SL_E_LIMIT;
		else if (number)
			e = take_file(quarantine, number);
	}
	closedir(directory);
	qsort(quarantine->segments, quarantine->n_segments, sizeof(quarantine->segments[0]),
	      by_number);
	quarantine->opened = !e;
	return e;
}

void sl_quarantine_sweep(struct sl_quarantine *quarantine, int64_t now_ns)
{
	pthread_mutex_lock(&quarantine->lock);
	while (quarantine->n_segments &&
	       quarantine->segments[0].last_ns < now_ns - quarantine->config.age_ns) {
		bool newest = quarantine->n_segments == 1;

		if (newest && quarantine->busy)
			break;
		quarantine->newest_gone |= newest;
		sl_quarantine_drop_oldest(quarantine);
	}
	pthread_mutex_unlock(&quarantine->lock);
}
