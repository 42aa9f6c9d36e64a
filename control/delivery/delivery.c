#include "control/delivery/delivery.h"

#include <string.h>

static const char type_prefix[] = "sluice.match.";

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

void sl_delivery_value(struct sl_json *json, const struct sl_match_view *match,
		       int64_t committed_ns)
{
	sl_json_name(json, "id");
	sl_json_hash(json, match->head.id);
	member(json, "campaign", match->campaign);
	member(json, "campaign_version", match->campaign_version);
	sl_json_name(json, "ruleset");
	sl_json_uint(json, match->head.ruleset);
	member(json, "key", match->key);
	event(json, match);
	if (match->head.flags & SL_MATCH_DUE)
		moment(json, "due", match->head.time_ns);
	if (match->steps.bytes) {
		sl_json_name(json, "steps");
		sl_json_raw(json, match->steps.at, match->steps.bytes);
	}
	sl_json_name(json, "send");
	sl_json_object(json);
	member(json, "channel", match->channel);
	member(json, "template", match->template);
	sl_json_object_end(json);
	sl_json_name(json, "data");
	if (match->data.bytes)
		sl_json_raw(json, match->data.at, match->data.bytes);
	else
		sl_json_raw(json, "{}", 2);
	moment(json, "received", match->head.received_ns);
	moment(json, "committed", committed_ns);
}

static struct sl_text text_of(const char *string)
{
	return (struct sl_text){.at = string, .bytes = (uint32_t)strlen(string)};
}

unsigned sl_delivery_headers(const struct sl_match_view *match, struct sl_delivery_room *room,
			     struct sl_delivery_header ret_headers[SL_DELIVERY_HEADERS])
{
	uint32_t campaign_bytes = match->campaign.bytes & 0xffff, n = sizeof(type_prefix) - 1;

	sl_hash_format(match->head.id, room->id);
	memcpy(room->type, type_prefix, n);
	memcpy(room->type + n, match->campaign.at, campaign_bytes);
	ret_headers[0] = (struct sl_delivery_header){"ce_id", {room->id, 32}};
	ret_headers[1] = (struct sl_delivery_header){"ce_source", text_of("sluice")};
	ret_headers[2] = (struct sl_delivery_header){"ce_specversion", text_of("1.0")};
	ret_headers[3] = (struct sl_delivery_header){"ce_type", {room->type, n + campaign_bytes}};
	ret_headers[4] = (struct sl_delivery_header){
		"ce_time",
		{room->time, (uint32_t)sl_time_format(match->head.event_time_ns, room->time)}};
	ret_headers[5] = (struct sl_delivery_header){"content-type", text_of("application/json")};
	ret_headers[6] = (struct sl_delivery_header){"traceparent", match->trace};
	return match->trace.bytes ? SL_DELIVERY_HEADERS : SL_DELIVERY_HEADERS - 1;
}
