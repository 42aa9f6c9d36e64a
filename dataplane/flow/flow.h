/* flow: packets of a mirror become byte streams.
 *
 * - One thread. Pure functions over packets and times that are handed in: no clock, no system call,
 *   and after sl_flow_new() no allocation. Memory is bounded by the limits, whatever comes.
 * - sl_flow_take() is given a burst, then sl_flow_next() is called until it returns 0. The packets'
 *   bytes must stay until then. What sl_flow_next() returns lives until its next call: spans point
 *   into the packets, or into held copies of bytes that had come out of order.
 * - Each direction of a connection is one stream: BYTES and GAPs, in order, at rising offsets, none
 *   left out. A GAP's length is exact unless it is `unknown`: then the stream begins anew behind
 *   it. `flow` is an index below `flows`, given anew only after its CLOSE.
 * - Where two segments claim the same place with different bytes, those that came first stay.
 *   Fragments that overlap otherwise than by repeating the same bytes spoil their datagram.
 * - A hole is waited for until it is filled, or its receiver has acknowledged bytes behind it (then
 *   they passed and the mirror missed them: a little later, for mirrors reorder), or it is too old,
 *   or bytes further on need the room: then it becomes a GAP.
 * - Of a connection whose beginning was not seen, a stream starts with the first segment seen, with
 *   an unknown GAP before it.
 * - Every packet ends in exactly one outcome; a fragment when its datagram does. After
 *   sl_flow_finish() and the sl_flow_next() behind it, the counts add up to the packets taken.
 * - Where memory is short it is taken from the connection that was idle longest, to within an
 *   eighth of a second. Places in the table depend on a secret key: give random bytes.
 * - Cost: one table lookup a packet, and for what is out of order one copy. No cost depends on what
 *   else is held but in proportion to the bytes that were sent to be held. */
#ifndef SL_FLOW_H
#define SL_FLOW_H

#include "base/packet.h"
#include "base/span.h"
#include "sluice/packet.h"

#include <stdbool.h>
#include <stdint.h>

#define SL_FLOW_BURST_MAX 64u /* packets of one sl_flow_take() */

struct sl_flow_limits {
	uint32_t flows;        /* connections followed at once */
	uint32_t held_bytes;   /* of all connections together, out of order */
	uint32_t window_bytes; /* how far ahead of a hole one direction is held; at most 1 MiB */
	uint32_t datagrams;    /* being put together from fragments; each takes up to 64 KiB */
	int64_t idle_ns;       /* a connection without packets is closed after this */
	int64_t closed_ns;     /* a closed one is remembered for repeats */
	int64_t hole_ns;       /* a hole is waited for */
	int64_t reorder_ns;    /* bytes acknowledged but not seen are waited for */
	int64_t fragment_ns;   /* the rest of a datagram is waited for */
	uint16_t vxlan_port;   /* 0: VXLAN is not looked into */
	bool verify_checksums;
	uint64_t key[2]; /* secret */
};

/* Limits for one worker of a gateway; the key is zero. */
void sl_flow_limits_default(struct sl_flow_limits *ret_limits);

struct sl_flow_end {
	uint8_t address[16]; /* IPv4: the first four bytes */
	uint16_t port;
};

struct sl_flow_ends {
	struct sl_flow_end of[2];
	bool is_ipv6;
};

enum sl_flow_kind {
	SL_FLOW_OPEN = 1, /* a connection is followed from here on */
	SL_FLOW_BYTES,
	SL_FLOW_GAP,
	SL_FLOW_END,      /* FIN: this direction has no more bytes */
	SL_FLOW_CLOSE,    /* `why` */
	SL_FLOW_DATAGRAM, /* UDP; `flow` means nothing */
};

enum sl_flow_why {
	SL_FLOW_FINISHED = 1, /* both directions, or the sender of the only one seen */
	SL_FLOW_RESET,
	SL_FLOW_IDLE,
	SL_FLOW_EVICTED,  /* its place was needed */
	SL_FLOW_REPLACED, /* its ends began another connection */
	SL_FLOW_CUT_OFF,  /* the capture ended */
};

struct sl_flow_item {
	uint8_t kind;   /* enum sl_flow_kind */
	uint8_t side;   /* index into ends->of: the sender */
	uint8_t client; /* the side that sent a SYN, 2: not known */
	bool unknown;   /* GAP: its length is */
	uint8_t why;    /* CLOSE */
	bool held;      /* BYTES: a copy, its packet had come before */
	uint32_t flow;
	uint64_t offset; /* BYTES, GAP: in the stream */
	uint64_t length; /* GAP */
	struct sl_span bytes;
	int64_t time_ns; /* of the packet that brought this about */
	const struct sl_flow_ends *ends;
};

struct sl_flow_counts {
	uint64_t packets;
	uint64_t bytes;
	uint64_t segments;  /* TCP, with or without payload */
	uint64_t datagrams; /* UDP */
	uint64_t flows;     /* opened */
	uint64_t outcomes[SL_PACKET_OUTCOMES];
	uint64_t gaps, gap_bytes; /* told; bytes of those whose length is known */
	uint64_t held_segments;   /* came out of order */
	uint64_t evicted_flows, evicted_holes;
};

struct sl_flow;

int sl_flow_new(const struct sl_flow_limits *limits, struct sl_flow **ret_flow);
void sl_flow_free(struct sl_flow *flow); /* takes NULL */

/* Only packets to or from these ports are looked at; none is named: all. Before the first burst. */
void sl_flow_port(struct sl_flow *flow, uint16_t port);

/* At most SL_FLOW_BURST_MAX packets; 0 of them where only time has passed. After the last
 * sl_flow_next() of the burst before. */
void sl_flow_take(struct sl_flow *flow, const struct sl_packet *packets, unsigned n,
		  int64_t now_ns);

/* Everything that is open ends: for captures, and before a stop. In place of sl_flow_take(). */
void sl_flow_finish(struct sl_flow *flow);

/* What came of it, a part at a time; 0: that was all. */
unsigned sl_flow_next(struct sl_flow *flow, const struct sl_flow_item **ret_items);

const struct sl_flow_counts *sl_flow_counts(const struct sl_flow *flow);

/* How many connections are followed, and pages of held bytes in use: for bounds that are watched.
 */
uint32_t sl_flow_open(const struct sl_flow *flow);
uint32_t sl_flow_pages(const struct sl_flow *flow);

#endif
