#include "fixture.h"

#include "control/dataplane/crowding.h"

#define S SL_NS_PER_S

static bool note(struct sl_crowding *crowding, int64_t life_ns, int64_t first_ns, int64_t second_ns,
		 int64_t now_ns)
{
	static struct sl_stats_copy stats;

	stats.life_ns = life_ns;
	stats.workers = 2;
	stats.worker[0].waited_ns = (uint64_t)first_ns;
	stats.worker[1].waited_ns = (uint64_t)second_ns;
	return sl_crowding_note(crowding, &stats, now_ns);
}

static void who_waits_is_crowded_after_a_window(void **state)
{
	struct sl_crowding crowding = {0};

	(void)state;
	assert_int_equal(sl_crowding_permille(&crowding, 0), 0);
	assert_true(note(&crowding, 1, 1, 1, 100 * S));
	assert_false(note(&crowding, 1, 3 * S, 1, 104 * S)); /* not yet */
	assert_int_equal(sl_crowding_permille(&crowding, 0), 0);
	assert_true(note(&crowding, 1, 4 * S + 1, S / 2 + 1, 105 * S));
	assert_int_equal(sl_crowding_permille(&crowding, 0), 800);
	assert_int_equal(sl_crowding_permille(&crowding, 1), 100);
	assert_true(sl_crowding_is_crowded(&crowding, 0));
	assert_false(sl_crowding_is_crowded(&crowding, 1));
	assert_false(sl_crowding_is_crowded(&crowding, 2)); /* there is none */
	/* and no longer in the next */
	assert_true(note(&crowding, 1, 4 * S + 2, S / 2 + 2, 111 * S));
	assert_false(sl_crowding_is_crowded(&crowding, 0));
}

static void another_life_begins_anew(void **state)
{
	struct sl_crowding crowding = {0};

	(void)state;
	note(&crowding, 1, 1, 1, 100 * S);
	note(&crowding, 1, 5 * S, 1, 106 * S);
	assert_true(sl_crowding_is_crowded(&crowding, 0));
	assert_true(note(&crowding, 2, 9 * S, 1, 107 * S));
	assert_int_equal(sl_crowding_permille(&crowding, 0), 0);
}

static void what_nobody_counts_is_no_alarm(void **state)
{
	struct sl_crowding crowding = {0};

	(void)state;
	note(&crowding, 1, 0, 0, 100 * S);
	note(&crowding, 1, 9 * S, 0, 106 * S); /* the first count of a worker */
	assert_int_equal(sl_crowding_permille(&crowding, 0), 0);
	assert_int_equal(sl_crowding_permille(&crowding, 1), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(who_waits_is_crowded_after_a_window),
		cmocka_unit_test(another_life_begins_anew),
		cmocka_unit_test(what_nobody_counts_is_no_alarm),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
