/* Packing what a key remembers. What the plan says already is not written: how many captures a run
 * has, which steps have ids. memory_read.c is the other half. */
#include "memory_priv.h"

/* ---- the unit that is exact for all times ---------------------------------------------------- */

static void fit_run(uint8_t *unit, const struct sl_memory *memory, const struct sl_memory_run *run)
{
	sl_pack_fit_unit(unit, run->first_ns);
	sl_pack_fit_unit(unit, run->last_ns);
	sl_pack_fit_unit(unit, run->anchor_ns);
	if (memory->plan->keeps_event)
		sl_pack_fit_unit(unit, run->event.time_ns);
}

static uint8_t fit_unit(const struct sl_memory *memory)
{
	uint8_t unit = SL_TIME_UNIT_COARSEST;

	if (memory->has_note)
		sl_pack_fit_unit(&unit, memory->note_ns);
	if (memory->has_completion)
		fit_run(&unit, memory, &memory->completion);
	for (uint32_t i = 0; i < memory->n_runs; i++)
		if (!memory->runs[i].over)
			fit_run(&unit, memory, &memory->runs[i]);
	for (uint32_t i = 0; i < memory->n_entries; i++)
		sl_pack_fit_unit(&unit, memory->entries[i].time_ns);
	for (uint32_t i = 0; i < memory->n_open; i++) {
		const struct sl_memory_open *open = &memory->open[i];

		sl_pack_fit_unit(&unit, open->start_ns);
		sl_pack_fit_unit(&unit, open->last_ns);
		if (memory->plan->keeps_event)
			sl_pack_fit_unit(&unit, open->event.time_ns);
	}
	return unit;
}

/* ---- runs -------------------------------------------------------------------------------------
 */

static void write_text(struct sl_pack *out, struct sl_text text)
{
	sl_pack_number(out, text.bytes);
	sl_pack_bytes(out, text.at, text.bytes);
}

/* last_ns: of its run or window, whose last event it mostly is. */
static void write_event(const struct sl_memory *memory, const struct sl_memory_event *event,
			int64_t last_ns, struct sl_interns *interns, struct sl_pack *out)
{
	uint32_t pair;

	if (!memory->plan->keeps_event)
		return;
	pair = interns ? sl_intern(interns, event->type, event->channel) : 0;
	sl_pack_number(out, (uint64_t)pair << 1 | (event->time_ns != last_ns));
	if (event->time_ns != last_ns)
		sl_pack_time(out, event->time_ns);
	if (!pair) {
		write_text(out, event->type);
		write_text(out, event->channel);
	}
	if (memory->plan->keeps_customer)
		write_text(out, event->customer);
}

static void write_span(struct sl_pack *out, struct sl_span packed)
{
	if (packed.bytes)
		sl_pack_bytes(out, packed.at, packed.bytes);
	else
		sl_pack_byte(out, SL_PACKED_ABSENT);
}

static void write_run(const struct sl_memory *memory, const struct sl_memory_run *run,
		      struct sl_interns *interns, struct sl_pack *out)
{
	const struct sl_plan_sequence *plan = memory->plan;

	bool times = run->anchor_ns != run->first_ns || run->last_ns != run->first_ns;

	sl_pack_byte(out, run->step | (run->done ? RUN_DONE : 0) |
				  (run->first_id.bytes ? RUN_FIRST_ID : 0) |
				  (times ? RUN_TIMES : 0) | (run->count != 1 ? RUN_COUNT : 0));
	if (run->count != 1)
		sl_pack_number(out, run->count);
	sl_pack_time(out, run->first_ns);
	if (times) {
		sl_pack_time(out, run->anchor_ns);
		sl_pack_time(out, run->last_ns);
	}
	if (run->first_id.bytes)
		sl_pack_bytes(out, run->first_id.at, run->first_id.bytes);
	for (unsigned i = plan->first; i <= run->step; i++)
		if (plan->steps[i].kind != SL_STEP_NOT)
			sl_pack_bytes(out, run->ids[i].at, run->ids[i].bytes);
	for (uint32_t i = 0; i < plan->of->capture_count; i++)
		if (plan->captures[i].step <= run->step)
			write_span(out, run->captures[i]);
	if (plan->keeps_aggregates)
		for (uint32_t i = 0; i < plan->n_aggregates; i++)
			write_span(out, run->aggregates[i]);
	write_event(memory, &run->event, run->last_ns, interns, out);
}

static uint32_t live_runs(const struct sl_memory *memory)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < memory->n_runs; i++)
		n += !memory->runs[i].over;
	return n;
}

static void write_runs(const struct sl_memory *memory, uint32_t n, struct sl_interns *interns,
		       struct sl_pack *out)
{
	if (n != 1)
		sl_pack_number(out, n);
	for (uint32_t i = 0; i < memory->n_runs; i++)
		if (!memory->runs[i].over)
			write_run(memory, &memory->runs[i], interns, out);
}

/* ---- windows ----------------------------------------------------------------------------------
 */

static void write_sum(uint32_t function, const struct sl_memory_sum *sum, struct sl_pack *out)
{
	switch (function) {
	case SL_AGGREGATE_SUM:
	case SL_AGGREGATE_AVG:
		sl_pack_number(out, sum->n << 1 | sum->overflow);
		sl_pack_signed(out, sum->integer);
		sl_pack_double(out, sum->decimal);
		break;
	case SL_AGGREGATE_MIN:
	case SL_AGGREGATE_MAX:
		write_span(out, sum->extreme);
		break;
	case SL_AGGREGATE_DISTINCT:
		sl_pack_number(out, sum->n);
		sl_pack_bytes(out, sum->hashes, sum->n * 8);
		break;
	default: /* COUNT: the window's own */
		break;
	}
}

static void write_open(const struct sl_memory *memory, const struct sl_memory_open *open,
		       struct sl_interns *interns, struct sl_pack *out)
{
	const struct sl_plan_sequence *plan = memory->plan;

	sl_pack_time(out, open->start_ns);
	sl_pack_time(out, open->last_ns);
	sl_pack_number(out, open->count << 1 | open->fired);
	for (uint32_t i = 0; i < plan->n_aggregates; i++)
		write_sum(plan->aggregates[i].function, &open->sums[i], out);
	if (!plan->keeps_event)
		return;
	sl_pack_bytes(out, open->id.at, open->id.bytes);
	for (uint32_t i = 0; i < plan->of->capture_count; i++)
		write_span(out, open->captures[i]);
	write_event(memory, &open->event, open->last_ns, interns, out);
}

static void write_window(const struct sl_memory *memory, struct sl_interns *interns,
			 struct sl_pack *out)
{
	if (memory->plan->window->kind != SL_WINDOW_SLIDING) {
		sl_pack_number(out, memory->n_open);
		for (uint32_t i = 0; i < memory->n_open; i++)
			write_open(memory, &memory->open[i], interns, out);
		return;
	}
	sl_pack_number(out, (uint64_t)memory->n_entries << 1 | (memory->more_bytes > 0));
	if (memory->more_bytes)
		sl_pack_number(out, memory->more_bytes);
	for (uint32_t i = 0; i < memory->n_entries; i++) {
		sl_pack_time(out, memory->entries[i].time_ns);
		sl_pack_bytes(out, memory->entries[i].values.at, memory->entries[i].values.bytes);
	}
}

bool sl_memory_is_empty(const struct sl_memory *memory)
{
	return !memory->has_note && !memory->has_completion && !memory->n_entries &&
	       !memory->n_open && !live_runs(memory);
}

void sl_memory_write(const struct sl_memory *memory, struct sl_interns *interns,
		     struct sl_pack *out)
{
	bool window = memory->n_entries || memory->n_open;
	uint32_t runs = live_runs(memory);

	out->unit = fit_unit(memory);
	out->time = 0;
	sl_pack_byte(out, out->unit | (memory->has_note ? BODY_NOTE : 0) |
				  (memory->has_completion ? BODY_COMPLETION : 0) |
				  (runs ? BODY_RUNS : 0) | (runs == 1 ? BODY_ONE_RUN : 0) |
				  (window ? BODY_WINDOW : 0));
	if (memory->has_note)
		sl_pack_time(out, memory->note_ns);
	if (memory->has_completion)
		write_run(memory, &memory->completion, interns, out);
	if (runs)
		write_runs(memory, runs, interns, out);
	if (window)
		write_window(memory, interns, out);
}

/* ---- how a sliding window changed -------------------------------------------------------------
 */

void sl_memory_write_more(const struct sl_memory *memory, struct sl_pack *out)
{
	sl_pack_number(out, memory->dropped_first);
	sl_pack_number(out, memory->removed);
	sl_pack_byte(out, memory->added_is);
	if (memory->added_is) {
		sl_pack_signed(out, memory->added.time_ns);
		sl_pack_bytes(out, memory->added.values.at, memory->added.values.bytes);
	}
	sl_pack_number(out, memory->dropped_last);
}

void sl_limit_write(const int64_t *times_ns, unsigned n, struct sl_pack *out)
{
	uint8_t unit = SL_TIME_UNIT_COARSEST;

	for (unsigned i = 0; i < n; i++)
		sl_pack_fit_unit(&unit, times_ns[i]);
	out->unit = unit;
	out->time = 0;
	sl_pack_byte(out, unit | BODY_LIMIT);
	sl_pack_number(out, n);
	for (unsigned i = 0; i < n; i++)
		sl_pack_time(out, times_ns[i]);
}
