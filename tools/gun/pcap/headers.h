/* Headers of packets, outermost first, with right checksums: Ethernet, perhaps a VLAN, IPv4 or
 * IPv6, TCP or UDP.
 *
 * Pure functions. `at` has room for SL_HEADERS_BYTES_MAX and what is carried. Each returns the
 * bytes of the whole frame; one shorter than Ethernet allows is filled up. */
#ifndef SL_GUN_PCAP_HEADERS_H
#define SL_GUN_PCAP_HEADERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SL_HEADERS_BYTES_MAX 128u
#define SL_PACKET_BYTES_MAX 1500u  /* of IP, as Ethernet carries it */
#define SL_SEGMENT_BYTES_MAX 1428u /* of TCP, in IPv6 too */

enum { SL_TCP_FIN = 1, SL_TCP_SYN = 2, SL_TCP_PUSH = 8, SL_TCP_ACK = 16 };

struct sl_route {
	uint8_t from[16], to[16]; /* IPv4: the first four bytes */
	uint16_t from_port, to_port;
	uint16_t vlan; /* 0: none */
	bool is_ipv6;
};

struct sl_tcp_head {
	uint32_t seq, ack;
	uint32_t stamp, echo; /* of the timestamps option */
	uint8_t flags;
};

size_t sl_headers_tcp(uint8_t *at, const struct sl_route *route, const struct sl_tcp_head *tcp,
		      uint32_t id, const void *payload, size_t bytes);

/* A UDP header and what it carries, not yet in packets. Returns their bytes. */
size_t sl_headers_udp(uint8_t *at, const struct sl_route *route, const void *payload, size_t bytes);

/* How much of a datagram one packet carries: all of it, or what a fragment does. */
size_t sl_headers_fragment_bytes(const struct sl_route *route, size_t datagram_bytes);

/* The packet with the datagram's bytes from `offset` on, of which sl_headers_udp() made `bytes`. */
size_t sl_headers_datagram(uint8_t *at, const struct sl_route *route, uint32_t id,
			   const uint8_t *datagram, size_t bytes, size_t offset);

/* Makes the checksum of such a packet wrong. */
void sl_headers_damage(uint8_t *frame);

#endif
