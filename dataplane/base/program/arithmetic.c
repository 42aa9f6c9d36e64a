/* + - * / % of numbers, times and durations; + of texts and lists. Nothing wraps around. */
#include "program_priv.h"

static struct sl_any int_result(bool overflow, int64_t value)
{
	return overflow ? sl_any_fault(SL_FAULT_OVERFLOW) : sl_any_int(value);
}

static struct sl_any uint_result(bool overflow, uint64_t value)
{
	return overflow ? sl_any_fault(SL_FAULT_OVERFLOW) : sl_any_uint(value);
}

static struct sl_any divide_ints(uint8_t op, int64_t a, int64_t b)
{
	if (b == 0)
		return sl_any_fault(op == SL_OP_DIVIDE ? SL_FAULT_DIVIDE_BY_ZERO
						       : SL_FAULT_MODULUS_BY_ZERO);
	if (a == INT64_MIN && b == -1)
		return sl_any_fault(SL_FAULT_OVERFLOW);
	return sl_any_int(op == SL_OP_DIVIDE ? a / b : a % b);
}

static struct sl_any of_ints(uint8_t op, int64_t a, int64_t b)
{
	int64_t value;
	bool overflow;

	switch (op) {
	case SL_OP_ADD:
		overflow = __builtin_add_overflow(a, b, &value);
		return int_result(overflow, value);
	case SL_OP_SUBTRACT:
		overflow = __builtin_sub_overflow(a, b, &value);
		return int_result(overflow, value);
	case SL_OP_MULTIPLY:
		overflow = __builtin_mul_overflow(a, b, &value);
		return int_result(overflow, value);
	default:
		return divide_ints(op, a, b);
	}
}

static struct sl_any of_uints(uint8_t op, uint64_t a, uint64_t b)
{
	uint64_t value;
	bool overflow;

	switch (op) {
	case SL_OP_ADD:
		overflow = __builtin_add_overflow(a, b, &value);
		return uint_result(overflow, value);
	case SL_OP_SUBTRACT:
		overflow = __builtin_sub_overflow(a, b, &value);
		return uint_result(overflow, value);
	case SL_OP_MULTIPLY:
		overflow = __builtin_mul_overflow(a, b, &value);
		return uint_result(overflow, value);
	default:
		if (b == 0)
			return sl_any_fault(op == SL_OP_DIVIDE ? SL_FAULT_DIVIDE_BY_ZERO
							       : SL_FAULT_MODULUS_BY_ZERO);
		return sl_any_uint(op == SL_OP_DIVIDE ? a / b : a % b);
	}
}

static struct sl_any of_doubles(uint8_t op, double a, double b)
{
	switch (op) {
	case SL_OP_ADD:
		return sl_any_double(a + b);
	case SL_OP_SUBTRACT:
		return sl_any_double(a - b);
	case SL_OP_MULTIPLY:
		return sl_any_double(a * b);
	case SL_OP_DIVIDE:
		return sl_any_double(a / b);
	default:
		return sl_any_fault(SL_FAULT_NO_OVERLOAD);
	}
}

/* ---- times ------------------------------------------------------------------------------- */

/* A duration of these seconds and nanoseconds, which may differ in sign, less than two seconds of
 * the latter. Both kinds of times are far from the end of 64 bits. */
static struct sl_any duration_of(int64_t seconds, int64_t nanos)
{
	seconds += nanos / SL_NANOS;
	nanos %= SL_NANOS;
	if (seconds > 0 && nanos < 0) {
		seconds--;
		nanos += SL_NANOS;
	} else if (seconds < 0 && nanos > 0) {
		seconds++;
		nanos -= SL_NANOS;
	}
	if (seconds > SL_DURATION_SECONDS_MAX || seconds < -SL_DURATION_SECONDS_MAX)
		return sl_any_fault(SL_FAULT_RANGE);
	return (struct sl_any){
		.kind = SL_KIND_DURATION, .nanos = (int32_t)nanos, .integer = seconds};
}

static struct sl_any timestamp_of(int64_t seconds, int64_t nanos)
{
	seconds += nanos / SL_NANOS;
	nanos %= SL_NANOS;
	if (nanos < 0) {
		seconds--;
		nanos += SL_NANOS;
	}
	if (seconds > SL_TIMESTAMP_SECONDS_MAX || seconds < SL_TIMESTAMP_SECONDS_MIN)
		return sl_any_fault(SL_FAULT_RANGE);
	return (struct sl_any){
		.kind = SL_KIND_TIMESTAMP, .nanos = (int32_t)nanos, .integer = seconds};
}

static struct sl_any of_times(uint8_t op, const struct sl_any *a, const struct sl_any *b)
{
	bool a_is_time = a->kind == SL_KIND_TIMESTAMP, b_is_time = b->kind == SL_KIND_TIMESTAMP;
	int64_t seconds, nanos;

	if (op == SL_OP_ADD) {
		seconds = a->integer + b->integer;
		nanos = (int64_t)a->nanos + b->nanos;
		if (a_is_time && b_is_time)
			return sl_any_fault(SL_FAULT_NO_OVERLOAD);
	} else if (op == SL_OP_SUBTRACT) {
		seconds = a->integer - b->integer;
		nanos = (int64_t)a->nanos - b->nanos;
		if (!a_is_time && b_is_time)
			return sl_any_fault(SL_FAULT_NO_OVERLOAD);
	} else {
		return sl_any_fault(SL_FAULT_NO_OVERLOAD);
	}
	return a_is_time != b_is_time ? timestamp_of(seconds, nanos) : duration_of(seconds, nanos);
}

/* ---- texts and lists --------------------------------------------------------------------- */

static struct sl_any join_texts(struct sl_run *run, const struct sl_any *a, const struct sl_any *b)
{
	uint64_t bytes = (uint64_t)a->count + b->count;
	char *at;

	if (a->count == 0)
		return *b;
	if (b->count == 0)
		return *a;
	at = sl_run_take(run, bytes);
	if (!at || !sl_run_look(run, bytes))
		return *a;
	memcpy(at, a->text, a->count);
	memcpy(at + a->count, b->text, b->count);
	return sl_any_text(a->kind, at, (uint32_t)bytes);
}

static struct sl_any join_lists(struct sl_run *run, const struct sl_any *a, const struct sl_any *b)
{
	uint64_t count = (uint64_t)a->count + b->count;
	struct sl_any *items;

	if (a->count == 0)
		return *b;
	if (b->count == 0)
		return *a;
	items = sl_run_take_items(run, count);
	if (!items || !sl_run_step(run, count))
		return *a;
	for (uint32_t i = 0; i < a->count; i++)
		items[i] = sl_any_member(run->artifact, a, i);
	for (uint32_t i = 0; i < b->count; i++)
		items[a->count + i] = sl_any_member(run->artifact, b, i);
	return sl_any_list(items, (uint32_t)count);
}

static bool is_time(const struct sl_any *value)
{
	return value->kind == SL_KIND_TIMESTAMP || value->kind == SL_KIND_DURATION;
}

struct sl_any sl_any_arithmetic(struct sl_run *run, uint8_t op, const struct sl_any *a,
				const struct sl_any *b)
{
	if (is_time(a) && is_time(b))
		return of_times(op, a, b);
	if (a->kind != b->kind)
		return sl_any_fault(SL_FAULT_NO_OVERLOAD);
	switch (a->kind) {
	case SL_KIND_INT:
		return of_ints(op, a->integer, b->integer);
	case SL_KIND_UINT:
		return of_uints(op, a->natural, b->natural);
	case SL_KIND_DOUBLE:
		return of_doubles(op, a->decimal, b->decimal);
	case SL_KIND_STRING:
	case SL_KIND_BYTES:
		if (op == SL_OP_ADD)
			return join_texts(run, a, b);
		break;
	case SL_KIND_LIST:
		if (op == SL_OP_ADD)
			return join_lists(run, a, b);
		break;
	default:
		break;
	}
	return sl_any_fault(SL_FAULT_NO_OVERLOAD);
}

struct sl_any sl_any_negate(const struct sl_any *a)
{
	if (a->kind == SL_KIND_DOUBLE)
		return sl_any_double(-a->decimal);
	if (a->kind == SL_KIND_INT)
		return of_ints(SL_OP_SUBTRACT, 0, a->integer);
	return sl_any_fault(SL_FAULT_NO_OVERLOAD);
}
