/* Inside the planner: what is known of the set so far, and of the trigger at hand. */
#ifndef SL_RULES_PLAN_PLANNER_PRIV_H
#define SL_RULES_PLAN_PLANNER_PRIV_H

#include "rules/plan/choice_priv.h"
#include "rules/plan/finding_priv.h"
#include "rules/plan/plan_priv.h"

struct sl_planner {
	const struct sl_rules_set *set;
	struct sl_plan *plan;
	struct sl_census census;
	struct sl_arena lasting;     /* of the findings */
	struct sl_arena arena;       /* of the trigger at hand */
	struct sl_finding *findings; /* of each trigger */
	struct sl_table nodes;       /* hash of parent and fact -> node */
	struct sl_cover_context context;
	/* of the trigger at hand */
	const struct sl_finding *finding;
	const bool *is_exact;
	bool *is_proven;
	uint32_t trigger;
	bool failed;
};

static inline const struct sl_plan_question *sl_planner_question(const struct sl_planner *planner,
								 uint32_t t)
{
	return (const struct sl_plan_question *)planner->plan->questions.at + t;
}

/* Takes the census: each condition is taken apart once, and what is found is kept. */
void sl_planner_take_census(struct sl_planner *planner);
/* The cover of a trigger, which is at hand then. One that was weighed is chosen again, by the whole
 * census. */
struct sl_cover sl_planner_cover(struct sl_planner *planner, uint32_t t);
/* One side of the condition at hand; NULL: the planner has failed. */
const struct sl_expr *sl_planner_conjunct(struct sl_planner *planner, uint32_t i);

/* Nodes, atoms and filings of one way to come to the trigger at hand. */
void sl_planner_file_row(struct sl_planner *planner, const struct sl_choice *choice);

/* Adds the trigger, its filings, its program and the note of both. */
void sl_planner_add_trigger(struct sl_planner *planner, uint32_t t);

#endif
