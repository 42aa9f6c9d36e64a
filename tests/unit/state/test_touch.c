/* Memory that is given before it is used. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "state/state.h"
#include "state/touch_priv.h"

#include <errno.h>
#include <sys/mman.h>

#define PAGE ((size_t)4096)
#define BYTES (1280 * PAGE) /* no whole number of steps */

static uint8_t *take(void)
{
	uint8_t *at = mmap(NULL, BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	assert_ptr_not_equal(at, MAP_FAILED);
	return at;
}

static bool is_there(uint8_t *at)
{
	unsigned char resident;

	assert_int_equal(mincore(at, 1, &resident), 0);
	return resident & 1;
}

static void all_of_it_is_there(void **state)
{
	uint8_t *at = take();

	(void)state;
	at[5 * PAGE] = 7;
	assert_false(is_there(at + BYTES - PAGE));
	assert_int_equal(sl_touch(at, BYTES, NULL), 0);
	assert_int_equal(sl_touch(at, BYTES, NULL), 0);
	assert_true(is_there(at));
	assert_true(is_there(at + BYTES - PAGE));
	assert_int_equal(at[5 * PAGE], 7); /* what was written stays */
	munmap(at, BYTES);
}

static void it_ends_when_it_is_stopped(void **state)
{
	const _Atomic bool stop = true;
	uint8_t *at = take();

	(void)state;
	assert_int_equal(sl_touch(at, BYTES, &stop), 0);
	assert_false(is_there(at));
	munmap(at, BYTES);
}

static void what_cannot_be_had_is_told(void **state)
{
	uint8_t *at = take();

	(void)state;
	munmap(at + BYTES / 2, BYTES / 2);
	assert_int_equal(sl_touch(at, BYTES, NULL), -ENOMEM);
	munmap(at, BYTES / 2);
}

static void states_take_theirs(void **state)
{
	struct sl_states *states;

	(void)state;
	assert_int_equal(sl_states_new(SL_STATES_BYTES_MIN, &states), 0);
	assert_int_equal(sl_states_touch(states, NULL), 0);
	sl_states_free(states);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_of_it_is_there),
		cmocka_unit_test(it_ends_when_it_is_stopped),
		cmocka_unit_test(what_cannot_be_had_is_told),
		cmocka_unit_test(states_take_theirs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
