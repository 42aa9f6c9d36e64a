/* Functions that make a list of another one: slice, flatten, sort, distinct, reverse; lists.range.
 */
#include "program_priv.h"

#define RANGE_MAX 1000000

static struct sl_any no_overload(void)
{
	return sl_any_fault(SL_FAULT_NO_OVERLOAD);
}

/* The members of a list as they are, in the room; NULL: there is none left. */
static struct sl_any *copy(struct sl_run *run, const struct sl_any *list, uint32_t from,
			   uint32_t count)
{
	struct sl_any *items = sl_run_take_items(run, count);

	if (!items || !sl_run_step(run, count))
		return NULL;
	for (uint32_t i = 0; i < count; i++)
		items[i] = sl_any_member(run->artifact, list, from + i);
	return items;
}

static struct sl_any slice(struct sl_run *run, const struct sl_any *list, int64_t from,
			   int64_t until)
{
	struct sl_any *items;

	if (from < 0 || until < from || until > list->count)
		return sl_any_fault(SL_FAULT_INDEX);
	items = copy(run, list, (uint32_t)from, (uint32_t)(until - from));
	return sl_any_list(items, items ? (uint32_t)(until - from) : 0);
}

static struct sl_any reverse(struct sl_run *run, const struct sl_any *list)
{
	struct sl_any *items = copy(run, list, 0, list->count);

	for (uint32_t i = 0; items && i < list->count / 2; i++) {
		struct sl_any item = items[i];

		items[i] = items[list->count - 1 - i];
		items[list->count - 1 - i] = item;
	}
	return sl_any_list(items, items ? list->count : 0);
}

/* Its members to the end of the room, where nothing else is taken meanwhile. */
static bool flatten_into(struct sl_run *run, const struct sl_any *list, int64_t depth,
			 uint32_t nested, uint32_t *count)
{
	if (nested > SL_ANY_DEPTH_MAX) {
		run->over = true;
		return false;
	}
	for (uint32_t i = 0; i < list->count; i++) {
		struct sl_any item = sl_any_member(run->artifact, list, i);
		struct sl_any *place;

		if (!sl_run_step(run, 1))
			return false;
		if (item.kind == SL_KIND_LIST && depth > 0) {
			if (!flatten_into(run, &item, depth - 1, nested + 1, count))
				return false;
			continue;
		}
		place = sl_run_take_items(run, 1);
		if (!place)
			return false;
		*place = item;
		(*count)++;
	}
	return true;
}

static struct sl_any flatten(struct sl_run *run, const struct sl_any *list, int64_t depth)
{
	const struct sl_any *items = (struct sl_any *)(void *)(run->at + run->used);
	uint32_t count = 0;

	if (depth < 0)
		return sl_any_fault(SL_FAULT_ARGUMENT);
	flatten_into(run, list, depth, 0, &count);
	return sl_any_list(items, count);
}

static struct sl_any distinct(struct sl_run *run, const struct sl_any *list)
{
	struct sl_any *items = sl_run_take_items(run, list->count);
	uint32_t count = 0;

	for (uint32_t i = 0; items && i < list->count && !run->over; i++) {
		struct sl_any item = sl_any_member(run->artifact, list, i);
		uint32_t j = 0;

		while (j < count && !run->over && !sl_any_equal(run, &items[j], &item, 0))
			j++;
		if (j == count)
			items[count++] = item;
	}
	return sl_any_list(items, count);
}

static bool has_order(uint8_t kind)
{
	return kind == SL_KIND_INT || kind == SL_KIND_UINT || kind == SL_KIND_DOUBLE ||
	       kind == SL_KIND_BOOL || kind == SL_KIND_STRING || kind == SL_KIND_BYTES ||
	       kind == SL_KIND_TIMESTAMP || kind == SL_KIND_DURATION;
}

/* All of one kind that has an order, and no NaN: else the fault. */
static enum sl_fault check_sortable(const struct sl_any *items, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++)
		if (!has_order(items[i].kind) || items[i].kind != items[0].kind)
			return SL_FAULT_NO_OVERLOAD;
	for (uint32_t i = 0; i < count && items[0].kind == SL_KIND_DOUBLE; i++)
		if (items[i].decimal != items[i].decimal)
			return SL_FAULT_ARGUMENT;
	return SL_FAULT_NONE;
}

/* Two runs that lie side by side, [from, middle) and [middle, end), become one in `to`. */
static void merge(struct sl_run *run, const struct sl_any *items, uint32_t from, uint32_t middle,
		  uint32_t end, struct sl_any *to)
{
	uint32_t a = from, b = middle;

	for (uint32_t i = from; i < end; i++) {
		bool second =
			a == middle || (b < end && sl_any_order(&items[b], &items[a]) == SL_LESS);
		const struct sl_any *item = &items[second ? b++ : a++];

		if (item->kind == SL_KIND_STRING || item->kind == SL_KIND_BYTES)
			sl_run_look(run, item->count);
		to[i] = *item;
	}
}

static struct sl_any sort(struct sl_run *run, const struct sl_any *list)
{
	uint32_t n = list->count;
	struct sl_any *items = copy(run, list, 0, n), *other = sl_run_take_items(run, n);
	enum sl_fault fault;

	if (!items || !other)
		return *list;
	fault = check_sortable(items, n);
	if (fault != SL_FAULT_NONE)
		return sl_any_fault(fault);
	for (uint32_t width = 1; width < n && sl_run_step(run, n); width *= 2) {
		struct sl_any *sorted = other;

		for (uint32_t from = 0; from < n && !run->over; from += 2 * width) {
			uint32_t middle = n - from < width ? n : from + width;
			uint32_t end = n - middle < width ? n : middle + width;

			merge(run, items, from, middle, end, other);
		}
		other = items;
		items = sorted;
	}
	return sl_any_list(items, n);
}

static struct sl_any range(struct sl_run *run, int64_t count)
{
	struct sl_any *items;

	if (count < 0 || count > RANGE_MAX)
		return sl_any_fault(SL_FAULT_ARGUMENT);
	items = sl_run_take_items(run, (uint64_t)count);
	if (!items || !sl_run_step(run, (uint64_t)count))
		return sl_any_list(NULL, 0);
	for (uint32_t i = 0; i < count; i++)
		items[i] = sl_any_int(i);
	return sl_any_list(items, (uint32_t)count);
}

static bool are_ints(const struct sl_any *args, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++)
		if (args[i].kind != SL_KIND_INT)
			return false;
	return true;
}

struct sl_any sl_any_call_sequence(struct sl_run *run, enum sl_function function,
				   const struct sl_any *args, uint32_t n)
{
	if (function == SL_FUNCTION_LISTS_RANGE)
		return n == 1 && are_ints(args, 1) ? range(run, args[0].integer) : no_overload();
	if (args[0].kind != SL_KIND_LIST || !are_ints(args + 1, n - 1))
		return no_overload();
	if (function == SL_FUNCTION_SLICE)
		return n == 3 ? slice(run, &args[0], args[1].integer, args[2].integer)
			      : no_overload();
	if (function == SL_FUNCTION_FLATTEN)
		return n <= 2 ? flatten(run, &args[0], n == 2 ? args[1].integer : 1)
			      : no_overload();
	if (n != 1)
		return no_overload();
	switch (function) {
	case SL_FUNCTION_SORT:
		return sort(run, &args[0]);
	case SL_FUNCTION_DISTINCT:
		return distinct(run, &args[0]);
	default: /* REVERSE */
		return reverse(run, &args[0]);
	}
}
