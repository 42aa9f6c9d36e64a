#include "io/io.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define BACKLOG 4096

union address {
	struct sockaddr any;
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;
};

/* Numeric only: looking a name up could take for ever. Its length, or 0. */
static socklen_t parse_address(const struct sl_channel *channel, union address *ret_address)
{
	char text[sizeof(channel->address) + 1];
	union address address = {0};

	memcpy(text, channel->address, sizeof(channel->address));
	text[sizeof(channel->address)] = 0;
	if (inet_pton(AF_INET, text, &address.v4.sin_addr) == 1) {
		address.v4.sin_family = AF_INET;
		address.v4.sin_port = htons(channel->port);
		*ret_address = address;
		return sizeof(address.v4);
	}
	if (inet_pton(AF_INET6, text, &address.v6.sin6_addr) == 1) {
		address.v6.sin6_family = AF_INET6;
		address.v6.sin6_port = htons(channel->port);
		*ret_address = address;
		return sizeof(address.v6);
	}
	return 0;
}

int sl_io_listen(const struct sl_channel *channel, int *ret_fd, uint16_t *ret_port)
{
	union address address;
	socklen_t bytes = parse_address(channel, &address);
	int one = 1;
	int fd, error;

	if (!bytes)
		return -EINVAL;
	fd = socket(address.any.sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -errno;
	/* Accepted sockets inherit TCP_NODELAY: a call less for each. */
	if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one)) ||
	    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one)) ||
	    bind(fd, &address.any, bytes) || listen(fd, BACKLOG) ||
	    getsockname(fd, &address.any, &bytes)) {
		error = -errno;
		close(fd);
		return error;
	}
	*ret_fd = fd;
	*ret_port = ntohs(address.any.sa_family == AF_INET ? address.v4.sin_port
							   : address.v6.sin6_port);
	return 0;
}
