/* An independent look at Kafka for tests: makes topics, reads them from their beginning.
 *
 *     kafka_probe BOOTSTRAP create TOPIC PARTITIONS REPLICAS [NAME=VALUE]…
 *     kafka_probe BOOTSTRAP delete TOPIC
 *     kafka_probe BOOTSTRAP read TOPIC                 until the end that it has now
 *     kafka_probe BOOTSTRAP follow REGEX               all topics whose names match, until killed
 *
 * read and follow print a line of JSON a record: topic, partition, offset, key, headers, and the
 * value's text. Exit status: 0 done, 1 Kafka said no, 2 used wrongly. */
#include <jansson.h>
#include <librdkafka/rdkafka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TIMEOUT_MS 60000
#define PARTITIONS_MAX 64

static void set(rd_kafka_conf_t *conf, const char *name, const char *value)
{
	char why[256];

	if (rd_kafka_conf_set(conf, name, value, why, sizeof(why)) == RD_KAFKA_CONF_OK)
		return;
	fprintf(stderr, "kafka_probe: %s\n", why);
	exit(2);
}

static rd_kafka_conf_t *new_conf(const char *bootstrap)
{
	rd_kafka_conf_t *conf = rd_kafka_conf_new();

	set(conf, "bootstrap.servers", bootstrap);
	set(conf, "group.id", "kafka-probe");
	set(conf, "enable.auto.commit", "false");
	set(conf, "enable.partition.eof", "true");
	set(conf, "log_level", "2");
	return conf;
}

static rd_kafka_t *open_client(rd_kafka_type_t type, rd_kafka_conf_t *conf)
{
	char why[256] = "";
	rd_kafka_t *client = rd_kafka_new(type, conf, why, sizeof(why));

	if (client)
		return client;
	fprintf(stderr, "kafka_probe: %s\n", why);
	exit(1);
}

static int say_no(const char *what, const char *why)
{
	fprintf(stderr, "kafka_probe: %s: %s\n", what, why);
	return 1;
}

/* What one admin event says of its one topic. */
static int topic_result(rd_kafka_event_t *event)
{
	const rd_kafka_topic_result_t **results = NULL;
	size_t n = 0;

	if (!event)
		return say_no("topic", "no answer");
	if (rd_kafka_event_error(event))
		return say_no("topic", rd_kafka_event_error_string(event));
	if (rd_kafka_event_type(event) == RD_KAFKA_EVENT_CREATETOPICS_RESULT)
		results = rd_kafka_CreateTopics_result_topics(
			rd_kafka_event_CreateTopics_result(event), &n);
	else
		results = rd_kafka_DeleteTopics_result_topics(
			rd_kafka_event_DeleteTopics_result(event), &n);
	if (n != 1)
		return say_no("topic", "another number of answers");
	if (rd_kafka_topic_result_error(results[0]))
		return say_no(rd_kafka_topic_result_name(results[0]),
			      rd_kafka_err2str(rd_kafka_topic_result_error(results[0])));
	return 0;
}

static int finish(rd_kafka_t *client, rd_kafka_queue_t *queue)
{
	rd_kafka_event_t *event = rd_kafka_queue_poll(queue, TIMEOUT_MS);
	int status = topic_result(event);

	if (event)
		rd_kafka_event_destroy(event);
	rd_kafka_queue_destroy(queue);
	rd_kafka_destroy(client);
	return status;
}

static int create(const char *bootstrap, int argc, char **argv)
{
	rd_kafka_t *client = open_client(RD_KAFKA_PRODUCER, new_conf(bootstrap));
	rd_kafka_queue_t *queue = rd_kafka_queue_new(client);
	rd_kafka_NewTopic_t *topic;
	char why[256];

	topic = rd_kafka_NewTopic_new(argv[0], atoi(argv[1]), atoi(argv[2]), why, sizeof(why));
	if (!topic)
		return say_no(argv[0], why);
	for (int i = 3; i < argc; i++) {
		char *equals = strchr(argv[i], '=');

		if (!equals)
			return 2;
		*equals = '\0';
		rd_kafka_NewTopic_set_config(topic, argv[i], equals + 1);
	}
	rd_kafka_CreateTopics(client, &topic, 1, NULL, queue);
	rd_kafka_NewTopic_destroy(topic);
	return finish(client, queue);
}

static int delete (const char *bootstrap, const char *name)
{
	rd_kafka_t *client = open_client(RD_KAFKA_PRODUCER, new_conf(bootstrap));
	rd_kafka_queue_t *queue = rd_kafka_queue_new(client);
	rd_kafka_DeleteTopic_t *topic = rd_kafka_DeleteTopic_new(name);

	rd_kafka_DeleteTopics(client, &topic, 1, NULL, queue);
	rd_kafka_DeleteTopic_destroy(topic);
	return finish(client, queue);
}

static void print(const rd_kafka_message_t *message)
{
	rd_kafka_headers_t *headers;
	json_t *line, *list = json_object();

	if (!rd_kafka_message_headers(message, &headers)) {
		const char *name;
		const void *value;
		size_t bytes;

		for (size_t i = 0; !rd_kafka_header_get_all(headers, i, &name, &value, &bytes); i++)
			json_object_set_new(list, name, json_stringn(value, bytes));
	}
	line = json_pack(
		"{s:s, s:i, s:I, s:o, s:o, s:o}", "topic", rd_kafka_topic_name(message->rkt),
		"partition", (int)message->partition, "offset", (json_int_t)message->offset, "key",
		json_stringn(message->key, message->key_len), "headers", list, "value",
		message->payload ? json_stringn(message->payload, message->len) : json_null());
	json_dumpf(line, stdout, JSON_COMPACT);
	putchar('\n');
	json_decref(line);
}

static int assign_all(rd_kafka_t *client, const char *name, unsigned *ret_partitions)
{
	rd_kafka_topic_t *topic = rd_kafka_topic_new(client, name, NULL);
	rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(PARTITIONS_MAX);
	const struct rd_kafka_metadata *metadata;
	rd_kafka_resp_err_t e = rd_kafka_metadata(client, 0, topic, &metadata, TIMEOUT_MS);

	if (e || metadata->topics[0].err)
		return say_no(name, rd_kafka_err2str(e ? e : metadata->topics[0].err));
	for (int i = 0; i < metadata->topics[0].partition_cnt; i++)
		rd_kafka_topic_partition_list_add(list, name, i)->offset =
			RD_KAFKA_OFFSET_BEGINNING;
	*ret_partitions = (unsigned)metadata->topics[0].partition_cnt;
	e = rd_kafka_assign(client, list);
	rd_kafka_topic_partition_list_destroy(list);
	rd_kafka_metadata_destroy(metadata);
	rd_kafka_topic_destroy(topic);
	return e ? say_no(name, rd_kafka_err2str(e)) : 0;
}

static int read_topic(const char *bootstrap, const char *name)
{
	rd_kafka_t *client = open_client(RD_KAFKA_CONSUMER, new_conf(bootstrap));
	unsigned left;
	int status = assign_all(client, name, &left);

	rd_kafka_poll_set_consumer(client);
	while (!status && left) {
		rd_kafka_message_t *message = rd_kafka_consumer_poll(client, TIMEOUT_MS);

		if (!message)
			status = say_no(name, "nothing more came, and no end");
		else if (message->err == RD_KAFKA_RESP_ERR__PARTITION_EOF)
			left--;
		else if (message->err)
			status = say_no(name, rd_kafka_message_errstr(message));
		else
			print(message);
		if (message)
			rd_kafka_message_destroy(message);
	}
	rd_kafka_consumer_close(client);
	rd_kafka_destroy(client);
	return status;
}

static int follow(const char *bootstrap, const char *pattern)
{
	rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(1);
	rd_kafka_conf_t *conf = new_conf(bootstrap);
	rd_kafka_t *client;

	set(conf, "auto.offset.reset", "earliest");
	set(conf, "topic.metadata.refresh.interval.ms", "500"); /* topics come while we look */
	client = open_client(RD_KAFKA_CONSUMER, conf);
	setvbuf(stdout, NULL, _IOLBF, 0);
	rd_kafka_topic_partition_list_add(list, pattern, RD_KAFKA_PARTITION_UA);
	rd_kafka_poll_set_consumer(client);
	if (rd_kafka_subscribe(client, list))
		return say_no(pattern, "cannot be subscribed to");
	for (;;) {
		rd_kafka_message_t *message = rd_kafka_consumer_poll(client, TIMEOUT_MS);

		if (message && !message->err)
			print(message);
		if (message)
			rd_kafka_message_destroy(message);
	}
}

int main(int argc, char **argv)
{
	if (argc >= 6 && !strcmp(argv[2], "create"))
		return create(argv[1], argc - 3, argv + 3);
	if (argc == 4 && !strcmp(argv[2], "delete"))
		return delete (argv[1], argv[3]);
	if (argc == 4 && !strcmp(argv[2], "read"))
		return read_topic(argv[1], argv[3]);
	if (argc == 4 && !strcmp(argv[2], "follow"))
		return follow(argv[1], argv[3]);
	fputs("usage: kafka_probe BOOTSTRAP create TOPIC PARTITIONS REPLICAS [NAME=VALUE]... | "
	      "delete TOPIC | "
	      "read TOPIC | follow REGEX\n",
	      stderr);
	return 2;
}
