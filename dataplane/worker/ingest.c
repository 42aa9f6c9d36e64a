/* What connections bring: messages are cut out of bytes, events out of messages. */
#include "worker/worker_priv.h"

/* A reply with a status of its own and no events. */
static void answer_status(struct sl_worker *worker, uint32_t connection,
			  const struct sl_message *message, unsigned status, const char *detail)
{
	struct sl_request *request = sl_request_begin(worker, connection);

	request->answers = true;
	request->allow = message->route == SL_ROUTE_HEALTH ? "GET, HEAD" : "POST";
	request->status = (uint16_t)status;
	request->detail = detail;
	request->head_only = message->is_head;
	request->keep_alive = message->kind == SL_MESSAGE_REQUEST && message->keep_alive;
	if (!request->keep_alive)
		worker->sessions[connection].closing = true;
	sl_request_release(worker, request);
}

static void take_events(struct sl_worker *worker, uint32_t connection,
			const struct sl_message *message)
{
	struct sl_request *request = sl_request_begin(worker, connection);
	struct sl_splitter splitter;
	struct sl_piece piece;
	uint32_t index = 0;

	request->answers = true;
	request->keep_alive = message->keep_alive;
	request->trace_bytes = message->trace_bytes;
	memcpy(request->trace, message->trace, message->trace_bytes);
	if (!request->keep_alive)
		worker->sessions[connection].closing = true;
	sl_splitter_init(&splitter, message->body, message->content);
	while (sl_splitter_next(&splitter, &piece)) {
		if (!sl_burst_add(worker, request, &piece, index++)) {
			request->status = 503;
			sl_burst_drop_requests(worker);
			break;
		}
	}
	sl_burst_message_end(worker, request);
}

static void take_request(struct sl_worker *worker, uint32_t connection,
			 const struct sl_message *message)
{
	sl_count(worker->stats, SL_COUNTER_REQUESTS, 1);
	if (message->route == SL_ROUTE_HEALTH && (message->is_get || message->is_head))
		answer_status(worker, connection, message, 200, NULL);
	else if (message->route == SL_ROUTE_OTHER)
		answer_status(worker, connection, message, 404,
			      "there are /v1/events and /healthz here");
	else if (message->route == SL_ROUTE_HEALTH || !message->is_post)
		answer_status(worker, connection, message, 405, "POST to /v1/events, GET /healthz");
	else if (message->content == SL_CONTENT_OTHER)
		answer_status(worker, connection, message, 415,
			      "send application/json or application/x-ndjson");
	else if (worker->draining)
		answer_status(worker, connection, message, 503, "the gateway is stopping");
	else if (!worker->generation)
		answer_status(worker, connection, message, 503, "no rule set is loaded");
	else if (worker->backpressure)
		answer_status(worker, connection, message, 503,
			      "the journal is full up to its mark");
	else
		take_events(worker, connection, message);
}

/* Replies have filled the output, perhaps only because one burst brought many requests: lets some
 * of it leave. False: the peer takes none of it. */
static bool output_moves(struct sl_worker *worker, uint32_t connection)
{
	size_t room = worker->io_ops->room(worker->io, connection);

	for (unsigned i = 0; i < SL_OUTPUT_PATIENCE; i++) {
		sl_worker_serve(worker, true, i ? SL_NS_PER_MS : 0);
		if (worker->io_ops->room(worker->io, connection) > room)
			return true;
	}
	return false;
}

/* Enough of this connection's requests are under way: waits until some are answered. A peer that
 * sends and never reads is cut off. */
void sl_session_bound_pipeline(struct sl_worker *worker, uint32_t connection)
{
	struct sl_session *session = &worker->sessions[connection];

	while (session->n_requests >= SL_PIPELINE_MAX && session->open) {
		while (worker->burst.n && !sl_burst_run(worker)) {
			if (session->http)
				sl_burst_drop_requests(worker);
			else
				sl_worker_serve(worker, true, SL_NS_PER_MS);
		}
		if (!session->first)
			return; /* the burst was what they waited for */
		if (session->first->outstanding == 0) {
			sl_session_answer(worker, connection);
			if (session->n_requests < SL_PIPELINE_MAX)
				return;
			if (output_moves(worker, connection))
				continue;
			session->closing = session->shut = true;
			worker->io_ops->shut(worker->io, connection, false);
			return;
		}
		sl_worker_serve(worker, true, SL_NS_PER_MS);
	}
}

static void take_http(struct sl_worker *worker, uint32_t connection, struct sl_span bytes)
{
	struct sl_session *session = &worker->sessions[connection];
	struct sl_span rest = bytes;

	while (rest.bytes && !session->closing) {
		struct sl_message message;
		size_t n;

		sl_session_bound_pipeline(worker, connection);
		if (session->closing)
			return;
		n = sl_http_framer_feed(&session->http_framer, rest, worker->now.monotonic_ns,
					&message);
		rest = sl_span_of(rest.at + n, rest.bytes - n);
		switch (message.kind) {
		case SL_MESSAGE_REQUEST:
			take_request(worker, connection, &message);
			/* what was assembled ends with the next feed, and the burst points into it
			 */
			if (worker->burst.n && !sl_span_inside(message.body, bytes) &&
			    !sl_burst_run(worker))
				sl_burst_drop_requests(worker);
			break;
		case SL_MESSAGE_CONTINUE:
			session->continue_owed = true;
			sl_session_answer(worker, connection);
			break;
		case SL_MESSAGE_BAD:
			if (message.status == 503)
				sl_count(worker->stats, SL_COUNTER_ASSEMBLY_EXHAUSTED, 1);
			sl_count(worker->stats, SL_COUNTER_REQUESTS, 1);
			answer_status(worker, connection, &message, message.status, message.detail);
			break;
		default:
			break;
		}
	}
}

void sl_worker_take_item(struct sl_worker *worker, const struct sl_io_item *item)
{
	struct sl_session *session = &worker->sessions[item->connection];

	switch (item->kind) {
	case SL_IO_OPENED:
		sl_session_open(worker, item->connection, item->listener);
		break;
	case SL_IO_DATA:
		sl_count(worker->stats, SL_COUNTER_BYTES_IN, item->bytes.bytes);
		if (session->http) {
			take_http(worker, item->connection, item->bytes);
			break;
		}
		if (session->datagrams) {
			sl_datagrams_take(worker, item);
			break;
		}
		/* lines of one connection share no burst with others: they may have to go back */
		if (!sl_burst_run(worker))
			sl_burst_drop_requests(worker);
		sl_lines_take(worker, item->connection, item->bytes);
		break;
	case SL_IO_ROOM:
		sl_session_answer(worker, item->connection);
		break;
	case SL_IO_DROPPED:
		sl_datagrams_dropped(worker, item);
		break;
	case SL_IO_ENDED:
	case SL_IO_CLOSED:
		sl_datagrams_end(worker);
		if (!sl_burst_run(worker))
			sl_burst_drop_requests(worker);
		if (item->kind == SL_IO_CLOSED) {
			sl_session_closed(worker, item->connection);
		} else {
			session->ended = true;
			sl_session_end_input(worker, item->connection);
		}
		break;
	default:
		break;
	}
}
