/* The HTTP and line framers: the same bytes in pieces give the same messages as at once. The first
 * byte of the input says how it is cut. */
#include "frame/frame.h"

#include <assert.h>
#include <stdlib.h>

#define MESSAGES_MAX 64u
#define ARENA_BYTES (256u * 1024u)

static const struct sl_http_framer_limits limits = {
	.http = {.header_bytes = 2048, .headers = 16, .body_bytes = 4096},
};

struct outcome {
	struct sl_message message; /* its body is `hash` and body.bytes */
	uint64_t hash;
};

struct outcomes {
	unsigned n;
	struct outcome of[MESSAGES_MAX];
};

static uint64_t hash_of(struct sl_span span)
{
	uint64_t hash = 14695981039346656037u;

	for (size_t i = 0; i < span.bytes; i++)
		hash = (hash ^ span.at[i]) * 1099511628211u;
	return hash;
}

static void keep(struct outcomes *outcomes, const struct sl_message *message)
{
	struct outcome *outcome;
	volatile uint8_t last;

	if (message->kind == SL_MESSAGE_NONE || message->kind == SL_MESSAGE_CONTINUE)
		return; /* whether a peer waits depends on when its bytes come */
	if (outcomes->n == MESSAGES_MAX)
		return;
	outcome = &outcomes->of[outcomes->n++];
	outcome->message = *message;
	if (message->kind == SL_MESSAGE_BAD)
		outcome->message.body.bytes = 0; /* as much as was at hand */
	else
		last = message->body.at[message->body.bytes + SL_SPAN_PADDING - 1];
	(void)last;
	outcome->hash = hash_of(outcome->message.body);
}

static size_t feed_one(void *framer, bool lines, struct sl_span rest, struct sl_message *message)
{
	if (lines)
		return sl_line_framer_feed(framer, rest, 0, message);
	return sl_http_framer_feed(framer, rest, 0, message);
}

static void feed(void *framer, bool lines, const uint8_t *bytes, size_t n,
		 struct outcomes *outcomes)
{
	uint8_t *exact = calloc(1, n + SL_SPAN_PADDING);
	struct sl_span rest = sl_span_of(exact, n);

	memcpy(exact, bytes, n);
	while (rest.bytes) {
		struct sl_message message;
		size_t done = feed_one(framer, lines, rest, &message);

		assert(done <= rest.bytes && (done > 0 || message.kind != SL_MESSAGE_NONE));
		assert(message.kind != SL_MESSAGE_NONE || done == rest.bytes);
		keep(outcomes, &message);
		rest = sl_span_of(rest.at + done, rest.bytes - done);
	}
	free(exact);
}

static void run(bool lines, const uint8_t *bytes, size_t n, unsigned seed,
		struct outcomes *outcomes)
{
	struct sl_assembly *assembly;
	struct sl_http_framer http;
	struct sl_line_framer line;
	size_t at = 0;
	int error = sl_assembly_new(ARENA_BYTES, &assembly);

	assert(!error);
	outcomes->n = 0;
	sl_http_framer_init(&http, &limits, assembly, 0);
	sl_line_framer_init(&line, 100, assembly, 0);
	while (at < n) {
		size_t piece = n - at;

		if (seed) {
			unsigned wish = 1;

			seed = seed * 1103515245u + 12345u;
			if (seed & 0x10000)
				wish += seed >> 20 & 63;
			if (wish < piece)
				piece = wish;
		}
		feed(lines ? (void *)&line : (void *)&http, lines, bytes + at, piece, outcomes);
		at += piece;
	}
	sl_http_framer_fini(&http);
	sl_line_framer_fini(&line);
	assert(sl_assembly_used(assembly) == 0);
	sl_assembly_free(assembly);
}

static void compare(const struct outcomes *whole, const struct outcomes *pieces)
{
	assert(whole->n == pieces->n);
	for (unsigned i = 0; i < whole->n; i++) {
		const struct sl_message *a = &whole->of[i].message;
		const struct sl_message *b = &pieces->of[i].message;

		assert(a->kind == b->kind && a->status == b->status);
		assert(a->route == b->route && a->content == b->content);
		assert(a->is_get == b->is_get && a->is_head == b->is_head);
		assert(a->is_post == b->is_post && a->keep_alive == b->keep_alive);
		assert(a->body.bytes == b->body.bytes && whole->of[i].hash == pieces->of[i].hash);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	static struct outcomes whole, pieces;
	uint8_t *text;

	if (n < 2)
		return 0;
	/* a long head that has gone wrong is noticed with the end of the line at the latest */
	text = malloc(n);
	memcpy(text, bytes + 1, n - 1);
	text[n - 1] = '\n';
	for (int lines = 0; lines < 2; lines++) {
		run(lines, text, n, 0, &whole);
		run(lines, text, n, 1 + bytes[0], &pieces);
		compare(&whole, &pieces);
	}
	free(text);
	return 0;
}
