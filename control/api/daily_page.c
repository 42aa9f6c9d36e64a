/* Pages of what is kept for days: which part is asked for, and the answer. */
#include "control/api/daily_page_priv.h"

#include <stdlib.h>

#define BODY_BYTES ((size_t)4 << 20)

_Static_assert(BODY_BYTES - SL_API_PAGE_ENOUGH > 8 * SL_DAILY_RECORD_MAX,
	       "a byte takes at most 6 escaped");

bool sl_api_page_asked(struct sl_connection *connection, uint64_t limit_max, uint64_t limit_default,
		       struct sl_api_page *ret_page)
{
	const char *after = sl_api_parameter(&connection->target, "after");
	struct sl_api_page page = {.from_ns = INT64_MIN, .until_ns = INT64_MAX};

	if (after && sl_daily_place_parse(after, &page.after)) {
		sl_connection_reply_error(
			connection, 400,
			"the parameter \"after\" is \"next\" of the answer before");
		return false;
	}
	if (!sl_api_parameter_time(connection, "from", &page.from_ns) ||
	    !sl_api_parameter_time(connection, "to", &page.until_ns) ||
	    !sl_api_parameter_number(connection, "limit", 1, limit_max, limit_default, &page.limit))
		return false;
	*ret_page = page;
	return true;
}

bool sl_api_page_begin(struct sl_connection *connection, struct sl_json *json)
{
	char *body = malloc(BODY_BYTES);

	if (!body) {
		sl_connection_reply_error(connection, 503, "no memory");
		return false;
	}
	sl_json_init(json, body, BODY_BYTES);
	sl_json_object(json);
	return true;
}

void sl_api_page_end(struct sl_connection *connection, struct sl_json *json, int error,
		     struct sl_daily_place next)
{
	char place[SL_DAILY_PLACE_BYTES];

	sl_json_array_end(json);
	if (next.file) {
		sl_daily_place_format(next, place);
		sl_member_string(json, "next", place);
	}
	sl_json_object_end(json);
	if (error || json->full)
		sl_connection_reply_error(connection, 503, "no memory");
	else
		sl_connection_reply(connection, 200, json->at, json->bytes);
	free(json->at);
}
