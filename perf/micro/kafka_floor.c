/* A bare librdkafka beside the forwarder: reads what a topic holds, and produces the same records.
 *
 *     kafka_floor create BOOTSTRAP TOPIC PARTITIONS
 *     kafka_floor take BOOTSTRAP TOPIC COUNT FILE    an independent consumer
 *     kafka_floor produce BOOTSTRAP TOPIC FILE [NAME=VALUE]…
 *
 * `take` reads a topic from its beginning to the end that it has now, counts records and different
 * ce_ids, and writes the last COUNT of them (keys, values, headers) to FILE. `produce` holds FILE
 * in memory and hands its records over as fast as the producer takes them, copied, each with its
 * key and headers; its time ends with the last delivery report. One JSON line on standard output.
 */
#include "base/clock.h"

#include <errno.h>
#include <librdkafka/rdkafka.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#define TIMEOUT_MS 60000
#define HEADERS_MAX 16u
#define PARTITIONS_MAX 64

struct record {
	uint32_t key_bytes, value_bytes, n_headers, bytes; /* of all that stands behind */
	struct {
		uint32_t name_bytes, value_bytes;
	} header[HEADERS_MAX];
	/* key, value, then of each header its name with its zero and its value */
};

static void die(const char *what, const char *why)
{
	fprintf(stderr, "kafka_floor: %s: %s\n", what, why);
	exit(3);
}

static void set(rd_kafka_conf_t *conf, const char *name, const char *value)
{
	char why[256];

	if (rd_kafka_conf_set(conf, name, value, why, sizeof(why)) != RD_KAFKA_CONF_OK)
		die(name, why);
}

static rd_kafka_t *open_client(rd_kafka_type_t type, rd_kafka_conf_t *conf)
{
	char why[256] = "";
	rd_kafka_t *client = rd_kafka_new(type, conf, why, sizeof(why));

	if (!client)
		die("client", why);
	return client;
}

static int create(const char *bootstrap, const char *name, int partitions)
{
	rd_kafka_conf_t *conf = rd_kafka_conf_new();
	rd_kafka_t *client;
	rd_kafka_queue_t *queue;
	rd_kafka_NewTopic_t *topic;
	rd_kafka_event_t *event;
	char why[256];

	set(conf, "bootstrap.servers", bootstrap);
	client = open_client(RD_KAFKA_PRODUCER, conf);
	queue = rd_kafka_queue_new(client);
	topic = rd_kafka_NewTopic_new(name, partitions, 1, why, sizeof(why));
	if (!topic)
		die(name, why);
	rd_kafka_CreateTopics(client, &topic, 1, NULL, queue);
	event = rd_kafka_queue_poll(queue, TIMEOUT_MS);
	if (!event || rd_kafka_event_error(event))
		die(name, event ? rd_kafka_event_error_string(event) : "no answer");
	rd_kafka_event_destroy(event);
	rd_kafka_NewTopic_destroy(topic);
	rd_kafka_queue_destroy(queue);
	rd_kafka_destroy(client);
	puts("{}");
	return 0;
}

/* ---- take ------------------------------------------------------------------------------------ */

struct taken {
	struct record **at;
	size_t n, room;
	uint64_t bytes;
	unsigned long long (*ids)[2];
};

static struct record *record_of(const rd_kafka_message_t *message, unsigned long long ret_id[2])
{
	struct record shape = {.key_bytes = (uint32_t)message->key_len,
			       .value_bytes = (uint32_t)message->len};
	const char *names[HEADERS_MAX];
	const void *values[HEADERS_MAX];
	rd_kafka_headers_t *headers;
	struct record *record;
	uint8_t *at;

	shape.bytes = shape.key_bytes + shape.value_bytes;
	if (!rd_kafka_message_headers(message, &headers)) {
		size_t bytes;

		while (shape.n_headers < HEADERS_MAX &&
		       !rd_kafka_header_get_all(headers, shape.n_headers, &names[shape.n_headers],
						&values[shape.n_headers], &bytes)) {
			shape.header[shape.n_headers].name_bytes =
				(uint32_t)strlen(names[shape.n_headers]) + 1;
			shape.header[shape.n_headers].value_bytes = (uint32_t)bytes;
			shape.bytes += shape.header[shape.n_headers].name_bytes + (uint32_t)bytes;
			shape.n_headers++;
		}
	}
	shape.bytes = (shape.bytes + 3) / 4 * 4; /* the next one lies as its fields ask */
	record = calloc(1, sizeof(*record) + shape.bytes);
	if (!record)
		die("memory", strerror(errno));
	*record = shape;
	at = (uint8_t *)(record + 1);
	at = mempcpy(at, message->key, shape.key_bytes);
	at = mempcpy(at, message->payload, shape.value_bytes);
	for (uint32_t i = 0; i < shape.n_headers; i++) {
		if (!strcmp(names[i], "ce_id"))
			sscanf(values[i], "%16llx%16llx", &ret_id[0], &ret_id[1]);
		at = mempcpy(at, names[i], shape.header[i].name_bytes);
		at = mempcpy(at, values[i], shape.header[i].value_bytes);
	}
	return record;
}

static void keep(struct taken *taken, const rd_kafka_message_t *message)
{
	if (taken->n == taken->room) {
		taken->room = taken->room ? taken->room * 2 : 1024;
		taken->at = realloc(taken->at, taken->room * sizeof(*taken->at));
		taken->ids = realloc(taken->ids, taken->room * sizeof(*taken->ids));
		if (!taken->at || !taken->ids)
			die("memory", strerror(errno));
	}
	memset(taken->ids[taken->n], 0, sizeof(taken->ids[0]));
	taken->at[taken->n] = record_of(message, taken->ids[taken->n]);
	taken->bytes += message->key_len + message->len;
	taken->n++;
}

static int by_id(const void *a, const void *b)
{
	return memcmp(a, b, sizeof(unsigned long long[2]));
}

static size_t count_different(struct taken *taken)
{
	size_t different = taken->n > 0;

	qsort(taken->ids, taken->n, sizeof(taken->ids[0]), by_id);
	for (size_t i = 1; i < taken->n; i++)
		different += by_id(taken->ids[i - 1], taken->ids[i]) != 0;
	return different;
}

static unsigned assign_all(rd_kafka_t *client, const char *name)
{
	rd_kafka_topic_t *topic = rd_kafka_topic_new(client, name, NULL);
	rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(PARTITIONS_MAX);
	const struct rd_kafka_metadata *metadata;
	unsigned n;

	if (rd_kafka_metadata(client, 0, topic, &metadata, TIMEOUT_MS))
		die(name, "no answer about its partitions");
	n = (unsigned)metadata->topics[0].partition_cnt;
	for (unsigned i = 0; i < n; i++)
		rd_kafka_topic_partition_list_add(list, name, (int32_t)i)->offset =
			RD_KAFKA_OFFSET_BEGINNING;
	if (!n || rd_kafka_assign(client, list))
		die(name, "cannot be read");
	rd_kafka_topic_partition_list_destroy(list);
	rd_kafka_metadata_destroy(metadata);
	rd_kafka_topic_destroy(topic);
	return n;
}

static void write_records(const struct taken *taken, size_t count, const char *path)
{
	FILE *file = fopen(path, "w");

	if (!file)
		die(path, strerror(errno));
	for (size_t i = taken->n > count ? taken->n - count : 0; i < taken->n; i++)
		fwrite(taken->at[i], sizeof(struct record) + taken->at[i]->bytes, 1, file);
	if (fclose(file))
		die(path, strerror(errno));
}

static int take(const char *bootstrap, const char *name, size_t count, const char *path)
{
	rd_kafka_conf_t *conf = rd_kafka_conf_new();
	struct taken taken = {0};
	rd_kafka_t *client;
	unsigned left;

	set(conf, "bootstrap.servers", bootstrap);
	set(conf, "group.id", "kafka-floor");
	set(conf, "enable.auto.commit", "false");
	set(conf, "enable.partition.eof", "true");
	client = open_client(RD_KAFKA_CONSUMER, conf);
	rd_kafka_poll_set_consumer(client);
	left = assign_all(client, name);
	while (left) {
		rd_kafka_message_t *message = rd_kafka_consumer_poll(client, TIMEOUT_MS);

		if (!message)
			die(name, "nothing more came, and no end");
		if (message->err == RD_KAFKA_RESP_ERR__PARTITION_EOF)
			left--;
		else if (message->err)
			die(name, rd_kafka_message_errstr(message));
		else
			keep(&taken, message);
		rd_kafka_message_destroy(message);
	}
	write_records(&taken, count, path);
	printf("{\"records\":%zu,\"different\":%zu,\"bytes\":%lu}\n", taken.n,
	       count_different(&taken), taken.bytes);
	rd_kafka_consumer_close(client);
	rd_kafka_destroy(client);
	return 0;
}

/* ---- produce --------------------------------------------------------------------------------- */

static uint64_t delivered;

static void on_report(rd_kafka_t *producer, const rd_kafka_message_t *message, void *opaque)
{
	(void)producer;
	(void)opaque;
	if (message->err)
		die("a record was not delivered", rd_kafka_err2str(message->err));
	delivered++;
}

static rd_kafka_headers_t *headers_of(const struct record *record, const uint8_t *at)
{
	rd_kafka_headers_t *headers = rd_kafka_headers_new(record->n_headers);

	for (uint32_t i = 0; i < record->n_headers; i++) {
		const char *name = (const char *)at;
		const uint8_t *value = at + record->header[i].name_bytes;

		rd_kafka_header_add(headers, name, -1, value,
				    (ssize_t)record->header[i].value_bytes);
		at = value + record->header[i].value_bytes;
	}
	return headers;
}

static void hand_over(rd_kafka_t *producer, rd_kafka_topic_t *topic, const struct record *record)
{
	const uint8_t *key = (const uint8_t *)(record + 1), *value = key + record->key_bytes;
	rd_kafka_vu_t parts[] = {
		{.vtype = RD_KAFKA_VTYPE_RKT, .u.rkt = topic},
		{.vtype = RD_KAFKA_VTYPE_KEY, .u.mem = {(void *)key, record->key_bytes}},
		{.vtype = RD_KAFKA_VTYPE_VALUE, .u.mem = {(void *)value, record->value_bytes}},
		{.vtype = RD_KAFKA_VTYPE_MSGFLAGS, .u.i = RD_KAFKA_MSG_F_COPY},
		{.vtype = RD_KAFKA_VTYPE_HEADERS,
		 .u.headers = headers_of(record, value + record->value_bytes)},
	};

	for (;;) {
		rd_kafka_error_t *error = rd_kafka_produceva(producer, parts, 5);

		if (!error)
			return;
		if (rd_kafka_error_code(error) != RD_KAFKA_RESP_ERR__QUEUE_FULL)
			die("produce", rd_kafka_error_string(error));
		rd_kafka_error_destroy(error);
		rd_kafka_poll(producer, 10);
	}
}

static char *read_file(const char *path, size_t *ret_bytes)
{
	FILE *file = fopen(path, "r");
	char *at;
	long bytes;

	if (!file || fseek(file, 0, SEEK_END) || (bytes = ftell(file)) < 0)
		die(path, strerror(errno));
	rewind(file);
	at = malloc((size_t)bytes + 1);
	if (!at || fread(at, 1, (size_t)bytes, file) != (size_t)bytes)
		die(path, strerror(errno));
	fclose(file);
	*ret_bytes = (size_t)bytes;
	return at;
}

static double cpu_s(void)
{
	struct rusage usage;

	getrusage(RUSAGE_SELF, &usage);
	return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
	       (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

/* Connected and told of the topic before the clock runs, as a forwarder is that works already. */
static rd_kafka_topic_t *make_ready(rd_kafka_t *producer, const char *name)
{
	rd_kafka_topic_t *topic = rd_kafka_topic_new(producer, name, NULL);
	const struct rd_kafka_metadata *metadata;

	if (rd_kafka_metadata(producer, 0, topic, &metadata, TIMEOUT_MS))
		die(name, "no answer about its partitions");
	rd_kafka_metadata_destroy(metadata);
	return topic;
}

static int produce(const char *bootstrap, const char *name, const char *path, int n, char **more)
{
	rd_kafka_conf_t *conf = rd_kafka_conf_new();
	uint64_t records = 0, bytes = 0;
	size_t file_bytes, at = 0;
	char *file = read_file(path, &file_bytes);
	double began_cpu_s;
	int64_t began_ns;
	rd_kafka_topic_t *topic;
	rd_kafka_t *producer;

	set(conf, "bootstrap.servers", bootstrap);
	for (int i = 0; i < n; i++) {
		char *equals = strchr(more[i], '=');

		if (!equals)
			return 2;
		*equals = '\0';
		set(conf, more[i], equals + 1);
	}
	rd_kafka_conf_set_dr_msg_cb(conf, on_report);
	producer = open_client(RD_KAFKA_PRODUCER, conf);
	topic = make_ready(producer, name);
	began_cpu_s = cpu_s();
	began_ns = sl_clock_read(CLOCK_MONOTONIC);
	while (at < file_bytes) {
		struct record record;

		memcpy(&record, file + at, sizeof(record));
		hand_over(producer, topic, (const struct record *)(file + at));
		if (++records % 256 == 0)
			rd_kafka_poll(producer, 0);
		bytes += record.key_bytes + record.value_bytes;
		at += sizeof(record) + record.bytes;
	}
	while (delivered < records)
		rd_kafka_poll(producer, 10);
	printf("{\"records\":%lu,\"bytes\":%lu,\"seconds\":%.6f,\"cpu_s\":%.3f}\n", records, bytes,
	       (double)(sl_clock_read(CLOCK_MONOTONIC) - began_ns) / 1e9, cpu_s() - began_cpu_s);
	rd_kafka_topic_destroy(topic);
	rd_kafka_destroy(producer);
	free(file);
	return 0;
}

int main(int argc, char **argv)
{
	if (argc == 5 && !strcmp(argv[1], "create"))
		return create(argv[2], argv[3], atoi(argv[4]));
	if (argc == 6 && !strcmp(argv[1], "take"))
		return take(argv[2], argv[3], strtoull(argv[4], NULL, 10), argv[5]);
	if (argc >= 5 && !strcmp(argv[1], "produce"))
		return produce(argv[2], argv[3], argv[4], argc - 5, argv + 5);
	fputs("usage: kafka_floor create BOOTSTRAP TOPIC PARTITIONS | take BOOTSTRAP TOPIC COUNT "
	      "FILE | "
	      "produce BOOTSTRAP TOPIC FILE [NAME=VALUE]...\n",
	      stderr);
	return 2;
}
