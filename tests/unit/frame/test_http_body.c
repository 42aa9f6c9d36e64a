#include "http_stream.h"

#include <stdio.h>

#define HEAD "POST /v1/events HTTP/1.1\r\nHost: a\r\n"
#define CHUNKED HEAD "Transfer-Encoding: chunked\r\n\r\n"

/* What lies whole in the fed bytes is not copied, and takes no memory. */
static void points_into_the_fed_bytes(void **state)
{
	static const char *const texts[] = {
		HEAD "Content-Length: 4\r\n\r\nbody",
		CHUNKED "4\r\nbody\r\n0\r\n\r\n",
		CHUNKED "4;a=b\r\nbody\r\n0;c\r\nA: b\r\n\r\n",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		uint8_t fed[512] = {0};
		struct stream stream;
		struct sl_message message;
		size_t n = strlen(texts[i]);

		memcpy(fed, texts[i], n);
		stream_begin(&stream, 65536);
		assert_int_equal(
			sl_http_framer_feed(&stream.framer, sl_span_of(fed, n), 0, &message), n);
		assert_int_equal(message.kind, SL_MESSAGE_REQUEST);
		assert_int_equal(message.body.bytes, 4);
		assert_true(message.body.at > fed && message.body.at < fed + n);
		assert_memory_equal(message.body.at, "body", 4);
		assert_int_equal(sl_assembly_used(stream.assembly), 0);
		stream_end(&stream);
	}
}

/* The memory of an assembled body is given back with the next feed, not before. */
static void gives_memory_back_in_time(void **state)
{
	static const char text[] = HEAD "Content-Length: 4\r\n\r\nbo";
	uint8_t fed[512] = {0};
	struct stream stream;
	struct sl_message message;

	(void)state;
	stream_begin(&stream, 65536);
	stream_feed(&stream, text, sizeof(text) - 1, 100, 0);
	assert_true(sl_assembly_used(stream.assembly) > 0);
	memcpy(fed, "dyGET", 5);
	assert_int_equal(sl_http_framer_feed(&stream.framer, sl_span_of(fed, 5), 0, &message), 2);
	assert_int_equal(message.kind, SL_MESSAGE_REQUEST);
	assert_true(sl_assembly_used(stream.assembly) > 0);
	assert_memory_equal(message.body.at, "body", 4);
	assert_int_equal(sl_http_framer_feed(&stream.framer, sl_span_of(fed + 2, 0), 0, &message),
			 0);
	assert_int_equal(message.kind, SL_MESSAGE_NONE);
	assert_int_equal(sl_assembly_used(stream.assembly), 0);
	stream_end(&stream);
}

/* A peer that only announces a large body holds no room for it. */
static void announced_bytes_take_no_room(void **state)
{
	static const char text[] = HEAD "Content-Length: 5000\r\n\r\nx";
	struct stream stream;

	(void)state;
	stream_begin(&stream, 65536);
	stream_feed(&stream, text, sizeof(text) - 1, 1000, 0);
	assert_int_equal(sl_assembly_used(stream.assembly), 1024);
	stream_end(&stream);
}

static void a_full_arena_is_503(void **state)
{
	static const char *const heads[] = {HEAD "Content-Length: 5000\r\n\r\n",
					    CHUNKED "1388\r\n"};
	char body[5000];

	(void)state;
	memset(body, 'x', sizeof(body));
	for (size_t i = 0; i < 2; i++) {
		struct stream stream;

		stream_begin(&stream, 4096);
		stream_feed(&stream, heads[i], strlen(heads[i]), 1000, 0);
		stream_feed(&stream, body, sizeof(body), 300, 0);
		assert_int_equal(stream.n, 1);
		assert_int_equal(stream.messages[0].kind, SL_MESSAGE_BAD);
		assert_int_equal(stream.messages[0].status, 503);
		assert_int_equal(sl_assembly_used(stream.assembly), 0);
		stream_end(&stream);
	}
}

static void a_head_in_pieces_may_find_the_arena_full(void **state)
{
	struct stream stream;
	size_t room;
	void *all;

	(void)state;
	stream_begin(&stream, 4096);
	all = sl_assembly_take(stream.assembly, 4096, &room);
	stream_feed(&stream, "GET", 3, 3, 0);
	assert_int_equal(stream.n, 1);
	assert_int_equal(stream.messages[0].status, 503);
	sl_assembly_give(stream.assembly, all);
	stream_end(&stream);
}

static void largest_bodies_pass(void **state)
{
	char *text = malloc(65536);
	size_t at;

	(void)state;
	for (int chunked = 0; chunked < 2; chunked++) {
		at = (size_t)sprintf(text, "%s",
				     chunked ? CHUNKED : HEAD "Content-Length: 5000\r\n\r\n");
		for (int i = 0; i < 5000; i++)
			at += (size_t)sprintf(text + at, chunked ? "1\r\n%c\r\n" : "%c",
					      'a' + i % 26);
		if (chunked)
			at += (size_t)sprintf(text + at, "0\r\n\r\n");
		for (size_t piece = 1; piece < 60000; piece = piece * 3 + 1) {
			struct stream stream;

			stream_begin(&stream, 65536);
			stream_feed(&stream, text, at, piece, 0);
			assert_int_equal(stream.n, 1);
			assert_int_equal(stream.messages[0].kind, SL_MESSAGE_REQUEST);
			assert_int_equal(stream.messages[0].body.bytes, 5000);
			for (int i = 0; i < 5000; i++)
				assert_int_equal(stream.bodies[0][i], 'a' + i % 26);
			stream_end(&stream);
		}
	}
	free(text);
}

/* Extensions are allowed, but not a stream of nothing else. */
static void chunk_framing_is_bounded(void **state)
{
	char extension[300] = "1;";
	struct stream stream;
	unsigned n = 0;

	(void)state;
	memset(extension + 2, 'e', 255);
	memcpy(extension + 257, "\r\na\r\n", 6);
	stream_begin(&stream, 65536);
	stream_feed(&stream, CHUNKED, strlen(CHUNKED), 1000, 0);
	for (; stream.n == 0 && n < 5000; n++)
		stream_feed(&stream, extension, strlen(extension), 1000, 0);
	assert_int_equal(stream.n, 1);
	assert_int_equal(stream.messages[0].status, 400);
	assert_in_range(n, 240, 300);
	stream_end(&stream);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(points_into_the_fed_bytes),
		cmocka_unit_test(gives_memory_back_in_time),
		cmocka_unit_test(announced_bytes_take_no_room),
		cmocka_unit_test(a_full_arena_is_503),
		cmocka_unit_test(a_head_in_pieces_may_find_the_arena_full),
		cmocka_unit_test(largest_bodies_pass),
		cmocka_unit_test(chunk_framing_is_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
