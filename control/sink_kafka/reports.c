/* Delivery reports: what is done, what is tried alone or buried, what makes everything come again.
 *
 * Brokers bound the size of a batch, and refuse all of its records where one is too much. So what
 * is refused for itself is sent once more by a producer whose batches have one record, and only
 * what is refused there goes to the dead-letter topic; there, if its size is the matter, without
 * its value. */
#include "control/sink_kafka/sink_kafka_priv.h"

#include "base/log.h"

#include <stdio.h>

bool sl_kafka_is_refused_for_itself(rd_kafka_resp_err_t error)
{
	return error == RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE ||
	       error == RD_KAFKA_RESP_ERR_INVALID_MSG ||
	       error == RD_KAFKA_RESP_ERR_INVALID_MSG_SIZE ||
	       error == RD_KAFKA_RESP_ERR_RECORD_LIST_TOO_LARGE ||
	       error == RD_KAFKA_RESP_ERR_INVALID_RECORD ||
	       error == RD_KAFKA_RESP_ERR_INVALID_TIMESTAMP ||
	       error == RD_KAFKA_RESP_ERR_TOPIC_EXCEPTION;
}

static rd_kafka_headers_t *headers_of(const struct kafka_letter *letter, enum kafka_try try)
{
	rd_kafka_headers_t *headers =
		letter->headers ? rd_kafka_headers_copy(letter->headers) : rd_kafka_headers_new(4);
	char bytes[24];

	if (try != KAFKA_BURIED && try != KAFKA_BURIED_BARE)
		return headers;
	snprintf(bytes, sizeof(bytes), "%zu", letter->value_bytes);
	rd_kafka_header_add(headers, "sluice-reason", -1, rd_kafka_err2name(letter->error), -1);
	rd_kafka_header_add(headers, "sluice-topic", -1, letter->topic, -1);
	rd_kafka_header_add(headers, "sluice-bytes", -1, bytes, -1);
	return headers;
}

static rd_kafka_resp_err_t send_again(struct sl_sink_kafka *sink, const struct kafka_letter *letter,
				      uint64_t batch, enum kafka_try try)
{
	bool bare = try == KAFKA_BURIED_BARE;
	rd_kafka_headers_t *headers = headers_of(letter, try);
	rd_kafka_vu_t parts[] = {
		{.vtype = RD_KAFKA_VTYPE_TOPIC,
		 .u.cstr = try == KAFKA_ALONE ? letter->topic : sink->config.dead_letter},
		{.vtype = RD_KAFKA_VTYPE_KEY, .u.mem = {(void *)letter->key, letter->key_bytes}},
		{.vtype = RD_KAFKA_VTYPE_VALUE,
		 .u.mem = {bare ? NULL : (void *)letter->value, bare ? 0 : letter->value_bytes}},
		{.vtype = RD_KAFKA_VTYPE_MSGFLAGS, .u.i = RD_KAFKA_MSG_F_COPY},
		{.vtype = RD_KAFKA_VTYPE_HEADERS, .u.headers = headers},
		{.vtype = RD_KAFKA_VTYPE_OPAQUE, .u.ptr = sl_kafka_opaque(batch, try)},
	};
	rd_kafka_error_t *error =
		rd_kafka_produceva(sink->single, parts, sizeof(parts) / sizeof(parts[0]));
	rd_kafka_resp_err_t code = error ? rd_kafka_error_code(error) : RD_KAFKA_RESP_ERR_NO_ERROR;

	if (error)
		rd_kafka_headers_destroy(headers);
	rd_kafka_error_destroy(error);
	return code;
}

static bool has_single(struct sl_sink_kafka *sink)
{
	char why[SL_SENTENCE_BYTES];

	if (!sink->single && sl_kafka_producer_new(sink, true, &sink->single, why)) {
		sl_log_error("sink.kafka: %s", why);
		return false;
	}
	return true;
}

bool sl_kafka_try_next(struct sl_sink_kafka *sink, const struct kafka_letter *letter,
		       uint64_t batch, enum kafka_try tried)
{
	if (!has_single(sink))
		return false;
	for (int try = tried + 1; try <= KAFKA_BURIED_BARE; try++) {
		rd_kafka_resp_err_t code;

		if (try >= KAFKA_BURIED && !sink->config.dead_letter[0])
			return false;
		if (try == KAFKA_BURIED)
			sl_kafka_complain(sink, "a record is refused for itself",
					  rd_kafka_err2str(letter->error));
		code = send_again(sink, letter, batch, (enum kafka_try)try);
		if (!code)
			return true;
		if (!sl_kafka_is_refused_for_itself(code))
			return false;
	}
	return false;
}

/* Whether the record goes on by another way; then its batch waits for that one's report. */
static bool goes_on(struct sl_sink_kafka *sink, const rd_kafka_message_t *message, uint64_t batch,
		    enum kafka_try tried)
{
	struct kafka_letter letter = {
		.key = message->key,
		.value = message->payload,
		.key_bytes = message->key_len,
		.value_bytes = message->len,
		.topic = rd_kafka_topic_name(message->rkt),
		.error = message->err,
	};
	rd_kafka_headers_t *headers;

	if (!sl_kafka_is_refused_for_itself(message->err))
		return false;
	if (!rd_kafka_message_headers(message, &headers))
		letter.headers = headers;
	return sl_kafka_try_next(sink, &letter, batch, tried);
}

static bool is_unknown_topic(rd_kafka_resp_err_t error)
{
	return error == RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC ||
	       error == RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART;
}

void sl_kafka_reported(struct sl_sink_kafka *sink, const rd_kafka_message_t *message)
{
	uint64_t number = (uintptr_t)message->_private >> 2;
	enum kafka_try tried = (enum kafka_try)((uintptr_t)message->_private & 3);

	if (number < sink->head || number > sink->tail)
		return; /* of a producer before this one */
	if (message->err) {
		if (goes_on(sink, message, number, tried))
			return;
		sl_kafka_complain(sink, rd_kafka_topic_name(message->rkt),
				  is_unknown_topic(message->err)
					  ? "the topic does not exist; create it, nothing is lost "
					    "meanwhile"
					  : rd_kafka_err2str(message->err));
		sink->error = -SL_E_KAFKA;
		return;
	}
	sl_kafka_batch(sink, number)->outstanding--;
	/* of the way that succeeded: what was tried alone after a batch is timed from then on */
	sl_durations_note(&sink->config.stages[SL_SINK_STAGE_BROKER_ACKNOWLEDGED],
			  rd_kafka_message_latency(message) * 1000, 1);
	if (tried >= KAFKA_BURIED)
		atomic_fetch_add_explicit(sink->config.dead_letters, 1, memory_order_relaxed);
	else
		atomic_fetch_add_explicit(&sink->config.stats->settled, 1, memory_order_relaxed);
}
