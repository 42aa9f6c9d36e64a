/* Campaigns that remember, through a whole engine: whose key an event goes to, by what time it is
 * judged, and what is decided. */
#include "remembering.h"

#include "base/counters.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

static const struct rig_record *match_of(const struct rig *rig, const char *campaign)
{
	for (unsigned i = 0; i < rig->n_records; i++)
		if (rig->records[i].type == SL_RECORD_MATCH &&
		    !strcmp(rig->records[i].campaign, campaign))
			return &rig->records[i];
	fail_msg("%s has no match", campaign);
	return NULL;
}

static void nothing_came(void **state)
{
	(void)state;
	for (unsigned workers = 1; workers <= 4; workers++) {
		struct rig *rig = open_rig(LOAN, workers);
		const struct rig_record *match;

		post(rig, event("a1", "start", "A", "", -300));
		post(rig, event("b1", "start", "B", "", -300));
		post(rig, event("b2", "done", "B", "", -280));
		assert_int_equal(rig_count(rig, SL_RECORD_MATCH), 0);
		end_of_time(rig);
		assert_int_equal(rig_count(rig, SL_RECORD_MATCH), 1);
		match = match_of(rig, "loan");
		assert_string_equal(match->key, "A");
		assert_string_equal(match->event, "a1");
		assert_string_equal(match->steps, "{\"start\":\"a1\"}");
		assert_string_equal(match->data, "{\"product\":\"P-a1\"}");
		assert_int_equal(match->flags, SL_MATCH_DUE);
		assert_true(match->time_ns == (1800000000ll - 270 * 60) * SL_NS_PER_S);
		assert_int_equal(rig_counter(rig, SL_COUNTER_MATCHES_DUE), 1);
		close_rig(rig);
	}
}

/* Three views each, of ten customers, in one request, each of them sent twice. */
static void counted_exactly_once(void **state)
{
	(void)state;
	for (unsigned workers = 1; workers <= 4; workers++) {
		struct rig *rig = open_rig(VIEWS, workers);
		static char body[16384];
		size_t at = 0;

		for (int i = 0; i < 30; i++) {
			char id[8], customer[8];

			snprintf(id, sizeof(id), "v%d", i);
			snprintf(customer, sizeof(customer), "C%d", i % 10);
			at += (size_t)snprintf(body + at, sizeof(body) - at, "%c%s", i ? ',' : '[',
					       event(id, "view", customer, "", i - 300));
		}
		snprintf(body + at, sizeof(body) - at, "]");
		assert_non_null(strstr(post(rig, body), "\"accepted\":30,\"matched\":10,"));
		assert_non_null(strstr(post(rig, body), "\"accepted\":0,\"matched\":0,"
							"\"duplicates\":30"));
		assert_int_equal(rig_count(rig, SL_RECORD_MATCH), 10);
		close_rig(rig);
	}
}

/* Two events on one device: each is one event to its sender, whatever owners it went to. */
static void a_device_for_its_customer(void **state)
{
	(void)state;
	for (unsigned workers = 1; workers <= 4; workers++) {
		struct rig *rig = open_rig(CARDS "---\n" VIEWS, workers);

		assert_non_null(strstr(post(rig, event("p1", "pay", "A", "D1", -300)),
				       "\"accepted\":1,\"matched\":0,\"duplicates\":0"));
		assert_non_null(strstr(post(rig, event("p2", "pay", "B", "D1", -299)),
				       "\"accepted\":1,\"matched\":1,\"duplicates\":0"));
		assert_non_null(strstr(post(rig, event("p2", "pay", "B", "D1", -299)),
				       "\"accepted\":0,\"matched\":0,\"duplicates\":1"));
		assert_int_equal(rig_count(rig, SL_RECORD_MATCH), 1);
		assert_string_equal(match_of(rig, "cards")->key, "B");
		assert_string_equal(match_of(rig, "cards")->steps, "{\"pay\":\"p2\"}");
		/* the customer's limit, whichever device it was */
		post(rig, event("p3", "pay", "B", "D2", -298));
		post(rig, event("p4", "pay", "B", "D2", -297));
		assert_int_equal(rig_count(rig, SL_RECORD_MATCH), 1);
		assert_int_equal(decided(rig, "cards", SL_GATE_LIMIT), 1);
		close_rig(rig);
	}
}

/* Their windows close at one instant, and have no first event: two matches all the same. */
static void two_devices_of_one_customer(void **state)
{
	(void)state;
	for (unsigned workers = 1; workers <= 3; workers++) {
		struct rig *rig = open_rig(
			"campaign: hours\nkind: service\nby: device\nfor: customer\nmatch:\n"
			"  - pay: type == \"pay\"\n    window: {tumbling: 1h}\n"
			"    having: count() >= 1\n    fire: at_end\n" SEND,
			workers);

		post(rig, event("p1", "pay", "A", "D1", -300));
		post(rig, event("p2", "pay", "A", "D2", -299));
		end_of_time(rig);
		assert_int_equal(decided(rig, "hours", SL_GATE_SENT), 2);
		close_rig(rig);
	}
}

static void who_has_no_such_field(void **state)
{
	struct rig *rig = open_rig(CARDS, 2);

	(void)state;
	assert_non_null(strstr(post(rig, "{\"id\":\"1\",\"time\":\"2027-01-15T01:00:00Z\","
					 "\"type\":\"pay\",\"customer\":\"A\"}"),
			       "\"accepted\":1,\"matched\":0,\"duplicates\":0"));
	assert_int_equal(rig_count(rig, SL_RECORD_SEEN), 0);
	close_rig(rig);
}

#define OFFER(name, more) "campaign: " name "\nkind: service\nmatch: type == \"start\"\n" more SEND

static void the_best_of_a_group(void **state)
{
	struct rig *rig = open_rig(
		OFFER("low", "exclusive: g\n") "---\n" OFFER(
			"zhigh",
			"exclusive: g\npriority: 9\n") "---\n" OFFER("other",
								     "exclusive: h\n") "---"
										       "\n" PLAIN,
		1);

	(void)state;
	post(rig, event("1", "start", "A", "", -300));
	assert_int_equal(rig_count(rig, SL_RECORD_MATCH), 3);
	assert_int_equal(decided(rig, "low", SL_GATE_OUTRANKED), 1);
	assert_int_equal(decided(rig, "zhigh", SL_GATE_SENT), 1);
	assert_int_equal(decided(rig, "other", SL_GATE_SENT), 1);
	assert_int_equal(decided(rig, "plain", SL_GATE_SENT), 1);
	close_rig(rig);
}

/* Two that share one place: the better one has it, also within one event. */
static void a_limit_is_shared(void **state)
{
	static const char shared[] = "limit: {per_customer: 1, per: 1h, over: both}\n";
	struct rig *rig;
	char text[1024];

	(void)state;
	snprintf(text, sizeof(text),
		 "campaign: a\nkind: service\nmatch: type == \"start\"\n%s" SEND
		 "---\ncampaign: b\nkind: service\npriority: 1\nmatch: type == \"start\"\n%s" SEND,
		 shared, shared);
	rig = open_rig(text, 1);
	post(rig, event("1", "start", "A", "", -300));
	assert_int_equal(decided(rig, "b", SL_GATE_SENT), 1);
	assert_int_equal(decided(rig, "a", SL_GATE_LIMIT), 1);
	post(rig, event("2", "start", "A", "", -241)); /* an hour is not over yet */
	assert_int_equal(decided(rig, "b", SL_GATE_LIMIT), 1);
	post(rig, event("3", "start", "A", "", -240));
	assert_int_equal(decided(rig, "b", SL_GATE_SENT), 2);
	close_rig(rig);
}

/* Six minutes fall due by the events behind them, the seventh by the end of time: that what was
 * sent counts for five minutes has to hold for it too. */
static void a_limit_at_the_end_of_time(void **state)
{
	struct rig *rig = open_rig("campaign: minutes\nkind: service\n"
				   "limit: {per_customer: 1, per: 5m}\nmatch:\n"
				   "  - views: type == \"view\"\n    window: {tumbling: 1m}\n"
				   "    having: count() >= 1\n    fire: at_end\n" SEND,
				   1);

	(void)state;
	for (int i = 0; i < 7; i++) {
		char id[8];

		snprintf(id, sizeof(id), "v%d", i);
		post(rig, event(id, "view", "A", "", i - 300));
	}
	end_of_time(rig);
	assert_int_equal(decided(rig, "minutes", SL_GATE_SENT), 2);
	assert_int_equal(decided(rig, "minutes", SL_GATE_LIMIT), 5);
	close_rig(rig);
}

static void told_when_late(void **state)
{
	struct rig *rig = open_rig(LOAN, 1);

	(void)state;
	post(rig, event("1", "other", "A", "", -100)); /* no candidate, and yet it is time */
	post(rig, event("2", "start", "A", "", -200));
	assert_int_equal(decided(rig, "loan", SL_GATE_LATE), 1);
	end_of_time(rig);
	assert_int_equal(rig_count(rig, SL_RECORD_MATCH), 0);
	close_rig(rig);
}

/* With a lateness of two hours the same event counts. */
static void late_within_the_lateness(void **state)
{
	struct rig *rig = calloc(1, sizeof(*rig));

	(void)state;
	rig->lateness_ms = 7200000;
	rig_open(rig, LOAN, 1, false, false);
	post(rig, event("1", "other", "A", "", -100));
	post(rig, event("2", "start", "A", "", -200));
	assert_int_equal(decided(rig, "loan", SL_GATE_LATE), 0);
	end_of_time(rig);
	assert_int_equal(rig_count(rig, SL_RECORD_MATCH), 1);
	close_rig(rig);
}

struct asking {
	struct rig *rig;
	uint64_t slots[3], live[3];
	int result;
	_Atomic bool done;
};

static void *ask_live(void *context)
{
	struct asking *asking = context;

	asking->result = sl_engine_live(asking->rig->engine, asking->slots, 3, asking->live);
	atomic_store(&asking->done, true);
	return NULL;
}

/* Each worker answers for itself, between two rounds; one that is held up is not waited for. */
static void live_keys_of_all_workers(void **state)
{
	struct rig *rig = open_rig(LOAN "---\n" VIEWS, 3);
	struct asking asking = {.rig = rig, .slots = {0, 1, 77}};
	char id[16], customer[16];
	int connection = rig_connect(rig, 0);
	pthread_t thread;

	(void)state;
	for (unsigned i = 0; i < 20; i++) {
		snprintf(id, sizeof(id), "s%u", i);
		snprintf(customer, sizeof(customer), "C%u", i);
		rig_post(rig, connection, "application/json",
			 event(id, i < 7 ? "start" : "view", customer, "", -1));
	}
	assert_int_equal(sl_engine_live(rig->engine, asking.slots, 3, asking.live), -SL_E_BUSY);
	/* the question that nobody waits for any more stands in the way until it is answered */
	assert_int_equal(sl_engine_live(rig->engine, asking.slots, 3, asking.live), -SL_E_BUSY);
	rig_settle(rig);
	assert_int_equal(pthread_create(&thread, NULL, ask_live, &asking), 0);
	while (!atomic_load(&asking.done))
		rig_settle(rig);
	pthread_join(thread, NULL);
	assert_int_equal(asking.result, 0);
	assert_int_equal(asking.live[0], 7);
	assert_int_equal(asking.live[1], 13);
	assert_int_equal(asking.live[2], 0);
	close_rig(rig);
}

struct looking {
	struct rig *rig;
	const char *key;
	struct sl_command_look looks[SL_COMMAND_LOOKS_MAX];
	int64_t tick_ns;
	int n;
	_Atomic bool done;
};

static void *ask_look(void *context)
{
	struct looking *looking = context;
	const struct sl_text key = {.at = looking->key, .bytes = (uint32_t)strlen(looking->key)};

	looking->n = sl_engine_look(looking->rig->engine, key, looking->looks, &looking->tick_ns);
	atomic_store(&looking->done, true);
	return NULL;
}

static struct looking look_at(struct rig *rig, const char *key)
{
	struct looking looking = {.rig = rig, .key = key};
	pthread_t thread;

	assert_int_equal(pthread_create(&thread, NULL, ask_look, &looking), 0);
	while (!atomic_load(&looking.done))
		rig_settle(rig);
	pthread_join(thread, NULL);
	return looking;
}

/* By the names of the rule set in force, from whichever worker owns the key. */
static void what_a_key_remembers(void **state)
{
	(void)state;
	for (unsigned workers = 1; workers <= 3; workers++) {
		struct rig *rig = open_rig(LOAN "---\n" VIEWS "---\n" CARDS, workers);
		struct looking looking;

		post(rig, event("s1", "start", "A", "", -2));
		post(rig, event("v1", "view", "A", "", -2));
		post(rig, event("v2", "view", "A", "", -1));
		post(rig, event("p1", "pay", "B", "D", -1));
		looking = look_at(rig, "A");
		assert_int_equal(looking.n, 2);
		for (int i = 0; i < 2; i++) {
			const struct sl_command_look *look = &looking.looks[i];
			bool run = look->kind == SL_COMMAND_LOOK_RUN;

			assert_int_equal(look->kind,
					 run ? SL_COMMAND_LOOK_RUN : SL_COMMAND_LOOK_WINDOW);
			assert_string_equal(look->campaign, run ? "loan" : "views");
			assert_string_equal(look->step, run ? "start" : "views");
			assert_int_equal(look->count, run ? 1 : 2);
			assert_int_equal(look->first_ns, (1800000000 - 120) * SL_NS_PER_S);
			assert_int_equal(look->due_ns - look->last_ns,
					 (run ? 1800 : 86400) * SL_NS_PER_S);
		}
		assert_string_not_equal(looking.looks[0].campaign, looking.looks[1].campaign);
		looking = look_at(rig, "D");
		assert_int_equal(looking.n, 1);
		assert_string_equal(looking.looks[0].campaign, "cards");
		assert_int_equal(look_at(rig, "B").n, 0);
		close_rig(rig);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_came),
		cmocka_unit_test(counted_exactly_once),
		cmocka_unit_test(a_device_for_its_customer),
		cmocka_unit_test(two_devices_of_one_customer),
		cmocka_unit_test(who_has_no_such_field),
		cmocka_unit_test(the_best_of_a_group),
		cmocka_unit_test(a_limit_is_shared),
		cmocka_unit_test(a_limit_at_the_end_of_time),
		cmocka_unit_test(told_when_late),
		cmocka_unit_test(late_within_the_lateness),
		cmocka_unit_test(live_keys_of_all_workers),
		cmocka_unit_test(what_a_key_remembers),
	};

	rig_use_schema(schema_with_time);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
