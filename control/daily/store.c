/* The directory of files. */
#include "control/daily/daily_priv.h"

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

#define COMPLAINTS_MAX 100u

static int path_of(const struct sl_daily *daily, const struct sl_daily_file *file,
		   char ret_path[PATH_MAX])
{
	char name[SL_DAILY_NAME_BYTES];

	sl_daily_name(daily->config.name, file->day, file->number, name);
	return snprintf(ret_path, PATH_MAX, "%s/%s", daily->config.directory, name) < PATH_MAX
		       ? 0
		       : -ENAMETOOLONG;
}

int sl_daily_open_fd(const struct sl_daily *daily, const struct sl_daily_file *file, int flags,
		     int *ret_fd)
{
	char path[PATH_MAX];
	int fd, e = path_of(daily, file, path);

	if (e)
		return e;
	fd = open(path, flags | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0)
		return -errno;
	*ret_fd = fd;
	return 0;
}

void sl_daily_met_damage(struct sl_daily *daily, const struct sl_daily_file *file, const char *what)
{
	char name[SL_DAILY_NAME_BYTES];

	atomic_fetch_add_explicit(&daily->damaged, 1, memory_order_relaxed);
	if (atomic_fetch_add_explicit(&daily->complained, 1, memory_order_relaxed) >=
	    COMPLAINTS_MAX)
		return;
	sl_daily_name(daily->config.name, file->day, file->number, name);
	sl_log_error("%s: %s: %s", daily->config.name, name, what);
}

/* ---- the list -------------------------------------------------------------------------------- */

uint32_t sl_daily_file_index(const struct sl_daily *daily, uint64_t number)
{
	uint32_t low = 0, high = daily->n_files;

	while (low < high) {
		uint32_t middle = low + (high - low) / 2;

		if (daily->files[middle].number < number)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

struct sl_daily_file *sl_daily_find_file(struct sl_daily *daily, uint64_t number)
{
	uint32_t at = sl_daily_file_index(daily, number);

	return at < daily->n_files && daily->files[at].number == number ? &daily->files[at] : NULL;
}

int sl_daily_add_file(struct sl_daily *daily, const struct sl_daily_file *file)
{
	uint32_t at = sl_daily_file_index(daily, file->number);

	if (daily->n_files == SL_DAILY_FILES_MAX)
		return -SL_E_LIMIT;
	if (at < daily->n_files && daily->files[at].number == file->number)
		return -EEXIST;
	if (daily->n_files == daily->files_room) {
		uint32_t room = daily->files_room * 2 + 64;
		void *files = realloc(daily->files, room * sizeof(*daily->files));

		if (!files)
			return -ENOMEM;
		daily->files = files;
		daily->files_room = room;
	}
	memmove(daily->files + at + 1, daily->files + at,
		(daily->n_files - at) * sizeof(*daily->files));
	daily->files[at] = *file;
	daily->n_files++;
	daily->bytes += file->file_bytes;
	if (file->number > daily->last_number)
		daily->last_number = file->number;
	return 0;
}

void sl_daily_resize(struct sl_daily *daily, struct sl_daily_file *file, uint64_t bytes)
{
	daily->bytes += bytes - file->file_bytes;
	file->file_bytes = bytes;
}

void sl_daily_drop_file(struct sl_daily *daily, uint32_t index)
{
	struct sl_daily_file *file = &daily->files[index];
	char path[PATH_MAX];

	/* one that cannot be removed is found at the next start, and too old or too much again */
	if (!path_of(daily, file, path) && unlink(path) && errno != ENOENT)
		sl_log_warning("%s: %s cannot be removed: %s", daily->config.name, path,
			       strerror(errno));
	daily->bytes -= file->file_bytes;
	daily->let_go += file->records;
	sl_daily_open_free(file->open);
	daily->n_files--;
	memmove(file, file + 1, (daily->n_files - index) * sizeof(*file));
}

static bool is_written(const struct sl_daily *daily, const struct sl_daily_file *file)
{
	return daily->fd >= 0 && file->number == daily->writing;
}

static uint32_t drop_day(struct sl_daily *daily, int64_t day)
{
	uint32_t dropped = 0;

	for (uint32_t i = daily->n_files; i-- > 0;) {
		if (daily->files[i].day != day || is_written(daily, &daily->files[i]))
			continue;
		sl_daily_drop_file(daily, i);
		dropped++;
	}
	return dropped;
}

bool sl_daily_drop_oldest(struct sl_daily *daily)
{
	int64_t oldest = INT64_MAX, newest = INT64_MIN;

	for (uint32_t i = 0; i < daily->n_files; i++) {
		const struct sl_daily_file *file = &daily->files[i];

		if (!is_written(daily, file) && file->day < oldest)
			oldest = file->day;
		if (file->day > newest)
			newest = file->day;
	}
	if (oldest == INT64_MAX)
		return false;
	if (oldest < newest)
		return drop_day(daily, oldest) > 0;
	sl_daily_drop_file(daily, is_written(daily, &daily->files[0]) ? 1 : 0);
	return true;
}

/* ---- at start -------------------------------------------------------------------------------- */

/* One without a seal: what is good of it, which gets a seal now. */
static int mend(struct sl_daily *daily, int fd, ZSTD_DCtx *unpacker, struct sl_daily_file *file)
{
	uint64_t damaged = 0;
	int e = sl_daily_file_walk(fd, unpacker, daily->config.hashes, file, &damaged);

	if (!e && damaged)
		sl_daily_met_damage(daily, file,
				    "a block in it is damaged: its records are lost, those of "
				    "the other blocks are there");
	if (!e && file->file_bytes > file->end)
		e = ftruncate(fd, (off_t)file->end) ? -errno : 0;
	file->file_bytes = file->end;
	if (!e)
		e = sl_daily_file_seal(fd, file);
	sl_daily_open_free(file->open);
	file->open = NULL;
	return e;
}

static int remove_empty(struct sl_daily *daily, const struct sl_daily_file *file)
{
	char path[PATH_MAX];
	int e = path_of(daily, file, path);

	return e ? e : unlink(path) ? -errno : 0;
}

static int take_file(struct sl_daily *daily, ZSTD_DCtx *unpacker, int64_t day, uint64_t number)
{
	struct sl_daily_file file = {.day = day, .number = number};
	off_t bytes;
	int fd, e = sl_daily_open_fd(daily, &file, O_RDWR, &fd);

	if (e)
		return e;
	bytes = lseek(fd, 0, SEEK_END);
	e = sl_daily_file_look(fd, &file);
	file.day = day;
	file.number = number;
	if (!e && !file.sealed)
		e = mend(daily, fd, unpacker, &file);
	close(fd);
	if (number > daily->last_number)
		daily->last_number = number;
	/* nothing came to be in it, or not even its head */
	if ((!e && !file.records) || (bytes >= 0 && bytes < SL_DAILY_HEAD_BYTES))
		return remove_empty(daily, &file);
	if (e == -SL_E_FORMAT || e == -SL_E_CHECKSUM || e == -SL_E_DAMAGED) {
		file = (struct sl_daily_file){
			.day = day, .number = number, .damaged = true, .sealed = true};
		file.file_bytes = bytes > 0 ? (uint64_t)bytes : 0;
		sl_daily_met_damage(daily, &file,
				    "the file cannot be read and is passed over; it goes with its "
				    "day");
		e = 0;
	}
	return e ? e : sl_daily_add_file(daily, &file);
}

static int take_directory(struct sl_daily *daily, DIR *directory, ZSTD_DCtx *unpacker)
{
	struct dirent *entry;
	uint64_t number;
	int64_t day;
	int e = 0;

	while (!e && (entry = readdir(directory)))
		if (sl_daily_name_read(daily->config.name, entry->d_name, &day, &number))
			e = take_file(daily, unpacker, day, number);
	return e;
}

int sl_daily_open_files(struct sl_daily *daily)
{
	ZSTD_DCtx *unpacker;
	DIR *directory;
	int e = sl_directory_make(daily->config.directory);

	if (e)
		return e;
	directory = opendir(daily->config.directory);
	if (!directory)
		return -errno;
	unpacker = ZSTD_createDCtx();
	daily->n_files = 0;
	daily->bytes = 0;
	e = unpacker ? take_directory(daily, directory, unpacker) : -ENOMEM;
	ZSTD_freeDCtx(unpacker);
	closedir(directory);
	daily->opened = !e;
	return e;
}
