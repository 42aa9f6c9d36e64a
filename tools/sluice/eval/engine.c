#include "tools/sluice/eval/engine.h"

#include "base/program.h"
#include "rules/expression.h"
#include "sluice/error.h"

#include <errno.h>
#include <stdlib.h>

struct sl_eval_engine {
	struct sl_program_room *room;
	struct sl_value slots[SL_FIELDS_MAX];
};

int sl_eval_engine_new(uint32_t bytes, uint32_t steps, struct sl_eval_engine **ret_engine)
{
	struct sl_eval_engine *engine = calloc(1, sizeof(*engine));
	int error = engine ? sl_program_room_new(bytes, steps, &engine->room) : -ENOMEM;

	if (error)
		free(engine);
	else
		*ret_engine = engine;
	return error;
}

void sl_eval_engine_free(struct sl_eval_engine *engine)
{
	if (!engine)
		return;
	sl_program_room_free(engine->room);
	free(engine);
}

/* ---- values, there and back ---------------------------------------------------------------- */

static bool to_any(struct sl_arena *arena, const struct sl_eval_any *value, struct sl_any *ret_any)
{
	uint32_t n = value->kind == SL_KIND_MAP ? 2 * value->count : value->count;
	struct sl_any *items;

	*ret_any = (struct sl_any){.kind = value->kind, .integer = value->integer};
	switch (value->kind) {
	case SL_KIND_STRING:
	case SL_KIND_BYTES:
		ret_any->text = value->text.at;
		ret_any->count = value->text.bytes;
		return true;
	case SL_KIND_TIMESTAMP:
	case SL_KIND_DURATION:
		ret_any->nanos = value->nanos;
		return true;
	case SL_KIND_LIST:
	case SL_KIND_MAP:
		items = sl_arena_alloc(arena, n * sizeof(*items) + 1);
		for (uint32_t i = 0; items && i < n; i++)
			if (!to_any(arena, &value->items[i], &items[i]))
				return false;
		ret_any->items = items;
		ret_any->count = value->count;
		return items != NULL;
	default:
		return true;
	}
}

static bool from_any(struct sl_arena *arena, const struct sl_artifact *artifact,
		     const struct sl_any *any, struct sl_eval_any *ret_value)
{
	uint32_t n = any->kind == SL_KIND_MAP ? 2 * any->count : any->count;
	struct sl_eval_any *items;

	*ret_value = (struct sl_eval_any){.kind = any->kind, .integer = any->integer};
	switch (any->kind) {
	case SL_KIND_STRING:
	case SL_KIND_BYTES:
		ret_value->text = (struct sl_slice){any->count ? any->text : "", any->count};
		ret_value->text.at = sl_arena_copy(arena, ret_value->text);
		return ret_value->text.at != NULL;
	case SL_KIND_TIMESTAMP:
	case SL_KIND_DURATION:
		ret_value->nanos = any->nanos;
		return true;
	case SL_KIND_LIST:
	case SL_KIND_MAP:
		items = sl_arena_alloc(arena, n * sizeof(*items) + 1);
		for (uint32_t i = 0; items && i < n; i++) {
			struct sl_any member = sl_any_member(artifact, any, i);

			if (!from_any(arena, artifact, &member, &items[i]))
				return false;
		}
		ret_value->items = items;
		ret_value->count = any->count;
		return items != NULL;
	case SL_KIND_ERROR:
		*ret_value = sl_eval_fault((enum sl_fault)any->integer);
		return true;
	default:
		return true;
	}
}

/* The event's slots, as a decoder would have filled them. */
static void fill_slots(struct sl_eval_engine *engine, const struct sl_schema *schema,
		       const struct sl_eval_value *values, size_t n_values)
{
	memset(engine->slots, 0, sizeof(engine->slots));
	for (size_t i = 0; i < n_values; i++) {
		const struct sl_eval_value *value = &values[i];
		int at = sl_schema_find(schema, sl_slice_of(value->path));
		struct sl_value *slot = at < 0 ? NULL : &engine->slots[at];

		if (!slot || schema->fields[at].type != value->type)
			continue;
		*slot = (struct sl_value){.integer = value->integer, .kind = value->type};
		if (value->type == SL_TYPE_DECIMAL)
			slot->decimal = value->decimal;
		if (value->type == SL_TYPE_STRING) {
			slot->text = value->text.at;
			slot->count = value->text.bytes;
		}
		if (value->type == SL_TYPE_STRINGS) {
			slot->list =
				(const struct sl_text *)value->list; /* alike, see the assert */
			slot->count = value->count;
		}
	}
}

_Static_assert(sizeof(struct sl_eval_text) == sizeof(struct sl_text) &&
		       offsetof(struct sl_eval_text, bytes) == offsetof(struct sl_text, bytes),
	       "lists of texts are handed over as they are");

/* ---- questions ----------------------------------------------------------------------------- */

static int take_bindings(const struct sl_eval_question *question, struct sl_arena *arena,
			 struct sl_binding **ret_bindings, struct sl_any **ret_bound)
{
	uint32_t n = question->n_bindings;
	struct sl_binding *bindings = sl_arena_alloc(arena, n * sizeof(*bindings) + 1);
	struct sl_any *bound = sl_arena_alloc(arena, n * sizeof(*bound) + 1);

	if (!bindings || !bound)
		return -ENOMEM;
	for (uint32_t i = 0; i < n; i++) {
		bindings[i].name = question->bindings[i].name;
		bindings[i].type = sl_eval_type_of(arena, &question->bindings[i].value);
		if (!bindings[i].type || !to_any(arena, &question->bindings[i].value, &bound[i]))
			return -ENOMEM;
	}
	*ret_bindings = bindings;
	*ret_bound = bound;
	return 0;
}

static int run(struct sl_eval_engine *engine, const struct sl_expression *expression,
	       const struct sl_schema *schema, const struct sl_any *bound, uint32_t n_bound,
	       struct sl_arena *arena, uint64_t *counts, struct sl_eval_any *ret_value)
{
	const struct sl_event event = {.slots = engine->slots,
				       .n_slots = (uint16_t)schema->n_fields};
	char why[SL_SENTENCE_BYTES];
	struct sl_artifact *artifact;
	struct sl_any any;
	int error = sl_artifact_view(expression->bytes, expression->n_bytes, &artifact, why);

	if (error)
		return error;
	sl_program_evaluate(artifact, artifact->code + artifact->triggers[0].code,
			    artifact->triggers[0].code_count, &event, bound, n_bound, engine->room,
			    &any);
	for (uint32_t i = 0; counts && i < artifact->triggers[0].code_count; i++)
		counts[artifact->code[artifact->triggers[0].code + i].op]++;
	if (!from_any(arena, artifact, &any, ret_value))
		error = -ENOMEM;
	if (ret_value->kind == SL_KIND_ERROR && any.count < expression->n_offsets)
		ret_value->offset = expression->offsets[any.count];
	sl_artifact_close(artifact);
	return error;
}

int sl_eval_engine_run(struct sl_eval_engine *engine, const struct sl_eval_question *question,
		       const struct sl_eval_value *values, size_t n_values,
		       struct sl_diagnostics *diagnostics, struct sl_arena *arena, uint64_t *counts,
		       struct sl_eval_any *ret_value)
{
	const struct sl_schema *schema = sl_eval_schema(question->set);
	struct sl_expression_question asked = {.schema = schema->n_fields ? schema : NULL,
					       .text = question->text,
					       .n_bindings = question->n_bindings,
					       .dynamic = question->dynamic};
	struct sl_expression expression = {0};
	struct sl_binding *bindings;
	struct sl_any *bound;
	int error = take_bindings(question, arena, &bindings, &bound);

	if (error)
		return error;
	asked.bindings = bindings;
	error = sl_expression_compile(&asked, diagnostics, &expression);
	if (error)
		return error;
	fill_slots(engine, schema, values, n_values);
	error = run(engine, &expression, schema, bound, question->n_bindings, arena, counts,
		    ret_value);
	sl_expression_fini(&expression);
	return error;
}
