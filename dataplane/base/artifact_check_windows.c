/* Windows and what is asked of them. */
#include "artifact_priv.h"
#include "sluice/error.h"

/* Types of fields that an aggregate takes, bits of enum sl_field_type. */
static unsigned types_of(uint32_t function)
{
	const unsigned numbers = 1u << SL_TYPE_INT | 1u << SL_TYPE_DECIMAL;

	switch (function) {
	case SL_AGGREGATE_SUM:
	case SL_AGGREGATE_AVG:
		return numbers;
	case SL_AGGREGATE_MIN:
	case SL_AGGREGATE_MAX:
		return numbers | 1u << SL_TYPE_TIME;
	case SL_AGGREGATE_DISTINCT:
		return numbers | 1u << SL_TYPE_TIME | 1u << SL_TYPE_STRING | 1u << SL_TYPE_BOOL;
	default:
		return 0;
	}
}

static bool is_aggregate(const struct sl_artifact *artifact, const struct sl_aggregate *aggregate)
{
	if (aggregate->function == SL_AGGREGATE_COUNT)
		return true;
	return aggregate->slot < artifact->n_fields &&
	       (artifact->fields[aggregate->slot].flags & SL_FIELD_USED) &&
	       (types_of(aggregate->function) >> artifact->fields[aggregate->slot].type & 1);
}

/* NULL, or what is wrong with it. */
static const char *fault_of(const struct sl_artifact *artifact, const struct sl_window *window)
{
	bool keeps = window->kind == SL_WINDOW_SLIDING;

	if (window->kind < SL_WINDOW_SLIDING || window->kind > SL_WINDOW_SESSION ||
	    window->at_end > 1 || (window->at_end && window->kind == SL_WINDOW_SLIDING))
		return "its kind is not known";
	if (window->kind != SL_WINDOW_CALENDAR && !sl_artifact_is_span(window->length_ns))
		return "its length is out of bounds";
	if (window->kind == SL_WINDOW_CALENDAR &&
	    (window->unit < SL_CALENDAR_HOUR || window->unit > SL_CALENDAR_MONTH ||
	     window->zone >= artifact->n_zones))
		return "its calendar is not known";
	if (window->aggregate_count == 0 || window->aggregate_count > SL_AGGREGATES_MAX)
		return "it asks too many aggregates, or none";
	for (uint32_t i = 0; i < window->aggregate_count; i++) {
		const struct sl_aggregate *aggregate = &artifact->aggregates[window->aggregate + i];

		if (!is_aggregate(artifact, aggregate))
			return "an aggregate does not suit its field";
		keeps |= aggregate->function == SL_AGGREGATE_DISTINCT;
	}
	if (window->keep > SL_KEEP_MAX || (keeps && window->keep == 0))
		return "what it keeps is out of bounds";
	return NULL;
}

int sl_artifact_check_windows(const struct sl_artifact_check *check)
{
	const struct sl_artifact *artifact = check->artifact;
	uint64_t taken = 0;

	for (uint32_t i = 0; i < artifact->n_windows; i++) {
		const struct sl_window *window = &artifact->windows[i];
		const char *fault;

		if (!sl_artifact_take_run(window->aggregate, window->aggregate_count,
					  artifact->n_aggregates, &taken))
			return sl_framed_refuse(check->why, -SL_E_BOUNDS,
						"window %u: its aggregates lie outside", i);
		fault = fault_of(artifact, window);
		if (fault)
			return sl_framed_refuse(check->why, -SL_E_BOUNDS, "window %u: %s", i,
						fault);
	}
	for (uint32_t i = 0; i < artifact->n_sequences; i++) {
		const struct sl_sequence *sequence = &artifact->sequences[i];
		const struct sl_step *first = &artifact->steps[sequence->step];

		if (first->kind == SL_STEP_WINDOW && artifact->windows[first->window].at_end &&
		    sequence->step_count > 1)
			return sl_framed_refuse(check->why, -SL_E_BOUNDS,
						"sequence %u goes on behind a window's end", i);
	}
	return 0;
}
