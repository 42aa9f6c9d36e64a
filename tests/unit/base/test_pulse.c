#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/pulse.h"

static void what_moves_does_not_stand_still(void **state)
{
	struct sl_pulse pulse;

	(void)state;
	sl_pulse_init(&pulse, 2, 100);
	assert_int_equal(sl_pulse_stalled(&pulse, 109, 10), -1);
	sl_pulse_note(&pulse, 0, 1, 109);
	sl_pulse_note(&pulse, 1, 1, 109);
	assert_int_equal(sl_pulse_stalled(&pulse, 118, 10), -1);
	sl_pulse_note(&pulse, 0, 2, 118);
	sl_pulse_note(&pulse, 1, 1, 118); /* the same count again */
	assert_int_equal(sl_pulse_stalled(&pulse, 119, 10), 1);
	sl_pulse_note(&pulse, 1, 0, 119); /* any other count is a move: they wrap */
	assert_int_equal(sl_pulse_stalled(&pulse, 119, 10), -1);
}

static void the_one_that_stood_still_the_longest_is_told(void **state)
{
	struct sl_pulse pulse;

	(void)state;
	sl_pulse_init(&pulse, 3, 0);
	sl_pulse_note(&pulse, 0, 1, 20);
	sl_pulse_note(&pulse, 1, 1, 10);
	sl_pulse_note(&pulse, 2, 1, 90);
	assert_int_equal(sl_pulse_stalled(&pulse, 95, 50), 1);
	assert_int_equal(sl_pulse_stalled(&pulse, 95, 80), 1);
	assert_int_equal(sl_pulse_stalled(&pulse, 95, 86), -1);
}

static void more_than_there_is_room_for_are_not_watched(void **state)
{
	struct sl_pulse pulse;

	(void)state;
	sl_pulse_init(&pulse, SL_PULSE_MAX + 1, 0);
	assert_int_equal(pulse.n, SL_PULSE_MAX);
	for (unsigned i = 0; i <= SL_PULSE_MAX; i++)
		sl_pulse_note(&pulse, i, 1, 10);
	assert_int_equal(sl_pulse_stalled(&pulse, 15, 10), -1);
	sl_pulse_init(&pulse, 0, 0);
	assert_int_equal(sl_pulse_stalled(&pulse, 1000, 10), -1);
}

static void a_watchdog_is_fed_while_all_move_and_told_once_when_not(void **state)
{
	struct sl_watch watch;
	unsigned who = 99;

	(void)state;
	sl_watch_init(&watch, 8, 2,
		      0); /* 8 us: stands still after 4,000 ns, looked at each 1,000 */
	assert_true(sl_watch_is_due(&watch, 0));
	assert_int_equal(sl_watch_turn(&watch, 0, &who), SL_WATCH_FEED);
	assert_false(sl_watch_is_due(&watch, 999));
	assert_true(sl_watch_is_due(&watch, 1000));
	sl_pulse_note(&watch.pulse, 0, 1, 3000);
	assert_int_equal(sl_watch_turn(&watch, 3999, &who), SL_WATCH_FEED);
	assert_int_equal(sl_watch_turn(&watch, 4000, &who), SL_WATCH_TELL);
	assert_int_equal(who, 1);
	assert_int_equal(sl_watch_turn(&watch, 5000, &who), SL_WATCH_QUIET);
	sl_pulse_note(&watch.pulse, 0, 2, 6000);
	sl_pulse_note(&watch.pulse, 1, 1, 6000);
	assert_int_equal(sl_watch_turn(&watch, 6000, &who), SL_WATCH_FEED);
	assert_int_equal(sl_watch_turn(&watch, 10000, &who), SL_WATCH_TELL);
	sl_watch_init(&watch, 0, 2, 0);
	assert_false(sl_watch_is_due(&watch, 1000000));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_moves_does_not_stand_still),
		cmocka_unit_test(the_one_that_stood_still_the_longest_is_told),
		cmocka_unit_test(more_than_there_is_room_for_are_not_watched),
		cmocka_unit_test(a_watchdog_is_fed_while_all_move_and_told_once_when_not),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
