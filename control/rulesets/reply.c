/* Replies to a load. */
#include "control/rulesets/rulesets_priv.h"

#include <stdlib.h>
#include <string.h>

void sl_ruleset_reply_json(struct sl_ruleset_reply *reply, unsigned status, json_t *root)
{
	free(reply->body); /* of what was to be said before it failed */
	reply->status = status;
	reply->body = root ? json_dumps(root, JSON_COMPACT) : NULL;
	reply->bytes = reply->body ? strlen(reply->body) : 0;
	if (!reply->body)
		reply->status = 500; /* no memory for so much as a reply */
	json_decref(root);
}

void sl_ruleset_reply_error(struct sl_ruleset_reply *reply, unsigned status, const char *sentence)
{
	sl_ruleset_reply_json(reply, status, json_pack("{s:s}", "error", sentence));
}

void sl_ruleset_reply_diagnostics(struct sl_ruleset_reply *reply, json_t *diagnostics)
{
	sl_ruleset_reply_json(reply, 422, json_pack("{s:O}", "diagnostics", diagnostics));
}

void sl_ruleset_reply_done(struct sl_ruleset_reply *reply, const struct sl_ruleset_info *info,
			   const struct sl_compile_result *result)
{
	json_t *root = json_pack("{s:I, s:I, s:s}", "version", (json_int_t)info->version,
				 "campaigns", (json_int_t)info->campaigns, "hash", info->hash);

	if (root && json_array_size(result->diagnostics)) /* warnings */
		json_object_set(root, "diagnostics", result->diagnostics);
	if (root && json_array_size(result->changes))
		json_object_set(root, "remembered", result->changes);
	sl_ruleset_reply_json(reply, 200, root);
}
