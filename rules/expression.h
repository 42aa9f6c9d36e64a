/* One condition, or any other expression, as a program that the engine runs: for `sluice eval`, and
 * for tests that compare the engine with the reference.
 *
 * - The bytes are an artifact as a rule set's is; base's sl_artifact_view() checks them before
 *   sl_program_evaluate() may run the program, that of its only trigger.
 * - What is given in the question is read and not kept, but for the schema, whose slots the
 *   program names: the event's slots are that schema's.
 * - Mistakes are diagnostics; their codes "syntax" and "unsupported" tell kinds, others are
 *   mistakes of types. An expression may have any type.
 * - Cost: parser, types, code; time zones are read from the system's files. */
#ifndef SL_RULES_EXPRESSION_H
#define SL_RULES_EXPRESSION_H

#include "rules/expr/expr_priv.h"
#include "rules/rules.h"

struct sl_expression_question {
	const struct sl_schema *schema; /* NULL: no fields */
	struct sl_slice text;
	const struct sl_binding *bindings; /* by their index they are bound when it runs */
	uint32_t n_bindings;
	bool dynamic; /* no static types */
};

struct sl_expression {
	void *bytes; /* aligned for sl_artifact_view() */
	size_t n_bytes;
	uint32_t *offsets; /* in the text, of each instruction; of a fault `count` is its index */
	uint32_t n_offsets;
};

/* 0; -SL_E_RULES: mistakes, see the diagnostics; -ENOMEM. */
int sl_expression_compile(const struct sl_expression_question *question,
			  struct sl_diagnostics *diagnostics, struct sl_expression *ret_expression);
void sl_expression_fini(struct sl_expression *expression);

#endif
