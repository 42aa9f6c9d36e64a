/* Which request is what, and the answers that are there at once. */
#include "control/api/api_priv.h"

#include "base/span.h"

#include <stdlib.h>
#include <string.h>

/* N stands for the number of a version. */
static const struct {
	const char *path;
	const char *method;
	enum sl_api_route route;
} routes[] = {
	{"/healthz", "GET", SL_API_ROUTE_HEALTH},
	{"/readyz", "GET", SL_API_ROUTE_READY},
	{"/v1/status", "GET", SL_API_ROUTE_STATUS},
	{"/v1/rulesets", "GET", SL_API_ROUTE_LIST},
	{"/v1/rulesets", "POST", SL_API_ROUTE_LOAD},
	{"/v1/rulesets/current", "GET", SL_API_ROUTE_VERSION},
	{"/v1/rulesets/rollback", "POST", SL_API_ROUTE_ROLLBACK},
	{"/v1/rulesets/N", "GET", SL_API_ROUTE_VERSION},
	{"/v1/rulesets/N/sources", "GET", SL_API_ROUTE_SOURCES},
};

/* Bytes of a number without a leading zero, at most 18 digits; 0: there is none. */
static size_t read_number(const char *at, size_t n, uint64_t *ret_number)
{
	uint64_t number = 0;
	size_t i = 0;

	while (i < n && i < 19 && at[i] >= '0' && at[i] <= '9')
		number = number * 10 + (uint64_t)(at[i++] - '0');
	if (i == 0 || i == 19 || at[0] == '0')
		return 0;
	*ret_number = number;
	return i;
}

static bool path_is(struct sl_span path, const char *pattern, uint64_t *ret_number)
{
	const char *at = (const char *)path.at;
	size_t n = path.bytes;

	for (; *pattern; pattern++) {
		size_t taken = 1;

		if (!n)
			return false;
		if (*pattern == 'N')
			taken = read_number(at, n, ret_number);
		else if (*at != *pattern)
			return false;
		if (!taken)
			return false;
		at += taken;
		n -= taken;
	}
	return n == 0;
}

/* "from=K"; anything else is 0. */
static uint64_t from_of(struct sl_span query)
{
	static const char name[] = "from=";
	uint64_t from = 0;

	if (query.bytes <= sizeof(name) - 1 || memcmp(query.at, name, sizeof(name) - 1) != 0)
		return 0;
	read_number((const char *)query.at + sizeof(name) - 1, query.bytes - (sizeof(name) - 1),
		    &from);
	return from;
}

void sl_api_route(const struct sl_http_request *request, struct sl_api_target *ret_target)
{
	struct sl_api_target target = {.route = SL_API_ROUTE_NOT_FOUND,
				       .from = from_of(request->query)};

	for (size_t i = 0; i < sizeof(routes) / sizeof(routes[0]); i++) {
		if (!path_is(request->path, routes[i].path, &target.number))
			continue;
		if (sl_span_equal(request->method, sl_span_text(routes[i].method))) {
			target.route = routes[i].route;
			target.allow = NULL;
			break;
		}
		/* one path has two methods */
		target.allow = target.allow ? "GET, POST" : routes[i].method;
		target.route = SL_API_ROUTE_NOT_ALLOWED;
	}
	*ret_target = target;
}

static void reply_text(struct sl_connection *connection, unsigned status, const char *body)
{
	sl_connection_reply(connection, status, body, strlen(body));
}

static void answer_status(struct sl_api *api, struct sl_connection *connection)
{
	size_t bytes = 0;
	char *body = sl_api_status(&api->config, &api->heartbeats, &bytes);

	if (body)
		sl_connection_reply(connection, 200, body, bytes);
	else
		reply_text(connection, 503, "{\"error\":\"no memory\"}");
	free(body);
}

/* /healthz says that this process is there; this, that the gateway does what it is for. */
static void answer_ready(struct sl_api *api, struct sl_connection *connection)
{
	size_t bytes = 0;
	bool ready = false;
	char *body = sl_api_ready(&api->config, &api->heartbeats, &bytes, &ready);

	if (body)
		sl_connection_reply(connection, ready ? 200 : 503, body, bytes);
	else
		reply_text(connection, 503, "{\"error\":\"no memory\"}");
	free(body);
}

static void reply(struct sl_connection *connection, struct sl_ruleset_reply *reply)
{
	sl_connection_reply(connection, reply->status, reply->body ? reply->body : "",
			    reply->bytes);
	free(reply->body);
}

static void answer_rulesets(struct sl_api *api, struct sl_connection *connection)
{
	struct sl_rulesets *rulesets = api->config.rulesets;
	uint64_t number = connection->target.number;
	struct sl_ruleset_reply answer = {0};
	struct sl_ruleset_info current;

	sl_rulesets_current(rulesets, &current);
	if (connection->target.route == SL_API_ROUTE_LIST) {
		sl_rulesets_list(rulesets, &answer);
	} else if (connection->target.route == SL_API_ROUTE_SOURCES) {
		sl_rulesets_sources(rulesets, number, connection->target.from, &answer);
	} else if (!number && !current.version) {
		reply_text(connection, 404, "{\"error\":\"there is no rule set yet\"}");
		return;
	} else {
		sl_rulesets_describe(rulesets, number ? number : current.version, &answer);
	}
	reply(connection, &answer);
}

/* The body goes to the loader as it is; whoever pipelines behind a load has to connect again. */
static void begin_load(struct sl_api *api, struct sl_connection *connection)
{
	enum sl_ruleset_task task = connection->target.route == SL_API_ROUTE_ROLLBACK
					    ? SL_RULESET_ROLLBACK
					    : SL_RULESET_LOAD;
	char *body = connection->in;

	connection->in = NULL;
	connection->in_bytes = 0;
	connection->in_room = 0;
	connection->claimed = false;
	connection->state = SL_CONNECTION_WAITING;
	connection->deadline_ns = INT64_MAX;
	sl_rulesets_submit(api->config.rulesets, task, body, (size_t)connection->body_bytes);
}

void sl_api_answer(struct sl_api *api, struct sl_connection *connection)
{
	switch (connection->target.route) {
	case SL_API_ROUTE_HEALTH:
		reply_text(connection, 200, "{\"ok\":true}");
		break;
	case SL_API_ROUTE_READY:
		answer_ready(api, connection);
		break;
	case SL_API_ROUTE_STATUS:
		answer_status(api, connection);
		break;
	case SL_API_ROUTE_LIST:
	case SL_API_ROUTE_VERSION:
	case SL_API_ROUTE_SOURCES:
		answer_rulesets(api, connection);
		break;
	case SL_API_ROUTE_LOAD:
	case SL_API_ROUTE_ROLLBACK:
		begin_load(api, connection);
		break;
	case SL_API_ROUTE_NOT_ALLOWED:
		reply_text(connection, 405, "{\"error\":\"not this method\"}");
		break;
	case SL_API_ROUTE_NOT_FOUND:
		reply_text(connection, 404, "{\"error\":\"there is nothing at this path\"}");
		break;
	}
}
