#include "tools/sluice/eval/answer.h"

#include "rules/expr/expr_priv.h"
#include "sluice/error.h"
#include "tools/sluice/commands/commands.h"
#include "tools/sluice/eval/engine.h"
#include "tools/sluice/eval/event.h"
#include "tools/sluice/eval/typed_json.h"
#include "tools/sluice/rulesets/verdict.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

/* What one evaluation may use: enough for any expression that a person writes. */
#define ENGINE_BYTES (16u << 20)
#define ENGINE_STEPS 1000000u

struct sl_eval_asker {
	struct sl_eval_set *set;
	struct sl_eval_engine *engine; /* NULL: the reference evaluator answers */
	struct sl_event_file *event;
	struct sl_eval_value values[SL_FIELDS_MAX];
	uint16_t n_values;
	json_t *members;       /* of an event without a schema */
	struct sl_arena arena; /* of one question */
};

json_t *sl_eval_answer_error(const char *kind, const char *message, unsigned line, unsigned column)
{
	if (line == 0)
		return json_pack("{s:{s:s, s:s}}", "error", "kind", kind, "message", message);
	return json_pack("{s:{s:s, s:s, s:i, s:i}}", "error", "kind", kind, "message", message,
			 "line", (int)line, "column", (int)column);
}

/* ---- the event ----------------------------------------------------------------------------- */

void sl_eval_values_of(const struct sl_eval_set *set, const struct sl_event_file *event,
		       struct sl_eval_value *ret_values, uint16_t *ret_n)
{
	const struct sl_schema *schema = sl_eval_schema(set);
	uint16_t n_slots, n = 0;
	const struct sl_value *slots = sl_event_file_slots(event, &n_slots);

	for (uint16_t i = 0; i < n_slots && i < schema->n_fields; i++) {
		struct sl_eval_value *value = &ret_values[n];

		if (!slots[i].kind)
			continue;
		*value = (struct sl_eval_value){.path = schema->fields[i].path.at,
						.type = slots[i].kind,
						.count = slots[i].count};
		if (value->type == SL_TYPE_STRING)
			value->text = (struct sl_eval_text){slots[i].text, slots[i].count};
		else if (value->type == SL_TYPE_STRINGS)
			/* the same struct under two names: a pointer and a length */
			value->list = (const struct sl_eval_text *)slots[i].list;
		else if (value->type == SL_TYPE_DECIMAL)
			value->decimal = slots[i].decimal;
		else
			value->integer = slots[i].integer;
		n++;
	}
	*ret_n = n;
}

_Static_assert(sizeof(struct sl_eval_text) == sizeof(struct sl_text) &&
		       offsetof(struct sl_eval_text, bytes) == offsetof(struct sl_text, bytes),
	       "lists of texts are handed over as they are");

static int take_event(struct sl_eval_asker *asker, const char *schema, const char *path)
{
	size_t bytes;
	const char *text;
	int result = sl_event_file_open("sluice eval", schema, path, &asker->event);

	if (result)
		return result;
	if (schema) {
		sl_eval_values_of(asker->set, asker->event, asker->values, &asker->n_values);
		return 0;
	}
	text = sl_event_file_text(asker->event, &bytes);
	asker->members = json_loadb(text, bytes, JSON_ALLOW_NUL, NULL);
	if (json_is_object(asker->members))
		return 0;
	fprintf(stderr, "sluice eval: %s: an event is one JSON object\n", path);
	return SL_EXIT_NO;
}

int sl_eval_asker_new(const char *schema, const char *event, bool reference,
		      struct sl_eval_asker **ret_asker)
{
	struct sl_eval_asker *asker = calloc(1, sizeof(*asker));
	struct sl_diagnostics *diagnostics = sl_diagnostics_new();
	int error = asker && diagnostics ? 0 : -ENOMEM, result = 0;

	if (!error)
		error = sl_eval_open_schema(schema, diagnostics, &asker->set);
	if (!error && !reference)
		error = sl_eval_engine_new(ENGINE_BYTES, ENGINE_STEPS, &asker->engine);
	if (diagnostics)
		sl_verdict_diagnostics(diagnostics);
	sl_diagnostics_free(diagnostics);
	if (error == -SL_E_RULES)
		result = SL_EXIT_NO;
	else if (error)
		result = SL_EXIT_FAILED;
	if (result == SL_EXIT_FAILED)
		fprintf(stderr, "sluice eval: %s: %s\n", schema ? schema : "schema",
			sl_error_text(error));
	if (!result && event)
		result = take_event(asker, schema, event);
	if (result)
		sl_eval_asker_free(asker);
	else
		*ret_asker = asker;
	return result;
}

void sl_eval_asker_free(struct sl_eval_asker *asker)
{
	if (!asker)
		return;
	sl_arena_fini(&asker->arena);
	json_decref(asker->members);
	sl_event_file_close(asker->event);
	sl_eval_engine_free(asker->engine);
	sl_eval_close(asker->set);
	free(asker);
}

/* ---- questions ----------------------------------------------------------------------------- */

/* Members of the event first, then what was bound by name. NULL: with an answer that says why. */
static struct sl_eval_binding *take_bindings(struct sl_eval_asker *asker, const json_t *bind,
					     uint32_t *ret_n, json_t **ret_answer)
{
	size_t n = json_object_size(bind) + json_object_size(asker->members), i = 0;
	struct sl_eval_binding *list = sl_arena_alloc(&asker->arena, n * sizeof(*list) + 1);
	char why[SL_TYPED_WHY_BYTES], message[SL_TYPED_WHY_BYTES + 128];
	const char *name;
	json_t *json;

	*ret_answer = NULL;
	if (!list)
		return NULL;
	for (int typed = 0; typed < 2; typed++) {
		json_object_foreach((json_t *)(typed ? bind : asker->members), name, json)
		{
			list[i].name = sl_slice_of(name);
			if (!typed && json_object_get(bind, name))
				continue;
			if ((typed ? sl_typed_read : sl_typed_read_plain)(json, &asker->arena,
									  &list[i++].value, why))
				continue;
			snprintf(message, sizeof(message), "the value bound to `%.80s`: %s", name,
				 why);
			*ret_answer = sl_eval_answer_error("type", message, 0, 0);
			return NULL;
		}
	}
	*ret_n = (uint32_t)i;
	return list;
}

/* The first mistake. One that is not offered outweighs what else is wrong with its types. */
static json_t *answer_mistakes(const struct sl_diagnostics *diagnostics)
{
	const struct sl_diagnostic *list, *first = NULL;
	size_t n = sl_diagnostics_all(diagnostics, &list);
	char message[1024];

	for (size_t i = 0; i < n; i++)
		if (list[i].severity == SL_SEVERITY_ERROR &&
		    (!first ||
		     (!strcmp(list[i].code, "unsupported") && strcmp(first->code, "unsupported"))))
			first = &list[i];
	if (!first)
		return sl_eval_answer_error("syntax", "this is no expression", 1, 1);
	snprintf(message, sizeof(message), "%s%s%s", first->message, *first->hint ? "; " : "",
		 first->hint);
	return sl_eval_answer_error(sl_expr_code_kind(first->code), message, first->line,
				    first->column);
}

static json_t *answer_value(const struct sl_eval_ask *ask, const struct sl_eval_any *value)
{
	unsigned line, column;

	if (value->kind != SL_KIND_ERROR)
		return json_pack("{s:o}", "value", sl_typed_write(value));
	sl_eval_place(ask->text, value->offset, &line, &column);
	return sl_eval_answer_error("runtime", sl_eval_fault_text(value->fault), line, column);
}

/* By the reference evaluator; what the value points to ends with ret_expression. */
static int ask_reference(struct sl_eval_asker *asker, const struct sl_eval_question *question,
			 struct sl_diagnostics *diagnostics,
			 struct sl_eval_expression **ret_expression, struct sl_eval_any *ret_value)
{
	int error = sl_eval_expression_new(question, diagnostics, ret_expression);

	if (!error)
		*ret_value =
			sl_eval_expression_run(*ret_expression, asker->values, asker->n_values);
	return error;
}

json_t *sl_eval_answer_to(struct sl_eval_asker *asker, const struct sl_eval_ask *ask,
			  struct sl_diagnostics *shown)
{
	struct sl_diagnostics *diagnostics = shown ? shown : sl_diagnostics_new();
	struct sl_eval_question question = {
		.set = asker->set, .text = ask->text, .dynamic = ask->dynamic};
	struct sl_eval_expression *expression = NULL;
	json_t *answer = NULL;
	struct sl_eval_any value;
	int error;

	sl_arena_reset(&asker->arena);
	question.bindings = take_bindings(asker, ask->bind, &question.n_bindings, &answer);
	if (question.bindings && diagnostics) {
		error = asker->engine
				? sl_eval_engine_run(asker->engine, &question, asker->values,
						     asker->n_values, diagnostics, &asker->arena,
						     NULL, &value)
				: ask_reference(asker, &question, diagnostics, &expression, &value);
		if (!error)
			answer = answer_value(ask, &value);
		else if (error == -SL_E_RULES)
			answer = answer_mistakes(diagnostics);
	}
	sl_eval_expression_free(expression);
	if (!shown)
		sl_diagnostics_free(diagnostics);
	return answer;
}
