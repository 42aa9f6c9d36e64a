/* Accepting: worker 0 for all, the others get sockets through their mailboxes. */
#include "io/epoll_priv.h"

#include "base/counters.h"

#include <errno.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#define ACCEPTS_EACH 64u

void sl_io_epoll_accept_settle(struct epoll *epoll)
{
	for (unsigned i = 0; i < epoll->io.config.n_listeners; i++) {
		struct sl_io_door_state *door = &epoll->doors[i];
		bool wanted = epoll->io.accepting && epoll->io.config.worker == 0 &&
			      sl_io_accepts(&epoll->io.config.listeners[i]) &&
			      !door->back_off_ticks;
		struct epoll_event event = {
			.events = EPOLLIN,
			.data.u64 = epoll_name(EPOLL_LISTENER, i),
		};

		if (wanted == door->armed)
			continue;
		if (!epoll_ctl(epoll->fd, wanted ? EPOLL_CTL_ADD : EPOLL_CTL_DEL,
			       epoll->io.config.listeners[i].fd, &event))
			door->armed = wanted;
		else
			door->back_off_ticks = SL_IO_BACK_OFF_TICKS;
	}
}

static void on_socket(struct sl_io *io, unsigned listener, int fd)
{
	int member = sl_io_group_least(io->config.group, io->config.connections);

	if (member < 0) {
		close(fd);
		sl_count(io->config.stats, SL_COUNTER_CONNECTIONS_REFUSED, 1);
	} else if ((unsigned)member == io->config.worker) {
		sl_io_socket_take(io, fd, listener);
	} else {
		sl_io_hand(atomic_load(&io->config.group->members[member]), fd, listener);
	}
}

void sl_io_epoll_accept(struct epoll *epoll, unsigned listener)
{
	struct sl_io *io = &epoll->io;

	for (unsigned i = 0; i < ACCEPTS_EACH; i++) {
		int fd = accept4(io->config.listeners[listener].fd, NULL, NULL,
				 SOCK_NONBLOCK | SOCK_CLOEXEC);

		if (fd >= 0) {
			on_socket(io, listener, fd);
			continue;
		}
		if (sl_io_accept_rests(errno))
			sl_io_accept_rest(io, &epoll->doors[listener]);
		return;
	}
}
