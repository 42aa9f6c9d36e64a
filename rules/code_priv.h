/* From typed trees to programs: instructions and the constants they need.
 *
 * Failure is sticky in the pool and the buffers, asked once at the end. */
#ifndef SL_RULES_CODE_PRIV_H
#define SL_RULES_CODE_PRIV_H

#include "rules/plan_priv.h"

struct sl_code {
	struct sl_pool *pool;
	struct sl_buffer *instructions; /* struct sl_instruction */
	struct sl_buffer *offsets; /* uint32_t in the condition's text, one for each; or NULL */
	uint16_t *field_flags;     /* SL_FIELD_USED is set for what is read; or NULL */
};

/* Code that leaves the tree's value on the stack, errors as CEL has them. */
void sl_code_value(struct sl_code *code, const struct sl_expr *expr);

/* Code that leaves true where all n conditions are true and anything else where not: it may stop
 * at the first that is not, for to a matcher an error is as good as false. */
void sl_code_filter(struct sl_code *code, const struct sl_expr *const *conditions, uint32_t n);

#endif
