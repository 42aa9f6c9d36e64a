/* What campaigns remember: which sequences are theirs, and steps in an order that has a meaning.
 * Whoever runs them relies on it that every run of events ends: all that is waited for is bounded
 * in time. */
#include "artifact_priv.h"
#include "sluice/error.h"

static bool is_span_or_none(int64_t ns)
{
	return ns == INT64_MAX || sl_artifact_is_span(ns);
}

static bool is_key(const struct sl_artifact *artifact, int32_t slot)
{
	return slot >= 0 && (uint32_t)slot < artifact->n_fields &&
	       (artifact->fields[slot].flags & SL_FIELD_USED) &&
	       (artifact->fields[slot].type == SL_TYPE_STRING ||
		artifact->fields[slot].type == SL_TYPE_INT);
}

static int check_pattern(const struct sl_artifact_check *check, uint32_t index)
{
	const struct sl_artifact *artifact = check->artifact;
	const struct sl_campaign *campaign = &artifact->campaigns[index];

	if (campaign->join > SL_JOIN_ALL || campaign->for_customer > 1 ||
	    campaign->on_loss > SL_ON_LOSS_FIRE ||
	    (campaign->join == SL_JOIN_ONE && campaign->sequence_count > 1) ||
	    campaign->sequence_count > SL_SEQUENCES_MAX ||
	    (campaign->join == SL_JOIN_ALL ? !sl_artifact_is_span(campaign->join_within_ns)
					   : campaign->join_within_ns != INT64_MAX))
		return sl_framed_refuse(check->why, -SL_E_BOUNDS,
					"campaign %u: its sequences are joined in no known way",
					index);
	if (campaign->by_slot != -1 && !is_key(artifact, campaign->by_slot))
		return sl_framed_refuse(check->why, -SL_E_BOUNDS,
					"campaign %u remembers by a field that is no key", index);
	if (campaign->for_customer && campaign->by_slot == -1)
		return sl_framed_refuse(check->why, -SL_E_BOUNDS,
					"campaign %u is the customer's anyway", index);
	return 0;
}

static int check_sequence(const struct sl_artifact_check *check, uint32_t index)
{
	const struct sl_sequence *sequence = &check->artifact->sequences[index];

	if (sequence->step_count == 0 || sequence->step_count > SL_STEPS_MAX ||
	    sequence->capture_count > SL_CAPTURES_MAX || sequence->runs_max == 0 ||
	    sequence->runs_max > SL_RUNS_MAX || sequence->after > SL_AFTER_OVERLAP ||
	    sequence->strict > 1 || sequence->draining > 1 || !is_span_or_none(sequence->within_ns))
		return sl_framed_refuse(check->why, -SL_E_BOUNDS,
					"sequence %u: a number is out of bounds", index);
	return 0;
}

int sl_artifact_check_sequences(const struct sl_artifact_check *check)
{
	const struct sl_artifact *artifact = check->artifact;
	uint64_t taken = 0, steps = 0, captures = 0;
	int error = 0;

	for (uint32_t i = 0; i < artifact->n_campaigns && !error; i++) {
		const struct sl_campaign *campaign = &artifact->campaigns[i];

		if (!sl_artifact_take_run(campaign->sequence, campaign->sequence_count,
					  artifact->n_sequences, &taken))
			return sl_framed_refuse(check->why, -SL_E_BOUNDS,
						"campaign %u: its sequences lie outside", i);
		error = check_pattern(check, i);
		for (uint32_t s = 0; s < campaign->sequence_count && !error; s++)
			if (artifact->sequences[campaign->sequence + s].campaign != i)
				error = sl_framed_refuse(check->why, -SL_E_BOUNDS,
							 "sequence %u is of another campaign",
							 campaign->sequence + s);
	}
	if (!error && taken != artifact->n_sequences)
		error = sl_framed_refuse(check->why, -SL_E_BOUNDS, "a sequence is of no campaign");
	for (uint32_t i = 0; i < artifact->n_sequences && !error; i++) {
		const struct sl_sequence *sequence = &artifact->sequences[i];

		error = check_sequence(check, i);
		if (!error && (!sl_artifact_take_run(sequence->step, sequence->step_count,
						     artifact->n_steps, &steps) ||
			       !sl_artifact_take_run(sequence->capture, sequence->capture_count,
						     artifact->n_captures, &captures)))
			error = sl_framed_refuse(check->why, -SL_E_BOUNDS,
						 "sequence %u: what it is made of lies outside", i);
	}
	if (!error && (steps != artifact->n_steps || captures != artifact->n_captures))
		error = sl_framed_refuse(check->why, -SL_E_BOUNDS,
					 "a step or a capture is of no sequence");
	return error;
}

/* ---- steps ----------------------------------------------------------------------------------- */

/* One step by itself: NULL, or what is wrong with it. */
static const char *fault_of_step(const struct sl_artifact_check *check, const struct sl_step *step)
{
	bool is_event = step->kind == SL_STEP_EVENT;

	if (step->kind < SL_STEP_EVENT || step->kind > SL_STEP_WINDOW)
		return "its kind is not known";
	if (!sl_artifact_has_text(check, step->name) ||
	    (step->name.bytes == 0) != (step->kind == SL_STEP_NOT))
		return "its name is not what its kind has";
	if (step->times_from == 0 || step->times_from > SL_TIMES_MAX ||
	    step->times_to < step->times_from ||
	    (step->times_to > SL_TIMES_MAX && step->times_to != UINT32_MAX) ||
	    (!is_event && step->times_to != 1))
		return "it repeats out of bounds";
	if (step->has_until > 1 || (step->has_until && (!is_event || step->times_to != UINT32_MAX)))
		return "it has an end that it cannot have";
	if (!is_span_or_none(step->within_ns) ||
	    (step->kind == SL_STEP_WINDOW && step->within_ns != INT64_MAX))
		return "its time is out of bounds";
	return NULL;
}

/* Where it stands: NULL, or why it cannot stand there. */
static const char *fault_of_place(const struct sl_sequence *sequence, const struct sl_step *steps,
				  uint32_t i, bool is_first)
{
	const struct sl_step *step = &steps[i];
	bool is_bounded = step->within_ns != INT64_MAX || sequence->within_ns != INT64_MAX;
	bool is_last = i + 1 == sequence->step_count;

	if (step->kind == SL_STEP_WINDOW)
		return i > 0 ? "a window stands behind another step" : NULL;
	if (step->kind == SL_STEP_EVENT)
		return (!is_first || step->times_to > 1) && !is_bounded ? "nothing bounds it"
									: NULL;
	if (sequence->step_count == 1 || (i > 0 && steps[i - 1].kind == SL_STEP_NOT))
		return "a `not` stands alone";
	if ((i == 0 || is_last) && sequence->strict)
		return "strict neighbours and a `not` at an end";
	if (i == 0)
		return step->within_ns == INT64_MAX ? "nothing bounds it" : NULL;
	if (is_last)
		return is_bounded ? NULL : "nothing bounds it";
	return step->within_ns == INT64_MAX ? NULL : "a `not` between two steps has a time";
}

static int check_order(const struct sl_artifact_check *check, uint32_t index, uint64_t *windows)
{
	const struct sl_sequence *sequence = &check->artifact->sequences[index];
	const struct sl_step *steps = check->artifact->steps + sequence->step;
	bool is_first = true;

	for (uint32_t i = 0; i < sequence->step_count; i++) {
		const char *fault = fault_of_step(check, &steps[i]);

		if (!fault)
			fault = fault_of_place(sequence, steps, i, is_first);
		if (!fault && steps[i].kind == SL_STEP_WINDOW &&
		    !sl_artifact_take_run(steps[i].window, 1, check->artifact->n_windows, windows))
			fault = "its window lies outside";
		if (!fault && is_first && steps[i].link_count)
			fault = "nothing goes before it that it could ask";
		if (fault)
			return sl_framed_refuse(check->why, -SL_E_BOUNDS,
						"sequence %u, step %u: %s", index, i, fault);
		is_first &= steps[i].kind == SL_STEP_NOT;
	}
	return 0;
}

static int check_captures(const struct sl_artifact_check *check, uint32_t index)
{
	const struct sl_artifact *artifact = check->artifact;
	const struct sl_sequence *sequence = &artifact->sequences[index];

	for (uint32_t i = 0; i < sequence->capture_count; i++) {
		const struct sl_capture *capture = &artifact->captures[sequence->capture + i];

		if (capture->step >= sequence->step_count ||
		    artifact->steps[sequence->step + capture->step].kind == SL_STEP_NOT ||
		    capture->slot >= artifact->n_fields ||
		    artifact->fields[capture->slot].type == SL_TYPE_STRINGS ||
		    !(artifact->fields[capture->slot].flags & SL_FIELD_USED))
			return sl_framed_refuse(check->why, -SL_E_BOUNDS,
						"sequence %u: capture %u cannot be remembered",
						index, i);
	}
	return 0;
}

int sl_artifact_check_steps(const struct sl_artifact_check *check)
{
	const struct sl_artifact *artifact = check->artifact;
	uint64_t windows = 0;
	int error = 0;

	for (uint32_t i = 0; i < artifact->n_sequences && !error; i++) {
		error = check_order(check, i, &windows);
		if (!error)
			error = check_captures(check, i);
	}
	if (!error && windows != artifact->n_windows)
		error = sl_framed_refuse(check->why, -SL_E_BOUNDS, "a window is of no step");
	return error;
}
