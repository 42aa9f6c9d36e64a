/* What the stages of events took, by a clock that goes on by a tick with every look at it. */
#include "rig.h"

#include "base/durations.h"
#include "sluice/reason.h"
#include "worker/worker_priv.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define JSON "application/json"
#define TICK_NS 1000
#define EVENT(id, type, customer)                                                                  \
	"{\"id\":\"" id "\",\"type\":\"" type "\",\"customer\":\"" customer "\",\"amount\":7}"

static const char *const HEALTH = "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n";
static const char *const CAMPAIGNS = "campaign: pay\n"
				     "kind: service\n"
				     "match: type == \"card.payment\"\n"
				     "send: {channel: push, template: T}\n";

static void sum(const struct rig *rig, struct sl_durations_sum stages[SL_STAGE_COUNT])
{
	const struct sl_stats_worker *workers =
		(const struct sl_stats_worker *)(rig->config.stats + 1);

	memset(stages, 0, SL_STAGE_COUNT * sizeof(*stages));
	for (unsigned w = 0; w < rig->config.workers; w++)
		for (unsigned i = 0; i < SL_STAGE_COUNT; i++)
			sl_durations_add(&stages[i], &workers[w].stages[i]);
}

static struct rig *open_ticking(unsigned workers, bool tcp, bool acknowledge)
{
	struct rig *rig = calloc(1, sizeof(*rig));

	rig_open(rig, CAMPAIGNS, workers, tcp, acknowledge);
	rig->tick_ns = TICK_NS;
	return rig;
}

static void close_ticking(struct rig *rig)
{
	rig_close(rig);
	free(rig);
}

/* The stages of an event follow one another without a gap. */
static void assert_stages_make_the_whole(const struct sl_durations_sum *stages)
{
	uint64_t parts = 0;

	for (unsigned i = 0; i < SL_STAGE_WHOLE; i++)
		parts += stages[i].sum_ns;
	assert_int_equal(parts, stages[SL_STAGE_WHOLE].sum_ns);
}

static void one_that_leaves_nothing_waits_for_no_commit(void **state)
{
	struct sl_durations_sum *stages = calloc(SL_STAGE_COUNT, sizeof(*stages));
	struct rig *rig = open_ticking(1, false, false);

	(void)state;
	rig_post(rig, rig_connect(rig, 0), JSON, EVENT("e1", "login", "C1"));
	sum(rig, stages);
	assert_int_equal(stages[SL_STAGE_DECODED].count, 1);
	assert_int_equal(stages[SL_STAGE_DECODED].sum_ns, TICK_NS);
	assert_int_equal(stages[SL_STAGE_MATCHED].count, 1);
	assert_int_equal(stages[SL_STAGE_MATCHED].sum_ns, TICK_NS);
	assert_int_equal(stages[SL_STAGE_COMMITTED].count, 0);
	assert_int_equal(stages[SL_STAGE_ACKNOWLEDGED].count, 1);
	assert_int_equal(stages[SL_STAGE_WHOLE].count, 1);
	assert_stages_make_the_whole(stages);
	close_ticking(rig);
	free(stages);
}

/* Also through other workers, which own some of the keys. */
static void a_match_waits_for_its_commit(void **state)
{
	struct sl_durations_sum *stages = calloc(SL_STAGE_COUNT, sizeof(*stages));

	(void)state;
	for (unsigned workers = 1; workers <= 4; workers *= 2) {
		struct rig *rig = open_ticking(workers, false, false);

		rig_post(rig, rig_connect(rig, 0), JSON,
			 "[" EVENT("e1", "card.payment", "C1") "," EVENT(
				 "e2", "card.payment",
				 "C2") "," EVENT("e3", "card.payment",
						 "C3") "," EVENT("e4", "login", "C4") "]");
		sum(rig, stages);
		for (unsigned i = 0; i < SL_STAGE_COUNT; i++)
			assert_int_equal(stages[i].count, 4); /* all of the request wait with it */
		assert_true(stages[SL_STAGE_COMMITTED].sum_ns >= 4 * TICK_NS);
		assert_stages_make_the_whole(stages);
		close_ticking(rig);
	}
	free(stages);
}

/* More requests than one batch of events, and than the list of answers holds. */
static void many_requests_in_a_row(void **state)
{
	static const char request[] =
		"POST /v1/events HTTP/1.1\r\nHost: x\r\nContent-Type: " JSON
		"\r\nContent-Length: 58\r\n\r\n" EVENT("a1", "login", "C123456");
	struct sl_durations_sum *stages = calloc(SL_STAGE_COUNT, sizeof(*stages));
	struct rig *rig = open_ticking(1, false, false);
	int connection = rig_connect(rig, 0);
	char *text = malloc(200 * sizeof(request));

	(void)state;
	assert_non_null(strstr(request, "\r\n\r\n{"));
	assert_int_equal(strlen(strstr(request, "\r\n\r\n{") + 4), 58);
	for (unsigned i = 0; i < 200; i++)
		memcpy(text + i * (sizeof(request) - 1), request, sizeof(request) - 1);
	rig_feed(rig, 0, connection, text, 200 * (sizeof(request) - 1));
	rig_settle(rig);
	sum(rig, stages);
	assert_int_equal(rig_ledger(rig, SL_LEDGER_RECEIVED), 200);
	assert_int_equal(stages[SL_STAGE_DECODED].count, 200);
	assert_int_equal(stages[SL_STAGE_MATCHED].count, 200);
	assert_int_equal(stages[SL_STAGE_ACKNOWLEDGED].count, 200);
	assert_int_equal(stages[SL_STAGE_WHOLE].count, 200);
	assert_stages_make_the_whole(stages);
	free(text);
	close_ticking(rig);
	free(stages);
}

static void what_is_not_answered_is_not_acknowledged(void **state)
{
	static const char lines[] =
		EVENT("e1", "card.payment", "C1") "\n" EVENT("e2", "login", "C2") "\n";
	struct sl_durations_sum *stages = calloc(SL_STAGE_COUNT, sizeof(*stages));

	(void)state;
	for (int acknowledge = 0; acknowledge < 2; acknowledge++) {
		struct rig *rig = open_ticking(1, true, acknowledge);

		rig_feed(rig, 0, rig_connect(rig, 0), lines, sizeof(lines) - 1);
		rig_settle(rig);
		sum(rig, stages);
		assert_int_equal(stages[SL_STAGE_DECODED].count, 2);
		assert_int_equal(stages[SL_STAGE_COMMITTED].count, 2);
		assert_int_equal(stages[SL_STAGE_ACKNOWLEDGED].count, acknowledge ? 2 : 0);
		assert_int_equal(stages[SL_STAGE_WHOLE].count, acknowledge ? 2 : 0);
		close_ticking(rig);
	}
	free(stages);
}

/* Between the match and the end of its request a burst may wait for room in the journal. */
static void a_wait_for_room_is_no_gap(void **state)
{
	struct sl_durations_sum *stages = calloc(SL_STAGE_COUNT, sizeof(*stages));
	struct rig *rig = open_ticking(1, false, false);
	struct sl_worker *worker = sl_engine_worker(rig->engine, 0);
	struct sl_request request = {.received = 1};

	(void)state;
	rig_settle(rig);
	request.received_ns = worker->now.monotonic_ns;
	sl_stages_decoded(worker);
	sl_stages_matched(worker);
	for (unsigned i = 0; i < 5; i++)
		sl_stages_look(worker);
	sl_stages_taken(worker, 1);
	sl_stages_ended(worker, &request);
	sl_stages_look(worker);
	sl_stages_committed(worker, &request);
	sl_stages_answered(worker, &request);
	sl_stages_look(worker);
	sum(rig, stages);
	assert_int_equal(stages[SL_STAGE_COMMITTED].sum_ns, 6 * TICK_NS);
	assert_int_equal(stages[SL_STAGE_ACKNOWLEDGED].sum_ns, TICK_NS);
	assert_stages_make_the_whole(stages);
	close_ticking(rig);
	free(stages);
}

/* Nothing of it was in any burst, and the latest burst was long ago. */
static void refused_ones_have_waited_since_they_came(void **state)
{
	struct sl_durations_sum *stages = calloc(SL_STAGE_COUNT, sizeof(*stages));
	struct rig *rig = open_ticking(1, false, false);
	int connection = rig_connect(rig, 0);

	(void)state;
	rig_post(rig, connection, JSON, EVENT("e1", "login", "C1"));
	rig->now.monotonic_ns += 3600 * SL_NS_PER_S / 100;
	rig_post(rig, connection, JSON, "nonsense");
	sum(rig, stages);
	assert_int_equal(stages[SL_STAGE_DECODED].count, 1);
	assert_int_equal(stages[SL_STAGE_WHOLE].count, 2);
	assert_true(stages[SL_STAGE_COMMITTED].max_ns <= stages[SL_STAGE_WHOLE].max_ns);
	assert_true(stages[SL_STAGE_ACKNOWLEDGED].max_ns <= stages[SL_STAGE_WHOLE].max_ns);
	assert_stages_make_the_whole(stages);
	close_ticking(rig);
	free(stages);
}

/* Taking it over asks the clock once, decoding and matching twice, the end of the round once. */
static void a_swap_is_told_apart_from_its_round(void **state)
{
	struct rig *rig = open_ticking(1, false, false);
	const struct sl_stats_worker *worker =
		(const struct sl_stats_worker *)(rig->config.stats + 1);
	int connection = rig_connect(rig, 0);

	(void)state;
	rig_post(rig, connection, JSON, EVENT("e1", "card.payment", "C1"));
	assert_int_equal(rig_load(rig, CAMPAIGNS), 0);
	rig_settle(rig);
	/* no event: nothing is told by it */
	rig_feed(rig, 0, rig_connect(rig, 0), HEALTH, strlen(HEALTH));
	rig_settle(rig);
	assert_int_equal(sl_engine_worker(rig->engine, 0)->swap, SL_SWAP_TAKEN);
	rig_post(rig, connection, JSON, EVENT("e2", "card.payment", "C1"));
	assert_int_equal(sl_engine_worker(rig->engine, 0)->swap, SL_SWAP_OVER);
	assert_int_equal(atomic_load(&worker->swap_ns_max), 3 * TICK_NS);
	assert_int_equal(atomic_load(&worker->swap_round_ns_max), 4 * TICK_NS);
	rig_post(rig, connection, JSON, EVENT("e3", "card.payment", "C1"));
	assert_int_equal(atomic_load(&worker->swap_round_ns_max), 4 * TICK_NS);
	close_ticking(rig);
}

static void no_events_no_stages(void **state)
{
	struct sl_durations_sum *stages = calloc(SL_STAGE_COUNT, sizeof(*stages));
	struct rig *rig = open_ticking(1, false, false);
	int connection = rig_connect(rig, 0);
	(void)state;
	rig_feed(rig, 0, connection, HEALTH, strlen(HEALTH));
	rig_settle(rig);
	assert_non_null(strstr(rig_take(rig, 0, connection), "200 OK"));
	sum(rig, stages);
	for (unsigned i = 0; i < SL_STAGE_COUNT; i++)
		assert_int_equal(stages[i].count, 0);
	close_ticking(rig);
	free(stages);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_that_leaves_nothing_waits_for_no_commit),
		cmocka_unit_test(a_match_waits_for_its_commit),
		cmocka_unit_test(many_requests_in_a_row),
		cmocka_unit_test(what_is_not_answered_is_not_acknowledged),
		cmocka_unit_test(a_wait_for_room_is_no_gap),
		cmocka_unit_test(refused_ones_have_waited_since_they_came),
		cmocka_unit_test(a_swap_is_told_apart_from_its_round),
		cmocka_unit_test(no_events_no_stages),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
