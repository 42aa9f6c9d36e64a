/* The stack machine. Its loops are in loops.c. */
#include "machine_priv.h"
#include "run_priv.h"

static void push_truth(struct sl_machine *machine, enum sl_truth truth)
{
	sl_machine_push_result(machine, truth == SL_UNKNOWN ? sl_any_fault(SL_FAULT_FIELD_ABSENT)
							    : sl_any_bool(truth));
}

/* The first fault among the n topmost takes their place. False: there is none. */
static bool pass_fault(struct sl_machine *machine, uint32_t n)
{
	struct sl_any *values = machine->top - n;

	for (uint32_t i = 0; i < n; i++) {
		if (!sl_any_is_fault(&values[i]))
			continue;
		values[0] = values[i];
		machine->top = values + 1;
		return true;
	}
	return false;
}

/* ---- && || ?: ---------------------------------------------------------------------------- */

/* decides: the bool that is the answer whatever the other side is. */
static void join(struct sl_machine *machine, bool decides)
{
	struct sl_any *a = machine->top - 2, *b = machine->top - 1;

	machine->top--;
	if (sl_any_is_bool(a, decides) || sl_any_is_bool(b, decides)) {
		*a = sl_any_bool(decides);
		return;
	}
	sl_machine_need_bool(machine, a);
	sl_machine_need_bool(machine, b);
	if (!sl_any_is_fault(a))
		*a = *b;
}

static void negate_bool(struct sl_machine *machine)
{
	struct sl_any *top = machine->top - 1;

	sl_machine_need_bool(machine, top);
	if (top->kind == SL_KIND_BOOL)
		top->integer = !top->integer;
}

/* ---- instructions ------------------------------------------------------------------------ */

static void jump_or_join(struct sl_machine *machine, const struct sl_instruction *in)
{
	struct sl_any *top = machine->top - 1;

	switch (in->op) {
	case SL_OP_AND:
	case SL_OP_OR:
		if (sl_any_is_bool(top, true) == (in->op == SL_OP_OR))
			machine->at = in->arg;
		else
			machine->top--;
		break;
	case SL_OP_NOT:
		negate_bool(machine);
		break;
	case SL_OP_AND_TEST:
	case SL_OP_OR_TEST:
		if (sl_any_is_bool(top, in->op == SL_OP_OR_TEST))
			machine->at = in->arg;
		break;
	case SL_OP_AND_JOIN:
	case SL_OP_OR_JOIN:
		join(machine, in->op == SL_OP_OR_JOIN);
		break;
	case SL_OP_CHOOSE:
		sl_machine_need_bool(machine, top);
		if (sl_any_is_fault(top))
			machine->at = in->arg;
		break;
	case SL_OP_ELSE:
		machine->top--;
		if (!sl_any_is_bool(top, true))
			machine->at = in->arg;
		break;
	case SL_OP_JUMP:
		machine->at = in->arg;
		break;
	case SL_OP_LOOP:
		sl_machine_loop(machine, in);
		break;
	case SL_OP_NEXT:
		sl_machine_next(machine);
		break;
	default: /* SKIP */
		sl_machine_skip(machine);
	}
}

static struct sl_any matches(struct sl_machine *machine, const struct sl_instruction *in,
			     const struct sl_any *text)
{
	const struct sl_regex *pattern = sl_pattern_of(machine->run.artifact, in->arg);

	if (text->kind != SL_KIND_STRING)
		return sl_any_fault(SL_FAULT_NO_OVERLOAD);
	if (!sl_run_look(&machine->run, (uint64_t)text->count * pattern->words))
		return *text;
	return sl_any_bool(sl_regex_search(pattern, text->text, text->count));
}

static struct sl_any zoned(struct sl_machine *machine, const struct sl_instruction *in,
			   const struct sl_any *time)
{
	if (time->kind != SL_KIND_TIMESTAMP)
		return sl_any_fault(SL_FAULT_NO_OVERLOAD);
	return sl_any_time_part(in->slot, time,
				sl_zone_offset(machine->run.artifact, in->arg, time->integer));
}

/* Of the topmost value alone, which is no fault. */
static struct sl_any of_one(struct sl_machine *machine, const struct sl_instruction *in,
			    const struct sl_any *top)
{
	struct sl_run *run = &machine->run;
	struct sl_any name;

	switch (in->op) {
	case SL_OP_FAIL:
		return sl_any_fault(in->arg);
	case SL_OP_NEGATE:
		return sl_any_negate(top);
	case SL_OP_SELECT:
	case SL_OP_HAS_KEY:
		name = sl_any_constant(run->artifact, in->arg);
		return sl_any_select(run, top, &name, in->op == SL_OP_HAS_KEY);
	case SL_OP_MATCH:
		return matches(machine, in, top);
	default: /* ZONED */
		return zoned(machine, in, top);
	}
}

static struct sl_any of_two(struct sl_run *run, uint8_t op, const struct sl_any *a,
			    const struct sl_any *b)
{
	if (op == SL_OP_IN)
		return sl_any_in(run, a, b);
	if (op == SL_OP_INDEX)
		return sl_any_index(run, a, b);
	if (op >= SL_OP_EQ && op <= SL_OP_GE)
		return sl_any_compare(run, op, a, b);
	return sl_any_arithmetic(run, op, a, b);
}

static struct sl_any call(struct sl_run *run, enum sl_function function, const struct sl_any *args,
			  uint32_t n)
{
	for (uint32_t i = 0; i < n; i++)
		if ((args[i].kind == SL_KIND_STRING || args[i].kind == SL_KIND_BYTES) &&
		    !sl_run_look(run, args[i].count))
			return args[i];
	return sl_any_call(run, function, args, n);
}

static struct sl_any of_many(struct sl_run *run, const struct sl_instruction *in,
			     const struct sl_any *values, uint32_t n)
{
	struct sl_any *items;

	if (in->op == SL_OP_CALL)
		return call(run, in->slot, values, n);
	if (in->op == SL_OP_MAKE_MAP)
		return sl_any_make_map(run, values, in->arg);
	items = sl_run_take_items(run, n);
	if (items && n)
		memcpy(items, values, n * sizeof(*items));
	return sl_any_list(items, n);
}

/* A test of a slot takes no step, but where a loop repeats it. */
static void test_slot(struct sl_machine *machine, const struct sl_instruction *in)
{
	struct sl_run *run = &machine->run;
	const struct sl_event *event = run->event;
	uint64_t bytes = 0;

	if (machine->n_loops && event && in->slot < event->n_slots &&
	    (event->slots[in->slot].kind == SL_TYPE_STRING ||
	     event->slots[in->slot].kind == SL_TYPE_STRINGS))
		bytes = event->slots[in->slot].count;
	if (in->op == SL_OP_MATCHES)
		bytes *= sl_pattern_of(run->artifact, in->arg)->words;
	if (sl_run_look(run, bytes))
		push_truth(machine, sl_program_test(run->artifact, in, run->event));
}

static void push_value(struct sl_machine *machine, const struct sl_instruction *in)
{
	const struct sl_run *run = &machine->run;

	switch (in->op) {
	case SL_OP_SLOT:
		sl_machine_push_result(machine, sl_any_slot(run->event, in->slot));
		break;
	case SL_OP_CONST:
		sl_machine_push(machine, sl_any_constant(run->artifact, in->arg));
		break;
	case SL_OP_BOUND:
		sl_machine_push_result(machine, in->arg < run->n_bound
							? run->bound[in->arg]
							: sl_any_fault(SL_FAULT_UNBOUND));
		break;
	case SL_OP_HAS_BOUND:
		sl_machine_push(machine, sl_any_bool(in->arg < run->n_bound &&
						     run->bound[in->arg].kind != SL_KIND_ERROR));
		break;
	case SL_OP_VARIABLE:
		sl_machine_push(machine, machine->loops[in->arg].current);
		break;
	default:
		test_slot(machine, in);
	}
}

static void operate(struct sl_machine *machine, const struct sl_instruction *in)
{
	uint32_t n;
	struct sl_any *values;

	switch (in->op) {
	case SL_OP_MAKE_LIST:
	case SL_OP_CALL:
		n = in->arg;
		break;
	case SL_OP_MAKE_MAP:
		n = 2 * in->arg;
		break;
	case SL_OP_FAIL:
	case SL_OP_NEGATE:
	case SL_OP_SELECT:
	case SL_OP_HAS_KEY:
	case SL_OP_ZONED:
	case SL_OP_MATCH:
		n = 1;
		break;
	default:
		n = 2;
	}
	if (pass_fault(machine, n))
		return;
	values = machine->top - n;
	machine->top = values;
	if (in->op == SL_OP_MAKE_LIST || in->op == SL_OP_MAKE_MAP || in->op == SL_OP_CALL)
		sl_machine_push_result(machine, of_many(&machine->run, in, values, n));
	else if (n == 1)
		sl_machine_push_result(machine, of_one(machine, in, values));
	else
		sl_machine_push_result(machine, of_two(&machine->run, in->op, values, values + 1));
}

static bool is_flow(uint8_t op)
{
	return op == SL_OP_AND || op == SL_OP_OR || op == SL_OP_NOT ||
	       (op >= SL_OP_AND_TEST && op <= SL_OP_SKIP);
}

static struct sl_any answer(struct sl_machine *machine, uint32_t n)
{
	struct sl_any limit;

	while (machine->at < n && !machine->run.over) {
		const struct sl_instruction *in = &machine->code[machine->at++];

		if (in->op == SL_OP_END)
			break;
		if (is_flow(in->op))
			jump_or_join(machine, in);
		else if (sl_opcode_is_test(in->op) ||
			 (in->op >= SL_OP_SLOT && in->op <= SL_OP_VARIABLE) ||
			 in->op == SL_OP_HAS_BOUND)
			push_value(machine, in);
		else
			operate(machine, in);
	}
	if (!machine->run.over)
		return machine->top == machine->stack ? sl_any_bool(true) : machine->top[-1];
	limit = sl_any_fault(SL_FAULT_LIMIT);
	limit.count = machine->at ? machine->at - 1 : 0;
	return limit;
}

/* Only what is used is written: the machine is large. */
static void prepare(struct sl_machine *machine, const struct sl_artifact *artifact,
		    const struct sl_instruction *code, const struct sl_event *event,
		    struct sl_program_room *room)
{
	static char nothing[16];

	machine->run = (struct sl_run){
		.artifact = artifact,
		.event = event,
		.bytes = room ? room->bytes : 0,
		.steps = room ? room->steps : 0,
		.at = room ? room->at : nothing,
	};
	machine->code = code;
	machine->at = 0;
	machine->n_loops = 0;
	machine->top = machine->stack;
}

enum sl_truth sl_program_go_on(const struct sl_artifact *artifact,
			       const struct sl_instruction *code, uint32_t n,
			       const struct sl_event *event, struct sl_program_room *room,
			       uint32_t at, bool full, enum sl_truth truth)
{
	struct sl_machine machine;
	struct sl_any value;

	prepare(&machine, artifact, code, event, room);
	machine.at = at;
	if (full)
		push_truth(&machine, truth);
	value = answer(&machine, n);
	return value.kind == SL_KIND_BOOL ? (value.integer ? SL_TRUE : SL_FALSE) : SL_UNKNOWN;
}

void sl_program_evaluate(const struct sl_artifact *artifact, const struct sl_instruction *code,
			 uint32_t n, const struct sl_event *event, const struct sl_any *bound,
			 uint32_t n_bound, struct sl_program_room *room, struct sl_any *ret_value)
{
	struct sl_machine machine;

	prepare(&machine, artifact, code, event, room);
	machine.run.bound = bound;
	machine.run.n_bound = n_bound;
	*ret_value = answer(&machine, n);
}
