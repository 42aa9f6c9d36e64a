/* Accepting: worker 0 for all, the others get sockets sent into their rings. */
#include "io/uring_priv.h"

#include "base/counters.h"

#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

static bool accept_wanted(const struct uring *uring, unsigned listener)
{
	const struct sl_io_door_state *door = &uring->doors[listener];

	return sl_io_accepts(&uring->io.config.listeners[listener]) && uring->io.accepting &&
	       !uring->closing && uring->io.config.worker == 0 && !door->back_off_ticks;
}

bool sl_io_uring_accept_settle(struct uring *uring)
{
	for (unsigned i = 0; i < uring->io.config.n_listeners; i++) {
		struct sl_io_door_state *door = &uring->doors[i];
		bool wanted = accept_wanted(uring, i);
		struct io_uring_sqe *sqe;

		if (wanted == door->armed || door->cancelling)
			continue;
		sqe = io_uring_get_sqe(&uring->ring);
		if (!sqe)
			return false;
		if (wanted) {
			io_uring_prep_multishot_accept(sqe, uring->io.config.listeners[i].fd, NULL,
						       NULL, SOCK_CLOEXEC);
			io_uring_sqe_set_data64(sqe, uring_name(URING_ACCEPT, i));
			door->armed = true;
		} else {
			io_uring_prep_cancel64(sqe, uring_name(URING_ACCEPT, i), 0);
			io_uring_sqe_set_data64(sqe, uring_name(URING_ACCEPT_CANCEL, i));
			door->cancelling = true;
		}
	}
	return true;
}

/* The socket goes into the other's ring as a completion; where that cannot be, by the mailbox. */
static void hand(struct uring *uring, unsigned member, int fd, unsigned listener)
{
	struct sl_io *to = atomic_load(&uring->io.config.group->members[member]);
	struct io_uring_sqe *sqe;

	sqe = uring->no_msg_ring ? NULL : io_uring_get_sqe(&uring->ring);
	if (!sqe) {
		sl_io_hand(to, fd, listener);
		return;
	}
	io_uring_prep_msg_ring(sqe, uring_of(to)->ring.ring_fd, (unsigned)fd,
			       uring_name(URING_HANDED, listener), 0);
	io_uring_sqe_set_data64(sqe, uring_name(URING_HAND, (uint64_t)member << 40 |
								    (uint64_t)listener << 32 |
								    (uint32_t)fd));
	uring->handing++;
}

static void on_socket(struct uring *uring, unsigned listener, int fd)
{
	struct sl_io *io = &uring->io;
	int member = -1;

	/* While closing the others are closing too: nothing is sent to them. */
	if (!uring->closing)
		member = sl_io_group_least(io->config.group, io->config.connections);
	if (member < 0) {
		close(fd);
		sl_count(io->config.stats, SL_COUNTER_CONNECTIONS_REFUSED, 1);
	} else if ((unsigned)member == io->config.worker) {
		sl_io_socket_take(io, fd, listener);
	} else {
		hand(uring, (unsigned)member, fd, listener);
	}
}

void sl_io_uring_on_accept(struct uring *uring, unsigned listener, int result, unsigned flags)
{
	struct sl_io_door_state *door = &uring->doors[listener];

	if (!(flags & IORING_CQE_F_MORE))
		door->armed = false;
	if (result >= 0)
		on_socket(uring, listener, result);
	else if (sl_io_accept_rests(-result))
		sl_io_accept_rest(&uring->io, door);
}

void sl_io_uring_on_hand(struct uring *uring, uint64_t name, int result)
{
	unsigned member = name >> 40 & UINT8_MAX;
	unsigned listener = name >> 32 & UINT8_MAX;
	int fd = (int)(uint32_t)name;

	uring->handing--;
	if (result >= 0)
		return;
	if (result == -EBADFD || result == -EINVAL || result == -EOPNOTSUPP)
		uring->no_msg_ring = true;
	if (uring->closing)
		sl_io_turn_away(&uring->io, member, fd);
	else
		sl_io_hand(atomic_load(&uring->io.config.group->members[member]), fd, listener);
}

void sl_io_uring_on_handed(struct uring *uring, unsigned listener, int fd)
{
	sl_io_socket_take(&uring->io, fd, listener);
}

void sl_io_uring_accepting(struct sl_io *io, bool on)
{
	io->accepting = on;
}
