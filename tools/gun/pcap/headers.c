#include "tools/gun/pcap/headers.h"

#include <string.h>

#define ETHERNET_BYTES_MIN 60u /* without the sum behind it, which captures do not keep */
#define IPV4_BYTES 20u
#define IPV6_BYTES 40u
#define IPV6_FRAGMENT_BYTES 8u
#define UDP_BYTES 8u
#define TCP_BYTES 32u /* with time stamps */
#define TCP_SYN_BYTES 40u
#define HOPS 64

enum { TCP = 6, UDP = 17, FRAGMENT = 44 };

static void put_16(uint8_t *at, unsigned value)
{
	at[0] = (uint8_t)(value >> 8);
	at[1] = (uint8_t)value;
}

static void put_32(uint8_t *at, uint32_t value)
{
	put_16(at, value >> 16);
	put_16(at + 2, value & 0xffff);
}

static uint32_t add_up(const uint8_t *at, size_t bytes, uint32_t sum)
{
	for (size_t i = 0; i < bytes; i++)
		sum += i % 2 ? at[i] : (uint32_t)at[i] << 8;
	while (sum > 0xffff)
		sum = (sum & 0xffff) + (sum >> 16);
	return sum;
}

/* Over the addresses, the protocol and everything from the transport's header on. */
static uint16_t transport_sum(const struct sl_route *route, uint8_t protocol, const uint8_t *at,
			      size_t bytes)
{
	const size_t address_bytes = route->is_ipv6 ? 16 : 4;
	uint32_t sum = protocol + (uint32_t)bytes;

	sum = add_up(route->from, address_bytes, sum);
	sum = add_up(route->to, address_bytes, sum);
	return (uint16_t)~add_up(at, bytes, sum);
}

/* Addresses of cards that nobody made, alike for both directions of a connection. */
static size_t put_ethernet(uint8_t *at, const struct sl_route *route)
{
	const bool up = route->to_port < route->from_port;
	size_t n = 12;

	memset(at, 0, n);
	at[0] = at[6] = 2; /* locally administered */
	at[5] = up ? 2 : 1;
	at[11] = up ? 1 : 2;
	if (route->vlan) {
		put_16(at + n, 0x8100);
		put_16(at + n + 2, route->vlan);
		n += 4;
	}
	put_16(at + n, route->is_ipv6 ? 0x86dd : 0x0800);
	return n + 2;
}

struct piece {
	uint8_t protocol;
	uint32_t id; /* IPv4 has half of it */
	bool is_fragment, more;
	size_t offset, bytes;
};

static size_t put_ipv4(uint8_t *at, const struct sl_route *route, const struct piece *piece)
{
	unsigned place = (unsigned)(piece->offset / 8) | (piece->more ? 0x2000 : 0);

	memset(at, 0, IPV4_BYTES);
	at[0] = 0x45;
	put_16(at + 2, (unsigned)(IPV4_BYTES + piece->bytes));
	put_16(at + 4, piece->id & 0xffff);
	put_16(at + 6, piece->is_fragment ? place : 0x4000);
	at[8] = HOPS;
	at[9] = piece->protocol;
	memcpy(at + 12, route->from, 4);
	memcpy(at + 16, route->to, 4);
	put_16(at + 10, ~add_up(at, IPV4_BYTES, 0) & 0xffff);
	return IPV4_BYTES;
}

static size_t put_ipv6(uint8_t *at, const struct sl_route *route, const struct piece *piece)
{
	size_t extension = piece->is_fragment ? IPV6_FRAGMENT_BYTES : 0;

	memset(at, 0, IPV6_BYTES + extension);
	at[0] = 0x60;
	put_16(at + 4, (unsigned)(extension + piece->bytes));
	at[6] = extension ? FRAGMENT : piece->protocol;
	at[7] = HOPS;
	memcpy(at + 8, route->from, 16);
	memcpy(at + 24, route->to, 16);
	if (extension) {
		at[IPV6_BYTES] = piece->protocol;
		put_16(at + IPV6_BYTES + 2, (unsigned)piece->offset | piece->more);
		put_32(at + IPV6_BYTES + 4, piece->id);
	}
	return IPV6_BYTES + extension;
}

static size_t put_ip(uint8_t *at, const struct sl_route *route, const struct piece *piece)
{
	return route->is_ipv6 ? put_ipv6(at, route, piece) : put_ipv4(at, route, piece);
}

static size_t filled_up(uint8_t *at, size_t bytes)
{
	if (bytes >= ETHERNET_BYTES_MIN)
		return bytes;
	memset(at + bytes, 0, ETHERNET_BYTES_MIN - bytes);
	return ETHERNET_BYTES_MIN;
}

/* What a beginning asks for: the longest segment, and windows in units of 128. */
static size_t put_options(uint8_t *at, const struct sl_tcp_head *tcp)
{
	uint8_t *to = at;

	if (tcp->flags & SL_TCP_SYN) {
		to[0] = 2;
		to[1] = 4;
		put_16(to + 2, SL_SEGMENT_BYTES_MAX + 12);
		to[4] = 1;
		to[5] = 3;
		to[6] = 3;
		to[7] = 7;
		to += 8;
	}
	to[0] = to[1] = 1;
	to[2] = 8;
	to[3] = 10;
	put_32(to + 4, tcp->stamp);
	put_32(to + 8, tcp->echo);
	return (size_t)(to + 12 - at);
}

size_t sl_headers_tcp(uint8_t *at, const struct sl_route *route, const struct sl_tcp_head *tcp,
		      uint32_t id, const void *payload, size_t bytes)
{
	const size_t head = tcp->flags & SL_TCP_SYN ? TCP_SYN_BYTES : TCP_BYTES;
	const struct piece piece = {.protocol = TCP, .id = id, .bytes = head + bytes};
	uint8_t *to = at + put_ethernet(at, route);

	to += put_ip(to, route, &piece);
	memset(to, 0, head);
	put_16(to, route->from_port);
	put_16(to + 2, route->to_port);
	put_32(to + 4, tcp->seq);
	put_32(to + 8, tcp->ack);
	to[12] = (uint8_t)(head / 4 << 4);
	to[13] = tcp->flags;
	put_16(to + 14, 64240);
	put_options(to + 20, tcp);
	if (bytes)
		memcpy(to + head, payload, bytes);
	put_16(to + 16, transport_sum(route, TCP, to, head + bytes));
	return filled_up(at, (size_t)(to - at) + head + bytes);
}

size_t sl_headers_udp(uint8_t *at, const struct sl_route *route, const void *payload, size_t bytes)
{
	uint16_t sum;

	put_16(at, route->from_port);
	put_16(at + 2, route->to_port);
	put_16(at + 4, (unsigned)(UDP_BYTES + bytes));
	put_16(at + 6, 0);
	memcpy(at + UDP_BYTES, payload, bytes);
	sum = transport_sum(route, UDP, at, UDP_BYTES + bytes);
	put_16(at + 6, sum ? sum : 0xffff); /* 0 says that there is none */
	return UDP_BYTES + bytes;
}

size_t sl_headers_fragment_bytes(const struct sl_route *route, size_t datagram_bytes)
{
	const size_t head = route->is_ipv6 ? IPV6_BYTES : IPV4_BYTES;

	if (head + datagram_bytes <= SL_PACKET_BYTES_MAX)
		return datagram_bytes;
	return (SL_PACKET_BYTES_MAX - head - IPV6_FRAGMENT_BYTES) / 8 * 8;
}

size_t sl_headers_datagram(uint8_t *at, const struct sl_route *route, uint32_t id,
			   const uint8_t *datagram, size_t bytes, size_t offset)
{
	const size_t each = sl_headers_fragment_bytes(route, bytes);
	struct piece piece = {
		.protocol = UDP,
		.id = id,
		.is_fragment = each < bytes,
		.more = offset + each < bytes,
		.offset = offset,
		.bytes = offset + each < bytes ? each : bytes - offset,
	};
	uint8_t *to = at + put_ethernet(at, route);

	to += put_ip(to, route, &piece);
	memcpy(to, datagram + offset, piece.bytes);
	return filled_up(at, (size_t)(to - at) + piece.bytes);
}

void sl_headers_damage(uint8_t *frame)
{
	uint8_t *ip = frame + (frame[12] == 0x81 ? 18 : 14);
	const bool is_ipv6 = ip[0] >> 4 == 6, is_extended = is_ipv6 && ip[6] == FRAGMENT;
	uint8_t *transport = ip + (is_ipv6 ? IPV6_BYTES : IPV4_BYTES);
	unsigned place = (ip[6] & 0x1fu) << 8 | ip[7]; /* IPv4 */
	uint8_t *sum;

	if (is_ipv6)
		place = is_extended ? transport[2] << 8 | (transport[3] & 0xf8) : 0;
	if (is_extended)
		transport += IPV6_FRAGMENT_BYTES;
	if (place) { /* the sum stands in another fragment */
		transport[0] ^= 0xff;
		return;
	}
	sum = transport + ((is_ipv6 ? ip[6] : ip[9]) == TCP ? 16 : 6);
	sum[1] ^= 1;
	if (!sum[0] && !sum[1]) /* which says that there is none */
		sum[1] = 2;
}
