/* Equality and order. Equality is total: values of different kinds are unequal, but for numbers,
 * which are equal where they are the same number. Order exists within a kind and among numbers. */
#include "rules/eval/eval_priv.h"

#include <math.h>

#define UNORDERED 2 /* NaN */

static bool is_number(uint8_t kind)
{
	return kind == SL_KIND_INT || kind == SL_KIND_UINT || kind == SL_KIND_DOUBLE;
}

static int sign_of(__int128 a, __int128 b)
{
	return (a > b) - (a < b);
}

static __int128 whole(const struct sl_eval_any *number)
{
	return number->kind == SL_KIND_UINT ? (__int128)number->natural : (__int128)number->integer;
}

/* Where one is a double the other becomes one, and may lose its last digits. */
static double as_double(const struct sl_eval_any *number)
{
	switch (number->kind) {
	case SL_KIND_INT:
		return (double)number->integer;
	case SL_KIND_UINT:
		return (double)number->natural;
	default:
		return number->decimal;
	}
}

static int compare_numbers(const struct sl_eval_any *a, const struct sl_eval_any *b)
{
	double x = as_double(a), y = as_double(b);

	if (a->kind != SL_KIND_DOUBLE && b->kind != SL_KIND_DOUBLE)
		return sign_of(whole(a), whole(b));
	if (isnan(x) || isnan(y))
		return UNORDERED;
	return (x > y) - (x < y);
}

static bool equal_lists(const struct sl_eval_any *a, const struct sl_eval_any *b)
{
	if (a->count != b->count)
		return false;
	for (uint32_t i = 0; i < a->count; i++)
		if (!sl_eval_equal(&a->items[i], &b->items[i]))
			return false;
	return true;
}

static bool equal_maps(const struct sl_eval_any *a, const struct sl_eval_any *b)
{
	if (a->count != b->count)
		return false;
	for (uint32_t i = 0; i < a->count; i++) {
		const struct sl_eval_any *other = sl_eval_find(b, &a->items[2 * i]);

		if (!other || !sl_eval_equal(&a->items[2 * i + 1], other))
			return false;
	}
	return true;
}

bool sl_eval_equal(const struct sl_eval_any *a, const struct sl_eval_any *b)
{
	if (is_number(a->kind) && is_number(b->kind))
		return compare_numbers(a, b) == 0;
	if (a->kind != b->kind)
		return false;
	switch (a->kind) {
	case SL_KIND_STRING:
	case SL_KIND_BYTES:
		return sl_slice_equal(a->text, b->text);
	case SL_KIND_LIST:
		return equal_lists(a, b);
	case SL_KIND_MAP:
		return equal_maps(a, b);
	case SL_KIND_NULL:
		return true;
	case SL_KIND_TIMESTAMP:
	case SL_KIND_DURATION:
		return a->integer == b->integer && a->nanos == b->nanos;
	default:
		return a->integer == b->integer;
	}
}

static int compare_times(const struct sl_eval_any *a, const struct sl_eval_any *b)
{
	int sign = sign_of(a->integer, b->integer);

	return sign ? sign : sign_of(a->nanos, b->nanos);
}

struct sl_eval_any sl_eval_order(enum sl_function function, const struct sl_eval_any *a,
				 const struct sl_eval_any *b)
{
	int sign;

	if (is_number(a->kind) && is_number(b->kind))
		sign = compare_numbers(a, b);
	else if (a->kind != b->kind)
		return sl_eval_fault(SL_FAULT_NO_OVERLOAD);
	else if (a->kind == SL_KIND_STRING || a->kind == SL_KIND_BYTES)
		sign = sl_slice_compare(a->text, b->text);
	else if (a->kind == SL_KIND_BOOL)
		sign = sign_of(a->integer, b->integer);
	else if (a->kind == SL_KIND_TIMESTAMP || a->kind == SL_KIND_DURATION)
		sign = compare_times(a, b);
	else
		return sl_eval_fault(SL_FAULT_NO_OVERLOAD);
	if (is_number(a->kind) && sign == UNORDERED)
		return sl_eval_bool(false);
	switch (function) {
	case SL_FUNCTION_LT:
		return sl_eval_bool(sign < 0);
	case SL_FUNCTION_LE:
		return sl_eval_bool(sign <= 0);
	case SL_FUNCTION_GT:
		return sl_eval_bool(sign > 0);
	default:
		return sl_eval_bool(sign >= 0);
	}
}
