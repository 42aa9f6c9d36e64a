/* The Kafka sink with librdkafka's own cluster of stand-ins (test.mock.num.brokers), for what a
 * real broker does not do on command. The real one is in tests/integration. */
#include "fixture.h"

#include "base/clock.h"
#include "control/config/config.h"
#include "control/sink_kafka/sink_kafka_priv.h"

#include <librdkafka/rdkafka_mock.h>

static struct sl_match_view made_for(const char *channel, const char *campaign)
{
	return (struct sl_match_view){
		.channel = {channel, (uint32_t)strlen(channel)},
		.campaign = {campaign, (uint32_t)strlen(campaign)},
		.template = {"T/1", 3},
	};
}

static void topics_are_made_of_the_match(void **state)
{
	static const struct {
		const char *form, *topic;
	} cases[] = {
		{"campaign.{channel}", "campaign.push"},
		{"all", "all"},
		{"{campaign}-{template}", "a_b-T_1"},
		{"{channel", "_channel"},
		{"{other}", "_other_"},
	};
	const struct sl_match_view match = made_for("push", "a b");
	char topic[SL_KAFKA_TOPIC_MAX + 1], form[400];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_true(sl_kafka_topic(cases[i].form, &match, topic));
		assert_string_equal(topic, cases[i].topic);
	}
	memset(form, 'x', sizeof(form));
	form[249] = '\0';
	assert_true(sl_kafka_topic(form, &match, topic));
	form[249] = 'x';
	form[250] = '\0';
	assert_false(sl_kafka_topic(form, &match, topic));
	assert_false(sl_kafka_topic("", &match, topic));
	assert_false(sl_kafka_topic("..", &match, topic));
}

static void secrets_are_known(void **state)
{
	(void)state;
	assert_true(sl_kafka_is_secret("sasl.password"));
	assert_true(sl_kafka_is_secret("ssl.key.password"));
	assert_true(sl_kafka_is_secret("sasl.oauthbearer.client.secret"));
	assert_false(sl_kafka_is_secret("bootstrap.servers"));
	assert_false(sl_kafka_is_secret("sasl.username"));
}

/* ---- against the cluster of stand-ins ------------------------------------------------------ */

static const struct sl_kafka_property mock[] = {{"test.mock.num.brokers", "3"},
						{"bootstrap.servers", "mock"},
						{"reconnect.backoff.max.ms", "100"},
						{"retry.backoff.ms", "10"}};

#define PARTITIONS 4
#define MATCHES_MAX 1000

struct scene {
	struct fixture fixture;
	rd_kafka_t *host; /* of a cluster that outlives producers; NULL: each has one of its own */
	rd_kafka_mock_cluster_t *cluster;
	struct sl_kafka_property properties[8];
	struct sl_journal *journal;
	struct sl_cursors *cursors;
	struct sl_consumer_stats stats;
	_Atomic uint64_t dead_letters;
	struct sl_durations stages[SL_SINK_STAGE_COUNT];
	struct sl_sink_kafka *sink;
	uint64_t position;
};

static void begin_with(struct scene *scene, const struct sl_kafka_property *properties, unsigned n)
{
	const char *const names[] = {sl_sink_kafka_ops.name};
	struct sl_sink_kafka_config config = {
		.topic = "campaign.{channel}",
		.dead_letter = "campaign.dead",
		.properties = properties,
		.n_properties = n,
		.stats = &scene->stats,
		.dead_letters = &scene->dead_letters,
		.stages = scene->stages,
	};
	char why[SL_SENTENCE_BYTES];

	fixture_open(&scene->fixture);
	fixture_journal(&scene->fixture, 3);
	assert_int_equal(sl_journal_open(scene->fixture.journal, &scene->journal, why), 0);
	assert_int_equal(sl_cursors_open(scene->fixture.cursors, &scene->cursors, why), 0);
	assert_int_equal(sl_cursors_register(scene->cursors, scene->fixture.uuid, 1,
					     scene->fixture.next, names, 1, &scene->position, why),
			 0);
	assert_int_equal(sl_sink_kafka_new(&config, &scene->sink, why), 0);
}

static void begin(struct scene *scene)
{
	memset(scene, 0, sizeof(*scene));
	begin_with(scene, mock, sizeof(mock) / sizeof(mock[0]));
}

/* With a cluster that is there when a producer is made anew, and can be read at the end. */
static void begin_shared(struct scene *scene)
{
	char why[256];

	memset(scene, 0, sizeof(*scene));
	scene->host = rd_kafka_new(RD_KAFKA_PRODUCER, rd_kafka_conf_new(), why, sizeof(why));
	assert_non_null(scene->host);
	scene->cluster = rd_kafka_mock_cluster_new(scene->host, 3);
	assert_non_null(scene->cluster);
	assert_int_equal(rd_kafka_mock_topic_create(scene->cluster, "campaign.push", PARTITIONS, 3),
			 0);
	scene->properties[0] = (struct sl_kafka_property){
		"bootstrap.servers", rd_kafka_mock_cluster_bootstraps(scene->cluster)};
	scene->properties[1] = (struct sl_kafka_property){"reconnect.backoff.max.ms", "100"};
	scene->properties[2] = (struct sl_kafka_property){"retry.backoff.ms", "10"};
	scene->properties[3] = (struct sl_kafka_property){"socket.timeout.ms", "1000"};
	begin_with(scene, scene->properties, 4);
}

static void end(struct scene *scene)
{
	sl_sink_kafka_free(scene->sink);
	if (scene->cluster)
		rd_kafka_mock_cluster_destroy(scene->cluster);
	if (scene->host)
		rd_kafka_destroy(scene->host);
	sl_cursors_close(scene->cursors);
	sl_journal_close(scene->journal);
	fixture_close(&scene->fixture);
}

static struct sl_consumer *start(struct scene *scene)
{
	struct sl_consumer *consumer;

	assert_int_equal(sl_consumer_start(&sl_sink_kafka_ops, scene->sink, scene->journal,
					   scene->cursors, scene->position, &scene->stats,
					   &consumer),
			 0);
	return consumer;
}

static void wait_position(struct scene *scene, uint64_t position)
{
	for (unsigned i = 0; i < 6000 && atomic_load(&scene->stats.position) < position; i++)
		usleep(10000);
	assert_int_equal(atomic_load(&scene->stats.position), position);
}

static void stop(struct sl_consumer *consumer)
{
	sl_consumer_stop(consumer, sl_clock_read(CLOCK_MONOTONIC) + NEVER_S * SL_NS_PER_S);
	sl_consumer_join(consumer);
}

static void expect_stages(struct scene *scene, uint64_t records)
{
	for (unsigned i = 0; i < SL_SINK_STAGE_COUNT; i++) {
		struct sl_durations_sum *sum = calloc(1, sizeof(*sum));

		sl_durations_add(sum, &scene->stages[i]);
		assert_int_equal(sum->count, records);
		assert_true(sum->max_ns > 0);
		free(sum);
	}
}

static void the_cursor_follows_reports(void **state)
{
	struct sl_consumer *consumer;
	struct sl_cursor cursor;
	struct scene scene;

	(void)state;
	begin(&scene);
	fixture_matches(&scene.fixture, 0, 500, "{}");
	consumer = start(&scene);
	wait_position(&scene, scene.fixture.next);
	assert_int_equal(atomic_load(&scene.stats.settled), 500);
	fixture_matches(&scene.fixture, 500, 300, "{}");
	wait_position(&scene, scene.fixture.next);
	assert_int_equal(atomic_load(&scene.stats.settled), 800);
	assert_int_equal(atomic_load(&scene.stats.errors), 0);
	stop(consumer);
	expect_stages(&scene, 800);
	assert_int_equal(sl_cursors_get(scene.cursors, "sink.kafka", &cursor), 0);
	assert_int_equal(cursor.position, scene.fixture.next);
	end(&scene);
}

static void errors_that_pass_are_waited_for(void **state)
{
	static const rd_kafka_resp_err_t errors[] = {
		RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION,
		RD_KAFKA_RESP_ERR_REQUEST_TIMED_OUT,
		RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS,
		RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS_AFTER_APPEND,
		RD_KAFKA_RESP_ERR_COORDINATOR_LOAD_IN_PROGRESS,
	};
	struct sl_consumer *consumer;
	struct scene scene;

	(void)state;
	begin(&scene);
	for (size_t i = 0; i < sizeof(errors) / sizeof(errors[0]); i++)
		rd_kafka_mock_push_request_errors(
			rd_kafka_handle_mock_cluster(scene.sink->producer), 0 /* Produce */, 1,
			errors[i]);
	fixture_matches(&scene.fixture, 0, 100, "{}");
	consumer = start(&scene);
	wait_position(&scene, scene.fixture.next);
	assert_true(atomic_load(&scene.stats.settled) >= 100);
	assert_int_equal(atomic_load(&scene.dead_letters), 0);
	stop(consumer);
	end(&scene);
}

/* Brokers bound batches: what was refused together is taken alone. */
static void a_refused_batch_goes_one_by_one(void **state)
{
	struct sl_consumer *consumer;
	struct scene scene;

	(void)state;
	begin(&scene);
	rd_kafka_mock_push_request_errors(rd_kafka_handle_mock_cluster(scene.sink->producer), 0, 1,
					  RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE);
	fixture_matches(&scene.fixture, 0, 3, "{}");
	consumer = start(&scene);
	wait_position(&scene, scene.fixture.next);
	/* the second try, alone, is taken: each producer has a cluster of stand-ins of its own */
	assert_int_equal(atomic_load(&scene.stats.settled), 3);
	assert_int_equal(atomic_load(&scene.stats.errors), 0);
	stop(consumer);
	end(&scene);
}

static void a_fatal_error_makes_the_producer_anew(void **state)
{
	struct sl_consumer *consumer;
	struct scene scene;

	(void)state;
	begin(&scene);
	rd_kafka_test_fatal_error(scene.sink->producer,
				  RD_KAFKA_RESP_ERR_OUT_OF_ORDER_SEQUENCE_NUMBER, "made up");
	fixture_matches(&scene.fixture, 0, 100, "{}");
	consumer = start(&scene);
	wait_position(&scene, scene.fixture.next);
	assert_int_equal(atomic_load(&scene.stats.settled), 100);
	assert_true(atomic_load(&scene.stats.errors) >= 1);
	stop(consumer);
	end(&scene);
}

/* ---- read by a client that knows nothing of the sink ---------------------------------------- */

static rd_kafka_t *open_reader(const struct scene *scene)
{
	rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(PARTITIONS);
	rd_kafka_conf_t *conf = rd_kafka_conf_new();
	rd_kafka_t *reader;
	char why[256];

	assert_int_equal(rd_kafka_conf_set(conf, "bootstrap.servers",
					   rd_kafka_mock_cluster_bootstraps(scene->cluster), why,
					   sizeof(why)),
			 0);
	assert_int_equal(rd_kafka_conf_set(conf, "group.id", "judge", why, sizeof(why)), 0);
	assert_int_equal(rd_kafka_conf_set(conf, "enable.partition.eof", "true", why, sizeof(why)),
			 0);
	reader = rd_kafka_new(RD_KAFKA_CONSUMER, conf, why, sizeof(why));
	assert_non_null(reader);
	for (int i = 0; i < PARTITIONS; i++)
		rd_kafka_topic_partition_list_add(list, "campaign.push", i)->offset =
			RD_KAFKA_OFFSET_BEGINNING;
	assert_int_equal(rd_kafka_assign(reader, list), 0);
	rd_kafka_topic_partition_list_destroy(list);
	return reader;
}

/* The number that the fixture gave the match: the first half of its id. */
static void count_record(const rd_kafka_message_t *message, unsigned seen[MATCHES_MAX])
{
	rd_kafka_headers_t *headers;
	const void *id;
	char half[17];
	uint64_t number;
	size_t bytes;

	assert_int_equal(rd_kafka_message_headers(message, &headers), 0);
	assert_int_equal(rd_kafka_header_get_last(headers, "ce_id", &id, &bytes), 0);
	assert_int_equal(bytes, 32);
	for (unsigned half_at = 0; half_at <= 16; half_at += 16) {
		memcpy(half, (const char *)id + half_at, 16);
		half[16] = '\0';
		number = strtoull(half, NULL, 16);
		if (number != 0x1122334455667788)
			break;
	}
	assert_true(number < MATCHES_MAX);
	seen[number]++;
}

/* A: each of n matches is there. B: each of its records carries its one id. Records in all. */
static unsigned judge(const struct scene *scene, unsigned n)
{
	unsigned seen[MATCHES_MAX] = {0}, ends = 0, records = 0;
	rd_kafka_t *reader = open_reader(scene);

	while (ends < PARTITIONS) {
		rd_kafka_message_t *message = rd_kafka_consumer_poll(reader, NEVER_S * 1000);

		assert_non_null(message);
		if (message->err == RD_KAFKA_RESP_ERR__PARTITION_EOF) {
			ends++;
		} else {
			assert_int_equal(message->err, 0);
			count_record(message, seen);
			records++;
		}
		rd_kafka_message_destroy(message);
	}
	rd_kafka_consumer_close(reader);
	rd_kafka_destroy(reader);
	for (unsigned i = 0; i < n; i++)
		if (!seen[i])
			fail_msg("match %u is LOST", i);
	for (unsigned i = n; i < MATCHES_MAX; i++)
		assert_int_equal(seen[i], 0);
	return records;
}

static void set_round_trip(struct scene *scene, int ms)
{
	for (int broker = 1; broker <= 3; broker++)
		assert_int_equal(rd_kafka_mock_broker_set_rtt(scene->cluster, broker, ms), 0);
}

/* The brokers have the records and their answers come too late: they are sent again. */
static void answers_that_come_too_late(void **state)
{
	struct sl_consumer *consumer;
	struct scene scene;
	unsigned records;

	(void)state;
	begin_shared(&scene);
	consumer = start(&scene);
	fixture_matches(&scene.fixture, 0, 100, "{}"); /* connects, learns the leaders */
	wait_position(&scene, scene.fixture.next);
	set_round_trip(&scene, 3000);
	fixture_matches(&scene.fixture, 100, 100, "{}");
	EVENTUALLY(sl_trouble_is_there(&scene.stats.trouble));
	set_round_trip(&scene, 0);
	wait_position(&scene, scene.fixture.next);
	stop(consumer);
	records = judge(&scene, 200);
	print_message("200 matches, %u records\n", records);
	assert_false(sl_trouble_is_there(&scene.stats.trouble));
	assert_int_equal(atomic_load(&scene.dead_letters), 0);
	end(&scene);
}

/* In the middle, with records under way: the producer is made anew, and they come again. */
static void a_fatal_error_under_way_loses_nothing(void **state)
{
	struct sl_consumer *consumer;
	struct scene scene;
	unsigned records;

	(void)state;
	begin_shared(&scene);
	consumer = start(&scene);
	fixture_matches(&scene.fixture, 0, 100, "{}");
	wait_position(&scene, scene.fixture.next);
	/* what idempotence cannot mend: the broker says that sequence numbers are missing */
	rd_kafka_mock_push_request_errors(
		scene.cluster, 0, 4, RD_KAFKA_RESP_ERR_OUT_OF_ORDER_SEQUENCE_NUMBER,
		RD_KAFKA_RESP_ERR_OUT_OF_ORDER_SEQUENCE_NUMBER,
		RD_KAFKA_RESP_ERR_UNKNOWN_PRODUCER_ID, RD_KAFKA_RESP_ERR_INVALID_PRODUCER_EPOCH);
	for (unsigned i = 1; i < 5; i++)
		fixture_matches(&scene.fixture, 100 * i, 100, "{}");
	wait_position(&scene, scene.fixture.next);
	stop(consumer);
	records = judge(&scene, 500);
	print_message("500 matches, %u records, %u failures\n", records,
		      (unsigned)atomic_load(&scene.stats.errors));
	end(&scene);
}

static void wrong_properties_are_told_at_start(void **state)
{
	static const struct sl_kafka_property wrong[] = {{"bootstrap.servers", "a:1"},
							 {"acks", "some"}};
	struct sl_sink_kafka_config config = {
		.topic = "t", .dead_letter = "", .properties = wrong, .n_properties = 2};
	char why[SL_SENTENCE_BYTES];
	struct sl_sink_kafka *sink;

	(void)state;
	assert_int_equal(sl_sink_kafka_new(&config, &sink, why), -SL_E_SETTINGS);
	assert_non_null(strstr(why, "acks"));
}

static void properties_are_kept_as_written(void **state)
{
	static const char text[] =
		"channels: [{name: web, protocol: http, listen: \"127.0.0.1:0\"}]\n"
		"sink:\n  kafka:\n    topic: \"t.{channel}\"\n    properties:\n"
		"      bootstrap.servers: \"a:1,b:2\"\n      linger.ms: 7\n";
	static struct sl_config config;
	static struct sl_problems problems;

	(void)state;
	assert_int_equal(sl_config_parse(text, sizeof(text) - 1, "/tmp", &config, &problems), 0);
	assert_string_equal(config.settings.kafka_topic, "t.{channel}");
	assert_string_equal(sl_property(&config.kafka, "bootstrap.servers"), "a:1,b:2");
	assert_string_equal(sl_property(&config.kafka, "linger.ms"), "7");
	assert_null(sl_property(&config.kafka, "acks"));
}

static void properties_that_make_no_sense_are_refused(void **state)
{
	static const char *const texts[] = {
		"sink: {kafka: {properties: {linger.ms: 1}}}\n", /* nobody to connect to */
		"sink: {kafka: {properties: [a]}}\n",
		"sink: {kafka: {properties: {a: [1]}}}\n",
		"sink: {kafka: {propertees: {a: 1}}}\n",
		"sink: {kafka: {topic: \"\"}}\n",
	};
	static struct sl_config config;
	char text[256];

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		static struct sl_problems problems;

		memset(&problems, 0, sizeof(problems));
		snprintf(text, sizeof(text),
			 "channels: [{name: web, protocol: http, listen: \"127.0.0.1:0\"}]\n%s",
			 texts[i]);
		assert_int_equal(sl_config_parse(text, strlen(text), "/tmp", &config, &problems),
				 -SL_E_SETTINGS);
		assert_true(problems.count > 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(topics_are_made_of_the_match),
		cmocka_unit_test(secrets_are_known),
		cmocka_unit_test(the_cursor_follows_reports),
		cmocka_unit_test(errors_that_pass_are_waited_for),
		cmocka_unit_test(a_refused_batch_goes_one_by_one),
		cmocka_unit_test(a_fatal_error_makes_the_producer_anew),
		cmocka_unit_test(answers_that_come_too_late),
		cmocka_unit_test(a_fatal_error_under_way_loses_nothing),
		cmocka_unit_test(wrong_properties_are_told_at_start),
		cmocka_unit_test(properties_are_kept_as_written),
		cmocka_unit_test(properties_that_make_no_sense_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
