/* The Kafka sink as a consumer of the journal. */
#include "control/sink_kafka/sink_kafka_priv.h"

#include "base/clock.h"
#include "base/failpoint.h"
#include "base/log.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FLUSH_MS 50
#define QUEUE_FULL_WAITS 100 /* of FLUSH_MS */

/* Nothing is under way, and the batch that is filled is empty. */
static void forget(struct sl_sink_kafka *sink)
{
	/* numbers go on: a late report of a batch before must not count for one of these */
	sink->head = ++sink->tail;
	*sl_kafka_batch(sink, sink->tail) = (struct kafka_batch){0};
	sink->error = 0;
	sink->n_handed = 0;
}

int sl_sink_kafka_new(const struct sl_sink_kafka_config *config, struct sl_sink_kafka **ret_sink,
		      char ret_why[SL_SENTENCE_BYTES])
{
	struct sl_sink_kafka *sink = calloc(1, sizeof(*sink));
	int e;

	snprintf(ret_why, SL_SENTENCE_BYTES, "the Kafka sink cannot be made: %s",
		 sl_error_text(-ENOMEM));
	if (!sink)
		return -ENOMEM;
	sink->config = *config;
	forget(sink);
	/* now, so that a wrong property is told at start */
	e = sl_kafka_producer_new(sink, false, &sink->producer, ret_why);
	if (e) {
		free(sink);
		return e;
	}
	*ret_sink = sink;
	return 0;
}

/* Without waiting for what is under way: it comes again. */
static void drop(rd_kafka_t **producer)
{
	if (!*producer)
		return;
	rd_kafka_purge(*producer, RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT |
					  RD_KAFKA_PURGE_F_NON_BLOCKING);
	rd_kafka_destroy(*producer);
	*producer = NULL;
}

static void drop_producers(struct sl_sink_kafka *sink)
{
	if (sink->topic)
		rd_kafka_topic_destroy(sink->topic);
	sink->topic = NULL;
	drop(&sink->producer);
	drop(&sink->single);
}

void sl_sink_kafka_free(struct sl_sink_kafka *sink)
{
	if (!sink)
		return;
	drop_producers(sink);
	free(sink);
}

static int start(void *self, const uint8_t journal[16], uint64_t position, uint64_t *ret_position)
{
	(void)self;
	(void)journal;
	*ret_position = position;
	return 0;
}

/* ---- records ------------------------------------------------------------------------------- */

/* Most matches go where the one before went: looking a topic up by its name takes its locks. */
static bool find_topic(struct sl_sink_kafka *sink, const char *name)
{
	if (sink->topic && !strcmp(sink->topic_name, name))
		return true;
	if (sink->topic)
		rd_kafka_topic_destroy(sink->topic);
	sink->topic = rd_kafka_topic_new(sink->producer, name, NULL);
	snprintf(sink->topic_name, sizeof(sink->topic_name), "%s", name);
	return sink->topic != NULL;
}

static rd_kafka_resp_err_t produce(struct sl_sink_kafka *sink, const char *topic,
				   const struct sl_match_view *match, size_t value_bytes,
				   rd_kafka_headers_t *headers)
{
	bool found = find_topic(sink, topic);
	rd_kafka_vu_t parts[] = {
		{.vtype = RD_KAFKA_VTYPE_RKT, .u.rkt = sink->topic},
		{.vtype = RD_KAFKA_VTYPE_KEY, .u.mem = {(void *)match->key.at, match->key.bytes}},
		{.vtype = RD_KAFKA_VTYPE_VALUE, .u.mem = {sink->value, value_bytes}},
		{.vtype = RD_KAFKA_VTYPE_MSGFLAGS, .u.i = RD_KAFKA_MSG_F_COPY},
		{.vtype = RD_KAFKA_VTYPE_HEADERS, .u.headers = headers},
		{.vtype = RD_KAFKA_VTYPE_OPAQUE,
		 .u.ptr = sl_kafka_opaque(sink->tail, KAFKA_TOGETHER)},
	};
	rd_kafka_resp_err_t code = RD_KAFKA_RESP_ERR_NO_ERROR;
	rd_kafka_error_t *error;

	if (!found)
		return rd_kafka_last_error();
	error = rd_kafka_produceva(sink->producer, parts, sizeof(parts) / sizeof(parts[0]));
	if (error)
		code = rd_kafka_error_code(error);
	rd_kafka_error_destroy(error);
	return code;
}

static rd_kafka_headers_t *headers_of(struct sl_sink_kafka *sink, const struct sl_match_view *match)
{
	struct sl_delivery_header list[SL_DELIVERY_HEADERS];
	rd_kafka_headers_t *headers = rd_kafka_headers_new(SL_DELIVERY_HEADERS);
	unsigned n = sl_delivery_headers(match, &sink->texts, list);

	for (unsigned i = 0; i < n; i++)
		rd_kafka_header_add(headers, list[i].name, -1, list[i].value.at,
				    (ssize_t)list[i].value.bytes);
	return headers;
}

/* Hands the record over, waiting where the producer's queue is full. */
static int hand_over(struct sl_sink_kafka *sink, const char *topic,
		     const struct sl_match_view *match, size_t value_bytes)
{
	rd_kafka_headers_t *headers = headers_of(sink, match);
	rd_kafka_resp_err_t code = produce(sink, topic, match, value_bytes, headers);

	for (int i = 0; code == RD_KAFKA_RESP_ERR__QUEUE_FULL && i < QUEUE_FULL_WAITS; i++) {
		rd_kafka_poll(sink->producer, FLUSH_MS);
		code = produce(sink, topic, match, value_bytes, headers);
	}
	if (!code) {
		sl_kafka_batch(sink, sink->tail)->outstanding++;
		sl_kafka_batch(sink, sink->tail)->records++;
		return 0; /* the headers are the producer's now */
	}
	if (sl_kafka_is_refused_for_itself(code)) {
		const struct kafka_letter letter = {.key = match->key.at,
						    .value = sink->value,
						    .key_bytes = match->key.bytes,
						    .value_bytes = value_bytes,
						    .headers = headers,
						    .topic = topic,
						    .error = code};

		if (sl_kafka_try_next(sink, &letter, sink->tail, KAFKA_ALONE)) {
			sl_kafka_batch(sink, sink->tail)->outstanding++;
			sl_kafka_batch(sink, sink->tail)->records++;
			code = RD_KAFKA_RESP_ERR_NO_ERROR;
		}
	}
	rd_kafka_headers_destroy(headers);
	if (code)
		sl_kafka_complain(sink, topic, rd_kafka_err2str(code));
	return code ? -SL_E_KAFKA : 0;
}

static int make_producer(struct sl_sink_kafka *sink)
{
	char why[SL_SENTENCE_BYTES];
	int e;

	if (sink->producer)
		return 0;
	e = sl_kafka_producer_new(sink, false, &sink->producer, why);
	if (e)
		sl_log_error("sink.kafka: %s", why);
	return e;
}

/* Many records are of one commit: the clock is asked once for all of them. */
static void note_handed(struct sl_sink_kafka *sink)
{
	if (!sink->n_handed)
		return;
	sl_durations_note(&sink->config.stages[SL_SINK_STAGE_PRODUCED],
			  sl_clock_read(CLOCK_REALTIME) - sink->handed_committed_ns,
			  sink->n_handed);
	sink->n_handed = 0;
}

static int record(void *self, const struct sl_record *from, uint64_t position, int64_t committed_ns)
{
	char topic[SL_KAFKA_TOPIC_MAX + 1];
	struct sl_sink_kafka *sink = self;
	struct sl_match_view match;
	struct sl_json json;
	int e;

	if (from->type != SL_RECORD_MATCH)
		return 0;
	e = sl_record_match(from, &match);
	if (!e) {
		sl_json_init(&json, sink->value, sizeof(sink->value));
		sl_json_object(&json);
		sl_delivery_value(&json, &match, committed_ns);
		sl_json_object_end(&json);
	}
	if (e || json.full || !sl_kafka_topic(sink->config.topic, &match, topic)) {
		/* its hash held, so it was written like this: it would stall everything behind it
		 */
		sl_log_error("sink.kafka: a match in block %llu makes no record: %s",
			     (unsigned long long)position, sl_error_text(e ? e : -SL_E_LIMIT));
		atomic_fetch_add_explicit(&sink->config.stats->damaged, 1, memory_order_relaxed);
		return 0;
	}
	e = make_producer(sink);
	if (!e)
		e = hand_over(sink, topic, &match, json.bytes);
	if (e)
		return e;
	if (committed_ns != sink->handed_committed_ns)
		note_handed(sink);
	sink->handed_committed_ns = committed_ns;
	sink->n_handed++;
	return 0;
}

/* ---- the cursor ---------------------------------------------------------------------------- */

/* Ends the batch that is filled; what comes next belongs to another. */
static void close_batch(struct sl_sink_kafka *sink, uint64_t position)
{
	sl_kafka_batch(sink, sink->tail)->position = position;
	if (!sl_kafka_batch(sink, sink->tail)->records)
		return;
	sink->tail++;
	*sl_kafka_batch(sink, sink->tail) = (struct kafka_batch){.position = position};
}

static int progress(void *self, uint64_t position, uint64_t *ret_done, bool *ret_full)
{
	struct sl_sink_kafka *sink = self;

	close_batch(sink, position);
	note_handed(sink);
	sl_failpoint("produced");
	if (sink->producer)
		rd_kafka_poll(sink->producer, 0);
	if (sink->single)
		rd_kafka_poll(sink->single, 0);
	if (sink->error)
		return sink->error;
	while (sink->head < sink->tail && !sl_kafka_batch(sink, sink->head)->outstanding) {
		*ret_done = sl_kafka_batch(sink, sink->head)->position;
		sink->head++;
	}
	if (sink->head == sink->tail)
		*ret_done = position;
	*ret_full = sink->tail - sink->head >= KAFKA_BATCHES - 1 ||
		    (sink->producer && rd_kafka_outq_len(sink->producer) >= KAFKA_OUTSTANDING_MAX);
	return 0;
}

static void rewind_sink(void *self)
{
	struct sl_sink_kafka *sink = self;

	drop_producers(sink);
	forget(sink);
}

const struct sl_consumer_ops sl_sink_kafka_ops = {
	.name = "sink.kafka",
	.group_ns = 250 * SL_NS_PER_MS,
	.group_bytes = 4 << 20,
	.waited_for = true,
	.poll_ns = 2 * SL_NS_PER_MS,
	.start = start,
	.record = record,
	.progress = progress,
	.rewind = rewind_sink,
};
