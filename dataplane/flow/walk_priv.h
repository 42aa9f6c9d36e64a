/* From a packet's first byte to its payload: one header after another, each a step.
 *
 * A step looks at no byte behind `bytes`. It moves on to the next header, or says what becomes of
 * the packet. The number of steps is bounded, so no chain of headers is endless. */
#ifndef SL_FLOW_WALK_PRIV_H
#define SL_FLOW_WALK_PRIV_H

#include "flow/flow.h"

/* VLAN tags, labels, extension headers and tunnels together. */
#define SL_WALK_STEPS_MAX 32u

enum sl_layer {
	SL_LAYER_NONE = 0,
	SL_LAYER_ETHERNET,
	SL_LAYER_NULL,
	SL_LAYER_COOKED,
	SL_LAYER_COOKED_2,
	SL_LAYER_PPP,
	SL_LAYER_CISCO_HDLC,
	SL_LAYER_PPPOE,
	SL_LAYER_TYPE, /* what `type`, an Ethernet type, says */
	SL_LAYER_MPLS,
	SL_LAYER_IP,       /* either version */
	SL_LAYER_PROTOCOL, /* what `type`, a protocol of IP, says */
	SL_LAYER_GRE,
	SL_LAYER_TCP,
	SL_LAYER_UDP,
	SL_LAYER_DONE,
	SL_LAYERS,
};

#define SL_TYPE_IPV4 0x0800u
#define SL_TYPE_IPV6 0x86ddu
#define SL_TYPE_BRIDGED 0x6558u /* Ethernet inside GRE */
#define SL_TYPE_ERSPAN_2 0x88beu
#define SL_TYPE_ERSPAN_3 0x22ebu

#define SL_PROTOCOL_NUMBER_TCP 6u
#define SL_PROTOCOL_NUMBER_UDP 17u

#define SL_TCP_FIN 0x01u
#define SL_TCP_SYN 0x02u
#define SL_TCP_RST 0x04u
#define SL_TCP_ACK 0x10u

/* What is known of a packet when its headers have been read. */
struct sl_segment {
	struct sl_flow_ends ends; /* the lower end first, so that both directions are alike */
	uint8_t side;             /* of the sender */
	uint8_t protocol;
	uint8_t flags;
	bool has_timestamp;
	uint16_t outcome; /* enum sl_packet_outcome; not 0: there is no more to it */
	uint16_t weight;  /* packets that it came in: more than 1 for fragments; 0: held back */
	uint32_t seq, ack, timestamp;
	uint32_t whole;         /* bytes of payload on the wire */
	struct sl_span payload; /* as far as they were captured */
	uint64_t hash;
	int64_t time_ns;
};

struct sl_walk {
	const uint8_t *at;
	uint32_t bytes; /* captured, from `at` */
	uint32_t whole; /* on the wire, from `at`; at least `bytes` */
	uint16_t type;
	uint8_t layer;
	uint8_t checksums;
	struct sl_flow *flow;
	struct sl_segment *segment;
	struct sl_flow_end from, to;
	bool is_ipv6;
};

/* Reads a packet's headers. The segment's outcome says whether anything is left to do with it. */
void sl_walk(struct sl_flow *flow, const struct sl_packet *packet, struct sl_segment *ret_segment);

/* The steps: SL_PACKET_USED to go on, else the packet's outcome. */
typedef enum sl_packet_outcome (*sl_walk_step)(struct sl_walk *walk);
enum sl_packet_outcome sl_walk_ethernet(struct sl_walk *walk);
enum sl_packet_outcome sl_walk_null(struct sl_walk *walk);
enum sl_packet_outcome sl_walk_cooked(struct sl_walk *walk);
enum sl_packet_outcome sl_walk_cooked_2(struct sl_walk *walk);
enum sl_packet_outcome sl_walk_ppp(struct sl_walk *walk);
enum sl_packet_outcome sl_walk_cisco_hdlc(struct sl_walk *walk);
enum sl_packet_outcome sl_walk_pppoe(struct sl_walk *walk);
enum sl_packet_outcome sl_walk_type(struct sl_walk *walk);
enum sl_packet_outcome sl_walk_mpls(struct sl_walk *walk);
enum sl_packet_outcome sl_walk_ip(struct sl_walk *walk);
enum sl_packet_outcome sl_walk_protocol(struct sl_walk *walk);
enum sl_packet_outcome sl_walk_gre(struct sl_walk *walk);
enum sl_packet_outcome sl_walk_tcp(struct sl_walk *walk);
enum sl_packet_outcome sl_walk_udp(struct sl_walk *walk);

static inline uint16_t sl_walk_16(const uint8_t *at)
{
	return (uint16_t)(at[0] << 8 | at[1]);
}

static inline uint32_t sl_walk_32(const uint8_t *at)
{
	return (uint32_t)sl_walk_16(at) << 16 | sl_walk_16(at + 2);
}

/* Over `bytes` of them, which are there. */
static inline void sl_walk_on(struct sl_walk *walk, uint32_t bytes)
{
	walk->at += bytes;
	walk->bytes -= bytes;
	walk->whole -= bytes;
}

#endif
