#include "tools/sluice/explain/steps.h"

#include "rules/expr/expr_priv.h"
#include "tools/sluice/eval/typed_json.h"

#include <stdlib.h>

#define TEXT_BYTES 2048u
#define COLUMN_MAX 64

static const char *text_of(const struct sl_expr *expr, char room[TEXT_BYTES])
{
	if (sl_eval_write(expr, room, TEXT_BYTES) >= TEXT_BYTES)
		strcpy(room + TEXT_BYTES - 4, "...");
	return room;
}

static const char *value_text(const struct sl_eval_any *value, char room[TEXT_BYTES])
{
	if (sl_eval_write_value(value, room, TEXT_BYTES) >= TEXT_BYTES)
		strcpy(room + TEXT_BYTES - 4, "...");
	return room;
}

/* The step behind all that lies below step i. */
static uint32_t behind(const struct sl_explain_steps *steps, uint32_t i)
{
	uint32_t next = i + 1;

	while (next < steps->n && steps->at[next].depth > steps->at[i].depth)
		next++;
	return next;
}

static bool is_true(const struct sl_eval_step *step)
{
	return step->value.kind == SL_KIND_BOOL && step->value.integer;
}

static bool is_false(const struct sl_eval_step *step)
{
	return step->value.kind == SL_KIND_BOOL && !step->value.integer;
}

/* ---- reasons ------------------------------------------------------------------------------- */

static void add_reason(json_t *reasons, const char *text)
{
	json_t *reason = json_string(text);
	size_t i;
	json_t *said;

	json_array_foreach(reasons, i, said)
	{
		if (json_equal(said, reason)) {
			json_decref(reason);
			return;
		}
	}
	json_array_append_new(reasons, reason ? reason : json_string("(not printable)"));
}

static size_t append(char *at, size_t room, size_t bytes, const char *text)
{
	if (bytes < room)
		snprintf(at + bytes, room - bytes, "%s", text);
	return bytes + strlen(text);
}

/* Whether the field of step j stands below step i before it. */
static bool is_told(const struct sl_explain_steps *steps, uint32_t i, uint32_t j)
{
	for (uint32_t k = i + 1; k < j; k++)
		if (steps->at[k].expr->kind == steps->at[j].expr->kind &&
		    steps->at[k].expr->slot == steps->at[j].expr->slot)
			return true;
	return false;
}

/* "`amount > 500` is false; amount is 7". */
static void say(const struct sl_explain_steps *steps, uint32_t i, json_t *reasons)
{
	const struct sl_eval_step *step = &steps->at[i];
	char sentence[4 * TEXT_BYTES], room[TEXT_BYTES];
	size_t bytes = 0;

	bytes = append(sentence, sizeof(sentence), bytes, "`");
	bytes = append(sentence, sizeof(sentence), bytes, text_of(step->expr, room));
	bytes = append(sentence, sizeof(sentence), bytes,
		       step->value.kind == SL_KIND_ERROR ? "` is an error: " : "` is ");
	bytes = append(sentence, sizeof(sentence), bytes, value_text(&step->value, room));
	for (uint32_t j = i + 1; j < behind(steps, i); j++) {
		const struct sl_eval_step *below = &steps->at[j];

		if ((below->expr->kind != SL_EXPR_FIELD && below->expr->kind != SL_EXPR_BOUND) ||
		    below->value.kind == SL_KIND_ERROR || is_told(steps, i, j))
			continue;
		bytes = append(sentence, sizeof(sentence), bytes, "; ");
		bytes = append(sentence, sizeof(sentence), bytes, text_of(below->expr, room));
		bytes = append(sentence, sizeof(sentence), bytes, " is ");
		bytes = append(sentence, sizeof(sentence), bytes, value_text(&below->value, room));
	}
	add_reason(reasons, sentence);
}

/* An error comes from the step that no step below shares it with. */
static void say_error(const struct sl_explain_steps *steps, uint32_t i, json_t *reasons)
{
	char sentence[TEXT_BYTES + 64], room[TEXT_BYTES];

	for (uint32_t j = i + 1; j < behind(steps, i); j++) {
		if (steps->at[j].value.kind == SL_KIND_ERROR &&
		    steps->at[j].value.fault == steps->at[i].value.fault) {
			say_error(steps, j, reasons);
			return;
		}
	}
	if (steps->at[i].value.fault != SL_FAULT_FIELD_ABSENT) {
		say(steps, i, reasons);
		return;
	}
	snprintf(sentence, sizeof(sentence), "the event has no field `%s`",
		 text_of(steps->at[i].expr, room));
	add_reason(reasons, sentence);
}

static void find_reasons(const struct sl_explain_steps *steps, uint32_t i, json_t *reasons)
{
	const struct sl_eval_step *step = &steps->at[i];
	uint32_t end = behind(steps, i), last = i;
	int function = step->expr->kind == SL_EXPR_CALL ? step->expr->function : SL_FUNCTION_NONE;

	if (is_true(step))
		return;
	if (function == SL_FUNCTION_AND || function == SL_FUNCTION_OR) {
		for (uint32_t j = i + 1; j < end; j = behind(steps, j)) {
			const struct sl_eval_step *side = &steps->at[j];

			/* a false side of && decides; errors beside it change nothing */
			if (function == SL_FUNCTION_OR || is_false(step) == is_false(side))
				find_reasons(steps, j, reasons);
		}
	} else if (function == SL_FUNCTION_CONDITIONAL) {
		for (uint32_t j = i + 1; j < end; j = behind(steps, j))
			last = j;
		find_reasons(steps, last, reasons);
	} else if (step->value.kind == SL_KIND_ERROR) {
		say_error(steps, i, reasons);
	} else {
		say(steps, i, reasons);
	}
}

json_t *sl_explain_reasons(const struct sl_explain_steps *steps)
{
	json_t *reasons = json_array();

	if (reasons && steps->n)
		find_reasons(steps, 0, reasons);
	return reasons;
}

/* ---- trees --------------------------------------------------------------------------------- */

static json_t *node_of(const struct sl_explain_steps *steps, uint32_t i)
{
	const struct sl_eval_step *step = &steps->at[i];
	char room[TEXT_BYTES];
	json_t *node = json_object(), *below = json_array();

	json_object_set_new(node, "text", json_string(text_of(step->expr, room)));
	if (step->value.kind == SL_KIND_ERROR)
		json_object_set_new(node, "error",
				    json_string(sl_eval_fault_text(step->value.fault)));
	else
		json_object_set_new(node, "value", sl_typed_write(&step->value));
	for (uint32_t j = i + 1; j < behind(steps, i); j = behind(steps, j))
		if (steps->at[j].expr->kind != SL_EXPR_LITERAL)
			json_array_append_new(below, node_of(steps, j));
	if (json_array_size(below))
		json_object_set(node, "steps", below);
	json_decref(below);
	return node;
}

json_t *sl_explain_tree(const struct sl_explain_steps *steps)
{
	return steps->n ? node_of(steps, 0) : json_null();
}

/* Columns of a text, as far as counting code points goes. */
static int width_of(const char *text)
{
	int n = 0;

	for (; *text; text++)
		n += ((unsigned char)*text & 0xc0) != 0x80;
	return n;
}

static int indent_of(const struct sl_eval_step *step)
{
	return 2 + 2 * (int)step->depth;
}

void sl_explain_print(const struct sl_explain_steps *steps, FILE *to)
{
	char room[TEXT_BYTES];
	int column = 0;

	for (uint32_t i = 0; i < steps->n; i++) {
		int width = indent_of(&steps->at[i]) + width_of(text_of(steps->at[i].expr, room));

		if (width > column && width <= COLUMN_MAX)
			column = width;
	}
	for (uint32_t i = 0; i < steps->n; i++) {
		const struct sl_eval_step *step = &steps->at[i];
		const char *text = text_of(step->expr, room);
		int gap = column - indent_of(step) - width_of(text);

		if (step->expr->kind == SL_EXPR_LITERAL)
			continue;
		fprintf(to, "%*s%s%*s", indent_of(step), "", text, (gap > 0 ? gap : 0) + 3, "");
		fprintf(to, "%s%s\n", step->value.kind == SL_KIND_ERROR ? "error: " : "",
			value_text(&step->value, room));
	}
}
