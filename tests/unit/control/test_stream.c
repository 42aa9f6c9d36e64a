/* Answers in pieces, over a pair of sockets. */
#include "fixture.h"

#include "control/api/api_priv.h"

#include <sys/socket.h>

struct source {
	unsigned left; /* pieces */
	bool held;     /* nothing now */
	bool fills;    /* its pieces are as large as may be */
	unsigned asked, closed;
};

static ssize_t more(void *self, char *at, size_t room)
{
	struct source *source = self;

	source->asked++;
	if (source->held)
		return 0;
	if (!source->left)
		return -1;
	source->left--;
	memset(at, 'x', room);
	memcpy(at, "piece\n", 6);
	return source->fills ? (ssize_t)room : 6;
}

static void close_source(void *self)
{
	((struct source *)self)->closed++;
}

static const struct sl_stream_ops ops = {more, close_source};

static struct sl_api api;
static struct sl_connection connection;
static int peer;
static char heard[1 << 16];

static void begin(struct source *source, bool chunks)
{
	int fds[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds), 0);
	peer = fds[1];
	sl_connection_init(&connection, fds[0], false);
	connection.chunks = chunks;
	connection.keep_alive = true;
	sl_connection_stream(&connection, 200, "application/x-ndjson", &ops, source);
	sl_connection_writable(&api, &connection);
}

static const char *hear(void)
{
	ssize_t n = recv(peer, heard, sizeof(heard) - 1, MSG_DONTWAIT);

	heard[n > 0 ? n : 0] = 0;
	return heard;
}

static void end(void)
{
	sl_connection_close(&api, &connection);
	close(peer);
}

static void pieces_come_as_they_are_there(void **state)
{
	struct source source = {.left = 2, .held = true};

	(void)state;
	begin(&source, true);
	assert_string_equal(hear(), "HTTP/1.1 200 OK\r\nContent-Type: application/x-ndjson\r\n"
				    "Transfer-Encoding: chunked\r\nConnection: close\r\n\r\n");
	assert_int_equal(connection.state, SL_CONNECTION_STREAMING);
	assert_int_equal(connection.deadline_ns, INT64_MAX); /* silence is allowed */
	source.held = false;
	sl_connection_writable(&api, &connection);
	assert_string_equal(hear(), "000006\r\npiece\n\r\n000006\r\npiece\n\r\n0\r\n\r\n");
	assert_int_equal(connection.state, SL_CONNECTION_DONE);
	assert_int_equal(source.closed, 1);
	end();
	assert_int_equal(source.closed, 1);
}

static void without_chunks_the_end_is_the_end_of_the_connection(void **state)
{
	struct source source = {.left = 1};

	(void)state;
	begin(&source, false);
	hear();
	assert_null(strstr(heard, "chunked"));
	assert_non_null(strstr(heard, "\r\n\r\npiece\n"));
	assert_string_equal(heard + strlen(heard) - 6, "piece\n");
	assert_int_equal(connection.state, SL_CONNECTION_DONE);
	end();
	assert_int_equal(source.closed, 1);
}

/* Nothing is asked of the source that the peer has no room for. */
static void a_slow_reader_holds_its_source_and_nobody_else(void **state)
{
	struct source source = {.left = 1000, .fills = true};
	unsigned asked;

	(void)state;
	begin(&source, true);
	for (unsigned i = 0; i < 100; i++)
		sl_connection_writable(&api, &connection);
	asked = source.asked;
	assert_true(asked > 0 && asked < 100);
	assert_true(connection.deadline_ns < INT64_MAX); /* it owes a read */
	sl_connection_writable(&api, &connection);
	assert_int_equal(source.asked, asked);
	while (hear()[0])
		;
	sl_connection_writable(&api, &connection);
	assert_true(source.asked > asked);
	end();
	assert_int_equal(source.closed, 1);
}

static void who_goes_or_speaks_is_let_go(void **state)
{
	struct source source = {.held = true};

	(void)state;
	begin(&source, true);
	assert_int_equal(send(peer, "x", 1, 0), 1);
	sl_connection_readable(&api, &connection);
	assert_int_equal(connection.state, SL_CONNECTION_DONE);
	end();
	assert_int_equal(source.closed, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pieces_come_as_they_are_there),
		cmocka_unit_test(without_chunks_the_end_is_the_end_of_the_connection),
		cmocka_unit_test(a_slow_reader_holds_its_source_and_nobody_else),
		cmocka_unit_test(who_goes_or_speaks_is_let_go),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
