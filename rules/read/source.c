#include "rules/read/source_priv.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static int read_all(int fd, char *text, size_t room, uint32_t *ret_bytes)
{
	size_t bytes = 0;

	while (bytes < room) {
		ssize_t n = read(fd, text + bytes, room - bytes);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (n == 0)
			break;
		bytes += (size_t)n;
	}
	*ret_bytes = (uint32_t)bytes;
	return 0;
}

int sl_source_read(const char *path, struct sl_source *ret_source)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	struct stat info;
	uint32_t bytes = 0;
	char *text = NULL;
	int error;

	if (fd < 0)
		return -errno;
	error = fstat(fd, &info) ? -errno : 0;
	if (!error && !S_ISREG(info.st_mode))
		error = S_ISDIR(info.st_mode) ? -EISDIR : -EINVAL;
	if (!error && info.st_size > SL_SOURCE_BYTES_MAX)
		error = -EFBIG;
	if (error)
		goto out;
	/* one byte more than it had: a file that grew meanwhile is noticed by its length */
	text = malloc((size_t)info.st_size + 2);
	error = text ? read_all(fd, text, (size_t)info.st_size + 1, &bytes) : -ENOMEM;
	if (!error && bytes > SL_SOURCE_BYTES_MAX)
		error = -EFBIG;
	if (error)
		goto out;
	if (bytes >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0) {
		bytes -= 3;
		memmove(text, text + 3, bytes);
	}
	text[bytes] = '\0';
	ret_source->text = text;
	ret_source->bytes = bytes;
	text = NULL;
out:
	free(text);
	close(fd);
	return error;
}
