/* The plan: everything an artifact holds but its databases, from a typed rule set.
 *
 * A condition is a row of conjuncts. One of them files the trigger: its atoms, string questions
 * that the pattern databases answer, lead to it. The others become the trigger's program. */
#ifndef SL_RULES_PLAN_PRIV_H
#define SL_RULES_PLAN_PRIV_H

#include "rules/set_priv.h"

/* Of an escaped literal that may be an atom: the library takes expressions of 16,000 bytes. */
#define SL_ATOM_BYTES_MAX 3900u
/* Shorter ones occur in too many texts to be good filters. */
#define SL_ATOM_POOR_BYTES 2u

/* Constants, texts and sets, each once. */
struct sl_pool {
	struct sl_buffer text;
	struct sl_buffer constants; /* struct sl_constant */
	struct sl_buffer sets;      /* struct sl_set */
	struct sl_buffer members;   /* uint32_t */
	struct sl_table texts;
	struct sl_table constant_index;
	bool failed;
};

struct sl_text_ref sl_pool_text(struct sl_pool *pool, struct sl_slice text);
uint32_t sl_pool_constant(struct sl_pool *pool, const struct sl_expr *literal);
/* Of the n literals, sorted and each once. */
uint32_t sl_pool_set(struct sl_pool *pool, struct sl_expr *const *literals, uint32_t n);
bool sl_pool_failed(const struct sl_pool *pool);
void sl_pool_fini(struct sl_pool *pool);

struct sl_conjunct {
	uint8_t op;   /* enum sl_opcode */
	uint8_t atom; /* enum sl_atom_kind; 0: cannot file */
	uint16_t slot;
	uint32_t order; /* as written */
	uint32_t n_constants;
	struct sl_expr *const *constants; /* one, or the members of a set */
};

/* Adds the conjuncts of a typed condition; constant true adds none. False: it never holds. */
bool sl_conjuncts_of(const struct sl_schema *schema, struct sl_expr *expr,
		     struct sl_buffer *conjuncts);

/* Whether sl_conjuncts_of() takes a typed condition; what it does not is reported as unsupported. */
bool sl_conjuncts_can(const struct sl_expr_context *context, const struct sl_expr *expr);

/* The literal of an atom in canonical text, added to the buffer. */
void sl_atom_literal(enum sl_atom_kind kind, uint16_t slot, struct sl_slice value,
		     struct sl_buffer *literal);

/* A hit of the atom proves the conjunct, so that the program need not ask again. */
bool sl_conjunct_is_exact(const struct sl_conjunct *conjunct);

struct sl_plan_literal {
	size_t offset; /* in literals */
	uint32_t bytes;
};

struct sl_plan {
	struct sl_pool pool;
	struct sl_buffer atoms;         /* struct sl_atom */
	struct sl_buffer literals;      /* bytes */
	struct sl_buffer literal_index; /* struct sl_plan_literal, one for each atom */
	struct sl_buffer filed;         /* uint32_t */
	struct sl_buffer always;        /* uint32_t */
	struct sl_buffer triggers;      /* struct sl_trigger */
	struct sl_buffer code;          /* struct sl_instruction */
	struct sl_buffer campaigns;     /* struct sl_campaign */
	struct sl_buffer data;          /* struct sl_data_field */
	uint16_t flags[SL_FIELDS_MAX];  /* of fields: SCANNED, USED */
};

/* Reports what is dear (warnings) or too dear (errors). Registry slots are not filled in. */
int sl_plan_make(const struct sl_rules_set *set, uint32_t always_max, struct sl_plan *ret_plan);
void sl_plan_fini(struct sl_plan *plan);

/* The program of conjuncts joined by and, but for the one that files the trigger (NULL: all). */
void sl_plan_code(struct sl_plan *plan, struct sl_conjunct *conjuncts, uint32_t n,
		  const struct sl_conjunct *filing, struct sl_trigger *trigger);

#endif
