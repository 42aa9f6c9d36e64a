/* Answers of the gateway: each settles the oldest request of its connection. */
#include "tools/gun/sender_priv.h"

#include "base/clock.h"
#include "base/http1.h"
#include "tools/gun/reply.h"

#include <string.h>

#define PAUSE_DEFAULT_NS (100 * SL_NS_PER_MS)
#define PAUSE_MAX_NS (2 * SL_NS_PER_S)

static const struct sl_http_limits limits = {
	.header_bytes = 16384,
	.headers = SL_HTTP_HEADERS_MAX,
	.body_bytes = 1u << 24,
};

static struct sl_ticket *oldest(struct sl_connection *connection)
{
	return connection->count ? &connection->tickets[connection->first] : NULL;
}

static void settle(struct sl_sender *sender, struct sl_connection *connection)
{
	connection->first = (connection->first + 1) % sender->options->pipeline;
	connection->count--;
	sender->under_way--;
}

/* Events from `first` of the ticket on have been answered for. */
static void take_reply(struct sl_sender *sender, const struct sl_ticket *ticket, uint32_t first,
		       const struct sl_reply *reply, uint32_t events, int64_t now_ns)
{
	struct sl_sender_counts *counts = sender->counts;
	uint64_t number = ticket->request * sender->options->batch + first;

	sl_count(&counts->accepted, reply->accepted);
	sl_count(&counts->matched, reply->matched);
	sl_count(&counts->duplicates, reply->duplicates);
	sl_count(&counts->refused, reply->refused);
	sl_histogram_add(&sender->job->latency_ns, now_ns - ticket->due_ns, events);
	for (uint32_t i = 0; sender->acked.fd >= 0 && !reply->unnamed && i < events; i++) {
		struct sl_event_plan plan;
		char id[SL_EVENTS_ID_BYTES];

		if (sl_reply_refuses(reply, i))
			continue;
		sl_events_plan(sender->job->events, number + i, &plan);
		sl_events_id(sender->job->events, plan.number, id);
		if (!sender->job->error)
			sender->job->error = sl_acked_add(&sender->acked, id);
	}
}

static int64_t pause_asked(const struct sl_http_response *response)
{
	const struct sl_http_header *header =
		sl_http_find(response->headers, response->n_headers, "retry-after");
	int64_t seconds = 0;

	if (!header || header->value.bytes == 0)
		return PAUSE_DEFAULT_NS;
	for (size_t i = 0; i < header->value.bytes && i < 6; i++) {
		if (header->value.at[i] < '0' || header->value.at[i] > '9')
			return PAUSE_DEFAULT_NS;
		seconds = seconds * 10 + header->value.at[i] - '0';
	}
	return seconds * SL_NS_PER_S < PAUSE_MAX_NS ? seconds * SL_NS_PER_S : PAUSE_MAX_NS;
}

static void take_response(struct sl_sender *sender, struct sl_connection *connection,
			  const struct sl_http_response *response, const char *body, int64_t now_ns)
{
	struct sl_ticket *ticket = oldest(connection);
	struct sl_reply reply;

	if (response->status >= 500 || response->status == 429) {
		sl_count(&sender->counts->unavailable, 1);
		connection->not_before_ns = now_ns + pause_asked(response);
		sl_sender_wait_again(sender, ticket, connection->not_before_ns);
		connection->first = (connection->first + 1) % sender->options->pipeline;
		connection->count--;
		return;
	}
	/* 400 says that none could be used, and why, in the same form */
	if ((response->status == 200 || response->status == 400) &&
	    !sl_reply_read(body, response->content_length, ticket->events, &reply))
		take_reply(sender, ticket, 0, &reply, ticket->events, now_ns);
	else if (response->status >= 400)
		sl_count(&sender->counts->rejected, ticket->events);
	else
		sl_count(&sender->counts->nonsense, ticket->events);
	settle(sender, connection);
}

/* Returns what it consumed, 0 where more is needed, < 0 where the connection is of no more use. */
static ssize_t take_http(struct sl_sender *sender, struct sl_connection *connection, const char *at,
			 size_t bytes, int64_t now_ns)
{
	struct sl_http_response response;
	ssize_t head = sl_http1_response(at, bytes, &limits, &response);

	if (head == 0)
		return 0;
	if (head < 0 || !oldest(connection) || response.chunked || !response.has_length) {
		if (oldest(connection)) {
			sl_count(&sender->counts->nonsense, oldest(connection)->events);
			settle(sender, connection);
		}
		return -1;
	}
	if (bytes - (size_t)head < response.content_length)
		return 0;
	take_response(sender, connection, &response, at + head, now_ns);
	return response.keep_alive ? head + (ssize_t)response.content_length : -1;
}

static ssize_t take_line(struct sl_sender *sender, struct sl_connection *connection, const char *at,
			 size_t bytes, int64_t now_ns)
{
	const char *end = memchr(at, '\n', bytes);
	struct sl_ticket *ticket = oldest(connection);
	struct sl_reply reply;

	if (!end)
		return 0;
	if (!ticket)
		return -1;
	if (sl_reply_read(at, (size_t)(end - at), 1, &reply))
		sl_count(&sender->counts->nonsense, 1);
	else
		take_reply(sender, ticket, ticket->done, &reply, 1, now_ns);
	if (++ticket->done == ticket->events)
		settle(sender, connection);
	return end + 1 - at;
}

bool sl_answers_take(struct sl_sender *sender, struct sl_connection *connection, int64_t now_ns)
{
	bool lines = sender->options->protocol == SL_GUN_TCP;
	size_t at = 0;
	ssize_t n = 0;

	if (lines && !sender->options->acknowledged) {
		connection->in_bytes = 0; /* whatever it says, nobody asked */
		return true;
	}
	while (at < connection->in_bytes) {
		n = lines ? take_line(sender, connection, connection->in + at,
				      connection->in_bytes - at, now_ns)
			  : take_http(sender, connection, connection->in + at,
				      connection->in_bytes - at, now_ns);
		if (n <= 0)
			break;
		at += (size_t)n;
	}
	connection->in_bytes -= at;
	memmove(connection->in, connection->in + at, connection->in_bytes);
	return n >= 0;
}

void sl_answers_assume(struct sl_sender *sender, struct sl_connection *connection, int64_t now_ns)
{
	while (connection->count) {
		struct sl_ticket *ticket = oldest(connection);

		sl_count(&sender->counts->delivered, ticket->events);
		sl_histogram_add(&sender->job->latency_ns, now_ns - ticket->due_ns, ticket->events);
		settle(sender, connection);
	}
}
