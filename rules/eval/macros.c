/* has() and the five loops. A loop runs over a list's items or a map's keys. */
#include "rules/eval/walk_priv.h"

/* has(x.y): whether the event has the field, or an earlier one had it, or the map the key. */
static struct sl_eval_any has(struct sl_eval_walk *walk, const struct sl_expr *asked)
{
	struct sl_eval_any of, key, fault = sl_eval_fault(SL_FAULT_NO_OVERLOAD);

	if (asked->kind == SL_EXPR_FIELD)
		return sl_eval_bool(walk->fields && walk->fields[asked->slot].kind != SL_KIND_NONE);
	if (asked->kind == SL_EXPR_BOUND) /* what an earlier step's event had */
		return sl_eval_bool(walk->bound[asked->slot].kind != SL_KIND_ERROR);
	if (asked->kind != SL_EXPR_SELECT)
		return sl_eval_fault(SL_FAULT_NO_OVERLOAD);
	of = sl_eval_walk(walk, asked->args[0]);
	key = sl_eval_string(asked->text);
	if (of.kind == SL_KIND_ERROR)
		return of;
	fault.offset = asked->offset;
	return of.kind == SL_KIND_MAP ? sl_eval_bool(sl_eval_find(&of, &key) != NULL) : fault;
}

/* Item i of what a loop runs over. */
static struct sl_eval_any item(const struct sl_eval_any *range, uint32_t i)
{
	return range->items[range->kind == SL_KIND_MAP ? 2 * i : i];
}

/* A part of the loop's body with the variable set; what is no bool where one is needed becomes the
 * error that it is. */
static struct sl_eval_any ask(struct sl_eval_walk *walk, const struct sl_expr *call, uint32_t part,
			      const struct sl_eval_any *range, uint32_t i)
{
	struct sl_eval_any value;

	walk->variables[call->args[1]->slot] = item(range, i);
	value = sl_eval_walk(walk, call->args[part]);
	if (value.kind != SL_KIND_BOOL && value.kind != SL_KIND_ERROR)
		return sl_eval_fault(SL_FAULT_NO_OVERLOAD);
	return value;
}

/* all and exists: as && and || over the items. */
static struct sl_eval_any all_or_exists(struct sl_eval_walk *walk, const struct sl_expr *call,
					const struct sl_eval_any *range)
{
	bool decides = call->function == SL_FUNCTION_EXISTS;
	struct sl_eval_any answer = sl_eval_bool(!decides);

	for (uint32_t i = 0; i < range->count; i++) {
		struct sl_eval_any one = ask(walk, call, 2, range, i);

		if (one.kind == SL_KIND_BOOL && one.integer == decides)
			return sl_eval_bool(decides);
		if (one.kind == SL_KIND_ERROR && answer.kind == SL_KIND_BOOL)
			answer = one;
		if (one.kind == SL_KIND_ERROR && one.fault == SL_FAULT_LIMIT)
			return one; /* nothing behind it can be computed either */
	}
	return answer;
}

static struct sl_eval_any exists_one(struct sl_eval_walk *walk, const struct sl_expr *call,
				     const struct sl_eval_any *range)
{
	uint32_t found = 0;

	for (uint32_t i = 0; i < range->count; i++) {
		struct sl_eval_any one = ask(walk, call, 2, range, i);

		if (one.kind == SL_KIND_ERROR)
			return one;
		found += one.integer != 0;
	}
	return sl_eval_bool(found == 1);
}

/* map, map with a predicate, and filter, which is a map to the item itself. */
static struct sl_eval_any new_list(struct sl_eval_walk *walk, const struct sl_expr *call,
				   const struct sl_eval_any *range)
{
	struct sl_eval_any *items = sl_eval_alloc(&walk->room, range->count * sizeof(*items));
	bool filter = call->function == SL_FUNCTION_FILTER;
	uint32_t n = 0;

	if (!items)
		return sl_eval_fault(SL_FAULT_LIMIT);
	for (uint32_t i = 0; i < range->count; i++) {
		if (filter || call->n_args == 4) {
			struct sl_eval_any wanted = ask(walk, call, 2, range, i);

			if (wanted.kind == SL_KIND_ERROR)
				return wanted;
			if (!wanted.integer)
				continue;
		}
		walk->variables[call->args[1]->slot] = item(range, i);
		items[n] =
			filter ? item(range, i) : sl_eval_walk(walk, call->args[call->n_args - 1]);
		if (items[n++].kind == SL_KIND_ERROR)
			return items[n - 1];
	}
	return (struct sl_eval_any){.kind = SL_KIND_LIST, .count = n, .items = items};
}

struct sl_eval_any sl_eval_macro(struct sl_eval_walk *walk, const struct sl_expr *call)
{
	struct sl_eval_any range;

	if (call->function == SL_FUNCTION_HAS)
		return has(walk, call->args[0]);
	range = sl_eval_walk(walk, call->args[0]);
	if (range.kind == SL_KIND_ERROR)
		return range;
	if (range.kind != SL_KIND_LIST && range.kind != SL_KIND_MAP)
		return sl_eval_fault(SL_FAULT_NO_OVERLOAD);
	switch (call->function) {
	case SL_FUNCTION_ALL:
	case SL_FUNCTION_EXISTS:
		return all_or_exists(walk, call, &range);
	case SL_FUNCTION_EXISTS_ONE:
		return exists_one(walk, call, &range);
	default:
		return new_list(walk, call, &range);
	}
}
