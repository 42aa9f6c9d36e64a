/* A record as a line of JSON. */
#include "control/delivery/delivery.h"
#include "control/json_member.h"
#include "control/tail/tail.h"
#include "sluice/gate.h"
#include "sluice/reason.h"

static void write_decision(struct sl_json *json, const struct sl_decision_view *decision,
			   int64_t committed_ns)
{
	sl_json_name(json, "id");
	sl_json_hash(json, decision->head.id);
	sl_member_text(json, "campaign", decision->campaign);
	sl_member_text(json, "campaign_version", decision->campaign_version);
	sl_member_uint(json, "ruleset", decision->head.ruleset);
	sl_member_text(json, "key", decision->key);
	sl_member_object(json, "event");
	sl_member_text(json, "id", decision->event_id);
	sl_member_time(json, "time", decision->head.event_time_ns);
	sl_json_object_end(json);
	sl_member_string(json, "decision", sl_gate_name(decision->head.gate));
	sl_member_time(json, "decided", decision->head.decided_ns);
	sl_member_time(json, "committed", committed_ns);
}

static void write_refusal(struct sl_json *json, const struct sl_refused_view *refused,
			  int64_t committed_ns)
{
	sl_member_text(json, "channel", refused->channel);
	sl_member_string(json, "reason", sl_reason_info(refused->head.reason)->name);
	sl_member_text(json, "detail", refused->detail);
	sl_member_uint(json, "offset", refused->head.offset);
	sl_member_uint(json, "bytes", refused->head.text_whole_bytes);
	sl_member_text(json, "original", refused->text);
	sl_member_time(json, "received", refused->head.received_ns);
	sl_member_time(json, "committed", committed_ns);
}

/* False: none of those that are shown. */
static bool write(struct sl_json *json, const struct sl_record *record, int64_t committed_ns)
{
	struct sl_match_view match;
	struct sl_decision_view decision;
	struct sl_refused_view refused;

	if (record->type == SL_RECORD_MATCH && !sl_record_match(record, &match)) {
		sl_member_string(json, "kind", "match");
		sl_delivery_value(json, &match, committed_ns);
	} else if (record->type == SL_RECORD_DECISION && !sl_record_decision(record, &decision)) {
		sl_member_string(json, "kind", "decision");
		write_decision(json, &decision, committed_ns);
	} else if (record->type == SL_RECORD_REFUSED && !sl_record_refused(record, &refused)) {
		sl_member_string(json, "kind", "refusal");
		write_refusal(json, &refused, committed_ns);
	} else {
		return false;
	}
	return true;
}

size_t sl_tail_line(const struct sl_record *record, int64_t committed_ns, char *at, size_t room)
{
	struct sl_json json;

	sl_json_init(&json, at, room - 1);
	sl_json_object(&json);
	if (!write(&json, record, committed_ns))
		return 0;
	sl_json_object_end(&json);
	if (json.full)
		return 0;
	at[json.bytes] = '\n';
	return json.bytes + 1;
}
