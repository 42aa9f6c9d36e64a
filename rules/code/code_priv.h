/* From typed trees to programs: instructions and the constants they need.
 *
 * Failure is sticky in the pool and the buffers, asked once at the end. A condition that needs more
 * stack or deeper loops than the engine has sets `too_large`: its program must not be used, and the
 * author is told. */
#ifndef SL_RULES_CODE_PRIV_H
#define SL_RULES_CODE_PRIV_H

#include "rules/plan/plan_priv.h"

struct sl_code {
	struct sl_pool *pool;
	struct sl_buffer *instructions; /* struct sl_instruction */
	struct sl_buffer *offsets; /* uint32_t in the condition's text, one for each; or NULL */
	uint16_t *field_flags;     /* SL_FIELD_USED is set for what is read; or NULL */
	uint32_t first;            /* instruction with which the program begins */
	bool too_large;
	uint32_t depth; /* of the stack here */
	uint32_t n_loops;
	uint32_t at; /* offset in the text of what is being translated */
};

/* A program that begins at the end of the instructions. */
struct sl_code sl_code_begin(struct sl_pool *pool, struct sl_buffer *instructions,
			     uint16_t *field_flags);

/* Code that leaves the tree's value on the stack, errors as CEL has them. */
void sl_code_value(struct sl_code *code, const struct sl_expr *expr);

/* Code that leaves true where all n conditions are true and anything else where not: it may stop
 * at the first that is not, for to a matcher an error is as good as false. Cheap ones come first.
 * Nothing, which is true, where none has to be asked. */
void sl_code_filter(struct sl_code *code, const struct sl_expr *const *conditions, uint32_t n);

/* ---- inside ------------------------------------------------------------------------------ */

uint32_t sl_code_emit(struct sl_code *code, uint8_t op, uint16_t slot, uint32_t arg);
/* Lets the jump, or the loop, end here. */
void sl_code_land(struct sl_code *code, uint32_t jump);
/* Lands all jumps of a chain here: each has the one before it for a target, the first UINT32_MAX.
 */
void sl_code_land_chain(struct sl_code *code, uint32_t last);

/* One test of a slot that leaves whether the tree is true (or is false, where `want` is false).
 * False: it is no such test, and nothing was added. */
bool sl_code_test(struct sl_code *code, const struct sl_expr *expr, bool want);

void sl_code_call(struct sl_code *code, const struct sl_expr *expr);
void sl_code_macro(struct sl_code *code, const struct sl_expr *expr);

/* Literals, and lists and maps of them that no run can fail to make. */
bool sl_code_is_constant(const struct sl_expr *expr);

#endif
