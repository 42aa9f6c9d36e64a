/* One connection: bytes in, a request, bytes out. */
#include "control/api/api_priv.h"
#include "control/api/guard_priv.h"

#include "base/clock.h"
#include "base/log.h"
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
#define IDLE_NS (60 * SL_NS_PER_S)
#define LINGER_NS (2 * SL_NS_PER_S)

static const struct sl_http_limits limits = {
	.header_bytes = HEAD_BYTES,
	.headers = SL_HTTP_HEADERS_MAX,
	.body_bytes = SL_RULESET_BODY_MAX,
};

void sl_connection_enter(struct sl_connection *connection, enum sl_connection_state state,
			 int64_t patience_ns)
{
	connection->state = state;
	connection->deadline_ns = sl_clock_read(CLOCK_MONOTONIC) + patience_ns;
}

void sl_connection_init(struct sl_connection *connection, int fd, bool remote)
{
	memset(connection, 0, sizeof(*connection));
	connection->fd = fd;
	connection->remote = remote;
	sl_connection_enter(connection, SL_CONNECTION_HEAD, IDLE_NS);
}

void sl_connection_close(struct sl_api *api, struct sl_connection *connection)
{
	if (connection->claimed)
		sl_rulesets_give_up(api->config.rulesets);
	close(connection->fd);
	sl_connection_stream_end(connection);
	free(connection->in);
	free(connection->out);
	memset(connection, 0, sizeof(*connection));
	connection->fd = -1;
}

static void refuse(struct sl_connection *connection, unsigned status, const char *sentence)
{
	connection->keep_alive = false;
	connection->unheard = true;
	sl_connection_reply_error(connection, status, "%s", sentence);
}

/* False: it was refused. */
static bool let_in(const struct sl_api *api, struct sl_connection *connection,
		   const struct sl_http_request *request)
{
	const struct sl_api_route *route = connection->target.route;

	if (!connection->remote)
		return true;
	if (!sl_api_host_is_loopback(request->host))
		refuse(connection, 403,
		       "the Host of a request has to be a loopback one: localhost, 127.0.0.1 or "
		       "[::1]");
	else if ((!route || route->kind != SL_API_PROBE) &&
		 !sl_api_token_given(api->config.settings->api_token_file, request))
		refuse(connection, 401,
		       "a request needs the header \"Authorization: Bearer TOKEN\", with the first "
		       "line of the file that the setting api.token_file names");
	else
		return true;
	return false;
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
	const struct sl_api_route *route = connection->target.route;
	enum sl_api_kind kind = route ? route->kind : SL_API_PLAIN;
	bool files = kind == SL_API_LOAD || kind == SL_API_CHECK;
	uint64_t body_max = files ? SL_RULESET_BODY_MAX : BODY_BYTES;
	bool waits = files || kind == SL_API_ROLLBACK;

	connection->keep_alive = request->keep_alive;
	connection->chunks = request->minor > 0;
	connection->body_bytes = request->has_length ? request->content_length : 0;
	sl_connection_enter(connection, SL_CONNECTION_BODY, BODY_NS);
	if (!let_in(api, connection, request))
		return;
	if (request->chunked || (waits && !request->has_length)) {
		refuse(connection, 411, "a body needs its Content-Length");
	} else if (connection->body_bytes > body_max) {
		refuse(connection, 413, "the body is too large");
	} else if (waits) {
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

static void answer(struct sl_api *api, struct sl_connection *connection)
{
	const struct sl_api_target *target = &connection->target;

	if (target->route) {
		/* not what was asked for in particular: that may be a customer */
		sl_log_debug("API: %s %s", target->route->method, target->route->path);
		target->route->answer(api, connection);
	} else {
		sl_connection_reply_error(connection, target->refused, "%s", target->why);
	}
}

static bool take_body(struct sl_api *api, struct sl_connection *connection)
{
	if (connection->in_bytes < connection->body_bytes)
		return false;
	if (!connection->body_bytes && !reserve(connection, 1))
		return false;
	answer(api, connection);
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
	if (connection->state == SL_CONNECTION_WRITING ||
	    connection->state == SL_CONNECTION_STREAMING)
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

static void drop_input(struct sl_connection *connection)
{
	char dropped[4096];
	ssize_t n = recv(connection->fd, dropped, sizeof(dropped), MSG_DONTWAIT);

	if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR))
		connection->state = SL_CONNECTION_DONE;
}

void sl_connection_readable(struct sl_api *api, struct sl_connection *connection)
{
	bool first = connection->state == SL_CONNECTION_HEAD && !connection->in_bytes;
	ssize_t n;

	if (connection->state == SL_CONNECTION_LINGERING) {
		drop_input(connection);
		return;
	}
	if (connection->state == SL_CONNECTION_STREAMING) {
		/* it has gone, or asks for more than it is being told */
		connection->state = SL_CONNECTION_DONE;
		return;
	}
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
		sl_connection_enter(connection, SL_CONNECTION_HEAD, HEAD_NS);
	advance(api, connection);
}

bool sl_connection_flush(struct sl_connection *connection)
{
	while (connection->out_sent < connection->out_bytes) {
		ssize_t n = send(connection->fd, connection->out + connection->out_sent,
				 connection->out_bytes - connection->out_sent,
				 MSG_NOSIGNAL | MSG_DONTWAIT);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno != EAGAIN)
			connection->state = SL_CONNECTION_DONE;
		if (n < 0)
			return false;
		connection->out_sent += (size_t)n;
	}
	return true;
}

void sl_connection_writable(struct sl_api *api, struct sl_connection *connection)
{
	if (connection->stream) {
		sl_connection_stream_more(connection);
		return;
	}
	if (!sl_connection_flush(connection))
		return;
	free(connection->out);
	connection->out = NULL;
	connection->out_bytes = connection->out_sent = 0;
	if (connection->unheard) {
		shutdown(connection->fd, SHUT_WR);
		sl_connection_enter(connection, SL_CONNECTION_LINGERING, LINGER_NS);
		return;
	}
	if (!connection->keep_alive) {
		connection->state = SL_CONNECTION_DONE;
		return;
	}
	sl_connection_enter(connection, SL_CONNECTION_HEAD,
			    connection->in_bytes ? HEAD_NS : IDLE_NS);
	if (connection->in_bytes)
		advance(api, connection);
}
