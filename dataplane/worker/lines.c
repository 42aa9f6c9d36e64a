/* TCP: lines become events. */
#include "worker/worker_priv.h"

static struct sl_request *line_request(struct sl_worker *worker, uint32_t connection,
				       bool acknowledge)
{
	struct sl_session *session = &worker->sessions[connection];
	struct sl_request *request = sl_request_begin(worker, connection);

	request->answers = acknowledge;
	request->line = session->line;
	return request;
}

/* False: backpressure, nothing was taken. */
static bool try_line(struct sl_worker *worker, struct sl_request *request,
		     const struct sl_message *message)
{
	struct sl_piece piece = {.text = message->body, .broken = false};

	if (message->kind == SL_MESSAGE_LINE)
		return sl_burst_add(worker, request, &piece, request->received);
	if (message->status == 413)
		return sl_burst_refuse(worker, request, &piece, request->received,
				       SL_WHY_TOO_LARGE);
	sl_count(worker->stats, SL_COUNTER_ASSEMBLY_EXHAUSTED, 1);
	sl_request_drop(worker, request, SL_WHY_NO_ROOM);
	return true;
}

/* True: the line is in the burst, refused or dropped. False: it, and all behind it, is in the
 * stash. Where the arena has no room for that the worker waits with them in hand. */
static bool take_line(struct sl_worker *worker, uint32_t connection, struct sl_request *request,
		      const struct sl_message *message, struct sl_span rest)
{
	bool may_rest = message->kind == SL_MESSAGE_LINE;

	while (!try_line(worker, request, message)) {
		if (may_rest && sl_stash_burst(worker, connection, message->body, rest)) {
			request->cancelled = request->answers;
			return false;
		}
		sl_worker_serve(worker, true, SL_NS_PER_MS);
	}
	return true;
}

static void finish_lines(struct sl_worker *worker, uint32_t connection, struct sl_request *shared,
			 struct sl_span rest)
{
	struct sl_session *session = &worker->sessions[connection];

	while (worker->burst.n && !sl_burst_run(worker)) {
		if (!session->stash &&
		    sl_stash_burst(worker, connection, (struct sl_span){0}, rest))
			break;
		sl_worker_serve(worker, true, SL_NS_PER_MS);
	}
	if (shared)
		sl_burst_message_end(worker, shared);
	sl_session_cancel_tail(worker, connection);
}

static void take_lines(struct sl_worker *worker, uint32_t connection, struct sl_span bytes)
{
	struct sl_session *session = &worker->sessions[connection];
	bool acknowledge =
		session->open && worker->engine->config.channels[session->channel].acknowledge;
	struct sl_request *shared = acknowledge ? NULL : line_request(worker, connection, false);
	struct sl_span rest = bytes;

	while (rest.bytes && !session->stash && !session->closing) {
		struct sl_request *request = shared;
		struct sl_message message;
		size_t n = sl_line_framer_feed(&session->line_framer, rest,
					       worker->now.monotonic_ns, &message);

		rest = sl_span_of(rest.at + n, rest.bytes - n);
		if (message.kind == SL_MESSAGE_NONE)
			continue;
		session->line++;
		if (acknowledge) {
			sl_session_bound_pipeline(worker, connection);
			if (session->closing)
				break;
			request = line_request(worker, connection, true);
		}
		if (!take_line(worker, connection, request, &message, rest)) {
			rest.bytes = 0;
			break;
		}
		if (acknowledge)
			sl_burst_message_end(worker, request);
		/* a line that was assembled ends with the next feed */
		if (worker->burst.n && !sl_span_inside(message.body, bytes))
			finish_lines(worker, connection, NULL, rest);
	}
	finish_lines(worker, connection, shared, rest);
}

void sl_lines_take(struct sl_worker *worker, uint32_t connection, struct sl_span bytes)
{
	struct sl_session *session = &worker->sessions[connection];

	/* more of one that rests already, from the same burst */
	while (session->stash) {
		if (sl_stash_more(worker, connection, bytes))
			return;
		sl_worker_serve(worker, true, SL_NS_PER_MS);
		if (!sl_store_backpressure(worker->engine->store))
			sl_stash_take(worker, connection);
	}
	take_lines(worker, connection, bytes);
}
