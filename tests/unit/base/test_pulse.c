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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_moves_does_not_stand_still),
		cmocka_unit_test(the_one_that_stood_still_the_longest_is_told),
		cmocka_unit_test(more_than_there_is_room_for_are_not_watched),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
