/* TCP and UDP headers. */
#include "flow/flow_priv.h"

#define OPTION_END 0
#define OPTION_PAD 1
#define OPTION_TIMESTAMP 8

/* Whether the sum is to be looked at, and may be: there must be all of it. */
static bool to_verify(const struct sl_walk *walk)
{
	return walk->flow->limits.verify_checksums && walk->checksums == SL_CHECKSUMS_UNKNOWN &&
	       walk->bytes == walk->whole;
}

static void put_payload(struct sl_walk *walk, uint32_t header_bytes)
{
	sl_walk_on(walk, header_bytes);
	walk->segment->payload = sl_span_of(walk->at, walk->bytes);
	walk->segment->whole = walk->whole;
	walk->layer = SL_LAYER_DONE;
}

/* The commonest shape first: nothing but a timestamp, behind two bytes of padding. */
static void find_timestamp(struct sl_segment *segment, const uint8_t *at, uint32_t bytes)
{
	uint32_t i = 0;

	if (bytes >= 12 && sl_walk_32(at) == 0x0101080a) {
		segment->has_timestamp = true;
		segment->timestamp = sl_walk_32(at + 4);
		return;
	}
	while (i < bytes && at[i] != OPTION_END) {
		if (at[i] == OPTION_PAD) {
			i++;
			continue;
		}
		if (bytes - i < 2 || at[i + 1] < 2 || at[i + 1] > bytes - i)
			return; /* what hosts do with a broken option differs; no timestamp then */
		if (at[i] == OPTION_TIMESTAMP && at[i + 1] == 10) {
			segment->has_timestamp = true;
			segment->timestamp = sl_walk_32(at + i + 2);
			return;
		}
		i += at[i + 1];
	}
}

enum sl_packet_outcome sl_walk_tcp(struct sl_walk *walk)
{
	const uint8_t *at = walk->at;
	struct sl_segment *segment = walk->segment;
	uint32_t header;

	if (walk->bytes < 20)
		return SL_PACKET_SHORT;
	header = (at[12] >> 4) * 4u;
	if (header < 20 || header > walk->whole)
		return SL_PACKET_TCP_HEADER;
	if (walk->bytes < header)
		return SL_PACKET_SHORT;
	if (walk->checksums == SL_CHECKSUMS_BAD_TRANSPORT ||
	    (to_verify(walk) && !sl_flow_checksum_good(walk, SL_PROTOCOL_NUMBER_TCP)))
		return SL_PACKET_TCP_CHECKSUM;
	walk->from.port = sl_walk_16(at);
	walk->to.port = sl_walk_16(at + 2);
	segment->protocol = SL_PROTOCOL_NUMBER_TCP;
	segment->seq = sl_walk_32(at + 4);
	segment->ack = sl_walk_32(at + 8);
	segment->flags = at[13];
	find_timestamp(segment, at + 20, header - 20);
	put_payload(walk, header);
	return SL_PACKET_USED;
}

/* Eight bytes, of which the first says that the network's number is valid; Ethernet behind them. */
static bool is_vxlan(const struct sl_walk *walk)
{
	return walk->flow->limits.vxlan_port && walk->to.port == walk->flow->limits.vxlan_port &&
	       walk->bytes >= 8 + 8 && (walk->at[8] & 0x08) && walk->at[15] == 0;
}

enum sl_packet_outcome sl_walk_udp(struct sl_walk *walk)
{
	const uint8_t *at = walk->at;
	uint32_t length;

	if (walk->bytes < 8)
		return SL_PACKET_SHORT;
	length = sl_walk_16(at + 4);
	if (length == 0 && walk->is_ipv6)
		length = walk->whole;
	if (length < 8 || length > walk->whole)
		return SL_PACKET_UDP_HEADER;
	walk->whole = length;
	if (walk->bytes > length)
		walk->bytes = length;
	if (walk->checksums == SL_CHECKSUMS_BAD_TRANSPORT ||
	    (sl_walk_16(at + 6) && to_verify(walk) &&
	     !sl_flow_checksum_good(walk, SL_PROTOCOL_NUMBER_UDP)))
		return SL_PACKET_UDP_CHECKSUM;
	walk->from.port = sl_walk_16(at);
	walk->to.port = sl_walk_16(at + 2);
	if (is_vxlan(walk)) {
		sl_walk_on(walk, 16);
		walk->layer = SL_LAYER_ETHERNET;
		return SL_PACKET_USED;
	}
	walk->segment->protocol = SL_PROTOCOL_NUMBER_UDP;
	put_payload(walk, 8);
	return SL_PACKET_USED;
}
