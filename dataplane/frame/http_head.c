/* What a request is about: its method, route and kind of content. */
#include "frame/http_priv.h"

static bool is(struct sl_span text, const char *expected)
{
	return sl_span_equal(text, sl_span_text(expected));
}

/* 405 is for methods that HTTP knows and the path does not take; the rest is 501. */
static bool is_known_method(struct sl_span method)
{
	static const char *const known[] = {"GET",    "HEAD",  "POST",   "PUT",
					    "DELETE", "PATCH", "OPTIONS"};

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (is(method, known[i]))
			return true;
	return false;
}

static enum sl_route route_of(struct sl_span path)
{
	if (is(path, "/v1/events"))
		return SL_ROUTE_EVENTS;
	if (is(path, "/healthz"))
		return SL_ROUTE_HEALTH;
	return SL_ROUTE_OTHER;
}

static bool is_blank(uint8_t c)
{
	return c == ' ' || c == '\t';
}

static struct sl_span trimmed(struct sl_span text)
{
	while (text.bytes && is_blank(text.at[0]))
		text = sl_span_of(text.at + 1, text.bytes - 1);
	while (text.bytes && is_blank(text.at[text.bytes - 1]))
		text.bytes--;
	return text;
}

/* Whether the parameters of a content type leave the text in UTF-8. Other parameters mean nothing
 * to us; what is not a parameter at all is somebody's mistake, and refused. */
static bool is_utf8(struct sl_span parameters)
{
	while (parameters.bytes) {
		const uint8_t *end = memchr(parameters.at, ';', parameters.bytes);
		size_t bytes = end ? (size_t)(end - parameters.at) : parameters.bytes;
		struct sl_span item = trimmed(sl_span_of(parameters.at, bytes));
		const uint8_t *equals = item.bytes ? memchr(item.at, '=', item.bytes) : NULL;

		sl_http_advance(&parameters, bytes + (end != NULL));
		if (item.bytes == 0)
			continue;
		if (!equals)
			return false;
		if (sl_http_name_is(sl_span_of(item.at, (size_t)(equals - item.at)), "charset")) {
			item = sl_span_of(equals + 1, (size_t)(item.at + item.bytes - equals - 1));
			if (!sl_http_name_is(item, "utf-8") && !sl_http_name_is(item, "\"utf-8\""))
				return false;
		}
	}
	return true;
}

static enum sl_content content_of(const struct sl_http_request *request)
{
	static const struct {
		const char *type;
		enum sl_content content;
	} contents[] = {
		{"application/json", SL_CONTENT_JSON},
		{"application/x-ndjson", SL_CONTENT_NDJSON},
		{"application/ndjson", SL_CONTENT_NDJSON},
		{"application/jsonl", SL_CONTENT_NDJSON},
		{"application/x-jsonlines", SL_CONTENT_NDJSON},
	};
	const struct sl_http_header *header;
	struct sl_span value;

	for (unsigned i = 0; i < request->n_headers; i++) {
		header = &request->headers[i];
		if (sl_http_name_is(header->name, "content-encoding") &&
		    !sl_http_name_is(header->value, "identity"))
			return SL_CONTENT_OTHER; /* compressed: not a type that we can read */
	}
	header = sl_http_find(request->headers, request->n_headers, "content-type");
	if (!header)
		return SL_CONTENT_OTHER;
	value = header->value;
	sl_http_advance(&value, request->content_type.bytes);
	while (value.bytes && value.at[0] != ';')
		sl_http_advance(&value, 1);
	if (!is_utf8(value))
		return SL_CONTENT_OTHER;
	for (size_t i = 0; i < sizeof(contents) / sizeof(contents[0]); i++)
		if (sl_http_name_is(request->content_type, contents[i].type))
			return contents[i].content;
	return SL_CONTENT_OTHER;
}

static void take_trace(const struct sl_http_request *request, struct sl_message *message)
{
	const struct sl_http_header *header =
		sl_http_find(request->headers, request->n_headers, "traceparent");
	struct sl_text trace = {0};

	if (header)
		trace = (struct sl_text){(const char *)header->value.at,
					 (uint32_t)header->value.bytes};
	message->trace_bytes = sl_trace_is_valid(trace) ? SL_TRACE_BYTES : 0;
	if (message->trace_bytes)
		memcpy(message->trace, trace.at, SL_TRACE_BYTES);
}

int sl_http_head_take(const struct sl_http_request *request, struct sl_message *message)
{
	if (!is_known_method(request->method))
		return -501;
	message->is_get = is(request->method, "GET");
	message->is_head = is(request->method, "HEAD");
	message->is_post = is(request->method, "POST");
	message->keep_alive = request->keep_alive;
	message->route = route_of(request->path);
	message->content = content_of(request);
	take_trace(request, message);
	if (message->is_post && !request->has_length && !request->chunked)
		return -411;
	return 0;
}
