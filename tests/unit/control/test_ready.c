/* What has to be there so that the gateway does what it is for. */
#include "fixture.h"

#include "control/api/status_priv.h"

struct scene {
	struct sl_settings settings;
	struct sl_api_config config;
	struct sl_heartbeats heartbeats;
	struct picture picture;
};

/* One in which nothing is missing. */
static struct scene *whole(void)
{
	struct scene *scene = calloc(1, sizeof(*scene));
	struct picture *picture = &scene->picture;

	scene->config.settings = &scene->settings;
	strcpy(scene->settings.rules, "rules");
	picture->config = &scene->config;
	picture->heartbeats = &scene->heartbeats;
	picture->counted = true;
	picture->stats.pid = 4711;
	picture->stats.state = SL_STATE_RUNNING;
	picture->stats.workers = 2;
	picture->stats.ruleset_least = picture->stats.ruleset_most = 7;
	picture->dataplane.connected = true;
	picture->dataplane.latest.pid = 4711;
	picture->dataplane.latest.ruleset = 7;
	picture->consumers.started = true;
	picture->ruleset.version = 7;
	scene->heartbeats.workers = 2;
	return scene;
}

static void expect(struct scene *scene, bool started, bool ready, const char *why)
{
	char text[4096];
	struct sl_json json;

	assert_int_equal(sl_picture_is_started(&scene->picture), started);
	assert_int_equal(sl_picture_is_ready(&scene->picture), ready);
	sl_json_init(&json, text, sizeof(text) - 1);
	sl_json_object(&json);
	sl_picture_write_why(&json, &scene->picture);
	sl_json_object_end(&json);
	text[json.bytes] = 0;
	if (why ? !strstr(text, why) : !strstr(text, "\"not_ready\":[]"))
		fail_msg("%s", text);
	free(scene);
}

static void nothing_is_missing(void **state)
{
	(void)state;
	expect(whole(), true, true, NULL);
}

static void what_has_not_come_up(void **state)
{
	struct scene *scene = whole();

	(void)state;
	scene->picture.dataplane.connected = false;
	expect(scene, false, false, "the dataplane is absent");
	scene = whole();
	scene->picture.stats.state = SL_STATE_DRAINING;
	expect(scene, false, false, "the dataplane is draining");
	scene = whole();
	scene->picture.stats.pid = 1;
	expect(scene, false, false, "of another dataplane");
	scene = whole();
	scene->picture.consumers.started = false;
	expect(scene, false, false, "the journal is not read yet");
	scene = whole();
	scene->picture.ruleset.version = scene->picture.dataplane.latest.ruleset = 0;
	expect(scene, false, false, "no rule set is in force");
	scene = whole();
	scene->picture.dataplane.latest.ruleset = 6;
	expect(scene, false, false, "runs rule set 6, not 7");
	scene = whole();
	scene->heartbeats.now_ns = 100 * SL_NS_PER_S;
	scene->heartbeats.since_ns[0] = 100 * SL_NS_PER_S;
	expect(scene, false, false, "worker 1 is stalled");
}

/* Up, and not to be sent anything. */
static void what_takes_no_events(void **state)
{
	struct scene *scene = whole();

	(void)state;
	scene->settings.rules[0] = 0;
	scene->picture.ruleset.version = scene->picture.dataplane.latest.ruleset = 0;
	expect(scene, true, false, "there is no rule set yet");
	scene = whole();
	scene->picture.stats.ruleset_least = 6;
	expect(scene, true, false, "the workers use rule sets 6 to 7");
	scene = whole();
	scene->picture.stats.backpressure = 1;
	expect(scene, true, false, "the journal is full up to its mark");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_is_missing),
		cmocka_unit_test(what_has_not_come_up),
		cmocka_unit_test(what_takes_no_events),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
