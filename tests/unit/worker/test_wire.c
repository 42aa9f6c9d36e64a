/* Packets through a whole worker: what a mirror shows becomes the events that its clients sent. */
#include "rig.h"

#include "base/counters.h"
#include "control/config/config.h"
#include "io/packets_mem.h"
#include "tests/unit/flow/packets.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include <cmocka.h>

#define CAMPAIGN                                                                                   \
	"campaign: a\nkind: service\nmatch: type == \"x\"\nsend: {channel: push, template: T}\n"
#define EVENT "{\"id\":\"%u\",\"type\":\"%s\",\"customer\":\"C%u\"}"
#define OK_REPLY "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"

enum { MIRROR = 0, BEACONS = 1 };

static struct packets packets;
static struct sl_config settings;
static const char *rules = "[{path: /v1/events, body: events},"
			   "{path: \"/apply/{customer}\", fields: {type: {constant: x}, customer: "
			   "path.customer, amount: form.amount, product: json.p}},"
			   "{path: /list, body: each, id: [customer, amount], fields: {type: "
			   "{constant: x}, customer: json.c, amount: json.a}}]";
static const char *channel_keys = "";

static void adjust(struct rig *rig)
{
	struct sl_engine_config *config = &rig->config;
	static struct sl_problems problems;
	char text[2048], why[SL_SENTENCE_BYTES];
	int n = snprintf(text, sizeof(text),
			 "wires: [{name: w, device: net_null}]\n"
			 "channels:\n"
			 "- {name: rig, protocol: mirror, wire: w, ports: [80], %srules: %s}\n"
			 "- {name: beacons, protocol: udp, wire: w, ports: [5140]}\n",
			 channel_keys, rules);

	problems.count = 0;
	if (sl_config_parse(text, (size_t)n, "/tmp", &settings, &problems))
		sl_problems_print(&problems, "rig", text, stderr);
	assert_int_equal(problems.count, 0);
	assert_int_equal(
		sl_mapping_view(settings.mapping, settings.mapping_bytes, 2, &config->mapping, why),
		0);
	memcpy(config->channels, settings.channels, sizeof(config->channels));
	config->n_channels = 2;
	config->settings.channels = 2;
	config->settings.wires = 1;
	config->settings.mirror_connections = 64;
	config->settings.mirror_memory_bytes = 4 << 20;
	config->settings.mirror_held_bytes = 1 << 20;
	config->settings.mirror_body_bytes = 4096;
	config->listeners[0] = config->listeners[1] = (struct sl_io_listener){.fd = -1};
	config->packets = &sl_packets_mem;
}

static struct rig *open_rig(const char *campaigns, unsigned workers)
{
	struct rig *rig = calloc(1, sizeof(*rig));

	assert_non_null(rig);
	rig->adjust = adjust;
	rig_open(rig, campaigns, workers, false, false);
	packets_clear(&packets);
	packets.time_ns = rig->now.wall_ns;
	return rig;
}

/* What the packets of the batch come to; counts are shown with housekeeping. */
static void pass_by(struct rig *rig, unsigned worker)
{
	struct sl_packets *to = sl_worker_packets(sl_engine_worker(rig->engine, worker));

	for (unsigned i = 0; i < packets.n; i++) {
		packets.of[i].time_source = SL_CLOCK_NIC;
		assert_int_equal(sl_packets_mem_feed(to, &packets.of[i]), 0);
	}
	rig_settle(rig);
	rig->now.monotonic_ns += 100 * SL_NS_PER_MS;
	rig->now.wall_ns += 100 * SL_NS_PER_MS;
	rig_settle(rig);
	packets_clear(&packets);
}

static uint64_t ledger(const struct rig *rig, unsigned channel, unsigned entry)
{
	uint64_t sum = 0;

	for (unsigned i = 0; i < rig->config.workers; i++)
		sum += sl_stat_get(&((const struct sl_stats_worker *)(rig->config.stats + 1))[i]
					    .ledger[channel][entry]);
	return sum;
}

static uint64_t reason(const struct rig *rig, unsigned channel, unsigned reason)
{
	return sl_stat_get(&((const struct sl_stats_worker *)(rig->config.stats + 1))
				    ->reasons[channel][reason]);
}

static void close_rig(struct rig *rig)
{
	for (unsigned i = 0; i < 2; i++)
		assert_int_equal(ledger(rig, i, SL_LEDGER_RECEIVED),
				 ledger(rig, i, SL_LEDGER_ACCEPTED) +
					 ledger(rig, i, SL_LEDGER_REFUSED) +
					 ledger(rig, i, SL_LEDGER_DUPLICATES) +
					 ledger(rig, i, SL_LEDGER_DROPPED));
	rig_close(rig);
	free(rig);
}

/* ---- conversations */

struct talk {
	uint16_t port;
	uint32_t client_seq, server_seq;
};

static void send_bytes(struct talk *talk, bool by_client, uint8_t flags, const void *at, size_t n)
{
	const struct tcp tcp = {
		.from = by_client ? 0x0a000001 : 0x0a000002,
		.to = by_client ? 0x0a000002 : 0x0a000001,
		.from_port = by_client ? talk->port : 80,
		.to_port = by_client ? 80 : talk->port,
		.seq = by_client ? talk->client_seq : talk->server_seq,
		.ack = by_client ? talk->server_seq : talk->client_seq,
		.flags = flags,
	};

	packets_tcp(&packets, &tcp, at, n);
	*(by_client ? &talk->client_seq : &talk->server_seq) +=
		(uint32_t)n + !!(flags & (SYN | FIN));
}

static struct talk begin(uint16_t port)
{
	struct talk talk = {port, 1000, 5000};

	send_bytes(&talk, true, SYN, "", 0);
	send_bytes(&talk, false, SYN | ACK, "", 0);
	send_bytes(&talk, true, ACK, "", 0);
	return talk;
}

static void ask_bytes(struct talk *talk, const char *head, const void *body, size_t n,
		      const char *reply)
{
	char text[8192];
	int bytes = snprintf(text, sizeof(text),
			     "%s\r\nHost: bank.example\r\nContent-Length: %zu\r\n\r\n", head, n);

	memcpy(text + bytes, body, n);
	send_bytes(talk, true, ACK | PSH, text, (size_t)bytes + n);
	if (reply)
		send_bytes(talk, false, ACK | PSH, reply, strlen(reply));
}

static void ask(struct talk *talk, const char *head, const char *body, const char *reply)
{
	ask_bytes(talk, head, body, strlen(body), reply);
}

static void end(struct talk *talk)
{
	send_bytes(talk, true, FIN | ACK, "", 0);
	send_bytes(talk, false, FIN | ACK, "", 0);
}

#define POST_JSON(path) "POST " path " HTTP/1.1\r\nContent-Type: application/json"

/* ---- tests */

static void requests_become_events(void **state)
{
	struct rig *rig = open_rig(CAMPAIGN, 1);
	struct talk talk = begin(4000);
	unsigned at = 0;

	(void)state;
	ask(&talk, POST_JSON("/apply/C1"), "{\"p\":\"L1\"}", OK_REPLY);
	ask(&talk, "POST /apply/C%2f2 HTTP/1.1\r\nContent-Type: application/x-www-form-urlencoded",
	    "amount=0700", OK_REPLY);
	ask(&talk, POST_JSON("/list"), "[{\"c\":\"D1\",\"a\":1},{\"c\":\"D2\",\"a\":\"x\"}]",
	    OK_REPLY);
	ask(&talk, "GET /other HTTP/1.1", "", OK_REPLY);
	ask(&talk, POST_JSON("/apply/C3"), "{\"p\":\"L1\"}",
	    "HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n");
	end(&talk);
	pass_by(rig, 0);
	assert_int_equal(rig_counter(rig, SL_COUNTER_MIRROR_REQUESTS), 5);
	assert_int_equal(rig_counter(rig, SL_COUNTER_MIRROR_REPLIES), 5);
	assert_int_equal(rig_counter(rig, SL_COUNTER_MIRROR_UNMAPPED), 1);
	assert_int_equal(rig_counter(rig, SL_COUNTER_MIRROR_DECLINED), 1);
	assert_int_equal(rig_counter(rig, SL_COUNTER_LOSSES), 0);
	assert_int_equal(rig_counter(rig, SL_COUNTER_PACKET_FIRST), 15);
	assert_int_equal(ledger(rig, MIRROR, SL_LEDGER_RECEIVED), 4);
	assert_int_equal(ledger(rig, MIRROR, SL_LEDGER_MATCHED), 3);
	assert_int_equal(reason(rig, MIRROR, SL_WHY_FIELD_TYPE), 1);
	assert_int_equal(rig_count(rig, SL_RECORD_MATCH), 3);
	while (rig->records[at].type != SL_RECORD_MATCH)
		at++;
	assert_string_equal(rig->records[at].key, "C1");
	assert_int_equal(strlen(rig->records[at].event), 32);
	/* as old as the packet that brought its head */
	assert_true(rig->records[at].time_ns > 1800000000 * SL_NS_PER_S);
	assert_true(rig->records[at].time_ns < 1800000000 * SL_NS_PER_S + 100000);
	close_rig(rig);
}

static void sort_lines(char *text, size_t bytes)
{
	for (size_t i = 0; i + bytes < strlen(text); i += bytes)
		for (size_t k = i + bytes; k < strlen(text); k += bytes)
			if (memcmp(text + i, text + k, bytes) > 0)
				for (size_t at = 0; at < bytes; at++) {
					char c = text[i + at];

					text[i + at] = text[k + at];
					text[k + at] = c;
				}
}

static void tell_matches(const struct rig *rig, char *told)
{
	told[0] = '\0';
	for (unsigned i = 0; i < rig->n_records; i++)
		if (rig->records[i].type == SL_RECORD_MATCH)
			sprintf(told + strlen(told), "%-8.8s%-8.8s%016llx\n", rig->records[i].key,
				rig->records[i].event, (unsigned long long)rig->records[i].id[0]);
	sort_lines(told, 33);
}

/* By HTTP to a listener, mirrored HTTP with chunks and reordering, and UDP. */
static void the_same_events_match_alike_by_each_way(void **state)
{
	char told[3][8192], event[128], body[256];
	struct rig *rig = calloc(1, sizeof(*rig));
	struct talk talk;
	int connection;

	(void)state;
	assert_non_null(rig);
	rig_open(rig, CAMPAIGN, 2, false, false);
	connection = rig_connect(rig, 0);
	for (unsigned i = 0; i < 100; i++) {
		snprintf(event, sizeof(event), EVENT, i, i % 3 ? "x" : "y", i % 7);
		rig_post(rig, connection, "application/json", event);
	}
	tell_matches(rig, told[0]);
	rig_close(rig);
	free(rig);

	rig = open_rig(CAMPAIGN, 2);
	talk = begin(4000);
	for (unsigned i = 0; i < 100; i++) {
		snprintf(event, sizeof(event), EVENT, i, i % 3 ? "x" : "y", i % 7);
		if (i % 2) {
			ask(&talk, POST_JSON("/v1/events"), event, OK_REPLY);
		} else {
			snprintf(body, sizeof(body),
				 "POST /v1/events HTTP/1.1\r\nHost: h\r\nContent-Type: "
				 "application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
				 "5\r\n%.5s\r\n%zx\r\n%s\r\n0\r\n\r\n",
				 event, strlen(event) - 5, event + 5);
			send_bytes(&talk, true, ACK, body, strlen(body) / 2);
			send_bytes(&talk, true, ACK, body + strlen(body) / 2,
				   strlen(body) - strlen(body) / 2);
			send_bytes(&talk, false, ACK, OK_REPLY, strlen(OK_REPLY));
		}
	}
	for (unsigned i = 8; i + 1 < packets.n; i += 5) {
		struct sl_packet packet = packets.of[i];

		packets.of[i] = packets.of[i + 1];
		packets.of[i + 1] = packet;
	}
	pass_by(rig, 1);
	tell_matches(rig, told[1]);
	assert_int_equal(rig_counter(rig, SL_COUNTER_MIRROR_LOST), 0);
	close_rig(rig);

	rig = open_rig(CAMPAIGN, 2);
	for (unsigned i = 0; i < 100; i++) {
		const struct tcp ends = {0x0a000001, 0x0a000002, 4000, 5140, 0, 0, 0, false, 0};

		snprintf(event, sizeof(event), EVENT, i, i % 3 ? "x" : "y", i % 7);
		packets_udp(&packets, &ends, event, strlen(event));
	}
	pass_by(rig, 0);
	tell_matches(rig, told[2]);
	assert_int_equal(ledger(rig, BEACONS, SL_LEDGER_RECEIVED), 100);
	close_rig(rig);
	assert_int_equal(strlen(told[0]), 66 * 33);
	assert_string_equal(told[0], told[1]);
	assert_string_equal(told[0], told[2]);
}

/* Each request that is whole is an event, each that a hole touches is counted as lost. */
static void holes_are_told(void **state)
{
	struct rig *rig = open_rig(CAMPAIGN, 1);
	struct talk talk = begin(4000);
	struct sl_packets *to;
	char event[128];

	(void)state;
	for (unsigned i = 0; i < 10; i++) {
		snprintf(event, sizeof(event), EVENT, i, "x", i);
		ask(&talk, POST_JSON("/v1/events"), event, OK_REPLY);
		if (i == 4) /* the request's packet; its reply stays */
			memmove(&packets.of[packets.n - 2], &packets.of[packets.n - 1],
				sizeof(packets.of[0])),
				packets.n--;
	}
	end(&talk);
	pass_by(rig, 0);
	assert_int_equal(ledger(rig, MIRROR, SL_LEDGER_RECEIVED), 9);
	assert_int_equal(rig_counter(rig, SL_COUNTER_FLOW_GAPS), 1);
	assert_int_equal(rig_counter(rig, SL_COUNTER_LOSSES), 1);
	to = sl_worker_packets(sl_engine_worker(rig->engine, 0));
	sl_packets_mem_lose(to, 0, 5);
	pass_by(rig, 0);
	assert_int_equal(rig_counter(rig, SL_COUNTER_LOSSES), 3); /* both channels are on it */
	close_rig(rig);
}

static size_t deflated(const char *text, size_t n, int bits, uint8_t *at, size_t room)
{
	z_stream stream = {0};

	assert_int_equal(deflateInit2(&stream, 9, Z_DEFLATED, bits, 8, Z_DEFAULT_STRATEGY), Z_OK);
	stream.next_in = (uint8_t *)text;
	stream.avail_in = (uInt)n;
	stream.next_out = at;
	stream.avail_out = (uInt)room;
	assert_int_equal(deflate(&stream, Z_FINISH), Z_STREAM_END);
	n = room - stream.avail_out;
	deflateEnd(&stream);
	return n;
}

static void bodies_are_unfolded_within_bounds(void **state)
{
	static const char text[] = "{\"id\":\"1234567\",\"type\":\"x\",\"customer\":\"C\"}";
	struct rig *rig = open_rig(CAMPAIGN, 1);
	struct talk talk = begin(4000);
	static char bomb[65536];
	uint8_t folded[4096];
	size_t n;

	(void)state;
	n = deflated(text, sizeof(text) - 1, 31, folded, sizeof(folded));
	ask_bytes(&talk, POST_JSON("/v1/events") "\r\nContent-Encoding: gzip", folded, n, OK_REPLY);
	folded[n / 2] ^= 0x55;
	ask_bytes(&talk, POST_JSON("/v1/events") "\r\nContent-Encoding: gzip", folded, n, OK_REPLY);
	n = deflated(text, sizeof(text) - 1, -15, folded, sizeof(folded));
	ask_bytes(&talk, POST_JSON("/v1/events") "\r\nContent-Encoding: deflate", folded, n,
		  OK_REPLY);
	ask_bytes(&talk, POST_JSON("/v1/events") "\r\nContent-Encoding: br", folded, n, OK_REPLY);
	memset(bomb, ' ', sizeof(bomb));
	n = deflated(bomb, sizeof(bomb), 31, folded, sizeof(folded));
	ask_bytes(&talk, POST_JSON("/v1/events") "\r\nContent-Encoding: gzip", folded, n, OK_REPLY);
	bomb[5000] = '\0';
	ask(&talk, POST_JSON("/v1/events"), bomb, OK_REPLY);
	ask(&talk, POST_JSON("/v1/events"), text, OK_REPLY);
	end(&talk);
	pass_by(rig, 0);
	assert_int_equal(ledger(rig, MIRROR, SL_LEDGER_RECEIVED), 7);
	assert_int_equal(ledger(rig, MIRROR, SL_LEDGER_MATCHED), 3); /* the id is not asked for */
	assert_int_equal(reason(rig, MIRROR, SL_WHY_BODY_CODING), 2);
	assert_int_equal(reason(rig, MIRROR, SL_WHY_BODY_TOO_LARGE), 2);
	assert_int_equal(rig_count(rig, SL_RECORD_REFUSED), 4);
	for (unsigned i = 0; i < rig->n_records; i++)
		if (rig->records[i].type == SL_RECORD_REFUSED)
			assert_string_equal(rig->records[i].text, "POST /v#/events");
	close_rig(rig);
}

static void repeats_are_taken_unless_they_are_asked_for(void **state)
{
	for (unsigned check = 0; check < 2; check++) {
		struct rig *rig;
		struct talk talk;
		char event[128];

		channel_keys = check ? "check_duplicates: true, " : "";
		rig = open_rig(CAMPAIGN, 1);
		talk = begin(4000);
		snprintf(event, sizeof(event), EVENT, 1, "x", 1);
		ask(&talk, POST_JSON("/v1/events"), event, OK_REPLY);
		ask(&talk, POST_JSON("/v1/events"), event, OK_REPLY);
		pass_by(rig, 0);
		assert_int_equal(ledger(rig, MIRROR, SL_LEDGER_DUPLICATES), check);
		assert_int_equal(rig_count(rig, SL_RECORD_MATCH), 2 - check);
		close_rig(rig);
	}
	(void)state;
	channel_keys = "";
}

static void before_there_are_rules_what_would_be_an_event_is_dropped(void **state)
{
	struct rig *rig = open_rig(NULL, 1);
	struct talk talk = begin(4000);

	(void)state;
	ask(&talk, POST_JSON("/list"), "[{\"c\":\"1\"},{\"c\":\"2\"}]", OK_REPLY);
	ask(&talk, "GET /other HTTP/1.1", "", OK_REPLY);
	pass_by(rig, 0);
	assert_int_equal(ledger(rig, MIRROR, SL_LEDGER_RECEIVED), 2);
	assert_int_equal(reason(rig, MIRROR, SL_WHY_NO_RULES), 2);
	close_rig(rig);
}

/* A request whose reply has not come when the gateway stops is still an event. */
static void stopping_takes_what_is_whole(void **state)
{
	struct rig *rig = open_rig(CAMPAIGN, 1);
	struct talk talk = begin(4000);

	(void)state;
	ask(&talk, POST_JSON("/apply/C1"), "{}", NULL);
	send_bytes(&talk, true, ACK, "POST /apply/C2 HTTP/1.1\r\n", 25);
	pass_by(rig, 0);
	assert_int_equal(ledger(rig, MIRROR, SL_LEDGER_RECEIVED), 0);
	assert_false(sl_engine_drained(rig->engine));
	sl_engine_drain(rig->engine);
	rig_settle(rig);
	assert_true(sl_engine_drained(rig->engine));
	assert_int_equal(ledger(rig, MIRROR, SL_LEDGER_MATCHED), 1);
	assert_int_equal(rig_counter(rig, SL_COUNTER_MIRROR_LOST), 1);
	close_rig(rig);
}

/* Read again it has the same ids. */
static void ids_stand_for_the_place_in_the_stream(void **state)
{
	char first[2][40] = {"", ""};

	(void)state;
	for (unsigned turn = 0; turn < 2; turn++) {
		struct rig *rig = open_rig(CAMPAIGN, 1);
		struct talk talk = begin(4000);

		ask(&talk, POST_JSON("/apply/C1"), "{}", OK_REPLY);
		ask(&talk, POST_JSON("/apply/C1"), "{}", OK_REPLY);
		pass_by(rig, 0);
		assert_int_equal(rig_count(rig, SL_RECORD_MATCH), 2);
		if (turn)
			assert_string_equal(rig->records[0].event, first[0]);
		snprintf(first[0], sizeof(first[0]), "%.32s", rig->records[0].event);
		for (unsigned i = 1; i < rig->n_records; i++)
			if (rig->records[i].type == SL_RECORD_MATCH)
				snprintf(first[1], sizeof(first[1]), "%.32s",
					 rig->records[i].event);
		assert_string_not_equal(first[0], first[1]);
		close_rig(rig);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(requests_become_events),
		cmocka_unit_test(the_same_events_match_alike_by_each_way),
		cmocka_unit_test(holes_are_told),
		cmocka_unit_test(bodies_are_unfolded_within_bounds),
		cmocka_unit_test(repeats_are_taken_unless_they_are_asked_for),
		cmocka_unit_test(before_there_are_rules_what_would_be_an_event_is_dropped),
		cmocka_unit_test(stopping_takes_what_is_whole),
		cmocka_unit_test(ids_stand_for_the_place_in_the_stream),
	};
	int failed;

	packets_init(&packets);
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	packets_fini(&packets);
	return failed;
}
