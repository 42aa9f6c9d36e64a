#include "rules/eval/eval.h"

#include "rules/set_priv.h"

#include "sluice/error.h"

#include <errno.h>
#include <stdlib.h>

struct sl_eval_set {
	struct sl_rules_set rules;
};

/* The event at hand: a value for each slot, NULL where it is absent. */
struct event {
	const struct sl_eval_value *slots[SL_FIELDS_MAX];
};

int sl_eval_open(const char *directory, const struct sl_rules_options *options,
		 struct sl_diagnostics *diagnostics, struct sl_eval_set **ret_set)
{
	struct sl_eval_set *set = calloc(1, sizeof(*set));
	int error;

	if (!set)
		return -ENOMEM;
	error = sl_rules_set_load(directory, options, diagnostics, &set->rules);
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

void sl_eval_close(struct sl_eval_set *set)
{
	if (!set)
		return;
	sl_rules_set_fini(&set->rules);
	free(set);
}

uint32_t sl_eval_campaigns(const struct sl_eval_set *set)
{
	return set->rules.n_campaigns;
}

const char *sl_eval_name(const struct sl_eval_set *set, uint32_t campaign)
{
	return set->rules.campaigns[campaign].name.at;
}

/* -1, 0 or 1; 2 where there is no order (NaN). */
static int compare(const struct sl_eval_value *value, const struct sl_expr *literal)
{
	switch (literal->type) {
	case SL_TYPE_STRING:
		return sl_slice_compare((struct sl_slice){value->text.at, value->text.bytes},
					literal->text) < 0
			       ? -1
			       : !sl_slice_equal(
					 (struct sl_slice){value->text.at, value->text.bytes},
					 literal->text);
	case SL_TYPE_DECIMAL:
		if (value->decimal < literal->decimal)
			return -1;
		if (value->decimal > literal->decimal)
			return 1;
		return value->decimal == literal->decimal ? 0 : 2;
	case SL_KIND_TIMESTAMP:
		return (value->integer > sl_expr_instant(literal)) -
		       (value->integer < sl_expr_instant(literal));
	default:
		return (value->integer > literal->integer) - (value->integer < literal->integer);
	}
}

static bool contains(struct sl_eval_text text, struct sl_slice part)
{
	for (uint64_t i = 0; i + part.bytes <= text.bytes; i++) {
		if (sl_slice_equal((struct sl_slice){text.at + i, part.bytes}, part))
			return true;
	}
	return false;
}

static bool list_has(const struct sl_eval_value *value, struct sl_slice item)
{
	for (uint32_t i = 0; i < value->count; i++) {
		if (sl_slice_equal((struct sl_slice){value->list[i].at, value->list[i].bytes},
				   item))
			return true;
	}
	return false;
}

static bool is_in(const struct sl_eval_value *value, const struct sl_expr *list)
{
	for (uint32_t i = 0; i < list->n_args; i++) {
		if (compare(value, list->args[i]) == 0)
			return true;
	}
	return false;
}

/* The question of one call about a field's value; the field stands left or right. */
static bool ask(const struct sl_expr *call, const struct sl_eval_value *value, bool field_left)
{
	const struct sl_expr *other = call->args[field_left ? 1 : 0];
	int less = field_left ? -1 : 1;

	switch (call->function) {
	case SL_FUNCTION_EQ:
		return compare(value, other) == 0;
	case SL_FUNCTION_LT:
		return compare(value, other) == less;
	case SL_FUNCTION_GT:
		return compare(value, other) == -less;
	case SL_FUNCTION_IN:
		return field_left ? is_in(value, other) : list_has(value, other->text);
	case SL_FUNCTION_STARTS_WITH:
		return value->text.bytes >= other->text.bytes &&
		       sl_slice_equal((struct sl_slice){value->text.at, other->text.bytes},
				      other->text);
	default:
		return contains(value->text, other->text);
	}
}

/* As CEL says: && is false as soon as one side is, whatever the others; else an error shows. */
static enum sl_eval_answer evaluate(const struct sl_expr *expr, const struct event *event)
{
	enum sl_eval_answer answer = SL_EVAL_TRUE;
	const struct sl_eval_value *value;
	bool field_left;

	if (expr->kind == SL_EXPR_LITERAL)
		return expr->integer ? SL_EVAL_TRUE : SL_EVAL_FALSE;
	if (expr->kind == SL_EXPR_FIELD) {
		value = event->slots[expr->slot];
		return !value ? SL_EVAL_ERROR : value->integer ? SL_EVAL_TRUE : SL_EVAL_FALSE;
	}
	if (expr->function == SL_FUNCTION_AND) {
		for (uint32_t i = 0; i < expr->n_args; i++) {
			enum sl_eval_answer side = evaluate(expr->args[i], event);

			if (side == SL_EVAL_FALSE)
				return SL_EVAL_FALSE;
			if (side == SL_EVAL_ERROR)
				answer = SL_EVAL_ERROR;
		}
		return answer;
	}
	field_left = expr->args[0]->kind == SL_EXPR_FIELD;
	value = event->slots[expr->args[field_left ? 0 : 1]->slot];
	if (!value)
		return SL_EVAL_ERROR;
	return ask(expr, value, field_left) ? SL_EVAL_TRUE : SL_EVAL_FALSE;
}

void sl_eval_event(const struct sl_eval_set *set, const struct sl_eval_value *values,
		   size_t n_values, enum sl_eval_answer *ret_answers)
{
	const struct sl_schema *schema = &set->rules.schema;
	struct event event = {0};

	for (size_t i = 0; i < n_values; i++) {
		int slot = sl_schema_find(schema, sl_slice_of(values[i].path));

		if (slot >= 0 && schema->fields[slot].type == values[i].type)
			event.slots[slot] = &values[i];
	}
	for (uint32_t i = 0; i < set->rules.n_campaigns; i++)
		ret_answers[i] = evaluate(set->rules.campaigns[i].condition, &event);
}
