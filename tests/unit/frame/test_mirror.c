/* HTTP read from both directions: however a stream is cut the requests are the same, and a hole
 * loses the messages that it touches and no others. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "frame/mirror.h"

#include <stdio.h>
#include <stdlib.h>

static struct sl_mirror *mirror;
static struct sl_mirror_conn conn;
static char told[8192];

static int set_up(void **state)
{
	static const struct sl_mirror_limits limits = {
		.arena_bytes = 1 << 20, .header_bytes = 1024, .body_bytes = 64, .pending = 8};

	(void)state;
	memset(&conn, 0, sizeof(conn));
	told[0] = '\0';
	return sl_mirror_new(&limits, &mirror);
}

static int tear_down(void **state)
{
	(void)state;
	sl_mirror_conn_fini(mirror, &conn);
	assert_int_equal(sl_mirror_used(mirror), 0);
	sl_mirror_free(mirror);
	return 0;
}

static void take(void)
{
	struct sl_mirror_request request;
	size_t n;

	while (sl_mirror_next(mirror, &conn, &request)) {
		n = strlen(told);
		snprintf(told + n, sizeof(told) - n, "%.*s %.*s [%.*s]%llu %u\n",
			 (int)request.request.method.bytes, (const char *)request.request.method.at,
			 (int)request.request.target.bytes, (const char *)request.request.target.at,
			 (int)request.body.bytes, (const char *)request.body.at,
			 (unsigned long long)request.body_bytes, request.status);
	}
}

static void feed(unsigned side, const char *text)
{
	sl_mirror_feed(mirror, &conn, side, sl_span_text(text), 1);
	take();
}

static void gap(unsigned side, uint64_t bytes, bool unknown)
{
	sl_mirror_gap(mirror, &conn, side, bytes, unknown);
	take();
}

static void end(void)
{
	sl_mirror_end(mirror, &conn);
	take();
}

#define OK "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
#define POST "POST /p HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello"
#define GET "GET /g HTTP/1.1\r\nHost: a\r\n\r\n"
#define CHUNKED                                                                                    \
	"POST /c HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: "                                       \
	"chunked\r\n\r\n3\r\nabc\r\n4;x=y\r\ndefg"                                                 \
	"\r\n0\r\nTrailer-Field: 1\r\n\r\n"

static void test_replies(void **state)
{
	(void)state;
	feed(0, POST GET);
	assert_string_equal(told, "");
	feed(1, "HTTP/1.1 100 Continue\r\n\r\n" OK
		"HTTP/1.1 404 Not Found\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nno\r\n0\r\n\r\n");
	feed(0, "HEAD /h HTTP/1.1\r\nHost: a\r\n\r\n" CHUNKED GET);
	feed(1, "HTTP/1.1 200 OK\r\nContent-Length: 999\r\n\r\n"
		"HTTP/1.1 204 No Content\r\n\r\nHTTP/1.0 500 X\r\n\r\nuntil the end");
	assert_string_equal(told, "POST /p [hello]5 200\nGET /g []0 404\nHEAD /h []0 200\n"
				  "POST /c [abcdefg]7 204\nGET /g []0 500\n");
	end();
	assert_int_equal(sl_mirror_counts(mirror)->replies, 5);
}

/* One direction alone: what is complete comes out at the end. */
static void test_one_direction(void **state)
{
	(void)state;
	feed(1, POST GET);
	feed(1, "GET /unfinished HT");
	assert_string_equal(told, "");
	end();
	assert_string_equal(told, "POST /p [hello]5 0\nGET /g []0 0\n");
	assert_int_equal(sl_mirror_counts(mirror)->lost, 1);
}

static void test_cut_anywhere(void **state)
{
	static const char requests[] = POST CHUNKED GET "\r\n" POST GET CHUNKED;
	static const char replies[] = OK OK "HTTP/1.1 302 X\r\nTransfer-Encoding: chunked\r\n\r\n"
					    "a\r\n0123456789\r\n0\r\n\r\n" OK OK OK;
	static const char wanted[] =
		"POST /p [hello]5 200\nPOST /c [abcdefg]7 200\nGET /g []0 302\n"
		"POST /p [hello]5 200\nGET /g []0 200\nPOST /c [abcdefg]7 200\n";

	(void)state;
	for (unsigned seed = 1; seed <= 400; seed++) {
		const char *at[2] = {requests, replies};
		size_t left[2] = {sizeof(requests) - 1, sizeof(replies) - 1};

		tear_down(NULL);
		set_up(NULL);
		srand(seed);
		while (left[0] + left[1] > 0) {
			unsigned side = left[0] ? 0 : 1;
			size_t part = 1 + (size_t)rand() % (seed % 40 + 1);

			part = part < left[side] ? part : left[side];
			sl_mirror_feed(mirror, &conn, side, sl_span_of(at[side], part), 1);
			take();
			at[side] += part;
			left[side] -= part;
		}
		if (strcmp(told, wanted) != 0)
			fail_msg("seed %u:\n%s", seed, told);
	}
}

/* In a body of known length the next message's place is known. */
static void test_hole_in_body(void **state)
{
	(void)state;
	feed(0, "POST /lost HTTP/1.1\r\nHost: a\r\nContent-Length: 30\r\n\r\nfirst");
	gap(0, 20, false);
	feed(0, "last." GET);
	feed(1, OK OK);
	assert_string_equal(told, "GET /g []0 200\n");
	assert_int_equal(sl_mirror_counts(mirror)->lost, 1);
}

/* Elsewhere the next request is looked for, in the middle of a piece too. */
static void test_hole_elsewhere(void **state)
{
	(void)state;
	feed(0, "POST /lost HTTP/1.1\r\nHo");
	gap(0, 30, false);
	feed(0, "rest of {a body}" GET);
	feed(1, OK);
	assert_string_equal(told, "GET /g []0 200\n");
	assert_int_equal(sl_mirror_counts(mirror)->lost, 1);
	assert_int_equal(sl_mirror_counts(mirror)->refused, 0);
}

/* Replies that are missing: their requests are known all the same, and those after them pair. */
static void test_hole_in_replies(void **state)
{
	(void)state;
	feed(0, GET);
	gap(1, 100, false);
	feed(1, "of something else");
	assert_string_equal(told, "GET /g []0 0\n");
	feed(0, POST);
	feed(1, OK);
	assert_string_equal(told, "GET /g []0 0\nPOST /p [hello]5 200\n");
}

static void test_middle_of_a_stream(void **state)
{
	(void)state;
	gap(0, 0, true);
	gap(1, 0, true);
	feed(0, "tail of a body\n" GET);
	feed(1, "tail of a reply");
	feed(1, OK);
	assert_string_equal(told, "GET /g []0 200\n");
	assert_int_equal(sl_mirror_counts(mirror)->lost, 0);
}

static void test_other_protocols(void **state)
{
	(void)state;
	feed(0, "\x16\x03\x01");
	feed(0, GET);
	end();
	assert_string_equal(told, "");
	tear_down(NULL);
	set_up(NULL);
	feed(0, "GET /ws HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: upgrade\r\n\r\n");
	feed(1, "HTTP/1.1 101 Switching\r\n\r\n\x81\x05hello");
	feed(0, GET);
	end();
	assert_string_equal(told, "GET /ws []0 101\n");
}

/* A request that could be read in two ways is none; what its body says neither. */
static void test_refused(void **state)
{
	(void)state;
	feed(0,
	     "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n\n" GET);
	feed(0, GET);
	feed(1, OK OK);
	assert_string_equal(told, "GET /g []0 200\n");
	assert_int_equal(sl_mirror_counts(mirror)->refused, 1);
}

/* A long body is counted whole and kept in part; what waits for replies is bounded. */
static void test_bounds(void **state)
{
	char body[201] = "";

	(void)state;
	memset(body, 'b', 200);
	feed(0, "POST /p HTTP/1.1\r\nHost: a\r\nContent-Length: 200\r\n\r\n");
	feed(0, body);
	feed(1, OK);
	body[64] = '\0';
	assert_memory_equal(told, "POST /p [bbb", 12);
	assert_non_null(strstr(told, "b]200 200\n"));
	told[0] = '\0';
	for (unsigned i = 0; i < 10; i++)
		feed(0, GET);
	assert_string_equal(told, "GET /g []0 0\nGET /g []0 0\n");
}

/* A hole in the requests is waited for, and meanwhile the replies pass. */
static void test_late_requests(void **state)
{
	(void)state;
	feed(0, "GET /1 HTTP/1.1\r\nHost: h\r\n\r\n");
	feed(1, "HTTP/1.1 201 A\r\nContent-Length: 0\r\n\r\n");
	for (unsigned i = 0; i < 3; i++) /* of 2, which is lost, of 3 and 4 */
		feed(1, "HTTP/1.1 202 A\r\nContent-Length: 0\r\n\r\n");
	gap(0, 10, false);
	conn.late = true;
	feed(0, "GET /3 HTTP/1.1\r\nHost: h\r\n\r\n");
	feed(0, "GET /4 HTTP/1.1\r\nHost: h\r\n\r\n");
	conn.late = false;
	feed(0, "GET /5 HTTP/1.1\r\nHost: h\r\n\r\n");
	feed(1, "HTTP/1.1 205 A\r\nContent-Length: 0\r\n\r\n");
	/* out of order and nothing missing: the reply is still to come */
	conn.late = true;
	feed(0, "GET /6 HTTP/1.1\r\nHost: h\r\n\r\n");
	feed(1, "HTTP/1.1 206 A\r\nContent-Length: 0\r\n\r\n");
	assert_string_equal(told, "GET /1 []0 201\nGET /3 []0 0\nGET /4 []0 0\nGET /5 []0 205\n"
				  "GET /6 []0 206\n");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(test_late_requests),   TEST(test_replies),
		TEST(test_one_direction),   TEST(test_cut_anywhere),
		TEST(test_hole_in_body),    TEST(test_hole_elsewhere),
		TEST(test_hole_in_replies), TEST(test_middle_of_a_stream),
		TEST(test_other_protocols), TEST(test_refused),
		TEST(test_bounds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
