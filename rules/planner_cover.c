/* What the conditions of the set say that can be looked up. */
#include "rules/planner_priv.h"

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

	planner->kept[planner->trigger].weighed = true;

	for (uint32_t i = 0; i < cover->n_rows; i++)
		cost_ns += sl_choice_of(&planner->census, &cover->rows[i]).cost_ns;
	return cost_ns;
}

/* The sides of the condition's `&&`, and those of theirs. */
static void flatten(struct sl_buffer *conjuncts, const struct sl_expr *expr)
{
	if (expr->kind != SL_EXPR_CALL || expr->function != SL_FUNCTION_AND) {
		sl_buffer_add(conjuncts, &expr, sizeof(struct sl_expr *));
		return;
	}
	for (uint32_t i = 0; i < expr->n_args; i++)
		flatten(conjuncts, expr->args[i]);
}

static struct sl_cover cover_of_trigger(struct sl_planner *planner, uint32_t t)
{
	struct sl_arena *arena = planner->context.arena;
	struct sl_cover cover = sl_cover_any(&planner->context);
	struct sl_buffer conjuncts = {0};
	uint32_t n;

	planner->trigger = t;
	flatten(&conjuncts, planner->set->campaigns[t].condition);
	n = (uint32_t)(conjuncts.bytes / sizeof(struct sl_expr *));
	planner->is_exact = sl_arena_alloc(arena, (size_t)n + 1);
	planner->conjuncts = sl_arena_alloc(arena, conjuncts.bytes);
	if (conjuncts.failed || !planner->is_exact || !planner->conjuncts) {
		sl_buffer_fini(&conjuncts);
		planner->failed = true;
		return sl_cover_never();
	}
	memcpy((void *)planner->conjuncts, conjuncts.at, conjuncts.bytes);
	sl_buffer_fini(&conjuncts);
	planner->n_conjuncts = n;
	for (uint32_t i = 0; i < n; i++) {
		struct sl_cover side;

		planner->context.conjunct = i;
		side = sl_cover_of(&planner->context, planner->conjuncts[i]);
		planner->is_exact[i] = side.exact;
		cover = sl_cover_and(&planner->context, cover, side);
	}
	planner->failed |= planner->context.failed || planner->census.failed;
	return cover;
}

struct sl_cover sl_planner_cover(struct sl_planner *planner, uint32_t t)
{
	const struct sl_planner_kept *kept = &planner->kept[t];
	struct sl_cover cover = kept->cover;

	sl_arena_reset(&planner->arena);
	planner->trigger = t;
	planner->conjuncts = kept->conjuncts;
	planner->n_conjuncts = kept->n_conjuncts;
	planner->is_exact = kept->is_exact;
	if (kept->weighed)
		cover = cover_of_trigger(planner, t);
	planner->is_proven = sl_arena_alloc(&planner->arena, (size_t)planner->n_conjuncts + 1);
	planner->failed |= !planner->is_proven;
	return cover;
}
void sl_planner_take_census(struct sl_planner *planner)
{
	uint32_t n = planner->set->n_campaigns;

	planner->kept = calloc((size_t)n + 1, sizeof(*planner->kept));
	planner->failed |= !planner->kept;
	planner->context.arena = &planner->lasting;
	planner->context.found = found;
	planner->context.weight = weight;
	planner->context.context = planner;
	for (uint32_t t = 0; t < n && !planner->failed; t++) {
		struct sl_planner_kept *kept = &planner->kept[t];

		planner->census.trigger = t + 1;
		kept->cover = cover_of_trigger(planner, t);
		kept->conjuncts = planner->conjuncts;
		kept->n_conjuncts = planner->n_conjuncts;
		kept->is_exact = planner->is_exact;
	}
	planner->census.trigger = 0;
	planner->context.arena = &planner->arena;
}
