/* What is remembered of a key, asked beside everything else. */
#include "fixture.h"

#include <errno.h>

#include "control/dataplane/look.h"
#include "fake_dataplane.h"
#include "sluice/error.h"

struct scene {
	struct fixture fixture;
	struct fake_dataplane fake;
	char path[128];
	_Atomic unsigned woken;
	struct sl_look *look;
	const char *key;
	const struct sl_command_reply *reply;
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
	assert_int_equal(sl_look_new(scene->path, wake, scene, &scene->look), 0);
}

static int ask(struct scene *scene, const char *key)
{
	int result = 1;

	assert_int_equal(sl_look_ask(scene->look, key), 0);
	EVENTUALLY(sl_look_take(scene->look, &result, &scene->key, &scene->reply));
	assert_string_equal(scene->key, key);
	assert_false(sl_look_take(scene->look, &result, &scene->key, &scene->reply));
	return result;
}

static void an_answer_is_taken_once(void **state)
{
	char long_key[SL_COMMAND_TEXT_MAX + 1];
	struct scene scene;

	(void)state;
	begin(&scene);
	assert_int_equal(ask(&scene, "A"), -ENOENT);
	assert_non_null(strstr(scene.reply->text, scene.path));
	fake_start(&scene.fake, scene.path);
	atomic_store(&scene.fake.looks, 1);
	for (unsigned i = 0; i < 2; i++) {
		assert_int_equal(ask(&scene, i ? "B" : "A"), 0);
		assert_int_equal(scene.reply->looks, 1);
		assert_string_equal(scene.reply->look[0].campaign, i ? "B" : "A");
		assert_int_equal(strlen(scene.reply->look[0].step), SL_COMMAND_NAME_BYTES - 1);
	}
	assert_int_equal(atomic_load(&scene.woken), 3);
	/* more than fit: no dataplane of this version says that */
	atomic_store(&scene.fake.looks, SL_COMMAND_LOOKS_MAX + 1);
	assert_int_equal(ask(&scene, "A"), -SL_E_PEER);
	memset(long_key, 'k', sizeof(long_key) - 1);
	long_key[sizeof(long_key) - 1] = 0;
	assert_int_equal(sl_look_ask(scene.look, long_key), -ENAMETOOLONG);
	fake_stop(&scene.fake);
	sl_look_free(scene.look);
	fixture_close(&scene.fixture);
}

static void one_question_at_a_time(void **state)
{
	struct scene scene;
	int result = 0;

	(void)state;
	begin(&scene);
	fake_start(&scene.fake, scene.path);
	atomic_store(&scene.fake.silent, true);
	assert_int_equal(sl_look_ask(scene.look, "A"), 0);
	assert_int_equal(sl_look_ask(scene.look, "B"), -SL_E_BUSY);
	assert_false(sl_look_take(scene.look, &result, &scene.key, &scene.reply));
	sl_look_free(scene.look); /* waits, and its silence ends in time */
	assert_int_equal(atomic_load(&scene.woken), 1);
	fake_stop(&scene.fake);
	fixture_close(&scene.fixture);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_answer_is_taken_once),
		cmocka_unit_test(one_question_at_a_time),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
