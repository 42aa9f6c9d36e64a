/* Streams cut, shuffled, repeated and lost at random come out as they went in, or with gaps exactly
 * where bytes never came. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "packets.h"

#include <stdio.h>
#include <stdlib.h>

#define STREAM_BYTES_MAX (600u << 10)

struct seen {
	uint8_t *bytes; /* of one stream, at their offsets */
	uint8_t *there;
	uint64_t at;
	unsigned n_unknown, n_end, n_close, n_open;
	uint64_t gap_bytes;
	const uint8_t *wanted;
	uint64_t seed;
};

static void see(void *context, const struct sl_flow_item *item)
{
	struct seen *seen = context;

	switch (item->kind) {
	case SL_FLOW_OPEN:
		seen->n_open++;
		break;
	case SL_FLOW_BYTES:
		if (item->ends->of[item->side].port != 4000)
			break;
		if (item->offset != seen->at || item->bytes.bytes == 0 ||
		    memcmp(seen->wanted + seen->at, item->bytes.at, item->bytes.bytes) != 0)
			fail_msg("seed %llu: bytes at %llu, expected at %llu",
				 (unsigned long long)seen->seed, (unsigned long long)item->offset,
				 (unsigned long long)seen->at);
		seen->at += item->bytes.bytes;
		break;
	case SL_FLOW_GAP:
		if (item->ends->of[item->side].port != 4000)
			break;
		assert_int_equal(item->offset, seen->at);
		for (uint64_t i = 0; i < item->length; i++)
			if (seen->there[seen->at + i])
				fail_msg("seed %llu: a gap where bytes were seen",
					 (unsigned long long)seen->seed);
		seen->at += item->length;
		seen->gap_bytes += item->length;
		seen->n_unknown += item->unknown;
		break;
	case SL_FLOW_END:
		seen->n_end++;
		break;
	case SL_FLOW_CLOSE:
		seen->n_close++;
		break;
	default:
		fail();
	}
}

struct piece {
	uint32_t at, bytes;
	uint64_t order;
};

static int by_order(const void *a, const void *b)
{
	const struct piece *x = a, *y = b;

	return x->order < y->order ? -1 : x->order > y->order;
}

struct shape {
	unsigned spread;  /* how far segments move */
	unsigned repeats; /* percent */
	unsigned losses;  /* percent */
	unsigned piece_bytes_max;
};

static const struct tcp client = {
	.from = 0x0a000001, .to = 0x0a000002, .from_port = 4000, .to_port = 80};
static const struct tcp server = {
	.from = 0x0a000002, .to = 0x0a000001, .from_port = 80, .to_port = 4000};

static unsigned cut(struct piece *pieces, const struct shape *shape, uint32_t bytes,
		    uint64_t *random)
{
	unsigned n = 0;
	uint32_t at = 0;

	while (at < bytes) {
		uint32_t part = 1 + (uint32_t)(packets_random(random) % shape->piece_bytes_max);
		uint32_t back = packets_random(random) % 100 < shape->repeats
					? (uint32_t)(packets_random(random) % 3000)
					: 0;
		uint32_t from = back < at ? at - back : 0;

		part = part < bytes - at ? part : bytes - at;
		if (part + (at - from) > 60000)
			from = at;
		pieces[n] = (struct piece){from, part + (at - from),
					   n + packets_random(random) % (shape->spread + 1)};
		n++;
		at += part;
		assert_true(n < PACKETS_MAX - 16);
	}
	qsort(pieces, n, sizeof(*pieces), by_order);
	return n;
}

static void run_one(struct packets *packets, uint64_t seed, const struct shape *shape,
		    bool handshake)
{
	static struct piece pieces[PACKETS_MAX];
	uint64_t random = seed;
	uint32_t bytes = 1 + (uint32_t)(packets_random(&random) % STREAM_BYTES_MAX);
	uint32_t isn = (uint32_t)packets_random(&random);
	uint8_t *stream = malloc(bytes);
	struct seen seen = {.there = calloc(bytes, 1), .wanted = stream, .seed = seed};
	struct sl_flow_limits limits;
	struct sl_flow *flow;
	struct tcp up = client, down = server;
	uint64_t lost = 0;
	unsigned n;

	if (bytes / shape->piece_bytes_max * 2 > PACKETS_MAX / 2)
		bytes = shape->piece_bytes_max * (PACKETS_MAX / 4);
	for (uint32_t i = 0; i < bytes; i++)
		stream[i] = (uint8_t)packets_random(&random);
	n = cut(pieces, shape, bytes, &random);
	packets_clear(packets);
	up.flags = SYN;
	up.seq = isn;
	down.flags = SYN | ACK;
	down.seq = 77;
	down.ack = isn + 1;
	if (handshake) {
		packets_tcp(packets, &up, NULL, 0);
		packets_tcp(packets, &down, NULL, 0);
	}
	for (unsigned i = 0; i < n; i++) {
		up.flags = ACK;
		up.seq = isn + 1 + pieces[i].at;
		up.ack = 78;
		if (packets_random(&random) % 100 < shape->losses)
			continue;
		memset(seen.there + pieces[i].at, 1, pieces[i].bytes);
		packets_tcp(packets, &up, stream + pieces[i].at, pieces[i].bytes);
	}
	up.seq = isn + 1 + bytes;
	up.flags = FIN | ACK;
	packets_tcp(packets, &up, NULL, 0);
	for (uint32_t i = 0; i < bytes; i++)
		lost += !seen.there[i];

	sl_flow_limits_default(&limits);
	limits.held_bytes = 4 << 20;
	limits.flows = 16;
	assert_int_equal(sl_flow_new(&limits, &flow), 0);
	packets_run(packets, flow, see, &seen);
	packets_finish(flow, see, &seen);
	assert_int_equal(packets_accounted(flow), packets->n);
	assert_int_equal(sl_flow_pages(flow), 0);
	assert_int_equal(sl_flow_open(flow), 0);
	if (seen.at != bytes || seen.gap_bytes != lost || seen.n_end != 1 || seen.n_close != 1)
		fail_msg("seed %llu: %llu of %u bytes, %llu in gaps, %llu lost, %u ends",
			 (unsigned long long)seed, (unsigned long long)seen.at, bytes,
			 (unsigned long long)seen.gap_bytes, (unsigned long long)lost, seen.n_end);
	sl_flow_free(flow);
	free(stream);
	free(seen.there);
}

static void run_shape(const struct shape *shape, unsigned times)
{
	struct packets *packets = malloc(sizeof(*packets));

	packets_init(packets);
	for (unsigned i = 0; i < times; i++)
		run_one(packets, 1000 + i, shape, true);
	packets_fini(packets);
	free(packets);
}

static void test_in_order(void **state)
{
	(void)state;
	run_shape(&(struct shape){.piece_bytes_max = 1448}, 20);
}

static void test_shuffled(void **state)
{
	(void)state;
	run_shape(&(struct shape){.spread = 20, .piece_bytes_max = 1448}, 20);
	run_shape(&(struct shape){.spread = 3, .piece_bytes_max = 60000}, 20);
}

static void test_repeats_and_overlaps(void **state)
{
	(void)state;
	run_shape(&(struct shape){.spread = 30, .repeats = 40, .piece_bytes_max = 1448}, 20);
	run_shape(&(struct shape){.spread = 300, .repeats = 90, .piece_bytes_max = 60}, 20);
}

static void test_losses(void **state)
{
	(void)state;
	run_shape(&(struct shape){.losses = 1, .piece_bytes_max = 1448}, 20);
	run_shape(
		&(struct shape){.spread = 50, .repeats = 30, .losses = 20, .piece_bytes_max = 700},
		30);
}

/* First come, first kept: in a hole, and against what has been handed out. */
static void test_first_bytes_stay(void **state)
{
	struct packets *packets = malloc(sizeof(*packets));
	struct seen seen = {.there = calloc(16, 1), .wanted = (const uint8_t *)"abcDEFgh"};
	struct sl_flow_limits limits;
	struct sl_flow *flow;
	struct tcp up = client;

	(void)state;
	packets_init(packets);
	up.flags = SYN;
	up.seq = 99;
	packets_tcp(packets, &up, NULL, 0);
	up.flags = ACK;
	up.seq = 103;
	packets_tcp(packets, &up, "DEF", 3);
	up.seq = 102;
	packets_tcp(packets, &up, "cxxxg", 5);
	up.seq = 100;
	packets_tcp(packets, &up, "ab", 2);
	packets_tcp(packets, &up, "??", 2);
	up.seq = 100;
	packets_tcp(packets, &up, "???????h", 8);
	sl_flow_limits_default(&limits);
	assert_int_equal(sl_flow_new(&limits, &flow), 0);
	packets_run(packets, flow, see, &seen);
	assert_int_equal(seen.at, 8);
	assert_int_equal(sl_flow_counts(flow)->outcomes[SL_PACKET_REPEAT], 1);
	packets_finish(flow, see, &seen);
	sl_flow_free(flow);
	free(seen.there);
	packets_fini(packets);
	free(packets);
}

/* What the receiver has acknowledged is not waited for long; what nobody has, is. */
static void test_acknowledged_is_lost(void **state)
{
	struct packets *packets = malloc(sizeof(*packets));
	struct seen seen = {.there = calloc(16, 1), .wanted = (const uint8_t *)"....efgh"};
	struct sl_flow_limits limits;
	struct sl_flow *flow;
	struct tcp up = client, down = server;

	(void)state;
	packets_init(packets);
	up.flags = SYN;
	up.seq = 99;
	packets_tcp(packets, &up, NULL, 0);
	down.flags = SYN | ACK;
	down.seq = 499;
	down.ack = 100;
	packets_tcp(packets, &down, NULL, 0);
	up.flags = ACK;
	up.seq = 104;
	packets_tcp(packets, &up, "ef", 2);
	sl_flow_limits_default(&limits);
	assert_int_equal(sl_flow_new(&limits, &flow), 0);
	packets->time_ns += limits.reorder_ns * 2;
	packets_tcp(packets, &up, "ef", 2);
	packets_run(packets, flow, see, &seen);
	assert_int_equal(seen.at, 0);

	packets_clear(packets);
	down.flags = ACK;
	down.seq = 500;
	down.ack = 106;
	packets_tcp(packets, &down, NULL, 0);
	packets_run(packets, flow, see, &seen);
	assert_int_equal(seen.at, 0);
	packets_clear(packets);
	packets->time_ns += limits.reorder_ns * 2;
	up.seq = 106;
	packets_tcp(packets, &up, "gh", 2);
	packets_run(packets, flow, see, &seen);
	assert_int_equal(seen.at, 8);
	assert_int_equal(seen.gap_bytes, 4);
	packets_finish(flow, see, &seen);
	sl_flow_free(flow);
	free(seen.there);
	packets_fini(packets);
	free(packets);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_in_order),
		cmocka_unit_test(test_shuffled),
		cmocka_unit_test(test_repeats_and_overlaps),
		cmocka_unit_test(test_losses),
		cmocka_unit_test(test_first_bytes_stay),
		cmocka_unit_test(test_acknowledged_is_lost),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
