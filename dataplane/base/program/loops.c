/* The loops of the macros. */
#include "machine_priv.h"

static void end_loop(struct sl_machine *machine)
{
	struct sl_loop_run *loop = &machine->loops[--machine->n_loops];

	if (loop->kind == SL_LOOP_EXISTS_ONE && !sl_any_is_fault(&loop->result))
		loop->result = sl_any_bool(loop->found == 1);
	if ((loop->kind == SL_LOOP_FILTER || loop->kind == SL_LOOP_MAP) &&
	    !sl_any_is_fault(&loop->result))
		loop->result = sl_any_list(loop->items, loop->found);
	machine->at = loop->end;
	sl_machine_push(machine, loop->result);
}

/* To the body with the next member, or to the end. */
static void go_on(struct sl_machine *machine, struct sl_loop_run *loop)
{
	uint32_t i = loop->i++;

	if (i >= loop->whole.count) {
		end_loop(machine);
		return;
	}
	loop->current = sl_any_member(machine->run.artifact, &loop->whole,
				      loop->whole.kind == SL_KIND_MAP ? 2 * i : i);
	machine->at = loop->body;
}

void sl_machine_loop(struct sl_machine *machine, const struct sl_instruction *in)
{
	struct sl_loop_run *loop = &machine->loops[machine->n_loops];
	struct sl_any whole = *--machine->top;

	if (whole.kind != SL_KIND_LIST && whole.kind != SL_KIND_MAP) {
		sl_machine_push_result(machine, whole.kind == SL_KIND_ERROR
							? whole
							: sl_any_fault(SL_FAULT_NO_OVERLOAD));
		if (whole.kind == SL_KIND_ERROR)
			machine->top[-1].count = whole.count;
		machine->at = in->arg;
		return;
	}
	*loop = (struct sl_loop_run){
		.whole = whole,
		.kind = in->slot,
		.body = machine->at,
		.end = in->arg,
		.result = sl_any_bool(in->slot == SL_LOOP_ALL),
	};
	if (in->slot == SL_LOOP_FILTER || in->slot == SL_LOOP_MAP)
		loop->items = sl_run_take_items(&machine->run, whole.count);
	loop->mark = machine->run.used;
	machine->n_loops++;
	go_on(machine, loop);
}

/* A fault of `all` and `exists` waits: a later member may decide. */
static void absorb(struct sl_machine *machine, struct sl_loop_run *loop, const struct sl_any *value)
{
	bool decides = loop->kind == SL_LOOP_EXISTS;

	if (sl_any_is_bool(value, decides)) {
		loop->result = *value;
		end_loop(machine);
		return;
	}
	if (sl_any_is_fault(value) && !sl_any_is_fault(&loop->result))
		loop->result = *value;
	go_on(machine, loop);
}

/* The body's value is on the stack. */
void sl_machine_next(struct sl_machine *machine)
{
	struct sl_loop_run *loop = &machine->loops[machine->n_loops - 1];
	struct sl_any value = *--machine->top;

	if (!sl_run_step(&machine->run, machine->at - loop->body + 1))
		return;
	if (loop->kind != SL_LOOP_MAP) {
		sl_machine_need_bool(machine, &value);
		machine->run.used = loop->mark;
	}
	if (loop->kind == SL_LOOP_ALL || loop->kind == SL_LOOP_EXISTS) {
		absorb(machine, loop, &value);
		return;
	}
	if (sl_any_is_fault(&value)) {
		loop->result = value;
		end_loop(machine);
		return;
	}
	if (loop->kind == SL_LOOP_MAP)
		loop->items[loop->found++] = value;
	else if (value.integer && loop->kind == SL_LOOP_FILTER)
		loop->items[loop->found++] = loop->current;
	else if (value.integer)
		loop->found++;
	go_on(machine, loop);
}

/* map() with a predicate, whose value is on the stack. */
void sl_machine_skip(struct sl_machine *machine)
{
	struct sl_loop_run *loop = &machine->loops[machine->n_loops - 1];
	struct sl_any value = *--machine->top;

	sl_machine_need_bool(machine, &value);
	if (sl_any_is_bool(&value, true))
		return;
	if (!sl_run_step(&machine->run, machine->at - loop->body + 1))
		return;
	if (sl_any_is_fault(&value)) {
		loop->result = value;
		end_loop(machine);
		return;
	}
	go_on(machine, loop);
}
