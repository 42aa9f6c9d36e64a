/* Calls of constants, computed once. Only what is the same wherever it is computed: numbers, times,
 * texts; what needs printing of decimals, patterns or zones is left to the program. */
#include "rules/expr/fold_priv.h"

#define NANOS_PER_S 1000000000ll

static void fold_int(struct sl_folding *folding)
{
	int64_t a = folding->a->integer, b = folding->b->integer, value = 0;
	bool overflow = false;

	switch (folding->call->function) {
	case SL_FUNCTION_ADD:
		overflow = __builtin_add_overflow(a, b, &value);
		break;
	case SL_FUNCTION_SUBTRACT:
		overflow = __builtin_sub_overflow(a, b, &value);
		break;
	case SL_FUNCTION_MULTIPLY:
		overflow = __builtin_mul_overflow(a, b, &value);
		break;
	case SL_FUNCTION_DIVIDE:
		if (b == 0)
			sl_fold_fail(folding, SL_FAULT_DIVIDE_BY_ZERO);
		overflow = a == INT64_MIN && b == -1;
		value = b == 0 || overflow ? 0 : a / b;
		break;
	case SL_FUNCTION_MODULO:
		if (b == 0)
			sl_fold_fail(folding, SL_FAULT_MODULUS_BY_ZERO);
		overflow = a == INT64_MIN && b == -1;
		value = b == 0 || overflow ? 0 : a % b;
		break;
	default:
		return;
	}
	if (overflow)
		sl_fold_fail(folding, SL_FAULT_OVERFLOW);
	sl_fold_give_int(folding, value);
}

static void fold_uint(struct sl_folding *folding)
{
	uint64_t a = folding->a->natural, b = folding->b->natural, value = 0;
	bool overflow = false;

	switch (folding->call->function) {
	case SL_FUNCTION_ADD:
		overflow = __builtin_add_overflow(a, b, &value);
		break;
	case SL_FUNCTION_SUBTRACT:
		overflow = __builtin_sub_overflow(a, b, &value);
		break;
	case SL_FUNCTION_MULTIPLY:
		overflow = __builtin_mul_overflow(a, b, &value);
		break;
	case SL_FUNCTION_DIVIDE:
		if (b == 0)
			sl_fold_fail(folding, SL_FAULT_DIVIDE_BY_ZERO);
		value = b ? a / b : 0;
		break;
	case SL_FUNCTION_MODULO:
		if (b == 0)
			sl_fold_fail(folding, SL_FAULT_MODULUS_BY_ZERO);
		value = b ? a % b : 0;
		break;
	default:
		return;
	}
	if (overflow)
		sl_fold_fail(folding, SL_FAULT_OVERFLOW);
	folding->result.natural = value;
	sl_fold_give(folding, SL_KIND_UINT);
}

static void fold_double(struct sl_folding *folding)
{
	double a = folding->a->decimal, b = folding->b->decimal;

	switch (folding->call->function) {
	case SL_FUNCTION_ADD:
		folding->result.decimal = a + b;
		break;
	case SL_FUNCTION_SUBTRACT:
		folding->result.decimal = a - b;
		break;
	case SL_FUNCTION_MULTIPLY:
		folding->result.decimal = a * b;
		break;
	case SL_FUNCTION_DIVIDE:
		folding->result.decimal = a / b;
		break;
	default:
		return;
	}
	sl_fold_give(folding, SL_KIND_DOUBLE);
}

static void fold_text(struct sl_folding *folding)
{
	struct sl_slice a = folding->a->text, b = folding->b->text;
	char *text;

	if (folding->call->function != SL_FUNCTION_ADD)
		return;
	text = sl_arena_alloc(folding->arena, (size_t)a.bytes + b.bytes + 1);
	if (!text) {
		folding->no_memory = true;
		return;
	}
	memcpy(text, a.at, a.bytes);
	memcpy(text + a.bytes, b.at, b.bytes);
	folding->result.text = (struct sl_slice){text, a.bytes + b.bytes};
	sl_fold_give(folding, folding->a->type);
}

static void give_time(struct sl_folding *folding, uint8_t kind, __int128 nanos)
{
	int64_t seconds = (int64_t)(nanos / NANOS_PER_S);
	int32_t rest = (int32_t)(nanos % NANOS_PER_S);

	if (kind == SL_KIND_TIMESTAMP && rest < 0) {
		seconds--;
		rest += (int32_t)NANOS_PER_S;
	}
	if (kind == SL_KIND_TIMESTAMP
		    ? seconds < SL_TIMESTAMP_SECONDS_MIN || seconds > SL_TIMESTAMP_SECONDS_MAX
		    : seconds < -SL_DURATION_SECONDS_MAX || seconds > SL_DURATION_SECONDS_MAX)
		sl_fold_fail(folding, SL_FAULT_RANGE);
	folding->result.integer = seconds;
	folding->result.nanos = rest;
	sl_fold_give(folding, kind);
}

static __int128 nanos_of(const struct sl_expr *expr)
{
	return (__int128)expr->integer * NANOS_PER_S + expr->nanos;
}

static bool is_time(const struct sl_expr *expr)
{
	return expr->type == SL_KIND_TIMESTAMP || expr->type == SL_KIND_DURATION;
}

static void fold_times(struct sl_folding *folding)
{
	bool points = folding->a->type == SL_KIND_TIMESTAMP,
	     other = folding->b->type == SL_KIND_TIMESTAMP;
	__int128 a = nanos_of(folding->a), b = nanos_of(folding->b);

	if (folding->call->function == SL_FUNCTION_ADD && !(points && other))
		give_time(folding, points || other ? SL_KIND_TIMESTAMP : SL_KIND_DURATION, a + b);
	else if (folding->call->function == SL_FUNCTION_SUBTRACT && (points || !other))
		give_time(folding, points && !other ? SL_KIND_TIMESTAMP : SL_KIND_DURATION, a - b);
}

static int order_of(const struct sl_expr *a, const struct sl_expr *b)
{
	switch (a->type) {
	case SL_KIND_STRING:
	case SL_KIND_BYTES:
		return sl_slice_compare(a->text, b->text);
	case SL_KIND_UINT:
		return (a->natural > b->natural) - (a->natural < b->natural);
	case SL_KIND_TIMESTAMP:
	case SL_KIND_DURATION:
		return (nanos_of(a) > nanos_of(b)) - (nanos_of(a) < nanos_of(b));
	default:
		return (a->integer > b->integer) - (a->integer < b->integer);
	}
}

/* Of one type, which is no double: what a NaN compares to is left to the program. */
static void fold_comparison(struct sl_folding *folding)
{
	int order;

	if (folding->a->type == SL_KIND_DOUBLE || folding->a->type == SL_KIND_NULL)
		return;
	order = order_of(folding->a, folding->b);
	switch (folding->call->function) {
	case SL_FUNCTION_EQ:
		sl_fold_give_bool(folding, order == 0);
		break;
	case SL_FUNCTION_NE:
		sl_fold_give_bool(folding, order != 0);
		break;
	case SL_FUNCTION_LT:
		sl_fold_give_bool(folding, order < 0);
		break;
	case SL_FUNCTION_LE:
		sl_fold_give_bool(folding, order <= 0);
		break;
	case SL_FUNCTION_GT:
		sl_fold_give_bool(folding, order > 0);
		break;
	case SL_FUNCTION_GE:
		sl_fold_give_bool(folding, order >= 0);
		break;
	default:
		break;
	}
}

static void fold_two(struct sl_folding *folding)
{
	uint8_t a = folding->a->type, b = folding->b->type;

	if (a == b)
		fold_comparison(folding);
	if (folding->result.type)
		return;
	if (is_time(folding->a) && is_time(folding->b))
		fold_times(folding);
	else if (a != b)
		return;
	else if (a == SL_KIND_INT)
		fold_int(folding);
	else if (a == SL_KIND_UINT)
		fold_uint(folding);
	else if (a == SL_KIND_DOUBLE)
		fold_double(folding);
	else if (a == SL_KIND_STRING || a == SL_KIND_BYTES)
		fold_text(folding);
}

static void fold_negation(struct sl_folding *folding)
{
	const struct sl_expr *a = folding->a;

	if (a->type == SL_KIND_INT) {
		if (a->integer == INT64_MIN)
			sl_fold_fail(folding, SL_FAULT_OVERFLOW);
		sl_fold_give_int(folding, a->integer == INT64_MIN ? 0 : -a->integer);
	} else if (a->type == SL_KIND_DOUBLE) {
		folding->result.decimal = -a->decimal;
		sl_fold_give(folding, SL_KIND_DOUBLE);
	}
}

static void fold_one(struct sl_folding *folding)
{
	switch (folding->call->function) {
	case SL_FUNCTION_NEGATE:
		fold_negation(folding);
		break;
	case SL_FUNCTION_NOT:
		if (folding->a->type == SL_KIND_BOOL)
			sl_fold_give_bool(folding, !folding->a->integer);
		break;
	default:
		sl_fold_conversion(folding);
	}
}

enum sl_fault sl_expr_fold(struct sl_arena *arena, struct sl_expr *expr, bool *ret_no_memory)
{
	struct sl_folding folding = {.arena = arena, .call = expr, .a = expr->args[0]};

	for (uint32_t i = 0; i < expr->n_args; i++) {
		if (expr->args[i]->kind != SL_EXPR_LITERAL)
			return SL_FAULT_NONE;
	}
	if (expr->n_args == 1) {
		fold_one(&folding);
	} else if (expr->n_args == 2) {
		folding.b = expr->args[1];
		fold_two(&folding);
	}
	*ret_no_memory |= folding.no_memory;
	if (folding.fault || folding.no_memory || !folding.result.type)
		return folding.fault;
	expr->kind = SL_EXPR_LITERAL;
	expr->type = folding.result.type;
	expr->text = folding.result.text;
	expr->natural = folding.result.natural;
	if (expr->type == SL_KIND_DOUBLE)
		expr->decimal = folding.result.decimal;
	expr->nanos = folding.result.nanos;
	expr->n_args = 0;
	expr->depth = 1;
	expr->member = false;
	return SL_FAULT_NONE;
}
