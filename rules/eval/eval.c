#include "rules/eval/eval.h"

#include "rules/campaign/set_priv.h"
#include "rules/eval/walk_priv.h"

#include "sluice/error.h"

#include <errno.h>
#include <stdlib.h>

struct sl_eval_set {
	struct sl_rules_set rules;
	struct sl_arena explained; /* of the last explanation */
};

static int open_with(int (*load)(struct sl_rules_set *rules, const void *of), const void *of,
		     struct sl_diagnostics *diagnostics, struct sl_eval_set **ret_set)
{
	struct sl_eval_set *set = calloc(1, sizeof(*set));
	int error;

	if (!set)
		return -ENOMEM;
	error = load(&set->rules, of);
	if (!error && sl_diagnostics_count(diagnostics, SL_SEVERITY_ERROR)) {
		sl_rules_set_fini(&set->rules);
		error = -SL_E_RULES;
	}
	if (error)
		free(set);
	else
		*ret_set = set;
	return error;
}

struct place {
	const char *path;
	const struct sl_rules_options *options;
	struct sl_diagnostics *diagnostics;
};

static int load_directory(struct sl_rules_set *rules, const void *of)
{
	const struct place *place = of;

	return sl_rules_set_load(place->path, place->options, place->diagnostics, rules);
}

static int load_schema(struct sl_rules_set *rules, const void *of)
{
	const struct place *place = of;

	return place->path ? sl_rules_set_load_schema(place->path, place->diagnostics, rules) : 0;
}

int sl_eval_open(const char *directory, const struct sl_rules_options *options,
		 struct sl_diagnostics *diagnostics, struct sl_eval_set **ret_set)
{
	const struct place place = {directory, options, diagnostics};

	return open_with(load_directory, &place, diagnostics, ret_set);
}

int sl_eval_open_schema(const char *path, struct sl_diagnostics *diagnostics,
			struct sl_eval_set **ret_set)
{
	const struct place place = {path, NULL, diagnostics};

	return open_with(load_schema, &place, diagnostics, ret_set);
}

void sl_eval_close(struct sl_eval_set *set)
{
	if (!set)
		return;
	sl_arena_fini(&set->explained);
	sl_rules_set_fini(&set->rules);
	free(set);
}

const struct sl_schema *sl_eval_schema(const struct sl_eval_set *set)
{
	return &set->rules.schema;
}

const struct sl_rules_set *sl_eval_rules(const struct sl_eval_set *set)
{
	return &set->rules;
}

uint32_t sl_eval_campaigns(const struct sl_eval_set *set)
{
	return set->rules.n_campaigns;
}

const char *sl_eval_name(const struct sl_eval_set *set, uint32_t campaign)
{
	return set->rules.campaigns[campaign].name.at;
}

const struct sl_expr *sl_eval_condition(const struct sl_eval_set *set, uint32_t campaign)
{
	return set->rules.campaigns[campaign].condition;
}

/* ---- events -------------------------------------------------------------------------------- */

static struct sl_eval_any strings(const struct sl_eval_value *value, struct sl_eval_room *room)
{
	struct sl_eval_any *items = sl_eval_alloc(room, value->count * sizeof(*items));

	if (!items)
		return sl_eval_fault(SL_FAULT_LIMIT);
	for (uint32_t i = 0; i < value->count; i++)
		items[i] =
			sl_eval_string((struct sl_slice){value->list[i].at, value->list[i].bytes});
	return (struct sl_eval_any){.kind = SL_KIND_LIST, .count = value->count, .items = items};
}

static struct sl_eval_any plain(const struct sl_eval_value *value, struct sl_eval_room *room)
{
	switch (value->type) {
	case SL_TYPE_STRING:
		return sl_eval_string((struct sl_slice){value->text.at, value->text.bytes});
	case SL_TYPE_INT:
		return sl_eval_int(value->integer);
	case SL_TYPE_DECIMAL:
		return sl_eval_double(value->decimal);
	case SL_TYPE_BOOL:
		return sl_eval_bool(value->integer != 0);
	case SL_TYPE_TIME:
		return sl_eval_timestamp(0, value->integer);
	default:
		return strings(value, room);
	}
}

void sl_eval_take_event(const struct sl_schema *schema, const struct sl_eval_value *values,
			size_t n_values, struct sl_eval_room *room, struct sl_eval_any *ret_fields)
{
	memset(ret_fields, 0, schema->n_fields * sizeof(*ret_fields));
	for (size_t i = 0; i < n_values; i++) {
		int slot = sl_schema_find(schema, sl_slice_of(values[i].path));

		if (slot >= 0 && schema->fields[slot].type == values[i].type)
			ret_fields[slot] = plain(&values[i], room);
	}
}

static void walk_init(struct sl_eval_walk *walk, struct sl_arena *arena,
		      const struct sl_eval_any *fields)
{
	memset(walk, 0, sizeof(*walk));
	walk->fields = fields;
	walk->room = (struct sl_eval_room){
		.arena = arena, .bytes = SL_EVAL_ROOM_BYTES, .steps = SL_EVAL_STEPS_MAX};
}

void sl_eval_event(const struct sl_eval_set *set, const struct sl_eval_value *values,
		   size_t n_values, enum sl_eval_answer *ret_answers)
{
	struct sl_eval_any fields[SL_FIELDS_MAX], value;
	struct sl_arena event = {0}, arena = {0};
	struct sl_eval_walk walk;

	walk_init(&walk, &event, fields);
	sl_eval_take_event(&set->rules.schema, values, n_values, &walk.room, fields);
	for (uint32_t i = 0; i < set->rules.n_campaigns; i++) {
		ret_answers[i] = SL_EVAL_FALSE;
		if (!set->rules.campaigns[i].condition)
			continue;
		walk_init(&walk, &arena, fields);
		value = sl_eval_walk(&walk, set->rules.campaigns[i].condition);
		ret_answers[i] = value.kind != SL_KIND_BOOL ? SL_EVAL_ERROR
				 : value.integer            ? SL_EVAL_TRUE
							    : SL_EVAL_FALSE;
		sl_arena_reset(&arena);
	}
	sl_arena_fini(&arena);
	sl_arena_fini(&event);
}

int sl_eval_explain(struct sl_eval_set *set, const struct sl_expr *condition,
		    const struct sl_eval_value *values, size_t n_values,
		    const struct sl_eval_step **ret_steps, uint32_t *ret_n_steps)
{
	struct sl_eval_trace trace = {0};
	struct sl_eval_any *fields;
	struct sl_eval_walk walk;

	sl_arena_fini(&set->explained);
	fields = sl_arena_alloc(&set->explained, SL_FIELDS_MAX * sizeof(*fields));
	trace.steps = sl_arena_alloc(&set->explained, SL_EVAL_TRACE_MAX * sizeof(*trace.steps));
	if (!fields || !trace.steps)
		return -ENOMEM;
	walk_init(&walk, &set->explained, fields);
	walk.trace = &trace;
	sl_eval_take_event(&set->rules.schema, values, n_values, &walk.room, fields);
	sl_eval_walk(&walk, condition);
	*ret_steps = trace.steps;
	*ret_n_steps = trace.n_steps;
	return 0;
}
