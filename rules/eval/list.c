/* Lists and maps. A map is looked through entry by entry: keys that are the same number are the
 * same key, whatever their kind. */
#include "rules/eval/eval_priv.h"

#include <math.h>

/* A double finds the whole number that it is, and none that only rounds to it. */
static bool is_key(const struct sl_eval_any *key, const struct sl_eval_any *wanted)
{
	if (wanted->kind == SL_KIND_DOUBLE && key->kind == SL_KIND_INT)
		return wanted->decimal >= -0x1p63 && wanted->decimal < 0x1p63 &&
		       (int64_t)wanted->decimal == key->integer &&
		       (double)key->integer == wanted->decimal;
	if (wanted->kind == SL_KIND_DOUBLE && key->kind == SL_KIND_UINT)
		return wanted->decimal >= 0 && wanted->decimal < 0x1p64 &&
		       (uint64_t)wanted->decimal == key->natural &&
		       (double)key->natural == wanted->decimal;
	return sl_eval_equal(key, wanted);
}

const struct sl_eval_any *sl_eval_find(const struct sl_eval_any *map, const struct sl_eval_any *key)
{
	for (uint32_t i = 0; i < map->count; i++)
		if (is_key(&map->items[2 * i], key))
			return &map->items[2 * i + 1];
	return NULL;
}

static bool may_be_key(uint8_t kind)
{
	return kind == SL_KIND_BOOL || kind == SL_KIND_INT || kind == SL_KIND_UINT ||
	       kind == SL_KIND_STRING;
}

struct sl_eval_any sl_eval_make_map(const struct sl_eval_any *items, uint32_t n_items)
{
	struct sl_eval_any map = {.kind = SL_KIND_MAP, .items = items};

	for (uint32_t i = 0; i < n_items; i += 2) {
		if (!may_be_key(items[i].kind))
			return sl_eval_fault(SL_FAULT_NO_OVERLOAD);
		if (sl_eval_find(&map, &items[i]))
			return sl_eval_fault(SL_FAULT_REPEATED_KEY);
		map.count++;
	}
	return map;
}

/* The index as a whole number; a double counts where it is one. */
static bool whole_index(const struct sl_eval_any *at, int64_t *ret_index)
{
	if (at->kind == SL_KIND_INT) {
		*ret_index = at->integer;
		return true;
	}
	if (at->kind == SL_KIND_UINT) {
		*ret_index = at->natural > INT64_MAX ? -1 : (int64_t)at->natural;
		return true;
	}
	if (floor(at->decimal) != at->decimal || fabs(at->decimal) > 0x1p53)
		return false;
	*ret_index = (int64_t)at->decimal;
	return true;
}

static struct sl_eval_any list_item(const struct sl_eval_any *list, const struct sl_eval_any *at)
{
	int64_t index;

	if (at->kind != SL_KIND_INT && at->kind != SL_KIND_UINT && at->kind != SL_KIND_DOUBLE)
		return sl_eval_fault(SL_FAULT_NO_OVERLOAD);
	if (!whole_index(at, &index) || index < 0 || index >= (int64_t)list->count)
		return sl_eval_fault(SL_FAULT_INDEX);
	return list->items[index];
}

struct sl_eval_any sl_eval_index(const struct sl_eval_any *of, const struct sl_eval_any *at)
{
	const struct sl_eval_any *value;

	if (of->kind == SL_KIND_LIST)
		return list_item(of, at);
	if (of->kind != SL_KIND_MAP)
		return sl_eval_fault(SL_FAULT_NO_OVERLOAD);
	value = sl_eval_find(of, at);
	return value ? *value : sl_eval_fault(SL_FAULT_NO_KEY);
}

struct sl_eval_any sl_eval_in(const struct sl_eval_any *item, const struct sl_eval_any *of)
{
	if (of->kind == SL_KIND_MAP)
		return sl_eval_bool(sl_eval_find(of, item) != NULL);
	if (of->kind != SL_KIND_LIST)
		return sl_eval_fault(SL_FAULT_NO_OVERLOAD);
	for (uint32_t i = 0; i < of->count; i++)
		if (sl_eval_equal(&of->items[i], item))
			return sl_eval_bool(true);
	return sl_eval_bool(false);
}

struct sl_eval_any sl_eval_size(const struct sl_eval_any *of)
{
	switch (of->kind) {
	case SL_KIND_STRING:
		return sl_eval_int(sl_eval_letters(of->text));
	case SL_KIND_BYTES:
		return sl_eval_int(of->text.bytes);
	case SL_KIND_LIST:
	case SL_KIND_MAP:
		return sl_eval_int(of->count);
	default:
		return sl_eval_fault(SL_FAULT_NO_OVERLOAD);
	}
}
