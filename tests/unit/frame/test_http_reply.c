#include "frame/frame.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

static char room[512];

static void is(size_t n, const char *text)
{
	assert_int_equal(n, strlen(text));
	assert_memory_equal(room, text, n);
}

static void writes_whole_replies(void **state)
{
	struct sl_span body = sl_span_text("{\"a\":1}");

	(void)state;
	is(sl_http_reply(room, sizeof(room), 200, "application/json", body, true, false, 0),
	   "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: "
	   "7\r\n\r\n{\"a\":1}");
	is(sl_http_reply(room, sizeof(room), 503, "application/json", body, false, false, 12),
	   "HTTP/1.1 503 Service Unavailable\r\nContent-Type: application/json\r\n"
	   "Content-Length: 7\r\nConnection: close\r\nRetry-After: 12\r\n\r\n{\"a\":1}");
	is(sl_http_reply(room, sizeof(room), 200, "application/json", body, true, true, 0),
	   "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 7\r\n\r\n");
	is(sl_http_reply(room, sizeof(room), 404, NULL, sl_span_of(NULL, 0), true, false, 0),
	   "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n");
	is(sl_http_reply_405(room, sizeof(room), "GET, HEAD", "application/json", body, true,
			     false),
	   "HTTP/1.1 405 Method Not Allowed\r\nContent-Type: application/json\r\n"
	   "Content-Length: 7\r\nAllow: GET, HEAD\r\n\r\n{\"a\":1}");
}

static void never_half(void **state)
{
	struct sl_span body = sl_span_text("{}");
	size_t whole = sl_http_reply(room, sizeof(room), 200, "a/b", body, true, false, 3);

	(void)state;
	for (size_t n = 0; n < whole; n++) {
		char *exact = malloc(n ? n : 1);

		assert_int_equal(sl_http_reply(exact, n, 200, "a/b", body, true, false, 3), 0);
		free(exact);
	}
	assert_int_equal(sl_http_reply(room, whole, 200, "a/b", body, true, false, 3), whole);
}

static void our_own_parser_reads_them(void **state)
{
	const struct sl_http_limits limits = {.header_bytes = 512, .headers = 8, .body_bytes = 100};
	struct sl_http_response response;
	struct sl_span body = sl_span_text("0123456789");
	size_t n = sl_http_reply(room, sizeof(room), 429, "a/b", body, false, false, 1);

	(void)state;
	assert_int_equal(sl_http1_response(room, n, &limits, &response), n - body.bytes);
	assert_int_equal(response.status, 429);
	assert_int_equal(response.content_length, body.bytes);
	assert_false(response.keep_alive);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(writes_whole_replies),
		cmocka_unit_test(never_half),
		cmocka_unit_test(our_own_parser_reads_them),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
