#include "control/files.h"

#include "sluice/error.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

int sl_file_write_all(int fd, const void *bytes, size_t n_bytes)
{
	const char *at = bytes;

	while (n_bytes) {
		ssize_t n = write(fd, at, n_bytes);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		at += n;
		n_bytes -= (size_t)n;
	}
	return 0;
}

int sl_directory_sync(const char *path)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int e;

	if (fd < 0)
		return -errno;
	e = fsync(fd) ? -errno : 0;
	close(fd);
	return e;
}

int sl_directory_sync_parent(const char *path)
{
	char parent[PATH_MAX];
	char *slash;

	if (strlen(path) >= sizeof(parent))
		return -ENAMETOOLONG;
	strcpy(parent, path);
	slash = strrchr(parent, '/');
	if (!slash)
		return sl_directory_sync(".");
	slash[slash == parent] = 0;
	return sl_directory_sync(parent);
}

int sl_file_create(const char *directory, const char *name, const void *bytes, size_t n_bytes,
		   int *ret_fd)
{
	char path[PATH_MAX];
	int fd, e;

	if (snprintf(path, sizeof(path), "%s/%s", directory, name) >= (int)sizeof(path))
		return -ENAMETOOLONG;
	fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0)
		return -errno;
	e = sl_file_write_all(fd, bytes, n_bytes);
	if (!e && fdatasync(fd))
		e = -errno;
	if (!e)
		e = sl_directory_sync(directory);
	if (e) {
		close(fd);
		unlink(path);
		return e;
	}
	*ret_fd = fd;
	return 0;
}

int sl_file_replace(const char *path, const void *bytes, size_t n_bytes)
{
	char temporary[PATH_MAX];
	int fd, e;

	if ((size_t)snprintf(temporary, sizeof(temporary), "%s.new", path) >= sizeof(temporary))
		return -ENAMETOOLONG;
	fd = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0640);
	if (fd < 0)
		return -errno;
	e = sl_file_write_all(fd, bytes, n_bytes);
	if (!e && fsync(fd))
		e = -errno;
	if (close(fd) && !e)
		e = -errno;
	if (!e && rename(temporary, path))
		e = -errno;
	if (e) {
		unlink(temporary);
		return e;
	}
	return sl_directory_sync_parent(path);
}

static int make(const char *path, mode_t mode)
{
	char part[PATH_MAX];
	size_t n = strlen(path);
	struct stat st;

	if (n >= sizeof(part))
		return -ENAMETOOLONG;
	for (size_t i = 1; i <= n; i++) {
		if (path[i] != '/' && path[i] != 0)
			continue;
		memcpy(part, path, i);
		part[i] = 0;
		if (mkdir(part, mode) && errno != EEXIST)
			return -errno;
	}
	if (stat(path, &st))
		return -errno;
	return S_ISDIR(st.st_mode) ? 0 : -ENOTDIR;
}

int sl_directory_make(const char *path)
{
	return make(path, 0700);
}

int sl_directory_make_shared(const char *path)
{
	return make(path, 0750);
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *place)
{
	(void)st;
	(void)type;
	(void)place;
	return remove(path) && errno != ENOENT ? -1 : 0;
}

int sl_directory_remove(const char *path)
{
	if (nftw(path, remove_one, 16, FTW_DEPTH | FTW_PHYS) && errno != ENOENT)
		return -errno;
	return 0;
}

int sl_file_read_aligned(const char *path, size_t limit, size_t align, void **ret_bytes,
			 size_t *ret_n_bytes)
{
	/* not waiting: a FIFO without a writer would hold the process for ever */
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	char *bytes = NULL;
	struct stat st;
	size_t n = 0, room;
	int e = 0;

	if (fd < 0)
		return -errno;
	if (fstat(fd, &st))
		e = -errno;
	else if (!S_ISREG(st.st_mode)) /* it says nothing about its size either */
		e = S_ISDIR(st.st_mode) ? -EISDIR : -EINVAL;
	else if ((size_t)st.st_size > limit)
		e = -EFBIG;
	room = e ? 0 : (size_t)st.st_size;
	if (!e && !(bytes = aligned_alloc(align, (room + align) / align * align)))
		e = -ENOMEM;
	while (!e && n < room) {
		ssize_t got = read(fd, bytes + n, room - n);

		if (got < 0 && errno != EINTR)
			e = -errno;
		if (got == 0)
			break;
		n += got > 0 ? (size_t)got : 0;
	}
	close(fd);
	if (e) {
		free(bytes);
		return e;
	}
	bytes[n] = 0;
	*ret_bytes = bytes;
	*ret_n_bytes = n;
	return 0;
}

int sl_file_read(const char *path, size_t limit, char **ret_text, size_t *ret_bytes)
{
	void *text;
	int e = sl_file_read_aligned(path, limit, 16, &text, ret_bytes);

	if (!e)
		*ret_text = text;
	return e;
}

int sl_file_read_at(int fd, void *at, size_t n, uint64_t offset)
{
	ssize_t got = pread(fd, at, n, (off_t)offset);

	return got < 0 ? -errno : (size_t)got < n ? -SL_E_DAMAGED : 0;
}
