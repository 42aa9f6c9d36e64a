/* How much this process says. */
#include "control/api/api_priv.h"

#include "base/log.h"

static void reply_level(struct sl_connection *connection)
{
	struct sl_log_counts counts = sl_log_counts();

	sl_connection_reply_json(
		connection, 200,
		json_pack("{s:s, s:I, s:I, s:I}", "level", sl_log_level_text(sl_log_level()),
			  "written", (json_int_t)counts.written, "left_out",
			  (json_int_t)counts.left_out, "lost", (json_int_t)counts.lost));
}

void sl_api_get_log_level(struct sl_api *api, struct sl_connection *connection)
{
	(void)api;
	reply_level(connection);
}

/* Until the process ends: what is to stay is in the settings. */
void sl_api_put_log_level(struct sl_api *api, struct sl_connection *connection)
{
	json_t *body = sl_connection_body(connection, "level");
	const char *name = json_string_value(json_object_get(body, "level"));
	enum sl_log_level level;

	(void)api;
	if (!body)
		return;
	if (!name || !sl_log_level_read(name, &level)) {
		sl_connection_reply_error(connection, 400,
					  "level is one of debug, info, warn and error");
	} else {
		sl_log_set_level(level);
		sl_log_info("the log's level is %s", sl_log_level_text(level));
		reply_level(connection);
	}
	json_decref(body);
}
