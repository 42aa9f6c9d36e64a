/* math.*: of ints, uints and doubles. Decimals are cut here, by hand: hot objects do not call libm.
 */
#include "program_priv.h"

static struct sl_any no_overload(void)
{
	return sl_any_fault(SL_FAULT_NO_OVERLOAD);
}

static bool is_number(const struct sl_any *value)
{
	return value->kind == SL_KIND_INT || value->kind == SL_KIND_UINT ||
	       value->kind == SL_KIND_DOUBLE;
}

/* ---- greatest and least ------------------------------------------------------------------ */

static struct sl_any pick(struct sl_run *run, enum sl_function function, const struct sl_any *list)
{
	enum sl_order wins = function == SL_FUNCTION_GREATEST ? SL_LESS : SL_GREATER;
	struct sl_any best = sl_any_fault(SL_FAULT_ARGUMENT);

	if (!sl_run_step(run, list->count))
		return best;
	for (uint32_t i = 0; i < list->count; i++) {
		struct sl_any item = sl_any_member(run->artifact, list, i);
		enum sl_order order;

		if (!is_number(&item))
			return no_overload();
		order = i == 0 ? wins : sl_any_order(&best, &item);
		if (order == SL_UNORDERED)
			return sl_any_fault(SL_FAULT_ARGUMENT);
		if (order == wins)
			best = item;
	}
	return best;
}

/* ---- decimals ---------------------------------------------------------------------------- */

/* Toward zero; the sign stays. From 2^52 on there is nothing behind the point. */
static double cut(double x)
{
	if (!(x > -0x1p52 && x < 0x1p52))
		return x;
	return __builtin_copysign((double)(int64_t)x, x);
}

static double round_half_away(double x)
{
	double whole = cut(x), rest = x - whole;

	if (rest >= 0.5)
		return whole + 1;
	return rest <= -0.5 ? whole - 1 : whole;
}

static bool is_nan(double x)
{
	return x != x;
}

static bool is_infinite(double x)
{
	return x == __builtin_inf() || x == -__builtin_inf();
}

static struct sl_any of_double(enum sl_function function, double x)
{
	double whole = cut(x);

	switch (function) {
	case SL_FUNCTION_CEIL:
		return sl_any_double(whole < x ? whole + 1 : whole);
	case SL_FUNCTION_FLOOR:
		return sl_any_double(whole > x ? whole - 1 : whole);
	case SL_FUNCTION_ROUND:
		return sl_any_double(round_half_away(x));
	case SL_FUNCTION_TRUNC:
		return sl_any_double(whole);
	case SL_FUNCTION_IS_NAN:
		return sl_any_bool(is_nan(x));
	case SL_FUNCTION_IS_INF:
		return sl_any_bool(is_infinite(x));
	case SL_FUNCTION_IS_FINITE:
		return sl_any_bool(!is_nan(x) && !is_infinite(x));
	case SL_FUNCTION_ABS:
		return sl_any_double(__builtin_fabs(x));
	case SL_FUNCTION_SIGN:
		return sl_any_double(is_nan(x) ? x : (double)((x > 0) - (x < 0)));
	default:
		return no_overload();
	}
}

/* ---- whole numbers ----------------------------------------------------------------------- */

static struct sl_any of_int(enum sl_function function, int64_t x)
{
	switch (function) {
	case SL_FUNCTION_ABS:
		return x == INT64_MIN ? sl_any_fault(SL_FAULT_OVERFLOW)
				      : sl_any_int(x < 0 ? -x : x);
	case SL_FUNCTION_SIGN:
		return sl_any_int((x > 0) - (x < 0));
	case SL_FUNCTION_BIT_NOT:
		return sl_any_int(~x);
	default:
		return no_overload();
	}
}

static struct sl_any of_uint(enum sl_function function, uint64_t x)
{
	switch (function) {
	case SL_FUNCTION_ABS:
		return sl_any_uint(x);
	case SL_FUNCTION_SIGN:
		return sl_any_uint(x > 0);
	case SL_FUNCTION_BIT_NOT:
		return sl_any_uint(~x);
	default:
		return no_overload();
	}
}

/* Bits go out at either end, of ints too: the sign is one of them. */
static struct sl_any shift(enum sl_function function, const struct sl_any *value,
			   const struct sl_any *by)
{
	struct sl_any result = *value;

	if ((value->kind != SL_KIND_INT && value->kind != SL_KIND_UINT) || by->kind != SL_KIND_INT)
		return no_overload();
	if (by->integer < 0)
		return sl_any_fault(SL_FAULT_ARGUMENT);
	if (by->integer > 63)
		result.natural = 0;
	else if (function == SL_FUNCTION_BIT_SHIFT_LEFT)
		result.natural <<= by->integer;
	else
		result.natural >>= by->integer;
	return result;
}

static struct sl_any of_bits(enum sl_function function, const struct sl_any *a,
			     const struct sl_any *b)
{
	struct sl_any result = *a;

	if (a->kind != b->kind || (a->kind != SL_KIND_INT && a->kind != SL_KIND_UINT))
		return no_overload();
	if (function == SL_FUNCTION_BIT_AND)
		result.natural &= b->natural;
	else if (function == SL_FUNCTION_BIT_OR)
		result.natural |= b->natural;
	else
		result.natural ^= b->natural;
	return result;
}

static struct sl_any of_one(struct sl_run *run, enum sl_function function,
			    const struct sl_any *value)
{
	if (function == SL_FUNCTION_GREATEST || function == SL_FUNCTION_LEAST) {
		if (value->kind == SL_KIND_LIST)
			return pick(run, function, value);
		return is_number(value) ? *value : no_overload();
	}
	switch (value->kind) {
	case SL_KIND_INT:
		return of_int(function, value->integer);
	case SL_KIND_UINT:
		return of_uint(function, value->natural);
	case SL_KIND_DOUBLE:
		return of_double(function, value->decimal);
	default:
		return no_overload();
	}
}

struct sl_any sl_any_call_numbers(struct sl_run *run, enum sl_function function,
				  const struct sl_any *args, uint32_t n)
{
	bool shifts =
		function == SL_FUNCTION_BIT_SHIFT_LEFT || function == SL_FUNCTION_BIT_SHIFT_RIGHT;
	bool joins = function >= SL_FUNCTION_BIT_AND && function <= SL_FUNCTION_BIT_XOR;

	if (shifts)
		return n == 2 ? shift(function, &args[0], &args[1]) : no_overload();
	if (joins)
		return n == 2 ? of_bits(function, &args[0], &args[1]) : no_overload();
	return n == 1 ? of_one(run, function, &args[0]) : no_overload();
}
