/* Events that were recorded, oldest first, as lines for a replay. */
#include "control/api/daily_page_priv.h"
#include "control/recorder/recorder.h"

#define LIMIT_MAX 10000u
#define LIMIT 1000u

struct listing {
	struct sl_json json;
	uint64_t left;
};

static int add(void *context, int64_t time_ns, struct sl_span record)
{
	struct listing *listing = context;

	(void)time_ns;
	sl_json_text(&listing->json,
		     (struct sl_text){(const char *)record.at, (uint32_t)record.bytes});
	return --listing->left == 0 || listing->json.bytes > SL_API_PAGE_ENOUGH;
}

void sl_api_get_recorded(struct sl_api *api, struct sl_connection *connection)
{
	struct sl_recorder *recorder = sl_consumers_recorder(api->config.consumers);
	struct sl_daily_question question;
	struct sl_daily_place next = {0};
	struct sl_api_page page;
	struct listing listing;
	int e;

	if (!sl_api_page_asked(connection, LIMIT_MAX, LIMIT, &page) ||
	    !sl_api_page_begin(connection, &listing.json))
		return;
	listing.left = page.limit;
	question = (struct sl_daily_question){.from_ns = page.from_ns, .until_ns = page.until_ns};
	sl_member_bool(&listing.json, "recording", api->config.settings->record_events);
	sl_member_array(&listing.json, "events");
	e = sl_daily_walk(sl_recorder_daily(recorder), &question, page.after, add, &listing, &next);
	sl_api_page_end(connection, &listing.json, e, next);
}
