#include "tools/gun/request_text.h"

#include <stdio.h>
#include <string.h>

#define HEAD_ROOM 512u

size_t sl_request_room(const struct sl_gun_options *options)
{
	return (size_t)options->batch * (SL_EVENTS_TEXT_MAX + 1) + HEAD_ROOM;
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

size_t sl_request_text(const struct sl_request_text *text, char *ret_at,
		       uint16_t *ret_segment_bytes)
{
	const bool lines = text->options->protocol != SL_GUN_HTTP;
	const uint32_t n = text->n;
	size_t body_bytes = lines || n > 1 ? n : 0; /* line ends */
	uint32_t segment_bytes = 0;
	char *at = ret_at;

	for (uint32_t i = 0; i < n; i++) {
		struct sl_event_plan *plan = &text->plans[i];

		sl_events_plan(text->events, text->first + i, plan);
		body_bytes += plan->bytes;
		if (text->options->segmented && plan->bytes >= segment_bytes)
			segment_bytes = plan->bytes + 1;
	}
	if (!lines)
		at += put_head(text->options, at, body_bytes, n);
	for (uint32_t i = 0; i < n; i++) {
		const struct sl_event_plan *plan = &text->plans[i];

		sl_events_render(text->events, plan, text->time, at);
		at += plan->bytes;
		if (lines || n > 1)
			*at++ = '\n';
		/* what is handed over together is of one length; a space behind a line is none */
		if (segment_bytes) {
			size_t padding = segment_bytes - plan->bytes - 1;

			memset(at, ' ', padding);
			at += padding;
		}
	}
	if (ret_segment_bytes)
		*ret_segment_bytes = n > 1 ? (uint16_t)segment_bytes : 0;
	return (size_t)(at - ret_at);
}
