#include "io/datagram_priv.h"

#include "base/counters.h"

#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

bool sl_io_accept_rests(int error)
{
	/* These concern one connection that went away while it waited; the next may be fine. */
	return error != ECONNABORTED && error != EPROTO && error != EINTR && error != EAGAIN &&
	       error != ECANCELED && error != EPERM;
}

void sl_io_accept_rest(struct sl_io *io, struct sl_io_door_state *door)
{
	door->back_off_ticks = SL_IO_BACK_OFF_TICKS;
	sl_count(io->config.stats, SL_COUNTER_ACCEPT_WAITS, 1);
}

bool sl_io_doors_tick(struct sl_io_door_state *doors, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		if (doors[i].back_off_ticks)
			doors[i].back_off_ticks--;
	return sl_io_doors_resting(doors, n);
}

bool sl_io_doors_resting(const struct sl_io_door_state *doors, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		if (doors[i].back_off_ticks)
			return true;
	return false;
}

void sl_io_socket_take(struct sl_io *io, int fd, unsigned listener)
{
	if (sl_io_conn_opened(io, fd, listener) == SL_IO_NONE)
		sl_io_turn_away(io, io->config.worker, fd);
}

void sl_io_sockets_handed(struct sl_io *io)
{
	unsigned listener;
	int fd;

	while (sl_io_handed(io, &fd, &listener))
		sl_io_socket_take(io, fd, listener);
}

void sl_io_socket_finish(struct sl_io *io, uint32_t index)
{
	struct sl_io_conn *conn = &io->conns[index];

	if ((conn->flags & SL_IO_INPUT_ENDED) || shutdown(conn->fd, SHUT_WR))
		sl_io_conn_lost(io, index);
	else
		sl_io_conn_linger(io, index);
}

void sl_io_socket_close(struct sl_io *io, uint32_t index)
{
	if (io->conns[index].flags & SL_IO_DATAGRAMS)
		sl_io_datagrams_dropped(io, index);
	close(io->conns[index].fd);
	io->conns[index].fd = -1;
	sl_io_conn_gone(io, index);
}

void sl_io_feed_starved(struct sl_io *io, uint32_t buffers)
{
	while (buffers-- && io->starved.head != SL_IO_NONE)
		sl_io_list_push(&io->todo, sl_io_list_pop(&io->starved));
}

void sl_io_starve(struct sl_io *io, uint32_t index)
{
	if (io->starved.head == SL_IO_NONE)
		sl_count(io->config.stats, SL_COUNTER_BUFFERS_EXHAUSTED, 1);
	sl_io_list_push(&io->starved, index);
}
