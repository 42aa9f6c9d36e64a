/* The wire's memory. */
#include "worker/wire_priv.h"

#include "sluice/error.h"

#include <errno.h>
#include <stdlib.h>

#define TEXTS_EVENTS 8u /* the longest there may be, before what was made is passed on */
#define TEXTS_BYTES_MIN (1u << 20)

static void take_ports(struct sl_wire_reader *wire, const struct sl_channel *channels,
		       unsigned n_channels)
{
	memset(wire->of_tcp, SL_WIRE_NO_CHANNEL, sizeof(wire->of_tcp));
	memset(wire->of_udp, SL_WIRE_NO_CHANNEL, sizeof(wire->of_udp));
	for (unsigned i = 0; i < n_channels; i++) {
		const struct sl_channel *channel = &channels[i];
		uint8_t *of = channel->protocol == SL_PROTOCOL_UDP ? wire->of_udp : wire->of_tcp;

		wire->wires[i] = channel->wires;
		for (unsigned k = 0; channel->wires && k < channel->n_ports; k++) {
			of[channel->ports[k]] = (uint8_t)i;
			if (!wire->limits.all_ports)
				sl_flow_port(wire->flow, channel->ports[k]);
		}
	}
	wire->n_channels = n_channels;
}

int sl_wire_new(const struct sl_wire_limits *limits, const struct sl_channel *channels,
		unsigned n_channels, const struct sl_map_plan *plan,
		const struct sl_wire_handler *handler, void *context,
		struct sl_wire_reader **ret_reader)
{
	const struct sl_map_limits map_limits = {
		.event_bytes = limits->event_bytes,
		.body_bytes = (uint32_t)limits->mirror.body_bytes,
	};
	struct sl_wire_reader *wire = calloc(1, sizeof(*wire));
	int error = -ENOMEM;

	if (!wire)
		return -ENOMEM;
	wire->limits = *limits;
	wire->handler = handler;
	wire->context = context;
	wire->conns = calloc(limits->flow.flows, sizeof(*wire->conns));
	wire->keys = calloc(limits->flow.flows, sizeof(*wire->keys));
	wire->texts_room = TEXTS_EVENTS * ((size_t)limits->event_bytes + SL_SPAN_PADDING);
	if (wire->texts_room < TEXTS_BYTES_MIN)
		wire->texts_room = TEXTS_BYTES_MIN;
	wire->texts = calloc(1, wire->texts_room);
	if (!wire->conns || !wire->keys || !wire->texts)
		goto fail;
	error = sl_flow_new(&limits->flow, &wire->flow);
	if (!error)
		error = sl_mirror_new(&limits->mirror, &wire->mirror);
	if (!error)
		error = sl_inflater_new(limits->mirror.body_bytes, &wire->inflater);
	if (!error)
		error = sl_map_new(plan, &map_limits, &wire->map);
	if (error)
		goto fail;
	take_ports(wire, channels, n_channels);
	*ret_reader = wire;
	return 0;
fail:
	sl_wire_free(wire);
	return error;
}

void sl_wire_free(struct sl_wire_reader *wire)
{
	if (!wire)
		return;
	sl_map_free(wire->map);
	sl_inflater_free(wire->inflater);
	sl_flow_free(wire->flow);
	sl_mirror_free(wire->mirror); /* with all that connections hold */
	free(wire->texts);
	free(wire->keys);
	free(wire->conns);
	free(wire);
}
