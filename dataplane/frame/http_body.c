/* Bodies: of a known length, or in chunks whose framing is taken out. */
#include "frame/http_priv.h"

/* The longest size line: digits, extensions, CRLF. */
#define CHUNK_LINE_BYTES_MAX (16u + 256u + 2u)

/* Chunk framing may exceed the body it frames by this much. Chunks of one byte cost five and stay
 * below; what does not is made of extensions, which carry nothing. */
#define OVERHEAD_BYTES_MIN 65536u
#define OVERHEAD_PER_BYTE 8u

/* Room for `bytes` in all and the padding. Doubling, so that a body that comes in many pieces is
 * copied once over, and one that never comes holds little. 0 or -503. */
static int reserve(struct sl_http_framer *framer, size_t bytes)
{
	size_t want = bytes + SL_SPAN_PADDING, room;
	uint8_t *held;

	if (want <= framer->held_room)
		return 0;
	if (want < 2 * framer->held_room)
		want = 2 * framer->held_room;
	held = sl_assembly_take(framer->assembly, want, &room);
	if (!held)
		return -503;
	if (framer->held)
		memcpy(held, framer->held, framer->held_bytes + framer->pending_bytes);
	sl_assembly_give(framer->assembly, framer->held);
	framer->held = held;
	framer->held_room = room;
	return 0;
}

static int append(struct sl_http_framer *framer, const uint8_t *at, size_t bytes)
{
	if (bytes == 0)
		return 0;
	if (reserve(framer, framer->held_bytes + bytes))
		return -503;
	memcpy(framer->held + framer->held_bytes, at, bytes);
	framer->held_bytes += bytes;
	return 0;
}

static int append_pending(struct sl_http_framer *framer, const uint8_t *at, size_t bytes)
{
	if (bytes == 0)
		return 0;
	if (reserve(framer, framer->held_bytes + framer->pending_bytes + bytes))
		return -503;
	memcpy(framer->held + framer->held_bytes + framer->pending_bytes, at, bytes);
	framer->pending_bytes += bytes;
	return 0;
}

int sl_http_settle(struct sl_http_framer *framer)
{
	struct sl_span direct = framer->direct;

	framer->direct = sl_span_of(NULL, 0);
	return append(framer, direct.at, direct.bytes);
}

void sl_http_give_back(struct sl_http_framer *framer)
{
	sl_assembly_give(framer->assembly, framer->held);
	framer->held = NULL;
	framer->held_bytes = framer->held_room = framer->pending_bytes = 0;
	framer->direct = sl_span_of(NULL, 0);
}

int sl_http_gather(struct sl_http_framer *framer, struct sl_span rest, size_t bytes_max,
		   struct sl_span *ret_text)
{
	size_t pending = framer->pending_bytes;
	size_t more = bytes_max - pending < rest.bytes ? bytes_max - pending : rest.bytes;

	if (pending == 0) {
		*ret_text = rest;
		return 0;
	}
	if (append_pending(framer, rest.at, more))
		return -503;
	framer->pending_bytes = pending; /* take() decides */
	*ret_text = sl_span_of(framer->held + framer->held_bytes, pending + more);
	return 0;
}

int sl_http_take(struct sl_http_framer *framer, struct sl_span *rest, struct sl_span text,
		 size_t parsed)
{
	size_t pending = framer->pending_bytes;

	if (parsed) {
		framer->pending_bytes = 0;
		sl_http_advance(rest, parsed - pending);
		return 0;
	}
	/* No parser wants more of what has reached its limit, so this is all there is. */
	if (pending)
		framer->pending_bytes = text.bytes;
	else if (sl_http_settle(framer) || append_pending(framer, text.at, text.bytes))
		return -503;
	sl_http_advance(rest, text.bytes - pending);
	return 0;
}

/* Moves body bytes: left where they are if they are the whole of it so far, else appended. */
static int take_body(struct sl_http_framer *framer, struct sl_span *rest)
{
	size_t bytes = rest->bytes < framer->body_left ? rest->bytes : (size_t)framer->body_left;

	if (framer->held_bytes == 0 && framer->direct.bytes == 0 && bytes == framer->body_left)
		framer->direct = sl_span_of(rest->at, bytes);
	else if (sl_http_settle(framer) || append(framer, rest->at, bytes))
		return -503;
	framer->body_left -= bytes;
	sl_http_advance(rest, bytes);
	return 0;
}

int sl_http_body_step(struct sl_http_framer *framer, struct sl_span *rest)
{
	int r = take_body(framer, rest);

	if (r)
		return r;
	return framer->body_left ? SL_STEP_MORE : SL_STEP_MESSAGE;
}

int sl_http_chunk_step(struct sl_http_framer *framer, struct sl_span *rest)
{
	uint64_t bytes = 0, body_bytes = framer->held_bytes + framer->direct.bytes;
	struct sl_span text;
	ssize_t parsed;
	int r;

	r = sl_http_gather(framer, *rest, CHUNK_LINE_BYTES_MAX, &text);
	if (r)
		return r;
	parsed = sl_http1_chunk(text.at, text.bytes, &bytes);
	if (parsed < 0)
		return (int)parsed;
	r = sl_http_take(framer, rest, text, (size_t)parsed);
	if (r)
		return r;
	if (parsed == 0)
		return SL_STEP_MORE;
	if (bytes > framer->limits->http.body_bytes - body_bytes)
		return -413;
	framer->overhead_bytes += (uint64_t)parsed + 2;
	if (framer->overhead_bytes > OVERHEAD_BYTES_MIN + OVERHEAD_PER_BYTE * body_bytes)
		return -400;
	framer->body_left = bytes;
	framer->phase = bytes ? SL_HTTP_CHUNK_DATA : SL_HTTP_TRAILER;
	return SL_STEP_ON;
}

int sl_http_chunk_data_step(struct sl_http_framer *framer, struct sl_span *rest)
{
	int r = take_body(framer, rest);

	if (r)
		return r;
	if (framer->body_left)
		return SL_STEP_MORE;
	framer->phase = SL_HTTP_CHUNK_END;
	return SL_STEP_ON;
}

int sl_http_chunk_end_step(struct sl_http_framer *framer, struct sl_span *rest)
{
	struct sl_span text;
	ssize_t parsed;
	int r;

	r = sl_http_gather(framer, *rest, 2, &text);
	if (r)
		return r;
	parsed = sl_http1_chunk_end(text.at, text.bytes);
	if (parsed < 0)
		return (int)parsed;
	r = sl_http_take(framer, rest, text, (size_t)parsed);
	if (r)
		return r;
	if (parsed == 0)
		return SL_STEP_MORE;
	framer->phase = SL_HTTP_CHUNK;
	return SL_STEP_ON;
}

int sl_http_trailer_step(struct sl_http_framer *framer, struct sl_span *rest)
{
	struct sl_span text;
	ssize_t parsed;
	int r;

	r = sl_http_gather(framer, *rest, framer->limits->http.header_bytes, &text);
	if (r)
		return r;
	parsed = sl_http1_trailers(text.at, text.bytes, &framer->limits->http);
	if (parsed < 0)
		return (int)parsed;
	r = sl_http_take(framer, rest, text, (size_t)parsed);
	if (r)
		return r;
	return parsed ? SL_STEP_MESSAGE : SL_STEP_MORE;
}
