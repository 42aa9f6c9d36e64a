/* IPv4 and IPv6: headers, options, extension headers; fragments go to where they are gathered. */
#include "flow/flow_priv.h"

static uint32_t sum_16(const uint8_t *at, uint32_t bytes, uint32_t sum)
{
	uint64_t wide = sum;

	for (; bytes >= 2; at += 2, bytes -= 2)
		wide += sl_walk_16(at);
	if (bytes)
		wide += (uint32_t)at[0] << 8;
	while (wide > 0xffff)
		wide = (wide & 0xffff) + (wide >> 16);
	return (uint32_t)wide;
}

bool sl_flow_checksum_good(const struct sl_walk *walk, uint8_t protocol)
{
	const uint32_t address_bytes = walk->is_ipv6 ? 16 : 4;
	uint32_t sum = protocol + (walk->whole >> 16) + (walk->whole & 0xffff);

	sum = sum_16(walk->from.address, address_bytes, sum);
	sum = sum_16(walk->to.address, address_bytes, sum);
	return sum_16(walk->at, walk->bytes, sum) == 0xffff;
}

/* What the header says behind it there is; the rest is padding of the link. */
static void clip(struct sl_walk *walk, uint32_t whole)
{
	walk->whole = whole;
	if (walk->bytes > whole)
		walk->bytes = whole;
}

static enum sl_packet_outcome ipv4(struct sl_walk *walk)
{
	const uint8_t *at = walk->at;
	uint32_t header, total, at_fragment;
	uint16_t fragment;

	if (walk->bytes < 20)
		return SL_PACKET_SHORT;
	header = (at[0] & 15u) * 4;
	total = sl_walk_16(at + 2);
	if (total == 0) /* a card that cuts segments later had it written */
		total = walk->whole;
	if (header < 20 || total < header || total > walk->whole)
		return SL_PACKET_IP_HEADER;
	if (walk->bytes < header)
		return SL_PACKET_SHORT;
	if (walk->flow->limits.verify_checksums && walk->checksums == SL_CHECKSUMS_UNKNOWN &&
	    sum_16(at, header, 0) != 0xffff)
		return SL_PACKET_IP_CHECKSUM;
	memset(&walk->from, 0, sizeof(walk->from));
	memset(&walk->to, 0, sizeof(walk->to));
	memcpy(walk->from.address, at + 12, 4);
	memcpy(walk->to.address, at + 16, 4);
	walk->is_ipv6 = false;
	walk->type = at[9];
	walk->layer = SL_LAYER_PROTOCOL;
	fragment = sl_walk_16(at + 6);
	clip(walk, total);
	sl_walk_on(walk, header);
	at_fragment = (fragment & 0x1fffu) * 8;
	if (!(fragment & 0x2000) && at_fragment == 0)
		return SL_PACKET_USED;
	return sl_fragments_take(walk, sl_walk_16(at + 4), at_fragment, fragment & 0x2000);
}

static enum sl_packet_outcome ipv6(struct sl_walk *walk)
{
	const uint8_t *at = walk->at;
	uint32_t payload;

	if (walk->bytes < 40)
		return SL_PACKET_SHORT;
	payload = sl_walk_16(at + 4);
	if (payload == 0)
		payload = walk->whole - 40;
	if (payload > walk->whole - 40)
		return SL_PACKET_IP_HEADER;
	memset(&walk->from, 0, sizeof(walk->from));
	memset(&walk->to, 0, sizeof(walk->to));
	memcpy(walk->from.address, at + 8, 16);
	memcpy(walk->to.address, at + 24, 16);
	walk->is_ipv6 = true;
	walk->type = at[6];
	walk->layer = SL_LAYER_PROTOCOL;
	sl_walk_on(walk, 40);
	clip(walk, payload);
	return SL_PACKET_USED;
}

enum sl_packet_outcome sl_walk_ip(struct sl_walk *walk)
{
	if (walk->bytes < 1)
		return SL_PACKET_SHORT;
	switch (walk->at[0] >> 4) {
	case 4:
		if (walk->checksums == SL_CHECKSUMS_BAD_IP)
			return SL_PACKET_IP_CHECKSUM;
		return ipv4(walk);
	case 6:
		return ipv6(walk);
	default:
		return SL_PACKET_IP_HEADER;
	}
}

/* An extension header of IPv6: its second byte is its length, but for that of AH. */
static enum sl_packet_outcome extension(struct sl_walk *walk)
{
	uint32_t bytes;

	if (!walk->is_ipv6 && walk->type != 51)
		return SL_PACKET_PROTOCOL;
	if (walk->bytes < 8)
		return SL_PACKET_SHORT;
	bytes = walk->type == 51 ? (walk->at[1] + 2u) * 4 : (walk->at[1] + 1u) * 8;
	if (bytes > walk->whole)
		return SL_PACKET_IP_HEADER;
	if (bytes > walk->bytes)
		return SL_PACKET_SHORT;
	walk->type = walk->at[0];
	sl_walk_on(walk, bytes);
	return SL_PACKET_USED;
}

static enum sl_packet_outcome fragment_header(struct sl_walk *walk)
{
	uint16_t place;
	uint32_t id;

	if (!walk->is_ipv6)
		return SL_PACKET_PROTOCOL;
	if (walk->bytes < 8)
		return SL_PACKET_SHORT;
	place = sl_walk_16(walk->at + 2);
	id = sl_walk_32(walk->at + 4);
	walk->type = walk->at[0];
	sl_walk_on(walk, 8);
	if ((place & ~6u) == 0) /* the only one */
		return SL_PACKET_USED;
	return sl_fragments_take(walk, id, place & ~7u, place & 1);
}

enum sl_packet_outcome sl_walk_protocol(struct sl_walk *walk)
{
	switch (walk->type) {
	case SL_PROTOCOL_NUMBER_TCP:
		walk->layer = SL_LAYER_TCP;
		return SL_PACKET_USED;
	case SL_PROTOCOL_NUMBER_UDP:
		walk->layer = SL_LAYER_UDP;
		return SL_PACKET_USED;
	case 4:
	case 41:
		walk->layer = SL_LAYER_IP;
		return SL_PACKET_USED;
	case 47:
		walk->layer = SL_LAYER_GRE;
		return SL_PACKET_USED;
	case 44:
		return fragment_header(walk);
	case 0:   /* hop by hop */
	case 43:  /* routing */
	case 51:  /* AH */
	case 60:  /* for the destination */
	case 135: /* mobility */
	case 139:
	case 140:
		return extension(walk);
	default:
		return SL_PACKET_PROTOCOL;
	}
}

/* Version 0. ERSPAN is what a mirror across a routed network comes in. */
enum sl_packet_outcome sl_walk_gre(struct sl_walk *walk)
{
	uint32_t header = 4;
	uint16_t flags, type;

	if (walk->bytes < 4)
		return SL_PACKET_SHORT;
	flags = sl_walk_16(walk->at);
	type = sl_walk_16(walk->at + 2);
	if (flags & 0x4007) /* routing of old, or version 1: PPTP */
		return SL_PACKET_PROTOCOL;
	header += (flags & 0x8000 ? 4 : 0) + (flags & 0x2000 ? 4 : 0) + (flags & 0x1000 ? 4 : 0);
	walk->layer = SL_LAYER_ETHERNET;
	if (type == SL_TYPE_ERSPAN_2) {
		header += flags & 0x1000 ? 8 : 0; /* without a sequence number it is ERSPAN I */
	} else if (type == SL_TYPE_ERSPAN_3) {
		if (walk->bytes < header + 12)
			return SL_PACKET_SHORT;
		header += walk->at[header + 11] & 1 ? 20 : 12;
	} else if (type != SL_TYPE_BRIDGED) {
		walk->layer = SL_LAYER_TYPE;
		walk->type = type;
	}
	if (walk->bytes < header)
		return SL_PACKET_SHORT;
	sl_walk_on(walk, header);
	return SL_PACKET_USED;
}
