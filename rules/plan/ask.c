/* What triggers a rule set needs: one for a campaign that remembers nothing, else one for each
 * condition of its steps that asks the event. */
#include "rules/plan/plan_priv.h"

/* Where a step asks nothing of the event: every one will do. */
static const struct sl_expr any_event = {
	.kind = SL_EXPR_LITERAL, .type = SL_KIND_BOOL, .depth = 1, .integer = 1};

static void ask(struct sl_plan *plan, uint32_t campaign, enum sl_trigger_role role, uint32_t step,
		const struct sl_expr *condition, struct sl_place place)
{
	struct sl_plan_question question = {
		.campaign = campaign,
		.role = role,
		.step = step,
		.condition = condition ? condition : &any_event,
		.place = place,
	};

	sl_buffer_add(&plan->questions, &question, sizeof(question));
}

static void ask_sequence(struct sl_plan *plan, uint32_t campaign,
			 const struct sl_sequence_text *sequence, uint32_t index,
			 uint32_t first_step)
{
	for (uint32_t i = 0; i < sequence->n_steps; i++) {
		const struct sl_step_text *step = &sequence->steps[i];

		ask(plan, campaign, SL_TRIGGER_STEP, first_step + i, step->filter, step->place);
		if (step->until)
			ask(plan, campaign, SL_TRIGGER_UNTIL, first_step + i, step->until,
			    step->place);
	}
	if (sequence->strict)
		ask(plan, campaign, SL_TRIGGER_AMONG, index, sequence->among,
		    sequence->steps[0].place);
}

bool sl_plan_ask(struct sl_plan *plan, const struct sl_rules_set *set)
{
	uint32_t n_sequences = 0, n_steps = 0;

	for (uint32_t c = 0; c < set->n_campaigns; c++) {
		const struct sl_campaign_text *campaign = &set->campaigns[c];
		const struct sl_pattern_text *pattern = campaign->pattern;
		struct sl_plan_question match = {
			.campaign = c,
			.condition = campaign->condition,
			.place = campaign->condition_place,
		};

		if (!pattern)
			sl_buffer_add(&plan->questions, &match, sizeof(match));
		for (uint32_t i = 0; pattern && i < pattern->n_sequences; i++) {
			ask_sequence(plan, c, &pattern->sequences[i], n_sequences++, n_steps);
			n_steps += pattern->sequences[i].n_steps;
		}
	}
	return !plan->questions.failed;
}
