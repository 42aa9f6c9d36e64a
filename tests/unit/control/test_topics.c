/* Looking at topics, with librdkafka's cluster of stand-ins; what only a real broker tells
 * (min.insync.replicas, topics that are not there) is in tests/integration. */
#include "fixture.h"

#include <errno.h>

#include "control/sink_kafka/topics_priv.h"
#include "rules/rules.h"
#include "sluice/layout.h"

#include <librdkafka/rdkafka_mock.h>

struct scene {
	struct fixture fixture;
	rd_kafka_t *host; /* of the cluster */
	rd_kafka_mock_cluster_t *cluster;
	struct sl_kafka_property properties[2];
	struct sl_sink_kafka_config config;
	struct sl_trouble trouble;
	char rulesets[80];
};

static void write_file(const struct scene *scene, const char *name, const char *text)
{
	char path[160];
	FILE *file;

	snprintf(path, sizeof(path), "%s/rules/%s", scene->fixture.directory, name);
	file = fopen(path, "w");
	assert_non_null(file);
	fputs(text, file);
	assert_int_equal(fclose(file), 0);
}

static void write_campaign(const struct scene *scene, const char *name, const char *channel)
{
	char file[64], text[256];

	snprintf(file, sizeof(file), "%s.yaml", name);
	snprintf(text, sizeof(text),
		 "campaign: %s\nkind: service\nmatch: type == 'x'\nsend: {channel: %s, template: "
		 "T}\n",
		 name, channel);
	write_file(scene, file, text);
}

/* Makes what lies in rules/ version `number`, and puts it in force. */
static void put_in_force(const struct scene *scene, unsigned number)
{
	struct sl_diagnostics *diagnostics = sl_diagnostics_new();
	const struct sl_rules_options options = {.ruleset = number};
	char rules[80], path[160], link[160], next[160], text[16];

	snprintf(rules, sizeof(rules), "%s/rules", scene->fixture.directory);
	snprintf(path, sizeof(path), "%s/%u", scene->rulesets, number);
	assert_int_equal(mkdir(path, 0700), 0);
	snprintf(path, sizeof(path), "%s/%u/" SL_RULESET_ARTIFACT, scene->rulesets, number);
	assert_int_equal(sl_rules_compile(rules, &options, path, diagnostics, NULL), 0);
	sl_diagnostics_free(diagnostics);
	snprintf(text, sizeof(text), "%u", number);
	snprintf(link, sizeof(link), "%s/" SL_RULESETS_CURRENT, scene->rulesets);
	snprintf(next, sizeof(next), "%s/next", scene->rulesets);
	assert_int_equal(symlink(text, next), 0);
	assert_int_equal(rename(next, link), 0);
}

static void begin(struct scene *scene)
{
	char path[80], why[256];

	memset(scene, 0, sizeof(*scene));
	fixture_open(&scene->fixture);
	snprintf(path, sizeof(path), "%s/rules", scene->fixture.directory);
	assert_int_equal(mkdir(path, 0700), 0);
	snprintf(scene->rulesets, sizeof(scene->rulesets), "%s/rulesets", scene->fixture.directory);
	assert_int_equal(mkdir(scene->rulesets, 0700), 0);
	write_file(scene, "schema.yaml",
		   "schema: test\nfields:\n  id: {type: string, role: id, required: true}\n"
		   "  time: {type: time, role: time, required: true}\n"
		   "  type: {type: string, role: type, required: true}\n"
		   "  customer: {type: string, role: key, required: true}\n");
	scene->host = rd_kafka_new(RD_KAFKA_PRODUCER, rd_kafka_conf_new(), why, sizeof(why));
	assert_non_null(scene->host);
	scene->cluster = rd_kafka_mock_cluster_new(scene->host, 3);
	assert_non_null(scene->cluster);
	scene->properties[0] = (struct sl_kafka_property){
		"bootstrap.servers", rd_kafka_mock_cluster_bootstraps(scene->cluster)};
	scene->config = (struct sl_sink_kafka_config){
		.topic = "campaign.{channel}",
		.dead_letter = "campaign.dead",
		.properties = scene->properties,
		.n_properties = 1,
	};
}

static void end(struct scene *scene)
{
	rd_kafka_mock_cluster_destroy(scene->cluster);
	rd_kafka_destroy(scene->host);
	fixture_close(&scene->fixture);
}

static void names_are_those_of_the_campaigns(void **state)
{
	static char room[SL_KAFKA_TOPICS_MAX][SL_KAFKA_TOPIC_MAX + 1];
	struct kafka_topic_names names = {.at = room};
	char why[SL_SENTENCE_BYTES], path[160];
	struct scene scene;

	(void)state;
	begin(&scene);
	snprintf(path, sizeof(path), "%s/" SL_RULESETS_CURRENT "/" SL_RULESET_ARTIFACT,
		 scene.rulesets);
	assert_int_equal(sl_kafka_topic_names(&scene.config, path, &names, why), -ENOENT);
	write_campaign(&scene, "a", "push");
	write_campaign(&scene, "b", "push");
	write_campaign(&scene, "c", "sms");
	put_in_force(&scene, 1);
	assert_int_equal(sl_kafka_topic_names(&scene.config, path, &names, why), 0);
	assert_int_equal(names.n, 3);
	assert_false(names.more);
	assert_int_equal(names.dead_letter, 0);
	assert_string_equal(names.at[0], "campaign.dead");
	assert_string_equal(names.at[1], "campaign.push");
	assert_string_equal(names.at[2], "campaign.sms");
	scene.config.dead_letter = "";
	scene.config.topic = "{campaign}";
	assert_int_equal(sl_kafka_topic_names(&scene.config, path, &names, why), 0);
	assert_int_equal(names.n, 3);
	assert_true(names.dead_letter >= names.n);
	assert_string_equal(names.at[0], "a");
	end(&scene);
}

static void more_topics_than_are_looked_at(void **state)
{
	static char room[SL_KAFKA_TOPICS_MAX][SL_KAFKA_TOPIC_MAX + 1];
	struct kafka_topic_names names = {.at = room};
	char why[SL_SENTENCE_BYTES], path[160], name[32];
	struct scene scene;

	(void)state;
	begin(&scene);
	for (unsigned i = 0; i <= SL_KAFKA_TOPICS_MAX; i++) {
		snprintf(name, sizeof(name), "c%04u", i);
		write_campaign(&scene, name, name);
	}
	put_in_force(&scene, 1);
	snprintf(path, sizeof(path), "%s/1/" SL_RULESET_ARTIFACT, scene.rulesets);
	assert_int_equal(sl_kafka_topic_names(&scene.config, path, &names, why), 0);
	assert_int_equal(names.n, SL_KAFKA_TOPICS_MAX);
	assert_true(names.more);
	end(&scene);
}

static struct sl_kafka_topics *start(struct scene *scene)
{
	struct sl_kafka_topics *topics;

	assert_int_equal(
		sl_kafka_topics_start(&scene->config, scene->rulesets, &scene->trouble, &topics),
		0);
	return topics;
}

static struct sl_kafka_topics_view wait_state(struct sl_kafka_topics *topics,
					      enum sl_kafka_topics_state wanted, unsigned n)
{
	struct sl_kafka_topics_view view;

	for (unsigned i = 0; i < 6000; i++) {
		sl_kafka_topics_look(topics, &view);
		if (view.state == wanted && (wanted != SL_KAFKA_TOPICS_ASKED || view.topics == n))
			return view;
		usleep(10000);
	}
	fail_msg("state %d, %u topics", (int)view.state, view.topics);
	return view;
}

static void looks_follow_the_rule_set(void **state)
{
	struct sl_kafka_topics_view view;
	struct sl_kafka_topics *topics;
	struct scene scene;

	(void)state;
	begin(&scene);
	rd_kafka_mock_topic_create(scene.cluster, "campaign.dead", 1, 3);
	rd_kafka_mock_topic_create(scene.cluster, "campaign.push", 1, 3);
	rd_kafka_mock_topic_create(scene.cluster, "campaign.sms", 4, 3);
	topics = start(&scene);
	sl_kafka_topics_look(topics, &view);
	assert_int_equal(view.state, SL_KAFKA_TOPICS_NOT_ASKED);
	write_campaign(&scene, "a", "push");
	put_in_force(&scene, 1);
	sl_trouble_set(&scene.trouble, "of before");
	view = wait_state(topics, SL_KAFKA_TOPICS_ASKED, 2);
	/* the stand-ins tell no configs */
	assert_string_equal(view.shown[0].topic, "campaign.dead");
	assert_string_equal(view.shown[0].code, "config_untold");
	assert_string_equal(view.shown[1].topic, "campaign.push");
	assert_string_equal(view.shown[1].code, "one_partition");
	assert_string_equal(view.shown[2].code, "config_untold");
	assert_int_equal(view.problems, 3);
	EVENTUALLY(!sl_trouble_is_there(&scene.trouble));
	write_campaign(&scene, "b", "sms");
	put_in_force(&scene, 2);
	view = wait_state(topics, SL_KAFKA_TOPICS_ASKED, 3);
	assert_int_equal(view.problems, 4);
	sl_kafka_topics_stop(topics);
	end(&scene);
}

static void kafka_away_is_asked_again(void **state)
{
	struct sl_kafka_topics *topics;
	struct scene scene;

	(void)state;
	begin(&scene);
	rd_kafka_mock_topic_create(scene.cluster, "campaign.dead", 1, 3);
	rd_kafka_mock_topic_create(scene.cluster, "campaign.push", 4, 3);
	/* without acks=all there is a question less, which the stand-ins leave unanswered */
	scene.properties[1] = (struct sl_kafka_property){"acks", "1"};
	scene.config.n_properties = 2;
	for (int broker = 1; broker <= 3; broker++)
		rd_kafka_mock_broker_set_down(scene.cluster, broker);
	write_campaign(&scene, "a", "push");
	put_in_force(&scene, 1);
	topics = start(&scene);
	wait_state(topics, SL_KAFKA_TOPICS_UNREACHABLE, 0);
	for (int broker = 1; broker <= 3; broker++)
		rd_kafka_mock_broker_set_up(scene.cluster, broker);
	sl_kafka_topics_ask_again(topics);
	wait_state(topics, SL_KAFKA_TOPICS_ASKED, 2);
	sl_kafka_topics_stop(topics);
	end(&scene);
}

static void acks_that_promise_less_are_said(void **state)
{
	struct sl_kafka_topics_view view;
	struct sl_kafka_topics *topics;
	struct scene scene;
	char acks[16];

	(void)state;
	begin(&scene);
	assert_true(sl_kafka_acks(&scene.config, acks, sizeof(acks)));
	assert_string_equal(acks, "-1");
	scene.properties[1] = (struct sl_kafka_property){"acks", "1"};
	scene.config.n_properties = 2;
	rd_kafka_mock_topic_create(scene.cluster, "campaign.dead", 4, 3);
	rd_kafka_mock_topic_create(scene.cluster, "campaign.push", 4, 3);
	write_campaign(&scene, "a", "push");
	put_in_force(&scene, 1);
	topics = start(&scene);
	view = wait_state(topics, SL_KAFKA_TOPICS_ASKED, 2);
	assert_int_equal(view.problems, 1);
	assert_string_equal(view.shown[0].code, "acks");
	assert_string_equal(view.shown[0].topic, "");
	assert_non_null(strstr(view.shown[0].message, "acks is 1"));
	sl_kafka_topics_stop(topics);
	end(&scene);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_are_those_of_the_campaigns),
		cmocka_unit_test(more_topics_than_are_looked_at),
		cmocka_unit_test(looks_follow_the_rule_set),
		cmocka_unit_test(kafka_away_is_asked_again),
		cmocka_unit_test(acks_that_promise_less_are_said),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
