/* What a campaign remembers, and what it is limited by. */
#include "tools/sluice/dump/parts.h"

#include <stdio.h>
#include <string.h>

static const char *const functions[] = {
	[SL_AGGREGATE_COUNT] = "count", [SL_AGGREGATE_SUM] = "sum",
	[SL_AGGREGATE_MIN] = "min",     [SL_AGGREGATE_MAX] = "max",
	[SL_AGGREGATE_AVG] = "avg",     [SL_AGGREGATE_DISTINCT] = "distinct",
};

static struct sl_text text_of(const struct sl_artifact *artifact, struct sl_text_ref ref)
{
	return sl_artifact_text(artifact, ref);
}

static void put_name(const struct sl_artifact *artifact, const struct sl_step *step, char *at,
		     size_t room, struct sl_text behind)
{
	struct sl_text name = text_of(artifact, step->name);

	snprintf(at, room, "%.*s.%.*s", (int)name.bytes, name.at, (int)behind.bytes, behind.at);
}

static void put_aggregate(const struct sl_artifact *artifact, uint32_t index, char *at, size_t room)
{
	const struct sl_aggregate *aggregate = &artifact->aggregates[index];
	struct sl_text field = {"", 0};

	if (aggregate->function != SL_AGGREGATE_COUNT)
		field = text_of(artifact, artifact->fields[aggregate->slot].path);
	snprintf(at, room, "%s(%.*s)", functions[aggregate->function], (int)field.bytes, field.at);
}

static void put_capture(const struct sl_artifact *artifact, const struct sl_sequence *sequence,
			uint32_t index, char *at, size_t room)
{
	const struct sl_capture *capture = &artifact->captures[index];

	put_name(artifact, &artifact->steps[sequence->step + capture->step], at, room,
		 text_of(artifact, artifact->fields[capture->slot].path));
}

void sl_dump_remembered(const struct sl_dump *dump, const struct sl_data_field *data, char *at,
			size_t room)
{
	const struct sl_artifact *artifact = dump->artifact;

	for (uint32_t i = 0; i < artifact->n_sequences; i++) {
		const struct sl_sequence *sequence = &artifact->sequences[i];
		const struct sl_step *first = &artifact->steps[sequence->step];
		const struct sl_window *window =
			first->kind == SL_STEP_WINDOW ? &artifact->windows[first->window] : NULL;

		if (data->from == SL_DATA_CAPTURE && data->index >= sequence->capture &&
		    data->index - sequence->capture < sequence->capture_count) {
			put_capture(artifact, sequence, data->index, at, room);
			return;
		}
		if (data->from == SL_DATA_AGGREGATE && window && data->index >= window->aggregate &&
		    data->index - window->aggregate < window->aggregate_count) {
			char aggregate[300];

			put_aggregate(artifact, data->index, aggregate, sizeof(aggregate));
			put_name(artifact, first, at, room,
				 (struct sl_text){aggregate, (uint32_t)strlen(aggregate)});
			return;
		}
	}
}

static void set_span(json_t *object, const char *key, int64_t ns)
{
	if (ns != INT64_MAX && ns != 0)
		json_object_set_new(object, key, json_integer(ns));
}

static json_t *window_of(const struct sl_artifact *artifact, const struct sl_window *window)
{
	static const char *const kinds[] = {[SL_WINDOW_SLIDING] = "sliding",
					    [SL_WINDOW_TUMBLING] = "tumbling",
					    [SL_WINDOW_CALENDAR] = "calendar",
					    [SL_WINDOW_SESSION] = "session"};
	static const char *const units[] = {"", "hour", "day", "week", "month"};
	json_t *aggregates = json_array(), *object;

	for (uint32_t i = 0; i < window->aggregate_count; i++) {
		char text[300];

		put_aggregate(artifact, window->aggregate + i, text, sizeof(text));
		json_array_append_new(aggregates,
				      sl_dump_text((struct sl_text){text, (uint32_t)strlen(text)}));
	}
	object = json_pack("{s:s, s:b, s:I, s:o, s:o}", "kind", kinds[window->kind], "at_end",
			   (int)window->at_end, "keep", (json_int_t)window->keep, "aggregates",
			   aggregates, "having",
			   sl_dump_program(artifact, window->having, window->having_count));
	set_span(object, "length_ns", window->length_ns);
	if (window->kind == SL_WINDOW_CALENDAR) {
		json_object_set_new(object, "unit", json_string(units[window->unit]));
		json_object_set_new(
			object, "zone",
			sl_dump_text(text_of(artifact, artifact->zones[window->zone].name)));
	}
	return object;
}

static json_t *step_of(const struct sl_artifact *artifact, const struct sl_step *step)
{
	static const char *const kinds[] = {
		[SL_STEP_EVENT] = "event", [SL_STEP_NOT] = "not", [SL_STEP_WINDOW] = "window"};
	json_t *object = json_pack("{s:s, s:o}", "kind", kinds[step->kind], "name",
				   sl_dump_text(text_of(artifact, step->name)));

	set_span(object, "within_ns", step->within_ns);
	if (step->times_to > 1) {
		json_object_set_new(object, "from", json_integer(step->times_from));
		if (step->times_to != UINT32_MAX)
			json_object_set_new(object, "to", json_integer(step->times_to));
	}
	if (step->link_count)
		json_object_set_new(object, "link",
				    sl_dump_program(artifact, step->link, step->link_count));
	if (step->kind == SL_STEP_WINDOW)
		json_object_set_new(object, "window",
				    window_of(artifact, &artifact->windows[step->window]));
	return object;
}

static json_t *sequence_of(const struct sl_artifact *artifact, const struct sl_sequence *sequence)
{
	static const char *const after[] = {"restart", "skip_past_last", "overlap"};
	json_t *steps = json_array(), *captures = json_array(), *object;

	for (uint32_t i = 0; i < sequence->step_count; i++)
		json_array_append_new(steps,
				      step_of(artifact, &artifact->steps[sequence->step + i]));
	for (uint32_t i = 0; i < sequence->capture_count; i++) {
		char text[600];

		put_capture(artifact, sequence, sequence->capture + i, text, sizeof(text));
		json_array_append_new(captures,
				      sl_dump_text((struct sl_text){text, (uint32_t)strlen(text)}));
	}
	object = json_pack("{s:I, s:s, s:I, s:b, s:b, s:I, s:o, s:o}", "slot",
			   (json_int_t)sequence->registry, "after_match", after[sequence->after],
			   "runs", (json_int_t)sequence->runs_max, "strict", (int)sequence->strict,
			   "draining", (int)sequence->draining, "bytes_per_key",
			   (json_int_t)sequence->bytes_max, "captures", captures, "steps", steps);
	set_span(object, "within_ns", sequence->within_ns);
	return object;
}

void sl_dump_pattern(const struct sl_dump *dump, const struct sl_campaign *campaign, json_t *object)
{
	static const char *const joins[] = {"one", "any", "all"};
	const struct sl_artifact *artifact = dump->artifact;
	json_t *list = json_array();

	for (uint32_t i = 0; i < campaign->sequence_count; i++)
		json_array_append_new(
			list, sequence_of(artifact, &artifact->sequences[campaign->sequence + i]));
	if (campaign->sequence_count) {
		json_object_set_new(object, "join", json_string(joins[campaign->join]));
		set_span(object, "join_within_ns", campaign->join_within_ns);
	}
	json_object_set_new(object, "sequences", list);
	if (campaign->by_slot >= 0)
		json_object_set_new(
			object, "by",
			sl_dump_text(text_of(artifact, artifact->fields[campaign->by_slot].path)));
	if (campaign->for_customer)
		json_object_set_new(object, "for", json_string("customer"));
	if (campaign->on_loss == SL_ON_LOSS_FIRE)
		json_object_set_new(object, "on_loss", json_string("fire"));
	if (campaign->limit_ns)
		json_object_set_new(object, "limit",
				    json_pack("{s:I, s:I, s:I}", "per_customer",
					      (json_int_t)campaign->limit_count, "per_ns",
					      (json_int_t)campaign->limit_ns, "slot",
					      (json_int_t)campaign->limit_registry));
	if (campaign->priority)
		json_object_set_new(object, "priority", json_integer(campaign->priority));
	if (campaign->exclusive.bytes)
		json_object_set_new(object, "exclusive",
				    sl_dump_text(text_of(artifact, campaign->exclusive)));
}
