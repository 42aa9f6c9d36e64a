#include "io/uring_priv.h"

#include "base/clock.h"

#include <errno.h>
#include <sys/socket.h>

#define SQES_EACH 3u /* most that one connection or listener needs at a time */

static bool room_for_sqes(struct uring *uring)
{
	if (io_uring_sq_space_left(&uring->ring) >= SQES_EACH)
		return true;
	io_uring_submit(&uring->ring);
	return io_uring_sq_space_left(&uring->ring) >= SQES_EACH;
}

static struct io_uring_sqe *sqe_named(struct uring *uring)
{
	struct io_uring_sqe *sqe = io_uring_get_sqe(&uring->ring);

	assert(sqe); /* room_for_sqes() said so */
	return sqe;
}

/* Buffers that bursts gave back go to the kernel, all with one store. */
static void give_buffers(struct uring *uring)
{
	struct sl_io *io = &uring->io;
	int n = 0;

	while (io->n_free_buffers) {
		uint32_t buffer = io->free_buffers[--io->n_free_buffers];

		io_uring_buf_ring_add(uring->given, uring->pool + buffer * uring->stride,
				      io->config.buffer_bytes, (unsigned short)buffer,
				      uring->given_mask, n++);
	}
	if (!n)
		return;
	io_uring_buf_ring_advance(uring->given, n);
	uring->n_given += (uint32_t)n;
}

static void settle_input(struct uring *uring, uint32_t index)
{
	struct sl_io_conn *conn = &uring->io.conns[index];
	struct io_uring_sqe *sqe;

	if (!sl_io_conn_wants_input(&uring->io, index)) {
		if (!(conn->flags & SL_IO_RECV) || (conn->flags & SL_IO_CANCEL))
			return;
		sqe = sqe_named(uring);
		io_uring_prep_cancel64(sqe, uring_name(URING_RECV, index), 0);
		io_uring_sqe_set_data64(sqe, uring_name(URING_CANCEL, index));
		conn->flags |= SL_IO_CANCEL;
		return;
	}
	if (conn->flags & SL_IO_RECV)
		return;
	if (!uring->n_given) {
		sl_io_starve(&uring->io, index);
		return;
	}
	sqe = sqe_named(uring);
	if (conn->flags & SL_IO_DATAGRAMS)
		sl_io_uring_datagrams_arm(uring, sqe, index);
	else
		io_uring_prep_recv_multishot(sqe, conn->fd, NULL, 0, 0);
	sqe->flags |= IOSQE_BUFFER_SELECT;
	sqe->buf_group = 0;
	io_uring_sqe_set_data64(sqe, uring_name(URING_RECV, index));
	conn->flags |= SL_IO_RECV;
}

static void settle_output(struct uring *uring, uint32_t index)
{
	struct sl_io_conn *conn = &uring->io.conns[index];
	struct sl_span run = sl_io_output_run(&uring->io, index);
	struct io_uring_sqe *sqe;

	if (conn->flags & SL_IO_SEND)
		return;
	if (run.bytes) {
		sqe = sqe_named(uring);
		io_uring_prep_send(sqe, conn->fd, run.at, run.bytes, MSG_NOSIGNAL);
		io_uring_sqe_set_data64(sqe, uring_name(URING_SEND, index));
		conn->flags |= SL_IO_SEND;
	} else if ((conn->flags & SL_IO_SHUT) && !(conn->flags & SL_IO_LINGERING)) {
		sl_io_socket_finish(&uring->io, index);
	}
}

/* The index must not be used again before the last completion that names it has arrived. */
static void settle_lost(struct uring *uring, uint32_t index)
{
	struct sl_io_conn *conn = &uring->io.conns[index];
	struct io_uring_sqe *sqe;

	if (conn->flags & SL_IO_CANCEL)
		return;
	if (!(conn->flags & (SL_IO_RECV | SL_IO_SEND))) {
		sl_io_socket_close(&uring->io, index);
		return;
	}
	sqe = sqe_named(uring);
	io_uring_prep_cancel_fd(sqe, conn->fd, IORING_ASYNC_CANCEL_ALL);
	io_uring_sqe_set_data64(sqe, uring_name(URING_CANCEL, index));
	conn->flags |= SL_IO_CANCEL;
}

static void settle_connection(struct uring *uring, uint32_t index)
{
	struct sl_io_conn *conn = &uring->io.conns[index];

	if (!(conn->flags & SL_IO_USED) || (conn->flags & SL_IO_GONE))
		return;
	if ((conn->flags & SL_IO_LINGERING) && (conn->flags & SL_IO_INPUT_ENDED))
		conn->flags |= SL_IO_LOST;
	if (!(conn->flags & SL_IO_LOST))
		settle_output(uring, index);
	if (!(conn->flags & SL_IO_LOST))
		settle_input(uring, index);
	if (conn->flags & SL_IO_LOST)
		settle_lost(uring, index);
}

static void settle_own(struct uring *uring)
{
	struct __kernel_timespec tick = {.tv_nsec = SL_IO_TICK_NS};
	struct io_uring_sqe *sqe;

	if (!uring->wake_armed) {
		sqe = sqe_named(uring);
		io_uring_prep_read(sqe, uring->io.door.event_fd, &uring->woken_count,
				   sizeof(uring->woken_count), 0);
		io_uring_sqe_set_data64(sqe, uring_name(URING_WAKE, 0));
		uring->wake_armed = true;
	}
	if (!uring->tick_armed &&
	    (uring->io.lingering.head != SL_IO_NONE || uring->io.n_datagram_sockets ||
	     sl_io_doors_resting(uring->doors, uring->io.config.n_listeners))) {
		uring->tick = tick;
		sqe = sqe_named(uring);
		io_uring_prep_timeout(sqe, &uring->tick, 0, 0);
		io_uring_sqe_set_data64(sqe, uring_name(URING_TICK, 0));
		uring->tick_armed = true;
	}
}

/* Brings what is under way in line with what is wanted. What finds no room stays on the list. */
bool sl_io_uring_settle(struct uring *uring)
{
	struct sl_io *io = &uring->io;

	give_buffers(uring);
	sl_io_feed_starved(io, uring->n_given);
	while (io->todo.head != SL_IO_NONE && room_for_sqes(uring))
		settle_connection(uring, sl_io_list_pop(&io->todo));
	if (io->todo.head != SL_IO_NONE || !sl_io_uring_accept_settle(uring) ||
	    !room_for_sqes(uring))
		return false;
	settle_own(uring);
	return true;
}

static void on_recv(struct uring *uring, uint32_t index, int result, unsigned flags)
{
	struct sl_io *io = &uring->io;
	bool datagrams = io->conns[index].flags & SL_IO_DATAGRAMS;

	if (!(flags & IORING_CQE_F_MORE)) {
		io->conns[index].flags &= ~(uint32_t)SL_IO_RECV;
		if (result != -ENOBUFS)
			sl_io_list_push(&io->todo, index);
	}
	if (flags & IORING_CQE_F_BUFFER) {
		uint32_t buffer = flags >> IORING_CQE_BUFFER_SHIFT;

		assert(buffer < io->config.buffers && uring->n_given);
		uring->n_given--;
		if (datagrams)
			sl_io_uring_datagram(uring, index, buffer, result);
		else if (result > 0)
			sl_io_conn_data(io, index, buffer, uring->pool + buffer * uring->stride,
					(size_t)result, 0);
		else
			sl_io_buffer_free(io, buffer);
	}
	if (result == -ENOBUFS)
		sl_io_starve(io, index);
	else if (datagrams)
		return; /* an error is one that a datagram of before met */
	else if (result == 0)
		sl_io_conn_ended(io, index);
	else if (result < 0 && result != -ECANCELED && result != -EAGAIN && result != -EINTR)
		sl_io_conn_lost(io, index);
}

static void on_send(struct uring *uring, uint32_t index, int result)
{
	struct sl_io *io = &uring->io;

	io->conns[index].flags &= ~(uint32_t)SL_IO_SEND;
	sl_io_list_push(&io->todo, index);
	if (result > 0)
		sl_io_output_sent(io, index, (size_t)result);
	else if (result < 0 && result != -ECANCELED && result != -EAGAIN && result != -EINTR)
		sl_io_conn_lost(io, index);
}

static void on_tick(struct uring *uring)
{
	uring->tick_armed = false;
	sl_io_tick(&uring->io);
	sl_io_datagrams_tick(&uring->io);
	sl_io_doors_tick(uring->doors, uring->io.config.n_listeners);
}

static void on_completion(struct uring *uring, uint64_t name, int result, unsigned flags)
{
	uint32_t rest = (uint32_t)name;

	switch ((enum uring_kind)(name >> 56)) {
	case URING_RECV:
		on_recv(uring, rest, result, flags);
		break;
	case URING_SEND:
		on_send(uring, rest, result);
		break;
	case URING_CANCEL:
		uring->io.conns[rest].flags &= ~(uint32_t)SL_IO_CANCEL;
		sl_io_list_push(&uring->io.todo, rest);
		break;
	case URING_ACCEPT:
		sl_io_uring_on_accept(uring, rest, result, flags);
		break;
	case URING_ACCEPT_CANCEL:
		uring->doors[rest].cancelling = false;
		break;
	case URING_HAND:
		sl_io_uring_on_hand(uring, name, result);
		break;
	case URING_HANDED:
		sl_io_uring_on_handed(uring, rest, result);
		break;
	case URING_WAKE:
		uring->wake_armed = false;
		break;
	case URING_TICK:
		on_tick(uring);
		break;
	}
}

void sl_io_uring_reap(struct uring *uring)
{
	struct io_uring_cqe *cqe;
	unsigned head, n = 0;

	io_uring_for_each_cqe(&uring->ring, head, cqe)
	{
		on_completion(uring, cqe->user_data, cqe->res, cqe->flags);
		n++;
	}
	io_uring_cq_advance(&uring->ring, n);
}

/* Submits and collects without waiting; no system call where there is nothing to do. */
static int poll_ring(struct uring *uring)
{
	unsigned flags = IO_URING_READ_ONCE(*uring->ring.sq.kflags);

	if (!io_uring_sq_ready(&uring->ring) &&
	    !(flags & (IORING_SQ_TASKRUN | IORING_SQ_CQ_OVERFLOW)))
		return 0;
	return io_uring_submit_and_get_events(&uring->ring);
}

static int sleep_in_ring(struct uring *uring, int64_t timeout_ns)
{
	struct __kernel_timespec timeout = {
		.tv_sec = timeout_ns / SL_NS_PER_S,
		.tv_nsec = timeout_ns % SL_NS_PER_S,
	};
	struct io_uring_cqe *cqe;

	return io_uring_submit_and_wait_timeout(&uring->ring, &cqe, 1,
						timeout_ns < 0 ? NULL : &timeout, NULL);
}

/* Errors that the next call may not have again: out of time, a signal, completions to collect. */
static bool passes(int error)
{
	return error == -ETIME || error == -EINTR || error == -EBUSY || error == -EAGAIN;
}

int sl_io_uring_wait(struct sl_io *io, struct sl_io_burst *burst, int64_t timeout_ns)
{
	struct uring *uring = uring_of(io);
	bool settled;
	int error;

	sl_io_sockets_handed(io);
	settled = sl_io_uring_settle(uring);
	if (timeout_ns && settled && !(burst && sl_io_burst_waiting(io)) && sl_io_may_sleep(io))
		error = sleep_in_ring(uring, timeout_ns);
	else
		error = poll_ring(uring);
	sl_io_awake(io);
	if (error < 0 && !passes(error))
		return error;
	sl_io_uring_reap(uring);
	sl_io_sockets_handed(io);
	if (burst)
		sl_io_deliver(io, burst);
	return 0;
}
