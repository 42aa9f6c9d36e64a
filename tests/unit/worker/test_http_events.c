/* From a request to its reply and its records, with every number of workers. */
#include "rig.h"

#include "worker/worker_priv.h"

#include "sluice/reason.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define JSON "application/json"
#define NDJSON "application/x-ndjson"
#define EVENT(id, type, customer)                                                                  \
	"{\"id\":\"" id "\",\"type\":\"" type "\",\"customer\":\"" customer "\",\"amount\":7}"

static const char *const CAMPAIGNS =
	"campaign: pay\n"
	"kind: service\n"
	"match: type == \"card.payment\"\n"
	"send: {channel: push, template: T, data: {amount: event.amount}}\n"
	"---\n"
	"campaign: over\n"
	"kind: service\n"
	"valid: {from: 2020-01-01, until: 2020-12-31}\n"
	"match: type == \"card.payment\" && amount > 5\n"
	"send: {channel: push, template: T}\n";

static void one_event(void **state)
{
	(void)state;
	for (unsigned workers = 1; workers <= 4; workers *= 2) {
		struct rig *rig = calloc(1, sizeof(*rig));
		int connection;
		const char *reply;

		rig_open(rig, CAMPAIGNS, workers, false, false);
		connection = rig_connect(rig, 0);
		reply = rig_post(rig, connection, JSON, EVENT("e1", "card.payment", "C1"));
		assert_non_null(strstr(reply, "HTTP/1.1 200 OK\r\n"));
		assert_non_null(strstr(reply, "{\"received\":1,\"accepted\":1,\"matched\":1,"
					      "\"duplicates\":0,\"refused\":[]}"));
		assert_int_equal(rig_count(rig, SL_RECORD_MATCH), 1);
		for (unsigned i = 0; i < rig->n_records; i++) {
			if (rig->records[i].type != SL_RECORD_MATCH)
				continue;
			assert_string_equal(rig->records[i].campaign, "pay");
			assert_string_equal(rig->records[i].data, "{\"amount\":7}");
		}
		/* a decision for each trigger that matched: one sent, one outside its time */
		assert_int_equal(rig_count(rig, SL_RECORD_DECISION), 2);
		assert_int_equal(rig_count(rig, SL_RECORD_SEEN), 1);
		rig_assert_adds_up(rig);
		rig_close(rig);
		free(rig);
	}
}

static void batch_goes_on_behind_bad_ones(void **state)
{
	struct rig *rig = calloc(1, sizeof(*rig));
	const char *reply;

	(void)state;
	rig_open(rig, CAMPAIGNS, 2, false, false);
	reply = rig_post(
		rig, rig_connect(rig, 0), JSON,
		"[" EVENT("e1", "card.payment",
			  "C1") ",{\"id\":\"4711\"},{bad 123},7," EVENT("e2", "login", "C2") "]");
	assert_non_null(
		strstr(reply, "\"received\":5,\"accepted\":2,\"matched\":1,\"duplicates\":0"));
	assert_non_null(strstr(reply, "{\"index\":1,\"reason\":\"field_missing\"},{\"index\":2,"
				      "\"reason\":\"json_malformed\"},"
				      "{\"index\":3,\"reason\":\"not_an_object\"}"));
	assert_int_equal(rig_count(rig, SL_RECORD_REFUSED), 3);
	for (unsigned i = 0; i < rig->n_records; i++) {
		if (rig->records[i].type == SL_RECORD_REFUSED)
			assert_null(strpbrk(rig->records[i].text, "0123456789")); /* masked */
	}
	rig_assert_adds_up(rig);
	rig_close(rig);
	free(rig);
}

static void none_usable_is_400(void **state)
{
	struct rig *rig = calloc(1, sizeof(*rig));
	int connection;

	(void)state;
	rig_open(rig, CAMPAIGNS, 1, false, false);
	connection = rig_connect(rig, 0);
	assert_non_null(strstr(rig_post(rig, connection, JSON, "[1,2]"), "HTTP/1.1 400"));
	assert_non_null(strstr(rig_post(rig, connection, JSON, "[]"), "HTTP/1.1 400"));
	/* and the connection is still good */
	assert_non_null(
		strstr(rig_post(rig, connection, NDJSON,
				EVENT("a", "login", "C") "\n\n" EVENT("b", "login", "C") "\r\n"),
		       "\"received\":2,\"accepted\":2,\"matched\":0"));
	rig_close(rig);
	free(rig);
}

static void duplicates_are_judged_by_the_owner(void **state)
{
	(void)state;
	for (unsigned workers = 1; workers <= 4; workers *= 2) {
		struct rig *rig = calloc(1, sizeof(*rig));
		int connection;
		const char *reply;

		rig_open(rig, CAMPAIGNS, workers, false, false);
		connection = rig_connect(rig, 0);
		rig_post(rig, connection, JSON, EVENT("e1", "card.payment", "C1"));
		reply = rig_post(rig, connection, JSON,
				 "[" EVENT("e1", "card.payment",
					   "C1") "," EVENT("e1", "card.payment", "C2") "]");
		assert_non_null(strstr(
			reply, "\"received\":2,\"accepted\":1,\"matched\":1,\"duplicates\":1"));
		/* nothing but a duplicate is a success too */
		reply = rig_post(rig, connection, JSON, EVENT("e1", "card.payment", "C1"));
		assert_non_null(strstr(reply, "HTTP/1.1 200"));
		assert_int_equal(rig_count(rig, SL_RECORD_MATCH), 2);
		rig_assert_adds_up(rig);
		rig_close(rig);
		free(rig);
	}
}

static void statuses(void **state)
{
	static const struct {
		const char *request, *reply;
	} cases[] = {
		{"GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n", "HTTP/1.1 200"},
		{"GET /nowhere HTTP/1.1\r\nHost: a\r\n\r\n", "HTTP/1.1 404"},
		{"GET /v1/events HTTP/1.1\r\nHost: a\r\n\r\n", "HTTP/1.1 405"},
		{"POST /v1/events HTTP/1.1\r\nHost: a\r\nContent-Type: "
		 "text/plain\r\nContent-Length: 2\r\n\r\n{}",
		 "HTTP/1.1 415"},
		{"POST /v1/events HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n\r\n",
		 "HTTP/1.1 411"},
		{"POST /v1/events HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: "
		 "chunked\r\n\r\n0\r\n\r\n",
		 "HTTP/1.1 400"},
	};

	(void)state;
	for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct rig *rig = calloc(1, sizeof(*rig));
		int connection;

		rig_open(rig, CAMPAIGNS, 1, false, false);
		connection = rig_connect(rig, 0);
		rig_feed(rig, 0, connection, cases[i].request, strlen(cases[i].request));
		rig_settle(rig);
		assert_memory_equal(rig_take(rig, 0, connection), cases[i].reply,
				    strlen(cases[i].reply));
		rig_close(rig);
		free(rig);
	}
}

static void replies_keep_the_order_of_requests(void **state)
{
	struct rig *rig = calloc(1, sizeof(*rig));
	char all[65536];
	size_t n = 0;
	int connection;
	const char *replies;

	(void)state;
	rig_open(rig, CAMPAIGNS, 4, false, false);
	connection = rig_connect(rig, 0);
	/* their owners are anywhere, every second is refused at once */
	for (int i = 0; i < 100; i++) {
		char body[128];
		int bytes = i % 2 ? sprintf(body, "[%d]", i)
				  : sprintf(body, EVENT("e%d", "card.payment", "C%d"), i, i);

		n += (size_t)sprintf(all + n,
				     "POST /v1/events HTTP/1.1\r\nHost: a\r\nContent-Type: " JSON
				     "\r\nContent-Length: %d\r\n\r\n%s",
				     bytes, body);
	}
	rig_feed(rig, 0, connection, all, n);
	rig_settle(rig);
	replies = rig_take(rig, 0, connection);
	for (int i = 0; i < 100; i++) {
		assert_memory_equal(replies, i % 2 ? "HTTP/1.1 400" : "HTTP/1.1 200", 12);
		replies = strstr(replies + 1, "HTTP/1.1 ");
	}
	assert_null(replies);
	assert_true(rig_counter(rig, SL_COUNTER_HANDED_OVER) > 0);
	rig_assert_adds_up(rig);
	rig_close(rig);
	free(rig);
}

/* A reply that found no room leaves as soon as its peer has read: at its connection's ROOM, not at
 * the next round over all connections, which needs the clock to go on. */
static void replies_wait_for_their_peer_alone(void **state)
{
	struct rig *rig = calloc(1, sizeof(*rig));
	enum { N = 5, EACH = 800, BODY = 2 * EACH + 1 };
	char *all = malloc(N * (BODY + 256));
	unsigned connection, replies = 0;
	size_t n = 0;

	(void)state;
	rig_open(rig, CAMPAIGNS, 1, false, false);
	connection = (unsigned)rig_connect(rig, 0);
	/* replies of some 30 KiB each: four fill the output */
	for (unsigned i = 0; i < N; i++) {
		n += (size_t)sprintf(all + n,
				     "POST /v1/events HTTP/1.1\r\nHost: a\r\nContent-Type: " JSON
				     "\r\nContent-Length: %d\r\n\r\n[",
				     BODY);
		for (unsigned j = 0; j < EACH; j++)
			n += (size_t)sprintf(all + n, "7%c", j < EACH - 1 ? ',' : ']');
	}
	rig_feed(rig, 0, (int)connection, all, n);
	for (unsigned i = 0; i < 5000; i++)
		rig_step_one(rig, 0);
	assert_false(sl_worker_idle(sl_engine_worker(rig->engine, 0))); /* the rest waits */
	for (unsigned i = 0; i < N; i++) {
		const char *at = rig_take(rig, 0, (int)connection);

		for (; (at = strstr(at, "HTTP/1.1 400")); at++)
			replies++;
		rig_step_one(rig, 0);
	}
	assert_int_equal(replies, N);
	assert_true(sl_worker_idle(sl_engine_worker(rig->engine, 0)));
	rig_assert_adds_up(rig);
	rig_close(rig);
	free(all);
	free(rig);
}

#define WIDE 200

/* How far apart the events of the last burst lay, in slots. */
static unsigned stride_of(const struct rig *rig)
{
	const struct sl_burst *burst = &rig->engine->workers[0].burst;

	return (unsigned)(burst->events[1].slots - burst->events[0].slots);
}

/* A narrow schema, a wide one whose last field decides, and back, over one connection. */
static void a_burst_lies_as_far_apart_as_its_schema_asks(void **state)
{
	struct rig *rig = calloc(1, sizeof(*rig));
	char schema[32 * WIDE + 256], body[1024];
	int connection;
	size_t n;

	(void)state;
	rig_open(rig, CAMPAIGNS, 1, false, false);
	connection = rig_connect(rig, 0);
	rig_post(rig, connection, JSON,
		 "[" EVENT("e1", "card.payment", "C1") "," EVENT("e2", "login", "C2") "]");
	assert_int_equal(stride_of(rig), 6);
	n = (size_t)sprintf(schema, "schema: wide\nfields:\n"
				    "  id: {type: string, role: id, required: true}\n"
				    "  type: {type: string, role: type, required: true}\n"
				    "  customer: {type: string, role: key, required: true}\n");
	for (unsigned i = 0; i < WIDE; i++)
		n += (size_t)sprintf(schema + n, "  f%u: int\n", i);
	rig_use_schema(schema);
	assert_int_equal(rig_load(rig, "campaign: last\nowner: o\nkind: service\n"
				       "match: f0 == 1 && f199 == 7\n"
				       "send: {channel: push, template: T}\n"),
			 0);
	connection = rig_connect(rig, 0);
	n = (size_t)sprintf(body, "[");
	for (unsigned i = 0; i < 8; i++)
		n += (size_t)sprintf(body + n,
				     "%s{\"id\":\"w%u\",\"type\":\"t\",\"customer\":\"C\","
				     "\"f0\":1,\"f199\":%u}",
				     i ? "," : "", i, i % 2 ? 7 : 8);
	strcpy(body + n, "]");
	assert_non_null(
		strstr(rig_post(rig, connection, JSON, body), "\"accepted\":8,\"matched\":4"));
	assert_int_equal(stride_of(rig), 3 + WIDE);
	rig_use_schema(NULL);
	assert_int_equal(rig_load(rig, CAMPAIGNS), 0);
	connection = rig_connect(rig, 0);
	assert_non_null(strstr(rig_post(rig, connection, JSON,
					"[" EVENT("e3", "card.payment",
						  "C1") "," EVENT("e4", "card.payment", "C2") "]"),
			       "\"accepted\":2,\"matched\":2"));
	assert_int_equal(stride_of(rig), 6);
	rig_close(rig);
	free(rig);
}

static void without_rules_503(void **state)
{
	struct rig *rig = calloc(1, sizeof(*rig));
	const char *reply;

	(void)state;
	rig_open(rig, NULL, 1, false, false);
	reply = rig_post(rig, rig_connect(rig, 0), JSON, EVENT("e1", "login", "C1"));
	assert_non_null(strstr(reply, "HTTP/1.1 503"));
	assert_non_null(strstr(reply, "Retry-After: "));
	assert_int_equal(rig_ledger(rig, SL_LEDGER_RECEIVED), 0);
	rig_close(rig);
	free(rig);
}

static void a_closed_connection_still_has_its_events_taken(void **state)
{
	struct rig *rig = calloc(1, sizeof(*rig));
	const char *body = EVENT("e1", "card.payment", "C1");
	char request[512];
	int connection, n;

	(void)state;
	rig_open(rig, CAMPAIGNS, 4, false, false);
	connection = rig_connect(rig, 0);
	n = sprintf(request,
		    "POST /v1/events HTTP/1.1\r\nHost: a\r\nContent-Type: " JSON
		    "\r\nContent-Length: %zu\r\n\r\n%s",
		    strlen(body), body);
	rig_feed(rig, 0, connection, request, (size_t)n);
	rig_end(rig, 0, connection, true);
	rig_settle(rig);
	assert_int_equal(rig_ledger(rig, SL_LEDGER_MATCHED), 1);
	rig_assert_adds_up(rig);
	rig_close(rig);
	free(rig);
}

static void a_new_rule_set_takes_over(void **state)
{
	struct rig *rig = calloc(1, sizeof(*rig));

	(void)state;
	rig_open(rig, CAMPAIGNS, 2, false, false);
	rig_post(rig, rig_connect(rig, 0), JSON, EVENT("e1", "login", "C1"));
	assert_int_equal(rig_count(rig, SL_RECORD_MATCH), 0);
	assert_int_equal(rig_load(rig, "campaign: hello\nkind: service\nmatch: type == \"login\"\n"
				       "send: {channel: push, template: T}\n"),
			 0);
	rig_post(rig, rig_connect(rig, 0), JSON, EVENT("e2", "login", "C1"));
	assert_int_equal(rig_count(rig, SL_RECORD_MATCH), 1);
	assert_int_equal(sl_engine_ruleset(rig->engine), 2);
	rig_close(rig);
	free(rig);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_event),
		cmocka_unit_test(batch_goes_on_behind_bad_ones),
		cmocka_unit_test(none_usable_is_400),
		cmocka_unit_test(duplicates_are_judged_by_the_owner),
		cmocka_unit_test(statuses),
		cmocka_unit_test(replies_keep_the_order_of_requests),
		cmocka_unit_test(replies_wait_for_their_peer_alone),
		cmocka_unit_test(a_burst_lies_as_far_apart_as_its_schema_asks),
		cmocka_unit_test(without_rules_503),
		cmocka_unit_test(a_closed_connection_still_has_its_events_taken),
		cmocka_unit_test(a_new_rule_set_takes_over),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
