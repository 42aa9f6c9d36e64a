/* Calls of constants, computed once. Only what is the same wherever it is computed: numbers, times,
 * texts; what needs printing of decimals, patterns or zones is left to the program. */
#include "rules/expr_type_priv.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#define NANOS_PER_S 1000000000ll

/* The result so far: kind NONE means that this call is not folded. */
struct folding {
	struct sl_arena *arena;
	const struct sl_expr *call, *a, *b; /* b NULL: one argument */
	struct sl_expr result;
	enum sl_fault fault;
	bool no_memory;
};

static void give(struct folding *folding, uint8_t kind)
{
	folding->result.type = kind;
}

static void fail(struct folding *folding, enum sl_fault fault)
{
	folding->fault = fault;
}

static void give_bool(struct folding *folding, bool value)
{
	folding->result.integer = value;
	give(folding, SL_KIND_BOOL);
}

static void give_int(struct folding *folding, int64_t value)
{
	folding->result.integer = value;
	give(folding, SL_KIND_INT);
}

static void fold_int(struct folding *folding)
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
			fail(folding, SL_FAULT_DIVIDE_BY_ZERO);
		overflow = a == INT64_MIN && b == -1;
		value = b == 0 || overflow ? 0 : a / b;
		break;
	case SL_FUNCTION_MODULO:
		if (b == 0)
			fail(folding, SL_FAULT_MODULUS_BY_ZERO);
		overflow = a == INT64_MIN && b == -1;
		value = b == 0 || overflow ? 0 : a % b;
		break;
	default:
		return;
	}
	if (overflow)
		fail(folding, SL_FAULT_OVERFLOW);
	give_int(folding, value);
}

static void fold_uint(struct folding *folding)
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
			fail(folding, SL_FAULT_DIVIDE_BY_ZERO);
		value = b ? a / b : 0;
		break;
	case SL_FUNCTION_MODULO:
		if (b == 0)
			fail(folding, SL_FAULT_MODULUS_BY_ZERO);
		value = b ? a % b : 0;
		break;
	default:
		return;
	}
	if (overflow)
		fail(folding, SL_FAULT_OVERFLOW);
	folding->result.natural = value;
	give(folding, SL_KIND_UINT);
}

static void fold_double(struct folding *folding)
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
	give(folding, SL_KIND_DOUBLE);
}

static void fold_text(struct folding *folding)
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
	give(folding, folding->a->type);
}

static void give_time(struct folding *folding, uint8_t kind, __int128 nanos)
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
		fail(folding, SL_FAULT_RANGE);
	folding->result.integer = seconds;
	folding->result.nanos = rest;
	give(folding, kind);
}

static __int128 nanos_of(const struct sl_expr *expr)
{
	return (__int128)expr->integer * NANOS_PER_S + expr->nanos;
}

static bool is_time(const struct sl_expr *expr)
{
	return expr->type == SL_KIND_TIMESTAMP || expr->type == SL_KIND_DURATION;
}

static void fold_times(struct folding *folding)
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
static void fold_comparison(struct folding *folding)
{
	int order;

	if (folding->a->type == SL_KIND_DOUBLE || folding->a->type == SL_KIND_NULL)
		return;
	order = order_of(folding->a, folding->b);
	switch (folding->call->function) {
	case SL_FUNCTION_EQ:
		give_bool(folding, order == 0);
		break;
	case SL_FUNCTION_NE:
		give_bool(folding, order != 0);
		break;
	case SL_FUNCTION_LT:
		give_bool(folding, order < 0);
		break;
	case SL_FUNCTION_LE:
		give_bool(folding, order <= 0);
		break;
	case SL_FUNCTION_GT:
		give_bool(folding, order > 0);
		break;
	case SL_FUNCTION_GE:
		give_bool(folding, order >= 0);
		break;
	default:
		break;
	}
}

static void fold_two(struct folding *folding)
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

static void fold_negation(struct folding *folding)
{
	const struct sl_expr *a = folding->a;

	if (a->type == SL_KIND_INT) {
		if (a->integer == INT64_MIN)
			fail(folding, SL_FAULT_OVERFLOW);
		give_int(folding, a->integer == INT64_MIN ? 0 : -a->integer);
	} else if (a->type == SL_KIND_DOUBLE) {
		folding->result.decimal = -a->decimal;
		give(folding, SL_KIND_DOUBLE);
	}
}

/* A decimal number of digits only, as CEL converts them. */
static bool read_digits(struct sl_slice text, bool may_sign, bool *ret_negative,
			uint64_t *ret_value)
{
	uint32_t at = 0;
	uint64_t value = 0;

	*ret_negative = false;
	if (may_sign && text.bytes && (text.at[0] == '-' || text.at[0] == '+')) {
		*ret_negative = text.at[0] == '-';
		at = 1;
	}
	if (at == text.bytes)
		return false;
	for (; at < text.bytes; at++) {
		if (text.at[at] < '0' || text.at[at] > '9' ||
		    __builtin_mul_overflow(value, 10, &value) ||
		    __builtin_add_overflow(value, (uint64_t)(text.at[at] - '0'), &value))
			return false;
	}
	*ret_value = value;
	return true;
}

static void fold_to_int(struct folding *folding)
{
	const struct sl_expr *a = folding->a;
	bool negative;
	uint64_t value;

	switch (a->type) {
	case SL_KIND_INT:
	case SL_KIND_TIMESTAMP:
		give_int(folding, a->integer);
		break;
	case SL_KIND_UINT:
		if (a->natural > INT64_MAX)
			fail(folding, SL_FAULT_OVERFLOW);
		give_int(folding, (int64_t)(a->natural & INT64_MAX));
		break;
	case SL_KIND_STRING:
		if (!read_digits(a->text, true, &negative, &value) ||
		    value > (uint64_t)INT64_MAX + negative)
			fail(folding, SL_FAULT_CONVERSION);
		else
			folding->result.integer = (int64_t)(negative ? 0 - value : value);
		give(folding, SL_KIND_INT);
		break;
	default: /* of a double: where it is rounded is left to the program */
		break;
	}
}

static void fold_to_uint(struct folding *folding)
{
	const struct sl_expr *a = folding->a;
	bool negative;

	switch (a->type) {
	case SL_KIND_UINT:
		folding->result.natural = a->natural;
		break;
	case SL_KIND_INT:
		if (a->integer < 0)
			fail(folding, SL_FAULT_OVERFLOW);
		folding->result.natural = (uint64_t)a->integer;
		break;
	case SL_KIND_STRING:
		if (!read_digits(a->text, false, &negative, &folding->result.natural))
			fail(folding, SL_FAULT_CONVERSION);
		break;
	default:
		return;
	}
	give(folding, SL_KIND_UINT);
}

static void fold_to_double(struct folding *folding)
{
	const struct sl_expr *a = folding->a;

	if (a->type == SL_KIND_INT)
		folding->result.decimal = (double)a->integer;
	else if (a->type == SL_KIND_UINT)
		folding->result.decimal = (double)a->natural;
	else if (a->type == SL_KIND_DOUBLE)
		folding->result.decimal = a->decimal;
	else
		return;
	give(folding, SL_KIND_DOUBLE);
}

static void fold_to_time(struct folding *folding, uint8_t kind)
{
	const struct sl_expr *a = folding->a;
	int64_t seconds = a->integer;
	int32_t nanos = a->type == kind ? a->nanos : 0;
	enum sl_fault fault = SL_FAULT_NONE;

	if (a->type == SL_KIND_STRING)
		fault = kind == SL_KIND_TIMESTAMP ? sl_expr_timestamp(a->text, &seconds, &nanos)
						  : sl_expr_duration(a->text, &seconds, &nanos);
	else if (a->type == SL_KIND_INT && kind == SL_KIND_TIMESTAMP &&
		 (seconds < SL_TIMESTAMP_SECONDS_MIN || seconds > SL_TIMESTAMP_SECONDS_MAX))
		fault = SL_FAULT_RANGE;
	else if (a->type != kind && !(a->type == SL_KIND_INT && kind == SL_KIND_TIMESTAMP))
		return;
	if (fault)
		fail(folding, fault);
	folding->result.integer = seconds;
	folding->result.nanos = nanos;
	give(folding, kind);
}

static void fold_size(struct folding *folding)
{
	const struct sl_expr *a = folding->a;
	int64_t size = 0;

	if (a->type != SL_KIND_STRING && a->type != SL_KIND_BYTES)
		return;
	for (uint32_t i = 0; i < a->text.bytes; i++)
		size += a->type == SL_KIND_BYTES || ((unsigned char)a->text.at[i] & 0xc0) != 0x80;
	give_int(folding, size);
}

static void fold_one(struct folding *folding)
{
	switch (folding->call->function) {
	case SL_FUNCTION_NEGATE:
		fold_negation(folding);
		break;
	case SL_FUNCTION_NOT:
		if (folding->a->type == SL_KIND_BOOL)
			give_bool(folding, !folding->a->integer);
		break;
	case SL_FUNCTION_INT:
		fold_to_int(folding);
		break;
	case SL_FUNCTION_UINT:
		fold_to_uint(folding);
		break;
	case SL_FUNCTION_DOUBLE:
		fold_to_double(folding);
		break;
	case SL_FUNCTION_TIMESTAMP:
		fold_to_time(folding, SL_KIND_TIMESTAMP);
		break;
	case SL_FUNCTION_DURATION:
		fold_to_time(folding, SL_KIND_DURATION);
		break;
	case SL_FUNCTION_SIZE:
		fold_size(folding);
		break;
	default:
		break;
	}
}

enum sl_fault sl_expr_fold(struct sl_arena *arena, struct sl_expr *expr, bool *ret_no_memory)
{
	struct folding folding = {.arena = arena, .call = expr, .a = expr->args[0]};

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
