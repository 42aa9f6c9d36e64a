/* A record as a line of JSON. */
#include "control/delivery/delivery.h"
#include "control/tail/tail.h"
#include "sluice/gate.h"
#include "sluice/reason.h"

static void text(struct sl_json *json, const char *name, struct sl_text value)
{
	sl_json_name(json, name);
	sl_json_text(json, value);
}

static void string(struct sl_json *json, const char *name, const char *value)
{
	sl_json_name(json, name);
	sl_json_string(json, value);
}

static void number(struct sl_json *json, const char *name, uint64_t value)
{
	sl_json_name(json, name);
	sl_json_uint(json, value);
}

static void moment(struct sl_json *json, const char *name, int64_t ns)
{
	sl_json_name(json, name);
	sl_json_time(json, ns);
}

static void write_decision(struct sl_json *json, const struct sl_decision_view *decision,
			   int64_t committed_ns)
{
	sl_json_name(json, "id");
	sl_json_hash(json, decision->head.id);
	text(json, "campaign", decision->campaign);
	text(json, "campaign_version", decision->campaign_version);
	number(json, "ruleset", decision->head.ruleset);
	text(json, "key", decision->key);
	sl_json_name(json, "event");
	sl_json_object(json);
	text(json, "id", decision->event_id);
	moment(json, "time", decision->head.event_time_ns);
	sl_json_object_end(json);
	string(json, "decision", sl_gate_name(decision->head.gate));
	moment(json, "decided", decision->head.decided_ns);
	moment(json, "committed", committed_ns);
}

static void write_refusal(struct sl_json *json, const struct sl_refused_view *refused,
			  int64_t committed_ns)
{
	text(json, "channel", refused->channel);
	string(json, "reason", sl_reason_info(refused->head.reason)->name);
	text(json, "detail", refused->detail);
	number(json, "offset", refused->head.offset);
	number(json, "bytes", refused->head.text_whole_bytes);
	text(json, "original", refused->text);
	moment(json, "received", refused->head.received_ns);
	moment(json, "committed", committed_ns);
}

/* False: none of those that are shown. */
static bool write(struct sl_json *json, const struct sl_record *record, int64_t committed_ns)
{
	struct sl_match_view match;
	struct sl_decision_view decision;
	struct sl_refused_view refused;

	if (record->type == SL_RECORD_MATCH && !sl_record_match(record, &match)) {
		string(json, "kind", "match");
		sl_delivery_value(json, &match, committed_ns);
	} else if (record->type == SL_RECORD_DECISION && !sl_record_decision(record, &decision)) {
		string(json, "kind", "decision");
		write_decision(json, &decision, committed_ns);
	} else if (record->type == SL_RECORD_REFUSED && !sl_record_refused(record, &refused)) {
		string(json, "kind", "refusal");
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
