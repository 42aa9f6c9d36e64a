/* The sink's files: names, opening, mending. */
#include "control/sink_file/files_priv.h"

#include "base/clock.h"
#include "base/log.h"
#include "control/files.h"
#include "control/sink_file/sink_file.h"
#include "sluice/error.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

int sl_sink_file_create(const char *directory, uint64_t position, char *ret_path, size_t room,
			int *ret_fd)
{
	int64_t now_ns = sl_clock_read(CLOCK_REALTIME);
	time_t seconds = now_ns / SL_NS_PER_S;
	struct tm utc;
	char stamp[32];
	int fd = -1, e;

	gmtime_r(&seconds, &utc);
	strftime(stamp, sizeof(stamp), "%Y%m%dT%H%M%S", &utc);
	for (unsigned again = 0; again < 1000 && fd < 0; again++) {
		unsigned ms = (unsigned)(now_ns % SL_NS_PER_S / SL_NS_PER_MS) + again;

		if ((size_t)snprintf(ret_path, room, "%s/matches-%s.%03uZ-%020llu.ndjson",
				     directory, stamp, ms % 1000,
				     (unsigned long long)position) >= room)
			return -ENAMETOOLONG;
		fd = open(ret_path, O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC | O_NOFOLLOW,
			  0600);
		if (fd < 0 && errno != EEXIST)
			return -errno;
	}
	if (fd < 0)
		return -EEXIST;
	/* the name has to be on disk before a cursor moves past lines in it */
	e = sl_directory_sync(directory);
	if (e) {
		close(fd);
		unlink(ret_path);
		return e;
	}
	*ret_fd = fd;
	return 0;
}

static bool is_sink_file(const char *name)
{
	size_t n = strlen(name);

	return !strncmp(name, "matches-", 8) && n > 15 && !strcmp(name + n - 7, ".ndjson");
}

/* Offset behind the last newline before `end`, 0 where there is none. */
static int find_last_line(int fd, off_t end, off_t *ret_offset)
{
	char piece[4096];

	while (end > 0) {
		size_t n = end < (off_t)sizeof(piece) ? (size_t)end : sizeof(piece);
		ssize_t got = pread(fd, piece, n, end - (off_t)n);
		const char *newline;

		if (got != (ssize_t)n)
			return got < 0 ? -errno : -EIO;
		newline = memrchr(piece, '\n', n);
		if (newline) {
			*ret_offset = end - (off_t)n + (newline - piece) + 1;
			return 0;
		}
		end -= (off_t)n;
	}
	*ret_offset = 0;
	return 0;
}

static int mend(int directory_fd, const char *name)
{
	int fd = openat(directory_fd, name, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
	struct stat st;
	off_t whole = 0;
	int e = 0;

	if (fd < 0)
		return -errno;
	if (fstat(fd, &st))
		e = -errno;
	if (!e)
		e = find_last_line(fd, st.st_size, &whole);
	if (!e && whole < st.st_size) {
		sl_log_warning("sink file %s ended in a torn line: %lld bytes cut off", name,
			       (long long)(st.st_size - whole));
		if (ftruncate(fd, whole) || fsync(fd))
			e = -errno;
	}
	close(fd);
	return e;
}

int sl_sink_files_mend(const char *directory)
{
	DIR *dir = opendir(directory);
	struct dirent *entry;
	int e = 0;

	if (!dir)
		return -errno;
	while ((entry = readdir(dir))) {
		int one = is_sink_file(entry->d_name) ? mend(dirfd(dir), entry->d_name) : 0;

		/* a file that was just taken away is nobody's trouble */
		if (one && one != -ENOENT && !e)
			e = one;
	}
	closedir(dir);
	return e;
}
