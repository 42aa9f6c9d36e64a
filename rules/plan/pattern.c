/* What a campaign remembers, as the artifact has it: sequences, steps, captures, windows. */
#include "rules/plan/plan_priv.h"

static uint32_t count_of(const struct sl_buffer *buffer, size_t bytes_each)
{
	return (uint32_t)(buffer->bytes / bytes_each);
}

static uint32_t add_window(struct sl_plan *plan, const struct sl_step_text *step)
{
	const struct sl_window_text *text = step->window;
	uint32_t index = count_of(&plan->windows, sizeof(struct sl_window));
	struct sl_window window = {
		.kind = text->kind,
		.unit = text->unit,
		.at_end = text->at_end,
		.length_ns = text->length_ns,
		.keep = text->keep,
		.aggregate = count_of(&plan->aggregates, sizeof(struct sl_aggregate)),
		.aggregate_count = text->n_aggregates,
	};

	if (text->kind == SL_WINDOW_CALENDAR &&
	    !sl_pool_zone(&plan->pool, text->zone, &window.zone))
		sl_mistake(plan->set->diagnostics, step->place, "unknown_zone",
			   "a name such as Asia/Seoul or UTC", "there is no time zone `%.*s`",
			   SL_SLICE_ARGS(text->zone));
	for (uint32_t i = 0; i < text->n_aggregates; i++) {
		struct sl_aggregate aggregate = {.function = text->aggregates[i].function,
						 .slot = text->aggregates[i].slot};

		if (aggregate.function != SL_AGGREGATE_COUNT)
			plan->flags[aggregate.slot] |= SL_FIELD_USED;
		sl_buffer_add(&plan->aggregates, &aggregate, sizeof(aggregate));
	}
	sl_plan_program(plan, &text->having, 1, step->place, &window.having, &window.having_count);
	sl_buffer_add(&plan->windows, &window, sizeof(window));
	return index;
}

static void add_step(struct sl_plan *plan, const struct sl_step_text *text)
{
	struct sl_step step = {
		.name = sl_pool_text(&plan->pool, text->name),
		.kind = text->kind,
		.times_from = text->times_from,
		.times_to = text->times_to,
		.has_until = text->until != NULL,
		.within_ns = text->within_ns,
	};

	if (text->link)
		sl_plan_program(plan, &text->link, 1, text->place, &step.link, &step.link_count);
	if (text->kind == SL_STEP_WINDOW)
		step.window = add_window(plan, text);
	sl_buffer_add(&plan->steps, &step, sizeof(step));
}

static void add_sequence(struct sl_plan *plan, const struct sl_campaign_text *campaign,
			 const struct sl_sequence_text *text)
{
	const struct sl_pattern_text *pattern = campaign->pattern;
	struct sl_sequence sequence = {
		.campaign = count_of(&plan->campaigns, sizeof(struct sl_campaign)),
		.step = count_of(&plan->steps, sizeof(struct sl_step)),
		.step_count = text->n_steps,
		.capture = count_of(&plan->captures, sizeof(struct sl_capture)),
		.capture_count = text->n_captures,
		.runs_max = pattern->runs_max,
		.within_ns = pattern->within_ns,
		.after = pattern->after,
		.strict = text->strict,
		.draining = campaign->draining,
		.bytes_max = text->bytes_max,
	};

	for (uint32_t i = 0; i < text->n_captures; i++) {
		struct sl_capture capture = {.step = text->captures[i].step,
					     .slot = text->captures[i].slot};

		plan->flags[capture.slot] |= SL_FIELD_USED;
		sl_buffer_add(&plan->captures, &capture, sizeof(capture));
	}
	for (uint32_t i = 0; i < text->n_steps; i++)
		add_step(plan, &text->steps[i]);
	sl_buffer_add(&plan->sequences, &sequence, sizeof(sequence));
}

void sl_plan_pattern(struct sl_plan *plan, const struct sl_campaign_text *text,
		     struct sl_campaign *campaign)
{
	const struct sl_pattern_text *pattern = text->pattern;

	if (!pattern)
		return;
	campaign->sequence = count_of(&plan->sequences, sizeof(struct sl_sequence));
	campaign->sequence_count = pattern->n_sequences;
	campaign->join = pattern->join;
	campaign->join_within_ns = pattern->join_within_ns;
	campaign->by_slot = pattern->by_slot;
	campaign->for_customer = pattern->for_customer;
	campaign->on_loss = pattern->fires_on_loss ? SL_ON_LOSS_FIRE : SL_ON_LOSS_HOLD;
	if (pattern->by_slot >= 0)
		plan->flags[pattern->by_slot] |= SL_FIELD_USED;
	for (uint32_t i = 0; i < pattern->n_sequences; i++)
		add_sequence(plan, text, &pattern->sequences[i]);
}
