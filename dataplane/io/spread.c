#include "io/spread_priv.h"

#include <string.h>

#define STEPS_MAX 32u /* as in flow: tags, labels, extension headers and tunnels together */

#define TYPE_IPV4 0x0800u
#define TYPE_IPV6 0x86ddu

enum layer { ETHERNET, TYPE, MPLS, PPP, IP, PROTOCOL, GRE, TCP, UDP };

struct walk {
	struct sl_spread *spread;
	const uint8_t *at;
	uint32_t bytes;
	enum layer layer;
	uint16_t type; /* of TYPE: Ethernet's; of PROTOCOL: IP's */
	bool is_ipv6;
	bool deep;
	bool fragment;
	bool first; /* of the fragments */
	uint32_t id;
	uint16_t addresses; /* folded */
	unsigned packets;   /* IP headers so far */
};

/* A card's hash is linear, and its key repeats every 16 bits: so it is that of all the 16 bits of
 * addresses and ports together, turned by as many bits as each set one stands from the left. */
uint16_t sl_spread_hash(uint16_t folded)
{
	uint32_t hash = 0, key = 0x6d5a6d5a;

	for (unsigned i = 0; i < 16; i++)
		if (folded & 0x8000u >> i)
			hash ^= key << i | key >> ((32 - i) % 32);
	return (uint16_t)hash;
}

static uint16_t at_16(const uint8_t *at)
{
	return (uint16_t)(at[0] << 8 | at[1]);
}

static uint32_t at_32(const uint8_t *at)
{
	return (uint32_t)at_16(at) << 16 | at_16(at + 2);
}

/* False: the packet ends before its header does. */
static bool on(struct walk *walk, uint32_t bytes, enum layer layer)
{
	if (bytes > walk->bytes)
		return false;
	walk->at += bytes;
	walk->bytes -= bytes;
	walk->layer = layer;
	return true;
}

static bool typed(struct walk *walk, uint32_t header_bytes, uint32_t type_at)
{
	if (walk->bytes < header_bytes)
		return false;
	walk->type = at_16(walk->at + type_at);
	return on(walk, header_bytes, TYPE);
}

static bool llc(struct walk *walk)
{
	static const uint8_t snap[6] = {0xaa, 0xaa, 0x03, 0, 0, 0};

	return walk->bytes >= 8 && !memcmp(walk->at, snap, sizeof(snap)) &&
	       at_16(walk->at + 6) >= 0x600 && typed(walk, 8, 6);
}

static bool step_type(struct walk *walk)
{
	switch (walk->type) {
	case TYPE_IPV4:
	case TYPE_IPV6:
		return on(walk, 0, IP);
	case 0x8100:
	case 0x88a8:
	case 0x9100:
	case 0x9200:
		return typed(walk, 4, 2);
	case 0x8847:
	case 0x8848:
		return on(walk, 0, MPLS);
	case 0x8864:
		return on(walk, 6, PPP);
	case 0x880b:
		return on(walk, 0, PPP);
	default:
		return walk->type <= 1500 && llc(walk);
	}
}

static bool step_mpls(struct walk *walk)
{
	if (walk->bytes < 5)
		return false;
	if (!(walk->at[2] & 1))
		return on(walk, 4, MPLS);
	return walk->at[4] >> 4 ? on(walk, 4, IP) : on(walk, 8, ETHERNET);
}

static bool step_ppp(struct walk *walk)
{
	uint32_t n = walk->bytes >= 2 && walk->at[0] == 0xff && walk->at[1] == 0x03 ? 2 : 0;
	uint16_t protocol;

	if (walk->bytes < n + 2)
		return false;
	protocol = walk->at[n] & 1 ? walk->at[n] : at_16(walk->at + n);
	n += walk->at[n] & 1 ? 1 : 2;
	return protocol == 0x0281 ? on(walk, n, MPLS)
				  : (protocol == 0x21 || protocol == 0x57) && on(walk, n, IP);
}

static uint16_t fold(const uint8_t *at, unsigned bytes)
{
	uint16_t folded = 0;

	for (unsigned i = 0; i < bytes; i += 2)
		folded ^= at_16(at + i);
	return folded;
}

/* A header of IP says what the packet inside it is, or that it is a fragment. */
static bool step_ip(struct walk *walk)
{
	const uint8_t *at = walk->at;

	if (walk->bytes < 20)
		return false;
	walk->deep |= walk->packets++ > 0;
	walk->is_ipv6 = at[0] >> 4 == 6;
	if (walk->is_ipv6) {
		if (walk->bytes < 40)
			return false;
		walk->addresses = fold(at + 8, 32);
		walk->type = at[6];
		return on(walk, 40, PROTOCOL);
	}
	walk->addresses = fold(at + 12, 8);
	walk->type = at[9];
	walk->fragment = at_16(at + 6) & 0x3fff;
	walk->first = !(at_16(at + 6) & 0x1fff);
	walk->id = at_16(at + 4);
	return at[0] >> 4 == 4 && (at[0] & 15u) >= 5 && on(walk, (at[0] & 15u) * 4, PROTOCOL);
}

static bool fragment_header(struct walk *walk)
{
	uint16_t place;

	if (!walk->is_ipv6 || walk->bytes < 8)
		return false;
	place = at_16(walk->at + 2);
	walk->fragment = place & ~6u;
	walk->first = !(place & ~7u);
	walk->id = at_32(walk->at + 4);
	walk->type = walk->at[0];
	return on(walk, 8, PROTOCOL);
}

static bool extension(struct walk *walk)
{
	uint32_t bytes;

	if (walk->bytes < 8 || (!walk->is_ipv6 && walk->type != 51))
		return false;
	bytes = walk->type == 51 ? (walk->at[1] + 2u) * 4 : (walk->at[1] + 1u) * 8;
	walk->type = walk->at[0];
	return on(walk, bytes, PROTOCOL);
}

static bool step_protocol(struct walk *walk)
{
	switch (walk->type) {
	case 6:
		return on(walk, 0, TCP);
	case 17:
		return on(walk, 0, UDP);
	case 44:
		return fragment_header(walk);
	case 0:
	case 43:
	case 51:
	case 60:
	case 135:
	case 139:
	case 140:
		return extension(walk);
	default: /* a tunnel in fragments cannot be looked into here */
		if (walk->fragment)
			return false;
		if (walk->type == 4 || walk->type == 41)
			return on(walk, 0, IP);
		return walk->type == 47 && on(walk, 0, GRE);
	}
}

static bool step_gre(struct walk *walk)
{
	uint32_t header = 4;
	uint16_t flags, type;

	if (walk->bytes < 4)
		return false;
	walk->deep = true;
	flags = at_16(walk->at);
	type = at_16(walk->at + 2);
	if (flags & 0x4007)
		return false;
	header += (flags & 0x8000 ? 4 : 0) + (flags & 0x2000 ? 4 : 0) + (flags & 0x1000 ? 4 : 0);
	if (type == 0x88be)
		return on(walk, header + (flags & 0x1000 ? 8 : 0), ETHERNET);
	if (type == 0x22eb)
		return walk->bytes >= header + 12 &&
		       on(walk, header + (walk->at[header + 11] & 1 ? 20 : 12), ETHERNET);
	if (type == 0x6558)
		return on(walk, header, ETHERNET);
	walk->type = type;
	return on(walk, header, TYPE);
}

static bool is_vxlan(const struct walk *walk)
{
	return walk->spread->vxlan_port && !walk->fragment && walk->bytes >= 16 &&
	       at_16(walk->at + 2) == walk->spread->vxlan_port && (walk->at[8] & 0x08) &&
	       walk->at[15] == 0;
}

static bool step(struct walk *walk)
{
	switch (walk->layer) {
	case ETHERNET:
		return typed(walk, 14, 12);
	case TYPE:
		return step_type(walk);
	case MPLS:
		return step_mpls(walk);
	case PPP:
		return step_ppp(walk);
	case IP:
		return step_ip(walk);
	case PROTOCOL:
		return step_protocol(walk);
	case GRE:
		return step_gre(walk);
	case UDP:
		walk->deep = true;
		return on(walk, 16, ETHERNET);
	default:
		return false;
	}
}

static unsigned owner_of(const struct sl_spread *spread, uint16_t folded)
{
	return (sl_spread_hash(folded) & (SL_SPREAD_PLACES - 1)) % spread->workers;
}

static unsigned owner_of_fragment(struct walk *walk)
{
	struct sl_spread *spread = walk->spread;
	unsigned by_addresses = owner_of(spread, walk->addresses);
	uint64_t key = ((uint64_t)walk->addresses << 32 | walk->id) * 0x9e3779b97f4a7c15u | 1;
	struct sl_spread_fragment *entry =
		&spread->fragments[key >> 54 & (SL_SPREAD_FRAGMENTS - 1)];

	if (walk->layer == UDP)
		return by_addresses;
	if (walk->first && walk->bytes >= 4) {
		entry->key = key;
		entry->owner = (uint16_t)owner_of(spread, walk->addresses ^ fold(walk->at, 4));
	}
	return entry->key == key ? entry->owner : by_addresses;
}

void sl_spread_init(struct sl_spread *spread, unsigned workers, uint16_t vxlan_port)
{
	memset(spread, 0, sizeof(*spread));
	spread->workers = workers;
	spread->vxlan_port = vxlan_port;
}

struct sl_spread_place sl_spread_find(struct sl_spread *spread, const uint8_t *at, uint32_t bytes)
{
	struct walk walk = {.spread = spread, .at = at, .bytes = bytes, .layer = ETHERNET};
	struct sl_spread_place place = {SL_SPREAD_OTHER, 0};

	for (unsigned i = 0; walk.layer != TCP && (walk.layer != UDP || is_vxlan(&walk)); i++)
		if (i == STEPS_MAX || !step(&walk))
			return place;
	place.shape = walk.deep || walk.fragment ? SL_SPREAD_DEEP : SL_SPREAD_PLAIN;
	if (walk.fragment)
		place.owner = owner_of_fragment(&walk);
	else if (walk.bytes < 4)
		place.shape = SL_SPREAD_OTHER;
	else
		place.owner = owner_of(spread, walk.addresses ^ fold(walk.at, 4));
	return place;
}
