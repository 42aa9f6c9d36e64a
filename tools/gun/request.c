/* A request into a connection's output. */
#include "tools/gun/request_text.h"
#include "tools/gun/sender_priv.h"

#include <assert.h>

uint32_t sl_request_events(const struct sl_sender *sender, uint64_t request)
{
	uint64_t first = request * sender->options->batch;
	uint64_t count = sender->options->count;

	if (count && count - first < sender->options->batch)
		return (uint32_t)(count - first);
	return sender->options->batch;
}

void sl_request_put(struct sl_sender *sender, struct sl_connection *connection,
		    const struct sl_ticket *ticket)
{
	struct sl_event_time time;
	const struct sl_request_text text = {
		.options = sender->options,
		.events = sender->job->events,
		.plans = sender->plans,
		.first = ticket->request * sender->options->batch + ticket->done,
		.n = ticket->events - ticket->done,
		.time = &time,
	};

	assert(connection->out_bytes + sender->request_room <= sender->out_room);
	/* an event happens when it is due, so that what is sent again says the same */
	sl_events_time(sender->job->start_wall_ns + ticket->due_ns -
			       sender->job->start_monotonic_ns,
		       &time);
	connection->out_bytes += sl_request_text(&text, connection->out + connection->out_bytes,
						 &connection->segment_bytes);
}
