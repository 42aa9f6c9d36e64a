/* UDP: lines of datagrams become events. Nobody is answered, so whatever becomes of one is counted,
 * also what there was no room for. */
#include "worker/worker_priv.h"

#define LAST_NS (100 * SL_NS_PER_MS)      /* of silence, and a gateway that stops has read it all */
#define DRAINING_NS (1000 * SL_NS_PER_MS) /* who never falls silent is left off then */

/* One request for what a round brings of a socket: it waits for its commit as one. */
struct sl_request *sl_datagrams_gather(struct sl_worker *worker, uint32_t connection)
{
	if (worker->gathered && worker->gathered->connection == connection)
		return worker->gathered;
	sl_datagrams_end(worker);
	worker->gathered = sl_request_begin(worker, connection);
	worker->gathered->datagrams = true;
	return worker->gathered;
}

void sl_datagrams_end(struct sl_worker *worker)
{
	struct sl_request *request = worker->gathered;

	worker->gathered = NULL;
	if (request)
		sl_burst_message_end(worker, request);
}

static void lose(struct sl_worker *worker, unsigned channel, uint64_t datagrams)
{
	const struct sl_loss loss = {
		.channel = channel, .time_ns = worker->now.wall_ns, .packets = datagrams};

	sl_loss_notice(worker, &loss);
}

static void drop(struct sl_worker *worker, struct sl_request *request)
{
	/* what waits in the burst finds no room either */
	sl_burst_drop_requests(worker);
	sl_request_drop(worker, request,
			worker->generation ? SL_WHY_JOURNAL_FULL : SL_WHY_NO_RULES);
	lose(worker, request->channel, 1);
}

void sl_datagram_take(struct sl_worker *worker, struct sl_request *request, struct sl_span bytes)
{
	struct sl_splitter splitter;
	struct sl_piece piece;

	sl_count(worker->stats, SL_COUNTER_DATAGRAMS, 1);
	sl_loss_seen(worker, request->channel, 1);
	sl_splitter_init(&splitter, bytes, SL_CONTENT_NDJSON);
	while (sl_splitter_next(&splitter, &piece))
		if (worker->backpressure ||
		    !sl_burst_add(worker, request, &piece, request->received))
			drop(worker, request);
}

/* What is left of it could be half of a line: none of it is taken. */
static void refuse_datagram(struct sl_worker *worker, struct sl_request *request,
			    struct sl_span bytes)
{
	struct sl_piece piece = {.text = bytes};

	sl_count(worker->stats, SL_COUNTER_DATAGRAMS, 1);
	if (worker->backpressure ||
	    !sl_burst_refuse(worker, request, &piece, request->received, SL_WHY_DATAGRAM_TRUNCATED))
		drop(worker, request);
}

void sl_datagrams_take(struct sl_worker *worker, const struct sl_io_item *item)
{
	struct sl_request *request = sl_datagrams_gather(worker, item->connection);
	struct sl_span rest = item->bytes;

	worker->sessions[item->connection].datagrams_since_ns = worker->now.monotonic_ns;
	if (item->truncated) {
		refuse_datagram(worker, request, rest);
		return;
	}
	do {
		size_t n = rest.bytes;

		if (item->datagram_bytes && item->datagram_bytes < n)
			n = item->datagram_bytes;
		sl_datagram_take(worker, request, sl_span_of(rest.at, n));
		rest = sl_span_of(rest.at + n, rest.bytes - n);
	} while (rest.bytes);
}

void sl_datagrams_dropped(struct sl_worker *worker, const struct sl_io_item *item)
{
	unsigned channel = worker->sessions[item->connection].channel;

	sl_count_ledger(worker->stats, channel, SL_LEDGER_RECEIVED, item->dropped);
	sl_count_ledger(worker->stats, channel, SL_LEDGER_DROPPED, item->dropped);
	sl_stat_add(&worker->stats->reasons[channel][SL_WHY_SOCKET_FULL], item->dropped);
	lose(worker, channel, item->dropped);
}

bool sl_datagrams_over(struct sl_worker *worker, uint32_t connection)
{
	struct sl_session *session = &worker->sessions[connection];
	int64_t now_ns = worker->now.monotonic_ns;

	if (!worker->draining)
		return false;
	if (!session->datagrams_end_ns) {
		session->datagrams_since_ns = now_ns;
		session->datagrams_end_ns = now_ns + DRAINING_NS;
	}
	return now_ns - session->datagrams_since_ns > LAST_NS || now_ns > session->datagrams_end_ns;
}
