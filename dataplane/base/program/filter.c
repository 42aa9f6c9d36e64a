/* Programs that only test slots run here, without stack or room; the first instruction that asks
 * for more hands the run over to the stack machine in run.c. */
#include "program_priv.h"
#include "run_priv.h"

static bool equal_texts(const char *a, uint32_t a_bytes, struct sl_text b)
{
	return a_bytes == b.bytes && (a_bytes == 0 || memcmp(a, b.at, a_bytes) == 0);
}

static bool test_text(uint8_t op, const struct sl_value *value, struct sl_text constant)
{
	switch (op) {
	case SL_OP_EQ_STRING:
		return equal_texts(value->text, value->count, constant);
	case SL_OP_NE_STRING:
		return !equal_texts(value->text, value->count, constant);
	case SL_OP_STARTS_WITH:
		return value->count >= constant.bytes &&
		       equal_texts(value->text, constant.bytes, constant);
	case SL_OP_ENDS_WITH:
		return value->count >= constant.bytes &&
		       equal_texts(value->text + (value->count - constant.bytes), constant.bytes,
				   constant);
	case SL_OP_CONTAINS:
		return constant.bytes == 0 ||
		       (value->count >= constant.bytes &&
			memmem(value->text, value->count, constant.at, constant.bytes));
	default:
		break;
	}
	int order = sl_compare_texts(value->text, value->count, constant.at, constant.bytes);

	switch (op) {
	case SL_OP_LT_STRING:
		return order < 0;
	case SL_OP_LE_STRING:
		return order <= 0;
	case SL_OP_GT_STRING:
		return order > 0;
	default: /* GE_STRING */
		return order >= 0;
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
		return sl_compare_texts(value->text, value->count, text.at, text.bytes);
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

/* Tests that are no plain comparison with a number. */
static enum sl_truth test_other(const struct sl_artifact *artifact, const struct sl_instruction *in,
				const struct sl_value *value)
{
	switch (in->op) {
	case SL_OP_IN_STRING:
	case SL_OP_IN_INT:
	case SL_OP_IN_DECIMAL:
		return test_set(artifact, &artifact->sets[in->arg], value);
	case SL_OP_MATCHES:
		return sl_regex_search(sl_pattern_of(artifact, in->arg), value->text, value->count);
	case SL_OP_LIST_HAS:
		return test_list(value,
				 sl_artifact_text(artifact, artifact->constants[in->arg].text));
	default:
		return test_text(in->op, value,
				 sl_artifact_text(artifact, artifact->constants[in->arg].text));
	}
}

enum sl_truth sl_program_test(const struct sl_artifact *artifact, const struct sl_instruction *in,
			      const struct sl_event *event)
{
	const struct sl_constant *constant;
	const struct sl_value *value;
	bool has = event && in->slot < event->n_slots && event->slots[in->slot].kind != 0;

	if (in->op == SL_OP_HAS)
		return has;
	if (in->op == SL_OP_TRUE || in->op == SL_OP_FALSE)
		return in->op == SL_OP_TRUE;
	if (!has)
		return SL_UNKNOWN;
	value = &event->slots[in->slot];
	constant = &artifact->constants[in->arg];
	switch (in->op) {
	case SL_OP_EQ_INT:
		return value->integer == constant->integer;
	case SL_OP_NE_INT:
		return value->integer != constant->integer;
	case SL_OP_LT_INT:
		return value->integer < constant->integer;
	case SL_OP_LE_INT:
		return value->integer <= constant->integer;
	case SL_OP_GT_INT:
		return value->integer > constant->integer;
	case SL_OP_GE_INT:
		return value->integer >= constant->integer;
	case SL_OP_EQ_DECIMAL:
		return value->decimal == constant->decimal;
	case SL_OP_NE_DECIMAL:
		return value->decimal != constant->decimal;
	case SL_OP_LT_DECIMAL:
		return value->decimal < constant->decimal;
	case SL_OP_LE_DECIMAL:
		return value->decimal <= constant->decimal;
	case SL_OP_GT_DECIMAL:
		return value->decimal > constant->decimal;
	case SL_OP_GE_DECIMAL:
		return value->decimal >= constant->decimal;
	default:
		return test_other(artifact, in, value);
	}
}

enum sl_truth sl_program_run(const struct sl_artifact *artifact, const struct sl_instruction *code,
			     uint32_t n, const struct sl_event *event, struct sl_program_room *room)
{
	enum sl_truth truth = SL_TRUE;
	bool full = false; /* the one place that these programs need of a stack */

	for (uint32_t at = 0; at < n; at++) {
		const struct sl_instruction *in = &code[at];

		if (sl_opcode_is_test(in->op) && !full) {
			truth = sl_program_test(artifact, in, event);
			full = true;
		} else if (in->op == SL_OP_AND && full) {
			if (truth != SL_TRUE)
				at = in->arg - 1;
			else
				full = false;
		} else if (in->op == SL_OP_OR && full) {
			if (truth == SL_TRUE)
				at = in->arg - 1;
			else
				full = false;
		} else if (in->op == SL_OP_NOT && full) {
			truth = truth == SL_UNKNOWN ? SL_UNKNOWN : !truth;
		} else if (in->op == SL_OP_END) {
			break;
		} else {
			return sl_program_go_on(artifact, code, n, event, room, at, full, truth);
		}
	}
	return truth;
}
