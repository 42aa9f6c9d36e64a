/* Writing a line without ever waiting for its reader.
 *
 * Standard error is shared with other processes, so it cannot be set not to wait: that would be
 * set for them too. A pipe or a terminal can be opened anew through /proc, with a mode of its own;
 * a socket is asked not to wait with each line. */
#include "base/log/log_priv.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

/* systemd says which device and inode its journal's socket has. */
static bool is_journal(const struct stat *at)
{
	const char *stream = getenv("JOURNAL_STREAM");
	unsigned long long device, inode;

	return stream && sscanf(stream, "%llu:%llu", &device, &inode) == 2 &&
	       device == (unsigned long long)at->st_dev && inode == (unsigned long long)at->st_ino;
}

void sl_log_out_open(struct sl_log_out *out, int fd)
{
	char path[32];
	struct stat at;
	int own;

	*out = (struct sl_log_out){.fd = fd};
	if (fstat(fd, &at))
		return;
	out->priorities = is_journal(&at);
	out->is_socket = S_ISSOCK(at.st_mode);
	if (!S_ISFIFO(at.st_mode) && !S_ISCHR(at.st_mode))
		return;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	own = open(path, O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (own >= 0) {
		out->fd = own;
		out->is_own = true;
	} else {
		out->is_pipe = true;
	}
}

void sl_log_out_close(struct sl_log_out *out)
{
	if (out->is_own)
		close(out->fd);
	*out = (struct sl_log_out){.fd = -1};
}

int sl_log_out_write(const struct sl_log_out *out, const char *text, size_t bytes)
{
	struct pollfd room = {.fd = out->fd, .events = POLLOUT};
	ssize_t n;

	if (out->is_pipe && (poll(&room, 1, 0) != 1 || !(room.revents & POLLOUT)))
		return -EAGAIN;
	do {
		n = out->is_socket ? send(out->fd, text, bytes, MSG_DONTWAIT | MSG_NOSIGNAL)
				   : write(out->fd, text, bytes);
	} while (n < 0 && errno == EINTR);
	if (n < 0)
		return -errno;
	return (size_t)n == bytes ? 0 : -EAGAIN;
}
