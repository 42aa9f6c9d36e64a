/* What a segment costs flow, by the shape in which segments come. Each shape is measured in turns
 * with its floor: in order beside copying the payloads once, every other shape beside in order.
 *
 * usage: reassembly_micro SHAPE SECONDS; one line of JSON. What comes out is compared with what
 * went in: bytes handed out and bytes told as missing must add up to the streams. */
#include "base/clock.h"
#include "flow/flow.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#define CONNECTIONS 64u
#define SEGMENTS 800u /* of each connection */
#define PAYLOAD 1448u
#define PACKETS_MAX (CONNECTIONS * (SEGMENTS * 4 + 8))
#define PACKET_BYTES (40u + PAYLOAD)
#define RUNS 5u

enum shape { IN_ORDER, LOSSY, REORDERED, ADVERSARIAL, SHAPES };
static const char *const names[SHAPES] = {"in order", "lossy", "reordered", "adversarial"};

struct traffic {
	struct sl_packet *packets;
	uint8_t *bytes;
	unsigned n;
	uint64_t stream_bytes, lost_bytes;
};

static uint64_t seed = 42;

static uint64_t draw(void)
{
	uint64_t x = seed += 0x9e3779b97f4a7c15u;

	x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9u;
	x = (x ^ x >> 27) * 0x94d049bb133111ebu;
	return x ^ x >> 31;
}

static void put_16(uint8_t *at, uint32_t value)
{
	at[0] = (uint8_t)(value >> 8);
	at[1] = (uint8_t)value;
}

static void put_32(uint8_t *at, uint32_t value)
{
	put_16(at, value >> 16);
	put_16(at + 2, value & 0xffff);
}

static void put(struct traffic *traffic, unsigned connection, bool down, uint8_t flags,
		uint32_t seq, uint32_t ack, uint32_t bytes)
{
	uint8_t *at = traffic->bytes + (size_t)traffic->n * PACKET_BYTES;
	struct sl_packet *packet = &traffic->packets[traffic->n];

	memset(at, 0, 40);
	at[0] = 0x45;
	put_16(at + 2, 40 + bytes);
	at[9] = 6;
	put_32(at + 12, down ? 0x0a000001 : 0x0b000000 + connection);
	put_32(at + 16, down ? 0x0b000000 + connection : 0x0a000001);
	put_16(at + 20, down ? 80 : 4000);
	put_16(at + 22, down ? 4000 : 80);
	put_32(at + 24, seq);
	put_32(at + 28, ack);
	at[32] = 0x50;
	at[33] = flags;
	*packet = (struct sl_packet){.at = at,
				     .bytes = 40 + bytes,
				     .original = 40 + bytes,
				     .time_ns = 1000000000 + (int64_t)traffic->n * 1000,
				     .link = SL_LINK_IP};
	traffic->n++;
}

/* One segment of one connection, as its shape has it; every second is acknowledged. */
static void put_segment(struct traffic *traffic, enum shape shape, unsigned connection, unsigned i)
{
	uint32_t seq = 1 + i * PAYLOAD;

	if (shape == LOSSY && i + 1 < SEGMENTS && draw() % 100 == 0) {
		traffic->lost_bytes += PAYLOAD; /* missed by the mirror; its receiver has it */
	} else if (shape == ADVERSARIAL) {
		/* backwards by eights, and each overlaps its neighbours by half */
		uint32_t swapped = (i & ~7u) + (7 - (i & 7u));
		uint32_t from = 1 + swapped * PAYLOAD, back = swapped ? PAYLOAD / 2 : 0;

		put(traffic, connection, false, 16, from - back, 1, PAYLOAD);
		put(traffic, connection, false, 16, from, 1, PAYLOAD);
	} else {
		put(traffic, connection, false, 16, seq, 1, PAYLOAD);
	}
	if (i % 2)
		put(traffic, connection, true, 16, 1, seq + PAYLOAD, 0);
}

static void make(struct traffic *traffic, enum shape shape)
{
	traffic->packets = calloc(PACKETS_MAX, sizeof(*traffic->packets));
	traffic->bytes = calloc(PACKETS_MAX, PACKET_BYTES);
	traffic->stream_bytes = (uint64_t)CONNECTIONS * SEGMENTS * PAYLOAD;
	if (!traffic->packets || !traffic->bytes)
		exit(3);
	for (unsigned c = 0; c < CONNECTIONS; c++) {
		put(traffic, c, false, 2, 0, 0, 0);
		put(traffic, c, true, 18, 0, 1, 0);
	}
	for (unsigned i = 0; i < SEGMENTS; i++)
		for (unsigned c = 0; c < CONNECTIONS; c++)
			put_segment(traffic, shape, c, i);
	if (shape != REORDERED)
		return;
	for (unsigned i = 2 * CONNECTIONS; i < traffic->n; i++) {
		/* later by up to four segments of its connection */
		unsigned to = i + CONNECTIONS * (1 + (unsigned)(draw() % 4));
		struct sl_packet packet = traffic->packets[i];

		if (draw() % 20 || to >= traffic->n)
			continue;
		memmove(traffic->packets + i, traffic->packets + i + 1, (to - i) * sizeof(packet));
		traffic->packets[to] = packet;
	}
}

/* The whole traffic once; ns. */
static int64_t run(struct sl_flow *flow, const struct traffic *traffic, bool *good)
{
	const struct sl_flow_item *items;
	uint64_t bytes = 0, gaps = 0;
	int64_t begin, ns;
	unsigned n;

	begin = sl_clock_read(CLOCK_MONOTONIC);
	for (unsigned at = 0; at <= traffic->n; at += SL_FLOW_BURST_MAX) {
		unsigned left = traffic->n - at;

		sl_flow_take(flow, traffic->packets + at,
			     left < SL_FLOW_BURST_MAX ? left : SL_FLOW_BURST_MAX,
			     traffic->packets[at].time_ns);
		while ((n = sl_flow_next(flow, &items)) > 0)
			for (unsigned i = 0; i < n; i++) {
				bytes += items[i].bytes.bytes;
				gaps += items[i].length;
			}
	}
	ns = sl_clock_read(CLOCK_MONOTONIC) - begin;
	sl_flow_finish(flow);
	while ((n = sl_flow_next(flow, &items)) > 0)
		for (unsigned i = 0; i < n; i++) {
			bytes += items[i].bytes.bytes;
			gaps += items[i].length;
		}
	*good &=
		bytes == traffic->stream_bytes - traffic->lost_bytes && gaps == traffic->lost_bytes;
	return ns;
}

static int64_t copy(const struct traffic *traffic)
{
	static uint8_t room[PACKET_BYTES];
	int64_t begin = sl_clock_read(CLOCK_MONOTONIC);

	for (unsigned i = 0; i < traffic->n; i++) {
		memcpy(room, traffic->packets[i].at, traffic->packets[i].bytes);
		__asm__ volatile("" : : "r"(room) : "memory");
	}
	return sl_clock_read(CLOCK_MONOTONIC) - begin;
}

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

int main(int argc, char **argv)
{
	struct traffic traffic = {0}, plain = {0};
	double ours[RUNS], floors[RUNS], seconds;
	struct sl_flow_limits limits;
	enum shape shape = IN_ORDER;
	struct sl_flow *flow;
	bool good = true;

	if (argc != 3)
		return 2;
	while (shape < SHAPES && strcmp(argv[1], names[shape]) != 0)
		shape++;
	seconds = atof(argv[2]);
	if (shape == SHAPES || seconds <= 0)
		return 2;
	sl_flow_limits_default(&limits);
	limits.flows = 1024;
	if (sl_flow_new(&limits, &flow))
		return 3;
	make(&traffic, shape);
	make(&plain, IN_ORDER);
	run(flow, &traffic, &good); /* memory that was never touched is no part of it */
	run(flow, &plain, &good);
	for (unsigned i = 0; i < RUNS; i++) {
		int64_t begin = sl_clock_read(CLOCK_MONOTONIC), ours_ns = 0, floor_ns = 0;
		unsigned n = 0;

		do {
			ours_ns += run(flow, &traffic, &good);
			floor_ns += shape == IN_ORDER ? copy(&plain) : run(flow, &plain, &good);
			n++;
		} while (sl_clock_read(CLOCK_MONOTONIC) - begin < (int64_t)(seconds * 2e9));
		ours[i] = (double)ours_ns / n / traffic.n;
		floors[i] = (double)floor_ns / n / plain.n;
	}
	qsort(ours, RUNS, sizeof(*ours), by_value);
	qsort(floors, RUNS, sizeof(*floors), by_value);
	printf("{\"ns_per_segment\":%.2f,\"floor\":{\"name\":\"%s\",\"ns_per_segment\":%.2f},"
	       "\"ratio\":%.3f,\"runs\":%u,\"spread\":%.3f,\"good\":%s}\n",
	       ours[RUNS / 2], shape == IN_ORDER ? "one copy of each packet" : "in order",
	       floors[RUNS / 2], ours[RUNS / 2] / floors[RUNS / 2], RUNS,
	       (ours[RUNS - 1] - ours[0]) / ours[RUNS / 2], good ? "true" : "false");
	sl_flow_free(flow);
	return good ? 0 : 1;
}
