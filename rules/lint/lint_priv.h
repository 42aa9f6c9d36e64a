/* Warnings about conditions that compile and are hardly meant: what can never hold, what changes
 * nothing, campaigns that say the same.
 *
 * What is told is true of every event that has the fields in question. More may be true than is
 * told: sides are compared in pairs, and not at all where there are very many. */
#ifndef SL_RULES_LINT_PRIV_H
#define SL_RULES_LINT_PRIV_H

#include "rules/campaign/set_priv.h"

/* A condition that was typed without mistakes. ret_never: it can never hold, which was told. */
int sl_lint_condition(const struct sl_expr_context *context, const struct sl_expr *expr,
		      bool *ret_never);

/* A whole set, hashed: campaigns that do the same. */
int sl_lint_set(const struct sl_rules_set *set);

/* `value comparison constant` can never hold, for the value has bounds: which, in words; NULL: it
 * may hold, or nothing is known. comparison: EQ to GE. */
const char *sl_lint_beyond(enum sl_function comparison, const struct sl_expr *value,
			   const struct sl_expr *constant);

/* ---- what one test leaves of the values of a field ------------------------------------------ */

enum sl_range_kind {
	SL_RANGE_NONE, /* not understood */
	SL_RANGE_AMONG,
	SL_RANGE_OUTSIDE, /* everything but the values */
	SL_RANGE_INTERVAL,
	SL_RANGE_PREFIX,
	SL_RANGE_SUFFIX,
	SL_RANGE_CONTAINS,
};

struct sl_range {
	enum sl_range_kind kind;
	const struct sl_expr *field;
	/* of AMONG and OUTSIDE; of the texts one */
	struct sl_expr *const *values;
	uint32_t n_values;
	/* of INTERVAL; NULL: no end. Of an int the bounds are those as written. */
	const struct sl_expr *low, *high;
	bool low_open, high_open;
};

/* NONE where the expression is no test of one field against constants. Points into the tree. */
struct sl_range sl_range_of(const struct sl_expr *expr);

/* The literals false and true. */
extern struct sl_expr *const sl_range_booleans[2];
/* Of one type, or both numbers. */
bool sl_range_is_ordered_like(const struct sl_expr *a, const struct sl_expr *b);

/* Both speak of the same field. Never true where it is not certain. */
bool sl_range_is_empty(const struct sl_range *range);
bool sl_range_is_all(const struct sl_range *range);
bool sl_ranges_disjoint(const struct sl_range *a, const struct sl_range *b);
bool sl_range_within(const struct sl_range *a, const struct sl_range *b); /* a is part of b */
bool sl_ranges_cover(const struct sl_range *a, const struct sl_range *b); /* together all */

#endif
