/* Inside the planner: what is known of the set so far, and of the trigger at hand. */
#ifndef SL_RULES_PLANNER_PRIV_H
#define SL_RULES_PLANNER_PRIV_H

#include "rules/plan_choice_priv.h"
#include "rules/plan_priv.h"

/* What was found out about a trigger when the census was taken. */
struct sl_planner_kept {
	const struct sl_expr *const *conjuncts;
	struct sl_cover cover;
	bool *is_exact; /* of each conjunct: its cover says all that it does */
	uint32_t n_conjuncts;
	bool weighed; /* a cover was given up for another, which only the whole census can judge */
};

struct sl_planner {
	const struct sl_rules_set *set;
	struct sl_plan *plan;
	struct sl_census census;
	struct sl_arena lasting;      /* of the census */
	struct sl_arena arena;        /* of the trigger at hand */
	struct sl_planner_kept *kept; /* of each trigger */
	struct sl_table nodes;        /* hash of parent and fact -> node */
	struct sl_cover_context context;
	/* of the trigger at hand */
	const struct sl_expr *const *conjuncts;
	uint32_t n_conjuncts;
	bool *is_exact;
	bool *is_proven;
	uint32_t trigger;
	bool failed;
};

/* Takes the census: each condition is taken apart once, and what is found is kept. While it is
 * taken a cover that has to be given up is chosen without it, and chosen again. */
void sl_planner_take_census(struct sl_planner *planner);
/* The cover found by the census, where it may be kept. */
struct sl_cover sl_planner_cover(struct sl_planner *planner, uint32_t t);

/* Nodes, atoms and filings of one way to come to the trigger at hand. */
void sl_planner_file_row(struct sl_planner *planner, const struct sl_choice *choice);

/* Adds the trigger, its filings, its program and the note of both. */
void sl_planner_add_trigger(struct sl_planner *planner, uint32_t t);

#endif
