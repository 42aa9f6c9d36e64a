/* Answers that come in pieces: whatever the pieces are, the content is the same. */
#include "tools/http_stream.h"

#include "sluice/error.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#define HEAD "HTTP/1.1 200 OK\r\nContent-Type: application/x-ndjson\r\n"
#define CHUNKED HEAD "Transfer-Encoding: chunked\r\n\r\n"

static char content[65536];
static unsigned status;

/* Everything that `answer` gives, read `room` bytes at a time: its length, or the error. */
static ssize_t read_all(const char *answer, size_t room)
{
	struct sl_http_stream *stream;
	size_t bytes = 0;
	ssize_t n;
	int ends[2];
	int e;

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
	assert_int_equal(write(ends[1], answer, strlen(answer)), (ssize_t)strlen(answer));
	close(ends[1]);
	e = sl_http_stream_on(ends[0], 10000, &stream);
	if (e)
		return e;
	status = sl_http_stream_status(stream);
	while ((n = sl_http_stream_read(stream, content + bytes, room, 10000)) > 0)
		bytes += (size_t)n;
	sl_http_stream_close(stream);
	content[bytes] = '\0';
	return n < 0 ? n : (ssize_t)bytes;
}

static void chunks_are_put_together(void **state)
{
	static const char answer[] =
		CHUNKED "5\r\nhello\r\n00000a;x=y\r\n, wo\r\nrld\n\r\n0\r\n\r\n";

	(void)state;
	for (size_t room = 1; room < 40; room++) {
		assert_int_equal(read_all(answer, room), 15);
		assert_string_equal(content, "hello, wo\r\nrld\n");
		assert_int_equal(status, 200);
	}
}

static void other_answers_have_their_ends(void **state)
{
	(void)state;
	assert_int_equal(read_all("HTTP/1.1 400 No\r\nContent-Length: 4\r\n\r\nabcdef", 10), 4);
	assert_string_equal(content, "abcd");
	assert_int_equal(status, 400);
	assert_int_equal(read_all("HTTP/1.1 400 No\r\nContent-Length: 0\r\n\r\n", 10), 0);
}

static void what_breaks_off_is_told(void **state)
{
	(void)state;
	assert_int_equal(read_all(CHUNKED "5\r\nhel", 100), -SL_E_PEER);
	assert_int_equal(read_all(CHUNKED "5\r\nhello\r\n", 100), -SL_E_PEER);
	assert_int_equal(read_all(HEAD "Content-Length: 9\r\n\r\nabc", 100), -SL_E_PEER);
	assert_int_equal(read_all("HTTP/1.1 200", 100), -SL_E_PEER);
	assert_int_equal(read_all("", 100), -SL_E_PEER);
}

static void nonsense_is_refused(void **state)
{
	(void)state;
	assert_int_equal(read_all("SSH-2.0-x\r\n\r\n", 100), -SL_E_PEER);
	assert_int_equal(read_all(CHUNKED "xyz\r\nhello\r\n", 100), -SL_E_PEER);
	assert_int_equal(read_all(CHUNKED "5\r\nhello!!", 100), -SL_E_PEER);
	assert_int_equal(read_all(CHUNKED "0\r\nTrailer: x\r\n\r\n", 100), -SL_E_PEER);
}

static void silence_is_no_end(void **state)
{
	struct sl_http_stream *stream;
	int ends[2];
	char at[16];

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
	assert_int_equal(write(ends[1], CHUNKED "2\r\nok", strlen(CHUNKED "2\r\nok")),
			 (ssize_t)strlen(CHUNKED "2\r\nok"));
	assert_int_equal(sl_http_stream_on(ends[0], 10000, &stream), 0);
	assert_int_equal(sl_http_stream_read(stream, at, sizeof(at), 10000), 2);
	assert_int_equal(sl_http_stream_read(stream, at, sizeof(at), 1), -ETIMEDOUT);
	assert_int_equal(write(ends[1], "\r\n1\r\n!", 6), 6);
	assert_int_equal(sl_http_stream_read(stream, at, sizeof(at), 10000), 1);
	assert_int_equal(at[0], '!');
	sl_http_stream_close(stream);
	close(ends[1]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(chunks_are_put_together),
		cmocka_unit_test(other_answers_have_their_ends),
		cmocka_unit_test(what_breaks_off_is_told),
		cmocka_unit_test(nonsense_is_refused),
		cmocka_unit_test(silence_is_no_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
