#include "tests/unit/state/model.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void model_line(struct model_lines *lines, const char *format, ...)
{
	va_list args;

	assert(lines->n < MODEL_LINES);
	va_start(args, format);
	vsnprintf(lines->at[lines->n++], MODEL_LINE, format, args);
	va_end(args);
}

int64_t model_add(int64_t a, int64_t b)
{
	return b == INT64_MAX || a > INT64_MAX - b ? INT64_MAX : a + b;
}

static int64_t least(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

struct model_sequence *model_of(struct model *model, unsigned key, uint32_t sequence)
{
	return &model->sequences[key][sequence];
}

/* ---- steps -------------------------------------------------------------------------------------
 */

static const struct sl_step *step_of(const struct model *model, uint32_t sequence, uint32_t step)
{
	return &model->fixture->steps[model->fixture->sequences[sequence].step + step];
}

static bool is_not(const struct model *model, uint32_t sequence, uint32_t step)
{
	return step_of(model, sequence, step)->kind == SL_STEP_NOT;
}

static uint32_t first_step(const struct model *model, uint32_t sequence)
{
	return is_not(model, sequence, 0) ? 1 : 0;
}

/* The next step that is no NOT; the number of steps: none. */
static uint32_t next_step(const struct model *model, uint32_t sequence, uint32_t step)
{
	uint32_t n = model->fixture->sequences[sequence].step_count;

	for (step++; step < n && is_not(model, sequence, step); step++)
		;
	return step;
}

static bool is_last(const struct model *model, uint32_t sequence, uint32_t step)
{
	return next_step(model, sequence, step) == model->fixture->sequences[sequence].step_count;
}

static bool has_trailing(const struct model *model, uint32_t sequence)
{
	return is_not(model, sequence, model->fixture->sequences[sequence].step_count - 1);
}

static bool holds(const struct model *model, uint8_t condition)
{
	return condition != FIX_NONE && model->event->mask >> condition & 1;
}

static bool step_holds(const struct model *model, uint32_t sequence, uint32_t step,
		       const struct model_run *run)
{
	uint32_t index = model->fixture->sequences[sequence].step + step;

	if (!holds(model, model->fixture->step_condition[index]))
		return false;
	if (!model->fixture->steps[index].link_count || !run)
		return true;
	return run->product >= 0 && run->product == model->event->product;
}

/* ---- limits in time ----------------------------------------------------------------------------
 */

static bool is_complete(const struct model *model, uint32_t sequence, const struct model_run *run)
{
	const struct sl_step *step = step_of(model, sequence, run->step);

	if (step->kind == SL_STEP_WINDOW)
		return true;
	return step->has_until ? run->done : run->count >= step->times_from;
}

static int64_t whole(const struct model *model, uint32_t sequence, const struct model_run *run)
{
	return model_add(run->first, model->fixture->sequences[sequence].within_ns);
}

static int64_t here_limit(const struct model *model, uint32_t sequence, const struct model_run *run)
{
	return least(model_add(run->anchor, step_of(model, sequence, run->step)->within_ns),
		     whole(model, sequence, run));
}

static bool waits(const struct model *model, uint32_t sequence, const struct model_run *run)
{
	return is_complete(model, sequence, run) && is_last(model, sequence, run->step) &&
	       has_trailing(model, sequence);
}

static int64_t deadline(const struct model *model, uint32_t sequence, const struct model_run *run)
{
	uint32_t n = model->fixture->sequences[sequence].step_count;
	int64_t within;

	if (!is_complete(model, sequence, run))
		return here_limit(model, sequence, run);
	if (!is_last(model, sequence, run->step)) {
		within = step_of(model, sequence, next_step(model, sequence, run->step))->within_ns;
		return least(model_add(run->last, within), whole(model, sequence, run));
	}
	if (!has_trailing(model, sequence))
		return whole(model, sequence, run);
	within = step_of(model, sequence, n - 1)->within_ns;
	return within == INT64_MAX ? whole(model, sequence, run) : model_add(run->last, within);
}

/* ---- matches -----------------------------------------------------------------------------------
 */

static void drop_over(struct model_sequence *of)
{
	uint32_t kept = 0;

	for (uint32_t i = 0; i < of->n_runs; i++)
		if (!of->runs[i].over)
			of->runs[kept++] = of->runs[i];
	of->n_runs = kept;
}

static void end_runs(struct model *model, unsigned key, uint32_t sequence, int64_t time)
{
	struct model_sequence *of = model_of(model, key, sequence);

	for (uint32_t i = 0; i < of->n_runs; i++)
		if (of->runs[i].first <= time)
			of->runs[i].over = true;
}

static void write_match(struct model *model, uint32_t sequence, unsigned n_parts,
			uint32_t first_sequence, const struct model_run *const *parts, unsigned key,
			const struct model_run *by, int64_t time, bool due)
{
	char text[MODEL_LINE] = "";
	size_t used = 0;

	for (unsigned i = 0; i < n_parts; i++) {
		uint32_t at = first_sequence + i;

		for (uint32_t s = first_step(model, at);; s = next_step(model, at, s)) {
			used += (size_t)snprintf(text + used, sizeof(text) - used, "%u ",
						 parts[i]->ids[s]);
			if (is_last(model, at, s))
				break;
		}
		used += (size_t)snprintf(text + used, sizeof(text) - used, "p%d %s ",
					 parts[i]->product, parts[i]->aggregates);
	}
	const struct model_event *event = due ? &by->event : model->event;
	const struct sl_step *first =
		step_of(model, first_sequence, first_step(model, first_sequence));
	bool at_end =
		first->kind == SL_STEP_WINDOW && model->fixture->windows[first->window].at_end;
	model_line(model->lines, "key %u %s %u@%lld first %d event %u@%lld %s", key,
		   due ? "due" : "match", model->fixture->sequences[sequence].campaign,
		   (long long)time, at_end ? -1 : (int)parts[0]->first_id, event->id,
		   (long long)event->time_ns, text);
}

static void complete_all(struct model *model, unsigned key, uint32_t sequence,
			 const struct model_run *run, int64_t time, bool due)
{
	const struct sl_campaign *campaign =
		&model->fixture->campaigns[model->fixture->sequences[sequence].campaign];
	struct model_sequence *of = model_of(model, key, sequence);
	const struct model_run *parts[SL_SEQUENCES_MAX];
	int64_t min = INT64_MAX, max = INT64_MIN;

	if (of->has_completion && of->completion.last > time)
		return;
	of->has_completion = true;
	of->completion = *run;
	of->completion.last = time;
	for (uint32_t i = 0; i < campaign->sequence_count; i++) {
		struct model_sequence *other = model_of(model, key, campaign->sequence + i);

		if (!other->has_completion)
			return;
		parts[i] = &other->completion;
		min = least(min, other->completion.last);
		max = other->completion.last > max ? other->completion.last : max;
	}
	if (max - min > campaign->join_within_ns)
		return;
	write_match(model, sequence, campaign->sequence_count, campaign->sequence, parts, key, run,
		    time, due);
	for (uint32_t i = 0; i < campaign->sequence_count; i++) {
		model_of(model, key, campaign->sequence + i)->has_completion = false;
		if (model->fixture->sequences[sequence].after != SL_AFTER_OVERLAP)
			end_runs(model, key, campaign->sequence + i, time);
	}
}

void model_complete(struct model *model, unsigned key, uint32_t sequence, struct model_run *run,
		    int64_t time, bool due)
{
	const struct sl_campaign *campaign =
		&model->fixture->campaigns[model->fixture->sequences[sequence].campaign];
	const struct model_run *parts[1] = {run};

	run->over = true;
	if (model->fixture->sequences[sequence].after != SL_AFTER_OVERLAP) {
		end_runs(model, key, sequence, time);
		for (uint32_t i = 0; campaign->join == SL_JOIN_ANY && i < campaign->sequence_count;
		     i++)
			end_runs(model, key, campaign->sequence + i, time);
	}
	if (campaign->join == SL_JOIN_ALL)
		complete_all(model, key, sequence, run, time, due);
	else
		write_match(model, sequence, 1, sequence, parts, key, run, time, due);
}

/* ---- an event and a run ------------------------------------------------------------------------
 */

static void accept(struct model *model, uint32_t sequence, struct model_run *run, uint32_t step)
{
	run->ids[step] = model->event->id;
	if (step == first_step(model, sequence))
		run->product = model->event->product;
	run->event = *model->event;
}

enum answer { PASSED, TAKEN, DIED, COMPLETED };

static enum answer ask(struct model *model, uint32_t sequence, struct model_run *run)
{
	const struct sl_sequence *of = &model->fixture->sequences[sequence];
	const struct sl_step *step = step_of(model, sequence, run->step);
	int64_t t = model->event->time_ns, limit;
	bool complete = is_complete(model, sequence, run);
	uint32_t next = next_step(model, sequence, run->step);
	bool ends = is_last(model, sequence, run->step) && !has_trailing(model, sequence);

	if (t < run->last || t > deadline(model, sequence, run))
		return PASSED;
	if (step->has_until && !run->done &&
	    holds(model, model->fixture->step_until[of->step + run->step]) &&
	    t <= here_limit(model, sequence, run)) {
		if (run->count < step->times_from)
			return DIED;
		run->done = true;
		run->last = t;
		return ends ? COMPLETED : TAKEN;
	}
	limit = complete ? deadline(model, sequence, run) : INT64_MIN;
	if (complete && next < of->step_count && t <= limit &&
	    step_holds(model, sequence, next, run)) {
		accept(model, sequence, run, next);
		run->anchor = run->last;
		run->last = t;
		run->step = next;
		run->count = 1;
		run->done = false;
		return is_complete(model, sequence, run) && is_last(model, sequence, next) &&
				       !has_trailing(model, sequence)
			       ? COMPLETED
			       : TAKEN;
	}
	if (step->kind == SL_STEP_EVENT && !run->done && run->count < step->times_to &&
	    t <= here_limit(model, sequence, run) && step_holds(model, sequence, run->step, run)) {
		accept(model, sequence, run, run->step);
		run->last = t;
		run->count++;
		return is_complete(model, sequence, run) && ends ? COMPLETED : TAKEN;
	}
	for (uint32_t i = run->step + 1; complete && i < next; i++)
		if (t <= limit && step_holds(model, sequence, i, run))
			return DIED;
	if (of->strict && holds(model, model->fixture->among[sequence]))
		return DIED;
	return PASSED;
}

/* ---- starting ----------------------------------------------------------------------------------
 */

void model_told(struct model *model, uint32_t sequence, const char *what)
{
	bool *told = strcmp(what, "late") == 0 ? &model->late : &model->full;

	if (!*told)
		model_line(model->lines, "key %u %s %u event %u", model->event->key, what,
			   model->fixture->sequences[sequence].campaign, model->event->id);
	*told = model->told = true;
}

bool model_may_begin(struct model *model, uint32_t sequence, const struct model_run *run,
		     bool matched, bool taken)
{
	const struct sl_sequence *of = &model->fixture->sequences[sequence];
	const struct model_sequence *its = model_of(model, model->event->key, sequence);
	uint32_t live = 0;

	for (uint32_t i = 0; i < its->n_runs; i++) {
		if (its->runs[i].over)
			continue;
		live++;
		if (of->after == SL_AFTER_RESTART &&
		    deadline(model, sequence, &its->runs[i]) >= model->event->time_ns)
			return false;
	}
	if (of->after == SL_AFTER_RESTART && (matched || taken))
		return false;
	if (of->after == SL_AFTER_SKIP_PAST && matched)
		return false;
	if (deadline(model, sequence, run) < model->tick)
		return false;
	if (is_complete(model, sequence, run) && is_last(model, sequence, run->step) &&
	    !has_trailing(model, sequence))
		return true;
	if (live >= of->runs_max) {
		model_told(model, sequence, "runs_full");
		return false;
	}
	return true;
}

bool model_begin(struct model *model, uint32_t sequence, bool matched, bool taken,
		 const char *aggregates)
{
	struct model_sequence *its = model_of(model, model->event->key, sequence);
	struct model_run run = {0};
	int64_t t = model->event->time_ns;

	run.first = run.last = run.anchor = t;
	run.step = first_step(model, sequence);
	run.count = 1;
	run.first_id = model->event->id;
	snprintf(run.aggregates, sizeof(run.aggregates), "%s", aggregates);
	accept(model, sequence, &run, run.step);
	if (!(is_complete(model, sequence, &run) && is_last(model, sequence, run.step) &&
	      !has_trailing(model, sequence) &&
	      step_of(model, sequence, run.step)->kind == SL_STEP_WINDOW) &&
	    !model_may_begin(model, sequence, &run, matched, taken))
		return false;
	if (is_complete(model, sequence, &run) && is_last(model, sequence, run.step) &&
	    !has_trailing(model, sequence)) {
		model_complete(model, model->event->key, sequence, &run, t, false);
		return true;
	}
	drop_over(its);
	assert(its->n_runs < MODEL_RUNS);
	its->runs[its->n_runs++] = run;
	return true;
}

/* ---- an event and a sequence -------------------------------------------------------------------
 */

static bool note(struct model *model, uint32_t sequence)
{
	struct model_sequence *its = model_of(model, model->event->key, sequence);
	int64_t t = model->event->time_ns;

	if (!is_not(model, sequence, 0) || !step_holds(model, sequence, 0, NULL) ||
	    (its->has_note && its->note >= t) ||
	    model_add(t, step_of(model, sequence, 0)->within_ns) < model->tick)
		return false;
	its->has_note = true;
	its->note = t;
	return true;
}

static bool start(struct model *model, uint32_t sequence, bool matched, bool taken)
{
	struct model_sequence *its = model_of(model, model->event->key, sequence);
	uint32_t first = first_step(model, sequence);

	if (!step_holds(model, sequence, first, NULL))
		return false;
	if (its->has_note &&
	    model_add(its->note, step_of(model, sequence, 0)->within_ns) >= model->event->time_ns)
		return false;
	if (step_of(model, sequence, first)->kind == SL_STEP_WINDOW)
		return model_window_take(model, sequence, matched, taken);
	return model_begin(model, sequence, matched, taken, "");
}

static bool is_touched(const struct model *model, uint32_t sequence)
{
	const struct sl_sequence *of = &model->fixture->sequences[sequence];

	for (uint32_t i = of->step; i < of->step + of->step_count; i++)
		if (holds(model, model->fixture->step_condition[i]) ||
		    holds(model, model->fixture->step_until[i]))
			return true;
	return holds(model, model->fixture->among[sequence]);
}

static void apply_sequence(struct model *model, uint32_t sequence)
{
	struct model_sequence *its = model_of(model, model->event->key, sequence);
	bool matched = false, taken = false, changed = false;

	if (!is_touched(model, sequence))
		return;
	for (uint32_t i = 0; i < its->n_runs; i++) {
		struct model_run *run = &its->runs[i];
		enum answer answer = run->over ? PASSED : ask(model, sequence, run);

		if (answer == PASSED)
			continue;
		changed = true;
		taken |= answer != DIED;
		run->over |= answer == DIED;
		if (answer == COMPLETED) {
			matched = true;
			model_complete(model, model->event->key, sequence, run,
				       model->event->time_ns, false);
		}
	}
	model->told = false;
	changed |= start(model, sequence, matched, taken);
	changed |= note(model, sequence);
	if (!changed && !model->told && model->event->time_ns < model->tick)
		model_told(model, sequence, "late");
}

/* ---- time --------------------------------------------------------------------------------------
 */

static void expire(struct model *model, unsigned key, int64_t tick)
{
	for (uint32_t s = 0; s < model->fixture->artifact.n_sequences; s++) {
		struct model_sequence *its = model_of(model, key, s);
		const struct sl_campaign *campaign =
			&model->fixture->campaigns[model->fixture->sequences[s].campaign];
		const struct sl_step *first = step_of(model, s, first_step(model, s));
		uint32_t kept = 0;

		for (uint32_t i = 0; i < its->n_runs; i++)
			if (!waits(model, s, &its->runs[i]) &&
			    deadline(model, s, &its->runs[i]) < tick)
				its->runs[i].over = true;
		drop_over(its);
		if (its->has_note && model_add(its->note, step_of(model, s, 0)->within_ns) < tick)
			its->has_note = false;
		if (its->has_completion &&
		    model_add(its->completion.last, campaign->join_within_ns) < tick)
			its->has_completion = false;
		if (first->kind != SL_STEP_WINDOW)
			continue;
		for (uint32_t i = 0; i < its->n_entries; i++)
			if (model_add(its->entries[i].time_ns,
				      model->fixture->windows[first->window].length_ns) >= tick)
				its->entries[kept++] = its->entries[i];
		its->n_entries = kept;
		if (model->fixture->windows[first->window].at_end)
			continue;
		kept = 0;
		for (uint32_t i = 0; i < its->n_windows; i++)
			if (model_window_due(model, s, &its->windows[i]) >= tick) {
				if (kept != i)
					its->windows[kept] = its->windows[i];
				kept++;
			}
		its->n_windows = kept;
	}
}

static bool is_at_end(const struct model *model, uint32_t sequence)
{
	const struct sl_step *first = step_of(model, sequence, first_step(model, sequence));

	return first->kind == SL_STEP_WINDOW && model->fixture->windows[first->window].at_end;
}

static int64_t next_due(struct model *model, unsigned key)
{
	int64_t due = INT64_MAX;

	for (uint32_t s = 0; s < model->fixture->artifact.n_sequences; s++) {
		struct model_sequence *its = model_of(model, key, s);

		for (uint32_t i = 0; i < its->n_runs; i++)
			if (waits(model, s, &its->runs[i]))
				due = least(due, deadline(model, s, &its->runs[i]));
		for (uint32_t i = 0; is_at_end(model, s) && i < its->n_windows; i++)
			due = least(due, model_window_due(model, s, &its->windows[i]));
	}
	return due;
}

static void fire_due(struct model *model, unsigned key, int64_t due)
{
	for (uint32_t s = 0; s < model->fixture->artifact.n_sequences; s++) {
		struct model_sequence *its = model_of(model, key, s);

		for (uint32_t i = 0; i < its->n_runs; i++)
			if (!its->runs[i].over && waits(model, s, &its->runs[i]) &&
			    deadline(model, s, &its->runs[i]) == due)
				model_complete(model, key, s, &its->runs[i], due, true);
		for (uint32_t i = 0; is_at_end(model, s) && i < its->n_windows;)
			if (model_window_due(model, s, &its->windows[i]) == due)
				model_window_close(model, key, s, i);
			else
				i++;
	}
	for (uint32_t s = 0; s < model->fixture->artifact.n_sequences; s++)
		drop_over(model_of(model, key, s));
}

static void happen_before(struct model *model, unsigned key, int64_t tick)
{
	int64_t due;

	model->event = NULL;
	while ((due = next_due(model, key)) < tick) {
		expire(model, key, due);
		fire_due(model, key, due);
	}
	expire(model, key, tick);
}

void model_tick(struct model *model, int64_t tick)
{
	for (unsigned key = 0; key < MODEL_KEYS; key++)
		happen_before(model, key, tick);
}

void model_apply(struct model *model, const struct model_event *event, int64_t tick)
{
	const struct fixture *fixture = model->fixture;

	happen_before(model, event->key, tick);
	model->event = event;
	model->tick = tick;
	for (uint32_t c = 0; c < fixture->artifact.n_campaigns; c++) {
		const struct sl_campaign *campaign = &fixture->campaigns[c];

		model->late = model->full = false;
		for (uint32_t i = 0; i < campaign->sequence_count; i++)
			apply_sequence(model, campaign->sequence + i);
		for (uint32_t i = 0; i < campaign->sequence_count; i++)
			drop_over(model_of(model, event->key, campaign->sequence + i));
	}
}
