/* Requests as bytes: the same number gives the same bytes, however often it is sent. */
#include "tools/gun/sender_priv.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

uint32_t sl_request_events(const struct sl_sender *sender, uint64_t request)
{
	uint64_t first = request * sender->options->batch;
	uint64_t count = sender->options->count;

	if (count && count - first < sender->options->batch)
		return (uint32_t)(count - first);
	return sender->options->batch;
}

static size_t put_head(const struct sl_gun_options *options, char *at, size_t body_bytes,
		       uint32_t events)
{
	int n = sprintf(at,
			"POST /v1/events HTTP/1.1\r\n"
			"Host: %s\r\n"
			"Content-Type: application/%s\r\n"
			"Content-Length: %zu\r\n\r\n",
			options->host, events > 1 ? "x-ndjson" : "json", body_bytes);

	return (size_t)n;
}

void sl_request_put(struct sl_sender *sender, struct sl_connection *connection,
		    const struct sl_ticket *ticket)
{
	const struct sl_events *events = sender->job->events;
	bool lines = sender->options->protocol != SL_GUN_HTTP;
	uint32_t segment_bytes = 0;
	uint64_t first = ticket->request * sender->options->batch + ticket->done;
	uint32_t n = ticket->events - ticket->done;
	struct sl_event_time time;
	size_t body_bytes = lines || n > 1 ? n : 0; /* line ends */
	char *at = connection->out + connection->out_bytes;

	assert(connection->out_bytes + sender->request_room <= sender->out_room);
	for (uint32_t i = 0; i < n; i++) {
		sl_events_plan(events, first + i, &sender->plans[i]);
		body_bytes += sender->plans[i].bytes;
		if (sender->options->segmented && sender->plans[i].bytes >= segment_bytes)
			segment_bytes = sender->plans[i].bytes + 1;
	}
	if (!lines)
		at += put_head(sender->options, at, body_bytes, n);
	/* an event happens when it is due, so that what is sent again says the same */
	sl_events_time(sender->job->start_wall_ns + ticket->due_ns -
			       sender->job->start_monotonic_ns,
		       &time);
	for (uint32_t i = 0; i < n; i++) {
		sl_events_render(events, &sender->plans[i], &time, at);
		at += sender->plans[i].bytes;
		if (lines || n > 1)
			*at++ = '\n';
		/* what is handed over together is of one length; a space behind a line is none */
		if (segment_bytes) {
			size_t padding = segment_bytes - sender->plans[i].bytes - 1;

			memset(at, ' ', padding);
			at += padding;
		}
	}
	connection->out_bytes = (size_t)(at - connection->out);
	connection->segment_bytes = n > 1 ? (uint16_t)segment_bytes : 0;
}
