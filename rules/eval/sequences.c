/* Functions that make a list of another one: slice, flatten, sort, distinct, reverse; lists.range.
 */
#include "rules/eval/eval_priv.h"

#include <math.h>

#define RANGE_MAX 1000000

static struct sl_eval_any no_overload(void)
{
	return sl_eval_fault(SL_FAULT_NO_OVERLOAD);
}

static struct sl_eval_any list_of(const struct sl_eval_any *items, uint32_t count)
{
	return (struct sl_eval_any){.kind = SL_KIND_LIST, .count = count, .items = items};
}

/* Values that share their members look far larger than they are: what goes through them pays. */
static bool step(struct sl_eval_room *room, uint64_t n)
{
	if (room->steps < n) {
		room->steps = 0;
		return false;
	}
	room->steps -= n;
	return true;
}

static struct sl_eval_any slice(const struct sl_eval_any *list, int64_t from, int64_t until)
{
	if (from < 0 || from > until || until > (int64_t)list->count)
		return sl_eval_fault(SL_FAULT_INDEX);
	return list_of(list->items + from, (uint32_t)(until - from));
}

static struct sl_eval_any reverse(struct sl_eval_room *room, const struct sl_eval_any *list)
{
	struct sl_eval_any *items = sl_eval_alloc(room, list->count * sizeof(*items));

	if (!items)
		return sl_eval_fault(SL_FAULT_LIMIT);
	for (uint32_t i = 0; i < list->count; i++)
		items[i] = list->items[list->count - 1 - i];
	return list_of(items, list->count);
}

/* How many there will be, and, where items is not NULL, which. */
static uint64_t flat(struct sl_eval_room *room, const struct sl_eval_any *list, int64_t depth,
		     struct sl_eval_any *items)
{
	uint64_t n = 0;

	for (uint32_t i = 0; i < list->count && (items || step(room, 1)); i++) {
		const struct sl_eval_any *item = &list->items[i];

		if (item->kind == SL_KIND_LIST && depth > 0)
			n += flat(room, item, depth - 1, items ? items + n : NULL);
		else if (items)
			items[n++] = *item;
		else
			n++;
	}
	return n;
}

static struct sl_eval_any flatten(struct sl_eval_room *room, const struct sl_eval_any *list,
				  int64_t depth)
{
	struct sl_eval_any *items;
	uint64_t n;

	if (depth < 0)
		return sl_eval_fault(SL_FAULT_ARGUMENT);
	n = flat(room, list, depth, NULL);
	items = room->steps ? sl_eval_alloc(room, n * sizeof(*items)) : NULL;
	if (!items || n > UINT32_MAX)
		return sl_eval_fault(SL_FAULT_LIMIT);
	flat(room, list, depth, items);
	return list_of(items, (uint32_t)n);
}

static bool stands_in(const struct sl_eval_any *items, uint32_t n, const struct sl_eval_any *item)
{
	for (uint32_t i = 0; i < n; i++)
		if (sl_eval_equal(&items[i], item))
			return true;
	return false;
}

static struct sl_eval_any distinct(struct sl_eval_room *room, const struct sl_eval_any *list)
{
	struct sl_eval_any *items = sl_eval_alloc(room, list->count * sizeof(*items));
	uint32_t n = 0;

	if (!items)
		return sl_eval_fault(SL_FAULT_LIMIT);
	for (uint32_t i = 0; i < list->count; i++) {
		if (!step(room, n))
			return sl_eval_fault(SL_FAULT_LIMIT);
		if (!stands_in(items, n, &list->items[i]))
			items[n++] = list->items[i];
	}
	return list_of(items, n);
}

/* By insertion, so that what is equal stays as it stood. */
static struct sl_eval_any sort(struct sl_eval_room *room, const struct sl_eval_any *list)
{
	struct sl_eval_any *items = sl_eval_alloc(room, list->count * sizeof(*items));
	bool has_nan = false;

	if (!items)
		return sl_eval_fault(SL_FAULT_LIMIT);
	for (uint32_t i = 0; i < list->count; i++) {
		const struct sl_eval_any *item = &list->items[i];

		if (item->kind != list->items[0].kind ||
		    sl_eval_order(SL_FUNCTION_LT, item, item).kind == SL_KIND_ERROR)
			return no_overload();
		has_nan |= item->kind == SL_KIND_DOUBLE && isnan(item->decimal);
	}
	if (has_nan)
		return sl_eval_fault(SL_FAULT_ARGUMENT);
	for (uint32_t i = 0; i < list->count; i++) {
		uint32_t at = i;

		for (; at > 0 &&
		       sl_eval_order(SL_FUNCTION_LT, &list->items[i], &items[at - 1]).integer;
		     at--)
			items[at] = items[at - 1];
		items[at] = list->items[i];
		if (!step(room, i - at))
			return sl_eval_fault(SL_FAULT_LIMIT);
	}
	return list_of(items, list->count);
}

static struct sl_eval_any range(struct sl_eval_room *room, int64_t n)
{
	struct sl_eval_any *items;

	if (n < 0 || n > RANGE_MAX)
		return sl_eval_fault(SL_FAULT_ARGUMENT);
	items = sl_eval_alloc(room, (uint64_t)n * sizeof(*items));
	if (!items)
		return sl_eval_fault(SL_FAULT_LIMIT);
	for (int64_t i = 0; i < n; i++)
		items[i] = sl_eval_int(i);
	return list_of(items, (uint32_t)n);
}

struct sl_eval_any sl_eval_sequence(struct sl_eval_room *room, enum sl_function function,
				    const struct sl_eval_any *args, uint32_t n_args)
{
	const struct sl_eval_any *list = &args[0];
	bool one = n_args > 1 && args[1].kind == SL_KIND_INT;

	if (function == SL_FUNCTION_LISTS_RANGE)
		return n_args == 1 && args[0].kind == SL_KIND_INT ? range(room, args[0].integer)
								  : no_overload();
	if (n_args == 0 || list->kind != SL_KIND_LIST)
		return no_overload();
	if (function == SL_FUNCTION_SLICE)
		return one && n_args == 3 && args[2].kind == SL_KIND_INT
			       ? slice(list, args[1].integer, args[2].integer)
			       : no_overload();
	if (function == SL_FUNCTION_FLATTEN && n_args == 2)
		return one ? flatten(room, list, args[1].integer) : no_overload();
	if (n_args != 1)
		return no_overload();
	switch (function) {
	case SL_FUNCTION_FLATTEN:
		return flatten(room, list, 1);
	case SL_FUNCTION_SORT:
		return sort(room, list);
	case SL_FUNCTION_DISTINCT:
		return distinct(room, list);
	default: /* REVERSE */
		return reverse(room, list);
	}
}
