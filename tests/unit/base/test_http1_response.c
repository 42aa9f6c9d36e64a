#include "http1_fixture.h"

static const struct sl_http_limits limits = {
	.header_bytes = 256,
	.headers = 4,
	.body_bytes = 1000,
};

static ssize_t parse(const char *exact, size_t n, void *context)
{
	struct sl_http_response response;

	(void)context;
	return sl_http1_response(exact, n, &limits, &response);
}

static const struct http1_case cases[] = {
	{1, "HTTP/1.1 200 OK\r\n\r\n"},
	{1, "HTTP/1.1 200 \r\n\r\n"},
	{1, "HTTP/1.0 599 a \xc3\xa9 b\r\nContent-Length: 3\r\n\r\n"},
	{1, "HTTP/1.1 100 Continue\r\n\r\n"},
	{1, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"},
	{0, "HTTP/1.1 200 OK\r\n"},
	{-400, "HTTP/1.1 200\r\n\r\n"},
	{-400, "HTTP/1.1 20 OK\r\n\r\n"},
	{-400, "HTTP/1.1 2000 OK\r\n\r\n"},
	{-400, "HTTP/1.1 099 OK\r\n\r\n"},
	{-400, "HTTP/1.1 600 OK\r\n\r\n"},
	{-400, "HTTP/1.1  200 OK\r\n\r\n"},
	{-400, "HTTP/2 200 OK\r\n\r\n"},
	{-400, "ICY 200 OK\r\n\r\n"},
	{-400, "\r\nHTTP/1.1 200 OK\r\n\r\n"},
	{-400, "HTTP/1.1 200 OK\n\r\n"},
	{-400, "HTTP/1.1 200 O\x01K\r\n\r\n"},
	{-400, "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\n"},
	{-400, "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n"},
	{-413, "HTTP/1.1 200 OK\r\nContent-Length: 1001\r\n\r\n"},
	{-431, "HTTP/1.1 200 OK\r\nA:\r\nB:\r\nC:\r\nD:\r\nE:\r\n\r\n"},
	{-501, "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n"},
};

static void judges(void **state)
{
	(void)state;
	http1_judge(parse, cases, sizeof(cases) / sizeof(cases[0]));
}

static void takes_apart(void **state)
{
	static const char text[] = "HTTP/1.1 503 Service Unavailable\r\nRetry-After: 2\r\n"
				   "Content-Length: 7\r\nConnection: close\r\n\r\n{}";
	struct sl_http_response response;

	(void)state;
	assert_int_equal(sl_http1_response(text, sizeof(text) - 1, &limits, &response),
			 sizeof(text) - 3);
	assert_int_equal(response.status, 503);
	assert_int_equal(response.minor, 1);
	assert_false(response.keep_alive);
	assert_true(response.has_length);
	assert_int_equal(response.content_length, 7);
	assert_int_equal(response.n_headers, 3);
	assert_true(sl_http_name_is(response.headers[0].name, "retry-after"));
}

static void is_bounded(void **state)
{
	char text[300] = "HTTP/1.1 200 ";
	struct sl_http_response response;

	(void)state;
	memset(text + 13, 'a', sizeof(text) - 13);
	assert_int_equal(sl_http1_response(text, 255, &limits, &response), 0);
	assert_int_equal(sl_http1_response(text, 256, &limits, &response), -431);
}

static void phrases(void **state)
{
	static const unsigned answered[] = {200, 400, 401, 403, 404, 405, 408, 411,
					    413, 415, 417, 429, 431, 501, 503};

	(void)state;
	for (size_t i = 0; i < sizeof(answered) / sizeof(answered[0]); i++)
		assert_string_not_equal(sl_http_phrase(answered[i]), "Unknown");
	assert_string_equal(sl_http_phrase(404), "Not Found");
	assert_string_equal(sl_http_phrase(299), "Unknown");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(judges),
		cmocka_unit_test(takes_apart),
		cmocka_unit_test(is_bounded),
		cmocka_unit_test(phrases),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
