/* What triggers lead to, slots of state, and what records carry. */
#include "artifact_priv.h"
#include "sluice/error.h"

#include <errno.h>
#include <stdlib.h>

/* ---- data ------------------------------------------------------------------------------------ */

/* A capture, or an aggregate, of one of the campaign's own sequences. */
static bool is_own(const struct sl_artifact *artifact, const struct sl_campaign *campaign,
		   const struct sl_data_field *data)
{
	for (uint32_t i = 0; i < campaign->sequence_count; i++) {
		const struct sl_sequence *sequence = &artifact->sequences[campaign->sequence + i];
		const struct sl_step *first = &artifact->steps[sequence->step];
		const struct sl_window *window =
			first->kind == SL_STEP_WINDOW ? &artifact->windows[first->window] : NULL;

		if (data->from == SL_DATA_CAPTURE && data->index >= sequence->capture &&
		    data->index - sequence->capture < sequence->capture_count)
			return true;
		if (data->from == SL_DATA_AGGREGATE && window && data->index >= window->aggregate &&
		    data->index - window->aggregate < window->aggregate_count)
			return true;
	}
	return false;
}

static bool points_inside(const struct sl_artifact *artifact, const struct sl_data_field *data)
{
	switch (data->from) {
	case SL_DATA_SLOT:
		return data->index < artifact->n_fields;
	case SL_DATA_CONSTANT:
		return data->index < artifact->n_constants;
	default: /* asked of the campaign that has it */
		return data->from <= SL_DATA_AGGREGATE;
	}
}

int sl_artifact_check_data(const struct sl_artifact_check *check)
{
	const struct sl_artifact *artifact = check->artifact;

	for (uint32_t i = 0; i < artifact->n_data; i++) {
		const struct sl_data_field *data = &artifact->data[i];

		if (!sl_artifact_has_text(check, data->name) || !points_inside(artifact, data))
			return sl_framed_refuse(check->why, -SL_E_BOUNDS, "data %u points outside",
						i);
		if (data->from == SL_DATA_CONSTANT &&
		    artifact->constants[data->index].type > SL_KIND_TIME)
			return sl_framed_refuse(check->why, -SL_E_BOUNDS,
						"data %u: records have no values of this type", i);
	}
	for (uint32_t i = 0; i < artifact->n_campaigns; i++) {
		const struct sl_campaign *campaign = &artifact->campaigns[i];

		for (uint32_t j = 0; j < campaign->data_count; j++) {
			const struct sl_data_field *data = &artifact->data[campaign->data + j];

			if (data->from >= SL_DATA_CAPTURE && !is_own(artifact, campaign, data))
				return sl_framed_refuse(check->why, -SL_E_BOUNDS,
							"data %u is not of campaign %u",
							campaign->data + j, i);
		}
	}
	return 0;
}

/* ---- slots ----------------------------------------------------------------------------------- */

static int by_number(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

/* Each sequence has a slot of its own; limits may share theirs with each other. */
static int check_apart(const struct sl_artifact_check *check, uint64_t *slots)
{
	const struct sl_artifact *artifact = check->artifact;
	uint32_t n = artifact->n_sequences;

	for (uint32_t i = 0; i < n; i++)
		slots[i] = artifact->sequences[i].registry;
	qsort(slots, n, sizeof(*slots), by_number);
	for (uint32_t i = 1; i < n; i++)
		if (slots[i] == slots[i - 1])
			return sl_framed_refuse(check->why, -SL_E_BOUNDS,
						"two sequences have one slot");
	for (uint32_t i = 0; i < artifact->n_campaigns; i++)
		if (artifact->campaigns[i].limit_ns &&
		    bsearch(&artifact->campaigns[i].limit_registry, slots, n, sizeof(*slots),
			    by_number))
			return sl_framed_refuse(check->why, -SL_E_BOUNDS,
						"campaign %u: its limit has a sequence's slot", i);
	return 0;
}

int sl_artifact_check_slots(const struct sl_artifact_check *check)
{
	const struct sl_artifact *artifact = check->artifact;
	uint64_t next = artifact->meta->registry_next;
	uint64_t *slots;
	int error;

	for (uint32_t i = 0; i < artifact->n_registry; i++)
		if (artifact->registry[i].slot >= next)
			return sl_framed_refuse(check->why, -SL_E_BOUNDS,
						"registry %u: its slot was never given", i);
	for (uint32_t i = 0; i < artifact->n_sequences; i++)
		if (artifact->sequences[i].registry >= next)
			return sl_framed_refuse(check->why, -SL_E_BOUNDS,
						"sequence %u: its slot was never given", i);
	for (uint32_t i = 0; i < artifact->n_campaigns; i++)
		if (artifact->campaigns[i].limit_ns &&
		    artifact->campaigns[i].limit_registry >= next)
			return sl_framed_refuse(check->why, -SL_E_BOUNDS,
						"campaign %u: its limit's slot was never given", i);
	if (artifact->n_sequences == 0)
		return 0;
	slots = calloc(artifact->n_sequences, sizeof(*slots));
	if (!slots)
		return sl_framed_refuse(check->why, -ENOMEM, "no memory");
	error = check_apart(check, slots);
	free(slots);
	return error;
}

/* ---- triggers -------------------------------------------------------------------------------- */

static bool has_sequence(const struct sl_campaign *campaign, uint32_t sequence)
{
	return sequence >= campaign->sequence &&
	       sequence - campaign->sequence < campaign->sequence_count;
}

/* The step is of one of the campaign's sequences. */
static bool has_step(const struct sl_artifact *artifact, const struct sl_campaign *campaign,
		     uint32_t step)
{
	for (uint32_t i = 0; i < campaign->sequence_count; i++) {
		const struct sl_sequence *sequence = &artifact->sequences[campaign->sequence + i];

		if (step >= sequence->step && step - sequence->step < sequence->step_count)
			return true;
	}
	return false;
}

static bool leads_somewhere(const struct sl_artifact *artifact, const struct sl_trigger *trigger)
{
	const struct sl_campaign *campaign = &artifact->campaigns[trigger->campaign];

	switch (trigger->role) {
	case SL_TRIGGER_MATCH:
		return campaign->sequence_count == 0 && trigger->step == 0;
	case SL_TRIGGER_STEP:
		return has_step(artifact, campaign, trigger->step);
	case SL_TRIGGER_UNTIL:
		return has_step(artifact, campaign, trigger->step) &&
		       artifact->steps[trigger->step].has_until;
	case SL_TRIGGER_AMONG:
		return has_sequence(campaign, trigger->step) &&
		       artifact->sequences[trigger->step].strict;
	default:
		return false;
	}
}

/* Those of a step are single; a campaign may match by several. */
static bool means_the_same(const struct sl_trigger *a, const struct sl_trigger *b)
{
	return a->role != SL_TRIGGER_MATCH && a->role == b->role && a->step == b->step;
}

/* A campaign's triggers follow each other, and no two mean the same. */
static bool is_in_order(const struct sl_artifact *artifact, uint32_t index)
{
	const struct sl_trigger *triggers = artifact->triggers, *trigger = &triggers[index];

	if (index > 0 && triggers[index - 1].campaign > trigger->campaign)
		return false;
	if (trigger->role == SL_TRIGGER_MATCH)
		return true;
	/* those of one campaign are few: its steps, their ends, its sequences */
	for (uint32_t i = index; i > 0 && triggers[i - 1].campaign == trigger->campaign; i--)
		if (index - i > 3 * SL_SEQUENCES_MAX * SL_STEPS_MAX ||
		    means_the_same(&triggers[i - 1], trigger))
			return false;
	return true;
}

int sl_artifact_check_triggers(const struct sl_artifact_check *check)
{
	const struct sl_artifact *artifact = check->artifact;

	for (uint32_t i = 0; i < artifact->n_triggers; i++) {
		const struct sl_trigger *trigger = &artifact->triggers[i];

		if (trigger->campaign >= artifact->n_campaigns)
			return sl_framed_refuse(check->why, -SL_E_BOUNDS,
						"trigger %u belongs to no campaign", i);
		if (!leads_somewhere(artifact, trigger))
			return sl_framed_refuse(check->why, -SL_E_BOUNDS,
						"trigger %u: role %u leads nowhere", i,
						trigger->role);
		if (!is_in_order(artifact, i))
			return sl_framed_refuse(check->why, -SL_E_BOUNDS,
						"trigger %u is out of order", i);
	}
	for (uint32_t i = 0; i < artifact->n_always; i++)
		if (artifact->always[i] >= artifact->n_triggers)
			return sl_framed_refuse(check->why, -SL_E_BOUNDS, "always %u is no trigger",
						i);
	for (uint32_t i = 0; i < artifact->n_filed; i++)
		if (artifact->filed[i] >= artifact->n_triggers)
			return sl_framed_refuse(check->why, -SL_E_BOUNDS, "filed %u is no trigger",
						i);
	return 0;
}
