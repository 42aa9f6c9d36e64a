/* The stack machine. Its values and loops are on the C stack: their numbers were checked with the
 * program. */
#include "run_priv.h"

struct loop {
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

struct machine {
	struct sl_run run;
	const struct sl_instruction *code;
	uint32_t at;
	uint32_t n_loops;
	struct sl_any *top; /* the first free place */
	struct loop loops[SL_PROGRAM_LOOPS_MAX];
	struct sl_any stack[SL_PROGRAM_STACK_MAX];
};

static void push(struct machine *machine, struct sl_any value)
{
	*machine->top++ = value;
}

/* A new fault knows where it arose; one that travels knows already. */
static void push_result(struct machine *machine, struct sl_any value)
{
	if (sl_any_is_fault(&value))
		value.count = machine->at - 1;
	push(machine, value);
}

static void push_truth(struct machine *machine, enum sl_truth truth)
{
	push_result(machine,
		    truth == SL_UNKNOWN ? sl_any_fault(SL_FAULT_FIELD_ABSENT) : sl_any_bool(truth));
}

/* The first fault among the n topmost takes their place. False: there is none. */
static bool pass_fault(struct machine *machine, uint32_t n)
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

static bool is_bool(const struct sl_any *value, bool which)
{
	return value->kind == SL_KIND_BOOL && (value->integer != 0) == which;
}

/* What is neither a bool nor a fault becomes one. */
static void need_bool(const struct machine *machine, struct sl_any *value)
{
	if (value->kind == SL_KIND_BOOL || value->kind == SL_KIND_ERROR)
		return;
	*value = sl_any_fault(SL_FAULT_NO_OVERLOAD);
	value->count = machine->at - 1;
}

/* decides: the bool that is the answer whatever the other side is. */
static void join(struct machine *machine, bool decides)
{
	struct sl_any *a = machine->top - 2, *b = machine->top - 1;

	machine->top--;
	if (is_bool(a, decides) || is_bool(b, decides)) {
		*a = sl_any_bool(decides);
		return;
	}
	need_bool(machine, a);
	need_bool(machine, b);
	if (!sl_any_is_fault(a))
		*a = *b;
}

static void negate_bool(struct machine *machine)
{
	struct sl_any *top = machine->top - 1;

	need_bool(machine, top);
	if (top->kind == SL_KIND_BOOL)
		top->integer = !top->integer;
}

/* ---- loops ------------------------------------------------------------------------------- */

static void end_loop(struct machine *machine)
{
	struct loop *loop = &machine->loops[--machine->n_loops];

	if (loop->kind == SL_LOOP_EXISTS_ONE && !sl_any_is_fault(&loop->result))
		loop->result = sl_any_bool(loop->found == 1);
	if ((loop->kind == SL_LOOP_FILTER || loop->kind == SL_LOOP_MAP) &&
	    !sl_any_is_fault(&loop->result))
		loop->result = sl_any_list(loop->items, loop->found);
	machine->at = loop->end;
	push(machine, loop->result);
}

/* To the body with the next member, or to the end. */
static void go_on(struct machine *machine, struct loop *loop)
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

static void begin_loop(struct machine *machine, const struct sl_instruction *in)
{
	struct loop *loop = &machine->loops[machine->n_loops];
	struct sl_any whole = *--machine->top;

	if (whole.kind != SL_KIND_LIST && whole.kind != SL_KIND_MAP) {
		push_result(machine, whole.kind == SL_KIND_ERROR
					     ? whole
					     : sl_any_fault(SL_FAULT_NO_OVERLOAD));
		if (whole.kind == SL_KIND_ERROR)
			machine->top[-1].count = whole.count;
		machine->at = in->arg;
		return;
	}
	*loop = (struct loop){
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
static void absorb(struct machine *machine, struct loop *loop, const struct sl_any *value)
{
	bool decides = loop->kind == SL_LOOP_EXISTS;

	if (is_bool(value, decides)) {
		loop->result = *value;
		end_loop(machine);
		return;
	}
	if (sl_any_is_fault(value) && !sl_any_is_fault(&loop->result))
		loop->result = *value;
	go_on(machine, loop);
}

/* The body's value is on the stack. */
static void next_in_loop(struct machine *machine, uint32_t at)
{
	struct loop *loop = &machine->loops[machine->n_loops - 1];
	struct sl_any value = *--machine->top;

	if (!sl_run_step(&machine->run, at - loop->body + 1))
		return;
	if (loop->kind != SL_LOOP_MAP) {
		need_bool(machine, &value);
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
static void skip_in_loop(struct machine *machine, uint32_t at)
{
	struct loop *loop = &machine->loops[machine->n_loops - 1];
	struct sl_any value = *--machine->top;

	need_bool(machine, &value);
	if (is_bool(&value, true))
		return;
	if (!sl_run_step(&machine->run, at - loop->body + 1))
		return;
	if (sl_any_is_fault(&value)) {
		loop->result = value;
		end_loop(machine);
		return;
	}
	go_on(machine, loop);
}

/* ---- instructions ------------------------------------------------------------------------ */

static void jump_or_join(struct machine *machine, const struct sl_instruction *in)
{
	struct sl_any *top = machine->top - 1;

	switch (in->op) {
	case SL_OP_AND:
	case SL_OP_OR:
		if (is_bool(top, true) == (in->op == SL_OP_OR))
			machine->at = in->arg;
		else
			machine->top--;
		break;
	case SL_OP_NOT:
		negate_bool(machine);
		break;
	case SL_OP_AND_TEST:
	case SL_OP_OR_TEST:
		if (is_bool(top, in->op == SL_OP_OR_TEST))
			machine->at = in->arg;
		break;
	case SL_OP_AND_JOIN:
	case SL_OP_OR_JOIN:
		join(machine, in->op == SL_OP_OR_JOIN);
		break;
	case SL_OP_CHOOSE:
		need_bool(machine, top);
		if (sl_any_is_fault(top))
			machine->at = in->arg;
		break;
	case SL_OP_ELSE:
		machine->top--;
		if (!is_bool(top, true))
			machine->at = in->arg;
		break;
	case SL_OP_JUMP:
		machine->at = in->arg;
		break;
	case SL_OP_LOOP:
		begin_loop(machine, in);
		break;
	case SL_OP_NEXT:
		next_in_loop(machine, machine->at);
		break;
	default: /* SKIP */
		skip_in_loop(machine, machine->at);
	}
}

static struct sl_any matches(struct machine *machine, const struct sl_instruction *in,
			     const struct sl_any *text)
{
	const struct sl_regex *pattern = sl_pattern_of(machine->run.artifact, in->arg);

	if (text->kind != SL_KIND_STRING)
		return sl_any_fault(SL_FAULT_NO_OVERLOAD);
	if (!sl_run_look(&machine->run, (uint64_t)text->count * pattern->words))
		return *text;
	return sl_any_bool(sl_regex_search(pattern, text->text, text->count));
}

static struct sl_any zoned(struct machine *machine, const struct sl_instruction *in,
			   const struct sl_any *time)
{
	if (time->kind != SL_KIND_TIMESTAMP)
		return sl_any_fault(SL_FAULT_NO_OVERLOAD);
	return sl_any_time_part(in->slot, time,
				sl_zone_offset(machine->run.artifact, in->arg, time->integer));
}

/* Of the topmost value alone, which is no fault. */
static struct sl_any of_one(struct machine *machine, const struct sl_instruction *in,
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
static void test_slot(struct machine *machine, const struct sl_instruction *in)
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

static void push_value(struct machine *machine, const struct sl_instruction *in)
{
	const struct sl_run *run = &machine->run;

	switch (in->op) {
	case SL_OP_SLOT:
		push_result(machine, sl_any_slot(run->event, in->slot));
		break;
	case SL_OP_CONST:
		push(machine, sl_any_constant(run->artifact, in->arg));
		break;
	case SL_OP_BOUND:
		push_result(machine, in->arg < run->n_bound ? run->bound[in->arg]
							    : sl_any_fault(SL_FAULT_UNBOUND));
		break;
	case SL_OP_VARIABLE:
		push(machine, machine->loops[in->arg].current);
		break;
	default:
		test_slot(machine, in);
	}
}

static void operate(struct machine *machine, const struct sl_instruction *in)
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
		push_result(machine, of_many(&machine->run, in, values, n));
	else if (n == 1)
		push_result(machine, of_one(machine, in, values));
	else
		push_result(machine, of_two(&machine->run, in->op, values, values + 1));
}

static bool is_flow(uint8_t op)
{
	return op == SL_OP_AND || op == SL_OP_OR || op == SL_OP_NOT || op >= SL_OP_AND_TEST;
}

static struct sl_any answer(struct machine *machine, uint32_t n)
{
	struct sl_any limit;

	while (machine->at < n && !machine->run.over) {
		const struct sl_instruction *in = &machine->code[machine->at++];

		if (in->op == SL_OP_END)
			break;
		if (is_flow(in->op))
			jump_or_join(machine, in);
		else if (sl_opcode_is_test(in->op) ||
			 (in->op >= SL_OP_SLOT && in->op <= SL_OP_VARIABLE))
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
static void prepare(struct machine *machine, const struct sl_artifact *artifact,
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
	struct machine machine;
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
	struct machine machine;

	prepare(&machine, artifact, code, event, room);
	machine.run.bound = bound;
	machine.run.n_bound = n_bound;
	*ret_value = answer(&machine, n);
}
