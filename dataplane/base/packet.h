/* A packet as whoever brings packets gives it to whoever reads them.
 *
 * - The bytes are the giver's, and it says how long they stay. Nothing may be read behind them but
 *   where it says so.
 * - A struct of plain values: checking what they say is the reader's work. */
#ifndef SL_BASE_PACKET_H
#define SL_BASE_PACKET_H

#include <stdint.h>

/* How a packet begins. */
enum sl_link {
	SL_LINK_UNKNOWN = 0,
	SL_LINK_ETHERNET,
	SL_LINK_IP,       /* IPv4 or IPv6, as its first four bits say */
	SL_LINK_NULL,     /* BSD loopback: an address family, in either byte order */
	SL_LINK_COOKED,   /* Linux "any" device, version 1 */
	SL_LINK_COOKED_2, /* version 2 */
	SL_LINK_PPP,      /* with or without the HDLC address and control bytes */
	SL_LINK_CISCO_HDLC,
	SL_LINK_PPPOE,
};

/* Who has verified the checksums of a packet. */
enum sl_checksums {
	SL_CHECKSUMS_UNKNOWN = 0, /* nobody yet: we, if the settings say so */
	SL_CHECKSUMS_GOOD,        /* the network card */
	SL_CHECKSUMS_BAD_IP,
	SL_CHECKSUMS_BAD_TRANSPORT,
};

struct sl_packet {
	const uint8_t *at;
	uint32_t bytes;    /* there are */
	uint32_t original; /* there were on the wire; at least `bytes` */
	int64_t time_ns;
	uint8_t link;        /* enum sl_link */
	uint8_t checksums;   /* enum sl_checksums */
	uint8_t time_source; /* enum sl_clock_source */
	uint8_t wire;        /* index; 0 where there are none */
};

#endif
