/* Rule sets: what is kept, and loads, which another thread does. */
#include "control/api/api_priv.h"

#include <stdlib.h>

static void reply(struct sl_connection *connection, struct sl_ruleset_reply *reply)
{
	sl_connection_reply(connection, reply->status, reply->body ? reply->body : "",
			    reply->bytes);
	free(reply->body);
}

void sl_api_get_rulesets(struct sl_api *api, struct sl_connection *connection)
{
	struct sl_ruleset_reply answer = {0};

	sl_rulesets_list(api->config.rulesets, &answer);
	reply(connection, &answer);
}

/* Without a number in the path: the one in force. */
void sl_api_get_ruleset(struct sl_api *api, struct sl_connection *connection)
{
	uint64_t version = connection->target.version;
	struct sl_ruleset_reply answer = {0};
	struct sl_ruleset_info current;

	sl_rulesets_current(api->config.rulesets, &current);
	if (!version && !current.version) {
		sl_connection_reply_error(connection, 404, "there is no rule set yet");
		return;
	}
	sl_rulesets_describe(api->config.rulesets, version ? version : current.version, &answer);
	reply(connection, &answer);
}

void sl_api_get_sources(struct sl_api *api, struct sl_connection *connection)
{
	struct sl_ruleset_reply answer = {0};
	uint64_t from;

	if (!sl_api_parameter_number(connection, "from", 0, INT64_MAX, 0, &from))
		return;
	sl_rulesets_sources(api->config.rulesets, connection->target.version, from, &answer);
	reply(connection, &answer);
}

void sl_api_get_diff(struct sl_api *api, struct sl_connection *connection)
{
	struct sl_ruleset_reply answer = {0};
	uint64_t since;

	if (!sl_api_parameter_number(connection, "since", 1, INT64_MAX, 0, &since))
		return;
	sl_rulesets_diff(api->config.rulesets, connection->target.version, since, &answer);
	reply(connection, &answer);
}

void sl_api_get_load_progress(struct sl_api *api, struct sl_connection *connection)
{
	struct sl_ruleset_progress progress;

	sl_rulesets_progress(api->config.rulesets, &progress);
	sl_connection_reply_json(connection, 200,
				 json_pack("{s:s?, s:I, s:I}", "phase", progress.phase, "done",
					   (json_int_t)progress.done, "steps",
					   (json_int_t)progress.steps));
}

/* The body goes to the loader as it is; whoever pipelines behind a load has to connect again. */
void sl_api_post_load(struct sl_api *api, struct sl_connection *connection)
{
	enum sl_api_kind kind = connection->target.route->kind;
	enum sl_ruleset_task task = kind == SL_API_ROLLBACK ? SL_RULESET_ROLLBACK
				    : kind == SL_API_CHECK  ? SL_RULESET_CHECK
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
