/* + - * / % and the sign. Both sides are of one kind, but for times and durations. Integers never
 * wrap: they are computed in 128 bits and looked at. */
#include "rules/eval/eval_priv.h"

static struct sl_eval_any int_of(__int128 value)
{
	if (value < INT64_MIN || value > INT64_MAX)
		return sl_eval_fault(SL_FAULT_OVERFLOW);
	return sl_eval_int((int64_t)value);
}

static struct sl_eval_any uint_of(__int128 value)
{
	if (value < 0 || value > (__int128)UINT64_MAX)
		return sl_eval_fault(SL_FAULT_OVERFLOW);
	return sl_eval_uint((uint64_t)value);
}

static struct sl_eval_any int_result(enum sl_function function, int64_t a, int64_t b)
{
	switch (function) {
	case SL_FUNCTION_ADD:
		return int_of((__int128)a + b);
	case SL_FUNCTION_SUBTRACT:
		return int_of((__int128)a - b);
	case SL_FUNCTION_MULTIPLY:
		return int_of((__int128)a * b);
	case SL_FUNCTION_DIVIDE:
		if (b == 0)
			return sl_eval_fault(SL_FAULT_DIVIDE_BY_ZERO);
		return int_of((__int128)a / b);
	default:
		if (b == 0)
			return sl_eval_fault(SL_FAULT_MODULUS_BY_ZERO);
		if (a == INT64_MIN && b == -1) /* the quotient that goes with it has no place */
			return sl_eval_fault(SL_FAULT_OVERFLOW);
		return sl_eval_int(a % b);
	}
}

static struct sl_eval_any uint_result(enum sl_function function, uint64_t a, uint64_t b)
{
	switch (function) {
	case SL_FUNCTION_ADD:
		return uint_of((__int128)a + b);
	case SL_FUNCTION_SUBTRACT:
		return uint_of((__int128)a - b);
	case SL_FUNCTION_MULTIPLY:
		if (a && b > UINT64_MAX / a)
			return sl_eval_fault(SL_FAULT_OVERFLOW);
		return sl_eval_uint(a * b);
	case SL_FUNCTION_DIVIDE:
		return b ? sl_eval_uint(a / b) : sl_eval_fault(SL_FAULT_DIVIDE_BY_ZERO);
	default:
		return b ? sl_eval_uint(a % b) : sl_eval_fault(SL_FAULT_MODULUS_BY_ZERO);
	}
}

static struct sl_eval_any double_result(enum sl_function function, double a, double b)
{
	switch (function) {
	case SL_FUNCTION_ADD:
		return sl_eval_double(a + b);
	case SL_FUNCTION_SUBTRACT:
		return sl_eval_double(a - b);
	case SL_FUNCTION_MULTIPLY:
		return sl_eval_double(a * b);
	case SL_FUNCTION_DIVIDE:
		return sl_eval_double(a / b);
	default:
		return sl_eval_fault(SL_FAULT_NO_OVERLOAD);
	}
}

static struct sl_eval_any joined_texts(struct sl_eval_room *room, const struct sl_eval_any *a,
				       const struct sl_eval_any *b)
{
	struct sl_eval_text_out out = {.room = room};
	struct sl_eval_any joined;

	sl_eval_out(&out, a->text);
	sl_eval_out(&out, b->text);
	joined = sl_eval_out_end(&out);
	if (joined.kind == SL_KIND_STRING)
		joined.kind = a->kind;
	return joined;
}

static struct sl_eval_any joined_lists(struct sl_eval_room *room, const struct sl_eval_any *a,
				       const struct sl_eval_any *b)
{
	uint64_t n = (uint64_t)a->count + b->count;
	struct sl_eval_any *items = sl_eval_alloc(room, n * sizeof(*items));

	if (!items || n > UINT32_MAX)
		return sl_eval_fault(SL_FAULT_LIMIT);
	for (uint32_t i = 0; i < n; i++)
		items[i] = i < a->count ? a->items[i] : b->items[i - a->count];
	return (struct sl_eval_any){.kind = SL_KIND_LIST, .count = (uint32_t)n, .items = items};
}

static struct sl_eval_any time_result(bool minus, const struct sl_eval_any *a,
				      const struct sl_eval_any *b)
{
	int sign = minus ? -1 : 1;
	__int128 seconds = (__int128)a->integer + sign * (__int128)b->integer;
	__int128 nanos = (__int128)a->nanos + sign * (__int128)b->nanos;
	bool time_a = a->kind == SL_KIND_TIMESTAMP, time_b = b->kind == SL_KIND_TIMESTAMP;

	if (time_a != time_b)
		return minus && time_b ? sl_eval_fault(SL_FAULT_NO_OVERLOAD)
				       : sl_eval_timestamp(seconds, nanos);
	if (time_a && !minus)
		return sl_eval_fault(SL_FAULT_NO_OVERLOAD);
	return sl_eval_duration(seconds, nanos);
}

static bool is_time(const struct sl_eval_any *value)
{
	return value->kind == SL_KIND_TIMESTAMP || value->kind == SL_KIND_DURATION;
}

struct sl_eval_any sl_eval_arithmetic(struct sl_eval_room *room, enum sl_function function,
				      const struct sl_eval_any *a, const struct sl_eval_any *b)
{
	bool add = function == SL_FUNCTION_ADD, subtract = function == SL_FUNCTION_SUBTRACT;

	if (is_time(a) && is_time(b) && (add || subtract))
		return time_result(subtract, a, b);
	if (a->kind != b->kind)
		return sl_eval_fault(SL_FAULT_NO_OVERLOAD);
	switch (a->kind) {
	case SL_KIND_INT:
		return int_result(function, a->integer, b->integer);
	case SL_KIND_UINT:
		return uint_result(function, a->natural, b->natural);
	case SL_KIND_DOUBLE:
		return double_result(function, a->decimal, b->decimal);
	case SL_KIND_STRING:
	case SL_KIND_BYTES:
		if (add)
			return joined_texts(room, a, b);
		break;
	case SL_KIND_LIST:
		if (add)
			return joined_lists(room, a, b);
		break;
	default:
		break;
	}
	return sl_eval_fault(SL_FAULT_NO_OVERLOAD);
}

struct sl_eval_any sl_eval_negate(const struct sl_eval_any *of)
{
	if (of->kind == SL_KIND_INT)
		return int_of(-(__int128)of->integer);
	if (of->kind == SL_KIND_DOUBLE)
		return sl_eval_double(-of->decimal);
	return sl_eval_fault(SL_FAULT_NO_OVERLOAD);
}
