#include "tools/gun/sender_priv.h"

#include "base/clock.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <netinet/udp.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#ifndef UDP_SEGMENT
#define UDP_SEGMENT 103
#endif

#define BACKOFF_MIN_NS (5 * SL_NS_PER_MS)
#define BACKOFF_MAX_NS (500 * SL_NS_PER_MS)

void sl_connection_start(struct sl_sender *sender, struct sl_connection *connection, int64_t now_ns)
{
	const struct sl_gun_options *options = sender->options;
	struct epoll_event event = {.events = EPOLLIN | EPOLLOUT | EPOLLET, .data.ptr = connection};
	bool datagrams = options->protocol == SL_GUN_UDP;
	int one = 1;

	connection->link = SL_LINK_CONNECTING;
	connection->fd =
		socket(options->address.ss_family,
		       (datagrams ? SOCK_DGRAM : SOCK_STREAM) | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (connection->fd < 0) {
		sl_connection_lost(sender, connection, now_ns);
		return;
	}
	if (!datagrams)
		setsockopt(connection->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	if (epoll_ctl(sender->epoll, EPOLL_CTL_ADD, connection->fd, &event) ||
	    (connect(connection->fd, (const void *)&options->address, options->address_bytes) &&
	     errno != EINPROGRESS))
		sl_connection_lost(sender, connection, now_ns);
}

void sl_connection_started(struct sl_sender *sender, struct sl_connection *connection,
			   int64_t now_ns)
{
	int error = 0;
	socklen_t bytes = sizeof(error);

	if (getsockopt(connection->fd, SOL_SOCKET, SO_ERROR, &error, &bytes) || error) {
		sl_connection_lost(sender, connection, now_ns);
		return;
	}
	connection->link = SL_LINK_UP;
	connection->backoff_ns = 0;
	sender->ever_connected = true;
}

void sl_connection_lost(struct sl_sender *sender, struct sl_connection *connection, int64_t now_ns)
{
	if (connection->fd >= 0)
		close(connection->fd); /* epoll forgets it */
	connection->fd = -1;
	if (connection->link == SL_LINK_UP)
		sl_count(&sender->counts->connections_lost, 1);
	connection->link = SL_LINK_DOWN;
	connection->backoff_ns *= 2;
	if (connection->backoff_ns < BACKOFF_MIN_NS)
		connection->backoff_ns = BACKOFF_MIN_NS;
	if (connection->backoff_ns > BACKOFF_MAX_NS)
		connection->backoff_ns = BACKOFF_MAX_NS;
	connection->retry_at_ns = now_ns + connection->backoff_ns;
	connection->out_at = connection->out_bytes = connection->in_bytes = 0;
	while (connection->count) {
		sl_sender_wait_again(sender, &connection->tickets[connection->first], now_ns);
		connection->first = (connection->first + 1) % sender->options->pipeline;
		connection->count--;
	}
}

bool sl_connection_has_room(const struct sl_sender *sender, const struct sl_connection *connection,
			    int64_t now_ns)
{
	return connection->link == SL_LINK_UP && connection->count < sender->options->pipeline &&
	       connection->not_before_ns <= now_ns &&
	       sender->out_room - connection->out_bytes >= sender->request_room &&
	       (sender->options->protocol != SL_GUN_UDP || !connection->out_bytes);
}

/* All of it, as one datagram or as several of one length. */
static ssize_t send_out(const struct sl_connection *connection)
{
	_Alignas(struct cmsghdr) char control[CMSG_SPACE(sizeof(uint16_t))] = {0};
	struct iovec out = {
		.iov_base = connection->out + connection->out_at,
		.iov_len = connection->out_bytes - connection->out_at,
	};
	struct msghdr message = {.msg_iov = &out, .msg_iovlen = 1};
	struct cmsghdr *segment;

	if (!connection->segment_bytes)
		return send(connection->fd, out.iov_base, out.iov_len, MSG_NOSIGNAL);
	message.msg_control = control;
	message.msg_controllen = sizeof(control);
	segment = CMSG_FIRSTHDR(&message);
	segment->cmsg_level = IPPROTO_UDP;
	segment->cmsg_type = UDP_SEGMENT;
	segment->cmsg_len = CMSG_LEN(sizeof(uint16_t));
	memcpy(CMSG_DATA(segment), &connection->segment_bytes, sizeof(uint16_t));
	return sendmsg(connection->fd, &message, MSG_NOSIGNAL);
}

void sl_connection_flush(struct sl_sender *sender, struct sl_connection *connection, int64_t now_ns)
{
	while (connection->out_at < connection->out_bytes) {
		ssize_t n = send_out(connection);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno != EAGAIN) {
			/* the answer that explains it may have arrived already: read first */
			sl_connection_receive(sender, connection, now_ns);
			if (connection->link == SL_LINK_UP)
				sl_connection_lost(sender, connection, now_ns);
			return;
		}
		if (n < 0)
			break;
		connection->out_at += (size_t)n;
		sl_count(&sender->counts->bytes, (uint64_t)n);
	}
	if (connection->out_at == connection->out_bytes) {
		connection->out_at = connection->out_bytes = 0;
		if (sender->options->protocol != SL_GUN_HTTP && !sender->options->acknowledged)
			sl_answers_assume(sender, connection, now_ns);
	} else if (sender->out_room - connection->out_bytes < sender->request_room) {
		connection->out_bytes -= connection->out_at;
		memmove(connection->out, connection->out + connection->out_at,
			connection->out_bytes);
		connection->out_at = 0;
	}
}

void sl_connection_receive(struct sl_sender *sender, struct sl_connection *connection,
			   int64_t now_ns)
{
	for (;;) {
		ssize_t n = recv(connection->fd, connection->in + connection->in_bytes,
				 sender->in_room - connection->in_bytes, 0);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == EAGAIN)
			return;
		if (n == 0 && sender->ended && connection->count == 0) {
			close(connection->fd);
			connection->fd = -1;
			connection->link = SL_LINK_ENDED;
			return;
		}
		if (n <= 0)
			break;
		connection->in_bytes += (size_t)n;
		if (!sl_answers_take(sender, connection, now_ns) ||
		    connection->in_bytes == sender->in_room)
			break;
	}
	sl_connection_lost(sender, connection, now_ns);
}
