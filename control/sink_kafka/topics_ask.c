/* Asking Kafka about topics, with a client of its own: the producer belongs to another thread. */
#include "control/sink_kafka/topics_priv.h"

#include "base/clock.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define POLL_MS 100
#define CALL_MS 2000 /* of librdkafka, which nothing interrupts */
#define METADATA_MS 10000
#define CONFIGS_MS 5000

/* The client's opaque: what it said last, for the sentence. Events and errors are polled by the one
 * thread that asks. */
struct said {
	char why[200];
};

static void on_error(rd_kafka_t *client, int error, const char *reason, void *opaque)
{
	struct said *said = opaque;

	(void)client;
	/* that all are down says less than why one is */
	if (error != RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN || !said->why[0])
		snprintf(said->why, sizeof(said->why), "%s", reason);
}

static void on_log(const rd_kafka_t *client, int level, const char *facility, const char *text)
{
	(void)client;
	(void)level;
	(void)facility;
	(void)text; /* the sink's own client says the same */
}

static struct kafka_topic_facts *find(const struct kafka_question *question, const char *name)
{
	for (unsigned i = 0; i < question->n; i++)
		if (!strcmp(question->facts[i].name, name))
			return &question->facts[i];
	return NULL;
}

/* ---- min.insync.replicas -------------------------------------------------------------------- */

static void note_config(const struct kafka_question *question,
			const rd_kafka_ConfigResource_t *resource)
{
	struct kafka_topic_facts *facts = find(question, rd_kafka_ConfigResource_name(resource));
	const rd_kafka_ConfigEntry_t **entries;
	size_t n;

	if (!facts)
		return;
	facts->config_error = rd_kafka_ConfigResource_error(resource);
	if (facts->config_error)
		return;
	entries = rd_kafka_ConfigResource_configs(resource, &n);
	for (size_t i = 0; i < n; i++) {
		const char *value = rd_kafka_ConfigEntry_value(entries[i]);

		if (!strcmp(rd_kafka_ConfigEntry_name(entries[i]), "min.insync.replicas") && value)
			facts->min_in_sync = atoi(value);
	}
}

static void note_configs(const struct kafka_question *question, rd_kafka_event_t *event)
{
	rd_kafka_resp_err_t error = rd_kafka_event_error(event);
	const rd_kafka_ConfigResource_t **resources;
	size_t n = 0;

	for (unsigned i = 0; i < question->n; i++)
		question->facts[i].config_error = error;
	if (error)
		return;
	resources = rd_kafka_DescribeConfigs_result_resources(
		rd_kafka_event_DescribeConfigs_result(event), &n);
	for (size_t i = 0; i < n; i++)
		note_config(question, resources[i]);
}

static void request_configs(const struct kafka_question *question, rd_kafka_t *client,
			    rd_kafka_ConfigResource_t **resources, rd_kafka_queue_t *queue)
{
	rd_kafka_AdminOptions_t *options =
		rd_kafka_AdminOptions_new(client, RD_KAFKA_ADMIN_OP_DESCRIBECONFIGS);
	char why[128];

	rd_kafka_AdminOptions_set_request_timeout(options, CONFIGS_MS, why, sizeof(why));
	for (unsigned i = 0; i < question->n; i++)
		resources[i] = rd_kafka_ConfigResource_new(RD_KAFKA_RESOURCE_TOPIC,
							   question->facts[i].name);
	rd_kafka_DescribeConfigs(client, resources, question->n, options, queue);
	rd_kafka_ConfigResource_destroy_array(resources, question->n);
	rd_kafka_AdminOptions_destroy(options);
}

/* A broker that is too old for the question, or takes too long, leaves them untold. */
static int ask_configs(const struct kafka_question *question, rd_kafka_t *client)
{
	int64_t end_ns = sl_clock_read(CLOCK_MONOTONIC) + (CONFIGS_MS + 1000) * SL_NS_PER_MS;
	rd_kafka_ConfigResource_t **resources = calloc(question->n, sizeof(*resources));
	rd_kafka_queue_t *queue = resources ? rd_kafka_queue_new(client) : NULL;
	rd_kafka_event_t *event = NULL;

	if (!queue) {
		free(resources);
		return -ENOMEM;
	}
	request_configs(question, client, resources, queue);
	while (!event && !question->stopping(question->context) &&
	       sl_clock_read(CLOCK_MONOTONIC) < end_ns)
		event = rd_kafka_queue_poll(queue, POLL_MS);
	if (event) {
		note_configs(question, event);
		rd_kafka_event_destroy(event);
	}
	rd_kafka_queue_destroy(queue);
	free(resources);
	return 0;
}

/* ---- partitions and replicas ---------------------------------------------------------------- */

static void note_topic(struct kafka_topic_facts *facts, const struct rd_kafka_metadata_topic *topic)
{
	facts->error = topic->err;
	facts->partitions = topic->partition_cnt;
	facts->leaderless = 0;
	for (int i = 0; i < topic->partition_cnt; i++) {
		const struct rd_kafka_metadata_partition *partition = &topic->partitions[i];

		if (partition->leader < 0)
			facts->leaderless++;
		if (i == 0 || partition->replica_cnt < facts->replicas)
			facts->replicas = partition->replica_cnt;
		if (i == 0 || partition->isr_cnt < facts->in_sync)
			facts->in_sync = partition->isr_cnt;
	}
}

static void note_metadata(const struct kafka_question *question,
			  const struct rd_kafka_metadata *metadata)
{
	for (int i = 0; i < metadata->topic_cnt; i++) {
		struct kafka_topic_facts *facts = find(question, metadata->topics[i].topic);

		if (facts)
			note_topic(facts, &metadata->topics[i]);
	}
}

/* In short calls, between which a stop is seen. */
static rd_kafka_resp_err_t fetch(const struct kafka_question *question, rd_kafka_t *client)
{
	int64_t end_ns = sl_clock_read(CLOCK_MONOTONIC) + METADATA_MS * SL_NS_PER_MS;
	const struct rd_kafka_metadata *metadata;
	rd_kafka_resp_err_t error;

	do {
		error = rd_kafka_metadata(client, 0, NULL, &metadata, CALL_MS);
		rd_kafka_poll(client, 0); /* what it has to say */
	} while (error && !question->stopping(question->context) &&
		 sl_clock_read(CLOCK_MONOTONIC) < end_ns);
	if (!error) {
		note_metadata(question, metadata);
		rd_kafka_metadata_destroy(metadata);
	}
	return error;
}

/* Of the topics that this client knows by name, which are those asked about. */
static int ask_metadata(const struct kafka_question *question, rd_kafka_t *client,
			char ret_why[SL_SENTENCE_BYTES])
{
	rd_kafka_topic_t **known = calloc(question->n, sizeof(rd_kafka_topic_t *));
	rd_kafka_resp_err_t error;

	if (!known)
		return -ENOMEM;
	for (unsigned i = 0; i < question->n; i++) {
		known[i] = rd_kafka_topic_new(client, question->facts[i].name, NULL);
		/* not a name that Kafka could have */
		question->facts[i].error = known[i] ? RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART
						    : RD_KAFKA_RESP_ERR_TOPIC_EXCEPTION;
	}
	error = fetch(question, client);
	if (error)
		snprintf(ret_why, SL_SENTENCE_BYTES, "%s", rd_kafka_err2str(error));
	for (unsigned i = 0; i < question->n; i++)
		if (known[i])
			rd_kafka_topic_destroy(known[i]);
	free(known);
	return error ? -SL_E_KAFKA : 0;
}

/* A consumer's client that consumes nothing: a producer's would let brokers make the topics. */
static int open_client(const struct kafka_question *question, struct said *said,
		       rd_kafka_t **ret_client, char ret_why[SL_SENTENCE_BYTES])
{
	rd_kafka_conf_t *conf;
	char why[200] = "";
	int e = sl_kafka_conf_new(question->config, &conf, ret_why);

	if (e)
		return e;
	rd_kafka_conf_set_opaque(conf, said);
	rd_kafka_conf_set_error_cb(conf, on_error);
	rd_kafka_conf_set_log_cb(conf, on_log);
	*ret_client = rd_kafka_new(RD_KAFKA_CONSUMER, conf, why, sizeof(why));
	if (*ret_client)
		return 0;
	rd_kafka_conf_destroy(conf);
	snprintf(ret_why, SL_SENTENCE_BYTES, "%s", why);
	return -SL_E_KAFKA;
}

int sl_kafka_topics_ask(const struct kafka_question *question, char ret_why[SL_SENTENCE_BYTES])
{
	struct said said = {""};
	rd_kafka_t *client;
	int e = open_client(question, &said, &client, ret_why);

	if (e)
		return e;
	for (unsigned i = 0; i < question->n; i++)
		question->facts[i].min_in_sync = -1;
	e = ask_metadata(question, client, ret_why);
	if (!e && question->acks_all)
		e = ask_configs(question, client);
	if (e && said.why[0])
		snprintf(ret_why, SL_SENTENCE_BYTES, "%s", said.why);
	rd_kafka_destroy(client);
	return e;
}
