/* One call on its way to a constant. */
#ifndef SL_RULES_EXPR_FOLD_PRIV_H
#define SL_RULES_EXPR_FOLD_PRIV_H

#include "rules/expr/type_priv.h"

/* The result so far: kind NONE means that this call is not folded. */
struct sl_folding {
	struct sl_arena *arena;
	const struct sl_expr *call, *a, *b; /* b NULL: one argument */
	struct sl_expr result;
	enum sl_fault fault;
	bool no_memory;
};

static inline void sl_fold_give(struct sl_folding *folding, uint8_t kind)
{
	folding->result.type = kind;
}

static inline void sl_fold_fail(struct sl_folding *folding, enum sl_fault fault)
{
	folding->fault = fault;
}

static inline void sl_fold_give_bool(struct sl_folding *folding, bool value)
{
	folding->result.integer = value;
	sl_fold_give(folding, SL_KIND_BOOL);
}

static inline void sl_fold_give_int(struct sl_folding *folding, int64_t value)
{
	folding->result.integer = value;
	sl_fold_give(folding, SL_KIND_INT);
}

/* int(x) and its like, and size(x). */
void sl_fold_conversion(struct sl_folding *folding);

#endif
