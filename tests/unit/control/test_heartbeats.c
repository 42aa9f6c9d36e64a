#include "fixture.h"

#include "control/dataplane/heartbeats.h"

#define S SL_NS_PER_S

static void note(struct sl_heartbeats *heartbeats, int64_t life_ns, uint64_t first, uint64_t second,
		 int64_t now_ns)
{
	static struct sl_stats_copy stats;

	stats.life_ns = life_ns;
	stats.workers = 2;
	stats.worker[0].heartbeat = first;
	stats.worker[1].heartbeat = second;
	sl_heartbeats_note(heartbeats, &stats, now_ns);
}

static void who_stands_still_is_stalled_and_who_goes_on_is_not(void **state)
{
	struct sl_heartbeats heartbeats = {0};

	(void)state;
	assert_int_equal(sl_heartbeats_stalled_ns(&heartbeats, 0), 0); /* nobody has looked */
	note(&heartbeats, 1, 10, 10, 100 * S);
	note(&heartbeats, 1, 11, 10, 102 * S);
	assert_int_equal(sl_heartbeats_stalled_ns(&heartbeats, 1), 0); /* not yet */
	note(&heartbeats, 1, 12, 10, 104 * S);
	assert_int_equal(sl_heartbeats_stalled_ns(&heartbeats, 0), 0);
	assert_int_equal(sl_heartbeats_stalled_ns(&heartbeats, 1), 4 * S);
	note(&heartbeats, 1, 13, 11, 105 * S);
	assert_int_equal(sl_heartbeats_stalled_ns(&heartbeats, 1), 0); /* it goes on */
	assert_int_equal(sl_heartbeats_stalled_ns(&heartbeats, 2), 0); /* there is none */
}

static void looks_far_apart_do_not_make_one_stalled(void **state)
{
	struct sl_heartbeats heartbeats = {0};

	(void)state;
	note(&heartbeats, 1, 10, 10, 100 * S);
	note(&heartbeats, 1, 11, 11, 900 * S);
	assert_int_equal(sl_heartbeats_stalled_ns(&heartbeats, 0), 0);
}

static void another_life_begins_anew(void **state)
{
	struct sl_heartbeats heartbeats = {0};

	(void)state;
	note(&heartbeats, 1, 0, 0, 100 * S);
	note(&heartbeats, 2, 0, 0, 200 * S);
	assert_int_equal(sl_heartbeats_stalled_ns(&heartbeats, 0), 0);
	note(&heartbeats, 2, 0, 0, 203 * S);
	assert_int_equal(sl_heartbeats_stalled_ns(&heartbeats, 0), 3 * S);
}

static void note_refused(struct sl_heartbeats *heartbeats, int64_t life_ns, uint64_t refused,
			 int64_t now_ns)
{
	static struct sl_stats_copy stats;

	stats.life_ns = life_ns;
	stats.state_refused = refused;
	sl_heartbeats_note(heartbeats, &stats, now_ns);
}

static void what_was_refused_is_told_for_a_while(void **state)
{
	struct sl_heartbeats heartbeats = {0};

	(void)state;
	assert_false(sl_heartbeats_refuses(&heartbeats));
	note_refused(&heartbeats, 1, 0, 100 * S);
	assert_false(sl_heartbeats_refuses(&heartbeats));
	note_refused(&heartbeats, 1, 5, 101 * S);
	assert_true(sl_heartbeats_refuses(&heartbeats));
	note_refused(&heartbeats, 1, 5, 160 * S);
	assert_true(sl_heartbeats_refuses(&heartbeats));
	note_refused(&heartbeats, 1, 5, 161 * S);
	assert_false(sl_heartbeats_refuses(&heartbeats));
	note_refused(&heartbeats, 1, 6, 170 * S);
	assert_true(sl_heartbeats_refuses(&heartbeats));
	/* another life, which has refused nothing, and then as much as the one before */
	note_refused(&heartbeats, 2, 0, 171 * S);
	assert_false(sl_heartbeats_refuses(&heartbeats));
	note_refused(&heartbeats, 3, 6, 172 * S);
	assert_true(sl_heartbeats_refuses(&heartbeats));
}

static void note_lost(struct sl_heartbeats *heartbeats, uint64_t missed, uint64_t packets,
		      int64_t now_ns)
{
	static struct sl_stats_copy stats;

	stats.life_ns = 1;
	stats.wires = 2;
	stats.wire[1][SL_WIRE_MISSED] = missed;
	stats.wire[1][SL_WIRE_PACKETS] = packets;
	sl_heartbeats_note(heartbeats, &stats, now_ns);
}

static void a_wire_that_loses_is_told_for_a_while(void **state)
{
	struct sl_heartbeats heartbeats = {0};

	(void)state;
	note_lost(&heartbeats, 0, 5, 100 * S);
	note_lost(&heartbeats, 0, 500, 101 * S);
	assert_false(sl_heartbeats_loses(&heartbeats, 1));
	note_lost(&heartbeats, 1, 600, 102 * S);
	assert_true(sl_heartbeats_loses(&heartbeats, 1));
	assert_false(sl_heartbeats_loses(&heartbeats, 0));
	note_lost(&heartbeats, 1, 700, 161 * S);
	assert_true(sl_heartbeats_loses(&heartbeats, 1));
	note_lost(&heartbeats, 1, 800, 162 * S);
	assert_false(sl_heartbeats_loses(&heartbeats, 1));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(who_stands_still_is_stalled_and_who_goes_on_is_not),
		cmocka_unit_test(looks_far_apart_do_not_make_one_stalled),
		cmocka_unit_test(another_life_begins_anew),
		cmocka_unit_test(what_was_refused_is_told_for_a_while),
		cmocka_unit_test(a_wire_that_loses_is_told_for_a_while),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
