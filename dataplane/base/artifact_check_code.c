/* Constants, sets and programs: what sl_program_run() relies on. */
#include "artifact_priv.h"
#include "sluice/error.h"

#include <string.h>

int sl_artifact_check_constants(const struct sl_artifact_check *check)
{
	for (uint32_t i = 0; i < check->artifact->n_constants; i++) {
		const struct sl_constant *constant = &check->artifact->constants[i];

		if (constant->type < SL_TYPE_STRING || constant->type > SL_TYPE_TIME)
			return sl_framed_refuse(check->why, -SL_E_BOUNDS, "constant %u has type %u",
						i, constant->type);
		if (constant->type == SL_TYPE_STRING &&
		    !sl_artifact_has_text(check, constant->text))
			return sl_framed_refuse(check->why, -SL_E_BOUNDS,
						"constant %u: its text lies outside", i);
		if (constant->type == SL_TYPE_BOOL && constant->integer != 0 &&
		    constant->integer != 1)
			return sl_framed_refuse(check->why, -SL_E_BOUNDS,
						"constant %u is neither true nor false", i);
	}
	return 0;
}

/* Whether a may stand before b in a set. A NaN has no place in an order. */
static bool in_order(const struct sl_artifact *artifact, const struct sl_constant *a,
		     const struct sl_constant *b)
{
	struct sl_text left, right;
	int order;

	if (a->type == SL_TYPE_DECIMAL)
		return a->decimal <= b->decimal;
	if (a->type != SL_TYPE_STRING)
		return a->integer <= b->integer;
	left = sl_artifact_text(artifact, a->text);
	right = sl_artifact_text(artifact, b->text);
	order = memcmp(left.at, right.at, left.bytes < right.bytes ? left.bytes : right.bytes);
	return order < 0 || (order == 0 && left.bytes <= right.bytes);
}

static int check_set(const struct sl_artifact_check *check, uint32_t index)
{
	const struct sl_artifact *artifact = check->artifact;
	const struct sl_set *set = &artifact->sets[index];
	const uint32_t *members = artifact->members + set->first;

	for (uint32_t i = 0; i < set->count; i++) {
		const struct sl_constant *member;

		if (members[i] >= artifact->n_constants)
			return sl_framed_refuse(check->why, -SL_E_BOUNDS,
						"set %u: a member is no constant", index);
		member = &artifact->constants[members[i]];
		if (member->type != set->type)
			return sl_framed_refuse(check->why, -SL_E_BOUNDS,
						"set %u: a member has another type", index);
		if (!in_order(artifact, &artifact->constants[members[i ? i - 1 : 0]], member))
			return sl_framed_refuse(check->why, -SL_E_BOUNDS, "set %u is not sorted",
						index);
	}
	return 0;
}

int sl_artifact_check_sets(const struct sl_artifact_check *check)
{
	const struct sl_artifact *artifact = check->artifact;
	uint64_t taken = 0;

	for (uint32_t i = 0; i < artifact->n_sets; i++) {
		int error;

		if (!sl_artifact_take_run(artifact->sets[i].first, artifact->sets[i].count,
					  artifact->n_members, &taken))
			return sl_framed_refuse(check->why, -SL_E_BOUNDS,
						"set %u: its members lie outside", i);
		error = check_set(check, i);
		if (error)
			return error;
	}
	return 0;
}

/* What an opcode needs: field types as a mask, and where its argument points. */
enum argument { ARG_NONE, ARG_TARGET, ARG_CONSTANT, ARG_ELEMENT, ARG_SET };

struct opcode_rule {
	uint8_t types;
	uint8_t argument;
};

#define TYPE(name) (1u << SL_TYPE_##name)
#define INTEGERS (TYPE(INT) | TYPE(TIME) | TYPE(BOOL))

static const struct opcode_rule rules[SL_OP_COUNT] = {
	[SL_OP_END] = {0, ARG_NONE},
	[SL_OP_TRUE] = {0, ARG_NONE},
	[SL_OP_FALSE] = {0, ARG_NONE},
	[SL_OP_AND] = {0, ARG_TARGET},
	[SL_OP_EQ_STRING] = {TYPE(STRING), ARG_CONSTANT},
	[SL_OP_EQ_INT] = {INTEGERS, ARG_CONSTANT},
	[SL_OP_EQ_DECIMAL] = {TYPE(DECIMAL), ARG_CONSTANT},
	[SL_OP_LT_INT] = {TYPE(INT) | TYPE(TIME), ARG_CONSTANT},
	[SL_OP_GT_INT] = {TYPE(INT) | TYPE(TIME), ARG_CONSTANT},
	[SL_OP_LT_DECIMAL] = {TYPE(DECIMAL), ARG_CONSTANT},
	[SL_OP_GT_DECIMAL] = {TYPE(DECIMAL), ARG_CONSTANT},
	[SL_OP_LT_STRING] = {TYPE(STRING), ARG_CONSTANT},
	[SL_OP_GT_STRING] = {TYPE(STRING), ARG_CONSTANT},
	[SL_OP_STARTS_WITH] = {TYPE(STRING), ARG_CONSTANT},
	[SL_OP_CONTAINS] = {TYPE(STRING), ARG_CONSTANT},
	[SL_OP_IN_STRING] = {TYPE(STRING), ARG_SET},
	[SL_OP_IN_INT] = {INTEGERS, ARG_SET},
	[SL_OP_IN_DECIMAL] = {TYPE(DECIMAL), ARG_SET},
	[SL_OP_LIST_HAS] = {TYPE(STRINGS), ARG_ELEMENT},
};

/* Whether the argument is there, and of the slot's type. A jump's target depends on the program
 * and is checked with it. */
static bool has_argument(const struct sl_artifact *artifact, const struct sl_instruction *in)
{
	switch (rules[in->op].argument) {
	case ARG_CONSTANT:
		return in->arg < artifact->n_constants &&
		       artifact->constants[in->arg].type == artifact->fields[in->slot].type;
	case ARG_ELEMENT:
		return in->arg < artifact->n_constants &&
		       artifact->constants[in->arg].type == SL_TYPE_STRING;
	case ARG_SET:
		return in->arg < artifact->n_sets &&
		       artifact->sets[in->arg].type == artifact->fields[in->slot].type;
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
	if (rules[in->op].types && (in->slot >= artifact->n_fields ||
				    !(rules[in->op].types >> artifact->fields[in->slot].type & 1)))
		return sl_framed_refuse(check->why, -SL_E_BOUNDS,
					"instruction %u: slot %u does not suit its opcode", index,
					in->slot);
	if (!has_argument(artifact, in))
		return sl_framed_refuse(check->why, -SL_E_BOUNDS,
					"instruction %u: argument %u does not suit its opcode",
					index, in->arg);
	return 0;
}

int sl_artifact_check_code(const struct sl_artifact_check *check)
{
	const struct sl_artifact *artifact = check->artifact;
	uint64_t taken = 0;

	for (uint32_t i = 0; i < artifact->n_code; i++) {
		int error = check_instruction(check, i);

		if (error)
			return error;
	}
	for (uint32_t i = 0; i < artifact->n_triggers; i++) {
		const struct sl_trigger *trigger = &artifact->triggers[i];
		const struct sl_instruction *code;

		if (!sl_artifact_take_run(trigger->code, trigger->code_count, artifact->n_code,
					  &taken))
			return sl_framed_refuse(check->why, -SL_E_BOUNDS,
						"trigger %u: its program lies outside", i);
		code = artifact->code + trigger->code;
		for (uint32_t j = 0; j < trigger->code_count; j++)
			if (code[j].op == SL_OP_AND &&
			    (code[j].arg <= j || code[j].arg > trigger->code_count))
				return sl_framed_refuse(check->why, -SL_E_BOUNDS,
							"trigger %u: a jump leads back or outside",
							i);
	}
	return 0;
}
