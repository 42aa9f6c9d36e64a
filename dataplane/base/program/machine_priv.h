/* The stack machine's state, and what its files do to its stack.
 *
 * Values and loops are on the C stack: how many a program needs was checked with it. */
#ifndef SL_BASE_PROGRAM_MACHINE_PRIV_H
#define SL_BASE_PROGRAM_MACHINE_PRIV_H

#include "program_priv.h"

struct sl_loop_run {
	struct sl_any whole;   /* what it goes through */
	struct sl_any current; /* what the variable is */
	struct sl_any result;  /* so far: a bool or fault, or the list */
	struct sl_any *items;  /* of that list */
	uint32_t i;
	uint32_t kind;
	uint32_t body, end; /* instructions */
	uint32_t mark;      /* of the room: what a body's bool needed is free again */
	uint32_t found;
};

struct sl_machine {
	struct sl_run run;
	const struct sl_instruction *code;
	uint32_t at;
	uint32_t n_loops;
	struct sl_any *top; /* the first free place */
	struct sl_loop_run loops[SL_PROGRAM_LOOPS_MAX];
	struct sl_any stack[SL_PROGRAM_STACK_MAX];
};

static inline void sl_machine_push(struct sl_machine *machine, struct sl_any value)
{
	*machine->top++ = value;
}

/* A new fault knows where it arose; one that travels knows already. */
static inline void sl_machine_push_result(struct sl_machine *machine, struct sl_any value)
{
	if (sl_any_is_fault(&value))
		value.count = machine->at - 1;
	sl_machine_push(machine, value);
}

static inline bool sl_any_is_bool(const struct sl_any *value, bool which)
{
	return value->kind == SL_KIND_BOOL && (value->integer != 0) == which;
}

/* What is neither a bool nor a fault becomes one. */
static inline void sl_machine_need_bool(const struct sl_machine *machine, struct sl_any *value)
{
	if (value->kind == SL_KIND_BOOL || value->kind == SL_KIND_ERROR)
		return;
	*value = sl_any_fault(SL_FAULT_NO_OVERLOAD);
	value->count = machine->at - 1;
}

/* LOOP, with what it goes through on the stack; NEXT and SKIP, with the body's value there. Each
 * sets `at`. */
void sl_machine_loop(struct sl_machine *machine, const struct sl_instruction *in);
void sl_machine_next(struct sl_machine *machine);
void sl_machine_skip(struct sl_machine *machine);

#endif
