/* A record as the names that a condition asks for. */
#include "control/tail/tail_priv.h"

#include "base/clock.h"
#include "sluice/gate.h"
#include "sluice/reason.h"

#include <stdio.h>
#include <string.h>

#define DATA_DEPTH_MAX 16u

static struct sl_any string_of(const char *at, size_t bytes)
{
	return (struct sl_any){.kind = SL_KIND_STRING, .count = (uint32_t)bytes, .text = at};
}

static void set_text(struct sl_tail_record *record, enum sl_where_name name, struct sl_text text)
{
	record->names[name] = string_of(text.bytes ? text.at : "", text.bytes);
}

static void set_string(struct sl_tail_record *record, enum sl_where_name name, const char *string)
{
	record->names[name] = string_of(string, strlen(string));
}

static void set_time(struct sl_tail_record *record, enum sl_where_name name, int64_t ns)
{
	int64_t seconds = ns / SL_NS_PER_S, nanos = ns % SL_NS_PER_S;

	if (nanos < 0) {
		nanos += SL_NS_PER_S;
		seconds--;
	}
	record->names[name] = (struct sl_any){
		.kind = SL_KIND_TIMESTAMP, .integer = seconds, .nanos = (int32_t)nanos};
}

static void set_id(struct sl_tail_record *record, const uint64_t id[2])
{
	snprintf(record->id, sizeof(record->id), "%016llx%016llx", (unsigned long long)id[1],
		 (unsigned long long)id[0]);
	record->names[SL_WHERE_ID] = string_of(record->id, 32);
}

static void set_ruleset(struct sl_tail_record *record, uint64_t ruleset)
{
	record->names[SL_WHERE_RULESET].integer = (int64_t)ruleset;
}

static void take_match(struct sl_tail_record *record, const struct sl_match_view *match)
{
	record->kind = SL_TAIL_MATCH;
	record->campaign = match->campaign;
	record->key = match->key;
	record->data = match->data;
	set_string(record, SL_WHERE_KIND, "match");
	set_id(record, match->head.id);
	set_text(record, SL_WHERE_CAMPAIGN, match->campaign);
	set_text(record, SL_WHERE_CAMPAIGN_VERSION, match->campaign_version);
	set_ruleset(record, match->head.ruleset);
	set_text(record, SL_WHERE_KEY, match->key);
	set_text(record, SL_WHERE_EVENT_ID, match->event_id);
	set_text(record, SL_WHERE_EVENT_TYPE, match->event_type);
	set_text(record, SL_WHERE_EVENT_CHANNEL, match->event_channel);
	set_time(record, SL_WHERE_EVENT_TIME, match->head.event_time_ns);
	set_text(record, SL_WHERE_SEND_CHANNEL, match->channel);
	set_text(record, SL_WHERE_SEND_TEMPLATE, match->template);
	set_string(record, SL_WHERE_DECISION, sl_gate_name(SL_GATE_SENT));
	set_time(record, SL_WHERE_RECEIVED, match->head.received_ns);
}

static void take_decision(struct sl_tail_record *record, const struct sl_decision_view *decision)
{
	record->kind = SL_TAIL_DECISION;
	record->campaign = decision->campaign;
	record->key = decision->key;
	set_string(record, SL_WHERE_KIND, "decision");
	set_id(record, decision->head.id);
	set_text(record, SL_WHERE_CAMPAIGN, decision->campaign);
	set_text(record, SL_WHERE_CAMPAIGN_VERSION, decision->campaign_version);
	set_ruleset(record, decision->head.ruleset);
	set_text(record, SL_WHERE_KEY, decision->key);
	set_text(record, SL_WHERE_EVENT_ID, decision->event_id);
	set_time(record, SL_WHERE_EVENT_TIME, decision->head.event_time_ns);
	set_string(record, SL_WHERE_DECISION, sl_gate_name(decision->head.gate));
}

static void take_refusal(struct sl_tail_record *record, const struct sl_refused_view *refused)
{
	record->kind = SL_TAIL_REFUSAL;
	set_string(record, SL_WHERE_KIND, "refusal");
	set_string(record, SL_WHERE_REASON, sl_reason_info(refused->head.reason)->name);
	set_text(record, SL_WHERE_DETAIL, refused->detail);
	set_text(record, SL_WHERE_CHANNEL, refused->channel);
	set_time(record, SL_WHERE_RECEIVED, refused->head.received_ns);
}

bool sl_tail_record_read(const struct sl_record *from, int64_t committed_ns,
			 struct sl_tail_record *record)
{
	static const uint8_t kinds[SL_WHERE_NAMES] = {
#define SL_WHERE_NAME(name, text, kind, doc) SL_KIND_##kind,
#include "control/tail/where_names.def"
#undef SL_WHERE_NAME
	};
	struct sl_match_view match;
	struct sl_decision_view decision;
	struct sl_refused_view refused;

	record->campaign = record->key = record->data = (struct sl_text){0};
	record->root = NULL;
	record->has_data = false;
	for (unsigned i = 0; i < SL_WHERE_NAMES; i++) {
		record->names[i] = (struct sl_any){.kind = kinds[i]};
		if (kinds[i] == SL_KIND_STRING)
			record->names[i].text = "";
	}
	set_time(record, SL_WHERE_COMMITTED, committed_ns);
	if (from->type == SL_RECORD_MATCH && !sl_record_match(from, &match))
		take_match(record, &match);
	else if (from->type == SL_RECORD_DECISION && !sl_record_decision(from, &decision))
		take_decision(record, &decision);
	else if (from->type == SL_RECORD_REFUSED && !sl_record_refused(from, &refused))
		take_refusal(record, &refused);
	else
		return false;
	return true;
}

/* ---- data ------------------------------------------------------------------------------------ */

static struct sl_any *take_items(struct sl_tail_record *record, size_t n)
{
	struct sl_any *items = &record->items[record->n_items];

	if (n > SL_WHERE_ITEMS - record->n_items)
		return NULL;
	record->n_items += (uint32_t)n;
	return items;
}

static bool to_any(struct sl_tail_record *record, json_t *value, unsigned depth,
		   struct sl_any *ret_any);

static bool object_to_any(struct sl_tail_record *record, json_t *object, unsigned depth,
			  struct sl_any *ret_any)
{
	struct sl_any *items = take_items(record, 2 * json_object_size(object));
	const char *name;
	json_t *member;
	size_t i = 0;

	if (!items)
		return false;
	json_object_foreach(object, name, member)
	{
		items[i++] = string_of(name, strlen(name));
		if (!to_any(record, member, depth, &items[i++]))
			return false;
	}
	*ret_any = (struct sl_any){
		.kind = SL_KIND_MAP, .count = (uint32_t)json_object_size(object), .items = items};
	return true;
}

static bool array_to_any(struct sl_tail_record *record, json_t *array, unsigned depth,
			 struct sl_any *ret_any)
{
	size_t n = json_array_size(array);
	struct sl_any *items = take_items(record, n);

	if (!items)
		return false;
	for (size_t i = 0; i < n; i++)
		if (!to_any(record, json_array_get(array, i), depth, &items[i]))
			return false;
	*ret_any = (struct sl_any){.kind = SL_KIND_LIST, .count = (uint32_t)n, .items = items};
	return true;
}

static bool to_any(struct sl_tail_record *record, json_t *value, unsigned depth,
		   struct sl_any *ret_any)
{
	if (depth == DATA_DEPTH_MAX)
		return false;
	switch (json_typeof(value)) {
	case JSON_OBJECT:
		return object_to_any(record, value, depth + 1, ret_any);
	case JSON_ARRAY:
		return array_to_any(record, value, depth + 1, ret_any);
	case JSON_STRING:
		*ret_any = string_of(json_string_value(value), json_string_length(value));
		return true;
	case JSON_INTEGER:
		*ret_any =
			(struct sl_any){.kind = SL_KIND_INT, .integer = json_integer_value(value)};
		return true;
	case JSON_REAL:
		*ret_any =
			(struct sl_any){.kind = SL_KIND_DOUBLE, .decimal = json_real_value(value)};
		return true;
	case JSON_TRUE:
	case JSON_FALSE:
		*ret_any = (struct sl_any){.kind = SL_KIND_BOOL, .integer = json_is_true(value)};
		return true;
	case JSON_NULL:
		break;
	}
	*ret_any = (struct sl_any){.kind = SL_KIND_NULL};
	return true;
}

void sl_tail_record_want_data(struct sl_tail_record *record)
{
	struct sl_any map;

	if (record->has_data)
		return;
	record->has_data = true;
	record->n_items = 0;
	if (!record->data.bytes)
		return;
	record->root = json_loadb(record->data.at, record->data.bytes, JSON_ALLOW_NUL, NULL);
	if (json_is_object(record->root) && to_any(record, record->root, 0, &map))
		record->names[SL_WHERE_DATA] = map;
}

void sl_tail_record_fini(struct sl_tail_record *record)
{
	json_decref(record->root);
	record->root = NULL;
}
