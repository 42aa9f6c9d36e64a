/* Rule sets with the real compiler (the test program is its own child) and a stand-in for the
 * dataplane. */
#ifndef SL_TESTS_UNIT_CONTROL_RULESETS_SCENE_H
#define SL_TESTS_UNIT_CONTROL_RULESETS_SCENE_H

#include "fixture.h"

#include <errno.h>

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
	enum sl_ruleset_task task; /* of what is submitted next */
};

static inline void wake(void *context)
{
	(void)context;
}

static inline void settings(struct scene *scene)
{
	static const char text[] =
		"channels: [{name: web, protocol: http, listen: \"127.0.0.1:0\"}]\n";
	static struct sl_problems problems;

	scene->task = SL_RULESET_LOAD;
	fixture_open(&scene->fixture);
	assert_int_equal(sl_config_parse(text, sizeof(text) - 1, scene->fixture.directory,
					 &scene->config, &problems),
			 0);
	sl_paths_init(&scene->paths, &scene->config.settings);
	assert_int_equal(sl_directory_make(scene->config.settings.run), 0);
}

static inline void open_rulesets(struct scene *scene)
{
	const struct sl_rulesets_config config = {
		.settings = &scene->config.settings,
		.announced = scene->config.announced,
		.paths = &scene->paths,
		.program = "/proc/self/exe",
		.wake = wake,
	};
	char why[256] = "";

	assert_int_equal(sl_rulesets_open(&config, &scene->rulesets, why), 0);
	assert_int_equal(sl_rulesets_start(scene->rulesets), 0);
}

static inline struct sl_ruleset_reply load(struct scene *scene, const char *body)
{
	struct sl_ruleset_reply reply = {0};

	assert_int_equal(sl_rulesets_claim(scene->rulesets), 0);
	sl_rulesets_submit(scene->rulesets, scene->task, strdup(body), strlen(body));
	EVENTUALLY(sl_rulesets_take_reply(scene->rulesets, &reply));
	assert_non_null(reply.body);
	return reply;
}

static inline void expect(struct scene *scene, const char *body, unsigned status, const char *part)
{
	struct sl_ruleset_reply reply = load(scene, body);

	if (reply.status != status || !strstr(reply.body, part))
		print_error("%u %s\n", reply.status, reply.body);
	assert_int_equal(reply.status, status);
	assert_non_null(strstr(reply.body, part));
	free(reply.body);
}

static inline uint64_t current_version(struct scene *scene)
{
	struct sl_ruleset_info info;

	sl_rulesets_current(scene->rulesets, &info);
	return info.version;
}

/* As disk says it. */
static inline uint64_t current_link(struct scene *scene)
{
	char path[512], target[64] = "";

	snprintf(path, sizeof(path), "%s/current", scene->paths.rulesets);
	return readlink(path, target, sizeof(target) - 1) < 0 ? 0 : strtoull(target, NULL, 10);
}

static inline bool exists(struct scene *scene, const char *name)
{
	char path[512];

	snprintf(path, sizeof(path), "%s/%s", scene->paths.rulesets, name);
	return access(path, F_OK) == 0;
}

static inline void wait_for_ruleset(struct scene *scene, uint64_t number)
{
	EVENTUALLY(atomic_load(&scene->fake.ruleset) == number);
}

#endif
