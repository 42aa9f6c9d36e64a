#include "rules/expr/type_priv.h"

#include <stdio.h>

/* Each kind's own, those with parts of dyn. */
static const struct sl_type dyn = {.kind = SL_TYPE_DYN}, string = {.kind = SL_KIND_STRING};
static const struct sl_type strings = {.kind = SL_KIND_LIST, .element = &string};
static const struct sl_type plain[SL_KINDS] = {
	[SL_KIND_STRING] = {.kind = SL_KIND_STRING},
	[SL_KIND_INT] = {.kind = SL_KIND_INT},
	[SL_KIND_DOUBLE] = {.kind = SL_KIND_DOUBLE},
	[SL_KIND_BOOL] = {.kind = SL_KIND_BOOL},
	[SL_KIND_TIME] = {.kind = SL_KIND_TIMESTAMP},
	[SL_KIND_LIST] = {.kind = SL_KIND_LIST, .element = &dyn},
	[SL_KIND_MAP] = {.kind = SL_KIND_MAP, .key = &dyn, .element = &dyn},
	[SL_KIND_UINT] = {.kind = SL_KIND_UINT},
	[SL_KIND_BYTES] = {.kind = SL_KIND_BYTES},
	[SL_KIND_NULL] = {.kind = SL_KIND_NULL},
	[SL_KIND_TIMESTAMP] = {.kind = SL_KIND_TIMESTAMP},
	[SL_KIND_DURATION] = {.kind = SL_KIND_DURATION},
	[SL_KIND_TYPE] = {.kind = SL_KIND_TYPE},
};

const struct sl_type *sl_type_of(uint8_t kind)
{
	return kind < SL_KINDS && plain[kind].kind ? &plain[kind] : &dyn;
}

const struct sl_type *sl_type_list(struct sl_arena *arena, const struct sl_type *element)
{
	struct sl_type *type;

	if (!element)
		return NULL;
	if (element->kind == SL_TYPE_DYN)
		return &plain[SL_KIND_LIST];
	if (element->kind == SL_KIND_STRING)
		return &strings;
	type = sl_arena_alloc(arena, sizeof(*type));
	if (type)
		*type = (struct sl_type){.kind = SL_KIND_LIST, .element = element};
	return type;
}

const struct sl_type *sl_type_map(struct sl_arena *arena, const struct sl_type *key,
				  const struct sl_type *value)
{
	struct sl_type *type;

	if (!key || !value)
		return NULL;
	type = sl_arena_alloc(arena, sizeof(*type));
	if (type)
		*type = (struct sl_type){.kind = SL_KIND_MAP, .key = key, .element = value};
	return type;
}

bool sl_type_equal(const struct sl_type *a, const struct sl_type *b)
{
	if (a == b)
		return true;
	if (a->kind != b->kind)
		return false;
	if (a->kind == SL_KIND_MAP && !sl_type_equal(a->key, b->key))
		return false;
	return (a->kind != SL_KIND_LIST && a->kind != SL_KIND_MAP) ||
	       sl_type_equal(a->element, b->element);
}

static bool may_be_null(const struct sl_type *type)
{
	return type->kind == SL_KIND_TIMESTAMP || type->kind == SL_KIND_DURATION;
}

bool sl_types_fit(const struct sl_type *a, const struct sl_type *b)
{
	if (a == b || a->kind == SL_TYPE_DYN || b->kind == SL_TYPE_DYN)
		return true;
	if (a->kind != b->kind)
		return (a->kind == SL_KIND_NULL && may_be_null(b)) ||
		       (b->kind == SL_KIND_NULL && may_be_null(a));
	if (a->kind == SL_KIND_MAP && !sl_types_fit(a->key, b->key))
		return false;
	return (a->kind != SL_KIND_LIST && a->kind != SL_KIND_MAP) ||
	       sl_types_fit(a->element, b->element);
}

const struct sl_type *sl_types_join(struct sl_arena *arena, const struct sl_type *a,
				    const struct sl_type *b)
{
	if (!a || !b)
		return NULL;
	if (sl_type_equal(a, b))
		return a;
	if (!sl_types_fit(a, b) || a->kind == SL_TYPE_DYN || b->kind == SL_TYPE_DYN)
		return &dyn;
	if (a->kind == SL_KIND_LIST)
		return sl_type_list(arena, sl_types_join(arena, a->element, b->element));
	if (a->kind == SL_KIND_MAP)
		return sl_type_map(arena, sl_types_join(arena, a->key, b->key),
				   sl_types_join(arena, a->element, b->element));
	return a->kind == SL_KIND_NULL ? b : a;
}

static const char *many(const struct sl_type *type)
{
	static const char *const names[SL_KINDS] = {
		[SL_KIND_STRING] = "strings",     [SL_KIND_INT] = "ints",
		[SL_KIND_DOUBLE] = "decimals",    [SL_KIND_BOOL] = "true and false",
		[SL_KIND_LIST] = "lists",         [SL_KIND_MAP] = "maps",
		[SL_KIND_UINT] = "unsigned ints", [SL_KIND_BYTES] = "bytes",
		[SL_KIND_NULL] = "nulls",         [SL_KIND_TIMESTAMP] = "times",
		[SL_KIND_DURATION] = "durations", [SL_KIND_TYPE] = "types",
	};

	return type->kind < SL_KINDS && names[type->kind] ? names[type->kind] : "values";
}

const char *sl_type_text(const struct sl_type *type, char room[SL_TYPE_TEXT_MAX])
{
	static const char *const names[SL_KINDS] = {
		[SL_KIND_STRING] = "a string",
		[SL_KIND_INT] = "an int",
		[SL_KIND_DOUBLE] = "a decimal",
		[SL_KIND_BOOL] = "true or false",
		[SL_KIND_UINT] = "an unsigned int",
		[SL_KIND_BYTES] = "bytes",
		[SL_KIND_NULL] = "null",
		[SL_KIND_TIMESTAMP] = "a time",
		[SL_KIND_DURATION] = "a duration",
		[SL_KIND_TYPE] = "a type",
	};

	if (type->kind == SL_KIND_LIST && type->element->kind == SL_TYPE_DYN)
		return "a list";
	if (type->kind == SL_KIND_LIST)
		snprintf(room, SL_TYPE_TEXT_MAX, "a list of %s", many(type->element));
	else if (type->kind == SL_KIND_MAP && type->key->kind == SL_TYPE_DYN)
		return "a map";
	else if (type->kind == SL_KIND_MAP)
		snprintf(room, SL_TYPE_TEXT_MAX, "a map of %s to %s", many(type->key),
			 many(type->element));
	else
		return type->kind < SL_KINDS && names[type->kind] ? names[type->kind]
								  : "a value of any type";
	return room;
}
