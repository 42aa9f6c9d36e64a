/* What the conditions of the set say that can be looked up. */
#include "rules/plan/planner_priv.h"

#include "rules/pieces/pieces_priv.h"
#include "rules/progress_priv.h"

#include <stdlib.h>

static void found(void *context, struct sl_fact *fact)
{
	struct sl_planner *planner = context;

	sl_census_meet(&planner->census, fact);
}

/* What an event costs that is filed so, about. */
static double weight(void *context, const struct sl_cover *cover)
{
	struct sl_planner *planner = context;
	double cost_ns = 0;

	for (uint32_t i = 0; i < cover->n_rows; i++)
		cost_ns += sl_choice_of(&planner->census, &cover->rows[i]).cost_ns;
	return cost_ns;
}

const struct sl_expr *sl_planner_conjunct(struct sl_planner *planner, uint32_t i)
{
	const struct sl_finding *finding = planner->finding;
	const struct sl_expr *conjunct;

	if (finding->conjuncts)
		return finding->conjuncts[i];
	conjunct = sl_piece_conjunct(planner->set->pieces, finding, i, &planner->arena);
	planner->failed |= !conjunct;
	return conjunct;
}

static struct sl_cover weigh(struct sl_planner *planner)
{
	uint32_t n = planner->finding->n_conjuncts;
	struct sl_arena *arena = &planner->arena;
	const struct sl_expr **conjuncts = sl_arena_alloc(arena, (n + 1) * sizeof(*conjuncts));
	bool *is_exact = sl_arena_alloc(arena, (size_t)n + 1);
	struct sl_cover cover;

	planner->failed |= !conjuncts || !is_exact;
	for (uint32_t i = 0; i < n && !planner->failed; i++)
		conjuncts[i] = sl_planner_conjunct(planner, i);
	if (planner->failed)
		return sl_cover_never();
	cover = sl_finding_cover(&planner->context, conjuncts, n, is_exact);
	planner->is_exact = is_exact;
	planner->failed |= planner->context.failed || planner->census.failed;
	return cover;
}

struct sl_cover sl_planner_cover(struct sl_planner *planner, uint32_t t)
{
	const struct sl_finding *finding = &planner->findings[t];
	struct sl_cover cover = finding->cover;

	sl_arena_reset(&planner->arena);
	planner->trigger = t;
	planner->finding = finding;
	planner->is_exact = finding->is_exact;
	if (finding->weighed)
		cover = weigh(planner);
	planner->is_proven = sl_arena_alloc(&planner->arena, (size_t)finding->n_conjuncts + 1);
	planner->failed |= !planner->is_proven;
	return cover;
}

static bool find(struct sl_planner *planner, const struct sl_plan_question *question,
		 struct sl_finding *finding)
{
	const struct sl_rules_set *set = planner->set;
	const struct sl_campaign_text *campaign = &set->campaigns[question->campaign];

	if (!question->condition)
		return sl_piece_finding(set->pieces, campaign->finding, &planner->lasting, finding);
	if (!sl_finding_make(&set->schema, question->condition, &planner->lasting, finding))
		return false;
	if (set->pieces && question->role == SL_TRIGGER_MATCH)
		sl_pieces_add(set->pieces, campaign, finding);
	return true;
}

void sl_planner_take_census(struct sl_planner *planner)
{
	uint32_t n = (uint32_t)(planner->plan->questions.bytes / sizeof(struct sl_plan_question));

	planner->findings = calloc((size_t)n + 1, sizeof(*planner->findings));
	planner->failed |= !planner->findings;
	for (uint32_t t = 0; t < n && !planner->failed; t++) {
		const struct sl_plan_question *question = sl_planner_question(planner, t);
		struct sl_finding *finding = &planner->findings[t];

		sl_progress_step(planner->set->progress, 1);
		sl_progress_campaign(planner->set->progress,
				     planner->set->campaigns[question->campaign].name);
		planner->census.trigger = t + 1;
		planner->failed |= !find(planner, question, finding);
		for (uint32_t i = 0; i < finding->n_facts; i++)
			sl_census_meet(&planner->census, finding->facts[i]);
	}
	for (uint32_t i = 0; planner->set->pieces && i < planner->set->n_campaigns; i++) {
		const struct sl_campaign_text *campaign = &planner->set->campaigns[i];

		if (campaign->pattern && !campaign->from_piece && !campaign->draining)
			sl_pieces_add(planner->set->pieces, campaign, NULL);
	}
	planner->failed |= planner->census.failed;
	planner->census.trigger = 0;
	planner->context.arena = &planner->arena;
	planner->context.found = found;
	planner->context.weight = weight;
	planner->context.context = planner;
}
