/* Which request is what, and the answers that are there at once. */
#include "control/api/api_priv.h"

#include "base/json_out.h"
#include "base/span.h"

#include <stdlib.h>
#include <string.h>

static const struct {
	const char *path;
	const char *method;
	enum sl_api_route route;
} routes[] = {
	{"/healthz", "GET", SL_API_ROUTE_HEALTH},
	{"/readyz", "GET", SL_API_ROUTE_READY},
	{"/v1/status", "GET", SL_API_ROUTE_STATUS},
	{"/v1/rulesets", "POST", SL_API_ROUTE_LOAD},
	{"/v1/rulesets/current", "GET", SL_API_ROUTE_CURRENT},
};

enum sl_api_route sl_api_route(const struct sl_http_request *request, const char **ret_allow)
{
	for (size_t i = 0; i < sizeof(routes) / sizeof(routes[0]); i++) {
		if (!sl_span_equal(request->path, sl_span_text(routes[i].path)))
			continue;
		if (sl_span_equal(request->method, sl_span_text(routes[i].method)))
			return routes[i].route;
		*ret_allow = routes[i].method;
		return SL_API_ROUTE_NOT_ALLOWED;
	}
	return SL_API_ROUTE_NOT_FOUND;
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

static void answer_current(struct sl_api *api, struct sl_connection *connection)
{
	struct sl_ruleset_info info;
	struct sl_json json;
	char body[2048];

	sl_rulesets_current(api->config.rulesets, &info);
	if (!info.version) {
		reply_text(connection, 404, "{\"error\":\"there is no rule set yet\"}");
		return;
	}
	sl_json_init(&json, body, sizeof(body));
	sl_json_object(&json);
	sl_json_name(&json, "version");
	sl_json_uint(&json, info.version);
	sl_json_name(&json, "campaigns");
	sl_json_uint(&json, info.campaigns);
	sl_json_name(&json, "hash");
	sl_json_string(&json, info.hash);
	sl_json_name(&json, "author");
	sl_json_string(&json, info.author);
	sl_json_name(&json, "time");
	sl_json_string(&json, info.time);
	sl_json_object_end(&json);
	sl_connection_reply(connection, 200, body, json.bytes);
}

/* The body goes to the loader as it is; whoever pipelines behind a load has to connect again. */
static void begin_load(struct sl_api *api, struct sl_connection *connection)
{
	char *body = connection->in;

	connection->in = NULL;
	connection->in_bytes = 0;
	connection->in_room = 0;
	connection->claimed = false;
	connection->state = SL_CONNECTION_WAITING;
	connection->deadline_ns = INT64_MAX;
	sl_rulesets_submit(api->config.rulesets, body, (size_t)connection->body_bytes);
}

void sl_api_answer(struct sl_api *api, struct sl_connection *connection)
{
	switch (connection->route) {
	case SL_API_ROUTE_HEALTH:
		reply_text(connection, 200, "{\"ok\":true}");
		break;
	case SL_API_ROUTE_READY:
		answer_ready(api, connection);
		break;
	case SL_API_ROUTE_STATUS:
		answer_status(api, connection);
		break;
	case SL_API_ROUTE_CURRENT:
		answer_current(api, connection);
		break;
	case SL_API_ROUTE_LOAD:
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
