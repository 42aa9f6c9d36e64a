#include "http1_fixture.h"

#include "base/http1_priv.h"

#define H "Host: gw\r\n"
#define POST "POST /v1/events HTTP/1.1\r\n" H

static const struct sl_http_limits limits = {
	.header_bytes = 512,
	.headers = 8,
	.body_bytes = 1000,
};

static ssize_t parse(const char *exact, size_t n, void *context)
{
	struct sl_http_request request;

	(void)context;
	return sl_http1_request(exact, n, &limits, &request);
}

static const struct http1_case cases[] = {
	{1, "GET / HTTP/1.1\r\n" H "\r\n"},
	{1, "\r\nGET / HTTP/1.1\r\n" H "\r\n"},
	{1, "GET /a%20b?c=d&e=%zz HTTP/1.1\r\n" H "\r\n"},
	{1, "GET http://gw/a HTTP/1.1\r\n" H "\r\n"},
	{1, "GET HTTPS://GW HTTP/1.1\r\n" H "\r\n"},
	{1, "GET http://gw/a HTTP/1.0\r\n\r\n"},
	{1, "OPTIONS * HTTP/1.1\r\n" H "\r\n"},
	{1, "CONNECT gw:443 HTTP/1.1\r\nHost: gw:443\r\n\r\n"},
	{1, "GET / HTTP/1.0\r\n\r\n"},
	{1, "GET / HTTP/1.7\r\n" H "\r\n"},
	{1, "M-!#$%&'*+.^_`|~0 / HTTP/1.1\r\n" H "\r\n"},
	{1, "GET / HTTP/1.1\r\n" H "A:\r\nB: \t \r\nC: x\ty\t\r\nD:\xe2\x82\xac\r\n\r\n"},
	{1, "GET / HTTP/1.1\r\nhOST:gw:8080\r\n\r\n"},
	{1, "GET / HTTP/1.1\r\nHost: [2001:db8::1]:80\r\n\r\n"},
	{1, "GET / HTTP/1.1\r\nHost: a_b-c.d~%41=x\r\n\r\n"},
	{1, POST "Content-Length: 1000\r\n\r\n"},
	{1, POST "Content-Length: 0010\r\n\r\n"},
	{1, POST "Transfer-Encoding: CHUNKED\r\n\r\n"},
	{1, POST "Expect: 100-Continue\r\nContent-Length: 1\r\n\r\n"},
	{1, "GET / HTTP/1.0\r\nExpect: more\r\n\r\n"}, /* 1.0 knows no expectations */
	{1, "GET / HTTP/1.1\r\n" H "Connection: close, , upgrade\r\nUpgrade: h2c\r\n\r\n"},
	{1, "GET / HTTP/1.1\r\n" H "A: 1\r\nB: 2\r\nC: 3\r\nD: 4\r\nE: 5\r\nF: 6\r\nG: 7\r\n\r\n"},
	/* not yet decided */
	{0, ""},
	{0, "\r"},
	{0, "\r\n"},
	{0, "GET / HTTP/1.1\r\n" H},
	{0, "GET / HTTP/1.1\r\n" H "\r"},
	/* the request line */
	{-400, "\r\n\r\nGET / HTTP/1.1\r\n" H "\r\n"},
	{-400, "\nGET / HTTP/1.1\r\n" H "\r\n"},
	{-400, "\rGET / HTTP/1.1\r\n" H "\r\n"},
	{-400, " GET / HTTP/1.1\r\n" H "\r\n"},
	{-400, "GET  / HTTP/1.1\r\n" H "\r\n"},
	{-400, "GET /  HTTP/1.1\r\n" H "\r\n"},
	{-400, "GET\t/ HTTP/1.1\r\n" H "\r\n"},
	{-400, "GET / HTTP/1.1 \r\n" H "\r\n"},
	{-400, "GET / HTTP/1.1\n" H "\r\n"},
	{-400, "GET / HTTP/1.1\r" H "\r\n"},
	{-400, "GET / HTTP/1.1\r\r\n" H "\r\n"},
	{-400, "GET /\r\n"},
	{-400, "GET / \r\n\r\n"},
	{-400, "GET HTTP/1.1\r\n" H "\r\n"},
	{-400, "GE(T / HTTP/1.1\r\n" H "\r\n"},
	{-400, "\x16\x03\x01\x02"},
	{-501, "MMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMMM"},
	{-400, "GET / HTTP/0.9\r\n" H "\r\n"},
	{-400, "GET / HTTP/2.0\r\n" H "\r\n"},
	{-400, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"},
	{-400, "GET / HTTP/1.10\r\n" H "\r\n"},
	{-400, "GET / HTTP/1.\r\n" H "\r\n"},
	{-400, "GET / HTTP/11\r\n" H "\r\n"},
	{-400, "GET / http/1.1\r\n" H "\r\n"},
	{-400, "GET / HTTPS/1.1\r\n" H "\r\n"},
	/* the target */
	{-400, "GET a HTTP/1.1\r\n" H "\r\n"},
	{-400, "GET ?a HTTP/1.1\r\n" H "\r\n"},
	{-400, "GET * HTTP/1.1\r\n" H "\r\n"},
	{-400, "OPTIONS ** HTTP/1.1\r\n" H "\r\n"},
	{-400, "GET /a#b HTTP/1.1\r\n" H "\r\n"},
	{-400, "GET /a\tb HTTP/1.1\r\n" H "\r\n"},
	{-400, "GET /a\x7f HTTP/1.1\r\n" H "\r\n"},
	{-400, "GET /\xc3\xa9 HTTP/1.1\r\n" H "\r\n"},
	{-400, "GET /0123456789abcdef\x01 HTTP/1.1\r\n" H "\r\n"},
	{-400, "GET ftp://gw/ HTTP/1.1\r\n" H "\r\n"},
	{-400, "GET http:///a HTTP/1.1\r\n" H "\r\n"},
	{-400, "GET http://u@gw/ HTTP/1.1\r\nHost: u@gw\r\n\r\n"},
	{-400, "GET http://other/ HTTP/1.1\r\n" H "\r\n"},
	{-400, "CONNECT /a HTTP/1.1\r\n" H "\r\n"},
	/* Host */
	{-400, "GET / HTTP/1.1\r\n\r\n"},
	{-400, "GET / HTTP/1.1\r\n" H H "\r\n"},
	{-400, "GET / HTTP/1.0\r\n" H H "\r\n"},
	{-400, "GET / HTTP/1.1\r\nHost:\r\n\r\n"},
	{-400, "GET / HTTP/1.1\r\nHost: a b\r\n\r\n"},
	{-400, "GET / HTTP/1.1\r\nHost: a,b\xff\r\n\r\n"},
	{-400, "GET / HTTP/1.1\r\nHost: a/b\r\n\r\n"},
	{-400, "GET / HTTP/1.1\r\nHost: a:b\r\n\r\n"},
	{-400, "GET / HTTP/1.1\r\nHost: a:1:2\r\n\r\n"},
	{-400, "GET / HTTP/1.1\r\nHost: a%4\r\n\r\n"},
	{-400, "GET / HTTP/1.1\r\nHost: [::1\r\n\r\n"},
	{-400, "GET / HTTP/1.1\r\nHost: [g]\r\n\r\n"},
	{-400, "GET / HTTP/1.1\r\nHost: [::1]x\r\n\r\n"},
	/* fields */
	{-400, "GET / HTTP/1.1\r\n" H "A : b\r\n\r\n"},
	{-400, "GET / HTTP/1.1\r\n" H "A\t: b\r\n\r\n"},
	{-400, "GET / HTTP/1.1\r\n" H ": b\r\n\r\n"},
	{-400, "GET / HTTP/1.1\r\n" H "A\r\n\r\n"},
	{-400, "GET / HTTP/1.1\r\n" H " A: b\r\n\r\n"},
	{-400, "GET / HTTP/1.1\r\n H\r\n\r\n"},
	{-400, "GET / HTTP/1.1\r\n" H "A: b\r\n c\r\n\r\n"},
	{-400, "GET / HTTP/1.1\r\n" H "A: b\r\n\tc\r\n\r\n"},
	{-400, "GET / HTTP/1.1\r\n" H "A: b\nC: d\r\n\r\n"},
	{-400, "GET / HTTP/1.1\r\n" H "A: b\rC: d\r\n\r\n"},
	{-400, "GET / HTTP/1.1\r\n" H "A: b\r\r\n\r\n"},
	{-400, "GET / HTTP/1.1\r\n" H "A: b\r\n\n"},
	{-400, "GET / HTTP/1.1\r\n" H "A: b\r\n\rX"},
	{-400, "GET / HTTP/1.1\r\n" H "A: \x01\r\n\r\n"},
	{-400, "GET / HTTP/1.1\r\n" H "A: 0123456789abcdef\x7f\r\n\r\n"},
	{-400, "GET / HTTP/1.1\r\n" H "A\x80: b\r\n\r\n"},
	{-400, "GET / HTTP/1.1\r\n" H "A(b): c\r\n\r\n"},
	{-400, "GET / HTTP/1.1\r\n" H "Connection: close;\r\n\r\n"},
	{-431, "GET / HTTP/1.1\r\n" H
	       "A: 1\r\nB: 2\r\nC: 3\r\nD: 4\r\nE: 5\r\nF: 6\r\nG: 7\r\nH: 8\r\n\r\n"},
	/* lengths */
	{-400, POST "Content-Length: 5\r\nContent-Length: 5\r\n\r\n"},
	{-400, POST "Content-Length: 5\r\nContent-Length: 6\r\n\r\n"},
	{-400, POST "Content-Length: 5, 5\r\n\r\n"},
	{-400, POST "Content-Length:\r\n\r\n"},
	{-400, POST "Content-Length: +5\r\n\r\n"},
	{-400, POST "Content-Length: -5\r\n\r\n"},
	{-400, POST "Content-Length: 5a\r\n\r\n"},
	{-400, POST "Content-Length: 0x5\r\n\r\n"},
	{-400, POST "Content-Length: 5 5\r\n\r\n"},
	{-400, POST "Content-Length: 5.0\r\n\r\n"},
	{-400, POST "Content-Length: 18446744073709551616\r\n\r\n"},
	{-400, POST "Content-Length: 99999999999999999999999\r\n\r\n"},
	{-413, POST "Content-Length: 18446744073709551615\r\n\r\n"},
	{-413, POST "Content-Length: 1001\r\n\r\n"},
	{-413, POST "Expect: 100-continue\r\nContent-Length: 1001\r\n\r\n"},
	/* transfer codings */
	{-400, POST "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n"},
	{-400, POST "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n"},
	{-400, POST "Transfer-Encoding: gzip, chunked\r\nContent-Length: 5\r\n\r\n"},
	{-400, POST "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n"},
	{-400, POST "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n"},
	{-400, POST "Transfer-Encoding: identity\r\nTransfer-Encoding: chunked\r\n\r\n"},
	{-400, POST "Transfer-Encoding: chunked, chunked\r\n\r\n"},
	{-400, POST "Transfer-Encoding: chunked, identity\r\n\r\n"},
	{-400, POST "Transfer-Encoding: chunked,\r\n\r\n"},
	{-400, POST "Transfer-Encoding: , chunked\r\n\r\n"},
	{-400, POST "Transfer-Encoding:\r\n\r\n"},
	{-400, POST "Transfer-Encoding: xchunked\r\n\r\n"},
	{-400, POST "Transfer-Encoding: chunkedx\r\n\r\n"},
	{-400, POST "Transfer-Encoding: chunked;q=1\r\n\r\n"},
	{-400, POST "Transfer-Encoding: \"chunked\"\r\n\r\n"},
	{-400, POST "Transfer-Encoding: 'chunked'\r\n\r\n"},
	{-400, POST "Transfer-Encoding: \x0b"
		    "chunked\r\n\r\n"},
	{-400, POST "Transfer-Encoding: chun\x80ked\r\n\r\n"},
	{-400, POST "Transfer-Encoding : chunked\r\n\r\n"},
	{-400, POST "Transfer-Encoding:\r\n chunked\r\n\r\n"},
	{-400, POST "Transfer-Encoding\r\n: chunked\r\n\r\n"},
	{-400, "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n"},
	{-501, POST "Transfer-Encoding: gzip, chunked\r\n\r\n"},
	{-501, POST "Transfer-Encoding: gzip\r\n\r\n"},
	{-501, POST "Transfer-Encoding: Deflate\r\n\r\n"},
	{-501, POST "Transfer-Encoding: compress\r\n\r\n"},
	{-501, POST "Transfer-Encoding: identity\r\n\r\n"},
	/* the rest */
	{-417, POST "Expect: tea\r\nContent-Length: 1\r\n\r\n"},
	{-417, POST "Expect: 100-continue, tea\r\nContent-Length: 1\r\n\r\n"},
	{-400, POST "Content-Type: a/b\r\nContent-Type: a/b\r\nContent-Length: 1\r\n\r\n"},
};

static void judges(void **state)
{
	(void)state;
	http1_judge(parse, cases, sizeof(cases) / sizeof(cases[0]));
}

static void nul_is_refused_everywhere(void **state)
{
	static const char line[] = "GET /\0 HTTP/1.1\r\n";
	static const char name[] = "GET / HTTP/1.1\r\nHost\0: a\r\n";
	static const char value[] = "GET / HTTP/1.1\r\nHost: a\0\r\n";
	static const char host[] = "GET / HTTP/1.1\r\nHost: \0\r\n";

	(void)state;
	assert_int_equal(http1_verdict(parse, NULL, line, sizeof(line) - 1), -400);
	assert_int_equal(http1_verdict(parse, NULL, name, sizeof(name) - 1), -400);
	assert_int_equal(http1_verdict(parse, NULL, value, sizeof(value) - 1), -400);
	assert_int_equal(http1_verdict(parse, NULL, host, sizeof(host) - 1), -400);
}

/* No control character in a value, at any place of a vector register. */
static void controls_are_found_wherever_they_are(void **state)
{
	(void)state;
	for (unsigned c = 0; c < 256; c++) {
		for (size_t place = 0; place < 40; place++) {
			char text[128] = "GET / HTTP/1.1\r\nHost: a\r\nA:";
			size_t n = strlen(text);
			struct sl_http_request request;
			bool good = c == '\t' || (c >= 0x20 && c != 0x7f);
			ssize_t r;

			memset(text + n, 'x', 40);
			text[n + place] = (char)c;
			memcpy(text + n + 40, "\r\n\r\n", 4);
			n += 44;
			r = sl_http1_request(text, n, &limits, &request);
			assert_int_equal(r, good ? (ssize_t)n : -400);
		}
	}
}

static void too_long_heads_are_refused_at_the_limit(void **state)
{
	char text[2000] = "GET /";
	struct sl_http_request request;

	(void)state;
	memset(text + 5, 'a', sizeof(text) - 5);
	assert_int_equal(sl_http1_request(text, 511, &limits, &request), 0);
	assert_int_equal(sl_http1_request(text, 512, &limits, &request), -431);
	assert_int_equal(sl_http1_request(text, 2000, &limits, &request), -431);
	/* what is wrong behind the limit is not looked at */
	text[600] = '\n';
	assert_int_equal(sl_http1_request(text, 2000, &limits, &request), -431);
	text[500] = '\n';
	assert_int_equal(sl_http1_request(text, 2000, &limits, &request), -400);
}

static void a_head_of_exactly_the_limit_is_good(void **state)
{
	char text[513] = "GET / HTTP/1.1\r\nHost: a\r\nA: ";
	size_t n = strlen(text);
	struct sl_http_request request;

	(void)state;
	memset(text + n, 'x', sizeof(text) - n);
	memcpy(text + 508, "\r\n\r\n", 4);
	assert_int_equal(sl_http1_request(text, 512, &limits, &request), 512);
	memset(text + 508, 'x', 4);
	memcpy(text + 509, "\r\n\r\n", 4);
	assert_int_equal(sl_http1_request(text, 513, &limits, &request), -431);
}

static void is(struct sl_span span, const char *text)
{
	assert_int_equal(span.bytes, strlen(text));
	assert_memory_equal(span.at, text, span.bytes);
}

static void takes_apart(void **state)
{
	static const char text[] = "\r\nPOST /v1/events?a=b?c HTTP/1.1\r\nHost: gw:1\r\n"
				   "Content-Type:\tapplication/json ; charset=utf-8 \r\n"
				   "Content-Length: 12\r\nExpect: 100-continue\r\n\r\nGET ";
	struct sl_http_request request;

	(void)state;
	assert_int_equal(sl_http1_request(text, sizeof(text) - 1, &limits, &request),
			 sizeof(text) - 5);
	is(request.method, "POST");
	is(request.target, "/v1/events?a=b?c");
	is(request.path, "/v1/events");
	is(request.query, "a=b?c");
	is(request.host, "gw:1");
	is(request.content_type, "application/json");
	assert_int_equal(request.minor, 1);
	assert_true(request.keep_alive);
	assert_true(request.expect_continue);
	assert_false(request.chunked);
	assert_true(request.has_length);
	assert_int_equal(request.content_length, 12);
	assert_int_equal(request.n_headers, 4);
	is(request.headers[1].name, "Content-Type");
	is(request.headers[1].value, "application/json ; charset=utf-8");
	assert_ptr_equal(sl_http_find(request.headers, request.n_headers, "expect"),
			 &request.headers[3]);
	assert_null(sl_http_find(request.headers, request.n_headers, "expec"));
	assert_null(sl_http_find(request.headers, request.n_headers, "expects"));
}

static struct sl_http_request parsed(const char *text)
{
	struct sl_http_request request;

	assert_int_equal(sl_http1_request(text, strlen(text), &limits, &request), strlen(text));
	return request;
}

static void takes_targets_apart(void **state)
{
	struct sl_http_request request;

	(void)state;
	request = parsed("GET http://gw:80/a/b?c HTTP/1.1\r\nHost: GW:80\r\n\r\n");
	is(request.path, "/a/b");
	is(request.query, "c");
	is(request.host, "gw:80");
	request = parsed("GET http://gw?c HTTP/1.0\r\n\r\n");
	is(request.path, "");
	is(request.query, "c");
	is(request.host, "gw");
	request = parsed("GET http://gw HTTP/1.0\r\n\r\n");
	is(request.path, "");
	is(request.query, "");
	request = parsed("OPTIONS * HTTP/1.0\r\n\r\n");
	is(request.path, "*");
	request = parsed("GET /a? HTTP/1.0\r\n\r\n");
	is(request.path, "/a");
	is(request.query, "");
	is(request.host, "");
}

static void knows_who_closes(void **state)
{
	static const struct {
		bool keep_alive;
		const char *text;
	} rows[] = {
		{true, "GET / HTTP/1.1\r\n" H "\r\n"},
		{false, "GET / HTTP/1.0\r\n" H "\r\n"},
		{false, "GET / HTTP/1.1\r\n" H "Connection: Close\r\n\r\n"},
		{true, "GET / HTTP/1.0\r\n" H "Connection: x, Keep-Alive\r\n\r\n"},
		{false, "GET / HTTP/1.0\r\n" H "Connection: keep-alive, close\r\n\r\n"},
		{false,
		 "GET / HTTP/1.1\r\n" H "Connection: close\r\nConnection: keep-alive\r\n\r\n"},
		{true, "GET / HTTP/1.1\r\n" H "Connection: closed\r\n\r\n"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_int_equal(parsed(rows[i].text).keep_alive, rows[i].keep_alive);
}

static void tokens_are_those_of_the_standard(void **state)
{
	unsigned n = 0;

	(void)state;
	for (unsigned c = 0; c < 256; c++)
		n += sl_http1_token[c];
	assert_int_equal(n, 15 + 10 + 26 + 26);
	assert_false(sl_http1_token[':'] || sl_http1_token[' '] || sl_http1_token['"']);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(judges),
		cmocka_unit_test(nul_is_refused_everywhere),
		cmocka_unit_test(controls_are_found_wherever_they_are),
		cmocka_unit_test(too_long_heads_are_refused_at_the_limit),
		cmocka_unit_test(a_head_of_exactly_the_limit_is_good),
		cmocka_unit_test(takes_apart),
		cmocka_unit_test(takes_targets_apart),
		cmocka_unit_test(knows_who_closes),
		cmocka_unit_test(tokens_are_those_of_the_standard),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
