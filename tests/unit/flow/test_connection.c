/* How connections begin, end, and begin again. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "packets.h"

#include <stdio.h>
#include <stdlib.h>

static struct packets *packets;
static struct sl_flow *flow;
static char told[4096]; /* what was handed out, as text */

static const struct tcp client = {
	.from = 0x0a000001, .to = 0x0a000002, .from_port = 4000, .to_port = 80};
static const struct tcp server = {
	.from = 0x0a000002, .to = 0x0a000001, .from_port = 80, .to_port = 4000};

static void see(void *context, const struct sl_flow_item *item)
{
	static const char *const kinds[] = {"?", "open ", "", "gap", "end", "close", "datagram "};
	bool is_client = item->ends->of[item->side].port == 4000;
	size_t n = strlen(told);

	(void)context;
	if (item->kind == SL_FLOW_BYTES)
		snprintf(told + n, sizeof(told) - n, "%c:%.*s ", is_client ? 'c' : 's',
			 (int)item->bytes.bytes, (const char *)item->bytes.at);
	else if (item->kind == SL_FLOW_GAP)
		snprintf(told + n, sizeof(told) - n, "gap%c%s%llu ", is_client ? 'c' : 's',
			 item->unknown ? "?" : "", (unsigned long long)item->length);
	else if (item->kind == SL_FLOW_CLOSE)
		snprintf(told + n, sizeof(told) - n, "close%d ", item->why);
	else if (item->kind == SL_FLOW_END)
		snprintf(told + n, sizeof(told) - n, "end%c ", is_client ? 'c' : 's');
	else
		snprintf(told + n, sizeof(told) - n, "%s", kinds[item->kind]);
}

static int set_up(void **state)
{
	struct sl_flow_limits limits;

	(void)state;
	packets = malloc(sizeof(*packets));
	packets_init(packets);
	sl_flow_limits_default(&limits);
	limits.flows = 4;
	told[0] = '\0';
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

static void up(unsigned flags, uint32_t seq, uint32_t ack, const char *text)
{
	struct tcp tcp = client;

	tcp.flags = (uint8_t)flags;
	tcp.seq = seq;
	tcp.ack = ack;
	packets_tcp(packets, &tcp, text, strlen(text));
}

static void down(unsigned flags, uint32_t seq, uint32_t ack, const char *text)
{
	struct tcp tcp = server;

	tcp.flags = (uint8_t)flags;
	tcp.seq = seq;
	tcp.ack = ack;
	packets_tcp(packets, &tcp, text, strlen(text));
}

static void expect(const char *text)
{
	packets_run(packets, flow, see, NULL);
	packets_clear(packets);
	assert_string_equal(told, text);
	told[0] = '\0';
}

static uint64_t outcome(enum sl_packet_outcome which)
{
	return sl_flow_counts(flow)->outcomes[which];
}

static void shake_hands(void)
{
	up(SYN, 99, 0, "");
	down(SYN | ACK, 499, 100, "");
	up(ACK, 100, 500, "");
}

static void test_whole(void **state)
{
	(void)state;
	shake_hands();
	up(ACK, 100, 500, "ask");
	down(ACK, 500, 103, "answer");
	up(FIN | ACK, 103, 506, "");
	down(FIN | ACK, 506, 104, "");
	up(ACK, 104, 507, "");
	expect("open c:ask s:answer endc ends close1 ");
	up(ACK, 100, 500, "ask");
	expect("");
	assert_int_equal(outcome(SL_PACKET_REPEAT), 1);
	packets_finish(flow, see, NULL);
	expect("");
}

/* The FIN comes before the bytes in front of it. */
static void test_fin_early(void **state)
{
	(void)state;
	shake_hands();
	up(FIN | ACK, 106, 500, "");
	up(ACK, 103, 500, "def");
	up(ACK, 100, 500, "abc");
	expect("open c:abcdef endc ");
	up(ACK, 106, 500, "behind");
	expect("");
	assert_int_equal(outcome(SL_PACKET_AFTER_END), 1);
}

/* Found by the fuzzer: a segment without payload behind the end of its stream. */
static void test_nothing_behind_end(void **state)
{
	(void)state;
	down(ACK, 500, 100, "");
	up(SYN | FIN, 99, 0, "");
	up(ACK, 30000, 500, "");
	expect("open gaps?0 endc ");
}

static void test_middle(void **state)
{
	(void)state;
	up(ACK, 5000, 700, "tail");
	down(ACK, 700, 5004, "back");
	expect("open gapc?0 c:tail gaps?0 s:back ");
	packets_finish(flow, see, NULL);
	expect("close6 ");
}

/* Either half of a handshake tells where both streams begin. */
static void test_syn_missed(void **state)
{
	(void)state;
	down(SYN | ACK, 499, 100, "");
	up(ACK, 103, 500, "def");
	up(ACK, 100, 500, "abc");
	expect("open c:abcdef ");
}

static void test_reset(void **state)
{
	(void)state;
	shake_hands();
	up(RST, 4000, 0, "");
	expect("open ");
	assert_int_equal(outcome(SL_PACKET_STRANGE_SYN), 1);
	up(ACK, 103, 500, "def");
	up(RST, 106, 0, "");
	expect("gapc3 c:def close2 ");
	up(RST, 106, 0, "");
	expect("");
	assert_int_equal(outcome(SL_PACKET_AFTER_END), 1);
	up(ACK, 106, 500, "still here"); /* its receiver had not heeded it */
	expect("open gapc?0 gaps?0 c:still here ");
}

/* A SYN in the middle is not heeded until the other side agrees to it. */
static void test_syn_again(void **state)
{
	(void)state;
	shake_hands();
	up(ACK, 100, 500, "one");
	up(SYN, 9000, 0, "");
	up(ACK, 103, 500, "two");
	expect("open c:one c:two ");
	assert_int_equal(outcome(SL_PACKET_STRANGE_SYN), 1);
	down(SYN | ACK, 777, 9001, "");
	up(ACK, 9001, 778, "new");
	expect("close5 open c:new ");
}

/* It counts one, which is no byte that is missing. */
static void test_fin_behind_its_acknowledgement(void **state)
{
	(void)state;
	up(SYN, 99, 0, "");
	down(SYN | ACK, 199, 100, "");
	up(ACK, 100, 200, "ab");
	down(FIN | ACK, 200, 103, "");
	up(ACK, 103, 201, "");
	up(FIN | ACK, 102, 200, "");
	expect("open c:ab ends endc close1 ");
	assert_int_equal(sl_flow_counts(flow)->gaps, 0);
}

static void test_wrap_around(void **state)
{
	(void)state;
	up(SYN, 0xfffffffc, 0, "");
	up(ACK, 0x00000001, 0, "ef");
	up(ACK, 0xfffffffd, 0, "abcd");
	expect("open c:abcdef ");
}

static void test_old_timestamp(void **state)
{
	struct tcp tcp = client;

	(void)state;
	tcp.has_timestamp = true;
	tcp.flags = SYN;
	tcp.seq = 99;
	tcp.timestamp = 1000;
	packets_tcp(packets, &tcp, NULL, 0);
	tcp.flags = ACK;
	tcp.seq = 100;
	tcp.timestamp = 1001;
	packets_tcp(packets, &tcp, "ab", 2);
	tcp.seq = 102;
	tcp.timestamp = 400; /* from before the numbers wrapped around */
	packets_tcp(packets, &tcp, "XX", 2);
	tcp.timestamp = 1001;
	packets_tcp(packets, &tcp, "cd", 2);
	expect("open c:ab c:cd ");
	assert_int_equal(outcome(SL_PACKET_OLD_TIMESTAMP), 1);
}

/* What a mirror brings late is needed, though a part of it was sent again with a later timestamp.
 */
static void test_late_timestamp(void **state)
{
	struct tcp tcp = client;

	(void)state;
	tcp.has_timestamp = true;
	tcp.flags = SYN;
	tcp.seq = 99;
	tcp.timestamp = 1000;
	packets_tcp(packets, &tcp, NULL, 0);
	tcp.flags = ACK;
	tcp.seq = 100;
	tcp.timestamp = 1003;
	packets_tcp(packets, &tcp, "ab", 2);
	tcp.timestamp = 1002;
	packets_tcp(packets, &tcp, "abcd", 4);
	expect("open c:ab c:cd ");
	assert_int_equal(outcome(SL_PACKET_OLD_TIMESTAMP), 0);
}

/* Far away: not believed at once, but when nobody speaks and it goes on. */
static void test_far_away(void **state)
{
	(void)state;
	up(SYN, 99, 0, "");
	up(ACK, 100, 0, "ab");
	up(ACK, 900000000, 0, "xx");
	up(ACK, 102, 0, "cd");
	expect("open c:ab c:cd ");
	assert_int_equal(outcome(SL_PACKET_OUTSIDE_WINDOW), 1);
	up(ACK, 900000002, 0, "yy");
	up(ACK, 900000004, 0, "zz");
	expect("gapc?0 c:yy c:zz ");
}

/* More connections than there is room for: the one idle longest goes, what it held first. */
static void test_evicted(void **state)
{
	struct tcp tcp = client;

	(void)state;
	shake_hands();
	up(ACK, 102, 500, "cd");
	expect("open ");
	for (unsigned i = 1; i <= 4; i++) {
		packets->time_ns += 1000000000;
		tcp.from_port = (uint16_t)(5000 + i);
		tcp.flags = SYN;
		packets_tcp(packets, &tcp, NULL, 0);
	}
	expect("open open open gapc2 c:cd close4 open ");
	assert_int_equal(sl_flow_counts(flow)->evicted_flows, 1);
	sl_flow_take(flow, NULL, 0, packets->time_ns + 4000000000000);
	packets_run(packets, flow, see, NULL);
	packets_finish(flow, see, NULL);
	expect("close3 close3 close3 close3 ");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(test_whole),
		TEST(test_fin_early),
		TEST(test_nothing_behind_end),
		TEST(test_middle),
		TEST(test_syn_missed),
		TEST(test_reset),
		TEST(test_syn_again),
		TEST(test_fin_behind_its_acknowledgement),
		TEST(test_wrap_around),
		TEST(test_old_timestamp),
		TEST(test_late_timestamp),
		TEST(test_far_away),
		TEST(test_evicted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
