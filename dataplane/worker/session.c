/* Connections: their beginning and end, time-outs, and rest under backpressure. */
#include "worker/worker_priv.h"

#define LAST_LINES_NS (100 * SL_NS_PER_MS)
#define SWEEP 512u /* sessions looked at in one round of housekeeping */

void sl_session_open(struct sl_worker *worker, uint32_t connection, unsigned channel)
{
	struct sl_session *session = &worker->sessions[connection];
	const struct sl_engine_config *config = &worker->engine->config;

	assert(!session->open && !session->first);
	*session = (struct sl_session){
		.open = true,
		.http = config->channels[channel].protocol == SL_PROTOCOL_HTTP,
		.datagrams = config->channels[channel].protocol == SL_PROTOCOL_UDP,
		.channel = (uint8_t)channel,
	};
	worker->n_sessions++;
	if (session->datagrams)
		return;
	if (session->http)
		sl_http_framer_init(&session->http_framer, &worker->http_limits, worker->assembly,
				    worker->now.monotonic_ns);
	else
		sl_line_framer_init(&session->line_framer, (size_t)config->settings.event_bytes,
				    worker->assembly, worker->now.monotonic_ns);
	sl_count(worker->stats, SL_COUNTER_CONNECTIONS_OPENED, 1);
	if (!session->http && worker->backpressure) {
		session->paused = true;
		worker->io_ops->pause(worker->io, connection, true);
	}
}

/* The peer sends no more; lines that rest are taken first. So is a last line without an end: were
 * it but half of one it would be no object, and refused. */
void sl_session_end_input(struct sl_worker *worker, uint32_t connection)
{
	static const uint8_t line_end[1 + SL_SPAN_PADDING] = "\n";
	struct sl_session *session = &worker->sessions[connection];

	if (!session->http && !session->datagrams && !session->stash &&
	    session->line_framer.held_bytes)
		sl_lines_take(worker, connection, sl_span_of(line_end, 1));
	if (session->stash)
		return;
	session->closing = true;
	sl_session_answer(worker, connection);
}

/* What is under way is finished, for nobody. */
static void orphan_requests(struct sl_worker *worker, struct sl_session *session)
{
	struct sl_request *request = session->first, *next;

	session->first = session->last = NULL;
	session->n_requests = 0;
	for (; request; request = next) {
		next = request->next;
		request->orphan = true;
		if (request->outstanding == 0) {
			request->outstanding = 1;
			sl_request_release(worker, request);
		}
	}
}

void sl_session_closed(struct sl_worker *worker, uint32_t connection)
{
	struct sl_session *session = &worker->sessions[connection];

	if (!session->open)
		return;
	sl_stash_depart(worker, connection);
	session->open = false;
	orphan_requests(worker, session);
	worker->n_sessions--;
	if (session->datagrams)
		return;
	if (session->http)
		sl_http_framer_fini(&session->http_framer);
	else
		sl_line_framer_fini(&session->line_framer);
	sl_count(worker->stats, SL_COUNTER_CONNECTIONS_CLOSED, 1);
}

static void shut(struct sl_worker *worker, uint32_t connection, bool after_output)
{
	struct sl_session *session = &worker->sessions[connection];

	session->closing = true;
	if (session->shut)
		return;
	session->shut = true;
	worker->io_ops->shut(worker->io, connection, after_output);
}

static void check_http(struct sl_worker *worker, uint32_t connection)
{
	struct sl_session *session = &worker->sessions[connection];
	unsigned overdue;

	if (session->first || session->closing)
		return;
	overdue = sl_http_framer_overdue(&session->http_framer, worker->now.monotonic_ns);
	if (overdue == 408) {
		struct sl_request *request = sl_request_begin(worker, connection);

		request->answers = true;
		request->status = 408;
		request->detail = "the request did not arrive in time";
		request->keep_alive = false;
		session->closing = true;
		sl_request_release(worker, request);
	} else if (overdue || (worker->draining && session->http_framer.phase == SL_HTTP_IDLE)) {
		shut(worker, connection, true);
	}
}

static void check_session(struct sl_worker *worker, uint32_t connection)
{
	struct sl_session *session = &worker->sessions[connection];
	/* while draining: what has arrived is still taken, and silence means that it all has */
	int64_t idle_ns = worker->draining
				  ? LAST_LINES_NS
				  : worker->engine->config.settings.tcp_idle_ms * SL_NS_PER_MS;

	if (!session->open)
		return;
	if (session->http) {
		check_http(worker, connection);
	} else if (session->datagrams) {
		if (sl_datagrams_over(worker, connection))
			shut(worker, connection, false);
	} else if (!session->first && !session->closing && !session->stash &&
		   worker->now.monotonic_ns - session->line_framer.since_ns > idle_ns) {
		shut(worker, connection, true);
	}
}

void sl_session_housekeeping(struct sl_worker *worker)
{
	uint32_t n = (uint32_t)worker->engine->config.settings.io_connections;

	if (worker->n_sessions == 0)
		return;
	for (uint32_t i = 0; i < (n < SWEEP ? n : SWEEP); i++) {
		check_session(worker, worker->sweep);
		worker->sweep = worker->sweep + 1 < n ? worker->sweep + 1 : 0;
	}
}

void sl_session_backpressure(struct sl_worker *worker, bool on)
{
	uint32_t n = (uint32_t)worker->engine->config.settings.io_connections;

	/* a stash may have been made, or met again, between two looks at the mark */
	if (worker->backpressure == on && (on || !worker->resting))
		return;
	worker->backpressure = on;
	worker->resting = on;
	if (!on)
		sl_stash_take_departed(worker);
	for (uint32_t i = 0; i < n; i++) {
		struct sl_session *session = &worker->sessions[i];

		if (!session->open || session->http || session->datagrams || session->paused == on)
			continue;
		if (!on && session->stash)
			sl_stash_take(worker, i);
		if (!on && session->stash)
			continue; /* it met backpressure again, and rests */
		session->paused = on;
		worker->io_ops->pause(worker->io, i, on);
		if (on)
			sl_count(worker->stats, SL_COUNTER_READING_PAUSED, 1);
	}
}
