#include "io/datagram_priv.h"
#include "io/epoll_priv.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/timerfd.h>
#include <unistd.h>

static void epoll_free(struct epoll *epoll)
{
	for (uint32_t i = 0; i < epoll->io.n_datagram_sockets; i++)
		if (epoll->io.conns[i].fd >= 0)
			close(epoll->io.conns[i].fd);
	if (epoll->fd >= 0)
		close(epoll->fd);
	if (epoll->timer_fd >= 0)
		close(epoll->timer_fd);
	if (epoll->io.door.event_fd >= 0)
		close(epoll->io.door.event_fd);
	if (epoll->pool)
		munmap(epoll->pool, epoll->pool_map_bytes);
	sl_io_conns_fini(&epoll->io);
	free(epoll);
}

static int epoll_descriptors(struct epoll *epoll)
{
	struct epoll_event wake = {
		.events = EPOLLIN | EPOLLET,
		.data.u64 = epoll_name(EPOLL_WAKE, 0),
	};
	struct epoll_event tick = {
		.events = EPOLLIN,
		.data.u64 = epoll_name(EPOLL_TICK, 0),
	};

	epoll->fd = epoll_create1(EPOLL_CLOEXEC);
	if (epoll->fd < 0)
		return -errno;
	epoll->timer_fd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
	if (epoll->timer_fd < 0)
		return -errno;
	epoll->io.door.event_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	if (epoll->io.door.event_fd < 0)
		return -errno;
	if (epoll_ctl(epoll->fd, EPOLL_CTL_ADD, epoll->io.door.event_fd, &wake) ||
	    epoll_ctl(epoll->fd, EPOLL_CTL_ADD, epoll->timer_fd, &tick))
		return -errno;
	return 0;
}

static int epoll_backend_open(const struct sl_io_config *config, struct sl_io **ret_io)
{
	struct epoll *epoll = aligned_alloc(_Alignof(struct epoll), sizeof(*epoll));
	int error;

	if (!epoll)
		return -ENOMEM;
	*epoll = (struct epoll){.fd = -1, .timer_fd = -1, .io.door.event_fd = -1};
	error = sl_io_conns_init(&epoll->io, config);
	if (!error)
		error = sl_io_spill_open(&epoll->io);
	if (error)
		goto fail;
	epoll->pool = sl_io_pool_map(config, &epoll->stride, &epoll->pool_map_bytes);
	error = epoll->pool ? epoll_descriptors(epoll) : -ENOMEM;
	if (!error)
		error = sl_io_datagrams_open(&epoll->io, config->buffer_bytes);
	if (error)
		goto fail;
	sl_io_group_join(config->group, config->worker, &epoll->io);
	sl_io_datagrams_count(&epoll->io);
	*ret_io = &epoll->io;
	return 0;

fail:
	epoll_free(epoll);
	return error;
}

static void epoll_backend_close(struct sl_io *io)
{
	if (!io)
		return;
	sl_io_group_leave(io->config.group, io->config.worker);
	sl_io_sockets_handed(io);
	for (uint32_t i = 0; i < io->config.connections; i++)
		if ((io->conns[i].flags & (SL_IO_USED | SL_IO_GONE)) == SL_IO_USED)
			sl_io_socket_close(io, i);
	epoll_free(epoll_of(io));
}

static void epoll_accepting(struct sl_io *io, bool on)
{
	io->accepting = on;
}

const struct sl_io_ops sl_io_epoll = {
	.name = "epoll",
	.open = epoll_backend_open,
	.close = epoll_backend_close,
	.wait = sl_io_epoll_wait,
	.release = sl_io_burst_release,
	.room = sl_io_conn_room,
	.send = sl_io_conn_send,
	.shut = sl_io_conn_shut,
	.pause = sl_io_conn_pause,
	.accepting = epoll_accepting,
	.wake = sl_io_wake,
};
