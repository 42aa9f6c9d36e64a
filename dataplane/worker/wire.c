/* Packets into streams, streams into requests, datagrams as they are. */
#include "worker/wire_priv.h"

#define SEGMENT_BYTES 1460u /* as most are, for an estimate */

/* ---- loss */

void sl_wire_note_key(struct sl_wire_reader *wire, uint32_t flow, struct sl_text key)
{
	struct sl_wire_keys *keys;

	if (flow == SL_WIRE_DATAGRAM || key.bytes == 0)
		return;
	keys = &wire->keys[flow];
	if (key.bytes > SL_WIRE_KEY_BYTES) {
		keys->cut = true;
		return;
	}
	for (unsigned i = 0; i < keys->n; i++)
		if (keys->of[i].bytes == key.bytes &&
		    memcmp(keys->of[i].at, key.at, key.bytes) == 0)
			return;
	keys->cut |= keys->n == SL_WIRE_KEYS;
	keys->of[keys->next].bytes = (uint8_t)key.bytes;
	memcpy(keys->of[keys->next].at, key.at, key.bytes);
	keys->next = (uint8_t)((keys->next + 1) % SL_WIRE_KEYS);
	keys->n += keys->n < SL_WIRE_KEYS;
}

static void tell_loss(struct sl_wire_reader *wire, uint32_t flow, struct sl_wire_loss *loss)
{
	const struct sl_wire_keys *keys = flow == SL_WIRE_DATAGRAM ? NULL : &wire->keys[flow];

	if (keys) {
		loss->keys_cut = keys->cut;
		loss->n_keys = keys->n;
		for (unsigned i = 0; i < keys->n; i++)
			loss->keys[i] = (struct sl_text){keys->of[i].at, keys->of[i].bytes};
	}
	wire->counts.losses++;
	wire->handler->loss(wire->context, loss);
}

void sl_wire_lost(struct sl_wire_reader *wire, uint32_t wires, uint64_t packets, int64_t time_ns)
{
	for (unsigned i = 0; i < wire->n_channels; i++)
		if (wire->wires[i] & wires)
			tell_loss(wire, SL_WIRE_DATAGRAM,
				  &(struct sl_wire_loss){.channel = i,
							 .packets = packets,
							 .from_ns = time_ns,
							 .time_ns = time_ns});
}

/* ---- connections */

/* The channel that a connection's port is of; the side of that port in ret_server, 2: neither. */
static unsigned channel_of(const struct sl_wire_reader *wire, const struct sl_flow_ends *ends,
			   unsigned *ret_server)
{
	for (unsigned side = 0; side < 2; side++) {
		unsigned channel = wire->of_tcp[ends->of[side].port];

		if (channel == SL_WIRE_NO_CHANNEL)
			continue;
		*ret_server = side;
		return channel;
	}
	*ret_server = 2;
	return SL_WIRE_NO_CHANNEL;
}

static uint64_t lost_requests(const struct sl_wire_reader *wire)
{
	const struct sl_mirror_counts *counts = sl_mirror_counts(wire->mirror);

	return counts->lost + counts->refused + counts->no_room + wire->counts.unseen;
}

static void take_requests(struct sl_wire_reader *wire, const struct sl_flow_item *item,
			  unsigned channel)
{
	struct sl_mirror_request request;

	while (sl_mirror_next(wire->mirror, &wire->conns[item->flow], &request)) {
		if (wire->handler->request)
			wire->handler->request(wire->context, &request, item->ends);
		if (channel != SL_WIRE_NO_CHANNEL)
			sl_wire_request(wire, &request, item, channel);
	}
}

static void take_stream(struct sl_wire_reader *wire, const struct sl_flow_item *item)
{
	struct sl_mirror_conn *conn = &wire->conns[item->flow];
	uint64_t lost = lost_requests(wire);
	struct sl_wire_keys *keys = &wire->keys[item->flow];
	struct sl_wire_loss loss = {
		.time_ns = item->time_ns,
		.from_ns = keys->last_ns ? keys->last_ns : item->time_ns,
	};
	unsigned server, channel = channel_of(wire, item->ends, &server);

	switch (item->kind) {
	case SL_FLOW_BYTES:
		conn->late = item->held;
		sl_mirror_feed(wire->mirror, conn, item->side, item->bytes, item->time_ns);
		if (channel != SL_WIRE_NO_CHANNEL && item->side != server)
			wire->seen[channel]++;
		break;
	case SL_FLOW_GAP:
		sl_mirror_gap(wire->mirror, conn, item->side, item->length, item->unknown);
		/* of replies nothing is wanted but their status */
		if (item->side != server) {
			loss.bytes = item->unknown ? 0 : item->length;
			loss.unknown = item->unknown;
			loss.packets = loss.bytes / SEGMENT_BYTES + 1;
		}
		break;
	case SL_FLOW_CLOSE:
		sl_mirror_end(wire->mirror, conn);
		break;
	default:
		return;
	}
	take_requests(wire, item, channel);
	loss.requests = lost_requests(wire) - lost;
	loss.channel = channel;
	if (channel != SL_WIRE_NO_CHANNEL && (loss.requests || loss.bytes || loss.unknown))
		tell_loss(wire, item->flow, &loss);
	keys->last_ns = item->time_ns;
	if (item->kind == SL_FLOW_CLOSE) {
		sl_mirror_conn_fini(wire->mirror, conn);
		keys->n = keys->next = 0;
		keys->cut = false;
		keys->last_ns = 0;
	}
}

static void take_datagram(struct sl_wire_reader *wire, const struct sl_flow_item *item)
{
	const struct sl_wire_event event = {
		.channel = wire->of_udp[item->ends->of[!item->side].port],
		.flow = SL_WIRE_DATAGRAM,
		.time_ns = item->time_ns,
		.time_source = wire->time_source,
		.text = item->bytes,
	};

	if (event.channel == SL_WIRE_NO_CHANNEL)
		return;
	wire->seen[event.channel]++;
	wire->handler->datagram(wire->context, &event);
}

/* ---- packets */

void sl_wire_flush(struct sl_wire_reader *wire)
{
	wire->handler->flush(wire->context);
	wire->texts_used = 0;
}

static void take_items(struct sl_wire_reader *wire)
{
	const struct sl_flow_item *items;
	bool has_datagrams;
	unsigned n;

	while ((n = sl_flow_next(wire->flow, &items)) > 0) {
		has_datagrams = false;
		for (unsigned i = 0; i < n; i++) {
			if (items[i].kind == SL_FLOW_DATAGRAM) {
				has_datagrams = true;
				take_datagram(wire, &items[i]);
			} else {
				take_stream(wire, &items[i]);
			}
		}
		if (has_datagrams) /* the flow may need their memory */
			sl_wire_flush(wire);
	}
	sl_wire_flush(wire);
	wire->binding = NULL;
	for (unsigned i = 0; i < wire->n_channels; i++) {
		if (wire->seen[i] && wire->handler->seen)
			wire->handler->seen(wire->context, i, wire->seen[i]);
		wire->seen[i] = 0;
	}
}

void sl_wire_take(struct sl_wire_reader *wire, const struct sl_map_binding *binding,
		  const struct sl_packet *packets, unsigned n, int64_t now_ns)
{
	wire->binding = binding;
	if (n)
		wire->time_source = packets[0].time_source;
	sl_flow_take(wire->flow, packets, n, now_ns);
	take_items(wire);
}

void sl_wire_finish(struct sl_wire_reader *wire, const struct sl_map_binding *binding)
{
	wire->binding = binding;
	sl_flow_finish(wire->flow);
	take_items(wire);
}

const struct sl_flow_counts *sl_wire_flow_counts(const struct sl_wire_reader *wire)
{
	return sl_flow_counts(wire->flow);
}

const struct sl_mirror_counts *sl_wire_mirror_counts(const struct sl_wire_reader *wire)
{
	return sl_mirror_counts(wire->mirror);
}

const struct sl_wire_counts *sl_wire_counts(const struct sl_wire_reader *wire)
{
	return &wire->counts;
}
