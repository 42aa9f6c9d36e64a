#include "base/local_socket.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define OWNER_AND_GROUP 0660

/* Nobody can connect before listen(), so the mode is right before it matters. */
static int bind_and_listen(int fd, const struct sockaddr_un *beside, int backlog)
{
	struct stat made;

	if (bind(fd, (const struct sockaddr *)beside, sizeof(*beside)) ||
	    stat(beside->sun_path, &made) ||
	    chmod(beside->sun_path, made.st_mode & OWNER_AND_GROUP) || listen(fd, backlog))
		return -errno;
	return 0;
}

int sl_local_socket_listen(const char *path, int backlog, int *ret_fd)
{
	struct sockaddr_un beside = {.sun_family = AF_UNIX};
	size_t n = strlen(path);
	int fd, e;

	if (n == 0)
		return -EINVAL;
	if (n >= sizeof(beside.sun_path))
		return -ENAMETOOLONG;
	memcpy(beside.sun_path, path, n);
	beside.sun_path[n - 1] = '~'; /* as long as the name itself, for there may be no room */
	unlink(path);
	unlink(beside.sun_path);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -errno;
	e = bind_and_listen(fd, &beside, backlog);
	if (!e && rename(beside.sun_path, path))
		e = -errno;
	if (e) {
		close(fd);
		unlink(beside.sun_path);
		return e;
	}
	*ret_fd = fd;
	return 0;
}
