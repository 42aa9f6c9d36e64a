/* Events that were recorded, oldest first, as lines for a replay. */
#include "control/api/api_priv.h"
#include "control/json_member.h"
#include "control/recorder/recorder.h"

#include <stdlib.h>

#define ANSWER_BYTES ((size_t)4 << 20)
#define ENOUGH_BYTES ((size_t)1 << 20) /* the longest there can be still has room behind */
#define LIMIT_MAX 10000u
#define LIMIT 1000u

struct listing {
	struct sl_json json;
	uint64_t left;
};

_Static_assert(ANSWER_BYTES - ENOUGH_BYTES > 8 * SL_DAILY_RECORD_MAX,
	       "a byte takes at most 6 escaped");

static int add(void *context, int64_t time_ns, struct sl_span record)
{
	struct listing *listing = context;

	(void)time_ns;
	sl_json_text(&listing->json,
		     (struct sl_text){(const char *)record.at, (uint32_t)record.bytes});
	return --listing->left == 0 || listing->json.bytes > ENOUGH_BYTES;
}

/* False: refused, and answered. */
static bool take_parameters(struct sl_connection *connection,
			    struct sl_daily_question *ret_question,
			    struct sl_daily_place *ret_after, uint64_t *ret_limit)
{
	const char *after = sl_api_parameter(&connection->target, "after");
	struct sl_daily_question question = {.from_ns = INT64_MIN, .until_ns = INT64_MAX};

	if (after && sl_daily_place_parse(after, ret_after)) {
		sl_connection_reply_error(
			connection, 400,
			"the parameter \"after\" is \"next\" of the answer before");
		return false;
	}
	if (!sl_api_parameter_time(connection, "from", &question.from_ns) ||
	    !sl_api_parameter_time(connection, "to", &question.until_ns) ||
	    !sl_api_parameter_number(connection, "limit", 1, LIMIT_MAX, LIMIT, ret_limit))
		return false;
	*ret_question = question;
	return true;
}

void sl_api_get_recorded(struct sl_api *api, struct sl_connection *connection)
{
	struct sl_recorder *recorder = sl_consumers_recorder(api->config.consumers);
	struct sl_daily_place after = {0}, next = {0};
	struct sl_daily_question question;
	char place[SL_DAILY_PLACE_BYTES];
	struct listing listing;
	char *body;
	int e;

	if (!take_parameters(connection, &question, &after, &listing.left))
		return;
	body = malloc(ANSWER_BYTES);
	if (!body) {
		sl_connection_reply_error(connection, 503, "no memory");
		return;
	}
	sl_json_init(&listing.json, body, ANSWER_BYTES);
	sl_json_object(&listing.json);
	sl_member_bool(&listing.json, "recording", api->config.settings->record_events);
	sl_member_array(&listing.json, "events");
	e = sl_daily_walk(sl_recorder_daily(recorder), &question, after, add, &listing, &next);
	sl_json_array_end(&listing.json);
	if (next.file) {
		sl_daily_place_format(next, place);
		sl_member_string(&listing.json, "next", place);
	}
	sl_json_object_end(&listing.json);
	if (e || listing.json.full)
		sl_connection_reply_error(connection, 503, "no memory");
	else
		sl_connection_reply(connection, 200, body, listing.json.bytes);
	free(body);
}
