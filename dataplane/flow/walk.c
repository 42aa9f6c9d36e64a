/* One header after another, until the payload or a reason to stop. */
#include "flow/flow_priv.h"

static const sl_walk_step steps[SL_LAYERS] = {
	[SL_LAYER_ETHERNET] = sl_walk_ethernet, [SL_LAYER_NULL] = sl_walk_null,
	[SL_LAYER_COOKED] = sl_walk_cooked,     [SL_LAYER_COOKED_2] = sl_walk_cooked_2,
	[SL_LAYER_PPP] = sl_walk_ppp,           [SL_LAYER_CISCO_HDLC] = sl_walk_cisco_hdlc,
	[SL_LAYER_PPPOE] = sl_walk_pppoe,       [SL_LAYER_TYPE] = sl_walk_type,
	[SL_LAYER_MPLS] = sl_walk_mpls,         [SL_LAYER_IP] = sl_walk_ip,
	[SL_LAYER_PROTOCOL] = sl_walk_protocol, [SL_LAYER_GRE] = sl_walk_gre,
	[SL_LAYER_TCP] = sl_walk_tcp,           [SL_LAYER_UDP] = sl_walk_udp,
};

static enum sl_layer first_layer(uint8_t link)
{
	switch (link) {
	case SL_LINK_ETHERNET:
		return SL_LAYER_ETHERNET;
	case SL_LINK_IP:
		return SL_LAYER_IP;
	case SL_LINK_NULL:
		return SL_LAYER_NULL;
	case SL_LINK_COOKED:
		return SL_LAYER_COOKED;
	case SL_LINK_COOKED_2:
		return SL_LAYER_COOKED_2;
	case SL_LINK_PPP:
		return SL_LAYER_PPP;
	case SL_LINK_CISCO_HDLC:
		return SL_LAYER_CISCO_HDLC;
	case SL_LINK_PPPOE:
		return SL_LAYER_PPPOE;
	default:
		return SL_LAYER_NONE;
	}
}

static enum sl_packet_outcome walk_all(struct sl_walk *walk)
{
	enum sl_packet_outcome outcome = SL_PACKET_USED;

	if (walk->layer == SL_LAYER_NONE)
		return SL_PACKET_LINK_TYPE;
	for (unsigned n = 0; walk->layer != SL_LAYER_DONE; n++) {
		if (n == SL_WALK_STEPS_MAX)
			return SL_PACKET_TOO_DEEP;
		outcome = steps[walk->layer](walk);
		if (outcome != SL_PACKET_USED)
			return outcome;
	}
	return outcome;
}

/* The lower end first. */
static void put_ends(const struct sl_walk *walk, struct sl_segment *segment)
{
	int order = memcmp(walk->from.address, walk->to.address, sizeof(walk->from.address));

	if (order == 0)
		order = (walk->from.port > walk->to.port) - (walk->from.port < walk->to.port);
	segment->side = order > 0;
	segment->ends.of[segment->side] = walk->from;
	segment->ends.of[!segment->side] = walk->to;
	segment->ends.is_ipv6 = walk->is_ipv6;
}

void sl_walk(struct sl_flow *flow, const struct sl_packet *packet, struct sl_segment *ret_segment)
{
	struct sl_walk walk = {
		.at = packet->at,
		.bytes = packet->bytes,
		.whole = packet->original > packet->bytes ? packet->original : packet->bytes,
		.layer = (uint8_t)first_layer(packet->link),
		.checksums = packet->checksums,
		.flow = flow,
		.segment = ret_segment,
	};

	memset(ret_segment, 0, sizeof(*ret_segment));
	ret_segment->weight = 1;
	ret_segment->time_ns = packet->time_ns;
	ret_segment->outcome = (uint16_t)walk_all(&walk);
	if (ret_segment->outcome || !ret_segment->weight)
		return;
	if (flow->has_ports && !sl_flow_has_port(flow, walk.from.port) &&
	    !sl_flow_has_port(flow, walk.to.port)) {
		ret_segment->outcome = SL_PACKET_OTHER_PORT;
		return;
	}
	put_ends(&walk, ret_segment);
}
