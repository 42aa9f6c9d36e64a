/* Requests under way: what became of their events, and the reply once nothing is outstanding. */
#include "base/failpoint.h"
#include "base/json_out.h"
#include "worker/worker_priv.h"

#define JSON_TYPE "application/json"

struct sl_request *sl_request_begin(struct sl_worker *worker, uint32_t connection)
{
	struct sl_session *session = &worker->sessions[connection];
	struct sl_request *request;

	while (!worker->free_requests)
		sl_worker_serve(worker, true, SL_NS_PER_MS);
	request = worker->free_requests;
	worker->free_requests = request->next;
	worker->n_requests++;
	*request = (struct sl_request){
		.connection = connection,
		.outstanding = 1,
		.received_ns = worker->now.monotonic_ns,
		.ready_ns = worker->now.monotonic_ns,
		.channel = session->channel,
		.http = session->http,
		.keep_alive = true,
		.listed = request->inline_list,
		.listed_room = SL_REFUSED_INLINE,
	};
	if (session->last)
		session->last->next = request;
	else
		session->first = request;
	session->last = request;
	session->n_requests++;
	return request;
}

static void request_free(struct sl_worker *worker, struct sl_request *request)
{
	if (request->listed != request->inline_list)
		sl_assembly_give(worker->assembly, request->listed);
	request->next = worker->free_requests;
	worker->free_requests = request;
	worker->n_requests--;
}

/* Where no memory is left for the list the entry is only counted. */
static void list_refused(struct sl_worker *worker, struct sl_request *request, uint32_t index,
			 enum sl_reason reason)
{
	if (request->n_listed == request->listed_room && request->listed_room < SL_REFUSED_LISTED) {
		size_t room = 0;
		struct sl_refused_entry *list = sl_assembly_take(
			worker->assembly, 8 * request->listed_room * sizeof(*list), &room);

		if (!list)
			return;
		memcpy(list, request->listed, request->n_listed * sizeof(*list));
		if (request->listed != request->inline_list)
			sl_assembly_give(worker->assembly, request->listed);
		request->listed = list;
		request->listed_room = (uint32_t)(room / sizeof(*list));
		if (request->listed_room > SL_REFUSED_LISTED)
			request->listed_room = SL_REFUSED_LISTED;
	}
	if (request->n_listed < request->listed_room)
		request->listed[request->n_listed++] = (struct sl_refused_entry){index, reason};
}

void sl_request_refuse(struct sl_worker *worker, struct sl_request *request, uint32_t index,
		       enum sl_reason reason)
{
	request->received++;
	request->refused++;
	sl_count_ledger(worker->stats, request->channel, SL_LEDGER_RECEIVED, 1);
	sl_count_ledger(worker->stats, request->channel, SL_LEDGER_REFUSED, 1);
	sl_stat_add(&worker->stats->reasons[request->channel][reason], 1);
	if (request->answers)
		list_refused(worker, request, index, reason);
}

void sl_request_drop(struct sl_worker *worker, struct sl_request *request, enum sl_reason reason)
{
	request->received++;
	request->dropped++;
	sl_count_ledger(worker->stats, request->channel, SL_LEDGER_RECEIVED, 1);
	sl_count_ledger(worker->stats, request->channel, SL_LEDGER_DROPPED, 1);
	sl_stat_add(&worker->stats->reasons[request->channel][reason], 1);
}

void sl_request_result(struct sl_worker *worker, struct sl_request *request,
		       enum sl_verdict verdict)
{
	struct sl_stats_worker *stats = worker->stats;
	unsigned channel = request->channel;

	request->received++;
	sl_count_ledger(stats, channel, SL_LEDGER_RECEIVED, 1);
	if (verdict == SL_VERDICT_DUPLICATE) {
		request->duplicates++;
		sl_count_ledger(stats, channel, SL_LEDGER_DUPLICATES, 1);
		return;
	}
	request->accepted++;
	sl_count_ledger(stats, channel, SL_LEDGER_ACCEPTED, 1);
	if (verdict == SL_VERDICT_MATCHED) {
		request->matched++;
		sl_count_ledger(stats, channel, SL_LEDGER_MATCHED, 1);
	} else {
		sl_count_ledger(stats, channel, SL_LEDGER_UNMATCHED, 1);
	}
}

void sl_request_end(struct sl_worker *worker, struct sl_request *request)
{
	uint64_t pending = sl_store_pending(worker->store);

	sl_stages_ended(worker, request);
	request->waits = pending > sl_store_committed(worker->store) || request->outstanding > 1;
	/* also a request that wrote nothing waits for what was written before it: its duplicates
	 * were judged against ids that are not on disk yet */
	if (pending > sl_store_committed(worker->store))
		sl_waits_add(&worker->waits,
			     &(struct sl_wait){.commit = pending, .request = request});
	else
		sl_request_release(worker, request);
}

void sl_request_release(struct sl_worker *worker, struct sl_request *request)
{
	assert(request->outstanding > 0);
	if (--request->outstanding)
		return;
	if (request->waits)
		sl_stages_committed(worker, request);
	if (request->orphan)
		request_free(worker, request);
	else
		sl_session_answer(worker, request->connection);
}

static struct sl_span render_counts(struct sl_worker *worker, const struct sl_request *request,
				    size_t head_room)
{
	struct sl_json json;

	sl_json_init(&json, worker->reply + head_room, SL_OUTPUT_BYTES - head_room);
	sl_json_object(&json);
	if (!request->http) {
		sl_json_name(&json, "line");
		sl_json_uint(&json, request->line);
	}
	sl_json_name(&json, "received");
	sl_json_uint(&json, request->received);
	sl_json_name(&json, "accepted");
	sl_json_uint(&json, request->accepted);
	sl_json_name(&json, "matched");
	sl_json_uint(&json, request->matched);
	sl_json_name(&json, "duplicates");
	sl_json_uint(&json, request->duplicates);
	sl_json_name(&json, "refused");
	sl_json_array(&json);
	for (uint32_t i = 0; i < request->n_listed; i++) {
		sl_json_object(&json);
		sl_json_name(&json, "index");
		sl_json_uint(&json, request->listed[i].index);
		sl_json_name(&json, "reason");
		sl_json_string(&json, sl_reason_info(request->listed[i].reason)->name);
		sl_json_object_end(&json);
	}
	sl_json_array_end(&json);
	if (request->refused > request->n_listed) {
		sl_json_name(&json, "refused_total");
		sl_json_uint(&json, request->refused);
	}
	if (request->dropped) {
		sl_json_name(&json, "dropped");
		sl_json_uint(&json, request->dropped);
	}
	sl_json_object_end(&json);
	assert(!json.full);
	return sl_span_of(json.at, json.bytes);
}

static struct sl_span render_status(struct sl_worker *worker, const struct sl_request *request,
				    size_t head_room)
{
	struct sl_json json;

	sl_json_init(&json, worker->reply + head_room, SL_OUTPUT_BYTES - head_room);
	sl_json_object(&json);
	if (request->status == 200) {
		sl_json_name(&json, "status");
		sl_json_string(&json, "ok");
	} else {
		sl_json_name(&json, "error");
		sl_json_string(&json, sl_http_phrase(request->status));
	}
	if (request->detail) {
		sl_json_name(&json, "detail");
		sl_json_string(&json, request->detail);
	}
	sl_json_object_end(&json);
	return sl_span_of(json.at, json.bytes);
}

static void count_reply(struct sl_worker *worker, unsigned status)
{
	if (status < 300)
		sl_count(worker->stats, SL_COUNTER_REPLIES_2XX, 1);
	else if (status == 503)
		sl_count(worker->stats, SL_COUNTER_REPLIES_503, 1);
	else
		sl_count(worker->stats, SL_COUNTER_REPLIES_4XX, 1);
}

/* False: the peer's output has no room; a ROOM of it comes when it has read. */
static bool answer_http(struct sl_worker *worker, const struct sl_request *request)
{
	/* the body is rendered in the upper part of the buffer, the head and a copy of it below */
	size_t half = SL_OUTPUT_BYTES / 2, n;
	unsigned status = request->status;
	struct sl_span body;

	if (status) {
		body = render_status(worker, request, half);
	} else {
		body = render_counts(worker, request, half);
		status = request->accepted + request->duplicates ? 200 : 400;
	}
	if (status == 405)
		n = sl_http_reply_405(worker->reply, half, request->allow, JSON_TYPE, body,
				      request->keep_alive, request->head_only);
	else
		n = sl_http_reply(worker->reply, half, status, JSON_TYPE, body, request->keep_alive,
				  request->head_only, status == 503 ? 1 : 0);
	if (n == 0 || worker->io_ops->room(worker->io, request->connection) < n)
		return false;
	sl_failpoint("before_ack");
	if (worker->io_ops->send(worker->io, request->connection, worker->reply, n))
		return false;
	count_reply(worker, status);
	return true;
}

static bool answer_line(struct sl_worker *worker, const struct sl_request *request)
{
	struct sl_span line = render_counts(worker, request, 0);

	worker->reply[line.bytes] = '\n';
	if (worker->io_ops->room(worker->io, request->connection) < line.bytes + 1)
		return false;
	sl_failpoint("before_ack");
	return !worker->io_ops->send(worker->io, request->connection, line.at, line.bytes + 1);
}

void sl_session_answer(struct sl_worker *worker, uint32_t connection)
{
	struct sl_session *session = &worker->sessions[connection];
	struct sl_request *request;

	while ((request = session->first) && request->outstanding == 0) {
		if (request->answers &&
		    !(request->http ? answer_http(worker, request) : answer_line(worker, request)))
			return;
		if (request->answers)
			sl_stages_answered(worker, request);
		session->first = request->next;
		if (!session->first)
			session->last = NULL;
		session->n_requests--;
		if (!request->keep_alive)
			session->closing = true;
		request_free(worker, request);
	}
	if (session->first || !session->open)
		return;
	if (session->continue_owed) {
		session->continue_owed = false;
		worker->io_ops->send(worker->io, connection, "HTTP/1.1 100 Continue\r\n\r\n", 25);
	}
	if (session->closing && !session->shut) {
		session->shut = true;
		worker->io_ops->shut(worker->io, connection, true);
	}
}

void sl_session_cancel_tail(struct sl_worker *worker, uint32_t connection)
{
	struct sl_session *session = &worker->sessions[connection];
	struct sl_request **link = &session->first, *request;

	session->last = NULL;
	while ((request = *link)) {
		if (request->cancelled) {
			*link = request->next;
			session->n_requests--;
			session->line--;
			request_free(worker, request);
		} else {
			session->last = request;
			link = &request->next;
		}
	}
}
