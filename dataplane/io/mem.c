#include "io/mem.h"

#include "base/counters.h"
#include "io/group_priv.h"
#include "sluice/clock.h"
#include "sluice/error.h"

#include <errno.h>
#include <stdlib.h>

static int mem_open(const struct sl_io_config *config, struct sl_io **ret_io)
{
	struct sl_io *io = aligned_alloc(_Alignof(struct sl_io), sizeof(*io));
	int error;

	if (!io)
		return -ENOMEM;
	error = sl_io_conns_init(io, config);
	if (error) {
		free(io);
		return error;
	}
	io->stamp_source = SL_CLOCK_VIRTUAL;
	sl_io_group_join(config->group, config->worker, io);
	*ret_io = io;
	return 0;
}

static void mem_close(struct sl_io *io)
{
	if (!io)
		return;
	sl_io_group_leave(io->config.group, io->config.worker);
	sl_io_conns_fini(io);
	free(io);
}

/* A connection that was shut has gone once its peer has taken all there was for it. */
static void mem_settle(struct sl_io *io, uint32_t index)
{
	const struct sl_io_conn *conn = &io->conns[index];

	if (!(conn->flags & SL_IO_USED) || (conn->flags & SL_IO_GONE))
		return;
	if ((conn->flags & SL_IO_LOST) || ((conn->flags & SL_IO_SHUT) && !conn->out_bytes))
		sl_io_conn_gone(io, index);
}

static int mem_wait(struct sl_io *io, struct sl_io_burst *burst, int64_t timeout_ns)
{
	uint32_t index;

	(void)timeout_ns;
	while ((index = sl_io_list_pop(&io->todo)) != SL_IO_NONE)
		mem_settle(io, index);
	if (burst)
		sl_io_deliver(io, burst);
	return 0;
}

static void mem_accepting(struct sl_io *io, bool on)
{
	io->accepting = on;
}

static void mem_wake(struct sl_io *io)
{
	(void)io; /* never sleeps */
}

int sl_io_mem_connect(struct sl_io *io, unsigned listener)
{
	uint32_t index;

	assert(listener < io->config.n_listeners);
	if (!io->accepting)
		return -EAGAIN;
	index = sl_io_conn_opened(io, -1, listener);
	if (index == SL_IO_NONE) {
		sl_count(io->config.stats, SL_COUNTER_CONNECTIONS_REFUSED, 1);
		return -SL_E_LIMIT;
	}
	atomic_fetch_add(&io->config.group->connections[io->config.worker], 1);
	return (int)index;
}

/* Whether the peer's side of it is still there. */
static bool mem_writable(const struct sl_io *io, unsigned connection)
{
	uint32_t flags;

	assert(connection < io->config.connections);
	flags = io->conns[connection].flags;
	return (flags & SL_IO_USED) && !(flags & (SL_IO_GONE | SL_IO_LOST | SL_IO_INPUT_ENDED));
}

static int feed(struct sl_io *io, unsigned connection, const struct sl_io_buffer *received)
{
	if (!mem_writable(io, connection))
		return -EPIPE;
	if (!io->n_free_buffers) {
		sl_count(io->config.stats, SL_COUNTER_BUFFERS_EXHAUSTED, 1);
		return -SL_E_FULL;
	}
	sl_io_conn_received(io, connection, io->free_buffers[--io->n_free_buffers], received);
	return 0;
}

int sl_io_mem_feed(struct sl_io *io, unsigned connection, const void *at, size_t n,
		   int64_t stamp_ns)
{
	assert(n && n <= UINT32_MAX);
	return feed(io, connection,
		    &(struct sl_io_buffer){.at = at, .bytes = (uint32_t)n, .stamp_ns = stamp_ns});
}

int sl_io_mem_feed_datagrams(struct sl_io *io, unsigned connection, struct sl_span bytes,
			     uint32_t datagram_bytes, bool truncated)
{
	assert(sl_io_conn_at(io, connection)->flags & SL_IO_DATAGRAMS);
	return feed(io, connection,
		    &(struct sl_io_buffer){.at = bytes.at,
					   .bytes = (uint32_t)bytes.bytes,
					   .datagram_bytes = datagram_bytes,
					   .truncated = truncated});
}

void sl_io_mem_drop(struct sl_io *io, unsigned connection, uint32_t datagrams)
{
	sl_io_conn_dropped(io, connection, datagrams);
}

void sl_io_mem_end(struct sl_io *io, unsigned connection, bool whole)
{
	assert(connection < io->config.connections);
	if (!(io->conns[connection].flags & SL_IO_USED))
		return;
	if (whole)
		sl_io_conn_lost(io, connection);
	else
		sl_io_conn_ended(io, connection);
}

size_t sl_io_mem_take(struct sl_io *io, unsigned connection, void *ret_at, size_t n)
{
	size_t taken = 0;

	assert(connection < io->config.connections);
	if (!(io->conns[connection].flags & SL_IO_USED))
		return 0;
	/* Twice, for what is there may wrap once. */
	for (unsigned i = 0; i < 2; i++) {
		struct sl_span run = sl_io_output_run(io, connection);
		size_t some = run.bytes < n - taken ? run.bytes : n - taken;

		if (!some)
			break;
		memcpy((uint8_t *)ret_at + taken, run.at, some);
		sl_io_output_sent(io, connection, some);
		taken += some;
	}
	sl_io_list_push(&io->todo, connection);
	return taken;
}

bool sl_io_mem_closed(struct sl_io *io, unsigned connection)
{
	const struct sl_io_conn *conn = &io->conns[connection];

	assert(connection < io->config.connections);
	if (!(conn->flags & SL_IO_USED) || (conn->flags & (SL_IO_GONE | SL_IO_LOST)))
		return true;
	return (conn->flags & SL_IO_SHUT) && !conn->out_bytes;
}

const struct sl_io_ops sl_io_mem = {
	.name = "mem",
	.open = mem_open,
	.close = mem_close,
	.wait = mem_wait,
	.release = sl_io_burst_release,
	.room = sl_io_conn_room,
	.send = sl_io_conn_send,
	.shut = sl_io_conn_shut,
	.pause = sl_io_conn_pause,
	.accepting = mem_accepting,
	.wake = mem_wake,
};
