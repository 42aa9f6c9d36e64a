#include "packets.h"

#include <stdlib.h>

void packets_init(struct packets *packets)
{
	packets->memory = malloc(PACKETS_BYTES);
	if (!packets->memory)
		abort();
	packets->time_ns = 1000000000;
	packets_clear(packets);
}

void packets_clear(struct packets *packets)
{
	packets->n = 0;
	packets->used = 0;
}

void packets_fini(struct packets *packets)
{
	free(packets->memory);
}

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

struct sl_packet *packets_add(struct packets *packets, uint8_t link, const void *bytes, size_t n)
{
	struct sl_packet *packet = &packets->of[packets->n++];

	if (packets->n > PACKETS_MAX || packets->used + n > PACKETS_BYTES)
		abort();
	if (n)
		memcpy(packets->memory + packets->used, bytes, n);
	*packet = (struct sl_packet){
		.at = packets->memory + packets->used,
		.bytes = (uint32_t)n,
		.original = (uint32_t)n,
		.time_ns = packets->time_ns,
		.link = link,
	};
	packets->used += n;
	packets->time_ns += 1000;
	return packet;
}

static uint32_t sum_of(const uint8_t *at, size_t n, uint32_t sum)
{
	for (size_t i = 0; i < n; i++)
		sum += i % 2 ? at[i] : (uint32_t)at[i] << 8;
	while (sum > 0xffff)
		sum = (sum & 0xffff) + (sum >> 16);
	return sum;
}

size_t packets_ipv4(uint8_t *at, const struct tcp *ends, uint8_t protocol, uint16_t id,
		    uint16_t fragment, size_t n)
{
	memset(at, 0, 20);
	at[0] = 0x45;
	put_16(at + 2, (unsigned)n + 20);
	put_16(at + 4, id);
	put_16(at + 6, fragment);
	at[8] = 64;
	at[9] = protocol;
	put_32(at + 12, ends->from);
	put_32(at + 16, ends->to);
	put_16(at + 10, ~sum_of(at, 20, 0) & 0xffff);
	return 20;
}

static uint32_t pseudo(const struct tcp *ends, unsigned protocol, size_t n)
{
	uint8_t header[12];

	put_32(header, ends->from);
	put_32(header + 4, ends->to);
	put_16(header + 8, protocol);
	put_16(header + 10, (unsigned)n);
	return sum_of(header, sizeof(header), 0);
}

size_t packets_tcp_bytes(uint8_t *at, const struct tcp *tcp, const void *payload, size_t n)
{
	size_t header = tcp->has_timestamp ? 32 : 20;

	memset(at, 0, header);
	put_16(at, tcp->from_port);
	put_16(at + 2, tcp->to_port);
	put_32(at + 4, tcp->seq);
	put_32(at + 8, tcp->ack);
	at[12] = (uint8_t)(header / 4 << 4);
	at[13] = tcp->flags;
	put_16(at + 14, 65535);
	if (tcp->has_timestamp) {
		put_32(at + 20, 0x0101080a);
		put_32(at + 24, tcp->timestamp);
	}
	if (n)
		memcpy(at + header, payload, n);
	put_16(at + 16, ~sum_of(at, header + n, pseudo(tcp, 6, header + n)) & 0xffff);
	return header + n;
}

struct sl_packet *packets_tcp(struct packets *packets, const struct tcp *tcp, const void *payload,
			      size_t n)
{
	static uint8_t room[65536 + 64];
	size_t bytes = packets_tcp_bytes(room + 20, tcp, payload, n);

	packets_ipv4(room, tcp, 6, 1, 0x4000, bytes);
	return packets_add(packets, SL_LINK_IP, room, 20 + bytes);
}

struct sl_packet *packets_udp(struct packets *packets, const struct tcp *ends, const void *payload,
			      size_t n)
{
	static uint8_t room[65536 + 64];
	uint8_t *at = room + 20;

	put_16(at, ends->from_port);
	put_16(at + 2, ends->to_port);
	put_16(at + 4, (unsigned)n + 8);
	put_16(at + 6, 0);
	if (n)
		memcpy(at + 8, payload, n);
	put_16(at + 6, ~sum_of(at, n + 8, pseudo(ends, 17, n + 8)) & 0xffff);
	packets_ipv4(room, ends, 17, 1, 0x4000, n + 8);
	return packets_add(packets, SL_LINK_IP, room, 28 + n);
}

static void items(struct sl_flow *flow, void (*see)(void *context, const struct sl_flow_item *item),
		  void *context)
{
	const struct sl_flow_item *item;
	unsigned n;

	while ((n = sl_flow_next(flow, &item)) > 0)
		for (unsigned i = 0; i < n; i++)
			if (see)
				see(context, &item[i]);
}

void packets_run(struct packets *packets, struct sl_flow *flow,
		 void (*see)(void *context, const struct sl_flow_item *item), void *context)
{
	for (unsigned i = 0; i < packets->n; i += SL_FLOW_BURST_MAX) {
		unsigned n =
			packets->n - i < SL_FLOW_BURST_MAX ? packets->n - i : SL_FLOW_BURST_MAX;

		sl_flow_take(flow, &packets->of[i], n, packets->of[i + n - 1].time_ns);
		items(flow, see, context);
	}
}

void packets_finish(struct sl_flow *flow,
		    void (*see)(void *context, const struct sl_flow_item *item), void *context)
{
	sl_flow_finish(flow);
	items(flow, see, context);
}

uint64_t packets_accounted(const struct sl_flow *flow)
{
	const struct sl_flow_counts *counts = sl_flow_counts(flow);
	uint64_t n = 0;

	for (unsigned i = 0; i < SL_PACKET_OUTCOMES; i++)
		n += counts->outcomes[i];
	return n;
}

uint64_t packets_random(uint64_t *state)
{
	uint64_t x = *state += 0x9e3779b97f4a7c15u;

	x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9u;
	x = (x ^ x >> 27) * 0x94d049bb133111ebu;
	return x ^ x >> 31;
}
