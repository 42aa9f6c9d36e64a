#include "io/io.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

/* Members are only counted here, never entered. */
static void fill(struct sl_io_group *group, unsigned n)
{
	static char somebody;

	*group = (struct sl_io_group){.n = n};
	for (unsigned i = 0; i < n; i++)
		atomic_store(&group->members[i], (struct sl_io *)&somebody);
}

static void least_loaded_is_chosen_and_raised(void **state)
{
	struct sl_io_group group;

	(void)state;
	fill(&group, 3);
	group.connections[0] = 5;
	group.connections[1] = 2;
	group.connections[2] = 3;
	assert_int_equal(sl_io_group_least(&group, 10), 1);
	assert_int_equal(group.connections[1], 3);
	assert_int_equal(sl_io_group_least(&group, 10), 1);
	assert_int_equal(sl_io_group_least(&group, 10), 2);
	assert_int_equal(group.connections[0], 5);
}

static void full_members_are_passed_over(void **state)
{
	struct sl_io_group group;

	(void)state;
	fill(&group, 2);
	group.connections[0] = 4;
	group.connections[1] = 3;
	assert_int_equal(sl_io_group_least(&group, 4), 1);
	assert_int_equal(sl_io_group_least(&group, 4), -1);
	assert_int_equal(group.connections[0], 4);
	assert_int_equal(group.connections[1], 4);
}

static void who_has_not_joined_gets_none(void **state)
{
	struct sl_io_group group;

	(void)state;
	fill(&group, 2);
	atomic_store(&group.members[0], NULL);
	for (unsigned i = 0; i < 3; i++)
		assert_int_equal(sl_io_group_least(&group, 4), 1);
	atomic_store(&group.members[1], NULL);
	assert_int_equal(sl_io_group_least(&group, 4), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(least_loaded_is_chosen_and_raised),
		cmocka_unit_test(full_members_are_passed_over),
		cmocka_unit_test(who_has_not_joined_gets_none),
	};

	return cmocka_run_group_tests_name("group", tests, NULL, NULL);
}
