#include "tools/gun/pcap/write.h"

#include "base/clock.h"
#include "tools/gun/pcap/conversation.h"
#include "tools/gun/request_text.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COUNT_DEFAULT 1000u
#define CLIENT_PORT 20000u
#define CLIENT_PORTS 40000u
#define THINK_NS (150 * 1000)

static const char reply[] = "HTTP/1.1 200 OK\r\n"
			    "Content-Type: application/json\r\n"
			    "Content-Length: 2\r\n\r\n{}";

/* What of a turn's bytes is one message. */
struct message {
	size_t end;
	uint64_t first;
	uint32_t events;
};

struct run {
	const struct sl_gun_options *options;
	const struct sl_events *events;
	struct sl_queue *queue;
	FILE *whole;
	struct sl_conversation *conversations;
	struct sl_event_plan *plans;
	uint64_t count, n_requests;
	int64_t begin_ns, end_ns;
	/* of a turn */
	char *text, *replies;
	uint8_t *readable;
	struct message *messages;
	uint32_t n_messages;
	struct sl_pcap_summary summary;
};

static void init_route(const struct sl_gun_options *options, uint32_t index,
		       struct sl_route *ret_route)
{
	const struct sockaddr_in *v4 = (const void *)&options->address;
	const struct sockaddr_in6 *v6 = (const void *)&options->address;
	const uint32_t host = index + 1; /* each its own: fragments have numbers by address */
	struct sl_route route = {
		.from_port = (uint16_t)(CLIENT_PORT + index % CLIENT_PORTS),
		.vlan = options->pcap.vlan,
		.is_ipv6 = options->address.ss_family == AF_INET6,
	};

	if (route.is_ipv6) {
		memcpy(route.from, (const uint8_t[]){0x20, 1, 0x0d, 0xb8}, 4);
		route.from[14] = (uint8_t)(host >> 8);
		route.from[15] = (uint8_t)host;
		memcpy(route.to, &v6->sin6_addr, 16);
		route.to_port = ntohs(v6->sin6_port);
	} else {
		memcpy(route.from, (const uint8_t[]){198, 18, (uint8_t)(host >> 8), (uint8_t)host},
		       4);
		memcpy(route.to, &v4->sin_addr, 4);
		route.to_port = ntohs(v4->sin_port);
	}
	*ret_route = route;
}

static int run_init(struct run *run, const struct sl_gun_options *options,
		    const struct sl_events *events)
{
	const size_t room = sl_request_room(options) * options->pipeline;
	const uint32_t lines = options->protocol == SL_GUN_TCP ? options->batch : 1;
	int error;

	*run = (struct run){.options = options, .events = events};
	run->count = options->count         ? options->count
		     : options->seconds > 0 ? (uint64_t)(options->seconds * options->rate)
					    : COUNT_DEFAULT;
	run->n_requests = (run->count + options->batch - 1) / options->batch;
	run->begin_ns = run->end_ns = options->time_from_ns;
	run->conversations = calloc(options->connections, sizeof(*run->conversations));
	run->plans = calloc(options->batch, sizeof(*run->plans));
	run->text = malloc(room);
	run->readable = malloc(room);
	run->replies = malloc(sizeof(reply) * options->pipeline);
	run->messages = calloc((size_t)options->pipeline * lines, sizeof(*run->messages));
	if (!run->conversations || !run->plans || !run->text || !run->readable || !run->replies ||
	    !run->messages)
		return -ENOMEM;
	for (uint32_t i = 0; i < options->connections; i++) {
		struct sl_route route;

		init_route(options, i, &route);
		sl_conversation_init(&run->conversations[i], &route, options->events.seed, i);
		run->conversations[i].free_ns = run->begin_ns;
	}
	if (options->pcap.whole) {
		run->whole = fopen(options->pcap.whole, "w");
		if (!run->whole)
			return -errno;
	}
	error = sl_queue_open(options->pcap.path, &options->pcap.fates, options->events.seed,
			      &run->queue);
	return error;
}

static int run_fini(struct run *run)
{
	int error = sl_queue_close(run->queue);

	if (run->whole && fclose(run->whole) && !error)
		error = -errno;
	free(run->conversations);
	free(run->plans);
	free(run->text);
	free(run->readable);
	free(run->replies);
	free(run->messages);
	return error;
}

/* ---- which events are whole */

static void add_whole(struct run *run, uint64_t first, uint32_t events)
{
	run->summary.requests_whole++;
	run->summary.events_whole += events;
	for (uint32_t i = 0; run->whole && i < events; i++) {
		struct sl_event_plan plan;
		char id[SL_EVENTS_ID_BYTES];

		sl_events_plan(run->events, first + i, &plan);
		sl_events_id(run->events, plan.number, id);
		fwrite(id, sizeof(id), 1, run->whole);
		fputc('\n', run->whole);
	}
}

static bool is_readable(const struct run *run, size_t from, size_t to)
{
	return !memchr(run->readable + from, 0, to - from);
}

static void count_messages(struct run *run)
{
	size_t from = 0;

	for (uint32_t i = 0; i < run->n_messages; from = run->messages[i++].end)
		if (is_readable(run, from, run->messages[i].end))
			add_whole(run, run->messages[i].first, run->messages[i].events);
}

/* ---- turns */

/* When something of this request's can be sent: it is due, and the connection is free that is free
 * first. Rises from request to request. */
static struct sl_conversation *next_conversation(struct run *run, uint64_t request,
						 int64_t *ret_start_ns)
{
	const struct sl_gun_options *options = run->options;
	struct sl_conversation *chosen = &run->conversations[0];
	double events = (double)request * options->batch;
	int64_t due_ns = run->begin_ns;

	for (uint32_t i = 1; i < options->connections; i++)
		if (run->conversations[i].free_ns < chosen->free_ns)
			chosen = &run->conversations[i];
	if (options->rate > 0)
		due_ns += (int64_t)(events / options->rate * 1e9);
	*ret_start_ns = due_ns > chosen->free_ns ? due_ns : chosen->free_ns;
	return chosen;
}

static void add_message(struct run *run, size_t end, uint64_t first, uint32_t events)
{
	run->messages[run->n_messages++] =
		(struct message){.end = end, .first = first, .events = events};
}

/* Requests from `request` on, one behind the other. Returns their bytes. */
static size_t put_requests(struct run *run, uint64_t request, uint32_t n, int64_t time_ns)
{
	const uint32_t batch = run->options->batch;
	struct sl_event_time time;
	size_t at = 0;

	sl_events_time(time_ns, &time);
	run->n_messages = 0;
	for (uint32_t i = 0; i < n; i++) {
		uint64_t first = (request + i) * batch;
		uint32_t events =
			run->count - first < batch ? (uint32_t)(run->count - first) : batch;
		const struct sl_request_text text = {
			.options = run->options,
			.events = run->events,
			.plans = run->plans,
			.first = first,
			.n = events,
			.time = &time,
		};
		const size_t begin = at;

		at += sl_request_text(&text, run->text + at, NULL);
		run->summary.events += events;
		if (run->options->protocol != SL_GUN_TCP) {
			add_message(run, at, first, events);
			continue;
		}
		for (size_t end = begin; end < at; first++) {
			const char *line_end = memchr(run->text + end, '\n', at - end);

			end = (size_t)(line_end + 1 - run->text);
			add_message(run, end, first, 1);
		}
	}
	run->summary.requests += run->n_messages;
	return at;
}

static int64_t answer(struct run *run, struct sl_conversation *conversation, int64_t start_ns)
{
	const size_t each = sizeof(reply) - 1;
	int64_t end_ns;

	memset(run->readable, 0, run->n_messages * each);
	for (uint32_t i = 0; i < run->n_messages; i++)
		memcpy(run->replies + i * each, reply, each);
	end_ns = sl_conversation_say(conversation, run->queue, SL_SERVER, start_ns, run->replies,
				     run->n_messages * each, run->readable);
	run->summary.replies += run->n_messages;
	for (uint32_t i = 0; i < run->n_messages; i++)
		run->summary.replies_whole += is_readable(run, i * each, (i + 1) * each);
	return end_ns;
}

static uint32_t take_turn(struct run *run, uint64_t request)
{
	const uint64_t left = run->n_requests - request;
	const uint32_t n = left < run->options->pipeline ? (uint32_t)left : run->options->pipeline;
	struct sl_conversation *conversation;
	int64_t at_ns;
	size_t bytes;

	conversation = next_conversation(run, request, &at_ns);
	sl_queue_flush(run->queue, at_ns);
	if (!conversation->is_open) {
		at_ns = sl_conversation_open(conversation, run->queue, at_ns);
		run->summary.connections++;
	}
	bytes = put_requests(run, request, n, at_ns);
	memset(run->readable, 0, bytes);
	at_ns = sl_conversation_say(conversation, run->queue, SL_CLIENT, at_ns, run->text, bytes,
				    run->readable);
	count_messages(run);
	if (run->options->protocol == SL_GUN_HTTP)
		at_ns = answer(run, conversation, at_ns + THINK_NS);
	conversation->free_ns = at_ns;
	return n;
}

static uint32_t send_datagram(struct run *run, uint64_t request)
{
	uint8_t datagram[65536], frame[SL_HEADERS_BYTES_MAX + SL_PACKET_BYTES_MAX];
	struct sl_conversation *conversation;
	const struct sl_route *route;
	bool whole = true;
	size_t bytes, each;
	int64_t at_ns;

	conversation = next_conversation(run, request, &at_ns);
	sl_queue_flush(run->queue, at_ns);
	route = &conversation->routes[SL_CLIENT];
	bytes = put_requests(run, request, 1, at_ns);
	bytes = sl_headers_udp(datagram, route, run->text, bytes);
	each = sl_headers_fragment_bytes(route, bytes);
	for (size_t at = 0; at < bytes; at += each) {
		size_t n = sl_headers_datagram(frame, route, conversation->ids[SL_CLIENT], datagram,
					       bytes, at);

		whole &= sl_fate_is_readable(sl_queue_put(run->queue, at_ns, frame, n, false));
		at_ns += sl_wire_ns(n);
		run->summary.fragments += each < bytes;
	}
	conversation->ids[SL_CLIENT]++;
	conversation->free_ns = at_ns;
	if (whole)
		add_whole(run, run->messages[0].first, run->messages[0].events);
	return 1;
}

static void close_all(struct run *run)
{
	for (uint32_t i = 0; i < run->options->connections; i++) {
		struct sl_conversation *one = &run->conversations[i];

		one->free_ns = sl_conversation_close(one, run->queue, one->free_ns);
		if (one->free_ns > run->end_ns)
			run->end_ns = one->free_ns;
	}
	sl_queue_flush(run->queue, INT64_MAX);
}

int sl_pcap_write(const struct sl_gun_options *options, const struct sl_events *events,
		  struct sl_pcap_summary *ret_summary)
{
	struct run run;
	int error = run_init(&run, options, events), closed;

	for (uint64_t request = 0; !error && request < run.n_requests;)
		request += options->protocol == SL_GUN_UDP ? send_datagram(&run, request)
							   : take_turn(&run, request);
	if (!error) {
		close_all(&run);
		run.summary.queue = *sl_queue_counts(run.queue);
		run.summary.span_ns = run.end_ns - run.begin_ns;
	}
	closed = run_fini(&run);
	if (error || closed)
		return error ? error : closed;
	*ret_summary = run.summary;
	return 0;
}
