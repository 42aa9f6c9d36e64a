/* Aggregates of a window: count(), sum(f), min(f), max(f), avg(f), distinct(f). */
#include "rules/campaign/campaign_priv.h"
#include "rules/expr/type_priv.h"

#include <stdarg.h>
#include <stdio.h>

static const struct {
	const char *name;
	enum sl_aggregate_function function;
	unsigned types; /* of fields that it takes, bits of enum sl_field_type */
	const char *takes;
} functions[] = {
	{"count", SL_AGGREGATE_COUNT, 0, ""},
	{"sum", SL_AGGREGATE_SUM, 1u << SL_TYPE_INT | 1u << SL_TYPE_DECIMAL, "numbers"},
	{"min", SL_AGGREGATE_MIN, 1u << SL_TYPE_INT | 1u << SL_TYPE_DECIMAL | 1u << SL_TYPE_TIME,
	 "numbers and times"},
	{"max", SL_AGGREGATE_MAX, 1u << SL_TYPE_INT | 1u << SL_TYPE_DECIMAL | 1u << SL_TYPE_TIME,
	 "numbers and times"},
	{"avg", SL_AGGREGATE_AVG, 1u << SL_TYPE_INT | 1u << SL_TYPE_DECIMAL, "numbers"},
	{"distinct", SL_AGGREGATE_DISTINCT,
	 1u << SL_TYPE_INT | 1u << SL_TYPE_DECIMAL | 1u << SL_TYPE_TIME | 1u << SL_TYPE_STRING |
		 1u << SL_TYPE_BOOL,
	 "every field but lists"},
};

#define FUNCTIONS (sizeof(functions) / sizeof(functions[0]))

static size_t find(struct sl_slice name)
{
	size_t i = 0;

	while (i < FUNCTIONS && !sl_slice_is(name, functions[i].name))
		i++;
	return i;
}

bool sl_window_is_function(struct sl_slice name)
{
	return find(name) < FUNCTIONS;
}

static uint32_t add(struct sl_window_text *window, enum sl_aggregate_function function,
		    uint16_t slot)
{
	for (uint32_t i = 0; i < window->n_aggregates; i++)
		if (window->aggregates[i].function == function &&
		    window->aggregates[i].slot == slot)
			return i;
	if (window->n_aggregates == SL_AGGREGATES_MAX)
		return UINT32_MAX;
	window->aggregates[window->n_aggregates] =
		(struct sl_aggregate_text){.function = function, .slot = slot};
	return window->n_aggregates++;
}

static uint8_t type_of(enum sl_aggregate_function function, uint8_t field)
{
	if (function == SL_AGGREGATE_COUNT || function == SL_AGGREGATE_DISTINCT)
		return SL_KIND_INT;
	return function == SL_AGGREGATE_AVG ? SL_KIND_DOUBLE : field;
}

static void __attribute__((format(printf, 5, 6)))
complain(const struct sl_expr_context *context, const struct sl_expr *at, const char *code,
	 const char *hint, const char *format, ...)
{
	char message[384];
	va_list args;

	va_start(args, format);
	vsnprintf(message, sizeof(message), format, args);
	va_end(args);
	sl_mistake(context->diagnostics, sl_expr_place(context, at->offset), code, hint, "%s",
		   message);
}

/* The field in the brackets; NULL: reported. */
static const struct sl_schema_field *field_of(const struct sl_expr_context *context, size_t which,
					      const struct sl_expr *path, struct sl_expr *node,
					      uint16_t *ret_slot)
{
	char room[SL_PATH_TEXT_MAX];
	struct sl_slice text = {.at = room};
	const char *name = functions[which].name;
	int slot;

	if (!path || !sl_expr_path(path, room, &text.bytes)) {
		complain(context, path ? path : node, "bad_call", "as in `sum(amount)`",
			 "`%s` is called with one field", name);
		return NULL;
	}
	slot = sl_schema_find(context->schema, text);
	if (slot < 0) {
		complain(context, path, "unknown_field", "", "the schema has no field `%.*s`",
			 SL_SLICE_ARGS(text));
		return NULL;
	}
	if (!(functions[which].types >> context->schema->fields[slot].type & 1)) {
		complain(context, path, "type_mismatch", "", "`%s` takes %s, `%.*s` is of type %s",
			 name, functions[which].takes, SL_SLICE_ARGS(text),
			 sl_schema_type_name(context->schema->fields[slot].type));
		return NULL;
	}
	*ret_slot = (uint16_t)slot;
	return &context->schema->fields[slot];
}

bool sl_window_bind(const struct sl_expr_context *context, struct sl_window_text *window,
		    struct sl_slice function, const struct sl_expr *path, struct sl_expr *node)
{
	const struct sl_schema_field *field = NULL;
	size_t which = find(function);
	uint16_t slot = 0;
	uint32_t index;
	char *name;

	if (which == 0 && path) {
		complain(context, path, "bad_call",
			 "`count()` counts events; of the values of a field it is "
			 "`distinct(field)`",
			 "`count` has nothing in its brackets");
		return false;
	}
	if (which > 0) {
		field = field_of(context, which, path, node, &slot);
		if (!field)
			return false;
	}
	index = add(window, functions[which].function, slot);
	if (index == UINT32_MAX) {
		complain(context, node, "too_many", "", "a window has at most %u aggregates",
			 SL_AGGREGATES_MAX);
		return false;
	}
	/* the name is part of the condition's identity */
	name = sl_arena_alloc(context->arena, SL_PATH_TEXT_MAX + 16);
	if (!name) {
		sl_diagnostics_fail(context->diagnostics);
		return false;
	}
	snprintf(name, SL_PATH_TEXT_MAX + 16, "%s(%.*s)", functions[which].name,
		 field ? (int)field->path.bytes : 0, field ? field->path.at : "");
	node->kind = SL_EXPR_BOUND;
	node->slot = (uint16_t)index;
	node->text = sl_slice_of(name);
	node->n_args = 0;
	node->member = false;
	node->function = SL_FUNCTION_NONE;
	node->of = sl_type_of(type_of(functions[which].function, field ? field->type : 0));
	node->type = node->of->kind;
	return true;
}
