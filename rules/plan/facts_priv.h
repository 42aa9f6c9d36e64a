/* What a condition says that can be looked up: its cover.
 *
 * A cover is a list of rows; wherever the condition holds, all facts of one of them do. So a
 * trigger may be filed under one or some facts of each row. A row without facts says nothing; no
 * rows at all: the condition never holds. To a matcher an error is as good as false, so `!` may be
 * pushed inwards and the sides of `||` and `?:` looked at one by one. */
#ifndef SL_RULES_PLAN_FACTS_PRIV_H
#define SL_RULES_PLAN_FACTS_PRIV_H

#include "rules/campaign/set_priv.h"

/* Rows that `&&` of two covers may make; beyond, only one of the two is kept. */
#define SL_ROWS_MAX 64u
#define SL_ROW_FACTS_MAX 64u

enum sl_fact_kind {
	SL_FACT_EQUAL, /* the slot, or an item of its list, is the value */
	SL_FACT_RANGE, /* the number is in low to high, both included */
	SL_FACT_PREFIX,
	SL_FACT_SUFFIX,
	SL_FACT_CONTAINS,
	SL_FACT_REGEX,
	SL_FACT_KINDS,
};

struct sl_fact {
	uint8_t kind;
	uint8_t type; /* enum sl_field_type of the slot */
	uint16_t slot;
	bool exact;        /* it says all that the test does */
	uint32_t conjunct; /* which of those the condition is joined of */
	uint32_t index;    /* among the distinct ones, for counting */
	struct sl_slice text;
	int64_t low, high; /* sl_filing_number(); of EQUAL both are the value; of REGEX flags for
			      the library, and enum sl_database_class */
	uint8_t weight;    /* of REGEX: bytes that it has to find, at least */
};

struct sl_row {
	const struct sl_fact **facts;
	uint32_t n_facts;
};

struct sl_cover {
	struct sl_row *rows;
	uint32_t n_rows;
	bool exact; /* it says all that the condition does */
};

/* How good a filter a cover is: the greater, the worse. */
typedef double sl_cover_weight(void *context, const struct sl_cover *cover);
/* Called for each fact as it is found, with what it will be judged by. */
typedef void sl_fact_found(void *context, struct sl_fact *fact);

struct sl_cover_context {
	const struct sl_schema *schema;
	struct sl_arena *arena;  /* covers live here */
	sl_fact_found *found;    /* may be NULL */
	sl_cover_weight *weight; /* may be NULL: fewer rows are better */
	void *context;
	uint32_t conjunct; /* of the facts to come */
	bool failed;       /* no memory */
	/* slots of the lists that macros walk, by the depth of their variables */
	int32_t *variables;
	uint32_t n_variables;
};

struct sl_cover sl_cover_of(struct sl_cover_context *context, const struct sl_expr *expr);
/* Both hold. */
struct sl_cover sl_cover_and(struct sl_cover_context *context, struct sl_cover a,
			     struct sl_cover b);
/* Says nothing: one row without facts. */
struct sl_cover sl_cover_any(struct sl_cover_context *context);

/* The cover of a test, or of one that must not hold; any where it cannot be looked up. */
struct sl_cover sl_cover_test(struct sl_cover_context *context, const struct sl_expr *expr,
			      bool negated);
/* Of matches(): the fact's text is the pattern. */
struct sl_cover sl_cover_regex(struct sl_cover_context *context, struct sl_fact fact);
struct sl_cover sl_cover_fact(struct sl_cover_context *context, struct sl_fact fact);
/* One of them holds, at least. covers NULL: no memory. */
struct sl_cover sl_cover_either(struct sl_cover_context *context, const struct sl_cover *covers,
				uint32_t n);
struct sl_cover sl_cover_never(void);
/* Not longer, escaped, than the library takes. */
bool sl_fact_fits_atom(struct sl_slice text);

#endif
