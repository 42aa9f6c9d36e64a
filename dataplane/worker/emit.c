/* The records of a decided candidate, and of a refused event. */
#include "base/json_out.h"
#include "worker/worker_priv.h"

#include <endian.h>

static struct sl_text text_of(const struct sl_generation *generation, struct sl_text_ref ref)
{
	return sl_artifact_text(generation->artifact, ref);
}

/* Two machines, two runs and two workers give the same id to the same match. */
void sl_emit_id(const struct sl_occurrence *occurrence, uint64_t ret_id[2])
{
	static const char ordinal[8] = {0};
	uint64_t due = htole64((uint64_t)occurrence->time_ns);
	const struct sl_text last = occurrence->due
					    ? (struct sl_text){(const char *)&due, sizeof(due)}
					    : occurrence->event_id;
	const struct sl_text parts[] = {text_of(occurrence->generation, occurrence->campaign->name),
					occurrence->key,
					occurrence->first_id,
					last,
					{ordinal, sizeof(ordinal)},
					occurrence->remembered};

	sl_hash_parts(parts, occurrence->remembered.bytes ? 6 : 5, ret_id);
}

static void render_constant(struct sl_json *json, const struct sl_artifact *artifact,
			    const struct sl_constant *constant)
{
	struct sl_value value = {.kind = (uint8_t)constant->type};

	if (constant->type == SL_TYPE_STRING) {
		struct sl_text text = sl_artifact_text(artifact, constant->text);

		value.text = text.at;
		value.count = text.bytes;
	} else if (constant->type == SL_TYPE_DECIMAL) {
		value.decimal = constant->decimal;
	} else {
		value.integer = constant->integer;
	}
	sl_json_value(json, &value);
}

/* Kind ERROR: it is absent. */
static void render_any(struct sl_json *json, const struct sl_any *any)
{
	switch (any->kind) {
	case SL_KIND_STRING:
		sl_json_text(json, (struct sl_text){any->text, any->count});
		break;
	case SL_KIND_INT:
		sl_json_int(json, any->integer);
		break;
	case SL_KIND_UINT:
		sl_json_uint(json, any->natural);
		break;
	case SL_KIND_DOUBLE:
		sl_json_double(json, any->decimal);
		break;
	case SL_KIND_BOOL:
		sl_json_bool(json, any->integer != 0);
		break;
	case SL_KIND_TIMESTAMP: /* of a field: its nanoseconds fit */
		sl_json_time(json, any->integer * SL_NS_PER_S + any->nanos);
		break;
	default:
		sl_json_null(json);
	}
}

static struct sl_any remembered(const struct sl_occurrence *occurrence,
				const struct sl_data_field *field)
{
	const struct sl_state_plan *plan = occurrence->generation->temporal.plan;

	if (!occurrence->fire)
		return (struct sl_any){.kind = SL_KIND_ERROR};
	return field->from == SL_DATA_CAPTURE
		       ? sl_state_fire_capture(plan, occurrence->fire, field->index)
		       : sl_state_fire_aggregate(plan, occurrence->fire, field->index);
}

/* False: there is nothing to render. */
static bool render_member(struct sl_json *json, const struct sl_occurrence *occurrence,
			  const struct sl_data_field *field)
{
	const struct sl_artifact *artifact = occurrence->generation->artifact;
	const struct sl_event *event = occurrence->event;
	const struct sl_text name = sl_artifact_text(artifact, field->name);
	struct sl_any any;

	switch (field->from) {
	case SL_DATA_CONSTANT:
		sl_json_name_text(json, name);
		render_constant(json, artifact, &artifact->constants[field->index]);
		return true;
	case SL_DATA_SLOT:
		if (!event || event->slots[field->index].kind == 0)
			return false;
		sl_json_name_text(json, name);
		sl_json_value(json, &event->slots[field->index]);
		return true;
	default:
		any = remembered(occurrence, field);
		if (any.kind == SL_KIND_ERROR)
			return false;
		sl_json_name_text(json, name);
		render_any(json, &any);
		return true;
	}
}

/* The campaign's data object. A member too long for the record is left out and counted. */
static struct sl_text render_data(struct sl_worker *worker, const struct sl_occurrence *occurrence,
				  char *at, size_t room)
{
	const struct sl_artifact *artifact = occurrence->generation->artifact;
	const struct sl_campaign *campaign = occurrence->campaign;
	struct sl_json json;

	sl_json_init(&json, at, room);
	sl_json_object(&json);
	for (uint32_t i = 0; i < campaign->data_count; i++) {
		struct sl_json before = json;

		if (!render_member(&json, occurrence, &artifact->data[campaign->data + i]))
			continue;
		if (json.full || json.bytes + 1 >= json.room) {
			json = before;
			sl_count(worker->stats, SL_COUNTER_DATA_CUT, 1);
		}
	}
	sl_json_object_end(&json);
	assert(!json.full);
	return (struct sl_text){.at = json.at, .bytes = (uint32_t)json.bytes};
}

/* Which event each step had; of a campaign that remembers nothing none, for it is the event. */
static struct sl_text render_steps(struct sl_worker *worker, const struct sl_occurrence *occurrence,
				   char *at, size_t room)
{
	const struct sl_state_fire *fire = occurrence->fire;
	struct sl_json json;

	if (!fire)
		return (struct sl_text){.at = at};
	sl_json_init(&json, at, room);
	sl_json_object(&json);
	for (uint32_t i = 0; i < fire->n_steps; i++) {
		struct sl_json before = json;

		sl_json_name_text(&json, fire->steps[i].name);
		sl_json_text(&json, fire->steps[i].id);
		if (json.full || json.bytes + 1 >= json.room) {
			json = before;
			sl_count(worker->stats, SL_COUNTER_DATA_CUT, 1);
		}
	}
	sl_json_object_end(&json);
	assert(!json.full);
	return (struct sl_text){.at = json.at, .bytes = (uint32_t)json.bytes};
}

static size_t steps_bytes(const struct sl_state_fire *fire)
{
	size_t bytes = 2;

	if (!fire)
		return 0;
	for (uint32_t i = 0; i < fire->n_steps; i++)
		bytes += (fire->steps[i].name.bytes + fire->steps[i].id.bytes) * 6ull + 8;
	return bytes < SL_STEPS_BYTES ? bytes : SL_STEPS_BYTES;
}

static size_t data_bytes(const struct sl_occurrence *occurrence)
{
	const struct sl_artifact *artifact = occurrence->generation->artifact;
	const struct sl_campaign *campaign = occurrence->campaign;
	const struct sl_event *event = occurrence->event;
	size_t data = 2;

	for (uint32_t i = 0; i < campaign->data_count && data < SL_DATA_BYTES; i++) {
		const struct sl_data_field *field = &artifact->data[campaign->data + i];

		data += field->name.bytes * 6 + 48;
		if (field->from == SL_DATA_CONSTANT)
			data += artifact->constants[field->index].type == SL_TYPE_STRING
					? artifact->constants[field->index].text.bytes * 6u
					: 0;
		else if (field->from != SL_DATA_SLOT)
			data += SL_CAPTURE_BYTES_MAX * 6u;
		else if (event && event->slots[field->index].kind == SL_TYPE_STRING)
			data += event->slots[field->index].count * 6u;
		else if (event && event->slots[field->index].kind == SL_TYPE_STRINGS)
			data = SL_DATA_BYTES;
	}
	return data < SL_DATA_BYTES ? data : SL_DATA_BYTES;
}

size_t sl_emit_bytes(const struct sl_occurrence *occurrence)
{
	const struct sl_campaign *campaign = occurrence->campaign;
	size_t texts = campaign->name.bytes + campaign->version.bytes + occurrence->key.bytes +
		       occurrence->event_id.bytes;

	return sizeof(struct sl_match_record) + sizeof(struct sl_decision_record) + 2 * texts +
	       occurrence->event_type.bytes + occurrence->event_channel.bytes +
	       (occurrence->event ? occurrence->event->trace.bytes : 0) + campaign->channel.bytes +
	       campaign->template.bytes + campaign->step.bytes + steps_bytes(occurrence->fire) +
	       data_bytes(occurrence);
}

/* The steps and the data lie in the worker's room for data, of which they take `room`; without
 * any they are left out. */
void sl_emit_view(struct sl_worker *worker, const struct sl_occurrence *occurrence,
		  const uint64_t id[2], size_t room, struct sl_match_view *ret_match)
{
	const struct sl_generation *generation = occurrence->generation;
	const struct sl_campaign *campaign = occurrence->campaign;
	const struct sl_event *event = occurrence->event;
	struct sl_text steps = {.at = worker->data}, data = {.at = worker->data};
	size_t for_steps = steps_bytes(occurrence->fire);

	if (room) {
		steps = render_steps(worker, occurrence, worker->data,
				     for_steps < room / 4 ? for_steps : room / 4);
		data = render_data(worker, occurrence, worker->data + steps.bytes,
				   room - steps.bytes);
	}
	*ret_match = (struct sl_match_view){
		.head =
			{
				.id = {id[0], id[1]},
				.ruleset = generation->artifact->meta->ruleset,
				.event_time_ns = occurrence->event_time_ns,
				.received_ns = event ? event->received_ns : worker->now.wall_ns,
				.received_source = event ? event->received_source
							 : (uint16_t)worker->now.source,
				.kind = campaign->kind,
				.partition = occurrence->partition,
				.time_ns = occurrence->time_ns,
				.flags = occurrence->due ? SL_MATCH_DUE : 0,
			},
		.campaign = text_of(generation, campaign->name),
		.campaign_version = text_of(generation, campaign->version),
		.channel = text_of(generation, campaign->channel),
		.template = text_of(generation, campaign->template),
		.key = occurrence->key,
		.event_id = occurrence->event_id,
		.event_type = occurrence->event_type,
		.event_channel = occurrence->event_channel,
		.step = text_of(generation, campaign->step),
		.trace = event ? event->trace : (struct sl_text){0},
		.data = data,
		.steps = steps,
	};
}

void sl_emit_decided(struct sl_worker *worker, struct sl_blocks *blocks,
		     struct sl_match_view *match, enum sl_gate gate)
{
	struct sl_decision_view decision = {
		.head =
			{
				.id = {match->head.id[0], match->head.id[1]},
				.ruleset = match->head.ruleset,
				.event_time_ns = match->head.time_ns,
				.decided_ns = worker->now.wall_ns,
				.partition = match->head.partition,
				.gate = (uint16_t)gate,
				.flags = match->head.flags & SL_MATCH_DUE ? SL_DECISION_DUE : 0,
			},
		.campaign = match->campaign,
		.campaign_version = match->campaign_version,
		.key = match->key,
		.event_id = match->event_id,
	};
	int error;

	if (gate == SL_GATE_SENT) {
		error = sl_blocks_append_match(blocks, match);
		assert(!error);
		sl_count(worker->stats, SL_COUNTER_MATCHES, 1);
		sl_campaigns_count(worker, match->campaign);
	}
	error = sl_blocks_append_decision(blocks, &decision);
	assert(!error);
	sl_count(worker->stats, SL_COUNTER_DECISIONS, 1);
	sl_stat_add(&worker->stats->gates[gate], 1);
}

void sl_emit_candidate(struct sl_worker *worker, const struct sl_occurrence *occurrence,
		       const uint64_t id[2], enum sl_gate gate)
{
	struct sl_blocks *blocks = sl_owner_room(worker, sl_emit_bytes(occurrence), 2);
	struct sl_match_view match;

	/* what is not sent has no need of its data */
	sl_emit_view(worker, occurrence, id, gate == SL_GATE_SENT ? SL_DATA_BYTES : 0, &match);
	sl_emit_decided(worker, blocks, &match, gate);
}

void sl_emit_refused(struct sl_worker *worker, struct sl_blocks *blocks, unsigned channel,
		     struct sl_span text, const struct sl_decode_fault *fault)
{
	const char *name = worker->engine->config.channels[channel].name;
	struct sl_refused_view refused = {
		.head =
			{
				.received_ns = worker->now.wall_ns,
				.reason = fault->reason,
				.offset = fault->offset,
				.text_whole_bytes = (uint32_t)text.bytes,
			},
		.channel = {.at = name, .bytes = (uint32_t)strlen(name)},
		.detail = {.at = fault->detail, .bytes = (uint32_t)strlen(fault->detail)},
		.text = {.at = worker->data},
	};
	int error;

	refused.text.bytes = (uint32_t)sl_decode_mask(text, worker->data, SL_QUARANTINE_TEXT_MAX);
	error = sl_blocks_append_refused(blocks, &refused);
	assert(!error);
}

void sl_emit_event(struct sl_worker *worker, struct sl_blocks *blocks, const struct sl_event *event,
		   struct sl_text json)
{
	const char *name = worker->engine->config.channels[event->channel].name;
	struct sl_event_view view = {
		.head = {.received_ns = event->received_ns, .event_time_ns = event->time_ns},
		.channel = {.at = name, .bytes = (uint32_t)strlen(name)},
		.json = json,
	};
	int error = sl_blocks_append_event(blocks, &view);

	assert(!error);
}
