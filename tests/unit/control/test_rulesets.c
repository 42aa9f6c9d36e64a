/* Loading rule sets, with the real compiler (this program is its own child) and a stand-in for the
 * dataplane. */
#include "rulesets_scene.h"

#include "base/artifact.h"

#include "base/clock.h"
#include "control/rulesets/rulesets_priv.h"
#include "rules/rules.h"

#include <glob.h>
#include <signal.h>
#include <sys/mman.h>

static void expect_counted(struct scene *scene, uint64_t succeeded, uint64_t failed)
{
	struct sl_ruleset_loads loads;

	sl_rulesets_loads(scene->rulesets, &loads);
	assert_int_equal(loads.succeeded, succeeded);
	assert_int_equal(loads.failed, failed);
	assert_int_equal(loads.last_success_ns != 0, succeeded != 0);
}

static size_t kept_patterns(struct scene *scene)
{
	char pattern[512];
	glob_t found = {0};
	size_t n;

	snprintf(pattern, sizeof(pattern), "%s/patterns/*.patterns", scene->paths.rulesets);
	n = glob(pattern, 0, NULL, &found) == 0 ? found.gl_pathc : 0;
	globfree(&found);
	return n;
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
	/* what was read is kept beside the numbers, and compiled patterns, once there are any */
	assert_true(exists(&scene, "patterns/campaigns.pieces"));
	assert_int_equal(kept_patterns(&scene), 0);
	expect(&scene,
	       "{\"files\":[" FILE_OF("b.yaml", CAMPAIGN("b", "type.contains('yyyy')")) "]}", 200,
	       "\"version\":3");
	assert_int_equal(kept_patterns(&scene), 1);
	assert_int_equal(current_link(&scene), 3);
	/* tried only */
	expect(&scene, "{\"files\":[" GOOD "],\"dry_run\":true}", 200, "\"version\":0");
	assert_int_equal(current_link(&scene), 3);
	assert_int_equal(atomic_load(&scene.fake.ruleset), 3);
	assert_false(exists(&scene, "trial"));
	expect_counted(&scene, 3, 0); /* the trial is none */
	sl_rulesets_close(scene.rulesets);
	fake_stop(&scene.fake);
	fixture_close(&scene.fixture);
}

#define STEPS(name, last, more)                                                                    \
	"campaign: " name "\\nkind: service\\n" more                                               \
	"match:\\n  - a: type == 'a'\\n  - b: type == '" last "'\\n    within: 1h\\n"

/* Before it is loaded, and as it is. */
static void a_load_says_what_is_remembered(void **state)
{
	struct scene scene;

	(void)state;
	settings(&scene);
	fake_start(&scene.fake, scene.paths.command);
	open_rulesets(&scene);
	expect(&scene,
	       "{\"files\":[" FILE_OF("schema.yaml", SCHEMA) "," FILE_OF(
		       "a.yaml",
		       STEPS("a", "b", "")) "," FILE_OF("b.yaml",
							STEPS("b", "c",
							      "on_change: drain\\n")) "]}",
	       200, "\"version\":1");
	expect(&scene,
	       "{\"files\":[" FILE_OF("a.yaml", STEPS("a", "x", "")) "," FILE_OF(
		       "b.yaml", STEPS("b", "y", "on_change: drain\\n")) "],\"dry_run\":true}",
	       200,
	       "\"remembered\":[{\"campaign\":\"a\",\"what\":\"reset\",\"slots\":[0],"
	       "\"live\":[100]},{\"campaign\":\"b\",\"what\":\"drained\",\"slots\":[1],"
	       "\"live\":[101]}]");
	expect(&scene,
	       "{\"files\":[" FILE_OF("a.yaml", STEPS("z", "b", "")) "," FILE_OF(
		       "b.yaml", STEPS("b", "y", "on_change: drain\\n")) "]}",
	       200, "{\"campaign\":\"z\",\"what\":\"kept\",\"slots\":[0],\"live\":[100]}");
	assert_true(exists(&scene, "2/artifact.bin.draining"));
	/* it goes on draining in the one after, which changes something else */
	expect(&scene,
	       "{\"files\":[" FILE_OF("b.yaml", STEPS("b", "y", "on_change: drain\\n")) "]}", 200,
	       "\"what\":\"gone\",\"slots\":[0],\"live\":[100]}");
	assert_true(exists(&scene, "3/artifact.bin.draining"));
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
	expect_counted(&scene, 2, 3); /* what names no files is no load */
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
	expect_counted(&scene, 0, 1);
	sl_rulesets_close(scene.rulesets);
	fixture_close(&scene.fixture);
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

/* The child of these: it says what it is at, and is then out of memory, or killed at its limit of
 * processor time. */
static int stuck_compiler(char **argv)
{
	struct sl_rules_progress *progress = mmap(NULL, sizeof(*progress), PROT_READ | PROT_WRITE,
						  MAP_SHARED, atoi(argv[18]), 0);

	if (progress == MAP_FAILED)
		return 2;
	progress->phase = SL_RULES_COMPILING;
	strcpy(progress->at, "a pattern of `greedy\xff\"`");
	strcpy(progress->dearest[0].what, "`dear`");
	progress->dearest[0].ns = 2 * SL_NS_PER_S;
	strcpy(progress->dearest[1].what, "`cheap`");
	progress->dearest[1].ns = 1000;
	if (!strcmp(argv[7], "67108865"))
		raise(SIGXCPU);
	return SL_COMPILE_NO_MEMORY;
}

static void the_one_too_dear_is_named(void **state)
{
	static const char *const settings_named[] = {
		[1] = "limits.rules.compile_bytes, 67108864 bytes: it was compiling a pattern of "
		      "`greedy?\\\"`; what took longest before: `dear` (2.0 s)\"",
		[2] = "limits.rules.compile_ms, 600000 ms: it was compiling a pattern of "
		      "`greedy?\\\"`; what took longest before: `dear` (2.0 s)\"",
	};
	struct scene scene;

	(void)state;
	for (int64_t which = 1; which <= 2; which++) {
		settings(&scene);
		scene.config.settings.compile_bytes = 67108863 + which;
		scene.config.settings.compile_ms = 600000;
		open_rulesets(&scene);
		expect(&scene, "{\"files\":[" GOOD "],\"dry_run\":true}", 422,
		       settings_named[which]);
		sl_rulesets_close(scene.rulesets);
		fixture_close(&scene.fixture);
	}
}

static void roll_back(struct scene *scene, const char *body, unsigned status, const char *part)
{
	scene->task = SL_RULESET_ROLLBACK;
	expect(scene, body, status, part);
	scene->task = SL_RULESET_LOAD;
}

static json_t *listed(struct scene *scene)
{
	struct sl_ruleset_reply reply = {0};
	json_t *root, *list;

	sl_rulesets_list(scene->rulesets, &reply);
	assert_int_equal(reply.status, 200);
	root = json_loads(reply.body, JSON_REJECT_DUPLICATES, NULL);
	list = json_incref(json_object_get(root, "rulesets"));
	json_decref(root);
	free(reply.body);
	return list;
}

static void expect_listed(struct scene *scene, const char *numbers)
{
	json_t *list = listed(scene), *one;
	char text[256] = "";
	size_t i;

	json_array_foreach(list, i, one)
	{
		size_t n = strlen(text);

		snprintf(text + n, sizeof(text) - n, "%s%lld%s", i ? " " : "",
			 (long long)json_integer_value(json_object_get(one, "version")),
			 json_is_true(json_object_get(one, "in_force")) ? "*" : "");
	}
	assert_string_equal(text, numbers);
	json_decref(list);
}

static char *sources(struct scene *scene, uint64_t version, uint64_t from, unsigned status)
{
	struct sl_ruleset_reply reply = {0};

	sl_rulesets_sources(scene->rulesets, version, from, &reply);
	if (reply.status != status)
		print_error("%u %s\n", reply.status, reply.body);
	assert_int_equal(reply.status, status);
	return reply.body;
}

static void scribble(struct scene *scene, const char *name, const char *text)
{
	char path[512];

	snprintf(path, sizeof(path), "%s/%s", scene->paths.rulesets, name);
	assert_int_equal(sl_file_replace(path, text, strlen(text)), 0);
}

/* Whichever way a rule set comes, and with what was read before at hand. */
static void channels_announce_what_they_fill(void **state)
{
	static const char told[] = "no channel fills `type`: `web` does not name it";
	static const char *const body = "{\"files\":[" GOOD "]}";
	struct sl_ruleset_reply reply;
	struct scene scene;

	(void)state;
	settings(&scene);
	strcpy(scene.config.announced, "web id time custmer\n");
	fake_start(&scene.fake, scene.paths.command);
	open_rulesets(&scene);
	expect(&scene, body, 200, told);
	expect(&scene, body, 200, "\"hint\":\"did you mean `customer`?\"");
	scene.task = SL_RULESET_CHECK;
	expect(&scene, body, 200, told);
	scene.task = SL_RULESET_ROLLBACK;
	expect(&scene, "{\"version\":1}", 200, told);
	scene.task = SL_RULESET_LOAD;
	/* for loads from now on; the thread has a copy */
	strcpy(scene.config.announced, "web\n");
	expect(&scene, body, 200, told);
	assert_int_equal(sl_rulesets_settings(scene.rulesets, &scene.config.settings,
					      scene.config.announced),
			 0);
	reply = load(&scene, body);
	assert_int_equal(reply.status, 200);
	assert_null(strstr(reply.body, "no channel"));
	free(reply.body);
	sl_rulesets_close(scene.rulesets);
	fake_stop(&scene.fake);
	fixture_close(&scene.fixture);
}

static void an_older_version_comes_back(void **state)
{
	struct scene scene;
	json_t *list;

	(void)state;
	settings(&scene);
	fake_start(&scene.fake, scene.paths.command);
	open_rulesets(&scene);
	roll_back(&scene, "{}", 404, "no version before");
	expect(&scene, "{\"files\":[" GOOD "],\"author\":\"first\"}", 200, "\"version\":1");
	roll_back(&scene, "{}", 404, "no version before");
	expect(&scene, "{\"files\":[" FILE_OF("b.yaml", CAMPAIGN("b", "type == 'y'")) "]}", 200,
	       "\"version\":2");
	roll_back(&scene, "{\"version\":2}", 404, "in force already");
	roll_back(&scene, "{\"version\":9}", 404, "is not kept");
	roll_back(&scene, "{\"version\":\"1\"}", 400, "is the number of a version");
	roll_back(&scene, "[]", 400, "not a JSON object");
	roll_back(&scene, "{\"version\":1,\"dry_run\":true}", 200, "\"version\":0");
	expect_listed(&scene, "2* 1");
	roll_back(&scene, "{\"author\":\"again\"}", 200, "\"version\":3");
	assert_int_equal(current_link(&scene), 3);
	assert_int_equal(atomic_load(&scene.fake.ruleset), 3);
	expect_listed(&scene, "3* 2 1");
	list = listed(&scene);
	assert_string_equal(json_string_value(json_object_get(json_array_get(list, 0), "hash")),
			    json_string_value(json_object_get(json_array_get(list, 2), "hash")));
	assert_string_equal(json_string_value(json_object_get(json_array_get(list, 0), "author")),
			    "again");
	json_decref(list);
	/* refused by the dataplane: nothing changes */
	atomic_store(&scene.fake.refuse, -EIO);
	roll_back(&scene, "{\"version\":2}", 503, "stays in force: refused by the stand-in");
	assert_int_equal(current_link(&scene), 3);
	expect_listed(&scene, "3* 2 1");
	expect_counted(&scene, 3, 1);
	sl_rulesets_close(scene.rulesets);
	fake_stop(&scene.fake);
	fixture_close(&scene.fixture);
}

/* What lies on disk is not what was loaded: the old rules stay, and it is said which file. */
static void damaged_sources_do_not_come_back(void **state)
{
	struct scene scene;
	char path[512];

	(void)state;
	settings(&scene);
	fake_start(&scene.fake, scene.paths.command);
	open_rulesets(&scene);
	for (unsigned i = 0; i < 4; i++)
		expect(&scene, "{\"files\":[" GOOD "]}", 200, "\"version\"");
	scribble(&scene, "1/source/a.yaml", "campaign: another\n");
	roll_back(&scene, "{\"version\":1}", 422, "\\\"a.yaml\\\" of version 1 is not what");
	free(sources(&scene, 1, 0, 503));
	snprintf(path, sizeof(path), "%s/2/source/schema.yaml", scene.paths.rulesets);
	assert_int_equal(unlink(path), 0);
	roll_back(&scene, "{\"version\":2}", 422, "schema.yaml");
	scribble(&scene, "3/files", "nonsense\n");
	roll_back(&scene, "{\"version\":3}", 422, "index of the sources of version 3 is damaged");
	free(sources(&scene, 3, 0, 503));
	scribble(&scene, "3/files", "0123456789abcdef0123456789abcdef 1 ../../last\n");
	roll_back(&scene, "{\"version\":3}", 422, "index of the sources of version 3 is damaged");
	scribble(&scene, "3/files", "");
	roll_back(&scene, "{\"version\":3}", 422, "is empty");
	snprintf(path, sizeof(path), "%s/3/files", scene.paths.rulesets);
	assert_int_equal(unlink(path), 0);
	roll_back(&scene, "{\"version\":3}", 422, "cannot be read");
	free(sources(&scene, 3, 0, 404));
	assert_int_equal(current_link(&scene), 4);
	assert_int_equal(atomic_load(&scene.fake.ruleset), 4);
	sl_rulesets_close(scene.rulesets);
	fake_stop(&scene.fake);
	fixture_close(&scene.fixture);
}

static void as_many_are_kept_as_the_setting_says(void **state)
{
	struct scene scene;

	(void)state;
	settings(&scene);
	scene.config.settings.rulesets_kept = 2;
	fake_start(&scene.fake, scene.paths.command);
	open_rulesets(&scene);
	for (unsigned i = 0; i < 3; i++)
		expect(&scene, "{\"files\":[" GOOD "]}", 200, "\"version\"");
	/* a failure takes a number and none of the places */
	expect(&scene, "{\"files\":[" FILE_OF("a.yaml", "x: y") "]}", 422, "unknown_key");
	expect_listed(&scene, "3* 2");
	assert_false(exists(&scene, "1"));
	expect(&scene, "{\"files\":[" GOOD "]}", 200, "\"version\":5");
	expect_listed(&scene, "5* 3");
	assert_false(exists(&scene, "2"));
	sl_rulesets_close(scene.rulesets);
	/* in the next life of control too, whose setting may be another */
	scene.config.settings.rulesets_kept = 3;
	scribble(&scene, "4", ""); /* a number that is no directory of a version */
	open_rulesets(&scene);
	expect_listed(&scene, "5* 3");
	roll_back(&scene, "{}", 200, "\"version\":6");
	expect_listed(&scene, "6* 5 3");
	sl_rulesets_close(scene.rulesets);
	fake_stop(&scene.fake);
	fixture_close(&scene.fixture);
}

static void sources_come_in_portions(void **state)
{
	json_t *files = json_array(), *root;
	struct scene scene;
	size_t seen = 0;
	uint64_t from = 0;
	char *body, *text = malloc(200001);

	(void)state;
	settings(&scene);
	fake_start(&scene.fake, scene.paths.command);
	open_rulesets(&scene);
	free(sources(&scene, 1, 0, 404));
	memset(text, '#', 200000);
	text[200000] = 0;
	root = json_loads("[" GOOD "]", 0, NULL);
	json_array_extend(files, root);
	json_decref(root);
	for (unsigned i = 0; i < 12; i++) {
		char name[32];

		snprintf(name, sizeof(name), " odd name %u.yaml", i);
		json_array_append_new(files, json_pack("{s:s, s:s}", "name", name, "text", text));
	}
	root = json_pack("{s:O}", "files", files);
	body = json_dumps(root, 0);
	json_decref(root);
	expect(&scene, body, 200, "\"version\":1");
	free(body);
	for (unsigned calls = 0; calls < 100; calls++) {
		const json_t *portion, *next;

		body = sources(&scene, 1, from, 200);
		assert_true(strlen(body) < SL_RULESET_PORTION_BYTES + 300000);
		root = json_loads(body, JSON_REJECT_DUPLICATES, NULL);
		free(body);
		portion = json_object_get(root, "files");
		for (size_t i = 0; i < json_array_size(portion); i++)
			assert_true(json_equal(json_array_get(portion, i),
					       json_array_get(files, seen++)));
		next = json_object_get(root, "next");
		from = (uint64_t)json_integer_value(next);
		json_decref(root);
		if (!from)
			break;
	}
	assert_int_equal(seen, 14);
	free(sources(&scene, 1, 1000, 200));
	json_decref(files);
	free(text);
	sl_rulesets_close(scene.rulesets);
	fake_stop(&scene.fake);
	fixture_close(&scene.fixture);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_load_comes_in_force),
		cmocka_unit_test(a_load_says_what_is_remembered),
		cmocka_unit_test(failures_leave_the_old_one),
		cmocka_unit_test(without_a_dataplane_nothing_is_loaded),
		cmocka_unit_test(a_dataplane_with_another_one_is_told),
		cmocka_unit_test(the_first_start_takes_the_settings_rules),
		cmocka_unit_test(one_load_at_a_time),
		cmocka_unit_test(a_slow_compiler_is_killed),
		cmocka_unit_test(the_one_too_dear_is_named),
		cmocka_unit_test(channels_announce_what_they_fill),
		cmocka_unit_test(an_older_version_comes_back),
		cmocka_unit_test(damaged_sources_do_not_come_back),
		cmocka_unit_test(as_many_are_kept_as_the_setting_says),
		cmocka_unit_test(sources_come_in_portions),
	};

	if (argc > 1 && !strcmp(argv[1], "--compile")) {
		if (argc > 18 && !strncmp(argv[7], "6710886", 7))
			return stuck_compiler(argv);
		if (!strcmp(argv[8], "0"))
			pause(); /* a rule set that takes for ever */
		return sl_rulesets_compile_main(argc, argv);
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
