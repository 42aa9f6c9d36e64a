#include "rules/cache_file_priv.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static bool write_all(int fd, const uint8_t *at, size_t bytes)
{
	while (bytes > 0) {
		ssize_t n = write(fd, at, bytes);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return false;
		at += n;
		bytes -= (size_t)n;
	}
	return true;
}

bool sl_cache_file_write(const char *path, const struct sl_buffer *contents)
{
	char beside[PATH_MAX];
	bool written;
	int fd;

	if (contents->failed ||
	    (size_t)snprintf(beside, sizeof(beside), "%s.XXXXXX", path) >= sizeof(beside))
		return false;
	fd = mkostemp(beside, O_CLOEXEC);
	if (fd < 0)
		return false;
	written = write_all(fd, contents->at, contents->bytes);
	written = close(fd) == 0 && written && rename(beside, path) == 0;
	if (!written)
		unlink(beside);
	return written;
}
