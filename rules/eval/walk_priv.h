/* The walk over a typed tree: what it stands on, and what it leaves behind for explanations. */
#ifndef SL_RULES_EVAL_WALK_PRIV_H
#define SL_RULES_EVAL_WALK_PRIV_H

#include "rules/eval/eval.h"
#include "rules/eval/eval_priv.h"
#include "rules/expr/expr_priv.h"

#define SL_EVAL_ROOM_BYTES 33554432u
#define SL_EVAL_STEPS_MAX 2000000u

struct sl_eval_walk {
	struct sl_eval_room room;
	const struct sl_eval_any *fields; /* by slot; kind NONE where the event has none */
	const struct sl_eval_any *bound;  /* by binding */
	struct sl_eval_any variables[SL_EXPR_DEPTH_MAX + 1];
	struct sl_eval_trace *trace; /* NULL: nobody asks */
	uint32_t depth;              /* of the node at hand, for the trace */
};

/* Steps of loops that run long are not kept: people read the first ones. */
#define SL_EVAL_TRACE_MAX 4096u

/* Every node that was evaluated, in the order in which it was begun. */
struct sl_eval_trace {
	struct sl_eval_step *steps; /* SL_EVAL_TRACE_MAX of them */
	uint32_t n_steps;
};

/* trace.c. Which step it is; trace may be NULL. */
uint32_t sl_eval_trace_enter(struct sl_eval_trace *trace, const struct sl_expr *expr,
			     uint32_t depth);
void sl_eval_trace_leave(struct sl_eval_trace *trace, uint32_t step,
			 const struct sl_eval_any *value);

/* The value of a tree. Where it is an error, its place is that of the node that failed. */
struct sl_eval_any sl_eval_walk(struct sl_eval_walk *walk, const struct sl_expr *expr);

struct sl_eval_any sl_eval_literal(const struct sl_expr *expr);

/* macros.c: HAS, ALL, EXISTS, EXISTS_ONE, MAP, FILTER. */
struct sl_eval_any sl_eval_macro(struct sl_eval_walk *walk, const struct sl_expr *call);

/* One value of each field of a schema, from an event. n is that of the schema's fields. */
void sl_eval_take_event(const struct sl_schema *schema, const struct sl_eval_value *values,
			size_t n_values, struct sl_eval_room *room, struct sl_eval_any *ret_fields);

#endif
