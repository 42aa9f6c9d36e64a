/* What campaigns remember of a key: asked of the dataplane, answered when it has. */
#include "control/api/api_priv.h"
#include "control/dataplane/look.h"
#include "control/json_member.h"

#include <string.h>

#define ANSWER_BYTES 131072u

_Static_assert(ANSWER_BYTES >= SL_COMMAND_LOOKS_MAX * (12 * SL_COMMAND_NAME_BYTES + 256) +
				       6 * SL_COMMAND_TEXT_MAX,
	       "a byte takes at most 6 escaped");

static const char *const kinds[] = {
	[SL_COMMAND_LOOK_RUN] = "run",     [SL_COMMAND_LOOK_WINDOW] = "window",
	[SL_COMMAND_LOOK_NOTE] = "note",   [SL_COMMAND_LOOK_COMPLETION] = "completion",
	[SL_COMMAND_LOOK_LIMIT] = "limit",
};

void sl_api_get_remembered(struct sl_api *api, struct sl_connection *connection)
{
	const char *key = sl_api_parameter(&connection->target, "key");
	int e;

	if (!key || !key[0] || strlen(key) >= SL_COMMAND_TEXT_MAX) {
		sl_connection_reply_error(connection, 400,
					  "which key? ?key= with the customer, or whatever the "
					  "campaign groups by, in less than %u bytes",
					  SL_COMMAND_TEXT_MAX);
		return;
	}
	e = sl_look_ask(api->look, key);
	if (e) {
		sl_connection_reply_error(connection, 503, "%s",
					  e == -SL_E_BUSY
						  ? "another key is being looked at; ask again"
						  : sl_error_text(e));
		return;
	}
	connection->state = SL_CONNECTION_WAITING;
	connection->deadline_ns = INT64_MAX;
}

static void write_time(struct sl_json *json, const char *name, int64_t ns)
{
	if (ns != INT64_MAX && ns != INT64_MIN)
		sl_member_time(json, name, ns);
}

static void write_look(struct sl_json *json, const struct sl_command_look *look)
{
	bool known = look->kind < sizeof(kinds) / sizeof(kinds[0]) && kinds[look->kind];

	sl_json_object(json);
	sl_member_string(json, "campaign", look->campaign);
	sl_member_string(json, "what", known ? kinds[look->kind] : "unknown");
	if (look->step[0])
		sl_member_string(json, "step", look->step);
	sl_member_uint(json, "count", look->count);
	write_time(json, "first", look->first_ns);
	write_time(json, "last", look->last_ns);
	write_time(json, "due", look->due_ns);
	sl_json_object_end(json);
}

static void tell(struct sl_connection *connection, const char *key,
		 const struct sl_command_reply *reply)
{
	static char room[ANSWER_BYTES]; /* one thread, one answer at a time */
	struct sl_json json;

	sl_json_init(&json, room, sizeof(room));
	sl_json_object(&json);
	sl_member_string(&json, "key", key);
	sl_member_uint(&json, "ruleset", reply->ruleset);
	write_time(&json, "tick", reply->tick_ns);
	sl_member_uint(&json, "total", reply->looks_all);
	sl_member_array(&json, "remembered");
	for (uint32_t i = 0; i < reply->looks; i++)
		write_look(&json, &reply->look[i]);
	sl_json_array_end(&json);
	sl_json_object_end(&json);
	sl_connection_reply(connection, 200, room, json.bytes);
}

/* At most one waits: who asked meanwhile was refused. */
void sl_api_deliver_look(struct sl_api *api)
{
	const struct sl_command_reply *reply;
	const char *key;
	int result;

	if (!sl_look_take(api->look, &result, &key, &reply))
		return;
	for (unsigned i = 0; i < SL_API_CONNECTIONS_MAX + SL_API_REMOTE_MAX; i++) {
		struct sl_connection *connection = &api->connections[i];

		if (connection->fd < 0 || connection->state != SL_CONNECTION_WAITING ||
		    connection->target.route->kind != SL_API_LOOK)
			continue;
		if (result)
			sl_connection_reply_error(connection, 503, "%s", reply->text);
		else
			tell(connection, key, reply);
		sl_connection_writable(api, connection);
	}
}
