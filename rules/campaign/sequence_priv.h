/* What a campaign waits for, as it was written: sequences of steps, typed. What the planner makes
 * triggers, sequences, steps and windows of the artifact of, and what the reference evaluator runs.
 * Meaning: rules/grammar.md.
 *
 * Trees, names and arrays live in the arena of the set. A campaign with one condition has no
 * pattern: its condition stands in struct sl_campaign_text. */
#ifndef SL_RULES_CAMPAIGN_SEQUENCE_PRIV_H
#define SL_RULES_CAMPAIGN_SEQUENCE_PRIV_H

#include "rules/expr/expr_priv.h"

#include "sluice/artifact.h"

#define SL_RUNS_DEFAULT 8u

/* A field of an earlier step's event. In links and data it is EXPR_BOUND, slot: its index here. */
struct sl_capture_text {
	struct sl_slice name; /* "start.product" */
	uint32_t step;        /* of the sequence, from 0 */
	uint16_t slot;
};

struct sl_aggregate_text {
	enum sl_aggregate_function function;
	uint16_t slot; /* of COUNT 0 */
};

struct sl_window_text {
	enum sl_window_kind kind;
	enum sl_calendar_unit unit;
	struct sl_slice zone;
	int64_t length_ns;
	bool at_end;
	uint32_t keep;
	const struct sl_expr *having; /* EXPR_BOUND, slot: index of the aggregate */
	struct sl_aggregate_text *aggregates;
	uint32_t n_aggregates;
};

struct sl_step_text {
	enum sl_step_kind kind;
	struct sl_slice name; /* of NOT no bytes */
	struct sl_place place;
	const struct sl_expr *filter;  /* asks the event alone; NULL: any event of the key */
	const struct sl_expr *link;    /* asks the event and captures; NULL: nothing */
	const struct sl_expr *until;   /* asks the event alone; NULL: none */
	uint32_t times_from, times_to; /* to UINT32_MAX: or more */
	int64_t within_ns;             /* INT64_MAX: what the sequence says */
	struct sl_window_text *window; /* of WINDOW */
};

struct sl_sequence_text {
	struct sl_step_text *steps;
	uint32_t n_steps;
	struct sl_capture_text *captures;
	uint32_t n_captures;
	const struct sl_expr *among; /* STRICT: its neighbours; NULL with strict: any event */
	bool strict;
	uint64_t state[2];  /* hash of all its state depends on */
	uint32_t bytes_max; /* of state that a key may need */
};

enum sl_on_change { SL_ON_CHANGE_RESET = 0, SL_ON_CHANGE_KEEP = 1, SL_ON_CHANGE_DRAIN = 2 };

struct sl_pattern_text {
	enum sl_join join;
	int64_t join_within_ns;
	struct sl_sequence_text *sequences;
	uint32_t n_sequences;
	int64_t within_ns; /* of each sequence; INT64_MAX: any */
	enum sl_after_match after;
	uint32_t runs_max;
	enum sl_on_change on_change;
	bool says_on_change; /* the key stands there */
	int32_t by_slot;     /* -1: the role KEY */
	bool for_customer;
	bool fires_on_loss; /* `on_loss: fire` */
};

/* Also of a campaign without a pattern. */
struct sl_limit_text {
	uint32_t count;
	int64_t per_ns;       /* 0: no limit */
	struct sl_slice over; /* no bytes: of the campaign alone */
};

/* It may match when a time has passed, not with an event: a `not` at its end, or a window that is
 * asked when it closes. */
bool sl_sequence_is_due(const struct sl_sequence_text *sequence);
/* The step of the last accepted event of a match. */
uint32_t sl_sequence_last_event(const struct sl_sequence_text *sequence);

/* A key's record never grows beyond this: what would is `state_full`. */
#define SL_STATE_KEY_BYTES_MAX (128u << 10)
/* What a key may need for the sequence, for the limit. */
uint32_t sl_sequence_bytes(const struct sl_schema *schema, const struct sl_pattern_text *pattern,
			   const struct sl_sequence_text *sequence);
uint32_t sl_limit_bytes(const struct sl_limit_text *limit);

#endif
