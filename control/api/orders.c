/* Drain and stop: asked of the dataplane, answered when it has. */
#include "control/dataplane/orders.h"
#include "control/api/api_priv.h"
#include "sluice/error.h"

#include <string.h>

static bool body_is_empty(struct sl_connection *connection)
{
	json_t *body = connection->body_bytes ? sl_connection_body(connection, "") : NULL;

	json_decref(body);
	return !connection->body_bytes || body;
}

/* Who asks for what is under way already waits for that. */
static void give(struct sl_api *api, struct sl_connection *connection, enum sl_command what)
{
	enum sl_command under_way = sl_orders_under_way(api->orders);
	int e = 0;

	if (under_way && under_way != what) {
		sl_connection_reply_error(connection, 409, "the gateway is being %s",
					  under_way == SL_COMMAND_STOP ? "stopped" : "drained");
		return;
	}
	if (!body_is_empty(connection))
		return;
	if (!under_way)
		e = sl_orders_give(api->orders, what);
	if (e) {
		sl_connection_reply_error(connection, 503, "%s", sl_error_text(e));
		return;
	}
	connection->state = SL_CONNECTION_WAITING;
	connection->deadline_ns = INT64_MAX;
}

void sl_api_post_drain(struct sl_api *api, struct sl_connection *connection)
{
	give(api, connection, SL_COMMAND_DRAIN);
}

void sl_api_post_stop(struct sl_api *api, struct sl_connection *connection)
{
	give(api, connection, SL_COMMAND_STOP);
}

static void tell(struct sl_connection *connection, enum sl_command what, int result,
		 const char *why)
{
	static const char drained[] = "{\"drained\":true}", not_drained[] = "{\"drained\":false}";

	if (!result)
		sl_connection_reply(connection, 200, drained, sizeof(drained) - 1);
	else if (what == SL_COMMAND_STOP)
		sl_connection_reply(connection, 200, not_drained, sizeof(not_drained) - 1);
	else if (result == -SL_E_BUSY)
		sl_connection_reply_error(connection, 503,
					  "nothing more is accepted, and something is still under "
					  "way; ask again");
	else
		sl_connection_reply_error(connection, 503, "%s", why);
}

void sl_api_deliver_orders(struct sl_api *api)
{
	char why[SL_COMMAND_TEXT_MAX];
	enum sl_command what;
	int result;

	if (!sl_orders_take(api->orders, &what, &result, why))
		return;
	for (unsigned i = 0; i < SL_API_CONNECTIONS_MAX + SL_API_REMOTE_MAX; i++) {
		struct sl_connection *connection = &api->connections[i];

		if (connection->fd < 0 || connection->state != SL_CONNECTION_WAITING ||
		    connection->target.route->kind != SL_API_ORDER)
			continue;
		tell(connection, what, result, why);
		sl_connection_writable(api, connection);
	}
	/* whether there was a dataplane to be stopped or not */
	api->told_to_stop |= what == SL_COMMAND_STOP;
}
