/* One expression through the engine: compiled to an artifact in memory, checked as any artifact,
 * run as the dataplane runs conditions.
 *
 * - An engine is a room for programs and is used for one expression after the other. One thread.
 * - A value points into the arena that the caller gives, which also holds what is converted. */
#ifndef SL_SLUICE_EVAL_ENGINE_H
#define SL_SLUICE_EVAL_ENGINE_H

#include "rules/eval/eval.h"
#include "rules/memory_priv.h"

struct sl_eval_engine;

/* bytes and steps: what one evaluation may use. */
int sl_eval_engine_new(uint32_t bytes, uint32_t steps, struct sl_eval_engine **ret_engine);
void sl_eval_engine_free(struct sl_eval_engine *engine); /* takes NULL */

/* 0 with a value, which may be an error with its place; -SL_E_RULES: mistakes, see the
 * diagnostics; other errors: it could not be asked. counts NULL, or SL_OP_COUNT counters of the
 * opcodes that the program has. */
int sl_eval_engine_run(struct sl_eval_engine *engine, const struct sl_eval_question *question,
		       const struct sl_eval_value *values, size_t n_values,
		       struct sl_diagnostics *diagnostics, struct sl_arena *arena, uint64_t *counts,
		       struct sl_eval_any *ret_value);

#endif
