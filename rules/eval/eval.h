/* The reference evaluator: what a condition means, said slowly.
 *
 * It walks the typed trees of conditions over an event given as plain values. It shares reading
 * and typing of rules with the compiler and nothing else: no plan, no artifact, no programs, no
 * patterns; its regular expressions are PCRE2's, its time zones the C library's. Where it and the
 * engine differ, one of them is wrong; the tests compare them.
 *
 * - One thread in the whole process: asking for a time zone sets TZ for a moment.
 * - A set and an expression own everything they return, until their end, which takes NULL; an
 *   expression's value lives until its next run.
 * - Event values are read, never kept. Paths that the schema does not name, and values of another
 *   type than it names, count as absent.
 * - Cost: every campaign, every node, every time. Bounded by steps and by memory for one
 *   evaluation; beyond them the answer is the fault LIMIT. */
#ifndef SL_RULES_EVAL_H
#define SL_RULES_EVAL_H

#include "rules/eval/value.h"
#include "rules/rules.h"

struct sl_eval_set;
struct sl_expr;
struct sl_schema;
struct sl_type;
struct sl_arena;

struct sl_eval_text {
	const char *at;
	uint32_t bytes;
};

struct sl_eval_value {
	const char *path;                /* dotted, terminated */
	uint8_t type;                    /* enum sl_field_type */
	int64_t integer;                 /* INT, TIME (ns since 1970), BOOL (0, 1) */
	double decimal;                  /* DECIMAL */
	struct sl_eval_text text;        /* STRING */
	const struct sl_eval_text *list; /* STRINGS */
	uint32_t count;                  /* of them */
};

enum sl_eval_answer {
	SL_EVAL_FALSE = 0,
	SL_EVAL_TRUE = 1,
	SL_EVAL_ERROR = 2, /* a fault, or neither true nor false */
};

/* A node that was evaluated; those below it follow with a greater depth. */
struct sl_eval_step {
	const struct sl_expr *expr;
	struct sl_eval_any value;
	uint32_t depth; /* 0: the whole condition */
};

/* -SL_E_RULES: the rules have mistakes, see the diagnostics. options may be NULL. */
int sl_eval_open(const char *directory, const struct sl_rules_options *options,
		 struct sl_diagnostics *diagnostics, struct sl_eval_set **ret_set);
/* A schema alone, without campaigns; path NULL: not even fields. */
int sl_eval_open_schema(const char *path, struct sl_diagnostics *diagnostics,
			struct sl_eval_set **ret_set);
void sl_eval_close(struct sl_eval_set *set);

const struct sl_schema *sl_eval_schema(const struct sl_eval_set *set);
struct sl_rules_set;
const struct sl_rules_set *sl_eval_rules(const struct sl_eval_set *set);

/* Campaigns are numbered as in the artifact made of the same rules: sorted by name. */
uint32_t sl_eval_campaigns(const struct sl_eval_set *set);
const char *sl_eval_name(const struct sl_eval_set *set, uint32_t campaign);
/* NULL: the campaign remembers, and has a pattern in its place. */
const struct sl_expr *sl_eval_condition(const struct sl_eval_set *set, uint32_t campaign);

/* Whether the condition of each campaign holds: sl_eval_campaigns() answers. Validity is not its
 * matter; nor are campaigns that remember: false, see history.h. */
void sl_eval_event(const struct sl_eval_set *set, const struct sl_eval_value *values,
		   size_t n_values, enum sl_eval_answer *ret_answers);

/* A condition of one of the set's campaigns that asks the event alone, part by part: all sides of
 * && and || are asked. The steps live until the set's next explanation. -ENOMEM. */
int sl_eval_explain(struct sl_eval_set *set, const struct sl_expr *condition,
		    const struct sl_eval_value *values, size_t n_values,
		    const struct sl_eval_step **ret_steps, uint32_t *ret_n_steps);

/* The condition as text again, from its tree: constants computed, blanks and brackets as they have
 * to be. Returns the bytes it takes; writes what there is room for, terminated. */
size_t sl_eval_write(const struct sl_expr *expr, char *at, size_t room);
/* The same for a value: the constant that makes it; of an error what went wrong. */
size_t sl_eval_write_value(const struct sl_eval_any *value, char *at, size_t room);

/* ---- one expression ------------------------------------------------------------------------ */

/* A name with a value from outside, and the value's type. */
struct sl_eval_binding {
	struct sl_slice name; /* may have dots */
	struct sl_eval_any value;
};

struct sl_eval_question {
	const struct sl_eval_set *set; /* whose schema names the fields */
	struct sl_slice text;
	const struct sl_eval_binding *bindings; /* they outlive the expression */
	uint32_t n_bindings;
	bool dynamic; /* no static types */
};

/* The static type of a value, in the arena or constant: dyn where items differ. NULL: no memory. */
const struct sl_type *sl_eval_type_of(struct sl_arena *arena, const struct sl_eval_any *value);

struct sl_eval_expression;

/* -SL_E_RULES: mistakes, see the diagnostics; -ENOMEM. */
int sl_eval_expression_new(const struct sl_eval_question *question,
			   struct sl_diagnostics *diagnostics,
			   struct sl_eval_expression **ret_expression);
void sl_eval_expression_free(struct sl_eval_expression *expression);
struct sl_eval_any sl_eval_expression_run(struct sl_eval_expression *expression,
					  const struct sl_eval_value *values, size_t n_values);
/* Typed; it lives with the expression. */
const struct sl_expr *sl_eval_expression_tree(const struct sl_eval_expression *expression);
/* Line and column, from 1 and in characters, of an offset in a text. */
void sl_eval_place(struct sl_slice text, uint32_t offset, unsigned *ret_line, unsigned *ret_column);

#endif
