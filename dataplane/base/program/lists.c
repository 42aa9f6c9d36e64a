/* Members of lists and maps. */
#include "program_priv.h"

/* A whole number within int64 of an int, uint or double, exactly. */
static bool whole_of(const struct sl_any *value, int64_t *ret_whole)
{
	switch (value->kind) {
	case SL_KIND_INT:
		*ret_whole = value->integer;
		return true;
	case SL_KIND_UINT:
		*ret_whole = (int64_t)value->natural;
		return value->natural <= INT64_MAX;
	case SL_KIND_DOUBLE:
		if (!(value->decimal >= -0x1p63 && value->decimal < 0x1p63))
			return false;
		*ret_whole = (int64_t)value->decimal;
		return (double)*ret_whole == value->decimal;
	default:
		return false;
	}
}

bool sl_any_same_key(const struct sl_any *a, const struct sl_any *b)
{
	int64_t x, y;

	if (a->kind == SL_KIND_STRING && b->kind == SL_KIND_STRING)
		return a->count == b->count &&
		       (a->count == 0 || memcmp(a->text, b->text, a->count) == 0);
	if (a->kind == SL_KIND_BOOL && b->kind == SL_KIND_BOOL)
		return a->integer == b->integer;
	if (whole_of(a, &x))
		return whole_of(b, &y) && x == y;
	/* what is left of whole numbers: 2^63 and above */
	if (a->kind == SL_KIND_UINT && b->kind == SL_KIND_UINT)
		return a->natural == b->natural;
	if (a->kind == SL_KIND_UINT && b->kind == SL_KIND_DOUBLE)
		return b->decimal >= 0x1p63 && b->decimal < 0x1p64 &&
		       (uint64_t)b->decimal == a->natural;
	if (a->kind == SL_KIND_DOUBLE && b->kind == SL_KIND_UINT)
		return sl_any_same_key(b, a);
	return false;
}

bool sl_any_find_key(struct sl_run *run, const struct sl_any *map, const struct sl_any *key,
		     struct sl_any *ret_value)
{
	uint64_t key_bytes = key->kind == SL_KIND_STRING ? key->count : 0;

	if (!sl_run_step(run, map->count * (1 + key_bytes / 16)))
		return false;
	for (uint32_t i = 0; i < map->count; i++) {
		struct sl_any other = sl_any_member(run->artifact, map, 2 * i);

		if (sl_any_same_key(&other, key)) {
			*ret_value = sl_any_member(run->artifact, map, 2 * i + 1);
			return true;
		}
	}
	return false;
}

struct sl_any sl_any_in(struct sl_run *run, const struct sl_any *value, const struct sl_any *whole)
{
	struct sl_any found;

	if (whole->kind == SL_KIND_MAP)
		return sl_any_bool(sl_any_find_key(run, whole, value, &found));
	if (whole->kind != SL_KIND_LIST)
		return sl_any_fault(SL_FAULT_NO_OVERLOAD);
	for (uint32_t i = 0; i < whole->count && !run->over; i++) {
		struct sl_any item = sl_any_member(run->artifact, whole, i);

		if (sl_any_equal(run, value, &item, 0))
			return sl_any_bool(true);
	}
	return sl_any_bool(false);
}

struct sl_any sl_any_index(struct sl_run *run, const struct sl_any *whole, const struct sl_any *at)
{
	struct sl_any found;
	int64_t index;

	if (whole->kind == SL_KIND_MAP)
		return sl_any_find_key(run, whole, at, &found) ? found
							       : sl_any_fault(SL_FAULT_NO_KEY);
	if (whole->kind != SL_KIND_LIST ||
	    (at->kind != SL_KIND_INT && at->kind != SL_KIND_UINT && at->kind != SL_KIND_DOUBLE))
		return sl_any_fault(SL_FAULT_NO_OVERLOAD);
	if (!whole_of(at, &index) || index < 0 || index >= whole->count)
		return sl_any_fault(SL_FAULT_INDEX);
	return sl_any_member(run->artifact, whole, (uint32_t)index);
}

struct sl_any sl_any_select(struct sl_run *run, const struct sl_any *map, const struct sl_any *name,
			    bool has)
{
	struct sl_any found;
	bool there;

	if (map->kind != SL_KIND_MAP)
		return sl_any_fault(SL_FAULT_NO_OVERLOAD);
	there = sl_any_find_key(run, map, name, &found);
	if (has)
		return sl_any_bool(there);
	return there ? found : sl_any_fault(SL_FAULT_NO_KEY);
}

static bool may_be_key(const struct sl_any *value)
{
	return value->kind == SL_KIND_STRING || value->kind == SL_KIND_INT ||
	       value->kind == SL_KIND_UINT || value->kind == SL_KIND_BOOL;
}

struct sl_any sl_any_make_map(struct sl_run *run, const struct sl_any *members, uint32_t entries)
{
	struct sl_any map = {.kind = SL_KIND_MAP, .count = entries};
	struct sl_any *items = sl_run_take_items(run, 2ull * entries);

	if (!items || !sl_run_step(run, (uint64_t)entries * entries / 2))
		return map;
	for (uint32_t i = 0; i < entries; i++) {
		if (!may_be_key(&members[2 * i]))
			return sl_any_fault(SL_FAULT_NO_OVERLOAD);
		for (uint32_t j = 0; j < i; j++)
			if (sl_any_same_key(&members[2 * i], &members[2 * j]))
				return sl_any_fault(SL_FAULT_REPEATED_KEY);
	}
	memcpy(items, members, 2ull * entries * sizeof(*items));
	map.items = items;
	return map;
}
