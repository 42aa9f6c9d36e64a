/* What was lost on its way is not taken for what did not come: through whole engines. */
#include "rig.h"

#include "worker/worker_priv.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#define NOW_S 1800000000ll /* where the rig's clock stands */
#define SEND "send: {channel: push, template: T}\n"
#define LOAN(name, more)                                                                           \
	"campaign: " name "\nkind: service\n" more "match:\n  - start: type == \"start\"\n"        \
	"  - not: type == \"done\"\n    within: 30m\n" SEND
#define TWO                                                                                        \
	"campaign: two\nkind: service\nmatch:\n  - start: type == \"start\"\n"                     \
	"  - next: type == \"next\"\n    within: 30m\n" SEND

static const char *const schema = "schema: rig\n"
				  "fields:\n"
				  "  id: {type: string, role: id, required: true}\n"
				  "  time: {type: time, role: time, required: true}\n"
				  "  type: {type: string, role: type, required: true}\n"
				  "  customer: {type: string, role: key}\n"
				  "  device: string\n";

static char data[64];

static int make_data(void **state)
{
	(void)state;
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

static void close_rig(struct rig *rig)
{
	rig_assert_adds_up(rig);
	rig_close(rig);
	free(rig);
}

/* minute: of the clock's. */
static void post(struct rig *rig, const char *id, const char *type, const char *customer,
		 const char *device, int minute)
{
	time_t second = NOW_S + minute * 60;
	char text[256], when[32];

	strftime(when, sizeof(when), "%Y-%m-%dT%H:%M:%SZ", gmtime(&second));
	snprintf(text, sizeof(text),
		 "{\"id\":\"%s\",\"time\":\"%s\",\"type\":\"%s\",\"customer\":\"%s\","
		 "\"device\":\"%s\"}",
		 id, when, type, customer, device);
	rig_post(rig, rig_connect(rig, 0), "application/json", text);
}

static void lose(struct rig *rig, int from_minute, int to_minute, const char *key)
{
	const struct sl_loss loss = {
		.from_ns = (NOW_S + from_minute * 60) * SL_NS_PER_S,
		.time_ns = (NOW_S + to_minute * 60) * SL_NS_PER_S,
		.packets = 1,
		.n_keys = key != NULL,
		.keys = {{key, key ? (uint32_t)strlen(key) : 0}},
	};

	sl_loss_notice(sl_engine_worker(rig->engine, 0), &loss);
	rig_settle(rig);
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

static uint64_t gate_count(const struct rig *rig, enum sl_gate gate)
{
	uint64_t n = 0;

	for (unsigned i = 0; i < rig->config.workers; i++)
		n += sl_stat_get(&sl_engine_worker(rig->engine, i)->stats->gates[gate]);
	return n;
}

static void pass_time(struct rig *rig, unsigned rounds, int64_t each_ms)
{
	for (unsigned i = 0; i < rounds; i++) {
		rig->now.monotonic_ns += each_ms * SL_NS_PER_MS;
		rig->now.wall_ns += each_ms * SL_NS_PER_MS;
		rig_settle(rig);
	}
}

/* A's flow lost something, B's did not; whichever worker owns them. */
static void a_flow_lost_something(void **state)
{
	(void)state;
	for (unsigned workers = 1; workers <= 4; workers++) {
		struct rig *rig = open_rig(
			LOAN("held", "") "---\n" LOAN("fired", "on_loss: fire\n") "---\n" TWO,
			workers);

		post(rig, "a1", "start", "A", "", -300);
		post(rig, "b1", "start", "B", "", -300);
		post(rig, "c1", "start", "C", "", -300);
		lose(rig, -280, -275, "A");
		lose(rig, -269, -268, "C"); /* when it had been due */
		post(rig, "a2", "next", "A", "", -271);
		end_of_time(rig);
		assert_int_equal(decided(rig, "held", SL_GATE_WITHHELD), 1);
		assert_int_equal(decided(rig, "held", SL_GATE_SENT), 2);
		assert_int_equal(decided(rig, "fired", SL_GATE_SENT), 3);
		assert_int_equal(decided(rig, "two", SL_GATE_SENT), 1);
		assert_int_equal(rig_counter(rig, SL_COUNTER_LOST), 2);
		assert_int_equal(rig_counter(rig, SL_COUNTER_LOSS_KEYS), 2);
		assert_int_equal(gate_count(rig, SL_GATE_WITHHELD), 1);
		close_rig(rig);
	}
}

/* A match that was withheld counts against no limit, and outranks nobody. */
static void withheld_counts_for_nothing(void **state)
{
	struct rig *rig =
		open_rig(LOAN("held", "exclusive: g\npriority: 9\nlimit: {per_customer: 1, per: "
				      "9d}\n") "---"
					       "\n" LOAN("low", "exclusive: g\non_loss: fire\n"),
			 1);

	(void)state;
	post(rig, "a1", "start", "A", "", -300);
	lose(rig, -280, -275, "A");
	post(rig, "a2", "start", "A", "", -200);
	end_of_time(rig);
	assert_int_equal(decided(rig, "held", SL_GATE_WITHHELD), 1);
	assert_int_equal(decided(rig, "low", SL_GATE_SENT), 1);
	assert_int_equal(decided(rig, "held", SL_GATE_SENT), 1);
	assert_int_equal(decided(rig, "low", SL_GATE_OUTRANKED), 1);
	close_rig(rig);
}

/* By another field nobody knows whose it was: all of them wait. */
static void a_flow_of_a_device(void **state)
{
	(void)state;
	for (unsigned workers = 1; workers <= 3; workers++) {
		struct rig *rig = open_rig(
			LOAN("mine", "") "---\n" LOAN("device", "by: device\n") "---\n" LOAN(
				"mailed", "by: device\nfor: customer\n"),
			workers);

		post(rig, "a1", "start", "A", "D1", -300);
		post(rig, "b1", "start", "B", "D2", -300);
		lose(rig, -280, -275, "Z");
		end_of_time(rig);
		assert_int_equal(decided(rig, "mine", SL_GATE_SENT), 2);
		assert_int_equal(decided(rig, "device", SL_GATE_WITHHELD), 2);
		assert_int_equal(decided(rig, "mailed", SL_GATE_WITHHELD), 2);
		close_rig(rig);
	}
}

/* One of a hundred in one second, where one of fifty or of two hundred may be lost. */
static void above_the_rate_of_the_channel(void **state)
{
	(void)state;
	for (unsigned strict = 0; strict < 2; strict++) {
		struct rig *rig = open_rig(LOAN("held", ""), 2);
		struct sl_worker *worker = sl_engine_worker(rig->engine, 1);

		rig->now.source = SL_CLOCK_PROGRAM;
		rig->engine->config.channels[0].loss_ppm = strict ? 5000 : 20000;
		post(rig, "a1", "start", "A", "", 0);
		sl_loss_seen(worker, 0, 99);
		sl_loss_notice(worker,
			       &(struct sl_loss){.time_ns = rig->now.wall_ns, .packets = 1});
		pass_time(rig, 40, 60000);
		assert_int_equal(decided(rig, "held", SL_GATE_WITHHELD), strict);
		assert_int_equal(decided(rig, "held", SL_GATE_SENT), !strict);
		close_rig(rig);
	}
}

/* The channel brings nothing for a while in the middle of A's half hour; B begins behind it. */
static void a_source_is_silent(void **state)
{
	(void)state;
	for (unsigned silent = 0; silent < 2; silent++) {
		struct rig *rig = open_rig(LOAN("held", ""), 3);

		rig->now.source = SL_CLOCK_PROGRAM;
		rig->engine->config.channels[0].silence_ms = 120000;
		post(rig, "a1", "start", "A", "", 0);
		for (int minute = 0; minute < 90; minute++) {
			char id[8];

			pass_time(rig, 1, 60000);
			if (silent && minute >= 10 && minute < 15)
				continue;
			snprintf(id, sizeof(id), "o%d", minute);
			post(rig, id, minute == 20 ? "start" : "other", "B", "", minute);
		}
		assert_int_equal(decided(rig, "held", SL_GATE_WITHHELD), silent);
		assert_int_equal(decided(rig, "held", SL_GATE_SENT), 2 - silent);
		close_rig(rig);
	}
}

static struct rig *open_on_disk(const char *campaigns, unsigned workers, bool udp)
{
	struct rig *rig = calloc(1, sizeof(*rig));

	rig_open_on_disk(rig, NULL, workers, data);
	rig->now.source = SL_CLOCK_PROGRAM;
	rig->engine->config.channels[0].loss_ppm = SL_LOSS_PPM_MAX;
	/* its bytes are HTTP all the same */
	if (udp)
		rig->engine->config.channels[0].protocol = SL_PROTOCOL_UDP;
	assert_int_equal(rig_load(rig, campaigns), 0);
	return rig;
}

/* What was lost under one engine is known to the next, with other workers too. */
static void known_after_a_restart(void **state)
{
	const unsigned workers[] = {3, 1, 4};
	struct rig *rig = open_on_disk(LOAN("held", ""), 2, false);

	(void)state;
	post(rig, "a1", "start", "A", "", 0);
	post(rig, "b1", "start", "B", "", 0);
	lose(rig, 1, 2, "A");
	pass_time(rig, 3, 1000);
	close_rig(rig);
	for (unsigned i = 0; i < 3; i++) {
		rig = open_on_disk(LOAN("held", ""), workers[i], false);
		rig->engine->config.channels[0].loss_ppm = 0;
		if (i == 0) {
			/* C began behind A's loss, and in a second of everybody's */
			post(rig, "c1", "start", "C", "", 4);
			rig->now.wall_ns = (NOW_S + 32 * 60) * SL_NS_PER_S;
			pass_time(rig, 2, 1000);
			sl_loss_notice(
				sl_engine_worker(rig->engine, 2),
				&(struct sl_loss){.time_ns = rig->now.wall_ns, .packets = 1});
			pass_time(rig, 4, 1000);
			assert_int_equal(gate_count(rig, SL_GATE_WITHHELD), 1);
			assert_int_equal(gate_count(rig, SL_GATE_SENT), 1);
		} else if (i == 1) {
			rig->now.wall_ns = (NOW_S + 33 * 60) * SL_NS_PER_S;
			pass_time(rig, 4, 1000);
			assert_int_equal(gate_count(rig, SL_GATE_WITHHELD), 0);
		} else {
			rig->now.wall_ns = (NOW_S + 60 * 60) * SL_NS_PER_S;
			pass_time(rig, 4, 1000);
			assert_int_equal(gate_count(rig, SL_GATE_WITHHELD), 1);
			assert_int_equal(gate_count(rig, SL_GATE_SENT), 0);
		}
		close_rig(rig);
	}
}

/* While nobody was there, nobody could hear; but who is answered sends again. */
static void the_time_it_was_down(void **state)
{
	(void)state;
	for (unsigned udp = 0; udp < 2; udp++) {
		struct rig *rig;

		assert_int_equal(make_data(NULL), 0);
		rig = open_on_disk(LOAN("held", ""), 2, udp);
		post(rig, "a1", "start", "A", "", 0);
		pass_time(rig, 5, 1000);
		close_rig(rig);
		rig = open_on_disk(LOAN("held", ""), 3, udp);
		rig->now.wall_ns = (NOW_S + 29 * 60) * SL_NS_PER_S;
		pass_time(rig, 4, 1000);
		post(rig, "b1", "start", "B", "", 32);
		pass_time(rig, 80, 60000);
		assert_int_equal(gate_count(rig, SL_GATE_WITHHELD), udp);
		assert_int_equal(gate_count(rig, SL_GATE_SENT), 2 - udp);
		close_rig(rig);
		assert_int_equal(remove_data(NULL), 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_flow_lost_something),
		cmocka_unit_test(withheld_counts_for_nothing),
		cmocka_unit_test(a_flow_of_a_device),
		cmocka_unit_test(above_the_rate_of_the_channel),
		cmocka_unit_test(a_source_is_silent),
		cmocka_unit_test_setup_teardown(known_after_a_restart, make_data, remove_data),
		cmocka_unit_test(the_time_it_was_down),
	};

	rig_use_schema(schema);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
