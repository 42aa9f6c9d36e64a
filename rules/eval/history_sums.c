/* Sums of a window, in the order in which events are given. */
#include "rules/eval/history_priv.h"

static void add_number(struct sl_eval_sum *sum, const struct sl_eval_any *value)
{
	if (value->kind == SL_KIND_INT) {
		sum->overflow |=
			__builtin_add_overflow(sum->integer, value->integer, &sum->integer);
		sum->decimal += (double)value->integer;
	} else if (value->kind == SL_KIND_DOUBLE) {
		sum->decimal += value->decimal;
	}
}

static bool is_less(const struct sl_eval_any *a, const struct sl_eval_any *b)
{
	struct sl_eval_any less = sl_eval_order(SL_FUNCTION_LT, a, b);

	return less.kind == SL_KIND_BOOL && less.integer;
}

static void add_value(struct sl_eval_history *history, uint32_t keep, struct sl_eval_sum *sum,
		      const struct sl_eval_any *value)
{
	const struct sl_eval_any **more;

	for (uint32_t i = 0; i < sum->n_values; i++)
		if (sl_eval_equal(sum->values[i], value))
			return;
	if (keep && sum->n_values >= keep)
		return;
	/* copied, for a window that was copied has the same list */
	more = sl_eval_history_alloc(history, (sum->n_values + 1) * sizeof(*more));
	if (sum->n_values)
		memcpy(more, sum->values, sum->n_values * sizeof(*more));
	more[sum->n_values++] = value;
	sum->values = more;
}

void sl_eval_sums_add(struct sl_eval_history *history, const struct sl_window_text *window,
		      struct sl_eval_sum *sums, const struct sl_eval_past *event)
{
	for (uint32_t i = 0; i < window->n_aggregates; i++) {
		const struct sl_aggregate_text *aggregate = &window->aggregates[i];
		const struct sl_eval_any *value = &event->fields[aggregate->slot];
		struct sl_eval_sum *sum = &sums[i];

		if (aggregate->function == SL_AGGREGATE_COUNT) {
			sum->n++;
			continue;
		}
		if (value->kind == SL_KIND_NONE)
			continue;
		if (sum->n == 0 || is_less(value, &sum->least))
			sum->least = *value;
		if (sum->n == 0 || is_less(&sum->greatest, value))
			sum->greatest = *value;
		sum->n++;
		add_number(sum, value);
		if (aggregate->function == SL_AGGREGATE_DISTINCT)
			add_value(history, window->keep, sum, value);
	}
}

void sl_eval_sums_join(struct sl_eval_history *history, const struct sl_window_text *window,
		       struct sl_eval_sum *earlier, const struct sl_eval_sum *later)
{
	for (uint32_t i = 0; i < window->n_aggregates; i++) {
		struct sl_eval_sum *sum = &earlier[i];

		if (later[i].n && (sum->n == 0 || is_less(&later[i].least, &sum->least)))
			sum->least = later[i].least;
		if (later[i].n && (sum->n == 0 || is_less(&sum->greatest, &later[i].greatest)))
			sum->greatest = later[i].greatest;
		sum->n += later[i].n;
		sum->decimal += later[i].decimal;
		sum->overflow |= later[i].overflow;
		sum->overflow |=
			__builtin_add_overflow(sum->integer, later[i].integer, &sum->integer);
		for (uint32_t v = 0; v < later[i].n_values; v++)
			add_value(history, window->keep, sum, later[i].values[v]);
	}
}

static struct sl_eval_any total(const struct sl_eval_sum *sum, bool is_double)
{
	if (is_double)
		return sl_eval_double(sum->decimal);
	return sum->overflow ? sl_eval_fault(SL_FAULT_OVERFLOW) : sl_eval_int(sum->integer);
}

void sl_eval_sums_values(const struct sl_schema *schema, const struct sl_window_text *window,
			 const struct sl_eval_sum *sums, struct sl_eval_any *ret_values)
{
	for (uint32_t i = 0; i < window->n_aggregates; i++) {
		const struct sl_eval_sum *sum = &sums[i];
		uint8_t type = schema->fields[window->aggregates[i].slot].type;
		struct sl_eval_any nothing = sl_eval_fault(SL_FAULT_FIELD_ABSENT);

		switch (window->aggregates[i].function) {
		case SL_AGGREGATE_COUNT:
			ret_values[i] = sl_eval_int((int64_t)sum->n);
			break;
		case SL_AGGREGATE_SUM:
			ret_values[i] = total(sum, type == SL_TYPE_DECIMAL);
			break;
		case SL_AGGREGATE_MIN:
			ret_values[i] = sum->n ? sum->least : nothing;
			break;
		case SL_AGGREGATE_MAX:
			ret_values[i] = sum->n ? sum->greatest : nothing;
			break;
		case SL_AGGREGATE_AVG:
			ret_values[i] =
				sum->n ? sl_eval_double(sum->decimal / (double)sum->n) : nothing;
			break;
		case SL_AGGREGATE_DISTINCT:
			ret_values[i] = sl_eval_int(sum->n_values);
			break;
		}
	}
}
