/* Headers of every kind in front of one and the same TCP segment: it comes out of all of them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "packets.h"

#include <stdlib.h>

static struct packets *packets;
static struct sl_flow *flow;
static char got[256];
static size_t n_got;

static const struct tcp ends = {.from = 0x0a000001,
				.to = 0x0a000002,
				.from_port = 4000,
				.to_port = 80,
				.flags = ACK,
				.seq = 5};

static void see(void *context, const struct sl_flow_item *item)
{
	(void)context;
	if (item->kind != SL_FLOW_BYTES && item->kind != SL_FLOW_DATAGRAM)
		return;
	assert_true(n_got + item->bytes.bytes <= sizeof(got));
	memcpy(got + n_got, item->bytes.at, item->bytes.bytes);
	n_got += item->bytes.bytes;
}

static int set_up(void **state)
{
	struct sl_flow_limits limits;

	(void)state;
	packets = malloc(sizeof(*packets));
	packets_init(packets);
	sl_flow_limits_default(&limits);
	limits.verify_checksums = true;
	limits.flows = 16;
	limits.held_bytes = 1 << 20;
	limits.datagrams = 4;
	n_got = 0;
	return sl_flow_new(&limits, &flow);
}

static int tear_down(void **state)
{
	(void)state;
	sl_flow_free(flow);
	packets_fini(packets);
	free(packets);
	return 0;
}

/* IPv4 and TCP with "hello". */
static size_t inner(uint8_t *at)
{
	size_t n = packets_tcp_bytes(at + 20, &ends, "hello", 5);

	return n + packets_ipv4(at, &ends, 6, 1, 0, n);
}

static void run_expecting(const char *text)
{
	packets_run(packets, flow, see, NULL);
	assert_int_equal(packets_accounted(flow), packets->n);
	assert_int_equal(n_got, strlen(text));
	assert_memory_equal(got, text, n_got);
}

static void check(uint8_t link, const char *header, size_t n)
{
	uint8_t room[512];

	set_up(NULL);
	memcpy(room, header, n);
	packets_add(packets, link, room, n + inner(room + n));
	run_expecting("hello");
	assert_int_equal(sl_flow_counts(flow)->outcomes[SL_PACKET_USED], 1);
	tear_down(NULL);
}

#define CHECK(link, header) check(link, header, sizeof(header) - 1)
#define MACS "\2\2\2\2\2\2\3\3\3\3\3\3"

static void test_links(void **state)
{
	(void)state;
	CHECK(SL_LINK_IP, "");
	CHECK(SL_LINK_ETHERNET, MACS "\x08\x00");
	CHECK(SL_LINK_ETHERNET, MACS "\x81\x00\x00\x05\x08\x00");
	CHECK(SL_LINK_ETHERNET, MACS "\x88\xa8\x00\x05\x81\x00\x00\x06\x08\x00");
	CHECK(SL_LINK_ETHERNET, MACS "\x00\x32\xaa\xaa\x03\x00\x00\x00\x08\x00");
	CHECK(SL_LINK_ETHERNET, MACS "\x88\x47\x00\x01\x00\x40\x00\x02\x01\x40");
	CHECK(SL_LINK_ETHERNET, MACS "\x88\x64\x11\x00\x00\x01\x00\x30\x00\x21");
	CHECK(SL_LINK_NULL, "\x02\x00\x00\x00");
	CHECK(SL_LINK_NULL, "\x00\x00\x00\x02");
	CHECK(SL_LINK_COOKED, "\x00\x00\x00\x01\x00\x06\1\2\3\4\5\6\0\0\x08\x00");
	CHECK(SL_LINK_COOKED_2, "\x08\x00\0\0\0\0\0\1\0\1\0\6\1\2\3\4\5\6\0\0");
	CHECK(SL_LINK_PPP, "\xff\x03\x00\x21");
	CHECK(SL_LINK_PPP, "\x21");
	CHECK(SL_LINK_CISCO_HDLC, "\x0f\x00\x08\x00");
	CHECK(SL_LINK_PPPOE, "\x11\x00\x00\x01\x00\x30\x00\x21");
}

/* What a mirror across a network wraps around it. */
static void test_tunnels(void **state)
{
	uint8_t room[512];
	size_t n;
	static const struct {
		const char *header;
		size_t bytes;
	} gre[] = {
		{"\x00\x00\x08\x00", 4},
		{"\x30\x00\x08\x00\0\0\0\1\0\0\0\2", 12},
		{"\x00\x00\x65\x58" MACS "\x08\x00", 18},
		{"\x10\x00\x88\xbe\0\0\0\1\x10\0\0\0\0\0\0\0" MACS "\x08\x00", 30},
		{"\x00\x00\x88\xbe" MACS "\x08\x00", 18},
		{"\x10\x00\x22\xeb\0\0\0\1\x20\0\0\0\0\0\0\0\0\0\0\0" MACS "\x08\x00", 34},
	};
	static const char vxlan[] = "\x08\0\0\0\0\0\1\0" MACS "\x08\x00";
	struct tcp outer = ends;

	(void)state;
	for (unsigned i = 0; i < sizeof(gre) / sizeof(gre[0]); i++) {
		set_up(NULL);
		memcpy(room + 20, gre[i].header, gre[i].bytes);
		n = gre[i].bytes + inner(room + 20 + gre[i].bytes);
		packets_ipv4(room, &ends, 47, 1, 0, n);
		packets_add(packets, SL_LINK_IP, room, 20 + n);
		run_expecting("hello");
		tear_down(NULL);
	}
	set_up(NULL);
	memcpy(room, vxlan, sizeof(vxlan) - 1);
	n = sizeof(vxlan) - 1 + inner(room + sizeof(vxlan) - 1);
	outer.to_port = 4789;
	packets_udp(packets, &outer, room, n);
	run_expecting("hello");
	tear_down(NULL);
}

static void put_ipv6(uint8_t *at, uint8_t next, size_t n)
{
	memset(at, 0, 40);
	at[0] = 0x60;
	at[4] = (uint8_t)(n >> 8);
	at[5] = (uint8_t)n;
	at[6] = next;
	at[23] = 1;
	at[39] = 2;
}

static void test_ipv6_extensions(void **state)
{
	uint8_t room[512] = {0};
	uint8_t *at = room + 40;
	size_t n;

	(void)state;
	set_up(NULL);
	memset(at, 0, 24);
	at[0] = 60; /* hop by hop, then options for the destination, then an atomic fragment */
	at[8] = 44;
	at[16] = 17;
	memcpy(at + 24, "\x0f\xa0\x23\x28\x00\x0d\x00\x00hello", 13);
	n = 24 + 13;
	put_ipv6(room, 0, n);
	/* the sum of a datagram in IPv6 may be left out only by tunnels; zero passes as such */
	packets_add(packets, SL_LINK_IP, room, 40 + n);
	run_expecting("hello");
	tear_down(NULL);
}

static void expect_outcome(enum sl_packet_outcome outcome)
{
	packets_run(packets, flow, see, NULL);
	assert_int_equal(packets_accounted(flow), packets->n);
	assert_int_equal(sl_flow_counts(flow)->outcomes[outcome], packets->n);
	tear_down(NULL);
}

static void test_refused(void **state)
{
	uint8_t room[512], chain[256];
	size_t n = inner(room);
	struct sl_packet *packet;

	(void)state;
	set_up(NULL);
	packets_add(packets, SL_LINK_UNKNOWN, room, n);
	expect_outcome(SL_PACKET_LINK_TYPE);
	set_up(NULL);
	packets_add(packets, SL_LINK_ETHERNET, MACS "\x08\x06", 14);
	expect_outcome(SL_PACKET_NOT_IP);
	for (size_t i = 0; i < 20 + 20; i++) {
		if (i == 0)
			continue;
		set_up(NULL);
		packet = packets_add(packets, SL_LINK_IP, room, n);
		packet->bytes = (uint32_t)i;
		expect_outcome(SL_PACKET_SHORT);
	}
	set_up(NULL);
	packet = packets_add(packets, SL_LINK_IP, room, n);
	packet->bytes -= 2;
	expect_outcome(SL_PACKET_CUT);
	room[n - 1] ^= 1;
	set_up(NULL);
	packets_add(packets, SL_LINK_IP, room, n);
	expect_outcome(SL_PACKET_TCP_CHECKSUM);
	room[n - 1] ^= 1;
	room[8] ^= 1;
	set_up(NULL);
	packets_add(packets, SL_LINK_IP, room, n);
	expect_outcome(SL_PACKET_IP_CHECKSUM);
	set_up(NULL);
	memcpy(chain, MACS, 12);
	for (size_t i = 12; i < sizeof(chain); i += 4)
		memcpy(chain + i, "\x81\x00\x00\x01", 4);
	packets_add(packets, SL_LINK_ETHERNET, chain, sizeof(chain));
	expect_outcome(SL_PACKET_TOO_DEEP);
	set_up(NULL);
	sl_flow_port(flow, 8080);
	room[8] ^= 1;
	packets_add(packets, SL_LINK_IP, room, n);
	expect_outcome(SL_PACKET_OTHER_PORT);
}

/* Fragments in any order, with one sent twice. */
static void add_fragment(const uint8_t *segment, size_t from, size_t to, size_t n)
{
	uint8_t room[512];

	memcpy(room + 20, segment + from, to - from);
	packets_ipv4(room, &ends, 6, 9, (uint16_t)(from / 8 | (to < n ? 0x2000 : 0)), to - from);
	packets_add(packets, SL_LINK_IP, room, 20 + to - from);
}

static void test_fragments(void **state)
{
	uint8_t segment[256];
	size_t n = packets_tcp_bytes(segment, &ends, "twenty bytes of text", 20);

	(void)state;
	set_up(NULL);
	add_fragment(segment, 32, n, n);
	add_fragment(segment, 0, 16, n);
	add_fragment(segment, 0, 16, n);
	add_fragment(segment, 16, 32, n);
	run_expecting("twenty bytes of text");
	assert_int_equal(sl_flow_counts(flow)->outcomes[SL_PACKET_USED], 3);
	assert_int_equal(sl_flow_counts(flow)->outcomes[SL_PACKET_REPEAT], 1);
	tear_down(NULL);

	set_up(NULL); /* one that overlaps in part spoils all, also what comes later */
	add_fragment(segment, 0, 16, n);
	add_fragment(segment, 8, 32, n);
	add_fragment(segment, 16, 32, n);
	add_fragment(segment, 32, n, n);
	expect_outcome(SL_PACKET_FRAGMENT_OVERLAP);

	set_up(NULL); /* the same place with other bytes */
	add_fragment(segment, 0, 16, n);
	segment[3] ^= 1;
	add_fragment(segment, 0, 16, n);
	segment[3] ^= 1;
	expect_outcome(SL_PACKET_FRAGMENT_OVERLAP);

	set_up(NULL);
	add_fragment(segment, 0, 16, n);
	packets_run(packets, flow, see, NULL);
	assert_int_equal(packets_accounted(flow), 0);
	sl_flow_take(flow, NULL, 0, packets->time_ns + 31000000000);
	packets_finish(flow, NULL, NULL);
	assert_int_equal(sl_flow_counts(flow)->outcomes[SL_PACKET_FRAGMENT_INCOMPLETE], 1);
	tear_down(NULL);

	set_up(NULL); /* more of them at once than there is room for: the oldest goes */
	for (unsigned i = 0; i < 5; i++) {
		uint8_t room[64] = {0};

		packets_ipv4(room, &ends, 6, (uint16_t)(100 + i), 0x2000, 16);
		packets_add(packets, SL_LINK_IP, room, 36);
	}
	packets_run(packets, flow, see, NULL);
	assert_int_equal(sl_flow_counts(flow)->outcomes[SL_PACKET_FRAGMENT_NO_ROOM], 1);
	packets_finish(flow, NULL, NULL);
	assert_int_equal(packets_accounted(flow), 5);
	tear_down(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_links),           cmocka_unit_test(test_tunnels),
		cmocka_unit_test(test_ipv6_extensions), cmocka_unit_test(test_refused),
		cmocka_unit_test(test_fragments),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
