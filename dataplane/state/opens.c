/* Windows that open and close: tumbling, of the calendar, sessions. */
#include "states_priv.h"

#include "base/calendar.h"

#define S_PER_DAY 86400
#define S_PER_HOUR 3600
#define NS_PER_S 1000000000

static int64_t floor_div(int64_t a, int64_t b)
{
	return a / b - (a % b < 0);
}

/* ---- the calendar ------------------------------------------------------------------------------
 */

/* The beginning, in local seconds, of the unit that many units behind the one that has local_s. */
static int64_t local_begin(uint32_t unit, int64_t local_s, int64_t later)
{
	int64_t days = floor_div(local_s, S_PER_DAY), year;
	unsigned month, day;

	switch (unit) {
	case SL_CALENDAR_HOUR:
		return (floor_div(local_s, S_PER_HOUR) + later) * S_PER_HOUR;
	case SL_CALENDAR_DAY:
		return (days + later) * S_PER_DAY;
	case SL_CALENDAR_WEEK: /* 1970 began on a Thursday */
		return (floor_div(days + 3, 7) * 7 - 3 + later * 7) * S_PER_DAY;
	default:
		sl_date_of(days, &year, &month, &day);
		later += year * 12 + (int64_t)month - 1;
		return sl_days_of(floor_div(later, 12),
				  (unsigned)(later - floor_div(later, 12) * 12) + 1, 1) *
		       S_PER_DAY;
	}
}

/* The first instant whose local time is this or later: where clocks jump over it, that of the jump;
 * where it comes twice, the first. */
static int64_t first_instant(const struct sl_artifact *artifact, uint32_t zone, int64_t local_s)
{
	int64_t low = local_s - SL_ZONE_OFFSET_S_MAX, high = local_s + SL_ZONE_OFFSET_S_MAX;
	int64_t before = sl_zone_offset(artifact, zone, low);
	int64_t after = sl_zone_offset(artifact, zone, high);

	if (before == after)
		return local_s - before;
	if (sl_zone_offset(artifact, zone, local_s - before) == before)
		return local_s - before;
	while (high - low > 1) { /* to the jump: of two within days the first */
		int64_t middle = low + (high - low) / 2;

		if (sl_zone_offset(artifact, zone, middle) == before)
			low = middle;
		else
			high = middle;
	}
	return high > local_s - after ? high : local_s - after;
}

static void calendar_bounds(const struct sl_artifact *artifact, const struct sl_window *window,
			    int64_t time_ns, int64_t *ret_start_ns, int64_t *ret_end_ns)
{
	int64_t at_s = floor_div(time_ns, NS_PER_S), end_s, start_s;
	int64_t local_s = at_s + sl_zone_offset(artifact, window->zone, at_s), later = 0;

	start_s = first_instant(artifact, window->zone, local_begin(window->unit, local_s, 0));
	end_s = first_instant(artifact, window->zone, local_begin(window->unit, local_s, 1));
	/* clocks went back over the end: the time is of the unit that had begun */
	while (end_s <= at_s && later < 48) {
		start_s = end_s;
		later++;
		end_s = first_instant(artifact, window->zone,
				      local_begin(window->unit, local_s, later + 1));
	}
	if (__builtin_mul_overflow(start_s, NS_PER_S, ret_start_ns))
		*ret_start_ns = INT64_MIN;
	if (__builtin_mul_overflow(end_s, NS_PER_S, ret_end_ns))
		*ret_end_ns = INT64_MAX;
}

static void bounds(const struct sl_states *states, const struct sl_plan_sequence *plan,
		   int64_t *ret_start_ns, int64_t *ret_end_ns)
{
	const struct sl_window *window = plan->window;
	int64_t time = states->arrival.time_ns;

	if (window->kind == SL_WINDOW_CALENDAR) {
		calendar_bounds(states->plan->artifact, window, time, ret_start_ns, ret_end_ns);
		return;
	}
	if (__builtin_mul_overflow(floor_div(time, window->length_ns), window->length_ns,
				   ret_start_ns))
		*ret_start_ns = INT64_MIN;
	*ret_end_ns = sl_time_add(*ret_start_ns, window->length_ns);
}

/* ---- taking an event ---------------------------------------------------------------------------
 */

static void add_event(struct sl_states *states, const struct sl_plan_sequence *plan,
		      struct sl_memory_open *open)
{
	struct sl_span values = sl_values_pack(states, plan);

	if (states->failed)
		return;
	open->count++;
	for (uint32_t i = 0; i < plan->n_aggregates; i++)
		sl_sum_add(states, plan, i, &open->sums[i], sl_value_of(plan, i, values));
	if (!plan->keeps_event)
		return;
	open->id = states->arrival.id;
	for (uint32_t i = 0; i < plan->of->capture_count; i++)
		open->captures[i] = sl_capture_pack(states, plan->captures[i].slot);
	sl_memory_event_set(states, &open->event, plan);
}

static bool holds(struct sl_states *states, const struct sl_plan_sequence *plan,
		  const struct sl_memory_open *open, struct sl_any ret[SL_AGGREGATES_MAX])
{
	for (uint32_t i = 0; i < plan->n_aggregates; i++)
		ret[i] = sl_sum_value(states, plan, i, &open->sums[i], open->count);
	return sl_having_holds(states, plan, ret);
}

/* A window with nothing in it yet, at its place by start. NULL: told why not. */
static struct sl_memory_open *begin_open(struct sl_states *states, struct sl_memory *memory,
					 int64_t start_ns, int64_t last_ns)
{
	uint32_t at = memory->n_open;

	if (memory->plan->of->draining)
		return NULL;
	if (memory->n_open >= memory->plan->of->runs_max) {
		sl_call_tell(states, SL_GATE_RUNS_FULL);
		return NULL;
	}
	if (states->is_short) {
		sl_call_tell(states, SL_GATE_STATE_FULL);
		return NULL;
	}
	for (; at && memory->open[at - 1].start_ns > start_ns; at--)
		memory->open[at] = memory->open[at - 1];
	memory->n_open++;
	memset(&memory->open[at], 0, sizeof(memory->open[at]));
	memory->open[at].start_ns = start_ns;
	memory->open[at].last_ns = last_ns;
	return &memory->open[at];
}

static struct sl_memory_open *find_open(struct sl_states *states, struct sl_memory *memory)
{
	struct sl_memory_open wanted = {0};

	bounds(states, memory->plan, &wanted.start_ns, &wanted.last_ns);
	if (sl_open_deadline(memory->plan, &wanted) < states->tick_ns)
		return NULL;
	for (uint32_t i = 0; i < memory->n_open; i++)
		if (memory->open[i].start_ns == wanted.start_ns)
			return &memory->open[i];
	return begin_open(states, memory, wanted.start_ns, wanted.last_ns);
}

/* ---- sessions ----------------------------------------------------------------------------------
 */

static bool joins(const struct sl_memory_open *session, int64_t time_ns, int64_t gap_ns)
{
	return time_ns <= sl_time_add(session->last_ns, gap_ns) &&
	       session->start_ns <= sl_time_add(time_ns, gap_ns);
}

static void merge(struct sl_states *states, struct sl_memory *memory, uint32_t earlier)
{
	struct sl_memory_open *to = &memory->open[earlier], *from = to + 1;

	for (uint32_t i = 0; i < memory->plan->n_aggregates; i++)
		sl_sum_merge(states, memory->plan, i, &to->sums[i], &from->sums[i]);
	to->count += from->count;
	to->fired |= from->fired;
	if (from->last_ns > to->last_ns)
		to->last_ns = from->last_ns;
	memory->n_open--;
	memmove(from, from + 1, (memory->n_open - earlier - 1) * sizeof(*from));
}

static struct sl_memory_open *find_session(struct sl_states *states, struct sl_memory *memory)
{
	int64_t time = states->arrival.time_ns, gap = memory->plan->window->length_ns;
	struct sl_memory_open *session;
	uint32_t at = 0;

	while (at < memory->n_open && !joins(&memory->open[at], time, gap))
		at++;
	if (at == memory->n_open)
		return sl_time_add(time, gap) < states->tick_ns
			       ? NULL
			       : begin_open(states, memory, time, time);
	while (at + 1 < memory->n_open && joins(&memory->open[at + 1], time, gap))
		merge(states, memory, at);
	session = &memory->open[at];
	if (time < session->start_ns)
		session->start_ns = time;
	if (time > session->last_ns)
		session->last_ns = time;
	return session;
}

/* ---- together ----------------------------------------------------------------------------------
 */

bool sl_open_take(struct sl_states *states, struct sl_memory *memory, const struct sl_start *start)
{
	const struct sl_plan_sequence *plan = memory->plan;
	struct sl_any aggregates[SL_AGGREGATES_MAX];
	struct sl_memory_open *open = plan->window->kind == SL_WINDOW_SESSION
					      ? find_session(states, memory)
					      : find_open(states, memory);

	if (!open)
		return false;
	memory->changed = memory->changed_runs = true;
	add_event(states, plan, open);
	if (plan->window->at_end || states->failed ||
	    (open->fired && plan->of->after != SL_AFTER_OVERLAP))
		return true;
	if (holds(states, plan, open, aggregates) &&
	    sl_window_fire(states, memory, start, aggregates))
		open->fired = true;
	return true;
}

/* The window's own event is the last one that came. */
void sl_open_close(struct sl_states *states, struct sl_memory *memory,
		   const struct sl_memory_open *open)
{
	const struct sl_plan_sequence *plan = memory->plan;
	struct sl_any aggregates[SL_AGGREGATES_MAX];
	struct sl_memory_run *run = &memory->runs[memory->n_runs];
	int64_t time = plan->window->kind == SL_WINDOW_SESSION
			       ? sl_time_add(open->last_ns, plan->window->length_ns)
			       : open->last_ns;

	if (!holds(states, plan, open, aggregates))
		return;
	run->first_ns = open->start_ns;
	run->last_ns = run->anchor_ns = time;
	run->count = 1;
	run->step = plan->first;
	run->done = run->over = false;
	run->first_id = sl_span_of(NULL, 0);
	run->ids[plan->first] = open->id;
	run->event = open->event;
	memcpy(run->captures, open->captures, sizeof(run->captures));
	for (uint32_t i = 0; i < plan->n_aggregates; i++) {
		struct sl_pack out = sl_call_pack(states);

		sl_pack_any(&out, &aggregates[i]);
		run->aggregates[i] = sl_call_packed(states, &out);
	}
	sl_sequence_completed(states, memory, run, time, true);
}
