#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/clock.h"
#include "io/card_clock_priv.h"

#include <stdlib.h>

#define BEGIN_NS (1700000000 * SL_NS_PER_S)
#define TICKS_PER_S 156250000ull /* of a common card */

static void nothing_is_believed_before_two_notes(void **state)
{
	struct sl_card_clock clock = {0};

	(void)state;
	assert_int_equal(sl_card_clock_at(&clock, 1000), 0);
	sl_card_clock_note(&clock, 1000, BEGIN_NS);
	assert_int_equal(sl_card_clock_at(&clock, 1000), 0);
	sl_card_clock_note(&clock, 1000 + TICKS_PER_S, BEGIN_NS + SL_NS_PER_S);
	assert_int_equal(sl_card_clock_at(&clock, 1000 + TICKS_PER_S), BEGIN_NS + SL_NS_PER_S);
}

static void it_runs_between_and_behind_its_notes(void **state)
{
	struct sl_card_clock clock = {0};

	(void)state;
	sl_card_clock_note(&clock, 1000, BEGIN_NS);
	sl_card_clock_note(&clock, 1000 + TICKS_PER_S / 5, BEGIN_NS + SL_NS_PER_S / 5);
	for (int64_t ms = -150; ms < 900; ms += 50) {
		int64_t at = BEGIN_NS + SL_NS_PER_S / 5 + ms * SL_NS_PER_MS;
		int64_t told = sl_card_clock_at(
			&clock,
			1000 + TICKS_PER_S / 5 + (uint64_t)(ms * (int64_t)TICKS_PER_S / 1000));

		assert_true(llabs(told - at) < 1000);
	}
}

/* It was set, or the card was reset: no time is better than a wrong one. */
static void what_lies_far_off_is_not_believed(void **state)
{
	struct sl_card_clock clock = {0};

	(void)state;
	sl_card_clock_note(&clock, 5 * TICKS_PER_S, BEGIN_NS);
	sl_card_clock_note(&clock, 6 * TICKS_PER_S, BEGIN_NS + SL_NS_PER_S);
	assert_int_equal(sl_card_clock_at(&clock, 8 * TICKS_PER_S), 0);
	assert_int_equal(sl_card_clock_at(&clock, 4 * TICKS_PER_S), 0);
	assert_int_not_equal(sl_card_clock_at(&clock, 6 * TICKS_PER_S + 100), 0);
	/* its ticks begin anew: it is believed again after two more notes */
	sl_card_clock_note(&clock, 1000, BEGIN_NS + 2 * SL_NS_PER_S);
	assert_int_equal(sl_card_clock_at(&clock, 1000), 0);
	sl_card_clock_note(&clock, 1000 + TICKS_PER_S, BEGIN_NS + 3 * SL_NS_PER_S);
	assert_int_equal(sl_card_clock_at(&clock, 1000 + TICKS_PER_S), BEGIN_NS + 3 * SL_NS_PER_S);
}

static void notes_too_close_together_are_passed_over(void **state)
{
	struct sl_card_clock clock = {0};

	(void)state;
	sl_card_clock_note(&clock, 1000, BEGIN_NS);
	sl_card_clock_note(&clock, 1001, BEGIN_NS + 1000);
	assert_int_equal(sl_card_clock_at(&clock, 1001), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_is_believed_before_two_notes),
		cmocka_unit_test(it_runs_between_and_behind_its_notes),
		cmocka_unit_test(what_lies_far_off_is_not_believed),
		cmocka_unit_test(notes_too_close_together_are_passed_over),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
