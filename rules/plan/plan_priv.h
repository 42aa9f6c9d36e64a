/* The plan: everything an artifact holds but its databases, from a typed rule set.
 *
 * Each row of a condition's cover (facts_priv.h) files the trigger: under up to three
 * equalities joined, or under one atom, a question that the pattern databases answer; beneath
 * either, by an interval of one number. What the filing does not prove becomes the program. */
#ifndef SL_RULES_PLAN_PRIV_H
#define SL_RULES_PLAN_PRIV_H

#include "rules/campaign/set_priv.h"

/* Constants, texts and sets, each once. */
struct sl_pool {
	struct sl_buffer text;
	struct sl_buffer constants;     /* struct sl_constant */
	struct sl_buffer sets;          /* struct sl_set */
	struct sl_buffer members;       /* uint32_t */
	struct sl_buffer patterns;      /* struct sl_pattern */
	struct sl_buffer pattern_bytes; /* struct sl_regex */
	struct sl_buffer zones;         /* struct sl_time_zone */
	struct sl_buffer transitions;   /* struct sl_transition */
	struct sl_table texts;
	struct sl_table constant_index;
	struct sl_table zone_index;
	struct sl_table pattern_index;
	bool failed;
};

struct sl_text_ref sl_pool_text(struct sl_pool *pool, struct sl_slice text);
/* As a slot would hold it: a timestamp becomes TIME. */
uint32_t sl_pool_constant(struct sl_pool *pool, const struct sl_expr *literal);
/* As it is; also of a list or map of constants. */
uint32_t sl_pool_value(struct sl_pool *pool, const struct sl_expr *constant);
enum sl_pool_answer { SL_POOL_DONE, SL_POOL_BAD, SL_POOL_TOO_LARGE };
/* BAD: the text is no regular expression. */
enum sl_pool_answer sl_pool_pattern(struct sl_pool *pool, const struct sl_expr *literal,
				    uint32_t *ret_pattern);
/* False: there is no such time zone. */
bool sl_pool_zone(struct sl_pool *pool, struct sl_slice name, uint32_t *ret_zone);
/* Of the n literals, sorted and each once. */
uint32_t sl_pool_set(struct sl_pool *pool, struct sl_expr *const *literals, uint32_t n);
bool sl_pool_failed(const struct sl_pool *pool);
void sl_pool_fini(struct sl_pool *pool);

/* The literal of an atom in canonical text, added to the buffer. */
void sl_atom_literal(enum sl_atom_kind kind, uint16_t slot, struct sl_slice value,
		     struct sl_buffer *literal);

struct sl_plan_literal {
	size_t offset; /* in literals; of a REGEX atom the expression */
	uint32_t bytes;
	uint8_t class;  /* enum sl_database_class */
	uint32_t flags; /* HS_FLAG_… of an expression */
};

/* Where a trigger is filed: places are nodes, and atoms behind SL_PLAN_ATOM. */
#define SL_PLAN_ATOM 0x80000000u

struct sl_plan_filing {
	uint32_t place;
	uint32_t trigger;
	int64_t low, high;
	int32_t slot; /* of the interval; -1: none, it is a candidate whenever an event comes here
		       */
};

/* What a trigger asks, before it is planned. */
struct sl_plan_question {
	uint32_t campaign;
	uint32_t role;                   /* enum sl_trigger_role */
	uint32_t step;                   /* as in struct sl_trigger */
	const struct sl_expr *condition; /* NULL: in the campaign's piece */
	struct sl_place place;
};

/* For people: how a trigger was planned. */
struct sl_plan_note {
	uint32_t filing, n_filings; /* in filings */
	uint32_t read, n_read;      /* slots that its program reads, in reads */
	bool always;                /* on the always-list, or by a bound alone */
	bool never;
	double share;   /* of events that it is a candidate for, estimated */
	double cost_ns; /* of an event, estimated */
};

/* A pattern whose shape makes its scan dear, and the first campaign that asks it. */
struct sl_plan_dear {
	uint32_t atom;
	uint32_t trigger;
};

struct sl_plan {
	const struct sl_rules_set *set; /* whose plan it is; must outlive it */
	struct sl_pool pool;
	struct sl_buffer atoms;         /* struct sl_atom */
	struct sl_buffer literals;      /* bytes */
	struct sl_buffer literal_index; /* struct sl_plan_literal, one for each atom */
	struct sl_buffer nodes;         /* struct sl_tree_node */
	struct sl_buffer buckets;       /* struct sl_bucket */
	struct sl_buffer asked;         /* uint16_t */
	struct sl_buffer filings;       /* struct sl_plan_filing, in the order of triggers */
	struct sl_buffer filed;         /* uint32_t */
	struct sl_buffer groups;        /* struct sl_group */
	struct sl_buffer intervals;     /* struct sl_interval */
	struct sl_buffer always;        /* uint32_t */
	struct sl_buffer triggers;      /* struct sl_trigger */
	struct sl_buffer code;          /* struct sl_instruction */
	struct sl_buffer campaigns;     /* struct sl_campaign */
	struct sl_buffer data;          /* struct sl_data_field */
	struct sl_buffer sequences;     /* struct sl_sequence; their slots are given later */
	struct sl_buffer steps;         /* struct sl_step */
	struct sl_buffer captures;      /* struct sl_capture */
	struct sl_buffer windows;       /* struct sl_window */
	struct sl_buffer aggregates;    /* struct sl_aggregate */
	struct sl_buffer questions;     /* struct sl_plan_question, one for each trigger */
	struct sl_buffer notes;         /* struct sl_plan_note, one for each trigger */
	struct sl_buffer reads;         /* uint16_t */
	struct sl_buffer dear;          /* struct sl_plan_dear */
	uint32_t n_always;             /* on the always-list, and by a bound alone below the root */
	uint16_t flags[SL_FIELDS_MAX]; /* of fields: SCANNED, USED */
};

/* As many candidates as an event may have where nothing else is set. */
#define SL_CANDIDATES_DEFAULT 4096u

/* Of sl_rules_options. */
struct sl_plan_bounds {
	uint32_t always_list;
	uint32_t candidates;
};

/* Reports what is dear (warnings) or too dear (errors). Registry slots are not filled in. */
int sl_plan_make_within(const struct sl_rules_set *set, const struct sl_plan_bounds *bounds,
			struct sl_plan *ret_plan);
/* With as many candidates as the default. */
int sl_plan_make(const struct sl_rules_set *set, uint32_t always_max, struct sl_plan *ret_plan);
void sl_plan_fini(struct sl_plan *plan);
bool sl_plan_failed(const struct sl_plan *plan);

/* The tree, the groups and the runs of triggers, from the nodes and filings. */
int sl_plan_build_filings(struct sl_plan *plan);

/* Calls `filed` for each campaign. */
int sl_plan_explain(const struct sl_plan *plan, const struct sl_rules_set *set,
		    sl_rules_filed *filed, void *context);

/* Where a filing is, in words: `type = "a", channel = "b", amount from 5 to 9`. Terminated. */
void sl_plan_place_text(const struct sl_plan *plan, const struct sl_schema *schema,
			const struct sl_plan_filing *filing, struct sl_buffer *text);

/* The triggers that the set needs: those of a campaign together. False: no memory. */
bool sl_plan_ask(struct sl_plan *plan, const struct sl_rules_set *set);

/* The sections of what the campaign remembers; fills in what points to them. */
void sl_plan_pattern(struct sl_plan *plan, const struct sl_campaign_text *text,
		     struct sl_campaign *campaign);

/* The program of the conditions that the filing does not prove. What cannot be one is reported. */
void sl_plan_program(struct sl_plan *plan, const struct sl_expr *const *asked, uint32_t n,
		     struct sl_place place, uint32_t *ret_code, uint32_t *ret_count);

#endif
