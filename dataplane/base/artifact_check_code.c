/* Programs, walked once: what runs them relies on it that arguments are there and of the right
 * type, that jumps end in the program and at a depth of the stack that is the same from wherever an
 * instruction is reached, that loops lie in each other, and that stack and loops do not grow
 * beyond their bounds. */
#include "artifact_priv.h"
#include "sluice/error.h"

#include <errno.h>
#include <stdlib.h>

#define VARIES 255u

enum takes {
	TAKES_NOTHING = 0,
	TAKES_STRING = 1 << SL_TYPE_STRING,
	TAKES_NUMBER = 1 << SL_TYPE_INT | 1 << SL_TYPE_TIME,
	TAKES_INTEGER = TAKES_NUMBER | 1 << SL_TYPE_BOOL,
	TAKES_DECIMAL = 1 << SL_TYPE_DECIMAL,
	TAKES_STRINGS = 1 << SL_TYPE_STRINGS,
	TAKES_ANY = TAKES_STRING | TAKES_INTEGER | TAKES_DECIMAL | TAKES_STRINGS,
};

enum argument {
	ARGUMENT_NONE,
	ARGUMENT_CONSTANT,
	ARGUMENT_ELEMENT,
	ARGUMENT_SET,
	ARGUMENT_PATTERN,
	ARGUMENT_VALUE,
	ARGUMENT_ZONE,
	ARGUMENT_FUNCTION,
	ARGUMENT_BOUND,
	ARGUMENT_VARIABLE,
	ARGUMENT_FAULT,
	ARGUMENT_ITEMS,
	ARGUMENT_ENTRIES,
	ARGUMENT_KEEP,
	ARGUMENT_POP,
	ARGUMENT_JUMP,
	ARGUMENT_LOOP,
	ARGUMENT_NEXT,
	ARGUMENT_SKIP,
};

static const struct {
	uint8_t takes, argument, pops, pushes;
} rules[SL_OP_COUNT] = {
#define SL_OPCODE(name, text, takes, argument, pops, pushes, doc)                                  \
	[SL_OP_##name] = {TAKES_##takes, ARGUMENT_##argument, pops, pushes},
#include "sluice/opcodes.def"
#undef SL_OPCODE
};

/* ---- single instructions ----------------------------------------------------------------- */

static bool is_call(uint32_t function)
{
	return function > SL_FUNCTION_NONE && function < SL_FUNCTION_COUNT;
}

/* Whether the argument is there, and suits the slot. What depends on the program is checked with
 * it. */
static bool has_argument(const struct sl_artifact *artifact, const struct sl_instruction *in)
{
	switch (rules[in->op].argument) {
	case ARGUMENT_CONSTANT:
		return in->arg < artifact->n_constants &&
		       artifact->constants[in->arg].type == artifact->fields[in->slot].type;
	case ARGUMENT_ELEMENT:
		return in->arg < artifact->n_constants &&
		       artifact->constants[in->arg].type == SL_KIND_STRING;
	case ARGUMENT_SET:
		return in->arg < artifact->n_sets &&
		       artifact->sets[in->arg].type == artifact->fields[in->slot].type;
	case ARGUMENT_PATTERN:
		return in->arg < artifact->n_patterns;
	case ARGUMENT_VALUE:
		return in->arg < artifact->n_constants;
	case ARGUMENT_ZONE:
		return in->arg < artifact->n_zones && is_call(in->slot);
	case ARGUMENT_FUNCTION:
		return in->arg > 0 && in->arg <= SL_PROGRAM_STACK_MAX && is_call(in->slot);
	case ARGUMENT_BOUND:
		return in->arg < SL_PROGRAM_BOUND_MAX;
	case ARGUMENT_FAULT:
		return in->arg > SL_FAULT_NONE && in->arg < SL_FAULT_COUNT;
	case ARGUMENT_ITEMS:
	case ARGUMENT_ENTRIES:
		return in->arg <= SL_PROGRAM_STACK_MAX;
	case ARGUMENT_LOOP:
		return in->slot < SL_LOOPS;
	default:
		return true;
	}
}

static int check_instruction(const struct sl_artifact_check *check, uint32_t index)
{
	const struct sl_artifact *artifact = check->artifact;
	const struct sl_instruction *in = &artifact->code[index];

	if (in->op >= SL_OP_COUNT)
		return sl_framed_refuse(check->why, -SL_E_VERSION,
					"instruction %u: opcode %u is not known", index, in->op);
	if (rules[in->op].takes && (in->slot >= artifact->n_fields ||
				    !(rules[in->op].takes >> artifact->fields[in->slot].type & 1)))
		return sl_framed_refuse(check->why, -SL_E_BOUNDS,
					"instruction %u: slot %u does not suit its opcode", index,
					in->slot);
	if (!has_argument(artifact, in))
		return sl_framed_refuse(check->why, -SL_E_BOUNDS,
					"instruction %u: argument %u does not suit its opcode",
					index, in->arg);
	return 0;
}

/* ---- the walk ---------------------------------------------------------------------------- */

/* How an instruction that is jumped to is reached. */
struct arrival {
	uint16_t depth; /* of the stack, and 1 more; 0: no jump leads here */
	uint16_t loops;
	uint32_t loop; /* the innermost one's LOOP */
};

struct walk {
	const struct sl_instruction *code;
	uint32_t n;
	struct arrival *arrivals; /* n + 1, zeroed; and zeroed again as they are passed */
	uint32_t at;
	uint32_t depth;
	uint32_t n_loops;
	uint32_t loops[SL_PROGRAM_LOOPS_MAX]; /* instructions LOOP */
	uint32_t bases[SL_PROGRAM_LOOPS_MAX]; /* depth in which their bodies begin */
	bool reached;                         /* the instruction follows the one before it */
	const char *fault;
};

static bool fail(struct walk *walk, const char *fault)
{
	walk->fault = fault;
	return false;
}

static uint32_t innermost(const struct walk *walk)
{
	return walk->n_loops ? walk->loops[walk->n_loops - 1] : UINT32_MAX;
}

static bool jump_to(struct walk *walk, uint32_t target, uint32_t depth)
{
	struct arrival *arrival;

	if (target <= walk->at || target > walk->n)
		return fail(walk, "a jump leads back or outside");
	arrival = &walk->arrivals[target];
	if (arrival->depth == 0) {
		*arrival = (struct arrival){.depth = (uint16_t)(depth + 1),
					    .loops = (uint16_t)walk->n_loops,
					    .loop = innermost(walk)};
		return true;
	}
	if (arrival->depth != depth + 1 || arrival->loop != innermost(walk))
		return fail(walk, "two jumps that do not suit each other lead to one place");
	return true;
}

/* Joins what jumps here with what comes from above. */
static bool arrive(struct walk *walk)
{
	struct arrival *arrival = &walk->arrivals[walk->at];

	if (arrival->depth) {
		if (arrival->loop != innermost(walk))
			return fail(walk, "a jump leads into a loop or out of one");
		if (walk->reached && walk->depth + 1u != arrival->depth)
			return fail(walk, "the stack is deeper one way than another");
		walk->depth = arrival->depth - 1u;
		walk->reached = true;
		*arrival = (struct arrival){0};
	}
	return walk->reached || fail(walk, "an instruction is never reached");
}

static uint32_t pops_of(const struct sl_instruction *in)
{
	if (rules[in->op].pops != VARIES)
		return rules[in->op].pops;
	return in->op == SL_OP_MAKE_MAP ? 2 * in->arg : in->arg;
}

static bool begin_loop(struct walk *walk, const struct sl_instruction *in)
{
	/* of nothing, or of a fault: the answer takes the place of what it would go through */
	if (!jump_to(walk, in->arg, walk->depth))
		return false;
	if (walk->n_loops == SL_PROGRAM_LOOPS_MAX)
		return fail(walk, "there are too many loops in each other");
	walk->bases[walk->n_loops] = walk->depth - 1;
	walk->loops[walk->n_loops++] = walk->at;
	return true;
}

static bool is_in_loop(struct walk *walk)
{
	if (walk->n_loops == 0)
		return fail(walk, "the end of a loop stands outside of one");
	if (walk->depth != walk->bases[walk->n_loops - 1] + 1)
		return fail(walk, "a loop's body does not leave one value");
	return true;
}

static bool end_loop(struct walk *walk)
{
	if (!is_in_loop(walk))
		return false;
	if (walk->code[innermost(walk)].arg != walk->at + 1)
		return fail(walk, "a loop ends elsewhere than it says");
	walk->n_loops--;
	return true;
}

static bool step(struct walk *walk)
{
	const struct sl_instruction *in = &walk->code[walk->at];
	uint32_t pops = pops_of(in);

	if (!arrive(walk))
		return false;
	if (pops > walk->depth ||
	    (walk->n_loops && walk->depth - pops < walk->bases[walk->n_loops - 1]))
		return fail(walk, "more is taken from the stack than was put there");
	switch (rules[in->op].argument) {
	case ARGUMENT_KEEP:
		if (walk->depth == (walk->n_loops ? walk->bases[walk->n_loops - 1] : 0))
			return fail(walk, "more is taken from the stack than was put there");
		if (!jump_to(walk, in->arg, walk->depth))
			return false;
		break;
	case ARGUMENT_POP:
	case ARGUMENT_JUMP:
		if (!jump_to(walk, in->arg, walk->depth - pops))
			return false;
		break;
	case ARGUMENT_LOOP:
		if (!begin_loop(walk, in))
			return false;
		break;
	case ARGUMENT_NEXT:
		if (!end_loop(walk))
			return false;
		break;
	case ARGUMENT_SKIP:
		if (!is_in_loop(walk) || walk->code[innermost(walk)].slot != SL_LOOP_MAP)
			return fail(walk, "skip stands outside of a map");
		break;
	case ARGUMENT_VARIABLE:
		if (in->arg >= walk->n_loops)
			return fail(walk, "a variable is of no loop around it");
		break;
	default:
		break;
	}
	walk->depth += rules[in->op].pushes - pops;
	if (walk->depth > SL_PROGRAM_STACK_MAX)
		return fail(walk, "the stack grows too deep");
	walk->reached = in->op != SL_OP_END && in->op != SL_OP_JUMP;
	if (in->op == SL_OP_END && (walk->depth != 1 || walk->n_loops))
		return fail(walk, "it ends with more or less than one value");
	return true;
}

static bool walk_program(struct walk *walk)
{
	walk->reached = true;
	for (; walk->at < walk->n; walk->at++)
		if (!step(walk))
			return false;
	if (walk->arrivals[walk->n].depth || walk->reached) {
		if (!arrive(walk) || walk->depth != 1 || walk->n_loops)
			return fail(walk, "it ends with more or less than one value");
	}
	return true;
}

/* A program, and whose it is. */
struct program {
	uint32_t first, count;
	uint32_t bound; /* values that are bound to it */
	const char *of;
	uint32_t index;
};

/* Those of triggers, then the links of steps, then what windows ask. */
static struct program program_at(const struct sl_artifact *artifact, uint32_t i)
{
	uint32_t step = i - artifact->n_triggers, window = step - artifact->n_steps;

	if (i < artifact->n_triggers)
		return (struct program){artifact->triggers[i].code,
					artifact->triggers[i].code_count, SL_PROGRAM_BOUND_MAX,
					"trigger", i};
	if (step < artifact->n_steps)
		return (struct program){artifact->steps[step].link,
					artifact->steps[step].link_count, SL_CAPTURES_MAX, "step",
					step};
	return (struct program){artifact->windows[window].having,
				artifact->windows[window].having_count,
				artifact->windows[window].aggregate_count, "window", window};
}

static int check_program(const struct sl_artifact_check *check, struct program program,
			 struct arrival *arrivals)
{
	struct walk walk = {
		.code = check->artifact->code + program.first,
		.n = program.count,
		.arrivals = arrivals,
	};

	for (uint32_t i = 0; i < program.count; i++)
		if (rules[walk.code[i].op].argument == ARGUMENT_BOUND &&
		    walk.code[i].arg >= program.bound)
			return sl_framed_refuse(check->why, -SL_E_BOUNDS,
						"%s %u, instruction %u: nothing is bound to it",
						program.of, program.index, i);
	if (walk.n == 0 || walk_program(&walk))
		return 0;
	return sl_framed_refuse(check->why, -SL_E_BOUNDS, "%s %u, instruction %u: %s", program.of,
				program.index, walk.at, walk.fault);
}

int sl_artifact_check_code(const struct sl_artifact_check *check)
{
	const struct sl_artifact *artifact = check->artifact;
	uint64_t n = (uint64_t)artifact->n_triggers + artifact->n_steps + artifact->n_windows;
	struct arrival *arrivals;
	uint64_t taken = 0;
	uint32_t longest = 0;
	int error = 0;

	if (n > UINT32_MAX)
		return sl_framed_refuse(check->why, -SL_E_BOUNDS, "too many programs");
	for (uint32_t i = 0; i < artifact->n_code && !error; i++)
		error = check_instruction(check, i);
	for (uint32_t i = 0; i < n && !error; i++) {
		struct program program = program_at(artifact, i);

		if (!sl_artifact_take_run(program.first, program.count, artifact->n_code, &taken))
			error = sl_framed_refuse(check->why, -SL_E_BOUNDS,
						 "%s %u: its program lies outside", program.of,
						 program.index);
		else if (program.count > longest)
			longest = program.count;
	}
	if (error)
		return error;
	arrivals = calloc((size_t)longest + 1, sizeof(*arrivals));
	if (!arrivals)
		return sl_framed_refuse(check->why, -ENOMEM, "no memory");
	for (uint32_t i = 0; i < n && !error; i++)
		error = check_program(check, program_at(artifact, i), arrivals);
	free(arrivals);
	return error;
}
