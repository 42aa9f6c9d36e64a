/* Preloaded into the gateway: a disk with no room for some writes of LMDB, chosen by what they
 * write.
 *
 * The file named by SLUICE_REFUSE holds "data" or "head"; without it nothing is refused.
 *   data   every write of the journal's pages fails with ENOSPC, as long as the file is there
 *   head   the next write of a head (one of the first two pages, which make a commit valid) fails
 * so, and takes the file away: the process that is started again finds a sound disk LMDB 0.9 writes
 * runs of pages with writev, single pages and heads with pwrite. */
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#define HEADS_END (2 * 4096)

/* By its label: with large files the header makes pwrite a name for pwrite64, which LMDB does not
 * call. */
ssize_t refusing_pwrite(int fd, const void *at, size_t n, off_t offset) __asm__("pwrite");
ssize_t refusing_writev(int fd, const struct iovec *parts, int n) __asm__("writev");

static bool is_journal(int fd)
{
	static const char name[] = "/journal/data.mdb";
	char link[64], path[4096];
	ssize_t n;

	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	n = readlink(link, path, sizeof(path));
	return n >= (ssize_t)sizeof(name) - 1 &&
	       !memcmp(path + n - (sizeof(name) - 1), name, sizeof(name) - 1);
}

static bool is_refused(int fd, bool head)
{
	const char *path = getenv("SLUICE_REFUSE");
	char what[4] = "";
	int from;
	bool meant;

	if (!path || !is_journal(fd))
		return false;
	from = open(path, O_RDONLY | O_CLOEXEC);
	if (from < 0)
		return false;
	meant = read(from, what, sizeof(what)) == sizeof(what) &&
		!memcmp(what, head ? "head" : "data", sizeof(what));
	close(from);
	return meant && (!head || !unlink(path));
}

ssize_t refusing_pwrite(int fd, const void *at, size_t n, off_t offset)
{
	if (is_refused(fd, offset < HEADS_END)) {
		errno = ENOSPC;
		return -1;
	}
	return syscall(SYS_pwrite64, fd, at, n, offset);
}

ssize_t refusing_writev(int fd, const struct iovec *parts, int n)
{
	if (is_refused(fd, false)) {
		errno = ENOSPC;
		return -1;
	}
	return syscall(SYS_writev, fd, parts, n);
}
