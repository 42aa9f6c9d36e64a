/* Link layers, and what stands between them and IP: tags, labels, PPP. */
#include "flow/walk_priv.h"

#define TYPE_LENGTH_MAX 1500u /* up to here an Ethernet type is a length, and LLC follows */

static enum sl_packet_outcome to_type(struct sl_walk *walk, uint32_t header_bytes, uint16_t type)
{
	sl_walk_on(walk, header_bytes);
	walk->type = type;
	walk->layer = SL_LAYER_TYPE;
	return SL_PACKET_USED;
}

static enum sl_packet_outcome to_layer(struct sl_walk *walk, uint32_t header_bytes,
				       enum sl_layer layer)
{
	sl_walk_on(walk, header_bytes);
	walk->layer = (uint8_t)layer;
	return SL_PACKET_USED;
}

enum sl_packet_outcome sl_walk_ethernet(struct sl_walk *walk)
{
	if (walk->bytes < 14)
		return SL_PACKET_SHORT;
	return to_type(walk, 14, sl_walk_16(walk->at + 12));
}

/* An address family in the byte order of the machine that captured, or of the network. */
enum sl_packet_outcome sl_walk_null(struct sl_walk *walk)
{
	uint32_t family;

	if (walk->bytes < 4)
		return SL_PACKET_SHORT;
	family = sl_walk_32(walk->at);
	if (family > 0xffff)
		family = __builtin_bswap32(family);
	switch (family) {
	case 2:  /* IPv4 everywhere */
	case 10: /* IPv6 on Linux, NetBSD, FreeBSD and macOS, and as Windows writes it */
	case 24:
	case 28:
	case 30:
	case 23:
		return to_layer(walk, 4, SL_LAYER_IP);
	default:
		return SL_PACKET_NOT_IP;
	}
}

enum sl_packet_outcome sl_walk_cooked(struct sl_walk *walk)
{
	if (walk->bytes < 16)
		return SL_PACKET_SHORT;
	return to_type(walk, 16, sl_walk_16(walk->at + 14));
}

enum sl_packet_outcome sl_walk_cooked_2(struct sl_walk *walk)
{
	if (walk->bytes < 20)
		return SL_PACKET_SHORT;
	return to_type(walk, 20, sl_walk_16(walk->at));
}

/* Address and control bytes may be left out, and the first byte of the protocol when it is 0. */
enum sl_packet_outcome sl_walk_ppp(struct sl_walk *walk)
{
	uint32_t at = 0;
	uint16_t protocol;

	if (walk->bytes >= 2 && walk->at[0] == 0xff && walk->at[1] == 0x03)
		at = 2;
	if (walk->bytes < at + 2)
		return SL_PACKET_SHORT;
	if (walk->at[at] & 1) {
		protocol = walk->at[at];
		at += 1;
	} else {
		protocol = sl_walk_16(walk->at + at);
		at += 2;
	}
	switch (protocol) {
	case 0x0021:
	case 0x0057:
		return to_layer(walk, at, SL_LAYER_IP);
	case 0x0281:
		return to_layer(walk, at, SL_LAYER_MPLS);
	default:
		return SL_PACKET_NOT_IP;
	}
}

enum sl_packet_outcome sl_walk_cisco_hdlc(struct sl_walk *walk)
{
	if (walk->bytes < 4)
		return SL_PACKET_SHORT;
	if (walk->at[0] == 0xff && walk->at[1] == 0x03)
		return to_layer(walk, 0, SL_LAYER_PPP);
	return to_type(walk, 4, sl_walk_16(walk->at + 2));
}

enum sl_packet_outcome sl_walk_pppoe(struct sl_walk *walk)
{
	if (walk->bytes < 6)
		return SL_PACKET_SHORT;
	if (walk->at[0] != 0x11 || walk->at[1] != 0) /* version 1, type 1, a session's data */
		return SL_PACKET_NOT_IP;
	return to_layer(walk, 6, SL_LAYER_PPP);
}

/* LLC with SNAP carries an Ethernet type; everything else behind a length is no IP. */
static enum sl_packet_outcome llc(struct sl_walk *walk)
{
	static const uint8_t snap[6] = {0xaa, 0xaa, 0x03, 0, 0, 0};

	if (walk->bytes < 8)
		return SL_PACKET_NOT_IP;
	if (memcmp(walk->at, snap, sizeof(snap)) != 0 || sl_walk_16(walk->at + 6) < 0x600)
		return SL_PACKET_NOT_IP;
	return to_type(walk, 8, sl_walk_16(walk->at + 6));
}

enum sl_packet_outcome sl_walk_type(struct sl_walk *walk)
{
	switch (walk->type) {
	case SL_TYPE_IPV4:
	case SL_TYPE_IPV6:
		return to_layer(walk, 0, SL_LAYER_IP);
	case 0x8100: /* VLAN */
	case 0x88a8: /* VLAN of a provider */
	case 0x9100: /* and what was used before it was agreed upon */
	case 0x9200:
		if (walk->bytes < 4)
			return SL_PACKET_SHORT;
		return to_type(walk, 4, sl_walk_16(walk->at + 2));
	case 0x8847:
	case 0x8848:
		return to_layer(walk, 0, SL_LAYER_MPLS);
	case 0x8864:
		return to_layer(walk, 0, SL_LAYER_PPPOE);
	case 0x880b:
		return to_layer(walk, 0, SL_LAYER_PPP);
	default:
		return walk->type <= TYPE_LENGTH_MAX ? llc(walk) : SL_PACKET_NOT_IP;
	}
}

/* Labels do not say what they carry. IP begins with 4 or 6; a control word with 0, Ethernet behind.
 */
enum sl_packet_outcome sl_walk_mpls(struct sl_walk *walk)
{
	bool is_last;

	if (walk->bytes < 5)
		return SL_PACKET_SHORT;
	is_last = walk->at[2] & 1;
	if (!is_last)
		return to_layer(walk, 4, SL_LAYER_MPLS);
	switch (walk->at[4] >> 4) {
	case 4:
	case 6:
		return to_layer(walk, 4, SL_LAYER_IP);
	case 0:
		if (walk->bytes < 8)
			return SL_PACKET_SHORT;
		return to_layer(walk, 8, SL_LAYER_ETHERNET);
	default:
		return SL_PACKET_NOT_IP;
	}
}
