/* Orders to the dataplane that take their time. */
#include "fixture.h"

#include <errno.h>

#include "control/dataplane/orders.h"
#include "fake_dataplane.h"
#include "sluice/error.h"

struct scene {
	struct fixture fixture;
	struct fake_dataplane fake;
	char path[128];
	_Atomic unsigned woken;
	struct sl_orders *orders;
};

static void wake(void *context)
{
	atomic_fetch_add(&((struct scene *)context)->woken, 1);
}

static void begin(struct scene *scene)
{
	memset(scene, 0, sizeof(*scene));
	fixture_open(&scene->fixture);
	snprintf(scene->path, sizeof(scene->path), "%s/d.sock", scene->fixture.directory);
	assert_int_equal(sl_orders_new(scene->path, wake, scene, &scene->orders), 0);
}

static void an_order_is_given_and_taken_once(void **state)
{
	char why[SL_COMMAND_TEXT_MAX];
	enum sl_command what;
	struct scene scene;
	int result = -1;

	(void)state;
	begin(&scene);
	fake_start(&scene.fake, scene.path);
	assert_false(sl_orders_take(scene.orders, &what, &result, why));
	for (unsigned i = 1; i <= 2; i++) {
		assert_int_equal(sl_orders_give(scene.orders, SL_COMMAND_DRAIN), 0);
		assert_int_equal(sl_orders_under_way(scene.orders), SL_COMMAND_DRAIN);
		EVENTUALLY(atomic_load(&scene.woken) == i);
		assert_true(sl_orders_take(scene.orders, &what, &result, why));
		assert_int_equal(what, SL_COMMAND_DRAIN);
		assert_int_equal(result, 0);
		assert_int_equal(sl_orders_under_way(scene.orders), 0);
		assert_false(sl_orders_take(scene.orders, &what, &result, why));
	}
	fake_stop(&scene.fake);
	sl_orders_free(scene.orders);
	fixture_close(&scene.fixture);
}

static void one_at_a_time_and_not_waited_for_at_the_end(void **state)
{
	struct scene scene;

	(void)state;
	begin(&scene);
	fake_start(&scene.fake, scene.path);
	atomic_store(&scene.fake.silent, true);
	assert_int_equal(sl_orders_give(scene.orders, SL_COMMAND_STOP), 0);
	assert_int_equal(sl_orders_give(scene.orders, SL_COMMAND_DRAIN), -SL_E_BUSY);
	assert_int_equal(sl_orders_under_way(scene.orders), SL_COMMAND_STOP);
	sl_orders_free(scene.orders);
	assert_int_equal(atomic_load(&scene.woken), 1);
	fake_stop(&scene.fake);
	fixture_close(&scene.fixture);
}

static void nobody_there_is_said(void **state)
{
	char why[SL_COMMAND_TEXT_MAX];
	enum sl_command what;
	struct scene scene;
	int result = 0;

	(void)state;
	begin(&scene);
	assert_int_equal(sl_orders_give(scene.orders, SL_COMMAND_STOP), 0);
	EVENTUALLY(sl_orders_take(scene.orders, &what, &result, why));
	assert_int_equal(what, SL_COMMAND_STOP);
	assert_int_equal(result, -ENOENT);
	assert_non_null(strstr(why, scene.path));
	sl_orders_free(scene.orders);
	sl_orders_free(NULL);
	fixture_close(&scene.fixture);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_order_is_given_and_taken_once),
		cmocka_unit_test(one_at_a_time_and_not_waited_for_at_the_end),
		cmocka_unit_test(nobody_there_is_said),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
