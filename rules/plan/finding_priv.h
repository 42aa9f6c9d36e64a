/* What is found out about one condition by itself, whatever else is in the rule set: the sides of
 * its `&&`, the facts that they give, its cover.
 *
 * A finding lives in the arena it was made in. One that was read from a piece (pieces_priv.h) has
 * its sides still packed, for most of them are never looked at again: they are unpacked when the
 * planner asks, and point into the piece. */
#ifndef SL_RULES_PLAN_FINDING_PRIV_H
#define SL_RULES_PLAN_FINDING_PRIV_H

#include "rules/plan/facts_priv.h"

struct sl_finding {
	const struct sl_expr *const *conjuncts; /* NULL: packed */
	struct sl_slice packed;
	bool *is_exact; /* of each: its cover says all that it does */
	uint32_t n_conjuncts;
	uint32_t n_facts;
	struct sl_fact **facts; /* each that was met, in that order; the cover's are among them */
	struct sl_cover cover;
	bool weighed; /* a cover was given up for another, which only the whole set can judge */
};

/* False: no memory. A weighed cover is the one of fewer rows. */
bool sl_finding_make(const struct sl_schema *schema, const struct sl_expr *condition,
		     struct sl_arena *arena, struct sl_finding *ret_finding);

/* The cover of the sides, as the context weighs; is_exact gets n_conjuncts answers. */
struct sl_cover sl_finding_cover(struct sl_cover_context *context,
				 const struct sl_expr *const *conjuncts, uint32_t n_conjuncts,
				 bool *is_exact);

#endif
