/* Loading rule sets, with the real compiler (this program is its own child) and a stand-in for the
 * dataplane. */
#include "fixture.h"

#include <errno.h>

#include "base/artifact.h"
#include "control/config/config.h"
#include "control/rulesets/rulesets.h"
#include "fake_dataplane.h"

#include <jansson.h>

#define SCHEMA                                                                                     \
	"schema: test\\nfields:\\n  id: {type: string, role: id, required: true}\\n"               \
	"  time: {type: time, role: time, required: true}\\n  type: {type: string, role: type, "   \
	"required: true}\\n"                                                                       \
	"  customer: {type: string, role: key, required: true}\\n"
#define CAMPAIGN(name, condition)                                                                  \
	"campaign: " name "\\nkind: service\\nmatch: " condition                                   \
	"\\nsend: {channel: push, template: T}\\n"
#define FILE_OF(name, text) "{\"name\":\"" name "\",\"text\":\"" text "\"}"
#define GOOD FILE_OF("schema.yaml", SCHEMA) "," FILE_OF("a.yaml", CAMPAIGN("a", "type == 'x'"))

struct scene {
	struct fixture fixture;
	struct sl_config config;
	struct sl_paths paths;
	struct sl_rulesets *rulesets;
	struct fake_dataplane fake;
};

static void wake(void *context)
{
	(void)context;
}

static void settings(struct scene *scene)
{
	static const char text[] =
		"channels: [{name: web, protocol: http, listen: \"127.0.0.1:0\"}]\n";
	static struct sl_problems problems;

	fixture_open(&scene->fixture);
	assert_int_equal(sl_config_parse(text, sizeof(text) - 1, scene->fixture.directory,
					 &scene->config, &problems),
			 0);
	sl_paths_init(&scene->paths, &scene->config.settings);
	assert_int_equal(sl_directory_make(scene->config.settings.run), 0);
}

static void open_rulesets(struct scene *scene)
{
	const struct sl_rulesets_config config = {
		.settings = &scene->config.settings,
		.paths = &scene->paths,
		.program = "/proc/self/exe",
		.wake = wake,
	};
	char why[256] = "";

	assert_int_equal(sl_rulesets_open(&config, &scene->rulesets, why), 0);
	assert_int_equal(sl_rulesets_start(scene->rulesets), 0);
}

static struct sl_ruleset_reply load(struct scene *scene, const char *body)
{
	struct sl_ruleset_reply reply = {0};

	assert_int_equal(sl_rulesets_claim(scene->rulesets), 0);
	sl_rulesets_submit(scene->rulesets, strdup(body), strlen(body));
	EVENTUALLY(sl_rulesets_take_reply(scene->rulesets, &reply));
	assert_non_null(reply.body);
	return reply;
}

static void expect(struct scene *scene, const char *body, unsigned status, const char *part)
{
	struct sl_ruleset_reply reply = load(scene, body);

	if (reply.status != status || !strstr(reply.body, part))
		print_error("%u %s\n", reply.status, reply.body);
	assert_int_equal(reply.status, status);
	assert_non_null(strstr(reply.body, part));
	free(reply.body);
}

static uint64_t current_version(struct scene *scene)
{
	struct sl_ruleset_info info;

	sl_rulesets_current(scene->rulesets, &info);
	return info.version;
}

/* As disk says it. */
static uint64_t current_link(struct scene *scene)
{
	char path[512], target[64] = "";

	snprintf(path, sizeof(path), "%s/current", scene->paths.rulesets);
	return readlink(path, target, sizeof(target) - 1) < 0 ? 0 : strtoull(target, NULL, 10);
}

static bool exists(struct scene *scene, const char *name)
{
	char path[512];

	snprintf(path, sizeof(path), "%s/%s", scene->paths.rulesets, name);
	return access(path, F_OK) == 0;
}

static void a_load_comes_in_force(void **state)
{
	struct sl_artifact *artifact;
	struct scene scene;
	char path[512], why[SL_SENTENCE_BYTES];

	(void)state;
	settings(&scene);
	fake_start(&scene.fake, scene.paths.command);
	open_rulesets(&scene);
	expect(&scene, "{\"files\":[" GOOD "],\"author\":\"me\"}", 200,
	       "\"version\":1,\"campaigns\":1");
	assert_int_equal(current_version(&scene), 1);
	assert_int_equal(current_link(&scene), 1);
	assert_int_equal(atomic_load(&scene.fake.ruleset), 1);
	snprintf(path, sizeof(path), "%s/current/artifact.bin", scene.paths.rulesets);
	assert_int_equal(sl_artifact_open(path, &artifact, why), 0);
	assert_int_equal(artifact->meta->ruleset, 1);
	sl_artifact_close(artifact);
	/* without a schema the one in force holds */
	expect(&scene, "{\"files\":[" FILE_OF("sub/b.yaml", CAMPAIGN("b", "type == 'y'")) "]}", 200,
	       "\"version\":2");
	assert_int_equal(current_link(&scene), 2);
	/* compiled patterns are kept beside the numbers, once there are any */
	assert_false(exists(&scene, "patterns"));
	expect(&scene,
	       "{\"files\":[" FILE_OF("b.yaml", CAMPAIGN("b", "type.contains('yyyy')")) "]}", 200,
	       "\"version\":3");
	assert_true(exists(&scene, "patterns"));
	assert_int_equal(current_link(&scene), 3);
	/* tried only */
	expect(&scene, "{\"files\":[" GOOD "],\"dry_run\":true}", 200, "\"version\":0");
	assert_int_equal(current_link(&scene), 3);
	assert_int_equal(atomic_load(&scene.fake.ruleset), 3);
	assert_false(exists(&scene, "trial"));
	sl_rulesets_close(scene.rulesets);
	fake_stop(&scene.fake);
	fixture_close(&scene.fixture);
}

static void failures_leave_the_old_one(void **state)
{
	struct scene scene;

	(void)state;
	settings(&scene);
	fake_start(&scene.fake, scene.paths.command);
	open_rulesets(&scene);
	expect(&scene, "{\"files\":[" GOOD "]}", 200, "\"version\":1");
	expect(&scene, "{\"files\":[" FILE_OF("a.yaml", CAMPAIGN("a", "nope == 'x'")) "]}", 422,
	       "unknown_field");
	expect(&scene, "{\"files\":[{\"name\":\"../a.yaml\",\"text\":\"\"}]}", 400,
	       "no name for a file");
	expect(&scene, "{\"files\":[" GOOD "," FILE_OF("a.yaml", "x") "]}", 400, "collides");
	expect(&scene, "not JSON", 400, "not a JSON object");
	atomic_store(&scene.fake.refuse, -EIO);
	expect(&scene, "{\"files\":[" GOOD "]}", 503, "refused by the stand-in");
	assert_int_equal(current_link(&scene), 1);
	assert_int_equal(current_version(&scene), 1);
	for (unsigned n = 2; n < 10; n++) {
		char name[8];

		snprintf(name, sizeof(name), "%u", n);
		assert_false(exists(&scene, name));
	}
	/* numbers are never used twice, also not those of failures */
	atomic_store(&scene.fake.refuse, 0);
	expect(&scene, "{\"files\":[" GOOD "]}", 200, "\"version\":5");
	sl_rulesets_close(scene.rulesets);
	fake_stop(&scene.fake);
	fixture_close(&scene.fixture);
}

static void without_a_dataplane_nothing_is_loaded(void **state)
{
	struct scene scene;

	(void)state;
	settings(&scene);
	open_rulesets(&scene);
	expect(&scene, "{\"files\":[" GOOD "]}", 503, "does not listen");
	expect(&scene, "{\"files\":[" GOOD "],\"dry_run\":true}", 200, "\"version\":0");
	assert_int_equal(current_link(&scene), 0);
	sl_rulesets_close(scene.rulesets);
	fixture_close(&scene.fixture);
}

static void wait_for_ruleset(struct scene *scene, uint64_t number)
{
	EVENTUALLY(atomic_load(&scene->fake.ruleset) == number);
}

/* After its restart, or a load whose answer was lost. */
static void a_dataplane_with_another_one_is_told(void **state)
{
	struct scene scene;
	char stray[512];

	(void)state;
	settings(&scene);
	fake_start(&scene.fake, scene.paths.command);
	open_rulesets(&scene);
	expect(&scene, "{\"files\":[" GOOD "]}", 200, "\"version\":1");
	expect(&scene, "{\"files\":[" GOOD "]}", 200, "\"version\":2");
	fake_stop(&scene.fake);
	fake_start(&scene.fake, scene.paths.command);
	wait_for_ruleset(&scene, 2);
	fake_stop(&scene.fake);
	/* and what never came in force is removed by the next life of control */
	sl_rulesets_close(scene.rulesets);
	snprintf(stray, sizeof(stray), "%s/7", scene.paths.rulesets);
	assert_int_equal(sl_directory_make(stray), 0);
	open_rulesets(&scene);
	assert_int_equal(current_version(&scene), 2);
	assert_false(exists(&scene, "7"));
	fake_start(&scene.fake, scene.paths.command);
	wait_for_ruleset(&scene, 2);
	expect(&scene, "{\"files\":[" GOOD "]}", 200, "\"version\":8");
	sl_rulesets_close(scene.rulesets);
	fake_stop(&scene.fake);
	fixture_close(&scene.fixture);
}

static void the_first_start_takes_the_settings_rules(void **state)
{
	struct scene scene;
	char path[512];
	json_t *root = json_loads("[" GOOD "]", 0, NULL);

	(void)state;
	settings(&scene);
	snprintf(scene.config.settings.rules, sizeof(scene.config.settings.rules), "%s/rules",
		 scene.fixture.directory);
	assert_int_equal(sl_directory_make(scene.config.settings.rules), 0);
	for (size_t i = 0; i < json_array_size(root); i++) {
		const json_t *file = json_array_get(root, i);
		const char *text = json_string_value(json_object_get(file, "text"));

		snprintf(path, sizeof(path), "%s/%s", scene.config.settings.rules,
			 json_string_value(json_object_get(file, "name")));
		assert_int_equal(sl_file_replace(path, text, strlen(text)), 0);
	}
	json_decref(root);
	open_rulesets(&scene);
	EVENTUALLY(current_version(&scene));
	assert_int_equal(current_link(&scene), 1); /* with no dataplane there */
	fake_start(&scene.fake, scene.paths.command);
	wait_for_ruleset(&scene, 1);
	sl_rulesets_close(scene.rulesets);
	fake_stop(&scene.fake);
	fixture_close(&scene.fixture);
}

static void one_load_at_a_time(void **state)
{
	struct scene scene;

	(void)state;
	settings(&scene);
	open_rulesets(&scene);
	assert_int_equal(sl_rulesets_claim(scene.rulesets), 0);
	assert_true(sl_rulesets_claim(scene.rulesets) < 0);
	sl_rulesets_give_up(scene.rulesets);
	assert_int_equal(sl_rulesets_claim(scene.rulesets), 0);
	sl_rulesets_close(scene.rulesets);
	fixture_close(&scene.fixture);
}

/* A compiler that takes too long is killed, and it is said which setting bounds it. */
static void a_slow_compiler_is_killed(void **state)
{
	struct scene scene;

	(void)state;
	settings(&scene);
	scene.config.settings.compile_ms = 0;
	open_rulesets(&scene);
	expect(&scene, "{\"files\":[" GOOD "],\"dry_run\":true}", 422, "limits.rules.compile_ms");
	sl_rulesets_close(scene.rulesets);
	fixture_close(&scene.fixture);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_load_comes_in_force),
		cmocka_unit_test(failures_leave_the_old_one),
		cmocka_unit_test(without_a_dataplane_nothing_is_loaded),
		cmocka_unit_test(a_dataplane_with_another_one_is_told),
		cmocka_unit_test(the_first_start_takes_the_settings_rules),
		cmocka_unit_test(one_load_at_a_time),
		cmocka_unit_test(a_slow_compiler_is_killed),
	};

	if (argc > 1 && !strcmp(argv[1], "--compile")) {
		if (!strcmp(argv[8], "0"))
			pause(); /* a rule set that takes for ever */
		return sl_rulesets_compile_main(argc, argv);
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
