/* Campaigns that remember, over restarts and along the clock: what an engine knows that was opened
 * again, and what falls due where nothing comes. */
#include "remembering.h"

#include "base/counters.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

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

/* Rules change and change: what was remembered under them is gone from memory, and said to be gone
 * to who keeps it on disk. */
static void nothing_is_left_of_rules_that_changed(void **state)
{
	struct rig *rig = open_rig(PLAIN, 3);
	unsigned written, gone;
	char text[512];

	(void)state;
	for (unsigned round = 0; round < 12; round++) {
		int connection;

		snprintf(text, sizeof(text),
			 "campaign: wait\nkind: service\nmatch:\n  - start: type == \"start\"\n"
			 "  - next: type == \"next\"\n    within: %uh\n" SEND,
			 100 + round);
		assert_int_equal(rig_load(rig, text), 0);
		rig_settle(rig);
		connection = rig_connect(rig, 0); /* an older one was idle for long */
		for (unsigned i = 0; i < 20; i++) {
			char id[16], customer[8];

			snprintf(id, sizeof(id), "s%u-%u", round, i);
			snprintf(customer, sizeof(customer), "C%u", i);
			rig_post(rig, connection, "application/json",
				 event(id, "start", customer, "", -300));
		}
	}
	for (unsigned i = 0; i < 100; i++)
		rig_settle(rig);
	written = rig_count(rig, SL_RECORD_DELTA);
	gone = rig_count(rig, SL_RECORD_TOMBSTONE);
	assert_int_equal(written, 12 * 20);
	assert_int_equal(gone, 11 * 20);
	assert_int_equal(rig_load(rig, PLAIN), 0);
	for (unsigned i = 0; i < 100; i++)
		rig_settle(rig);
	assert_int_equal(rig_count(rig, SL_RECORD_TOMBSTONE), 12 * 20);
	close_rig(rig);
}

#define HOURS(having)                                                                              \
	"campaign: hours\nkind: service\non_change: drain\nmatch:\n"                               \
	"  - views: type == \"view\"\n    window: {tumbling: 1h}\n    having: " having             \
	"\n    fire: at_end\nsend: {channel: push, template: T, data: {n: views.count}}\n"

/* The window that was open when the campaign changed ends as it began, with what still comes; that
 * of the new campaign ends with it, under the same id. They are one match, and the older tells. */
static void drained_and_new_end_at_once(void **state)
{
	struct rig *rig = open_rig(HOURS("count() >= 1"), 2);

	(void)state;
	post(rig, event("v1", "view", "A", "", -299));
	assert_int_equal(rig_load(rig, HOURS("count() >= 1 && count() < 9")), 0);
	post(rig, event("v2", "view", "A", "", -298));
	end_of_time(rig);
	for (unsigned i = 0; i < rig->n_records; i++)
		if (rig->records[i].type == SL_RECORD_MATCH)
			assert_string_equal(rig->records[i].data, "{\"n\":2}");
	assert_int_equal(rig_count(rig, SL_RECORD_MATCH), 1);
	assert_int_equal(decided(rig, "hours", SL_GATE_SENT), 1);
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
		rig = open_on_disk(LOAN, 3 - again);
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

/* The tick goes on with the clock, and is written only with what was decided by it. */
static void an_idle_gateway_writes_nothing(void **state)
{
	struct rig *rig = open_on_disk(LOAN, 2);
	uint64_t before;

	(void)state;
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(state_outlives_the_engine, make_data, remove_data),
		cmocka_unit_test_setup_teardown(state_outlives_a_reload, make_data, remove_data),
		cmocka_unit_test_setup_teardown(mail_waits_for_rules, make_data, remove_data),
		cmocka_unit_test(nothing_is_left_of_rules_that_changed),
		cmocka_unit_test(drained_and_new_end_at_once),
		cmocka_unit_test(what_is_due_tells_peers),
		cmocka_unit_test_setup_teardown(idle_workers_do_not_count, make_data, remove_data),
		cmocka_unit_test_setup_teardown(due_while_it_was_down, make_data, remove_data),
		cmocka_unit_test_setup_teardown(an_idle_gateway_writes_nothing, make_data,
						remove_data),
		cmocka_unit_test_setup_teardown(late_after_a_kill_too, make_data, remove_data),
	};

	rig_use_schema(schema_with_time);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
