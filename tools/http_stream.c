#include "tools/http_stream.h"

#include "base/clock.h"
#include "base/http1.h"
#include "sluice/error.h"
#include "tools/http_client.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define IN_BYTES 65536u

static const struct sl_http_limits limits = {
	.header_bytes = 16384, .headers = SL_HTTP_HEADERS_MAX, .body_bytes = UINT64_MAX};

/* What stands at the front of what has come. */
enum expected { CHUNK_SIZE, CHUNK_BYTES, CHUNK_END, LAST_LINE, PLAIN, UNTIL_CLOSED, NOTHING };

struct sl_http_stream {
	int fd;
	unsigned status;
	enum expected expected;
	uint64_t left; /* of the chunk, or of the whole */
	size_t bytes;
	char in[IN_BYTES];
};

static void drop(struct sl_http_stream *stream, size_t n)
{
	memmove(stream->in, stream->in + n, stream->bytes - n);
	stream->bytes -= n;
}

/* More of what comes: bytes, 0 where the peer has closed, or an error. */
static ssize_t receive(struct sl_http_stream *stream, int64_t deadline_ns)
{
	for (;;) {
		ssize_t n = recv(stream->fd, stream->in + stream->bytes, IN_BYTES - stream->bytes,
				 MSG_DONTWAIT);
		int e;

		if (n >= 0) {
			stream->bytes += (size_t)n;
			return n;
		}
		if (errno != EAGAIN && errno != EINTR)
			return -errno;
		e = sl_http_client_wait(stream->fd, POLLIN, deadline_ns);
		if (e)
			return e;
	}
}

static int read_head(struct sl_http_stream *stream, int64_t deadline_ns)
{
	struct sl_http_response response;
	ssize_t head;

	while ((head = sl_http1_response(stream->in, stream->bytes, &limits, &response)) == 0) {
		ssize_t n = stream->bytes < IN_BYTES ? receive(stream, deadline_ns) : 0;

		if (n <= 0)
			return n ? (int)n : -SL_E_PEER;
	}
	if (head < 0)
		return -SL_E_PEER;
	drop(stream, (size_t)head);
	stream->status = response.status;
	stream->left = response.has_length ? response.content_length : 0;
	stream->expected = response.chunked      ? CHUNK_SIZE
			   : response.has_length ? PLAIN
						 : UNTIL_CLOSED;
	return 0;
}

int sl_http_stream_on(int fd, int64_t timeout_ms, struct sl_http_stream **ret_stream)
{
	int64_t deadline_ns = sl_clock_read(CLOCK_MONOTONIC) + timeout_ms * SL_NS_PER_MS;
	struct sl_http_stream *stream = calloc(1, sizeof(*stream));
	int e;

	if (!stream) {
		close(fd);
		return -ENOMEM;
	}
	stream->fd = fd;
	e = read_head(stream, deadline_ns);
	if (e)
		sl_http_stream_close(stream);
	else
		*ret_stream = stream;
	return e;
}

int sl_http_stream_open(const char *address, const char *target, int64_t timeout_ms,
			struct sl_http_stream **ret_stream)
{
	int64_t deadline_ns = sl_clock_read(CLOCK_MONOTONIC) + timeout_ms * SL_NS_PER_MS;
	int fd, e = sl_http_client_ask(address, "GET", target, NULL, 0, deadline_ns, &fd);

	return e ? e : sl_http_stream_on(fd, timeout_ms, ret_stream);
}

void sl_http_stream_close(struct sl_http_stream *stream)
{
	if (!stream)
		return;
	close(stream->fd);
	free(stream);
}

unsigned sl_http_stream_status(const struct sl_http_stream *stream)
{
	return stream->status;
}

/* Passes over what is not content: 1 passed, 0 more is needed, or an error. */
static int pass(struct sl_http_stream *stream)
{
	ssize_t n = 0;

	if (stream->expected == CHUNK_SIZE) {
		n = sl_http1_chunk(stream->in, stream->bytes, &stream->left);
		if (n > 0)
			stream->expected = stream->left ? CHUNK_BYTES : LAST_LINE;
	} else if (stream->expected == CHUNK_END || stream->expected == LAST_LINE) {
		n = sl_http1_chunk_end(stream->in, stream->bytes);
		if (n > 0)
			stream->expected = stream->expected == CHUNK_END ? CHUNK_SIZE : NOTHING;
	}
	if (n < 0)
		return -SL_E_PEER;
	drop(stream, (size_t)n);
	return n > 0;
}

/* Content that has come already; 0: none. */
static size_t take(struct sl_http_stream *stream, char *at, size_t room)
{
	size_t n = stream->bytes < room ? stream->bytes : room;

	if (stream->expected != CHUNK_BYTES && stream->expected != PLAIN &&
	    stream->expected != UNTIL_CLOSED)
		return 0;
	if (stream->expected != UNTIL_CLOSED) {
		n = n < stream->left ? n : (size_t)stream->left;
		stream->left -= n;
	}
	memcpy(at, stream->in, n);
	drop(stream, n);
	if (!stream->left && stream->expected == CHUNK_BYTES)
		stream->expected = CHUNK_END;
	if (!stream->left && stream->expected == PLAIN)
		stream->expected = NOTHING;
	return n;
}

ssize_t sl_http_stream_read(struct sl_http_stream *stream, char *at, size_t room,
			    int64_t timeout_ms)
{
	int64_t deadline_ns = sl_clock_read(CLOCK_MONOTONIC) + timeout_ms * SL_NS_PER_MS;

	for (;;) {
		size_t taken = take(stream, at, room);
		ssize_t n;
		int e;

		if (taken)
			return (ssize_t)taken;
		if (stream->expected == NOTHING)
			return 0;
		e = pass(stream);
		if (e < 0)
			return e;
		if (e)
			continue;
		if (stream->bytes == IN_BYTES)
			return -SL_E_PEER; /* a size line without an end */
		n = receive(stream, deadline_ns);
		if (n < 0)
			return n;
		if (n == 0)
			return stream->expected == UNTIL_CLOSED ? 0 : -SL_E_PEER;
	}
}
