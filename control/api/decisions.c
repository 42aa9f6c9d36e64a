/* Decisions that are kept: what was sent and what was not, and why, newest first. */
#include "control/api/daily_page_priv.h"
#include "control/archive/archive.h"

#include <string.h>

#define LIMIT 100u

static struct sl_text text_of(const char *text)
{
	return text ? (struct sl_text){.at = text, .bytes = (uint32_t)strlen(text)}
		    : (struct sl_text){0};
}

static void write_message(struct sl_json *json, const struct sl_archived *decision)
{
	sl_member_object(json, "send");
	sl_member_text(json, "channel", decision->channel);
	sl_member_text(json, "template", decision->template);
	sl_json_object_end(json);
}

static void write_decision(struct sl_json *json, const struct sl_archived *decision)
{
	const char *why = sl_archive_why(decision->decision);

	sl_json_object(json);
	sl_member_time(json, "time", decision->decided_ns);
	sl_json_name(json, "id");
	sl_json_hash(json, decision->id);
	sl_member_text(json, "campaign", decision->campaign);
	sl_member_text(json, "campaign_version", decision->campaign_version);
	sl_member_uint(json, "ruleset", decision->ruleset);
	sl_member_text(json, "key", decision->key);
	sl_member_object(json, "event");
	sl_member_text(json, "id", decision->event_id);
	sl_member_time(json, "time", decision->event_time_ns);
	if (decision->has_message) {
		sl_member_text(json, "type", decision->event_type);
		sl_member_text(json, "channel", decision->event_channel);
	}
	sl_json_object_end(json);
	if (decision->due)
		sl_member_bool(json, "due", true);
	if (decision->steps.bytes) {
		sl_json_name(json, "steps");
		sl_json_raw(json, decision->steps.at, decision->steps.bytes);
	}
	sl_member_text(json, "decision", decision->decision);
	if (why)
		sl_member_string(json, "why", why);
	if (decision->has_message)
		write_message(json, decision);
	sl_json_object_end(json);
}

static int add(void *context, const struct sl_archived *decision)
{
	struct sl_json *json = context;

	write_decision(json, decision);
	return json->bytes > SL_API_PAGE_ENOUGH;
}

void sl_api_get_decisions(struct sl_api *api, struct sl_connection *connection)
{
	struct sl_archive *archive = sl_consumers_archive(api->config.consumers);
	struct sl_archive_question question;
	struct sl_daily_place next = {0};
	struct sl_api_page page;
	struct sl_json json;
	int e;

	if (!sl_api_page_asked(connection, SL_ARCHIVE_ANSWERS_MAX, LIMIT, &page) ||
	    !sl_api_page_begin(connection, &json))
		return;
	question = (struct sl_archive_question){
		.key = text_of(sl_api_parameter(&connection->target, "key")),
		.campaign = text_of(sl_api_parameter(&connection->target, "campaign")),
		.from_ns = page.from_ns,
		.until_ns = page.until_ns,
		.limit = (unsigned)page.limit,
	};
	sl_member_array(&json, "decisions");
	e = sl_archive_walk(archive, &question, page.after, add, &json, &next);
	sl_api_page_end(connection, &json, e, next);
}
