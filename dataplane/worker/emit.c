/* The records of a decided candidate, and of a refused event. */
#include "base/json_out.h"
#include "worker/worker_priv.h"

static struct sl_text text_of(const struct sl_generation *generation, struct sl_text_ref ref)
{
	return sl_artifact_text(generation->artifact, ref);
}

/* Two machines, two runs and two workers give the same id to the same match. */
static void match_id(struct sl_text campaign, const struct sl_event *event, uint64_t ret_id[2])
{
	static const char ordinal[8] = {0};
	const struct sl_text parts[] = {
		campaign, event->key, event->id, event->id, {ordinal, sizeof(ordinal)}};

	sl_hash_parts(parts, 5, ret_id);
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

/* The campaign's data object. A member too long for the record is left out and counted. */
static struct sl_text render_data(struct sl_worker *worker, const struct sl_generation *generation,
				  const struct sl_campaign *campaign, const struct sl_event *event)
{
	const struct sl_artifact *artifact = generation->artifact;
	struct sl_json json;

	sl_json_init(&json, worker->data, SL_DATA_BYTES);
	sl_json_object(&json);
	for (uint32_t i = 0; i < campaign->data_count; i++) {
		const struct sl_data_field *field = &artifact->data[campaign->data + i];
		struct sl_json before = json;

		if (field->from == SL_DATA_SLOT && event->slots[field->index].kind == 0)
			continue;
		sl_json_name_text(&json, sl_artifact_text(artifact, field->name));
		if (field->from == SL_DATA_CONSTANT)
			render_constant(&json, artifact, &artifact->constants[field->index]);
		else
			sl_json_value(&json, &event->slots[field->index]);
		if (json.full || json.bytes + 1 >= json.room) {
			json = before;
			sl_count(worker->stats, SL_COUNTER_DATA_CUT, 1);
		}
	}
	sl_json_object_end(&json);
	assert(!json.full);
	return (struct sl_text){.at = json.at, .bytes = (uint32_t)json.bytes};
}

size_t sl_emit_bytes(const struct sl_generation *generation, const struct sl_event *event,
		     uint32_t trigger)
{
	const struct sl_artifact *artifact = generation->artifact;
	const struct sl_campaign *campaign =
		&artifact->campaigns[artifact->triggers[trigger].campaign];
	size_t texts =
		campaign->name.bytes + campaign->version.bytes + event->key.bytes + event->id.bytes;
	size_t data = 2;

	for (uint32_t i = 0; i < campaign->data_count; i++) {
		const struct sl_data_field *field = &artifact->data[campaign->data + i];

		data += field->name.bytes * 6 + 32;
		if (field->from == SL_DATA_CONSTANT)
			data += artifact->constants[field->index].type == SL_TYPE_STRING
					? artifact->constants[field->index].text.bytes * 6u
					: 0;
		else if (event->slots[field->index].kind == SL_TYPE_STRING)
			data += event->slots[field->index].count * 6u;
		else if (event->slots[field->index].kind == SL_TYPE_STRINGS)
			data = SL_DATA_BYTES;
		if (data >= SL_DATA_BYTES)
			break;
	}
	if (data > SL_DATA_BYTES)
		data = SL_DATA_BYTES;
	return sizeof(struct sl_match_record) + sizeof(struct sl_decision_record) + 2 * texts +
	       event->type.bytes + event->source_channel.bytes + event->trace.bytes +
	       campaign->channel.bytes + campaign->template.bytes + campaign->step.bytes + data;
}

static void emit_match(struct sl_worker *worker, struct sl_blocks *blocks,
		       const struct sl_generation *generation, const struct sl_campaign *campaign,
		       const struct sl_event *event, const uint64_t id[2])
{
	struct sl_match_view match = {
		.head =
			{
				.id = {id[0], id[1]},
				.ruleset = generation->artifact->meta->ruleset,
				.event_time_ns = event->time_ns,
				.received_ns = event->received_ns,
				.received_source = event->received_source,
				.kind = campaign->kind,
				.partition = event->partition,
			},
		.campaign = text_of(generation, campaign->name),
		.campaign_version = text_of(generation, campaign->version),
		.channel = text_of(generation, campaign->channel),
		.template = text_of(generation, campaign->template),
		.key = event->key,
		.event_id = event->id,
		.event_type = event->type,
		.event_channel = event->source_channel,
		.step = text_of(generation, campaign->step),
		.trace = event->trace,
		.data = render_data(worker, generation, campaign, event),
	};
	int error = sl_blocks_append_match(blocks, &match);

	assert(!error);
	sl_count(worker->stats, SL_COUNTER_MATCHES, 1);
	sl_campaigns_count(worker, match.campaign);
}

enum sl_gate sl_emit_trigger(struct sl_worker *worker, struct sl_blocks *blocks,
			     const struct sl_generation *generation, const struct sl_event *event,
			     uint32_t trigger)
{
	const struct sl_artifact *artifact = generation->artifact;
	const struct sl_campaign *campaign =
		&artifact->campaigns[artifact->triggers[trigger].campaign];
	struct sl_decide_input input = {.artifact = artifact,
					.campaign = campaign,
					.event = event,
					.now_ns = worker->now.wall_ns};
	enum sl_gate gate = sl_decide(&input);
	struct sl_decision_view decision = {
		.head =
			{
				.ruleset = artifact->meta->ruleset,
				.event_time_ns = event->time_ns,
				.decided_ns = worker->now.wall_ns,
				.partition = event->partition,
				.gate = (uint16_t)gate,
			},
		.campaign = text_of(generation, campaign->name),
		.campaign_version = text_of(generation, campaign->version),
		.key = event->key,
		.event_id = event->id,
	};
	int error;

	match_id(decision.campaign, event, decision.head.id);
	if (gate == SL_GATE_SENT)
		emit_match(worker, blocks, generation, campaign, event, decision.head.id);
	error = sl_blocks_append_decision(blocks, &decision);
	assert(!error);
	sl_count(worker->stats, SL_COUNTER_DECISIONS, 1);
	sl_stat_add(&worker->stats->gates[gate], 1);
	return gate;
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
