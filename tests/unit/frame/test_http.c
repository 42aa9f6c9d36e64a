#include "http_stream.h"

#define ARENA (1024u * 1024u)

static void of_text(struct stream *stream, const char *text, size_t piece)
{
	stream_begin(stream, ARENA);
	stream_feed(stream, text, strlen(text), piece, 0);
}

/* Good streams, and what is in them. */
static const struct {
	const char *text;
	unsigned n;
	const char *bodies[4];
} good[] = {
	{"GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n", 1, {""}},
	{"POST /v1/events HTTP/1.1\r\nHost: a\r\nContent-Length: 11\r\n\r\n{\"a\":\"bcd\"}",
	 1,
	 {"{\"a\":\"bcd\"}"}},
	{"POST /v1/events HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n", 1, {""}},
	{"POST /v1/events HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
	 "5\r\nhello\r\n0\r\n\r\n",
	 1,
	 {"hello"}},
	{"POST /v1/events HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
	 "1;x=\"y\"\r\nh\r\n03\r\nell\r\n1\r\no\r\n0\r\nA: b\r\nC: d\r\n\r\n",
	 1,
	 {"hello"}},
	{"POST /v1/events HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
	 1,
	 {""}},
	/* pipelined, with an empty line between, bodies that look like requests */
	{"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 18\r\n\r\nGET / HTTP/1.1\r\n\r\n"
	 "\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n"
	 "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
	 "7\r\n0\r\n\r\nab\r\n2\r\ncd\r\n000\r\n\r\n"
	 "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\nx",
	 4,
	 {"GET / HTTP/1.1\r\n\r\n", "", "0\r\n\r\nabcd", "x"}},
	{"POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\nok"
	 "GET / HTTP/1.1\r\nHost: a\r\n\r\n",
	 2,
	 {"ok", ""}},
};

static void pieces_make_no_difference(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		for (size_t piece = 1; piece <= strlen(good[i].text); piece++) {
			struct stream stream;

			of_text(&stream, good[i].text, piece);
			if (stream.n != good[i].n)
				fail_msg("%u messages in pieces of %zu of: %s", stream.n, piece,
					 good[i].text);
			for (unsigned k = 0; k < stream.n; k++) {
				assert_int_equal(stream.messages[k].kind, SL_MESSAGE_REQUEST);
				assert_string_equal(stream.bodies[k], good[i].bodies[k]);
			}
			assert_int_equal(stream.framer.phase, SL_HTTP_IDLE);
			stream_end(&stream);
		}
	}
}

/* Two pieces, wherever the cut. */
static void a_cut_makes_no_difference(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		for (size_t cut = 1; cut < strlen(good[i].text); cut++) {
			struct stream stream;

			of_text(&stream, good[i].text, strlen(good[i].text) + 1);
			stream_end(&stream);
			stream_begin(&stream, ARENA);
			stream_feed(&stream, good[i].text, cut, cut, 0);
			stream_feed(&stream, good[i].text + cut, strlen(good[i].text) - cut,
				    strlen(good[i].text), 0);
			assert_int_equal(stream.n, good[i].n);
			for (unsigned k = 0; k < stream.n; k++)
				assert_string_equal(stream.bodies[k], good[i].bodies[k]);
			stream_end(&stream);
		}
	}
}

static const struct {
	unsigned status;
	unsigned n_before; /* requests before it */
	const char *text;
} bad[] = {
	{400, 0, "\x16\x03\x01"},
	{400, 0, "GET / HTTP/1.1\r\n\r\n"},
	{400, 0, "GET / HTTP/1.1\nHost: a\n\n"},
	{400, 1, "GET / HTTP/1.1\r\nHost: a\r\n\r\nGET / HTTP/2.0\r\n"},
	{400, 0,
	 "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 6\r\nTransfer-Encoding: chunked\r\n\r\n"
	 "0\r\n\r\nG"},
	{400, 0, "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nx\r\n"},
	{400, 0, "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nab"},
	{400, 0, "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\n"},
	{400, 0, "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nGET / "},
	{400, 0,
	 "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
	 "0\r\nContent-Length: 5\r\n\r\n"},
	{411, 0, "POST / HTTP/1.1\r\nHost: a\r\n\r\n"},
	{413, 0, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5001\r\n\r\n"},
	{413, 0,
	 "POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 5001\r\n\r\n"},
	{413, 0, "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1389\r\n"},
	{413, 0,
	 "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\n"},
	{413, 0,
	 "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n1387\r\n"},
	{417, 0, "POST / HTTP/1.1\r\nHost: a\r\nExpect: x\r\nContent-Length: 1\r\n\r\n"},
	{501, 0, "BREW / HTTP/1.1\r\nHost: a\r\n\r\n"},
	{501, 0, "get / HTTP/1.1\r\nHost: a\r\n\r\n"},
	{501, 0, "CONNECT a:1 HTTP/1.1\r\nHost: a:1\r\n\r\n"},
	{501, 0, "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n"},
};

static void refuses_once_and_is_dead(void **state)
{
	static const char after[] = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		for (size_t piece = 1; piece <= strlen(bad[i].text); piece++) {
			struct stream stream;
			const struct sl_message *last;

			of_text(&stream, bad[i].text, piece);
			stream_feed(&stream, after, strlen(after), piece, 0);
			if (stream.n != bad[i].n_before + 1)
				fail_msg("%u messages in pieces of %zu of: %s", stream.n, piece,
					 bad[i].text);
			last = &stream.messages[stream.n - 1];
			assert_int_equal(last->kind, SL_MESSAGE_BAD);
			assert_int_equal(last->status, bad[i].status);
			assert_non_null(last->detail);
			assert_false(last->keep_alive);
			assert_int_equal(sl_assembly_used(stream.assembly), 0);
			stream_end(&stream);
		}
	}
}

static void long_heads_are_refused(void **state)
{
	static const size_t pieces[] = {1, 7, 1000, 2047, 2048, 2049, 5000};
	char text[5000];

	(void)state;
	memset(text, 'a', sizeof(text));
	memcpy(text, "GET / HTTP/1.1\r\n", 16);
	for (size_t i = 0; i < sizeof(pieces) / sizeof(pieces[0]); i++) {
		struct stream stream;

		stream_begin(&stream, ARENA);
		stream_feed(&stream, text, sizeof(text), pieces[i], 0);
		assert_int_equal(stream.n, 1);
		assert_int_equal(stream.messages[0].status, 431);
		stream_end(&stream);
	}
}

/* Above 1 KiB a head is not parsed with every byte; it is good all the same. */
static void long_good_heads_are_good(void **state)
{
	char text[2049] = "GET / HTTP/1.1\r\nHost: a\r\nA: ";

	(void)state;
	for (size_t bytes = 1000; bytes <= 2048; bytes += 131) {
		size_t begin = strlen("GET / HTTP/1.1\r\nHost: a\r\nA: ");

		memset(text + begin, 'x', sizeof(text) - begin);
		memcpy(text + bytes - 4, "\r\n\r\n", 4);
		for (size_t piece = 1; piece <= bytes; piece += 97) {
			struct stream stream;

			stream_begin(&stream, ARENA);
			stream_feed(&stream, text, bytes, piece, 0);
			assert_int_equal(stream.n, 1);
			assert_int_equal(stream.messages[0].kind, SL_MESSAGE_REQUEST);
			stream_end(&stream);
		}
	}
}

static void continues_only_when_waited_for(void **state)
{
	static const char head[] = "POST /v1/events HTTP/1.1\r\nHost: a\r\n"
				   "Expect: 100-continue\r\nContent-Length: 2\r\n\r\n";
	static const char chunked[] = "POST /v1/events HTTP/1.1\r\nHost: a\r\n"
				      "Expect: 100-continue\r\nTransfer-Encoding: chunked\r\n\r\n";
	static const char empty[] = "POST /v1/events HTTP/1.1\r\nHost: a\r\n"
				    "Expect: 100-continue\r\nContent-Length: 0\r\n\r\n";
	struct stream stream;

	(void)state;
	of_text(&stream, head, sizeof(head));
	assert_int_equal(stream.n_continue, 1);
	assert_int_equal(stream.n, 0);
	stream_feed(&stream, "{}", 2, 2, 0);
	assert_int_equal(stream.n, 1);
	assert_string_equal(stream.bodies[0], "{}");
	assert_int_equal(stream.messages[0].route, SL_ROUTE_EVENTS);
	stream_feed(&stream, chunked, strlen(chunked), 10, 0);
	assert_int_equal(stream.n_continue, 2);
	stream_feed(&stream, "1\r\na\r\n0\r\n\r\n", 11, 11, 0);
	assert_string_equal(stream.bodies[1], "a");
	stream_feed(&stream, empty, strlen(empty), sizeof(empty), 0);
	assert_int_equal(stream.n, 3);
	assert_int_equal(stream.n_continue, 2);
	stream_end(&stream);

	stream_begin(&stream, ARENA);
	stream_feed(&stream, good[7].text, strlen(good[7].text), 1000, 0);
	assert_int_equal(stream.n_continue, 0); /* the body was there already */
	assert_int_equal(stream.n, 2);
	stream_end(&stream);
}

static void knows_what_is_overdue(void **state)
{
	struct stream stream;

	(void)state;
	stream_begin(&stream, ARENA);
	assert_int_equal(sl_http_framer_overdue(&stream.framer, 1000), 0);
	assert_int_equal(sl_http_framer_overdue(&stream.framer, 1001), 1);
	stream_feed(&stream, "POST / ", 7, 1, 500);
	assert_int_equal(sl_http_framer_overdue(&stream.framer, 600), 0);
	assert_int_equal(sl_http_framer_overdue(&stream.framer, 601), 408);
	stream_feed(&stream, "HTTP/1.1\r\nHost: a\r\n", 19, 1,
		    590); /* no new time for more bytes */
	assert_int_equal(sl_http_framer_overdue(&stream.framer, 601), 408);
	stream_feed(&stream, "Content-Length: 3\r\n\r\n", 21, 1, 600);
	assert_int_equal(sl_http_framer_overdue(&stream.framer, 800), 0);
	assert_int_equal(sl_http_framer_overdue(&stream.framer, 801), 408);
	stream_feed(&stream, "ab", 2, 1, 790);
	assert_int_equal(sl_http_framer_overdue(&stream.framer, 801), 408);
	stream_feed(&stream, "c", 1, 1, 795);
	assert_int_equal(stream.n, 1);
	assert_int_equal(sl_http_framer_overdue(&stream.framer, 1795), 0);
	assert_int_equal(sl_http_framer_overdue(&stream.framer, 1796), 1);
	stream_feed(&stream, "\x01", 1, 1, 2000);
	assert_int_equal(sl_http_framer_overdue(&stream.framer, 2101), 0); /* dead, not late */
	assert_int_equal(sl_http_framer_overdue(&stream.framer, 4000), 1);
	stream_end(&stream);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pieces_make_no_difference),
		cmocka_unit_test(a_cut_makes_no_difference),
		cmocka_unit_test(refuses_once_and_is_dead),
		cmocka_unit_test(long_heads_are_refused),
		cmocka_unit_test(long_good_heads_are_good),
		cmocka_unit_test(continues_only_when_waited_for),
		cmocka_unit_test(knows_what_is_overdue),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
