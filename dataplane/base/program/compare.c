/* Equality and order. Numbers of different kinds compare by value; an int or uint beside a double
 * becomes one first, as everywhere in CEL. */
#include "program_priv.h"

int sl_compare_texts(const char *a, uint32_t a_bytes, const char *b, uint32_t b_bytes)
{
	uint32_t n = a_bytes < b_bytes ? a_bytes : b_bytes;
	int order = n ? memcmp(a, b, n) : 0;

	return order ? order : (a_bytes > b_bytes) - (a_bytes < b_bytes);
}

static bool is_number(const struct sl_any *value)
{
	return value->kind == SL_KIND_INT || value->kind == SL_KIND_UINT ||
	       value->kind == SL_KIND_DOUBLE;
}

static enum sl_order order_of(int sign)
{
	return sign < 0 ? SL_LESS : sign > 0 ? SL_GREATER : SL_EQUAL;
}

static enum sl_order order_ints(int64_t a, int64_t b)
{
	return order_of((a > b) - (a < b));
}

static enum sl_order order_uints(uint64_t a, uint64_t b)
{
	return order_of((a > b) - (a < b));
}

static double as_double(const struct sl_any *value)
{
	return value->kind == SL_KIND_DOUBLE ? value->decimal
	       : value->kind == SL_KIND_INT  ? (double)value->integer
					     : (double)value->natural;
}

static enum sl_order order_numbers(const struct sl_any *a, const struct sl_any *b)
{
	if (a->kind == SL_KIND_DOUBLE || b->kind == SL_KIND_DOUBLE) {
		double x = as_double(a), y = as_double(b);

		if (x != x || y != y)
			return SL_UNORDERED;
		return order_of((x > y) - (x < y));
	}
	if (a->kind == b->kind)
		return a->kind == SL_KIND_INT ? order_ints(a->integer, b->integer)
					      : order_uints(a->natural, b->natural);
	if (a->kind == SL_KIND_INT)
		return a->integer < 0 ? SL_LESS : order_uints((uint64_t)a->integer, b->natural);
	return b->integer < 0 ? SL_GREATER : order_uints(a->natural, (uint64_t)b->integer);
}

static enum sl_order order_times(const struct sl_any *a, const struct sl_any *b)
{
	return a->integer != b->integer ? order_ints(a->integer, b->integer)
					: order_ints(a->nanos, b->nanos);
}

enum sl_order sl_any_order(const struct sl_any *a, const struct sl_any *b)
{
	if (is_number(a) && is_number(b))
		return order_numbers(a, b);
	if (a->kind != b->kind)
		return SL_NO_ORDER;
	switch (a->kind) {
	case SL_KIND_STRING:
	case SL_KIND_BYTES:
		return order_of(sl_compare_texts(a->text, a->count, b->text, b->count));
	case SL_KIND_BOOL:
		return order_ints(a->integer, b->integer);
	case SL_KIND_TIMESTAMP:
	case SL_KIND_DURATION:
		return order_times(a, b);
	default:
		return SL_NO_ORDER;
	}
}

static bool equal_lists(struct sl_run *run, const struct sl_any *a, const struct sl_any *b,
			uint32_t depth)
{
	if (a->count != b->count)
		return false;
	for (uint32_t i = 0; i < a->count; i++) {
		struct sl_any x = sl_any_member(run->artifact, a, i);
		struct sl_any y = sl_any_member(run->artifact, b, i);

		if (!sl_any_equal(run, &x, &y, depth + 1))
			return false;
	}
	return true;
}

static bool equal_maps(struct sl_run *run, const struct sl_any *a, const struct sl_any *b,
		       uint32_t depth)
{
	if (a->count != b->count)
		return false;
	for (uint32_t i = 0; i < a->count; i++) {
		struct sl_any key = sl_any_member(run->artifact, a, 2 * i);
		struct sl_any x = sl_any_member(run->artifact, a, 2 * i + 1), y;

		if (!sl_any_find_key(run, b, &key, &y) || !sl_any_equal(run, &x, &y, depth + 1))
			return false;
	}
	return true;
}

bool sl_any_equal(struct sl_run *run, const struct sl_any *a, const struct sl_any *b,
		  uint32_t depth)
{
	if (!sl_run_step(run, 1))
		return false;
	if (depth > SL_ANY_DEPTH_MAX) {
		run->over = true;
		return false;
	}
	if (is_number(a) && is_number(b))
		return order_numbers(a, b) == SL_EQUAL;
	if (a->kind != b->kind)
		return false;
	switch (a->kind) {
	case SL_KIND_STRING:
	case SL_KIND_BYTES:
		return a->count == b->count &&
		       (a->count == 0 ||
			(sl_run_look(run, a->count) && memcmp(a->text, b->text, a->count) == 0));
	case SL_KIND_LIST:
		return equal_lists(run, a, b, depth);
	case SL_KIND_MAP:
		return equal_maps(run, a, b, depth);
	case SL_KIND_NULL:
		return true;
	case SL_KIND_TIMESTAMP:
	case SL_KIND_DURATION:
		return order_times(a, b) == SL_EQUAL;
	default: /* BOOL, TYPE */
		return a->integer == b->integer;
	}
}

struct sl_any sl_any_compare(struct sl_run *run, uint8_t op, const struct sl_any *a,
			     const struct sl_any *b)
{
	enum sl_order order;

	if (op == SL_OP_EQ || op == SL_OP_NE)
		return sl_any_bool(sl_any_equal(run, a, b, 0) == (op == SL_OP_EQ));
	if ((a->kind == SL_KIND_STRING || a->kind == SL_KIND_BYTES) && !sl_run_look(run, a->count))
		return *a;
	order = sl_any_order(a, b);
	if (order == SL_NO_ORDER)
		return sl_any_fault(SL_FAULT_NO_OVERLOAD);
	switch (op) {
	case SL_OP_LT:
		return sl_any_bool(order == SL_LESS);
	case SL_OP_LE:
		return sl_any_bool(order == SL_LESS || order == SL_EQUAL);
	case SL_OP_GT:
		return sl_any_bool(order == SL_GREATER);
	default: /* GE */
		return sl_any_bool(order == SL_GREATER || order == SL_EQUAL);
	}
}
