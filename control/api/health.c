/* What is asked of the gateway as a whole. */
#include "control/api/api_priv.h"

#include <stdlib.h>
#include <string.h>

void sl_api_get_health(struct sl_api *api, struct sl_connection *connection)
{
	static const char body[] = "{\"ok\":true}";

	(void)api;
	sl_connection_reply(connection, 200, body, sizeof(body) - 1);
}

/* /healthz says that this process is there; this, that the gateway does what it is for. */
void sl_api_get_ready(struct sl_api *api, struct sl_connection *connection)
{
	size_t bytes = 0;
	bool ready = false;
	char *body = sl_api_ready(&api->config, &api->heartbeats, &bytes, &ready);

	if (body)
		sl_connection_reply(connection, ready ? 200 : 503, body, bytes);
	else
		sl_connection_reply_error(connection, 503, "no memory");
	free(body);
}

void sl_api_get_status(struct sl_api *api, struct sl_connection *connection)
{
	size_t bytes = 0;
	char *body = sl_api_status(&api->config, &api->heartbeats, &bytes);

	if (body)
		sl_connection_reply(connection, 200, body, bytes);
	else
		sl_connection_reply_error(connection, 503, "no memory");
	free(body);
}

static json_t *parameters_of(const struct sl_api_route *route)
{
	json_t *list = json_array();
	const char *at = route->parameters;

	while (at && *at) {
		size_t n = strcspn(at, " ");

		json_array_append_new(list, json_stringn(at, n));
		at += n + (at[n] == ' ');
	}
	return list;
}

void sl_api_get_routes(struct sl_api *api, struct sl_connection *connection)
{
	json_t *list = json_array();
	bool failed = !list;

	(void)api;
	for (size_t i = 0; i < sl_api_routes_count && !failed; i++) {
		const struct sl_api_route *route = &sl_api_routes[i];

		failed = json_array_append_new(list, json_pack("{s:s, s:s, s:o, s:s}", "method",
							       route->method, "path", route->path,
							       "parameters", parameters_of(route),
							       "help", route->help)) != 0;
	}
	if (failed)
		json_decref(list);
	sl_connection_reply_json(connection, 200,
				 failed ? NULL : json_pack("{s:o}", "routes", list));
}
