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

static int listen_on(int fd, const union address *address, socklen_t bytes)
{
	int one = 1;

	/* Accepted sockets inherit TCP_NODELAY: a call less for each. */
	if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one)) ||
	    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one)) ||
	    bind(fd, &address->any, bytes) || listen(fd, BACKLOG))
		return -errno;
	return 0;
}

/* Shared only once it is bound: so a port that somebody else has is refused, also where that is a
 * gateway as well, and the sockets of the other workers find their way. */
static int bind_shared(int fd, const union address *address, socklen_t bytes)
{
	int one = 1;

	if (bind(fd, &address->any, bytes) ||
	    setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &one, sizeof(one)))
		return -errno;
	return 0;
}

int sl_io_listen(const struct sl_channel *channel, int *ret_fd, uint16_t *ret_port)
{
	union address address;
	socklen_t bytes = parse_address(channel, &address);
	bool datagrams = channel->protocol == SL_PROTOCOL_UDP;
	int fd, error;

	if (!bytes)
		return -EINVAL;
	fd = socket(address.any.sa_family,
		    (datagrams ? SOCK_DGRAM : SOCK_STREAM) | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -errno;
	error = datagrams ? bind_shared(fd, &address, bytes) : listen_on(fd, &address, bytes);
	if (!error && getsockname(fd, &address.any, &bytes))
		error = -errno;
	if (error) {
		close(fd);
		return error;
	}
	*ret_fd = fd;
	*ret_port = ntohs(address.any.sa_family == AF_INET ? address.v4.sin_port
							   : address.v6.sin6_port);
	return 0;
}
