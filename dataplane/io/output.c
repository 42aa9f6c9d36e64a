/* What is to be sent: a circle of bytes for each connection. */
#include "io/conn_priv.h"

#include "base/counters.h"
#include "sluice/error.h"

#include <errno.h>

static uint8_t *output_of(const struct sl_io *io, uint32_t index)
{
	return io->output + (size_t)index * io->config.output_bytes;
}

struct sl_span sl_io_output_run(const struct sl_io *io, uint32_t index)
{
	const struct sl_io_conn *conn = &io->conns[index];
	uint32_t to_end = io->config.output_bytes - conn->out_at;

	return sl_span_of(output_of(io, index) + conn->out_at,
			  conn->out_bytes < to_end ? conn->out_bytes : to_end);
}

void sl_io_output_sent(struct sl_io *io, uint32_t index, size_t n)
{
	struct sl_io_conn *conn = &io->conns[index];
	uint32_t half = io->config.output_bytes / 2;

	assert(n <= conn->out_bytes);
	if (conn->out_bytes > half && conn->out_bytes - n <= half &&
	    !(conn->flags & (SL_IO_SHUT | SL_IO_LOST | SL_IO_GONE))) {
		conn->flags |= SL_IO_ROOM_DUE;
		sl_io_list_push(&io->ready, index);
	}
	sl_count(io->config.stats, SL_COUNTER_BYTES_OUT, n);
	conn->linger_ticks = 0;
	conn->out_bytes -= (uint32_t)n;
	conn->out_at = (uint32_t)((conn->out_at + n) % io->config.output_bytes);
	/* Begin again at the start, where the memory is warm. */
	if (!conn->out_bytes)
		conn->out_at = 0;
}

size_t sl_io_conn_room(struct sl_io *io, uint32_t index)
{
	const struct sl_io_conn *conn = sl_io_conn_at(io, index);

	if (conn->flags & (SL_IO_SHUT | SL_IO_LOST | SL_IO_GONE))
		return 0;
	return io->config.output_bytes - conn->out_bytes;
}

int sl_io_conn_send(struct sl_io *io, uint32_t index, const void *at, size_t n)
{
	struct sl_io_conn *conn = sl_io_conn_at(io, index);
	size_t end, to_end;

	if (conn->flags & (SL_IO_SHUT | SL_IO_LOST | SL_IO_GONE))
		return -EPIPE;
	if (n > io->config.output_bytes - conn->out_bytes)
		return -SL_E_FULL;
	if (!n)
		return 0;
	end = ((size_t)conn->out_at + conn->out_bytes) % io->config.output_bytes;
	to_end = io->config.output_bytes - end;
	memcpy(output_of(io, index) + end, at, n < to_end ? n : to_end);
	if (n > to_end)
		memcpy(output_of(io, index), (const uint8_t *)at + to_end, n - to_end);
	conn->out_bytes += (uint32_t)n;
	sl_io_list_push(&io->todo, index);
	return 0;
}
