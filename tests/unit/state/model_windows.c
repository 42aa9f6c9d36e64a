#include "tests/unit/state/model.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

static const struct sl_window *window_of(const struct model *model, uint32_t sequence)
{
	const struct sl_sequence *of = &model->fixture->sequences[sequence];
	const struct sl_step *step = &model->fixture->steps[of->step];

	if (step->kind == SL_STEP_NOT)
		step++;
	return &model->fixture->windows[step->window];
}

/* ---- what events come to -----------------------------------------------------------------------
 */

static bool same_value(const struct model_event *a, const struct model_event *b, uint16_t slot)
{
	return slot == FIX_PRODUCT ? a->product == b->product : a->amount == b->amount;
}

static bool has_value(const struct model_event *event, uint16_t slot)
{
	return slot == FIX_PRODUCT ? event->product >= 0 : event->has_amount;
}

/* Integers below 2^53 and quarters of them: sums are exact whatever their order. */
static bool value_of(const struct sl_aggregate *aggregate, uint32_t keep,
		     const struct model_event *events, uint32_t n, double *ret)
{
	double scale = aggregate->slot == FIX_PRICE ? 0.25 : 1, sum = 0, min = 0, max = 0;
	uint32_t values = 0, distinct = 0;

	for (uint32_t i = 0; i < n; i++) {
		double value = (double)events[i].amount * scale;
		bool again = false;

		if (!has_value(&events[i], aggregate->slot))
			continue;
		for (uint32_t j = 0; j < i; j++)
			again |= has_value(&events[j], aggregate->slot) &&
				 same_value(&events[i], &events[j], aggregate->slot);
		distinct += !again && distinct < keep;
		sum += value;
		min = !values || value < min ? value : min;
		max = !values || value > max ? value : max;
		values++;
	}
	*ret = aggregate->function == SL_AGGREGATE_COUNT      ? n
	       : aggregate->function == SL_AGGREGATE_SUM      ? sum
	       : aggregate->function == SL_AGGREGATE_MIN      ? min
	       : aggregate->function == SL_AGGREGATE_MAX      ? max
	       : aggregate->function == SL_AGGREGATE_DISTINCT ? distinct
							      : sum / (values ? values : 1);
	return values || aggregate->function == SL_AGGREGATE_COUNT ||
	       aggregate->function == SL_AGGREGATE_SUM ||
	       aggregate->function == SL_AGGREGATE_DISTINCT;
}

/* Whether the first aggregate is enough; all of them as text. */
static bool having(const struct model *model, uint32_t sequence, const struct model_event *events,
		   uint32_t n, char text[96])
{
	const struct sl_window *window = window_of(model, sequence);
	const struct sl_aggregate *aggregates = model->fixture->aggregates + window->aggregate;
	int64_t wanted =
		model->fixture->constants[model->fixture->code[window->having + 1].arg].integer;
	bool enough = false;
	size_t used = 0;

	text[0] = 0;
	for (uint32_t i = 0; i < window->aggregate_count; i++) {
		double value;
		bool there = value_of(&aggregates[i], window->keep, events, n, &value);

		if (i == 0)
			enough = there && value >= (double)wanted;
		used += (size_t)(there ? snprintf(text + used, 96 - used, "a%.3f ", value)
				       : snprintf(text + used, 96 - used, "a- "));
	}
	return enough;
}

/* ---- sliding -----------------------------------------------------------------------------------
 */

static bool is_by_value(const struct model *model, uint32_t sequence)
{
	const struct sl_window *window = window_of(model, sequence);

	return window->aggregate_count == 1 &&
	       model->fixture->aggregates[window->aggregate].function == SL_AGGREGATE_DISTINCT &&
	       model->fixture->constants[model->fixture->code[window->having + 1].arg].integer ==
		       window->keep;
}

static bool add_entry(struct model *model, uint32_t sequence)
{
	struct model_sequence *its = model_of(model, model->event->key, sequence);
	const struct sl_window *window = window_of(model, sequence);
	uint16_t slot = model->fixture->aggregates[window->aggregate].slot;
	uint32_t at;

	if (is_by_value(model, sequence)) {
		if (!has_value(model->event, slot))
			return false;
		for (at = 0; at < its->n_entries; at++)
			if (same_value(&its->entries[at], model->event, slot))
				break;
		if (at < its->n_entries) {
			if (its->entries[at].time_ns > model->event->time_ns)
				return false;
			memmove(&its->entries[at], &its->entries[at + 1],
				(--its->n_entries - at) * sizeof(its->entries[0]));
		}
	}
	for (at = its->n_entries; at && its->entries[at - 1].time_ns > model->event->time_ns; at--)
		;
	if (at == 0 && its->n_entries >= window->keep) {
		model_told(model, sequence, "late");
		return false;
	}
	assert(its->n_entries < MODEL_ENTRIES);
	memmove(&its->entries[at + 1], &its->entries[at],
		(its->n_entries++ - at) * sizeof(its->entries[0]));
	its->entries[at] = *model->event;
	if (its->n_entries > window->keep)
		memmove(&its->entries[0], &its->entries[1],
			--its->n_entries * sizeof(its->entries[0]));
	return true;
}

static bool sliding(struct model *model, uint32_t sequence, bool matched, bool taken)
{
	struct model_sequence *its = model_of(model, model->event->key, sequence);
	int64_t length = window_of(model, sequence)->length_ns, t = model->event->time_ns;
	char text[96];

	if (model_add(t, length) < model->tick || !add_entry(model, sequence))
		return false;
	for (uint32_t i = 0; i < its->n_entries; i++) {
		int64_t u = its->entries[i].time_ns;
		uint32_t first = 0, end = its->n_entries;

		if (u < t || u >= t + length || (i && its->entries[i - 1].time_ns == u))
			continue;
		while (its->entries[first].time_ns <= u - length)
			first++;
		while (its->entries[end - 1].time_ns > u)
			end--;
		if (!having(model, sequence, its->entries + first, end - first, text))
			continue;
		if (model_begin(model, sequence, matched, taken, text) &&
		    model->fixture->sequences[sequence].after != SL_AFTER_OVERLAP) {
			its->n_entries -= end;
			memmove(its->entries, its->entries + end,
				its->n_entries * sizeof(its->entries[0]));
		}
		break;
	}
	return true;
}

/* ---- windows that open -------------------------------------------------------------------------
 */

int64_t model_window_due(const struct model *model, uint32_t sequence,
			 const struct model_window *window)
{
	const struct sl_window *of = window_of(model, sequence);

	return of->kind == SL_WINDOW_SESSION ? window->last + of->length_ns : window->last - 1;
}

static void remove_window(struct model_sequence *its, uint32_t at)
{
	memmove(&its->windows[at], &its->windows[at + 1],
		(--its->n_windows - at) * sizeof(its->windows[0]));
}

static struct model_window *new_window(struct model *model, uint32_t sequence, int64_t start,
				       int64_t last)
{
	struct model_sequence *its = model_of(model, model->event->key, sequence);

	if (its->n_windows >= model->fixture->sequences[sequence].runs_max) {
		model_told(model, sequence, "runs_full");
		return NULL;
	}
	its->windows[its->n_windows] = (struct model_window){.start = start, .last = last};
	return &its->windows[its->n_windows++];
}

static struct model_window *session(struct model *model, uint32_t sequence)
{
	struct model_sequence *its = model_of(model, model->event->key, sequence);
	int64_t gap = window_of(model, sequence)->length_ns, t = model->event->time_ns;
	struct model_window *to = NULL;

	for (uint32_t i = 0; i < its->n_windows; i++) {
		struct model_window *from = &its->windows[i];

		if (t < from->start - gap || t > from->last + gap)
			continue;
		if (!to) {
			to = from;
			continue;
		}
		/* two that the event joins: of sums the earlier's first, which here makes no odds
		 */
		memcpy(to->events + to->n, from->events, from->n * sizeof(from->events[0]));
		to->n += from->n;
		to->fired |= from->fired;
		to->start = from->start < to->start ? from->start : to->start;
		to->last = from->last > to->last ? from->last : to->last;
		remove_window(its, i--);
	}
	if (!to)
		return t + gap < model->tick ? NULL : new_window(model, sequence, t, t);
	to->start = t < to->start ? t : to->start;
	to->last = t > to->last ? t : to->last;
	return to;
}

static struct model_window *tumbling(struct model *model, uint32_t sequence)
{
	struct model_sequence *its = model_of(model, model->event->key, sequence);
	int64_t length = window_of(model, sequence)->length_ns, start;

	if (window_of(model, sequence)->kind == SL_WINDOW_CALENDAR) { /* days at UTC + 9 */
		length = 86400ll * 1000000000;
		start = (model->event->time_ns + 9ll * 3600 * 1000000000) / length * length -
			9ll * 3600 * 1000000000;
	} else {
		start = model->event->time_ns / length * length;
	}
	if (start + length <= model->tick)
		return NULL;
	for (uint32_t i = 0; i < its->n_windows; i++)
		if (its->windows[i].start == start)
			return &its->windows[i];
	return new_window(model, sequence, start, start + length);
}

bool model_window_take(struct model *model, uint32_t sequence, bool matched, bool taken)
{
	const struct sl_window *of = window_of(model, sequence);
	struct model_window *window;
	char text[96];

	if (of->kind == SL_WINDOW_SLIDING)
		return sliding(model, sequence, matched, taken);
	window = of->kind == SL_WINDOW_SESSION ? session(model, sequence)
					       : tumbling(model, sequence);
	if (!window)
		return false;
	assert(window->n < MODEL_ENTRIES);
	window->events[window->n++] = *model->event;
	if (of->at_end ||
	    (window->fired && model->fixture->sequences[sequence].after != SL_AFTER_OVERLAP))
		return true;
	if (having(model, sequence, window->events, window->n, text) &&
	    model_begin(model, sequence, matched, taken, text))
		window->fired = true;
	return true;
}

void model_window_close(struct model *model, unsigned key, uint32_t sequence, uint32_t at)
{
	struct model_sequence *its = model_of(model, key, sequence);
	struct model_window window = its->windows[at];
	struct model_run run = {0};
	char text[96];

	remove_window(its, at);
	if (!having(model, sequence, window.events, window.n, text))
		return;
	run.event = window.events[window.n - 1];
	run.step =
		model->fixture->steps[model->fixture->sequences[sequence].step].kind == SL_STEP_NOT;
	run.ids[run.step] = run.event.id;
	run.product = run.event.product;
	run.last = window_of(model, sequence)->kind == SL_WINDOW_SESSION
			   ? window.last + window_of(model, sequence)->length_ns
			   : window.last;
	run.first = run.last;
	snprintf(run.aggregates, sizeof(run.aggregates), "%s", text);
	model_complete(model, key, sequence, &run, run.last, true);
}
