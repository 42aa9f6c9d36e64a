/* One connection: bytes in, a request, bytes out. */
#include "control/api/api_priv.h"

#include "base/clock.h"
#include "sluice/error.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define HEAD_BYTES 16384u
#define BODY_BYTES 65536u /* of anything that is not a load */
#define HEAD_NS (10 * SL_NS_PER_S)
#define BODY_NS (120 * SL_NS_PER_S)
#define WRITE_NS (30 * SL_NS_PER_S)
#define IDLE_NS (60 * SL_NS_PER_S)

static const struct sl_http_limits limits = {
	.header_bytes = HEAD_BYTES,
	.headers = SL_HTTP_HEADERS_MAX,
	.body_bytes = SL_RULESET_BODY_MAX,
};

static void enter(struct sl_connection *connection, enum sl_connection_state state,
		  int64_t patience_ns)
{
	connection->state = state;
	connection->deadline_ns = sl_clock_read(CLOCK_MONOTONIC) + patience_ns;
}

void sl_connection_init(struct sl_connection *connection, int fd)
{
	memset(connection, 0, sizeof(*connection));
	connection->fd = fd;
	enter(connection, SL_CONNECTION_HEAD, IDLE_NS);
}

void sl_connection_close(struct sl_api *api, struct sl_connection *connection)
{
	if (connection->claimed)
		sl_rulesets_give_up(api->config.rulesets);
	close(connection->fd);
	free(connection->in);
	free(connection->out);
	memset(connection, 0, sizeof(*connection));
	connection->fd = -1;
}

void sl_connection_reply(struct sl_connection *connection, unsigned status, const char *body,
			 size_t bytes)
{
	char allow[64] = "";
	int n;

	free(connection->out);
	connection->out_sent = 0;
	connection->out = malloc(bytes + 512);
	if (!connection->out) {
		connection->state = SL_CONNECTION_DONE;
		return;
	}
	if (status == 405)
		snprintf(allow, sizeof(allow), "Allow: %s\r\n", connection->target.allow);
	n = snprintf(connection->out, 512,
		     "HTTP/1.1 %u %s\r\nContent-Type: application/json\r\nContent-Length: "
		     "%zu\r\n%s%s%s\r\n",
		     status, sl_http_phrase(status), bytes, allow,
		     status == 503 ? "Retry-After: 1\r\n" : "",
		     connection->keep_alive ? "" : "Connection: close\r\n");
	memcpy(connection->out + n, body, bytes);
	connection->out_bytes = (size_t)n + bytes;
	enter(connection, SL_CONNECTION_WRITING, WRITE_NS);
}

static void refuse(struct sl_connection *connection, unsigned status, const char *sentence)
{
	char body[256];
	int n = snprintf(body, sizeof(body), "{\"error\":\"%s\"}", sentence);

	connection->keep_alive = false;
	sl_connection_reply(connection, status, body, (size_t)n);
}

static bool reserve(struct sl_connection *connection, size_t room)
{
	char *in;

	if (connection->in_room >= room)
		return true;
	in = realloc(connection->in, room);
	if (!in)
		return false;
	connection->in = in;
	connection->in_room = room;
	return true;
}

static void drop_front(struct sl_connection *connection, size_t n)
{
	memmove(connection->in, connection->in + n, connection->in_bytes - n);
	connection->in_bytes -= n;
}

/* The head is there: what follows it? */
static void begin_body(struct sl_api *api, struct sl_connection *connection,
		       const struct sl_http_request *request)
{
	uint64_t body_max =
		connection->target.route == SL_API_ROUTE_LOAD ? SL_RULESET_BODY_MAX : BODY_BYTES;
	bool loads = sl_api_is_load(connection->target.route);

	connection->keep_alive = request->keep_alive;
	connection->body_bytes = request->has_length ? request->content_length : 0;
	enter(connection, SL_CONNECTION_BODY, BODY_NS);
	if (request->chunked || (loads && !request->has_length)) {
		refuse(connection, 411, "a body needs its Content-Length");
	} else if (connection->body_bytes > body_max) {
		refuse(connection, 413, "the body is too large");
	} else if (loads) {
		connection->keep_alive = false;
		if (sl_rulesets_claim(api->config.rulesets))
			refuse(connection, 409, "another rule set is being loaded");
		else
			connection->claimed = true;
	}
	if (request->expect_continue && connection->state == SL_CONNECTION_BODY) {
		static const char go_on[] = "HTTP/1.1 100 Continue\r\n\r\n";

		/* nothing is under way to this peer, so that its socket has room for 25 bytes */
		if (send(connection->fd, go_on, sizeof(go_on) - 1, MSG_NOSIGNAL | MSG_DONTWAIT) < 0)
			connection->state = SL_CONNECTION_DONE;
	}
}

static bool take_head(struct sl_api *api, struct sl_connection *connection)
{
	struct sl_http_request request;
	ssize_t n;

	if (!connection->in_bytes)
		return false;
	n = sl_http1_request(connection->in, connection->in_bytes, &limits, &request);
	if (n == 0)
		return false;
	if (n < 0) {
		refuse(connection, (unsigned)-n,
		       "the request is not one of HTTP/1.1, or too large");
		return true;
	}
	sl_api_route(&request, &connection->target);
	begin_body(api, connection, &request);
	drop_front(connection, (size_t)n); /* ends the request's views */
	return true;
}

static bool take_body(struct sl_api *api, struct sl_connection *connection)
{
	if (connection->in_bytes < connection->body_bytes)
		return false;
	if (!connection->body_bytes && !reserve(connection, 1))
		return false;
	sl_api_answer(api, connection);
	if (connection->in)
		drop_front(connection, (size_t)connection->body_bytes);
	return true;
}

static void advance(struct sl_api *api, struct sl_connection *connection)
{
	bool more = true;

	while (more) {
		if (connection->state == SL_CONNECTION_HEAD)
			more = take_head(api, connection);
		else if (connection->state == SL_CONNECTION_BODY)
			more = take_body(api, connection);
		else
			more = false;
	}
	if (connection->state == SL_CONNECTION_WRITING)
		sl_connection_writable(api, connection);
}

/* Room grows with what has come, not with what was announced. */
static size_t wanted_room(const struct sl_connection *connection)
{
	size_t room = connection->in_room < HEAD_BYTES + 1 ? HEAD_BYTES + 1 : connection->in_room;

	if (connection->state == SL_CONNECTION_BODY &&
	    connection->in_bytes == connection->in_room &&
	    connection->in_bytes < connection->body_bytes)
		room = room * 2 < connection->body_bytes ? room * 2
							 : (size_t)connection->body_bytes;
	return room;
}

void sl_connection_readable(struct sl_api *api, struct sl_connection *connection)
{
	bool first = connection->state == SL_CONNECTION_HEAD && !connection->in_bytes;
	ssize_t n;

	if (!reserve(connection, wanted_room(connection)) ||
	    connection->in_bytes == connection->in_room) {
		connection->state = SL_CONNECTION_DONE;
		return;
	}
	n = recv(connection->fd, connection->in + connection->in_bytes,
		 connection->in_room - connection->in_bytes, MSG_DONTWAIT);
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0) {
		connection->state = SL_CONNECTION_DONE;
		return;
	}
	connection->in_bytes += (size_t)n;
	if (first)
		enter(connection, SL_CONNECTION_HEAD, HEAD_NS);
	advance(api, connection);
}

void sl_connection_writable(struct sl_api *api, struct sl_connection *connection)
{
	while (connection->out_sent < connection->out_bytes) {
		ssize_t n = send(connection->fd, connection->out + connection->out_sent,
				 connection->out_bytes - connection->out_sent,
				 MSG_NOSIGNAL | MSG_DONTWAIT);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == EAGAIN)
			return;
		if (n < 0) {
			connection->state = SL_CONNECTION_DONE;
			return;
		}
		connection->out_sent += (size_t)n;
	}
	free(connection->out);
	connection->out = NULL;
	if (!connection->keep_alive) {
		connection->state = SL_CONNECTION_DONE;
		return;
	}
	enter(connection, SL_CONNECTION_HEAD, connection->in_bytes ? HEAD_NS : IDLE_NS);
	if (connection->in_bytes)
		advance(api, connection);
}
