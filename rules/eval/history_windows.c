/* Windows: events gathered until `having` holds. */
#include "rules/eval/history_priv.h"

#include <stdlib.h>

#define NS_PER_S 1000000000ll

static const struct sl_window_text *window_of(const struct sl_eval_door *door)
{
	return door->memory->sequence->steps[0].window;
}

static bool having(const struct sl_eval_door *door, const struct sl_eval_past *event,
		   const struct sl_eval_sum *sums, struct sl_eval_any ret_values[SL_EVAL_SUMS])
{
	const struct sl_window_text *window = window_of(door);

	sl_eval_sums_values(&door->history->rules->schema, window, sums, ret_values);
	sl_eval_watch_having(door, event, ret_values);
	return sl_eval_history_holds(door->history, window->having, NULL, ret_values);
}

/* A match, or the beginning of a run. False: it may not begin. */
static bool fire(const struct sl_eval_door *door, const struct sl_eval_past *event,
		 const struct sl_eval_any values[SL_EVAL_SUMS], struct sl_eval_deed *deed)
{
	struct sl_eval_memory *memory = door->memory;
	struct sl_eval_run fresh = {
		.first = event,
		.first_ns = event->time_ns,
		.last_ns = event->time_ns,
		.anchor_ns = event->time_ns,
		.count = 1,
		.taken = {event},
		.latest = event,
	};

	memcpy(fresh.sums, values, sizeof(fresh.sums));
	if (sl_eval_run_is_done(door, &fresh)) {
		deed->matched = true;
		sl_eval_runs_matched(door, &fresh, event, event->time_ns, false);
		return true;
	}
	if (!sl_eval_run_may_begin(door, &fresh, event, deed))
		return false;
	sl_eval_watch_run(door, SL_EVAL_BEGAN, &fresh, event);
	SL_EVAL_MORE(memory->runs, memory->n_runs);
	memory->runs[memory->n_runs++] = fresh;
	return true;
}

/* ---- sliding --------------------------------------------------------------------------------- */

static void remove_entry(struct sl_eval_memory *memory, uint32_t i)
{
	memory->n_entries--;
	memmove(memory->entries + i, memory->entries + i + 1,
		(memory->n_entries - i) * sizeof(*memory->entries));
}

/* `distinct(f) >= n` and nothing else, with room for n: then entries are values. */
static bool gathers_values(const struct sl_window_text *window)
{
	const struct sl_expr *expr = window->having;

	return expr->kind == SL_EXPR_CALL && expr->function == SL_FUNCTION_GE &&
	       expr->n_args == 2 && expr->args[0]->kind == SL_EXPR_BOUND &&
	       expr->args[1]->kind == SL_EXPR_LITERAL && expr->args[1]->type == SL_KIND_INT &&
	       window->n_aggregates == 1 &&
	       window->aggregates[0].function == SL_AGGREGATE_DISTINCT &&
	       expr->args[1]->integer == window->keep;
}

/* False: the entry changes nothing. */
static bool replace_value(const struct sl_eval_door *door, const struct sl_eval_past *event)
{
	uint16_t slot = window_of(door)->aggregates[0].slot;
	struct sl_eval_memory *memory = door->memory;

	if (event->fields[slot].kind == SL_KIND_NONE)
		return false;
	for (uint32_t i = 0; i < memory->n_entries; i++) {
		if (!sl_eval_equal(&memory->entries[i]->fields[slot], &event->fields[slot]))
			continue;
		if (memory->entries[i]->time_ns > event->time_ns)
			return false;
		remove_entry(memory, i);
		break;
	}
	return true;
}

static bool add_entry(const struct sl_eval_door *door, const struct sl_eval_past *event,
		      struct sl_eval_deed *deed)
{
	struct sl_eval_memory *memory = door->memory;
	uint32_t i = memory->n_entries;

	if (gathers_values(window_of(door)) && !replace_value(door, event))
		return false;
	i = memory->n_entries;
	SL_EVAL_MORE(memory->entries, memory->n_entries);
	for (; i > 0 && memory->entries[i - 1]->time_ns > event->time_ns; i--)
		memory->entries[i] = memory->entries[i - 1];
	memory->entries[i] = event;
	memory->n_entries++;
	if (memory->n_entries <= window_of(door)->keep)
		return true;
	remove_entry(memory, 0);
	deed->late |= i == 0;
	return i > 0;
}

/* Whether the window that ends at `end_ns` has what is asked. */
static bool window_holds(const struct sl_eval_door *door, const struct sl_eval_past *event,
			 int64_t end_ns, struct sl_eval_any ret_values[SL_EVAL_SUMS])
{
	const struct sl_window_text *window = window_of(door);
	struct sl_eval_sum sums[SL_EVAL_SUMS] = {0};

	for (uint32_t i = 0; i < door->memory->n_entries; i++) {
		const struct sl_eval_past *entry = door->memory->entries[i];

		if (entry->time_ns <= end_ns &&
		    sl_eval_plus(entry->time_ns, window->length_ns) > end_ns)
			sl_eval_sums_add(door->history, window, sums, entry);
	}
	return having(door, event, sums, ret_values);
}

static void slide(const struct sl_eval_door *door, const struct sl_eval_past *event,
		  struct sl_eval_deed *deed)
{
	const struct sl_window_text *window = window_of(door);
	struct sl_eval_memory *memory = door->memory;
	struct sl_eval_any values[SL_EVAL_SUMS] = {0};
	int64_t end_ns = 0;
	bool holds = false;

	if (sl_eval_plus(event->time_ns, window->length_ns) < door->history->tick_ns ||
	    !add_entry(door, event, deed))
		return;
	deed->changed = true;
	for (uint32_t i = 0; i < memory->n_entries && !holds; i++) {
		end_ns = memory->entries[i]->time_ns;
		if (end_ns < event->time_ns ||
		    end_ns >= sl_eval_plus(event->time_ns, window->length_ns))
			continue;
		holds = window_holds(door, event, end_ns, values);
	}
	if (!holds || !fire(door, event, values, deed) ||
	    door->campaign->pattern->after == SL_AFTER_OVERLAP)
		return;
	while (memory->n_entries && memory->entries[0]->time_ns <= end_ns)
		remove_entry(memory, 0);
}

/* ---- windows with a beginning and an end ----------------------------------------------------- */

static bool is_session(const struct sl_window_text *window)
{
	return window->kind == SL_WINDOW_SESSION;
}

static void remove_span(struct sl_eval_memory *memory, uint32_t i)
{
	memory->n_spans--;
	memmove(memory->spans + i, memory->spans + i + 1,
		(memory->n_spans - i) * sizeof(*memory->spans));
}

static struct sl_eval_span *insert_span(struct sl_eval_memory *memory,
					const struct sl_eval_span *span)
{
	uint32_t i = memory->n_spans;

	SL_EVAL_MORE(memory->spans, memory->n_spans);
	for (; i > 0 && memory->spans[i - 1].from_ns > span->from_ns; i--)
		memory->spans[i] = memory->spans[i - 1];
	memory->spans[i] = *span;
	memory->n_spans++;
	return &memory->spans[i];
}

/* The window that the time falls into; NULL: it cannot be opened. */
static struct sl_eval_span *span_at(const struct sl_eval_door *door, int64_t time_ns,
				    struct sl_eval_deed *deed)
{
	const struct sl_window_text *window = window_of(door);
	struct sl_eval_memory *memory = door->memory;
	struct sl_eval_span span = {0};

	if (window->kind == SL_WINDOW_CALENDAR) {
		sl_eval_calendar(window->unit, window->zone, time_ns, &span.from_ns, &span.to_ns);
	} else {
		int64_t part = time_ns % window->length_ns;

		span.from_ns = time_ns - (part < 0 ? part + window->length_ns : part);
		span.to_ns = sl_eval_plus(span.from_ns, window->length_ns);
	}
	if (span.to_ns <= door->history->tick_ns)
		return NULL;
	for (uint32_t i = 0; i < memory->n_spans; i++)
		if (memory->spans[i].from_ns == span.from_ns)
			return &memory->spans[i];
	if (memory->n_spans >= door->campaign->pattern->runs_max) {
		deed->runs_full = true;
		return NULL;
	}
	return insert_span(memory, &span);
}

/* The session that the event joins, made one of two if need be; NULL: none can be. */
static struct sl_eval_span *session_at(const struct sl_eval_door *door, int64_t time_ns,
				       struct sl_eval_deed *deed)
{
	const struct sl_window_text *window = window_of(door);
	struct sl_eval_memory *memory = door->memory;
	struct sl_eval_span *joined = NULL;
	struct sl_eval_span fresh = {.from_ns = time_ns, .to_ns = time_ns};

	for (uint32_t i = 0; i < memory->n_spans; i++) {
		struct sl_eval_span *span = &memory->spans[i];

		if (time_ns < sl_eval_plus(span->from_ns, -window->length_ns) ||
		    time_ns > sl_eval_plus(span->to_ns, window->length_ns))
			continue;
		if (!joined) {
			joined = span;
			continue;
		}
		sl_eval_sums_join(door->history, window, joined->sums, span->sums);
		joined->to_ns = span->to_ns;
		joined->fired |= span->fired;
		remove_span(memory, i);
		break;
	}
	if (!joined && sl_eval_plus(time_ns, window->length_ns) < door->history->tick_ns)
		return NULL;
	if (!joined && memory->n_spans >= door->campaign->pattern->runs_max) {
		deed->runs_full = true;
		return NULL;
	}
	if (!joined)
		return insert_span(memory, &fresh);
	if (time_ns < joined->from_ns)
		joined->from_ns = time_ns;
	if (time_ns > joined->to_ns)
		joined->to_ns = time_ns;
	return joined;
}

void sl_eval_window_event(const struct sl_eval_door *door, const struct sl_eval_past *event,
			  struct sl_eval_deed *deed)
{
	const struct sl_step_text *step = &door->memory->sequence->steps[0];
	const struct sl_window_text *window = step->window;
	bool again = door->campaign->pattern->after == SL_AFTER_OVERLAP;
	struct sl_eval_any values[SL_EVAL_SUMS] = {0};
	struct sl_eval_span *span;

	if (!sl_eval_history_holds(door->history, step->filter, event, NULL))
		return;
	if (window->kind == SL_WINDOW_SLIDING) {
		slide(door, event, deed);
		return;
	}
	span = is_session(window) ? session_at(door, event->time_ns, deed)
				  : span_at(door, event->time_ns, deed);
	if (!span)
		return;
	deed->changed = true;
	sl_eval_sums_add(door->history, window, span->sums, event);
	span->latest = event;
	if (!window->at_end && (again || !span->fired) && having(door, event, span->sums, values) &&
	    fire(door, event, values, deed))
		span->fired = true;
}

static int64_t span_due(const struct sl_window_text *window, const struct sl_eval_span *span)
{
	return is_session(window) ? sl_eval_plus(span->to_ns, window->length_ns) : span->to_ns - 1;
}

int64_t sl_eval_window_due(const struct sl_eval_memory *memory)
{
	const struct sl_window_text *window = memory->sequence->steps[0].window;
	int64_t due_ns = INT64_MAX;

	for (uint32_t i = 0; window && window->at_end && i < memory->n_spans; i++)
		if (span_due(window, &memory->spans[i]) < due_ns)
			due_ns = span_due(window, &memory->spans[i]);
	return due_ns;
}

void sl_eval_window_at(const struct sl_eval_door *door, int64_t due_ns)
{
	const struct sl_window_text *window = window_of(door);
	struct sl_eval_memory *memory = door->memory;

	for (uint32_t i = 0; window && window->at_end && i < memory->n_spans; i++) {
		struct sl_eval_span span = memory->spans[i];
		struct sl_eval_run run = {.taken = {span.latest}, .latest = span.latest};

		if (span_due(window, &span) != due_ns)
			continue;
		remove_span(memory, i--);
		if (having(door, span.latest, span.sums, run.sums))
			sl_eval_runs_matched(door, &run, span.latest,
					     is_session(window) ? due_ns : span.to_ns, true);
	}
}

void sl_eval_window_forget(struct sl_eval_memory *memory, int64_t tick_ns)
{
	const struct sl_window_text *window = memory->sequence->steps[0].window;

	if (!window)
		return;
	for (uint32_t i = memory->n_entries; i > 0; i--)
		if (sl_eval_plus(memory->entries[i - 1]->time_ns, window->length_ns) < tick_ns)
			remove_entry(memory, i - 1);
	for (uint32_t i = memory->n_spans; i > 0; i--)
		if (span_due(window, &memory->spans[i - 1]) < tick_ns)
			remove_span(memory, i - 1);
}
