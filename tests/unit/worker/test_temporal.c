/* Campaigns that remember, through a whole engine: whose key an event goes to, by what time it is
 * judged, what is decided, and what an engine knows that was opened again. */
#include "rig.h"

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

#define SEND "send: {channel: push, template: T}\n"
#define LOAN                                                                                       \
	"campaign: loan\nkind: service\nmatch:\n  - start: type == \"start\"\n"                    \
	"  - not: type == \"done\"\n    within: 30m\n"                                             \
	"send: {channel: push, template: T, data: {product: start.product}}\n"
#define VIEWS                                                                                      \
	"campaign: views\nkind: service\nmatch:\n  - views: type == \"view\"\n    window: 1d\n"    \
	"    count: 3\n" SEND
#define CARDS                                                                                      \
	"campaign: cards\nkind: service\nby: device\nfor: customer\n"                              \
	"limit: {per_customer: 1, per: 1d}\nmatch:\n  - pay: type == \"pay\"\n    window: 1h\n"    \
	"    count: 2\n" SEND
#define PLAIN "campaign: plain\nkind: service\nmatch: type == \"start\"\n" SEND

static const char *const SCHEMA_WITH_TIME = "schema: rig\n"
					    "fields:\n"
					    "  id: {type: string, role: id, required: true}\n"
					    "  time: {type: time, role: time, required: true}\n"
					    "  type: {type: string, role: type, required: true}\n"
					    "  customer: {type: string, role: key}\n"
					    "  channel: {type: string, role: channel}\n"
					    "  device: string\n"
					    "  branch: int\n"
					    "  amount: int\n"
					    "  product: string\n";

static char data[64];

static int make_data(void **state)
{
	(void)state;
	rig_use_schema(SCHEMA_WITH_TIME);
	strcpy(data, "/tmp/sluice-data-XXXXXX");
	return mkdtemp(data) ? 0 : -1;
}

static int remove_data(void **state)
{
	char command[128];

	(void)state;
	snprintf(command, sizeof(command), "rm -rf %s", data);
	return system(command);
}

static struct rig *open_rig(const char *campaigns, unsigned workers)
{
	struct rig *rig = calloc(1, sizeof(*rig));

	rig_open(rig, campaigns, workers, false, false);
	return rig;
}

static struct rig *open_on_disk(const char *campaigns, unsigned workers)
{
	struct rig *rig = calloc(1, sizeof(*rig));

	rig_open_on_disk(rig, campaigns, workers, data);
	return rig;
}

static void close_rig(struct rig *rig)
{
	rig_assert_adds_up(rig);
	rig_close(rig);
	free(rig);
}

/* The rig's clock stands at 1,800,000,000; minute: before or behind that. */
static const char *event(const char *id, const char *type, const char *customer, const char *device,
			 int minute)
{
	static char text[8][256];
	static unsigned turn;
	char *at = text[turn++ % 8], when[32];
	time_t second = 1800000000 + minute * 60;

	strftime(when, sizeof(when), "%Y-%m-%dT%H:%M:%SZ", gmtime(&second));
	snprintf(at, sizeof(text[0]),
		 "{\"id\":\"%s\",\"time\":\"%s\",\"type\":\"%s\",\"customer\":\"%s\","
		 "\"device\":\"%s\",\"product\":\"P-%s\"}",
		 id, when, type, customer, device, id);
	return at;
}

static const char *post(struct rig *rig, const char *body)
{
	return rig_post(rig, rig_connect(rig, 0), "application/json", body);
}

static void end_of_time(struct rig *rig)
{
	sl_engine_tick(rig->engine, INT64_MAX);
	rig_settle(rig);
}

static unsigned decided(const struct rig *rig, const char *campaign, enum sl_gate gate)
{
	unsigned n = 0;

	for (unsigned i = 0; i < rig->n_records; i++)
		n += rig->records[i].type == SL_RECORD_DECISION &&
		     !strcmp(rig->records[i].campaign, campaign) && rig->records[i].gate == gate;
	return n;
}

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

/* What began under one engine ends under another, with any number of workers; and what was taken is
 * not taken again. */
static void state_outlives_the_engine(void **state)
{
	struct rig *rig = open_on_disk(VIEWS "---\n" CARDS, 1);

	(void)state;
	post(rig, event("v1", "view", "A", "", -300));
	post(rig, event("p1", "pay", "A", "D", -300));
	close_rig(rig);
	rig = open_on_disk(VIEWS "---\n" CARDS, 3);
	assert_non_null(strstr(post(rig, event("v1", "view", "A", "", -300)), "\"duplicates\":1"));
	assert_non_null(strstr(post(rig, event("v2", "view", "A", "", -299)), "\"matched\":0"));
	close_rig(rig);
	rig = open_on_disk(VIEWS "---\n" CARDS, 2);
	assert_non_null(strstr(post(rig, event("v3", "view", "A", "", -298)), "\"matched\":1"));
	assert_non_null(strstr(post(rig, event("p2", "pay", "A", "D", -298)), "\"matched\":1"));
	assert_int_equal(rig_counter(rig, SL_COUNTER_MATCHES), 2);
	close_rig(rig);
	rig = open_on_disk(VIEWS "---\n" CARDS, 4);
	assert_non_null(strstr(post(rig, event("v4", "view", "A", "", -297)), "\"matched\":0"));
	/* the limit is known too */
	post(rig, event("p3", "pay", "A", "D", -297));
	post(rig, event("p4", "pay", "A", "D", -296));
	assert_int_equal(rig_counter(rig, SL_COUNTER_MATCHES), 0);
	close_rig(rig);
}

/* Mail of another life waits for rules to be judged by; and what no version of these reads is let
 * go, and counted. */
static void mail_waits_for_rules(void **state)
{
	const struct sl_mail mail = {.id = {7, 7},
				     .from = 5,
				     .to = 4000,
				     .kind = SL_MAIL_MATCH,
				     .body = sl_span_text("no match")};
	struct rig *rig = open_on_disk(LOAN, 2);

	(void)state;
	assert_int_equal(sl_worker_mail(sl_engine_worker(rig->engine, 0), &mail), 0);
	for (unsigned i = 0; i < 50; i++) { /* worker 0 alone: committed, and never received */
		rig->now.monotonic_ns += SL_NS_PER_MS;
		rig_step_one(rig, 0);
		usleep(1000);
	}
	close_rig(rig);
	rig = open_on_disk(NULL, 2);
	rig_settle(rig);
	assert_int_equal(rig_counter(rig, SL_COUNTER_MAILBOX_TAKEN), 0);
	assert_int_equal(rig_load(rig, LOAN), 0);
	rig_settle(rig);
	assert_int_equal(rig_counter(rig, SL_COUNTER_MAILBOX_TAKEN), 1);
	assert_int_equal(rig_counter(rig, SL_COUNTER_MAILBOX_UNREADABLE), 1);
	close_rig(rig);
}

/* Other campaigns come, this one is renamed to a later place, and goes on. */
static void state_outlives_a_reload(void **state)
{
	struct rig *rig = open_on_disk(VIEWS, 2);

	(void)state;
	post(rig, event("v1", "view", "A", "", -300));
	post(rig, event("v2", "view", "A", "", -299));
	assert_int_equal(rig_load(rig, PLAIN "---\n" VIEWS), 0);
	assert_non_null(strstr(post(rig, event("v3", "view", "A", "", -298)), "\"matched\":1"));
	close_rig(rig);
}

static void what_is_due_tells_peers(void **state)
{
	struct rig *rig = calloc(1, sizeof(*rig));
	unsigned seconds = 0;

	(void)state;
	rig_open(rig, LOAN, 3, false, false);
	rig->now.source = SL_CLOCK_PROGRAM;
	for (unsigned i = 0; i < 12; i++) {
		char id[8], customer[8];

		snprintf(id, sizeof(id), "s%u", i);
		snprintf(customer, sizeof(customer), "C%u", i);
		post(rig, event(id, "start", customer, "", -60));
	}
	/* worker 0 alone brings events; the others have to hear that nothing comes from them */
	while (rig_counter(rig, SL_COUNTER_MATCHES_DUE) < 12 && seconds++ < 60) {
		rig->now.monotonic_ns += SL_NS_PER_S;
		rig->now.wall_ns += SL_NS_PER_S;
		rig_settle(rig);
	}
	assert_int_equal(rig_counter(rig, SL_COUNTER_MATCHES_DUE), 12);
	close_rig(rig);
}

/* A worker that nothing comes to does not hold back what the others' events make due. */
static void idle_workers_do_not_count(void **state)
{
	(void)state;
	for (unsigned workers = 1; workers <= 3; workers++) {
		struct rig *rig = calloc(1, sizeof(*rig));

		rig_open(rig, LOAN, workers, false, false);
		rig->now.source = SL_CLOCK_PROGRAM;
		rig->now.monotonic_ns += 3600 * SL_NS_PER_S;
		post(rig, event("a1", "start", "A", "", -30));
		post(rig, event("b1", "start", "B", "", 1));
		for (unsigned i = 0; i < 4; i++) {
			rig->now.monotonic_ns += 100 * SL_NS_PER_MS;
			rig_settle(rig);
		}
		assert_int_equal(rig_counter(rig, SL_COUNTER_MATCHES_DUE), 1);
		close_rig(rig);
	}
}

/* The clock of a gateway in service: where nothing comes it is by it that things fall due. */
static void due_while_it_was_down(void **state)
{
	struct rig *rig = open_on_disk(LOAN, 2);

	(void)state;
	post(rig, event("a1", "start", "A", "", -60));
	close_rig(rig);
	for (unsigned again = 0; again < 2; again++) {
		rig = calloc(1, sizeof(*rig));
		rig_open_on_disk(rig, LOAN, 3 - again, data);
		rig->now.source = SL_CLOCK_PROGRAM;
		for (unsigned round = 0; round < 20; round++) {
			rig->now.monotonic_ns += SL_NS_PER_S;
			rig->now.wall_ns += SL_NS_PER_S;
			rig_settle(rig);
		}
		assert_int_equal(rig_counter(rig, SL_COUNTER_MATCHES_DUE), again ? 0 : 1);
		assert_int_equal(rig_counter(rig, SL_COUNTER_MATCHES), again ? 0 : 1);
		close_rig(rig);
	}
}

static uint64_t blocks_written(const struct rig *rig)
{
	return sl_stat_get(&rig->config.stats->store.blocks);
}

static void pass_time(struct rig *rig, unsigned rounds, unsigned seconds)
{
	for (unsigned i = 0; i < rounds; i++) {
		rig->now.monotonic_ns += seconds * SL_NS_PER_S;
		rig->now.wall_ns += seconds * SL_NS_PER_S;
		rig_settle(rig);
	}
}

/* The tick goes on with the clock, and is written only with what was decided by it. */
static void an_idle_gateway_writes_nothing(void **state)
{
	struct rig *rig = calloc(1, sizeof(*rig));
	uint64_t before;

	(void)state;
	rig_open_on_disk(rig, LOAN, 2, data);
	rig->now.source = SL_CLOCK_PROGRAM;
	post(rig, event("a1", "start", "A", "", -1));
	pass_time(rig, 20, 1);
	before = blocks_written(rig);
	pass_time(rig, 60, 1);
	assert_int_equal(blocks_written(rig), before);
	pass_time(rig, 60, 30);
	assert_int_equal(rig_counter(rig, SL_COUNTER_MATCHES_DUE), 1);
	before = blocks_written(rig);
	pass_time(rig, 60, 1);
	assert_int_equal(blocks_written(rig), before);
	close_rig(rig);
}

/* Killed right behind it: what was late for one engine is late for the next. */
static void late_after_a_kill_too(void **state)
{
	struct rig *rig = open_on_disk(LOAN, 1);

	(void)state;
	post(rig, event("1", "other", "A", "", -100));
	post(rig, event("2", "start", "A", "", -200));
	assert_int_equal(rig_counter(rig, SL_COUNTER_DECISIONS), 1);
	close_rig(rig);
	rig = open_on_disk(LOAN, 2);
	post(rig, event("3", "start", "A", "", -200));
	assert_int_equal(rig_counter(rig, SL_COUNTER_DECISIONS), 1);
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
		cmocka_unit_test_setup_teardown(state_outlives_the_engine, make_data, remove_data),
		cmocka_unit_test_setup_teardown(state_outlives_a_reload, make_data, remove_data),
		cmocka_unit_test_setup_teardown(mail_waits_for_rules, make_data, remove_data),
		cmocka_unit_test(what_is_due_tells_peers),
		cmocka_unit_test(live_keys_of_all_workers),
		cmocka_unit_test(what_a_key_remembers),
		cmocka_unit_test_setup_teardown(idle_workers_do_not_count, make_data, remove_data),
		cmocka_unit_test_setup_teardown(due_while_it_was_down, make_data, remove_data),
		cmocka_unit_test_setup_teardown(an_idle_gateway_writes_nothing, make_data,
						remove_data),
		cmocka_unit_test_setup_teardown(late_after_a_kill_too, make_data, remove_data),
	};

	rig_use_schema(SCHEMA_WITH_TIME);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
