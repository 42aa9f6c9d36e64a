/* What ranges of one field have to do with each other. */
#include "rules/lint/lint_priv.h"

static struct sl_expr literals[2] = {
	{.kind = SL_EXPR_LITERAL, .type = SL_KIND_BOOL, .integer = 0},
	{.kind = SL_EXPR_LITERAL, .type = SL_KIND_BOOL, .integer = 1},
};
struct sl_expr *const sl_range_booleans[2] = {&literals[0], &literals[1]};

static bool is_number(uint8_t kind)
{
	return kind == SL_KIND_INT || kind == SL_KIND_UINT || kind == SL_KIND_DOUBLE;
}

static bool is_time(uint8_t kind)
{
	return kind == SL_KIND_TIMESTAMP || kind == SL_KIND_DURATION;
}

bool sl_range_is_ordered_like(const struct sl_expr *a, const struct sl_expr *b)
{
	return a->type == b->type || (is_number(a->type) && is_number(b->type));
}

/* An 80-bit long double holds every int, uint and double; where it is shorter, neighbours far out
 * may look equal, and less is told. */
static long double number_of(const struct sl_expr *literal)
{
	switch (literal->type) {
	case SL_KIND_UINT:
		return (long double)literal->natural;
	case SL_KIND_DOUBLE:
		return (long double)literal->decimal;
	default:
		return (long double)literal->integer;
	}
}

/* Of literals that are ordered like each other. */
static int order(const struct sl_expr *a, const struct sl_expr *b)
{
	if (a->type == SL_KIND_STRING || a->type == SL_KIND_BYTES)
		return sl_slice_compare(a->text, b->text);
	if (is_time(a->type) && a->integer == b->integer)
		return (a->nanos > b->nanos) - (a->nanos < b->nanos);
	if (is_number(a->type))
		return (number_of(a) > number_of(b)) - (number_of(a) < number_of(b));
	return (a->integer > b->integer) - (a->integer < b->integer);
}

static bool is_equal(const struct sl_expr *a, const struct sl_expr *b)
{
	return sl_range_is_ordered_like(a, b) && order(a, b) == 0;
}

static bool is_one_of(const struct sl_expr *value, const struct sl_range *range)
{
	for (uint32_t i = 0; i < range->n_values; i++) {
		if (is_equal(value, range->values[i]))
			return true;
	}
	return false;
}

static bool text_has(struct sl_slice text, struct sl_slice part)
{
	return part.bytes == 0 || memmem(text.at, text.bytes, part.at, part.bytes);
}

static bool text_begins(struct sl_slice text, struct sl_slice part)
{
	return text.bytes >= part.bytes && memcmp(text.at, part.at, part.bytes) == 0;
}

static bool text_ends(struct sl_slice text, struct sl_slice part)
{
	return text.bytes >= part.bytes &&
	       memcmp(text.at + text.bytes - part.bytes, part.at, part.bytes) == 0;
}

/* Whether the value is in the range. */
static bool holds(const struct sl_range *range, const struct sl_expr *value)
{
	int low, high;

	switch (range->kind) {
	case SL_RANGE_AMONG:
		return is_one_of(value, range);
	case SL_RANGE_OUTSIDE:
		return !is_one_of(value, range);
	case SL_RANGE_INTERVAL:
		low = range->low ? order(value, range->low) : 1;
		high = range->high ? order(value, range->high) : -1;
		return (low > 0 || (low == 0 && !range->low_open)) &&
		       (high < 0 || (high == 0 && !range->high_open));
	case SL_RANGE_PREFIX:
		return text_begins(value->text, range->values[0]->text);
	case SL_RANGE_SUFFIX:
		return text_ends(value->text, range->values[0]->text);
	case SL_RANGE_CONTAINS:
		return text_has(value->text, range->values[0]->text);
	default:
		return true;
	}
}

static bool is_text(const struct sl_range *range)
{
	return range->kind >= SL_RANGE_PREFIX;
}

bool sl_range_is_empty(const struct sl_range *range)
{
	int ends;

	if (range->kind == SL_RANGE_AMONG)
		return range->n_values == 0;
	if (range->kind != SL_RANGE_INTERVAL || !range->low || !range->high)
		return false;
	ends = order(range->low, range->high);
	return ends > 0 || (ends == 0 && (range->low_open || range->high_open));
}

bool sl_range_is_all(const struct sl_range *range)
{
	if (is_text(range))
		return range->values[0]->text.bytes == 0;
	return range->kind == SL_RANGE_OUTSIDE && range->n_values == 0;
}

static bool is_below(const struct sl_range *a, const struct sl_range *b)
{
	int ends;

	if (!a->high || !b->low)
		return false;
	ends = order(a->high, b->low);
	return ends < 0 || (ends == 0 && (a->high_open || b->low_open));
}

static bool gap_of_ints(const struct sl_range *a, const struct sl_range *b)
{
	/* x > 5 && x < 6 */
	return a->field->type == SL_KIND_INT && a->low && b->high && a->low_open && b->high_open &&
	       a->low->type == SL_KIND_INT && b->high->type == SL_KIND_INT &&
	       a->low->integer < INT64_MAX && a->low->integer + 1 == b->high->integer;
}

bool sl_ranges_disjoint(const struct sl_range *a, const struct sl_range *b)
{
	if (sl_range_is_empty(a) || sl_range_is_empty(b))
		return true;
	if (a->kind != SL_RANGE_AMONG && b->kind == SL_RANGE_AMONG) {
		const struct sl_range *other = a;

		a = b;
		b = other;
	}
	if (a->kind == SL_RANGE_AMONG && b->kind != SL_RANGE_NONE) {
		for (uint32_t i = 0; i < a->n_values; i++) {
			if (holds(b, a->values[i]))
				return false;
		}
		return true;
	}
	if (a->kind == SL_RANGE_INTERVAL && b->kind == SL_RANGE_INTERVAL)
		return is_below(a, b) || is_below(b, a) || gap_of_ints(a, b) || gap_of_ints(b, a);
	if (a->kind == b->kind && (a->kind == SL_RANGE_PREFIX || a->kind == SL_RANGE_SUFFIX))
		return !holds(a, b->values[0]) && !holds(b, a->values[0]);
	return false;
}

static bool reaches_low(const struct sl_range *a, const struct sl_range *b)
{
	int ends;

	if (!b->low)
		return true;
	if (!a->low)
		return false;
	ends = order(a->low, b->low);
	return ends > 0 || (ends == 0 && (a->low_open || !b->low_open));
}

static bool reaches_high(const struct sl_range *a, const struct sl_range *b)
{
	int ends;

	if (!b->high)
		return true;
	if (!a->high)
		return false;
	ends = order(a->high, b->high);
	return ends < 0 || (ends == 0 && (a->high_open || !b->high_open));
}

bool sl_range_within(const struct sl_range *a, const struct sl_range *b)
{
	if (b->kind == SL_RANGE_NONE || a->kind == SL_RANGE_NONE)
		return false;
	if (a->kind == SL_RANGE_AMONG) {
		for (uint32_t i = 0; i < a->n_values; i++) {
			if (!holds(b, a->values[i]))
				return false;
		}
		return true;
	}
	if (b->kind == SL_RANGE_OUTSIDE && a->kind != SL_RANGE_OUTSIDE) {
		for (uint32_t i = 0; i < b->n_values; i++) {
			if (holds(a, b->values[i]))
				return false;
		}
		return true;
	}
	if (a->kind == SL_RANGE_OUTSIDE && b->kind == SL_RANGE_OUTSIDE) {
		for (uint32_t i = 0; i < b->n_values; i++) {
			if (!is_one_of(b->values[i], a))
				return false;
		}
		return true;
	}
	if (a->kind == SL_RANGE_INTERVAL && b->kind == SL_RANGE_INTERVAL)
		return reaches_low(a, b) && reaches_high(a, b);
	/* what begins with "abc" begins with "ab", and contains "bc" */
	return is_text(a) && is_text(b) && (a->kind == b->kind || b->kind == SL_RANGE_CONTAINS) &&
	       holds(b, a->values[0]);
}

static bool meet(const struct sl_range *below, const struct sl_range *above)
{
	int ends;

	if (below->low || !below->high || !above->low || above->high)
		return false;
	ends = order(below->high, above->low);
	return ends > 0 || (ends == 0 && !(below->high_open && above->low_open));
}

bool sl_ranges_cover(const struct sl_range *a, const struct sl_range *b)
{
	if (a->kind == SL_RANGE_INTERVAL && b->kind == SL_RANGE_INTERVAL)
		return meet(a, b) || meet(b, a);
	if (a->kind == SL_RANGE_AMONG && a->field->type == SL_KIND_BOOL &&
	    b->kind == SL_RANGE_AMONG)
		return (holds(a, sl_range_booleans[0]) || holds(b, sl_range_booleans[0])) &&
		       (holds(a, sl_range_booleans[1]) || holds(b, sl_range_booleans[1]));
	if (a->kind != SL_RANGE_OUTSIDE) {
		const struct sl_range *other = a;

		a = b;
		b = other;
	}
	if (a->kind != SL_RANGE_OUTSIDE || b->kind == SL_RANGE_NONE)
		return false;
	for (uint32_t i = 0; i < a->n_values; i++) {
		if (!holds(b, a->values[i]))
			return false;
	}
	return true;
}
