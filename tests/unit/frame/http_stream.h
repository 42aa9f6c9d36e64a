/* For the tests of the HTTP framer: feeds a text in pieces of given size, each in memory of its
 * own with exactly the padding that is promised, and keeps what came of it. */
#ifndef SL_TESTS_FRAME_HTTP_STREAM_H
#define SL_TESTS_FRAME_HTTP_STREAM_H

#include "frame/frame.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#define STREAM_MESSAGES_MAX 16

struct stream {
	struct sl_assembly *assembly;
	struct sl_http_framer framer;
	unsigned n; /* messages but CONTINUE */
	unsigned n_continue;
	struct sl_message messages[STREAM_MESSAGES_MAX];
	char *bodies[STREAM_MESSAGES_MAX];
};

static const struct sl_http_framer_limits stream_limits = {
	.http = {.header_bytes = 2048, .headers = 8, .body_bytes = 5000},
	.header_ns = 100,
	.body_ns = 200,
	.idle_ns = 1000,
};

static void stream_begin(struct stream *stream, size_t arena_bytes)
{
	*stream = (struct stream){0};
	assert_int_equal(sl_assembly_new(arena_bytes, &stream->assembly), 0);
	sl_http_framer_init(&stream->framer, &stream_limits, stream->assembly, 0);
}

static void stream_end(struct stream *stream)
{
	sl_http_framer_fini(&stream->framer);
	assert_int_equal(sl_assembly_used(stream->assembly), 0);
	sl_assembly_free(stream->assembly);
	for (unsigned i = 0; i < stream->n; i++)
		free(stream->bodies[i]);
}

static void stream_keep(struct stream *stream, const struct sl_message *message)
{
	char *body;
	unsigned padding = 0;

	if (message->kind == SL_MESSAGE_CONTINUE) {
		stream->n_continue++;
		return;
	}
	assert_true(stream->n < STREAM_MESSAGES_MAX);
	body = malloc(message->body.bytes + 1);
	if (message->body.bytes)
		memcpy(body, message->body.at, message->body.bytes);
	body[message->body.bytes] = 0;
	if (message->kind == SL_MESSAGE_REQUEST)
		for (unsigned i = 0; i < SL_SPAN_PADDING; i++)
			padding += message->body.at[message->body.bytes + i];
	assert_true(padding <= SL_SPAN_PADDING * 255); /* was readable */
	stream->messages[stream->n] = *message;
	stream->bodies[stream->n++] = body;
}

static void stream_feed(struct stream *stream, const char *text, size_t n, size_t piece,
			int64_t now_ns)
{
	for (size_t at = 0; at < n; at += piece) {
		size_t bytes = n - at < piece ? n - at : piece;
		uint8_t *exact = calloc(1, bytes + SL_SPAN_PADDING);
		struct sl_span rest = sl_span_of(exact, bytes);

		memcpy(exact, text + at, bytes);
		while (rest.bytes) {
			struct sl_message message;
			size_t done = sl_http_framer_feed(&stream->framer, rest, now_ns, &message);

			assert_true(done <= rest.bytes);
			assert_true(done > 0 || message.kind != SL_MESSAGE_NONE);
			if (message.kind == SL_MESSAGE_NONE)
				assert_int_equal(done, rest.bytes);
			else
				stream_keep(stream, &message);
			rest = sl_span_of(rest.at + done, rest.bytes - done);
		}
		memset(exact, 0xee, bytes); /* what still points here is found out */
		free(exact);
	}
}

#endif
