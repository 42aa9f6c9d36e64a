/* math.*, by the C library and in 128 bits, so that nothing is computed as the engine does it. */
#include "rules/eval/eval_priv.h"

#include <math.h>

static struct sl_eval_any no_overload(void)
{
	return sl_eval_fault(SL_FAULT_NO_OVERLOAD);
}

static bool is_number(const struct sl_eval_any *of)
{
	return of->kind == SL_KIND_INT || of->kind == SL_KIND_UINT || of->kind == SL_KIND_DOUBLE;
}

static bool is_nan(const struct sl_eval_any *of)
{
	return of->kind == SL_KIND_DOUBLE && isnan(of->decimal);
}

/* Of equals the first one. */
static struct sl_eval_any extreme(enum sl_function function, const struct sl_eval_any *list)
{
	enum sl_function beats = function == SL_FUNCTION_GREATEST ? SL_FUNCTION_GT : SL_FUNCTION_LT;
	const struct sl_eval_any *best = NULL;

	for (uint32_t i = 0; i < list->count; i++) {
		const struct sl_eval_any *item = &list->items[i];

		if (!is_number(item))
			return no_overload();
		if (best && (is_nan(best) || is_nan(item)))
			return sl_eval_fault(SL_FAULT_ARGUMENT);
		if (!best || sl_eval_order(beats, item, best).integer)
			best = item;
	}
	return best ? *best : sl_eval_fault(SL_FAULT_ARGUMENT);
}

static struct sl_eval_any of_decimal(enum sl_function function, double value)
{
	switch (function) {
	case SL_FUNCTION_CEIL:
		return sl_eval_double(ceil(value));
	case SL_FUNCTION_FLOOR:
		return sl_eval_double(floor(value));
	case SL_FUNCTION_ROUND:
		return sl_eval_double(round(value));
	case SL_FUNCTION_TRUNC:
		return sl_eval_double(trunc(value));
	case SL_FUNCTION_IS_NAN:
		return sl_eval_bool(isnan(value));
	case SL_FUNCTION_IS_INF:
		return sl_eval_bool(isinf(value));
	case SL_FUNCTION_IS_FINITE:
		return sl_eval_bool(isfinite(value));
	case SL_FUNCTION_ABS:
		return sl_eval_double(fabs(value));
	case SL_FUNCTION_SIGN:
		if (isnan(value) || value == 0)
			return sl_eval_double(isnan(value) ? value : 0.0);
		return sl_eval_double(signbit(value) ? -1.0 : 1.0);
	default:
		return no_overload();
	}
}

static struct sl_eval_any of_whole(enum sl_function function, const struct sl_eval_any *of)
{
	bool is_int = of->kind == SL_KIND_INT;
	__int128 value = is_int ? (__int128)of->integer : (__int128)of->natural;

	switch (function) {
	case SL_FUNCTION_ABS:
		value = value < 0 ? -value : value;
		if (is_int && value > INT64_MAX)
			return sl_eval_fault(SL_FAULT_OVERFLOW);
		break;
	case SL_FUNCTION_SIGN:
		value = value < 0 ? -1 : value > 0;
		break;
	case SL_FUNCTION_BIT_NOT:
		value = is_int ? -value - 1 : (__int128)UINT64_MAX - value;
		break;
	default:
		return no_overload();
	}
	return is_int ? sl_eval_int((int64_t)value) : sl_eval_uint((uint64_t)value);
}

static struct sl_eval_any with_bits(const struct sl_eval_any *like, uint64_t bits)
{
	return like->kind == SL_KIND_INT ? sl_eval_int((int64_t)bits) : sl_eval_uint(bits);
}

/* Bit by bit: what goes out at either end is lost. */
static struct sl_eval_any shifted(enum sl_function function, const struct sl_eval_any *of,
				  const struct sl_eval_any *by)
{
	uint64_t from = of->natural, bits = 0;

	if (by->integer < 0)
		return sl_eval_fault(SL_FAULT_ARGUMENT);
	for (int64_t i = 0; i < 64 && by->integer < 64; i++) {
		int64_t to =
			function == SL_FUNCTION_BIT_SHIFT_LEFT ? i + by->integer : i - by->integer;

		if ((from >> i & 1) && to >= 0 && to < 64)
			bits |= 1ull << to;
	}
	return with_bits(of, bits);
}

static struct sl_eval_any of_two(enum sl_function function, const struct sl_eval_any *a,
				 const struct sl_eval_any *b)
{
	bool whole = a->kind == SL_KIND_INT || a->kind == SL_KIND_UINT;

	if (!whole)
		return no_overload();
	if (function == SL_FUNCTION_BIT_SHIFT_LEFT || function == SL_FUNCTION_BIT_SHIFT_RIGHT)
		return b->kind == SL_KIND_INT ? shifted(function, a, b) : no_overload();
	if (a->kind != b->kind)
		return no_overload();
	switch (function) {
	case SL_FUNCTION_BIT_AND:
		return with_bits(a, a->natural & b->natural);
	case SL_FUNCTION_BIT_OR:
		return with_bits(a, a->natural | b->natural);
	case SL_FUNCTION_BIT_XOR:
		return with_bits(a, a->natural ^ b->natural);
	default:
		return no_overload();
	}
}

struct sl_eval_any sl_eval_numbers(enum sl_function function, const struct sl_eval_any *args,
				   uint32_t n_args)
{
	if (n_args == 2)
		return of_two(function, &args[0], &args[1]);
	if (n_args != 1)
		return no_overload();
	if (function == SL_FUNCTION_GREATEST || function == SL_FUNCTION_LEAST) {
		if (args[0].kind == SL_KIND_LIST)
			return extreme(function, &args[0]);
		return is_number(&args[0]) ? args[0] : no_overload();
	}
	if (args[0].kind == SL_KIND_DOUBLE)
		return of_decimal(function, args[0].decimal);
	return is_number(&args[0]) ? of_whole(function, &args[0]) : no_overload();
}
