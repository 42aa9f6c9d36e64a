#include "io/conn_priv.h"

/* Behind what the last one holds, where that is a spill and has room; of one stamp, for it keeps
 * only the first. */
static bool append(struct sl_io *io, uint32_t last, const struct sl_io_buffer *from)
{
	struct sl_io_buffer *to = &io->buffers[last];
	uint8_t *end;

	if (last < io->config.buffers || to->stamp_ns != from->stamp_ns)
		return false;
	/* What a burst took already is gone from the front of the chain, so all of it is ours. */
	if (from->bytes > io->config.buffer_bytes - to->bytes)
		return false;
	end = io->spill + (last - io->config.buffers) * io->spill_stride + to->bytes;
	memcpy(end, from->at, from->bytes);
	to->bytes += from->bytes;
	return true;
}

static bool move(struct sl_io *io, uint32_t index, const struct sl_io_buffer *from)
{
	uint32_t buffer;
	uint8_t *at;

	if (!io->n_free_spills)
		return false;
	buffer = io->free_spills[--io->n_free_spills];
	at = io->spill + (buffer - io->config.buffers) * io->spill_stride;
	memcpy(at, from->at, from->bytes);
	io->buffers[buffer] = *from;
	io->buffers[buffer].at = at;
	sl_io_conn_chain(io, index, buffer);
	return true;
}

void sl_io_spill(struct sl_io *io, uint32_t index)
{
	struct sl_io_conn *conn = &io->conns[index];
	uint32_t buffer = conn->first;

	if (!io->spill)
		return;
	conn->first = conn->last = SL_IO_NONE;
	conn->chained = 0;
	while (buffer != SL_IO_NONE) {
		const struct sl_io_buffer *from = &io->buffers[buffer];
		uint32_t next = from->next;

		if (buffer >= io->config.buffers)
			sl_io_conn_chain(io, index, buffer);
		else if ((!(conn->flags & SL_IO_DATAGRAMS) && conn->last != SL_IO_NONE &&
			  append(io, conn->last, from)) ||
			 move(io, index, from))
			sl_io_buffer_free(io, buffer);
		else
			sl_io_conn_chain(io, index, buffer);
		buffer = next;
	}
}
