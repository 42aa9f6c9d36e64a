/* Whether a sequence may go on with what another remembered: whatever its runs, windows and values
 * are packed by has to be the same. */
#include "rules/registry/before_priv.h"

static bool same_field(const struct sl_before *before, uint16_t old, const struct sl_schema *schema,
		       uint16_t slot)
{
	struct sl_field field;

	sl_before_get(&before->fields, old, &field);
	return field.type == schema->fields[slot].type &&
	       sl_slice_equal(sl_before_text(before, field.path), schema->fields[slot].path);
}

static const char *unlike_window(const struct sl_before *before, const struct sl_step *old_step,
				 const struct sl_schema *schema,
				 const struct sl_window_text *window)
{
	bool moves = window->kind == SL_WINDOW_SLIDING || window->kind == SL_WINDOW_SESSION;
	struct sl_time_zone zone;
	struct sl_window old;

	sl_before_get(&before->windows, old_step->window, &old);
	sl_before_get(&before->zones, old.zone, &zone);
	if (old.kind != window->kind || old.unit != window->unit || old.keep != window->keep ||
	    old.at_end != window->at_end || (!moves && old.length_ns != window->length_ns) ||
	    (window->kind == SL_WINDOW_CALENDAR &&
	     !sl_slice_equal(sl_before_text(before, zone.name), window->zone)))
		return "its window is another";
	if (old.aggregate_count != window->n_aggregates)
		return "its window asks other aggregates";
	for (uint32_t i = 0; i < window->n_aggregates; i++) {
		const struct sl_aggregate_text *text = &window->aggregates[i];
		struct sl_aggregate aggregate;

		sl_before_get(&before->aggregates, old.aggregate + i, &aggregate);
		if (aggregate.function != text->function ||
		    (text->function != SL_AGGREGATE_COUNT &&
		     !same_field(before, aggregate.slot, schema, text->slot)))
			return "its window asks other aggregates";
		if (text->function == SL_AGGREGATE_DISTINCT && window->kind == SL_WINDOW_SLIDING)
			return "what a sliding window has of distinct values goes by what it asks";
	}
	return NULL;
}

static const char *unlike_steps(const struct sl_before *before, const struct sl_sequence *old,
				const struct sl_schema *schema,
				const struct sl_sequence_text *sequence)
{
	const char *why = NULL;

	if (old->step_count != sequence->n_steps)
		return "it has another number of steps";
	for (uint32_t i = 0; i < sequence->n_steps && !why; i++) {
		const struct sl_step_text *step = &sequence->steps[i];
		struct sl_step was;

		sl_before_get(&before->steps, old->step + i, &was);
		if (was.kind != step->kind ||
		    !sl_slice_equal(sl_before_text(before, was.name), step->name))
			return "its steps have other names, or are of another kind";
		if (was.has_until != (step->until != NULL))
			return "a step has got an `until`, or lost it";
		if (step->window)
			why = unlike_window(before, &was, schema, step->window);
	}
	return why;
}

static const char *unlike_key(const struct sl_before *before, const struct sl_campaign *campaign,
			      const struct sl_schema *schema, const struct sl_pattern_text *pattern)
{
	static const char why[] = "it remembers by another field";
	int slot = pattern->by_slot >= 0 ? pattern->by_slot : schema->role_slot[SL_ROLE_KEY];

	if (campaign->by_slot >= 0)
		return same_field(before, (uint16_t)campaign->by_slot, schema, (uint16_t)slot)
			       ? NULL
			       : why;
	for (uint32_t i = 0; i < before->fields.count; i++) {
		struct sl_field field;

		sl_before_get(&before->fields, i, &field);
		if (field.role == SL_ROLE_KEY)
			return same_field(before, (uint16_t)i, schema, (uint16_t)slot) ? NULL : why;
	}
	return why;
}

const char *sl_before_unlike(const struct sl_before *before, const struct sl_campaign *campaign,
			     uint32_t index, const struct sl_schema *schema,
			     const struct sl_pattern_text *pattern)
{
	const struct sl_sequence_text *sequence = &pattern->sequences[index];
	struct sl_sequence old;
	const char *why;

	if (campaign->join != pattern->join || campaign->sequence_count != pattern->n_sequences)
		return "it has other lists of steps";
	sl_before_get(&before->sequences, campaign->sequence + index, &old);
	why = unlike_key(before, campaign, schema, pattern);
	if (!why)
		why = unlike_steps(before, &old, schema, sequence);
	if (why)
		return why;
	if (old.runs_max > pattern->runs_max)
		return "it may have fewer `runs` than before";
	if (old.capture_count != sequence->n_captures)
		return "it remembers other fields of its steps";
	for (uint32_t i = 0; i < sequence->n_captures; i++) {
		struct sl_capture capture;

		sl_before_get(&before->captures, old.capture + i, &capture);
		if (capture.step != sequence->captures[i].step ||
		    !same_field(before, capture.slot, schema, sequence->captures[i].slot))
			return "it remembers other fields of its steps";
	}
	return NULL;
}

/* ---- the schema alone -------------------------------------------------------------------------
 */

static bool is_retyped(const struct sl_before *before, uint32_t slot,
		       const struct sl_schema *schema, struct sl_field *ret_field)
{
	struct sl_field field;
	int now;

	sl_before_get(&before->fields, slot, &field);
	now = sl_schema_find(schema, sl_before_text(before, field.path));
	if (now < 0 || schema->fields[now].type == field.type)
		return false;
	*ret_field = field;
	return true;
}

/* Whose: the customer is another field now, or none. */
static bool is_key_other(const struct sl_before *before, const struct sl_schema *schema,
			 struct sl_field *ret_field)
{
	int key = schema->role_slot[SL_ROLE_KEY];
	struct sl_field field;

	for (uint32_t i = 0; i < before->fields.count; i++) {
		sl_before_get(&before->fields, i, &field);
		if (field.role != SL_ROLE_KEY)
			continue;
		*ret_field = field;
		return key < 0 || schema->fields[key].type != field.type ||
		       !sl_slice_equal(schema->fields[key].path,
				       sl_before_text(before, field.path));
	}
	return false;
}

bool sl_before_retyped(const struct sl_before *before, const struct sl_campaign *campaign,
		       uint32_t index, const struct sl_schema *schema, struct sl_field *ret_field)
{
	struct sl_sequence sequence;
	struct sl_window window = {0};

	if (campaign->by_slot >= 0
		    ? is_retyped(before, (uint32_t)campaign->by_slot, schema, ret_field)
		    : is_key_other(before, schema, ret_field))
		return true;
	sl_before_get(&before->sequences, campaign->sequence + index, &sequence);
	for (uint32_t i = 0; i < sequence.capture_count; i++) {
		struct sl_capture capture;

		sl_before_get(&before->captures, sequence.capture + i, &capture);
		if (is_retyped(before, capture.slot, schema, ret_field))
			return true;
	}
	for (uint32_t i = 0; i < sequence.step_count; i++) {
		struct sl_step step;

		sl_before_get(&before->steps, sequence.step + i, &step);
		if (step.kind == SL_STEP_WINDOW)
			sl_before_get(&before->windows, step.window, &window);
	}
	for (uint32_t i = 0; i < window.aggregate_count; i++) {
		struct sl_aggregate aggregate;

		sl_before_get(&before->aggregates, window.aggregate + i, &aggregate);
		if (aggregate.function != SL_AGGREGATE_COUNT &&
		    is_retyped(before, aggregate.slot, schema, ret_field))
			return true;
	}
	return false;
}
