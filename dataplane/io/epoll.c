#include "io/datagram_priv.h"
#include "io/epoll_priv.h"

#include "base/clock.h"

#include <errno.h>
#include <limits.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <unistd.h>

#define EVENTS_MAX 256
#define READS_EACH 4u /* of one connection in one wait: the others have their turn */

static void settle_output(struct epoll *epoll, uint32_t index)
{
	struct sl_io *io = &epoll->io;
	struct sl_io_conn *conn = &io->conns[index];
	bool crowded = conn->out_bytes > io->config.output_bytes / 2;

	while (conn->out_bytes && !(conn->flags & SL_IO_BLOCKED)) {
		struct sl_span run = sl_io_output_run(io, index);
		ssize_t n = send(conn->fd, run.at, run.bytes, MSG_NOSIGNAL | MSG_DONTWAIT);

		if (n >= 0) {
			sl_io_output_sent(io, index, (size_t)n);
			epoll->room_made |= crowded;
		} else if (errno == EAGAIN) {
			conn->flags |= SL_IO_BLOCKED;
		} else if (errno != EINTR) {
			sl_io_conn_lost(io, index);
			return;
		}
	}
	if (!conn->out_bytes && (conn->flags & SL_IO_SHUT) && !(conn->flags & SL_IO_LINGERING))
		sl_io_socket_finish(io, index);
}

static uint32_t events_wanted(struct epoll *epoll, uint32_t index)
{
	struct sl_io *io = &epoll->io;
	uint32_t events = io->conns[index].flags & SL_IO_BLOCKED ? EPOLLOUT : 0;

	if (!sl_io_conn_wants_input(io, index))
		return events;
	if (io->n_free_buffers)
		return events | EPOLLIN;
	sl_io_starve(io, index);
	return events;
}

/* Registered only while something is wanted: an error or a hang-up is reported whether asked for
 * or not, and would be again and again while a connection is paused. */
static void settle_interest(struct epoll *epoll, uint32_t index)
{
	struct sl_io_conn *conn = &epoll->io.conns[index];
	struct epoll_event event = {
		.events = events_wanted(epoll, index),
		.data.u64 = epoll_name(EPOLL_CONNECTION, index),
	};
	int operation = EPOLL_CTL_MOD;

	if (event.events == conn->events)
		return;
	if (!conn->events)
		operation = EPOLL_CTL_ADD;
	else if (!event.events)
		operation = EPOLL_CTL_DEL;
	if (epoll_ctl(epoll->fd, operation, conn->fd, &event)) {
		sl_io_conn_lost(&epoll->io, index);
		return;
	}
	conn->events = event.events;
}

static void settle_connection(struct epoll *epoll, uint32_t index)
{
	struct sl_io_conn *conn = &epoll->io.conns[index];

	if (!(conn->flags & SL_IO_USED) || (conn->flags & SL_IO_GONE))
		return;
	if ((conn->flags & SL_IO_LINGERING) && (conn->flags & SL_IO_INPUT_ENDED))
		conn->flags |= SL_IO_LOST;
	if (!(conn->flags & SL_IO_LOST))
		settle_output(epoll, index);
	if (!(conn->flags & SL_IO_LOST))
		settle_interest(epoll, index);
	if (conn->flags & SL_IO_LOST)
		sl_io_socket_close(&epoll->io, index);
}

static void settle_tick(struct epoll *epoll)
{
	bool needed = epoll->io.lingering.head != SL_IO_NONE || epoll->io.n_datagram_sockets ||
		      sl_io_doors_resting(epoll->doors, epoll->io.config.n_listeners);
	struct itimerspec tick = {0};

	if (needed == epoll->ticking)
		return;
	if (needed)
		tick.it_value.tv_nsec = tick.it_interval.tv_nsec = SL_IO_TICK_NS;
	if (!timerfd_settime(epoll->timer_fd, 0, &tick, NULL))
		epoll->ticking = needed;
}

static void epoll_settle(struct epoll *epoll)
{
	struct sl_io *io = &epoll->io;
	uint32_t index;

	sl_io_feed_starved(io, io->n_free_buffers);
	while ((index = sl_io_list_pop(&io->todo)) != SL_IO_NONE)
		settle_connection(epoll, index);
	sl_io_epoll_accept_settle(epoll);
	settle_tick(epoll);
}

static void read_connection(struct epoll *epoll, uint32_t index)
{
	struct sl_io *io = &epoll->io;
	struct sl_io_conn *conn = &io->conns[index];

	for (unsigned reads = 0; reads < READS_EACH && sl_io_conn_wants_input(io, index); reads++) {
		uint32_t buffer;
		uint8_t *at;
		ssize_t n;

		if (!io->n_free_buffers)
			break;
		buffer = io->free_buffers[io->n_free_buffers - 1];
		at = epoll->pool + buffer * epoll->stride;
		n = recv(conn->fd, at, io->config.buffer_bytes, MSG_DONTWAIT);
		if (n > 0) {
			io->n_free_buffers--;
			sl_io_conn_data(io, index, buffer, at, (size_t)n, 0);
			if ((size_t)n < io->config.buffer_bytes)
				break; /* that was all for now */
		} else if (n == 0) {
			sl_io_conn_ended(io, index);
		} else if (errno == EAGAIN) {
			break;
		} else if (errno != EINTR) {
			sl_io_conn_lost(io, index);
		}
	}
	sl_io_list_push(&io->todo, index);
}

static void on_connection(struct epoll *epoll, uint32_t index, uint32_t events)
{
	struct sl_io_conn *conn = &epoll->io.conns[index];

	if (events & (EPOLLOUT | EPOLLERR | EPOLLHUP)) {
		conn->flags &= ~(uint32_t)SL_IO_BLOCKED;
		sl_io_list_push(&epoll->io.todo, index);
	}
	if (!(events & (EPOLLIN | EPOLLERR | EPOLLHUP)))
		return;
	if (conn->flags & SL_IO_DATAGRAMS)
		sl_io_epoll_datagrams(epoll, index);
	else
		read_connection(epoll, index);
}

static void on_tick(struct epoll *epoll)
{
	uint64_t expirations;

	/* Only to clear it: ticks missed while the worker was busy are not made up for. */
	if (read(epoll->timer_fd, &expirations, sizeof(expirations)) < 0)
		return;
	sl_io_tick(&epoll->io);
	sl_io_datagrams_tick(&epoll->io);
	sl_io_doors_tick(epoll->doors, epoll->io.config.n_listeners);
}

static void on_event(struct epoll *epoll, const struct epoll_event *event)
{
	uint32_t index = (uint32_t)event->data.u64;

	switch ((enum epoll_kind)(event->data.u64 >> 32)) {
	case EPOLL_CONNECTION:
		on_connection(epoll, index, event->events);
		break;
	case EPOLL_LISTENER:
		sl_io_epoll_accept(epoll, index);
		break;
	case EPOLL_WAKE:
		break; /* edge-triggered: being told is all */
	case EPOLL_TICK:
		on_tick(epoll);
		break;
	}
}

static int timeout_ms(int64_t timeout_ns)
{
	int64_t ms;

	if (timeout_ns < 0)
		return -1;
	ms = timeout_ns / SL_NS_PER_MS + (timeout_ns % SL_NS_PER_MS != 0);
	return ms < INT_MAX ? (int)ms : INT_MAX;
}

int sl_io_epoll_wait(struct sl_io *io, struct sl_io_burst *burst, int64_t timeout_ns)
{
	struct epoll *epoll = epoll_of(io);
	struct epoll_event events[EVENTS_MAX];
	bool block;
	int n, error;

	sl_io_sockets_handed(io);
	epoll->room_made = false;
	epoll_settle(epoll);
	block = timeout_ns && !epoll->room_made && !(burst && sl_io_burst_waiting(io)) &&
		sl_io_may_sleep(io);
	n = epoll_wait(epoll->fd, events, EVENTS_MAX, block ? timeout_ms(timeout_ns) : 0);
	error = n < 0 && errno != EINTR ? -errno : 0;
	sl_io_awake(io);
	if (error)
		return error;
	for (int i = 0; i < n; i++)
		on_event(epoll, &events[i]);
	sl_io_sockets_handed(io);
	if (burst)
		sl_io_deliver(io, burst);
	return 0;
}
