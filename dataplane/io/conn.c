#include "io/conn_priv.h"

uint32_t sl_io_conn_opened(struct sl_io *io, int fd, unsigned listener)
{
	struct sl_io_conn *conn;
	uint32_t index;

	if (!io->n_free_conns)
		return SL_IO_NONE;
	index = io->free_conns[--io->n_free_conns];
	conn = &io->conns[index];
	*conn = (struct sl_io_conn){
		.fd = fd,
		.flags = SL_IO_USED | SL_IO_OPENED_DUE,
		.first = SL_IO_NONE,
		.last = SL_IO_NONE,
		.listener = (uint8_t)listener,
	};
	if (io->config.listeners[listener].protocol == SL_PROTOCOL_UDP)
		conn->flags |= SL_IO_DATAGRAMS;
	sl_io_list_push(&io->ready, index);
	sl_io_list_push(&io->todo, index);
	return index;
}

void sl_io_buffer_free(struct sl_io *io, uint32_t buffer)
{
	if (buffer >= io->config.buffers) {
		io->free_spills[io->n_free_spills++] = buffer;
		return;
	}
	assert(io->n_free_buffers < io->config.buffers);
	io->free_buffers[io->n_free_buffers++] = buffer;
}

void sl_io_conn_chain(struct sl_io *io, uint32_t index, uint32_t buffer)
{
	struct sl_io_conn *conn = &io->conns[index];

	io->buffers[buffer].next = SL_IO_NONE;
	if (conn->first == SL_IO_NONE)
		conn->first = buffer;
	else
		io->buffers[conn->last].next = buffer;
	conn->last = buffer;
	conn->chained++;
}

void sl_io_conn_data(struct sl_io *io, uint32_t index, uint32_t buffer, const uint8_t *at, size_t n,
		     int64_t stamp_ns)
{
	sl_io_conn_received(io, index, buffer,
			    &(struct sl_io_buffer){
				    .at = at,
				    .bytes = (uint32_t)n,
				    .stamp_ns = stamp_ns,
			    });
}

void sl_io_conn_received(struct sl_io *io, uint32_t index, uint32_t buffer,
			 const struct sl_io_buffer *received)
{
	struct sl_io_conn *conn = sl_io_conn_at(io, index);

	if (conn->flags & (SL_IO_SHUT | SL_IO_LOST | SL_IO_GONE)) {
		sl_io_buffer_free(io, buffer);
		conn->linger_bytes += received->bytes;
		if (conn->linger_bytes > SL_IO_LINGER_BYTES)
			sl_io_conn_lost(io, index);
		return;
	}
	io->buffers[buffer] = *received;
	sl_io_conn_chain(io, index, buffer);
	if (conn->flags & SL_IO_PAUSED)
		sl_io_spill(io, index);
	else
		sl_io_list_push(&io->ready, index);
}

void sl_io_conn_dropped(struct sl_io *io, uint32_t index, uint32_t datagrams)
{
	if (!datagrams)
		return;
	sl_io_conn_at(io, index)->dropped += datagrams;
	sl_io_list_push(&io->ready, index);
}

void sl_io_conn_ended(struct sl_io *io, uint32_t index)
{
	struct sl_io_conn *conn = sl_io_conn_at(io, index);

	if (conn->flags & SL_IO_INPUT_ENDED)
		return;
	conn->flags |= SL_IO_INPUT_ENDED;
	if (!(conn->flags & (SL_IO_SHUT | SL_IO_LOST | SL_IO_GONE))) {
		conn->flags |= SL_IO_ENDED_DUE;
		sl_io_list_push(&io->ready, index);
	}
	sl_io_list_push(&io->todo, index);
}

void sl_io_conn_lost(struct sl_io *io, uint32_t index)
{
	struct sl_io_conn *conn = sl_io_conn_at(io, index);

	if (conn->flags & SL_IO_GONE)
		return;
	conn->flags |= SL_IO_LOST;
	sl_io_list_push(&io->todo, index);
}

void sl_io_conn_gone(struct sl_io *io, uint32_t index)
{
	struct sl_io_conn *conn = sl_io_conn_at(io, index);

	if (conn->flags & SL_IO_GONE)
		return;
	conn->flags &= ~(uint32_t)(SL_IO_ENDED_DUE | SL_IO_LINGERING | SL_IO_ROOM_DUE);
	conn->flags |= SL_IO_GONE | SL_IO_CLOSED_DUE;
	conn->out_bytes = 0;
	sl_io_list_push(&io->ready, index);
}

void sl_io_conn_linger(struct sl_io *io, uint32_t index)
{
	struct sl_io_conn *conn = sl_io_conn_at(io, index);

	conn->flags |= SL_IO_LINGERING;
	conn->linger_ticks = 0;
	conn->linger_bytes = 0;
	sl_io_list_push(&io->lingering, index);
}

static unsigned linger_ticks_max(const struct sl_io_conn *conn)
{
	return conn->flags & SL_IO_LINGERING ? SL_IO_LINGER_TICKS : SL_IO_DRAIN_TICKS;
}

bool sl_io_tick(struct sl_io *io)
{
	uint32_t last = io->lingering.tail;
	uint32_t index = io->lingering.head;

	if (index == SL_IO_NONE)
		return false;
	/* Once around; who has gone meanwhile leaves the list here. */
	for (bool more = true; more;) {
		struct sl_io_conn *conn;

		index = sl_io_list_pop(&io->lingering);
		more = index != last;
		conn = &io->conns[index];
		if (!(conn->flags & SL_IO_SHUT) || (conn->flags & SL_IO_GONE))
			continue;
		if (++conn->linger_ticks >= linger_ticks_max(conn))
			sl_io_conn_lost(io, index);
		else
			sl_io_list_push(&io->lingering, index);
	}
	return io->lingering.head != SL_IO_NONE;
}

bool sl_io_conn_wants_input(const struct sl_io *io, uint32_t index)
{
	const struct sl_io_conn *conn = sl_io_conn_at(io, index);

	if (conn->flags & (SL_IO_LOST | SL_IO_GONE | SL_IO_INPUT_ENDED))
		return false;
	if (conn->flags & SL_IO_LINGERING)
		return true;
	return !(conn->flags & (SL_IO_PAUSED | SL_IO_SHUT)) &&
	       conn->chained < sl_io_conn_share(io, conn);
}

static void data_item(struct sl_io *io, uint32_t index, struct sl_io_item *item,
		      uint32_t *ret_buffer)
{
	struct sl_io_conn *conn = &io->conns[index];
	struct sl_io_buffer *buffer = &io->buffers[conn->first];

	*ret_buffer = conn->first;
	item->kind = SL_IO_DATA;
	item->bytes = sl_span_of(buffer->at, buffer->bytes);
	item->received_ns = buffer->stamp_ns;
	item->received_source = buffer->stamp_ns ? io->stamp_source : 0;
	item->datagram_bytes = buffer->datagram_bytes;
	item->truncated = buffer->truncated;
	conn->first = buffer->next;
	if (conn->first == SL_IO_NONE)
		conn->last = SL_IO_NONE;
	if (conn->chained-- == sl_io_conn_share(io, conn))
		sl_io_list_push(&io->todo, index);
}

/* The next item of a ready connection, or false when it has none for now. */
static bool next_item(struct sl_io *io, uint32_t index, struct sl_io_item *ret_item,
		      uint32_t *ret_buffer)
{
	struct sl_io_conn *conn = &io->conns[index];
	struct sl_io_item item = {.connection = index, .listener = conn->listener};

	if (conn->flags & SL_IO_OPENED_DUE) {
		conn->flags &= ~(uint32_t)SL_IO_OPENED_DUE;
		item.kind = SL_IO_OPENED;
	} else if (conn->flags & SL_IO_ROOM_DUE) {
		conn->flags &= ~(uint32_t)SL_IO_ROOM_DUE;
		item.kind = SL_IO_ROOM;
	} else if (conn->first != SL_IO_NONE) {
		/* A pause holds back what stands behind the data too: the order is the peer's. */
		if (conn->flags & SL_IO_PAUSED)
			return false;
		data_item(io, index, &item, ret_buffer);
	} else if (conn->dropped) {
		item.kind = SL_IO_DROPPED;
		item.dropped = conn->dropped;
		conn->dropped = 0;
	} else if (conn->flags & SL_IO_ENDED_DUE) {
		conn->flags &= ~(uint32_t)SL_IO_ENDED_DUE;
		item.kind = SL_IO_ENDED;
	} else if (conn->flags & SL_IO_CLOSED_DUE) {
		conn->flags &= ~(uint32_t)SL_IO_CLOSED_DUE;
		item.kind = SL_IO_CLOSED;
	} else {
		return false;
	}
	*ret_item = item;
	return true;
}

void sl_io_deliver(struct sl_io *io, struct sl_io_burst *burst)
{
	unsigned n = 0;

	assert(!io->lent);
	while (n < SL_IO_BURST_MAX && io->ready.head != SL_IO_NONE) {
		if (next_item(io, io->ready.head, &burst->items[n], &io->lent_buffers[n]))
			n++;
		else
			sl_io_list_pop(&io->ready);
	}
	burst->n = n;
	if (n)
		io->lent = burst;
}

void sl_io_burst_release(struct sl_io *io, struct sl_io_burst *burst)
{
	if (!burst->n)
		return;
	assert(io->lent == burst);
	for (unsigned i = 0; i < burst->n; i++) {
		uint32_t index = burst->items[i].connection;

		if (burst->items[i].kind == SL_IO_DATA) {
			sl_io_buffer_free(io, io->lent_buffers[i]);
		} else if (burst->items[i].kind == SL_IO_CLOSED) {
			io->conns[index].flags = 0;
			io->free_conns[io->n_free_conns++] = index;
			atomic_fetch_sub(&io->config.group->connections[io->config.worker], 1);
		}
	}
	burst->n = 0;
	io->lent = NULL;
}

bool sl_io_burst_waiting(const struct sl_io *io)
{
	return io->ready.head != SL_IO_NONE;
}

void sl_io_conn_shut(struct sl_io *io, uint32_t index, bool after_output)
{
	struct sl_io_conn *conn = sl_io_conn_at(io, index);

	conn->flags |= SL_IO_SHUT;
	conn->flags &= ~(uint32_t)(SL_IO_ENDED_DUE | SL_IO_PAUSED | SL_IO_ROOM_DUE);
	while (conn->first != SL_IO_NONE) {
		uint32_t buffer = conn->first;

		conn->first = io->buffers[buffer].next;
		sl_io_buffer_free(io, buffer);
	}
	conn->last = SL_IO_NONE;
	conn->chained = 0;
	if (after_output)
		sl_io_list_push(&io->lingering, index);
	else
		sl_io_conn_lost(io, index);
	sl_io_list_push(&io->todo, index);
	sl_io_list_push(&io->ready, index);
}

void sl_io_conn_pause(struct sl_io *io, uint32_t index, bool paused)
{
	struct sl_io_conn *conn = sl_io_conn_at(io, index);

	if (paused == !!(conn->flags & SL_IO_PAUSED) || (conn->flags & SL_IO_SHUT))
		return;
	conn->flags ^= SL_IO_PAUSED;
	if (paused)
		sl_io_spill(io, index);
	else
		sl_io_list_push(&io->ready, index);
	sl_io_list_push(&io->todo, index);
}
