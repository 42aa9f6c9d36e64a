/* Bodies of requests, believed in nothing. */
#include "control/api/api_priv.h"

json_t *sl_connection_body(struct sl_connection *connection, const char *members)
{
	json_error_t error;
	json_t *root = json_loadb(connection->in, (size_t)connection->body_bytes,
				  JSON_REJECT_DUPLICATES, &error);
	const char *name;
	json_t *value;

	if (!json_is_object(root)) {
		sl_connection_reply_error(connection, 400, "the body is not a JSON object%s%s",
					  root ? "" : ": ", root ? "" : error.text);
		json_decref(root);
		return NULL;
	}
	json_object_foreach(root, name, value)
	{
		if (sl_api_word_in(name, members))
			continue;
		sl_connection_reply_error(connection, 400, "there is no member \"%.60s\" here%s%s",
					  name, members[0] ? "; there are: " : "", members);
		json_decref(root);
		return NULL;
	}
	return root;
}
