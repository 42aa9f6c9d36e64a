/* Decisions that are kept: what was sent and what was not, and why, newest first. */
#include "control/api/api_priv.h"
#include "control/archive/archive.h"
#include "control/json_member.h"

#include <stdlib.h>
#include <string.h>

#define ANSWER_BYTES ((size_t)4 << 20)
#define ENOUGH_BYTES ((size_t)1 << 20) /* the longest there can be still has room behind */
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

_Static_assert(ANSWER_BYTES - ENOUGH_BYTES > 8 * SL_DAILY_RECORD_MAX,
	       "a byte takes at most 6 escaped");

static int add(void *context, const struct sl_archived *decision)
{
	struct sl_json *json = context;

	write_decision(json, decision);
	return json->bytes > ENOUGH_BYTES;
}

/* False: refused, and answered. */
static bool take_parameters(struct sl_connection *connection,
			    struct sl_archive_question *ret_question,
			    struct sl_daily_place *ret_after)
{
	const char *after = sl_api_parameter(&connection->target, "after");
	struct sl_archive_question question = {
		.key = text_of(sl_api_parameter(&connection->target, "key")),
		.campaign = text_of(sl_api_parameter(&connection->target, "campaign")),
		.from_ns = INT64_MIN,
		.until_ns = INT64_MAX,
	};
	uint64_t limit;

	if (after && sl_daily_place_parse(after, ret_after)) {
		sl_connection_reply_error(
			connection, 400,
			"the parameter \"after\" is \"next\" of the answer before");
		return false;
	}
	if (!sl_api_parameter_time(connection, "from", &question.from_ns) ||
	    !sl_api_parameter_time(connection, "to", &question.until_ns) ||
	    !sl_api_parameter_number(connection, "limit", 1, SL_ARCHIVE_ANSWERS_MAX, LIMIT, &limit))
		return false;
	question.limit = (unsigned)limit;
	*ret_question = question;
	return true;
}

void sl_api_get_decisions(struct sl_api *api, struct sl_connection *connection)
{
	struct sl_archive *archive = sl_consumers_archive(api->config.consumers);
	struct sl_daily_place after = {0}, next = {0};
	struct sl_archive_question question;
	char place[SL_DAILY_PLACE_BYTES];
	struct sl_json json;
	char *body;
	int e;

	if (!take_parameters(connection, &question, &after))
		return;
	body = malloc(ANSWER_BYTES);
	if (!body) {
		sl_connection_reply_error(connection, 503, "no memory");
		return;
	}
	sl_json_init(&json, body, ANSWER_BYTES);
	sl_json_object(&json);
	sl_member_array(&json, "decisions");
	e = sl_archive_walk(archive, &question, after, add, &json, &next);
	sl_json_array_end(&json);
	if (next.file) {
		sl_daily_place_format(next, place);
		sl_member_string(&json, "next", place);
	}
	sl_json_object_end(&json);
	if (e || json.full)
		sl_connection_reply_error(connection, 503, "no memory");
	else
		sl_connection_reply(connection, 200, body, json.bytes);
	free(body);
}
