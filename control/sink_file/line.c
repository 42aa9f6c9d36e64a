/* A match as a line of JSON: the value and the headers that its Kafka record would have. */
#include "control/sink_file/sink_file.h"

#include "base/json_out.h"

#include <stdio.h>
#include <string.h>

static void member(struct sl_json *json, const char *name, struct sl_text text)
{
	sl_json_name(json, name);
	sl_json_text(json, text);
}

static void moment(struct sl_json *json, const char *name, int64_t ns)
{
	sl_json_name(json, name);
	sl_json_time(json, ns);
}

static void event(struct sl_json *json, const struct sl_match_view *match)
{
	sl_json_name(json, "event");
	sl_json_object(json);
	member(json, "id", match->event_id);
	moment(json, "time", match->head.event_time_ns);
	member(json, "type", match->event_type);
	member(json, "channel", match->event_channel);
	sl_json_object_end(json);
}

/* CloudEvents 1.0, binary mode. */
static void headers(struct sl_json *json, const struct sl_match_view *match)
{
	static const char prefix[] = "sluice.match.";
	char type[sizeof(prefix) + 65536];
	size_t n = sizeof(prefix) - 1;

	memcpy(type, prefix, n);
	memcpy(type + n, match->campaign.at, match->campaign.bytes & 0xffff);
	sl_json_name(json, "headers");
	sl_json_object(json);
	sl_json_name(json, "ce_id");
	sl_json_hash(json, match->head.id);
	sl_json_name(json, "ce_source");
	sl_json_string(json, "sluice");
	sl_json_name(json, "ce_specversion");
	sl_json_string(json, "1.0");
	member(json, "ce_type",
	       (struct sl_text){.at = type,
				.bytes = (uint32_t)(n + (match->campaign.bytes & 0xffff))});
	moment(json, "ce_time", match->head.event_time_ns);
	sl_json_name(json, "content-type");
	sl_json_string(json, "application/json");
	sl_json_object_end(json);
}

size_t sl_sink_line(const struct sl_match_view *match, int64_t committed_ns, char *at, size_t room)
{
	struct sl_json json;

	sl_json_init(&json, at, room - 1);
	sl_json_object(&json);
	sl_json_name(&json, "id");
	sl_json_hash(&json, match->head.id);
	member(&json, "campaign", match->campaign);
	member(&json, "campaign_version", match->campaign_version);
	sl_json_name(&json, "ruleset");
	sl_json_uint(&json, match->head.ruleset);
	member(&json, "key", match->key);
	event(&json, match);
	sl_json_name(&json, "send");
	sl_json_object(&json);
	member(&json, "channel", match->channel);
	member(&json, "template", match->template);
	sl_json_object_end(&json);
	sl_json_name(&json, "data");
	if (match->data.bytes)
		sl_json_raw(&json, match->data.at, match->data.bytes);
	else
		sl_json_raw(&json, "{}", 2);
	moment(&json, "received", match->head.received_ns);
	moment(&json, "committed", committed_ns);
	headers(&json, match);
	sl_json_object_end(&json);
	if (json.full)
		return 0;
	at[json.bytes] = '\n';
	return json.bytes + 1;
}
