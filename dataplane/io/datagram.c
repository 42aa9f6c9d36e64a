/* Sockets of datagrams. */
#include "io/datagram_priv.h"

#include "sluice/error.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <netinet/udp.h>
#include <unistd.h>

#define SOCKET_BYTES (8 << 20) /* asked for; net.core.rmem_max is what the kernel gives at most */
#define TOGETHER_BYTES 65536u  /* what comes together is never more */

#ifndef UDP_GRO
#define UDP_GRO 104
#endif

bool sl_io_datagrams_wanted(const struct sl_io_config *config)
{
	for (unsigned i = 0; i < config->n_listeners; i++)
		if (sl_io_takes_datagrams(&config->listeners[i]))
			return true;
	return false;
}

/* Worker 0 reads the listener's own socket: one that nobody read would get its share as well. */
static int socket_of(const struct sl_io_config *config, int listener_fd)
{
	struct sockaddr_storage address;
	socklen_t bytes = sizeof(address);
	int one = 1, fd, error;

	if (config->worker == 0) {
		fd = fcntl(listener_fd, F_DUPFD_CLOEXEC, 0);
		return fd < 0 ? -errno : fd;
	}
	if (getsockname(listener_fd, (struct sockaddr *)&address, &bytes))
		return -errno;
	fd = socket(address.ss_family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -errno;
	if (setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &one, sizeof(one)) ||
	    bind(fd, (struct sockaddr *)&address, bytes)) {
		error = -errno;
		close(fd);
		return error;
	}
	return fd;
}

/* Both are wishes: without them more is dropped, or it takes longer, and both is counted. */
static void ask_for_more(int fd, bool together)
{
	int room = SOCKET_BYTES, on = together;

	(void)!setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &room, sizeof(room));
	(void)!setsockopt(fd, IPPROTO_UDP, UDP_GRO, &on, sizeof(on));
}

int sl_io_datagrams_open(struct sl_io *io, uint32_t buffer_bytes)
{
	const struct sl_io_config *config = &io->config;

	for (unsigned i = 0; i < config->n_listeners; i++) {
		int fd;

		if (!sl_io_takes_datagrams(&config->listeners[i]))
			continue;
		if (!io->n_free_conns)
			return -SL_E_LIMIT;
		fd = socket_of(config, config->listeners[i].fd);
		if (fd < 0)
			return fd;
		ask_for_more(fd, config->udp_gro && buffer_bytes >= TOGETHER_BYTES);
		sl_io_conn_opened(io, fd, i);
		io->n_datagram_sockets++;
	}
	return 0;
}

void sl_io_datagrams_count(struct sl_io *io)
{
	atomic_fetch_add(&io->config.group->connections[io->config.worker], io->n_datagram_sockets);
}

void sl_io_datagrams_dropped(struct sl_io *io, uint32_t index)
{
	struct sl_io_conn *conn = &io->conns[index];
	uint32_t info[SK_MEMINFO_VARS];
	socklen_t bytes = sizeof(info);

	if (getsockopt(conn->fd, SOL_SOCKET, SO_MEMINFO, info, &bytes) ||
	    bytes < (SK_MEMINFO_DROPS + 1) * sizeof(info[0]))
		return;
	sl_io_conn_dropped(io, index, info[SK_MEMINFO_DROPS] - conn->dropped_before);
	conn->dropped_before = info[SK_MEMINFO_DROPS];
}

/* They are opened first, so they have the lowest indexes. */
void sl_io_datagrams_tick(struct sl_io *io)
{
	for (uint32_t i = 0; i < io->n_datagram_sockets; i++)
		if ((io->conns[i].flags & (SL_IO_DATAGRAMS | SL_IO_GONE)) == SL_IO_DATAGRAMS)
			sl_io_datagrams_dropped(io, i);
}

uint32_t sl_io_datagram_bytes(struct msghdr *message)
{
	for (struct cmsghdr *c = CMSG_FIRSTHDR(message); c; c = CMSG_NXTHDR(message, c)) {
		int bytes;

		if (c->cmsg_level != IPPROTO_UDP || c->cmsg_type != UDP_GRO ||
		    c->cmsg_len < CMSG_LEN(sizeof(bytes)))
			continue;
		memcpy(&bytes, CMSG_DATA(c), sizeof(bytes));
		return bytes > 0 ? (uint32_t)bytes : 0;
	}
	return 0;
}
