#include "http1_fixture.h"

#include <stdio.h>

static const struct sl_http_limits limits = {.header_bytes = 64, .headers = 3};

static ssize_t parse_chunk(const char *exact, size_t n, void *ret_bytes)
{
	return sl_http1_chunk(exact, n, ret_bytes);
}

static ssize_t parse_trailers(const char *exact, size_t n, void *context)
{
	(void)context;
	return sl_http1_trailers(exact, n, &limits);
}

static ssize_t judge(const char *text, uint64_t *ret_bytes)
{
	return http1_verdict(parse_chunk, ret_bytes, text, strlen(text));
}

static void sizes(void **state)
{
	static const struct {
		ssize_t verdict;
		uint64_t bytes;
		const char *text;
	} cases[] = {
		{3, 0, "0\r\n"},
		{4, 31, "1F\r\nbody"},
		{4, 31, "1f\r\n"},
		{18, 5, "0000000000000005\r\n"},
		{18, UINT64_MAX, "ffffffffffffffff\r\n"},
		{5, 1, "1;a\r\n"},
		{11, 1, "1;a=b;c=d\r\n"},
		{14, 1, "1;a=\"b;\\\"\x80z\"\r\n"},
		{8, 1, "1;a=\"\"\r\n"},
		{0, 0, ""},
		{0, 0, "12"},
		{0, 0, "12\r"},
		{0, 0, "1;a=\"b\\"},
		{-400, 0, "\r\n"},
		{-400, 0, "00000000000000005\r\n"},
		{-400, 0, "10000000000000000\r\n"},
		{-400, 0, "0x5\r\n"},
		{-400, 0, "+5\r\n"},
		{-400, 0, "-5\r\n"},
		{-400, 0, " 5\r\n"},
		{-400, 0, "5 \r\n"},
		{-400, 0, "5 ;a\r\n"},
		{-400, 0, "5; a\r\n"},
		{-400, 0, "5;\r\n"},
		{-400, 0, "5;a=\r\n"},
		{-400, 0, "5;=a\r\n"},
		{-400, 0, "5;a=b c\r\n"},
		{-400, 0, "5;a=\"b\"c\r\n"},
		{-400, 0, "5;a=\"b\n\"\r\n"},
		{-400, 0, "5;a=\"b\r\n"},
		{-400, 0, "5;a\x01\r\n"},
		{-400, 0, "5\n"},
		{-400, 0, "5;a\n"},
		{-400, 0, "5\r5"},
		{-400, 0, "g\r\n"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		uint64_t bytes = 0;
		ssize_t r = judge(cases[i].text, &bytes);

		if (r != cases[i].verdict || bytes != cases[i].bytes)
			fail_msg("%zd and %ju for: %s", r, (uintmax_t)bytes, cases[i].text);
	}
}

static void extensions_are_bounded(void **state)
{
	char text[400];
	uint64_t bytes;

	(void)state;
	memset(text, 'a', sizeof(text));
	memcpy(text, "1;", 2);
	memcpy(text + 257, "\r\n", 3); /* 256 bytes with the semicolon */
	assert_int_equal(judge(text, &bytes), 259);
	text[257] = 'a';
	memcpy(text + 258, "\r\n", 3);
	assert_int_equal(judge(text, &bytes), -400);
	memcpy(text, "1;a=\"", 5);
	memcpy(text + 256, "\"\r\n", 4);
	text[258] = '\n';
	assert_int_equal(judge(text, &bytes), 259);
	memcpy(text + 256, "a\"\r\n", 5);
	assert_int_equal(judge(text, &bytes), -400);
}

static void chunk_ends(void **state)
{
	(void)state;
	assert_int_equal(sl_http1_chunk_end("", 0), 0);
	assert_int_equal(sl_http1_chunk_end("\r", 1), 0);
	assert_int_equal(sl_http1_chunk_end("\r\n1", 3), 2);
	assert_int_equal(sl_http1_chunk_end("\n", 1), -400);
	assert_int_equal(sl_http1_chunk_end("\rx", 2), -400);
	assert_int_equal(sl_http1_chunk_end("x", 1), -400);
}

static void trailers(void **state)
{
	static const struct {
		ssize_t verdict;
		const char *text;
	} cases[] = {
		{2, "\r\nGET"},
		{8, "A: b\r\n\r\n"},
		{14, "A:\r\nB:\r\nC:\r\n\r\n"},
		{0, ""},
		{0, "\r"},
		{0, "A: b\r\n"},
		{-400, "A : b\r\n\r\n"},
		{-400, "A: b\r\n c\r\n\r\n"},
		{-400, "A: b\n\r\n"},
		{-400, "\n"},
		{-400, "Content-length: 5\r\n\r\n"},
		{-400, "A: b\r\nTransfer-Encoding: chunked\r\n\r\n"},
		{-400, "HOST: gw\r\n\r\n"},
		{-400, "Authorization: x\r\n\r\n"},
		{-431, "A:\r\nB:\r\nC:\r\nD:\r\n\r\n"},
		{-431, "A: 0123456789012345678901234567890123456789012345678901234567890\r\n\r\n"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		ssize_t r = http1_exact(parse_trailers, NULL, cases[i].text, strlen(cases[i].text));

		if (r != cases[i].verdict)
			fail_msg("%zd, not %zd, for: %s", r, cases[i].verdict, cases[i].text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sizes),
		cmocka_unit_test(extensions_are_bounded),
		cmocka_unit_test(chunk_ends),
		cmocka_unit_test(trailers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
