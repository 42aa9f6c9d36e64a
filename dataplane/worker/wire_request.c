/* One HTTP request of a mirror channel: mapped, its body unfolded where a rule reads it. */
#include "worker/wire_priv.h"

/* What is under way for one request. */
struct mapping {
	struct sl_wire_reader *wire;
	const struct sl_mirror_request *request;
	struct sl_wire_event event;
	uint32_t index;
};

/* The client's end, the server's, where it stands in the stream and when it passed: the same
 * capture, read again, gives the same. */
static void name_request(const struct sl_mirror_request *request, const struct sl_flow_ends *ends,
			 uint64_t ret_name[2])
{
	const struct sl_flow_end *client = &ends->of[request->side];
	const struct sl_flow_end *server = &ends->of[!request->side];
	const uint32_t bytes = ends->is_ipv6 ? 16 : 4;
	const struct sl_text parts[] = {
		{(const char *)client->address, bytes},
		{(const char *)&client->port, sizeof(client->port)},
		{(const char *)server->address, bytes},
		{(const char *)&server->port, sizeof(server->port)},
		{(const char *)&request->offset, sizeof(request->offset)},
		{(const char *)&request->time_ns, sizeof(request->time_ns)},
	};

	sl_hash_parts(parts, sizeof(parts) / sizeof(parts[0]), ret_name);
}

/* To be shown: what was asked for. */
static void refuse(struct mapping *mapping, const struct sl_decode_fault *fault)
{
	const struct sl_http_request *http = &mapping->request->request;
	struct sl_wire_event event = mapping->event;

	/* method and target stand beside each other in the head, a space between */
	event.text = sl_span_of(http->method.at,
				(size_t)(http->target.at + http->target.bytes - http->method.at));
	mapping->wire->handler->refused(mapping->wire->context, &event, fault);
}

static void refuse_as(struct mapping *mapping, enum sl_reason reason, const char *detail)
{
	struct sl_decode_fault fault = {.reason = reason};

	memcpy(fault.detail, detail, strlen(detail) + 1);
	refuse(mapping, &fault);
}

/* Room for one event's text, which is flushed before it is used again. */
static uint8_t *text_room(struct sl_wire_reader *wire)
{
	if (wire->texts_room - wire->texts_used < wire->limits.event_bytes + SL_SPAN_PADDING)
		sl_wire_flush(wire);
	return wire->texts + wire->texts_used;
}

static void hand_out(struct mapping *mapping, uint8_t *at, size_t bytes)
{
	mapping->event.text = sl_span_of(at, bytes);
	mapping->wire->texts_used += bytes + SL_SPAN_PADDING;
	mapping->wire->handler->event(mapping->wire->context, &mapping->event);
}

static void compose(struct mapping *mapping, struct sl_span piece)
{
	struct sl_wire_reader *wire = mapping->wire;
	uint8_t *at = text_room(wire);
	struct sl_decode_fault fault = {0};
	size_t bytes;

	if (sl_map_compose(wire->map, wire->binding, piece, mapping->index, (char *)at,
			   wire->limits.event_bytes, &bytes, &fault))
		refuse(mapping, &fault);
	else
		hand_out(mapping, at, bytes);
	mapping->index++;
}

/* An event as the client wrote it: copied, for a body does not stay. */
static void pass_on(struct mapping *mapping, struct sl_span piece)
{
	uint8_t *at;

	mapping->index++;
	if (piece.bytes > mapping->wire->limits.event_bytes) {
		refuse_as(mapping, SL_WHY_TOO_LARGE, "longer than the limit for one event");
		return;
	}
	at = text_room(mapping->wire);
	memcpy(at, piece.at, piece.bytes);
	hand_out(mapping, at, piece.bytes);
}

static void cut_body(struct mapping *mapping, enum sl_map_choice choice, struct sl_span body,
		     bool lines)
{
	struct sl_splitter splitter;
	struct sl_piece piece;

	sl_splitter_init(&splitter, body, lines ? SL_CONTENT_NDJSON : SL_CONTENT_JSON);
	while (sl_splitter_next(&splitter, &piece)) {
		if (piece.broken)
			refuse_as(mapping, SL_WHY_JSON_MALFORMED,
				  "the body is no JSON that can be cut into events");
		else if (choice == SL_MAP_EACH)
			compose(mapping, piece.text);
		else
			pass_on(mapping, piece.text);
	}
}

/* False: it was refused. */
static bool take_body(struct mapping *mapping)
{
	const struct sl_mirror_request *request = mapping->request;
	const struct sl_http_header *header = sl_http_find(
		request->request.headers, request->request.n_headers, "content-encoding");
	enum sl_coding coding = header ? sl_coding_of(header->value) : SL_CODING_NONE;
	struct sl_decode_fault fault = {0};
	struct sl_span body = request->body;
	enum sl_reason why = SL_WHY_NONE;

	if (request->body_bytes > body.bytes) {
		refuse_as(mapping, SL_WHY_BODY_TOO_LARGE, "longer than limits.mirror.body_bytes");
		return false;
	}
	if (coding != SL_CODING_NONE && body.bytes)
		why = sl_inflater_run(mapping->wire->inflater, coding, body, &body);
	if (why) {
		refuse_as(mapping, why,
			  why == SL_WHY_BODY_TOO_LARGE
				  ? "unfolds to more than limits.mirror.body_bytes"
			  : coding == SL_CODING_UNKNOWN
				  ? "its content coding is neither gzip nor deflate"
				  : "it is damaged, or not in the coding that it is said to be in");
		return false;
	}
	if (!sl_map_body(mapping->wire->map, body, &fault))
		return true;
	refuse(mapping, &fault);
	return false;
}

static void map_request(struct mapping *mapping, const struct sl_map_request *request)
{
	struct sl_wire_reader *wire = mapping->wire;
	enum sl_map_choice choice;
	struct sl_span body;
	bool lines;

	switch (sl_map_begin(wire->map, request)) {
	case SL_MAP_UNMAPPED:
		wire->counts.unmapped++;
		return;
	case SL_MAP_DECLINED:
		wire->counts.declined++;
		wire->counts.unseen += request->status == 0;
		return;
	case SL_MAP_ASKS_BODY:
		if (!take_body(mapping))
			return;
		break;
	case SL_MAP_GOES_ON:
		break;
	}
	choice = sl_map_choose(wire->map, &body, &lines);
	if (choice == SL_MAP_NONE)
		wire->counts.unmapped++;
	else if (choice == SL_MAP_ONE)
		compose(mapping, (struct sl_span){0});
	else
		cut_body(mapping, choice, body, lines);
}

void sl_wire_request(struct sl_wire_reader *wire, const struct sl_mirror_request *request,
		     const struct sl_flow_item *item, unsigned channel)
{
	const struct sl_flow_ends *ends = item->ends;
	struct mapping mapping = {
		.wire = wire,
		.request = request,
		.event = {.channel = channel,
			  .flow = item->flow,
			  .time_ns = request->time_ns,
			  .time_source = wire->time_source},
	};
	struct sl_map_request map_request_of = {
		.http = &request->request,
		.client = {ends->of[request->side].address, ends->is_ipv6},
		.server = {ends->of[!request->side].address, ends->is_ipv6},
		.channel = channel,
		.status = request->status,
		.time_ns = request->time_ns,
	};

	name_request(request, ends, map_request_of.name);
	map_request(&mapping, &map_request_of);
}
