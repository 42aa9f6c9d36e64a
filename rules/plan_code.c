#include "rules/plan_priv.h"

#include <stdlib.h>

/* What a test costs beside the others, so that the cheap ones come first. */
static unsigned cost_of(uint8_t op)
{
	switch (op) {
	case SL_OP_EQ_INT:
	case SL_OP_LT_INT:
	case SL_OP_GT_INT:
		return 1;
	case SL_OP_EQ_DECIMAL:
	case SL_OP_LT_DECIMAL:
	case SL_OP_GT_DECIMAL:
		return 2;
	case SL_OP_EQ_STRING:
	case SL_OP_STARTS_WITH:
	case SL_OP_LT_STRING:
	case SL_OP_GT_STRING:
		return 3;
	case SL_OP_IN_INT:
	case SL_OP_IN_DECIMAL:
		return 4;
	case SL_OP_IN_STRING:
		return 5;
	case SL_OP_LIST_HAS:
		return 6;
	default:
		return 7;
	}
}

static int by_cost(const void *a, const void *b)
{
	const struct sl_conjunct *x = a, *y = b;
	unsigned cx = cost_of(x->op), cy = cost_of(y->op);

	if (cx != cy)
		return cx < cy ? -1 : 1;
	return x->order < y->order ? -1 : x->order > y->order;
}

static bool takes_set(uint8_t op)
{
	return op == SL_OP_IN_STRING || op == SL_OP_IN_INT || op == SL_OP_IN_DECIMAL;
}

static void add_instruction(struct sl_plan *plan, uint8_t op, uint16_t slot, uint32_t arg)
{
	struct sl_instruction instruction = {.op = op, .slot = slot, .arg = arg};

	sl_buffer_add(&plan->code, &instruction, sizeof(instruction));
}

static void add_code(struct sl_plan *plan, struct sl_conjunct *conjuncts, uint32_t n,
		     struct sl_trigger *trigger)
{
	uint32_t end = n * 2 - 1; /* test, and, test, and, …, test, end */

	qsort(conjuncts, n, sizeof(*conjuncts), by_cost);
	for (uint32_t i = 0; i < n; i++) {
		const struct sl_conjunct *conjunct = &conjuncts[i];
		uint32_t arg;

		if (i > 0)
			add_instruction(plan, SL_OP_AND, 0, end);
		arg = takes_set(conjunct->op)
			      ? sl_pool_set(&plan->pool, conjunct->constants, conjunct->n_constants)
			      : sl_pool_constant(&plan->pool, conjunct->constants[0]);
		add_instruction(plan, conjunct->op, conjunct->slot, arg);
		plan->flags[conjunct->slot] |= SL_FIELD_USED;
	}
	add_instruction(plan, SL_OP_END, 0, 0);
	trigger->code_count = end + 1;
}

void sl_plan_program(struct sl_plan *plan, const struct sl_rules_set *set,
		     const struct sl_expr *const *conjuncts, const bool *is_proven, uint32_t n,
		     struct sl_trigger *trigger)
{
	struct sl_buffer asked = {0}; /* struct sl_conjunct */

	trigger->code = (uint32_t)(plan->code.bytes / sizeof(struct sl_instruction));
	for (uint32_t i = 0; i < n; i++)
		if (!is_proven[i])
			sl_conjuncts_of(&set->schema, (struct sl_expr *)conjuncts[i], &asked);
	plan->code.failed |= asked.failed;
	if (asked.bytes && !asked.failed)
		add_code(plan, (struct sl_conjunct *)asked.at,
			 (uint32_t)(asked.bytes / sizeof(struct sl_conjunct)), trigger);
	sl_buffer_fini(&asked);
}
