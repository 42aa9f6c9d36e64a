/* Packets made for tests: headers around payloads, with right checksums.
 *
 * A batch owns the bytes of its packets until packets_clear(). What does not fit aborts. */
#ifndef SL_TESTS_FLOW_PACKETS_H
#define SL_TESTS_FLOW_PACKETS_H

#include "flow/flow.h"

#define PACKETS_MAX 16384u
#define PACKETS_BYTES (64u << 20)

enum { FIN = 1, SYN = 2, RST = 4, PSH = 8, ACK = 16 };

struct packets {
	struct sl_packet of[PACKETS_MAX];
	unsigned n;
	uint8_t *memory;
	size_t used;
	int64_t time_ns; /* of the next; moves on by a microsecond with each */
};

/* One end to another. */
struct tcp {
	uint32_t from, to; /* IPv4 addresses */
	uint16_t from_port, to_port;
	uint32_t seq, ack;
	uint8_t flags;
	bool has_timestamp;
	uint32_t timestamp;
};

void packets_init(struct packets *packets);
void packets_clear(struct packets *packets);
void packets_fini(struct packets *packets);

/* Raw bytes as a packet of this link type. */
struct sl_packet *packets_add(struct packets *packets, uint8_t link, const void *bytes, size_t n);

/* IPv4 and TCP without a link layer. */
struct sl_packet *packets_tcp(struct packets *packets, const struct tcp *tcp, const void *payload,
			      size_t n);
struct sl_packet *packets_udp(struct packets *packets, const struct tcp *ends, const void *payload,
			      size_t n);

/* An IPv4 header at `at` for `n` bytes behind it; `fragment` as in the header. Returns 20. */
size_t packets_ipv4(uint8_t *at, const struct tcp *ends, uint8_t protocol, uint16_t id,
		    uint16_t fragment, size_t n);
/* A TCP header and payload at `at`, with the sum over both. Returns their bytes. */
size_t packets_tcp_bytes(uint8_t *at, const struct tcp *tcp, const void *payload, size_t n);

/* Takes everything in bursts and hands each item to `see`. */
void packets_run(struct packets *packets, struct sl_flow *flow,
		 void (*see)(void *context, const struct sl_flow_item *item), void *context);
void packets_finish(struct sl_flow *flow,
		    void (*see)(void *context, const struct sl_flow_item *item), void *context);

/* used + ignored + dropped. */
uint64_t packets_accounted(const struct sl_flow *flow);

uint64_t packets_random(uint64_t *state);

#endif
