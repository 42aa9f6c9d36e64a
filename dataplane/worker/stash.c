/* Lines under backpressure. What cannot be taken yet goes into the connection's stash, the
 * connection rests, and everybody else goes on. Of a connection that leaves meanwhile the stash
 * stays behind: its lines were received, and are taken when there is room. */
#include "worker/worker_priv.h"

static struct sl_stash *stash_new(struct sl_worker *worker, size_t bytes)
{
	size_t room;

	return sl_assembly_take(worker->assembly, sizeof(struct sl_stash) + bytes + SL_SPAN_PADDING,
				&room);
}

static size_t put_line(struct sl_stash *stash, size_t at, struct sl_span line)
{
	memcpy(stash->at + at, line.at, line.bytes);
	stash->at[at + line.bytes] = '\n';
	return at + line.bytes + 1;
}

bool sl_stash_burst(struct sl_worker *worker, uint32_t connection, struct sl_span line,
		    struct sl_span rest)
{
	struct sl_session *session = &worker->sessions[connection];
	struct sl_burst *burst = &worker->burst;
	size_t bytes = rest.bytes + line.bytes + 1, at = 0;
	struct sl_stash *stash;

	for (unsigned i = 0; i < burst->n; i++)
		bytes += burst->of[i].text.bytes + 1;
	stash = stash_new(worker, bytes);
	if (!stash)
		return false;
	for (unsigned i = 0; i < burst->n; i++) {
		struct sl_request *request = burst->of[i].request;

		at = put_line(stash, at, burst->of[i].text);
		request->in_burst--;
		request->cancelled = request->answers;
	}
	burst->n = 0;
	if (line.bytes)
		at = put_line(stash, at, line);
	memcpy(stash->at + at, rest.at, rest.bytes);
	stash->bytes = at + rest.bytes;
	stash->channel = session->channel;
	session->stash = stash;
	worker->resting = true;
	if (!session->open)
		return true; /* the departed's */
	session->paused = true;
	worker->io_ops->pause(worker->io, connection, true);
	sl_count(worker->stats, SL_COUNTER_READING_PAUSED, 1);
	return true;
}

bool sl_stash_more(struct sl_worker *worker, uint32_t connection, struct sl_span bytes)
{
	struct sl_session *session = &worker->sessions[connection];
	struct sl_stash *stash = stash_new(worker, session->stash->bytes + bytes.bytes);

	if (!stash)
		return false;
	*stash = *session->stash;
	memcpy(stash->at, session->stash->at, session->stash->bytes);
	memcpy(stash->at + stash->bytes, bytes.at, bytes.bytes);
	stash->bytes += bytes.bytes;
	sl_assembly_give(worker->assembly, session->stash);
	session->stash = stash;
	return true;
}

void sl_stash_take(struct sl_worker *worker, uint32_t connection)
{
	struct sl_session *session = &worker->sessions[connection];
	struct sl_stash *stash = session->stash;

	session->stash = NULL;
	sl_lines_take(worker, connection, sl_span_of(stash->at, stash->bytes));
	sl_assembly_give(worker->assembly, stash);
	if (session->ended)
		sl_session_end_input(worker, connection);
}

void sl_stash_depart(struct sl_worker *worker, uint32_t connection)
{
	struct sl_session *session = &worker->sessions[connection];

	if (!session->stash)
		return;
	worker->resting = true;
	session->stash->next = worker->departed;
	worker->departed = session->stash;
	session->stash = NULL;
}

/* The departed share the session behind the last connection's: never open, owed no answer. */
void sl_stash_take_departed(struct sl_worker *worker)
{
	uint32_t nobody = (uint32_t)worker->engine->config.settings.io_connections;
	struct sl_session *session = &worker->sessions[nobody];

	while (worker->departed && !session->stash) {
		struct sl_stash *stash = worker->departed;

		worker->departed = stash->next;
		session->channel = stash->channel;
		sl_line_framer_init(&session->line_framer,
				    (size_t)worker->engine->config.settings.event_bytes,
				    worker->assembly, worker->now.monotonic_ns);
		sl_lines_take(worker, nobody, sl_span_of(stash->at, stash->bytes));
		sl_line_framer_fini(&session->line_framer);
		sl_assembly_give(worker->assembly, stash);
	}
	sl_stash_depart(worker, nobody); /* it met backpressure again */
}

void sl_stash_drop_departed(struct sl_worker *worker)
{
	struct sl_stash *stash;

	while ((stash = worker->departed)) {
		uint64_t lines = 0;

		worker->departed = stash->next;
		for (size_t i = 0; i < stash->bytes; i++)
			lines += stash->at[i] == '\n';
		sl_count_ledger(worker->stats, stash->channel, SL_LEDGER_RECEIVED, lines);
		sl_count_ledger(worker->stats, stash->channel, SL_LEDGER_DROPPED, lines);
		sl_stat_add(&worker->stats->reasons[stash->channel][SL_WHY_STOPPING], lines);
		sl_assembly_give(worker->assembly, stash);
	}
}
