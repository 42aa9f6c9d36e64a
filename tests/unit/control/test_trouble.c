#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/clock.h"
#include "control/journal/trouble.h"

#include <string.h>

static void it_is_there_until_it_is_taken_away(void **state)
{
	static struct sl_trouble trouble;
	char text[SL_TROUBLE_BYTES];

	(void)state;
	sl_trouble_read(&trouble, text);
	assert_string_equal(text, "");
	assert_false(sl_trouble_is_there(&trouble));
	sl_trouble_set(&trouble, "no %s", "room");
	assert_true(sl_trouble_is_there(&trouble));
	sl_trouble_read(&trouble, text);
	assert_string_equal(text, "no room");
	sl_trouble_clear(&trouble);
	assert_false(sl_trouble_is_there(&trouble));
	sl_trouble_read(&trouble, text);
	assert_string_equal(text, "");
}

static void what_came_since_stays(void **state)
{
	static struct sl_trouble trouble;
	int64_t before_ns = sl_clock_read(CLOCK_MONOTONIC);

	(void)state;
	sl_trouble_set(&trouble, "again");
	sl_trouble_clear_before(&trouble, before_ns);
	assert_true(sl_trouble_is_there(&trouble));
	while (sl_clock_read(CLOCK_MONOTONIC) <= trouble.set_ns)
		continue;
	sl_trouble_clear_before(&trouble, sl_clock_read(CLOCK_MONOTONIC));
	assert_false(sl_trouble_is_there(&trouble));
}

static void a_long_sentence_is_cut(void **state)
{
	static struct sl_trouble trouble;
	char text[SL_TROUBLE_BYTES], longer[2 * SL_TROUBLE_BYTES];

	(void)state;
	memset(longer, 'x', sizeof(longer) - 1);
	longer[sizeof(longer) - 1] = '\0';
	sl_trouble_set(&trouble, "%s", longer);
	sl_trouble_read(&trouble, text);
	assert_int_equal(strlen(text), SL_TROUBLE_BYTES - 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(it_is_there_until_it_is_taken_away),
		cmocka_unit_test(what_came_since_stays),
		cmocka_unit_test(a_long_sentence_is_cut),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
