/* HTTP requests out of a stream: the phases of a connection. */
#include "frame/http_priv.h"

/* Above this a head that grows is only parsed again when a line of it ends: else bytes that come
 * one by one would cost the square of the limit. */
#define HEAD_EAGER_BYTES 1024u

void sl_http_framer_init(struct sl_http_framer *framer, const struct sl_http_framer_limits *limits,
			 struct sl_assembly *assembly, int64_t now_ns)
{
	*framer = (struct sl_http_framer){
		.limits = limits,
		.assembly = assembly,
		.since_ns = now_ns,
	};
}

void sl_http_framer_fini(struct sl_http_framer *framer)
{
	sl_http_give_back(framer);
	framer->phase = SL_HTTP_DEAD;
}

static bool may_end_head(const struct sl_http_framer *framer, struct sl_span text)
{
	size_t known = framer->pending_bytes;

	return known <= HEAD_EAGER_BYTES || text.bytes == framer->limits->http.header_bytes ||
	       memchr(text.at + known, '\n', text.bytes - known);
}

static int head_step(struct sl_http_framer *framer, struct sl_span *rest)
{
	struct sl_http_request request;
	struct sl_span text;
	ssize_t parsed = 0;
	int r;

	r = sl_http_gather(framer, *rest, framer->limits->http.header_bytes, &text);
	if (r)
		return r;
	if (may_end_head(framer, text))
		parsed = sl_http1_request(text.at, text.bytes, &framer->limits->http, &request);
	if (parsed < 0)
		return (int)parsed;
	r = sl_http_take(framer, rest, text, (size_t)parsed);
	if (r)
		return r;
	if (parsed == 0)
		return SL_STEP_MORE;
	r = sl_http_head_take(&request, &framer->message);
	if (r)
		return r;
	framer->body_left = request.content_length;
	framer->overhead_bytes = 0;
	if (!request.chunked && request.content_length == 0)
		return SL_STEP_MESSAGE;
	framer->phase = request.chunked ? SL_HTTP_CHUNK : SL_HTTP_BODY;
	return request.expect_continue && rest->bytes == 0 ? SL_STEP_CONTINUE : SL_STEP_ON;
}

static const char *detail_of(unsigned status)
{
	switch (status) {
	case 411:
		return "a POST needs Content-Length or a chunked body";
	case 413:
		return "the body is longer than limits.http.body_bytes";
	case 417:
		return "nothing but 100-continue can be expected";
	case 431:
		return "the request line and headers are above limits.http.header_bytes or "
		       ".headers";
	case 501:
		return "this method or transfer coding is not offered";
	case 503:
		return "the memory for requests that arrive in pieces is used up";
	default:
		return "not a request of HTTP/1.1, or one that could be read in two ways";
	}
}

static void die(struct sl_http_framer *framer, unsigned status, struct sl_message *ret_message)
{
	sl_http_give_back(framer);
	framer->phase = SL_HTTP_DEAD;
	*ret_message = framer->message;
	ret_message->kind = SL_MESSAGE_BAD;
	ret_message->status = status;
	ret_message->detail = detail_of(status);
	ret_message->body = sl_span_of(NULL, 0);
	ret_message->keep_alive = false;
}

static void finish(struct sl_http_framer *framer, struct sl_message *ret_message)
{
	static const uint8_t nothing[SL_SPAN_PADDING];

	framer->message.kind = SL_MESSAGE_REQUEST;
	if (framer->held_bytes)
		framer->message.body = sl_span_of(framer->held, framer->held_bytes);
	else if (framer->direct.bytes)
		framer->message.body = framer->direct;
	else
		framer->message.body = sl_span_of(nothing, 0);
	framer->phase = SL_HTTP_IDLE;
	*ret_message = framer->message;
}

static int step(struct sl_http_framer *framer, struct sl_span *rest)
{
	static int (*const steps[])(struct sl_http_framer *, struct sl_span *) = {
		[SL_HTTP_HEADER] = head_step,
		[SL_HTTP_BODY] = sl_http_body_step,
		[SL_HTTP_CHUNK] = sl_http_chunk_step,
		[SL_HTTP_CHUNK_DATA] = sl_http_chunk_data_step,
		[SL_HTTP_CHUNK_END] = sl_http_chunk_end_step,
		[SL_HTTP_TRAILER] = sl_http_trailer_step,
	};

	return steps[framer->phase](framer, rest);
}

size_t sl_http_framer_feed(struct sl_http_framer *framer, struct sl_span bytes, int64_t now_ns,
			   struct sl_message *ret_message)
{
	struct sl_span rest = bytes;
	enum sl_http_phase before;
	int r;

	*ret_message = (struct sl_message){0};
	if (framer->phase == SL_HTTP_DEAD)
		return bytes.bytes;
	if (framer->phase == SL_HTTP_IDLE) {
		sl_http_give_back(framer); /* the last message ends here */
		if (bytes.bytes == 0)
			return 0;
		framer->message = (struct sl_message){0};
		framer->phase = SL_HTTP_HEADER;
		framer->since_ns = now_ns;
	}
	do {
		before = framer->phase;
		r = step(framer, &rest);
		if (before == SL_HTTP_HEADER && framer->phase != SL_HTTP_HEADER)
			framer->since_ns = now_ns;
	} while (r == SL_STEP_ON);
	if (r == SL_STEP_MORE)
		r = sl_http_settle(framer) ? -503 : SL_STEP_MORE;
	if (r < 0) {
		die(framer, (unsigned)-r, ret_message);
		return bytes.bytes;
	}
	if (r == SL_STEP_CONTINUE) {
		*ret_message = framer->message;
		ret_message->kind = SL_MESSAGE_CONTINUE;
		framer->direct = sl_span_of(NULL, 0);
	} else if (r == SL_STEP_MESSAGE) {
		finish(framer, ret_message);
		framer->since_ns = now_ns;
	}
	return bytes.bytes - rest.bytes;
}

unsigned sl_http_framer_overdue(const struct sl_http_framer *framer, int64_t now_ns)
{
	const struct sl_http_framer_limits *limits = framer->limits;
	int64_t age_ns = now_ns - framer->since_ns;

	switch (framer->phase) {
	case SL_HTTP_IDLE:
	case SL_HTTP_DEAD:
		return age_ns > limits->idle_ns ? 1 : 0;
	case SL_HTTP_HEADER:
		return age_ns > limits->header_ns ? 408 : 0;
	default:
		return age_ns > limits->body_ns ? 408 : 0;
	}
}
