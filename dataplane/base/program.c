#include "base/program.h"

static int compare_texts(const char *a, uint32_t a_bytes, const char *b, uint32_t b_bytes)
{
	uint32_t n = a_bytes < b_bytes ? a_bytes : b_bytes;
	int order = n ? memcmp(a, b, n) : 0;

	return order ? order : (a_bytes > b_bytes) - (a_bytes < b_bytes);
}

static bool equal_texts(const char *a, uint32_t a_bytes, struct sl_text b)
{
	return a_bytes == b.bytes && (a_bytes == 0 || memcmp(a, b.at, a_bytes) == 0);
}

static bool test_text(const struct sl_instruction *in, const struct sl_value *value,
		      struct sl_text constant)
{
	switch (in->op) {
	case SL_OP_EQ_STRING:
		return equal_texts(value->text, value->count, constant);
	case SL_OP_LT_STRING:
		return compare_texts(value->text, value->count, constant.at, constant.bytes) < 0;
	case SL_OP_GT_STRING:
		return compare_texts(value->text, value->count, constant.at, constant.bytes) > 0;
	case SL_OP_STARTS_WITH:
		return value->count >= constant.bytes &&
		       equal_texts(value->text, constant.bytes, constant);
	default: /* CONTAINS */
		return constant.bytes == 0 ||
		       (value->count >= constant.bytes &&
			memmem(value->text, value->count, constant.at, constant.bytes));
	}
}

/* How the value stands to a member of a set of its own type: < 0, 0, > 0. */
static int compare_member(const struct sl_artifact *artifact, const struct sl_value *value,
			  const struct sl_constant *member)
{
	struct sl_text text;

	switch (member->type) {
	case SL_TYPE_STRING:
		text = sl_artifact_text(artifact, member->text);
		return compare_texts(value->text, value->count, text.at, text.bytes);
	case SL_TYPE_DECIMAL:
		/* a NaN is greater than all: it runs out of the set and is found nowhere */
		return value->decimal == member->decimal
			       ? 0
			       : (value->decimal < member->decimal ? -1 : 1);
	default:
		return (value->integer > member->integer) - (value->integer < member->integer);
	}
}

static bool test_set(const struct sl_artifact *artifact, const struct sl_set *set,
		     const struct sl_value *value)
{
	const uint32_t *members = artifact->members + set->first;
	uint32_t low = 0, high = set->count;

	while (low < high) {
		uint32_t middle = low + (high - low) / 2;
		int order = compare_member(artifact, value, &artifact->constants[members[middle]]);

		if (order == 0)
			return true;
		if (order < 0)
			high = middle;
		else
			low = middle + 1;
	}
	return false;
}

static bool test_list(const struct sl_value *value, struct sl_text constant)
{
	for (uint32_t i = 0; i < value->count; i++)
		if (equal_texts(value->list[i].at, value->list[i].bytes, constant))
			return true;
	return false;
}

static enum sl_truth test(const struct sl_artifact *artifact, const struct sl_instruction *in,
			  const struct sl_event *event)
{
	const struct sl_constant *constant;
	const struct sl_value *value;

	if (in->slot >= event->n_slots || event->slots[in->slot].kind == 0)
		return SL_UNKNOWN;
	value = &event->slots[in->slot];
	if (in->op == SL_OP_IN_STRING || in->op == SL_OP_IN_INT || in->op == SL_OP_IN_DECIMAL)
		return test_set(artifact, &artifact->sets[in->arg], value);
	constant = &artifact->constants[in->arg];
	switch (in->op) {
	case SL_OP_EQ_INT:
		return value->integer == constant->integer;
	case SL_OP_LT_INT:
		return value->integer < constant->integer;
	case SL_OP_GT_INT:
		return value->integer > constant->integer;
	case SL_OP_EQ_DECIMAL:
		return value->decimal == constant->decimal;
	case SL_OP_LT_DECIMAL:
		return value->decimal < constant->decimal;
	case SL_OP_GT_DECIMAL:
		return value->decimal > constant->decimal;
	case SL_OP_EQ_STRING:
	case SL_OP_LT_STRING:
	case SL_OP_GT_STRING:
	case SL_OP_STARTS_WITH:
	case SL_OP_CONTAINS:
		return test_text(in, value, sl_artifact_text(artifact, constant->text));
	default: /* LIST_HAS; the reader let no other opcode pass */
		return test_list(value, sl_artifact_text(artifact, constant->text));
	}
}

enum sl_truth sl_program_run(const struct sl_artifact *artifact, const struct sl_instruction *code,
			     uint32_t n, const struct sl_event *event)
{
	enum sl_truth truth = SL_TRUE;

	for (uint32_t at = 0; at < n;) {
		const struct sl_instruction *in = &code[at++];

		switch (in->op) {
		case SL_OP_END:
			return truth;
		case SL_OP_TRUE:
			truth = SL_TRUE;
			break;
		case SL_OP_FALSE:
			truth = SL_FALSE;
			break;
		case SL_OP_AND:
			if (truth != SL_TRUE)
				at = in->arg;
			break;
		default:
			truth = test(artifact, in, event);
		}
	}
	return truth;
}
