/* One expression with bindings: what `sluice eval --reference` and the oracle ask. */
#include "rules/eval/walk_priv.h"

#include "rules/diagnostics_priv.h"

#include "sluice/error.h"

#include <errno.h>
#include <stdlib.h>

struct sl_eval_expression {
	struct sl_arena arena; /* the tree and what it was made from */
	struct sl_arena run;   /* the last value */
	struct sl_source source;
	const struct sl_schema *schema;
	struct sl_expr *expr;
	struct sl_eval_any *bound;
};

/* The one type of n items that lie `step` apart; dyn where they have several, or none. */
static const struct sl_type *common_type(struct sl_arena *arena, const struct sl_eval_any *items,
					 uint32_t n, uint32_t step)
{
	const struct sl_type *type = NULL;

	for (uint32_t i = 0; i < n; i++) {
		const struct sl_type *next = sl_eval_type_of(arena, &items[i * step]);

		if (!next)
			return NULL;
		if (type && !sl_type_equal(type, next))
			return sl_type_of(SL_TYPE_DYN);
		type = next;
	}
	return type ? type : sl_type_of(SL_TYPE_DYN);
}

const struct sl_type *sl_eval_type_of(struct sl_arena *arena, const struct sl_eval_any *value)
{
	const struct sl_type *key, *element;

	switch (value->kind) {
	case SL_KIND_LIST:
		element = common_type(arena, value->items, value->count, 1);
		return element ? sl_type_list(arena, element) : NULL;
	case SL_KIND_MAP:
		key = common_type(arena, value->items, value->count, 2);
		element =
			common_type(arena, value->count ? value->items + 1 : NULL, value->count, 2);
		return key && element ? sl_type_map(arena, key, element) : NULL;
	default:
		return sl_type_of(value->kind);
	}
}

/* Bindings as the type checker wants them; their values beside. */
static int take_bindings(struct sl_eval_expression *expression,
			 const struct sl_eval_question *question, struct sl_binding **ret_bindings)
{
	uint32_t n = question->n_bindings;
	struct sl_binding *bindings = sl_arena_alloc(&expression->arena, n * sizeof(*bindings) + 1);

	expression->bound = sl_arena_alloc(&expression->arena, n * sizeof(*expression->bound) + 1);
	if (!bindings || !expression->bound)
		return -ENOMEM;
	for (uint32_t i = 0; i < n; i++) {
		const struct sl_eval_binding *from = &question->bindings[i];

		bindings[i].name = from->name;
		bindings[i].type = sl_eval_type_of(&expression->arena, &from->value);
		if (!bindings[i].type)
			return -ENOMEM;
		expression->bound[i] = from->value;
	}
	*ret_bindings = bindings;
	return 0;
}

static int take_text(struct sl_eval_expression *expression, struct sl_slice text)
{
	char *copy = sl_arena_copy(&expression->arena, text);

	if (!copy)
		return -ENOMEM;
	expression->source =
		(struct sl_source){.name = "expression", .text = copy, .bytes = text.bytes};
	return 0;
}

static int parse(struct sl_eval_expression *expression, const struct sl_eval_question *question,
		 struct sl_diagnostics *diagnostics)
{
	struct sl_expr_context context = {
		.source = &expression->source,
		.text = {expression->source.text, expression->source.bytes},
		.schema = expression->schema->n_fields ? expression->schema : NULL,
		.arena = &expression->arena,
		.diagnostics = diagnostics,
		.n_bindings = question->n_bindings,
		.dynamic = question->dynamic,
		.keep_faults = true,
	};
	struct sl_binding *bindings;
	int error = take_bindings(expression, question, &bindings);

	if (error)
		return error;
	context.bindings = bindings;
	error = sl_expr_parse(&context, &expression->expr);
	if (!error && (!expression->expr || !sl_expr_type_any(&context, expression->expr)))
		error = -SL_E_RULES;
	return sl_diagnostics_error(diagnostics) ? sl_diagnostics_error(diagnostics) : error;
}

int sl_eval_expression_new(const struct sl_eval_question *question,
			   struct sl_diagnostics *diagnostics,
			   struct sl_eval_expression **ret_expression)
{
	struct sl_eval_expression *expression = calloc(1, sizeof(*expression));
	int error;

	if (!expression)
		return -ENOMEM;
	expression->schema = sl_eval_schema(question->set);
	error = take_text(expression, question->text);
	if (!error)
		error = parse(expression, question, diagnostics);
	if (error) {
		/* the list outlives the text that it points to */
		sl_diagnostics_forget(diagnostics);
		sl_eval_expression_free(expression);
		return error;
	}
	*ret_expression = expression;
	return 0;
}

void sl_eval_expression_free(struct sl_eval_expression *expression)
{
	if (!expression)
		return;
	sl_arena_fini(&expression->run);
	sl_arena_fini(&expression->arena);
	free(expression);
}

struct sl_eval_any sl_eval_expression_run(struct sl_eval_expression *expression,
					  const struct sl_eval_value *values, size_t n_values)
{
	struct sl_eval_any fields[SL_FIELDS_MAX];
	struct sl_eval_walk walk = {.fields = fields, .bound = expression->bound};

	sl_arena_fini(&expression->run);
	walk.room = (struct sl_eval_room){
		.arena = &expression->run, .bytes = SL_EVAL_ROOM_BYTES, .steps = SL_EVAL_STEPS_MAX};
	sl_eval_take_event(expression->schema, values, n_values, &walk.room, fields);
	return sl_eval_walk(&walk, expression->expr);
}

const struct sl_expr *sl_eval_expression_tree(const struct sl_eval_expression *expression)
{
	return expression->expr;
}

void sl_eval_place(struct sl_slice text, uint32_t offset, unsigned *ret_line, unsigned *ret_column)
{
	unsigned line = 1, column = 1;

	for (uint32_t i = 0; i < offset && i < text.bytes; i++) {
		if (text.at[i] == '\n') {
			line++;
			column = 1;
		} else if (((unsigned char)text.at[i] & 0xc0) != 0x80) {
			column++;
		}
	}
	*ret_line = line;
	*ret_column = column;
}
