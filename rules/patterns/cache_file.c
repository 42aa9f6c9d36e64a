#include "rules/patterns/cache_file_priv.h"

#include "rules/artifact/paced_write_priv.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

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
	written = !sl_write_paced(fd, contents->at, contents->bytes);
	written = close(fd) == 0 && written && rename(beside, path) == 0;
	if (!written)
		unlink(beside);
	return written;
}
