#include "rules/artifact/paced_write_priv.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

static int write_all(int fd, const char *at, size_t bytes)
{
	while (bytes > 0) {
		ssize_t n = write(fd, at, bytes);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		at += n;
		bytes -= (size_t)n;
	}
	return 0;
}

/* Where the kernel or a sandbox does not offer it, the file is written without pace. */
static int await(int fd, size_t from, size_t bytes)
{
	if (!sync_file_range(fd, (off_t)from, (off_t)bytes,
			     SYNC_FILE_RANGE_WAIT_BEFORE | SYNC_FILE_RANGE_WRITE |
				     SYNC_FILE_RANGE_WAIT_AFTER))
		return 0;
	return errno == EIO || errno == ENOSPC || errno == EDQUOT ? -errno : 0;
}

int sl_write_paced(int fd, const void *bytes, size_t n_bytes)
{
	const char *at = bytes;
	int error = 0;

	for (size_t from = 0; from < n_bytes && !error; from += SL_PACED_SLICE) {
		size_t rest = n_bytes - from;
		size_t slice = rest < SL_PACED_SLICE ? rest : SL_PACED_SLICE;

		error = write_all(fd, at + from, slice);
		if (!error)
			error = await(fd, from, slice);
	}
	return error;
}
