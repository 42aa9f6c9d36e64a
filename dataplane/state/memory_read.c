/* Unpacking what a key remembers. Records were packed by us and images may be anybody's: both are
 * read alike, and what does not fit the plan is refused. */
#include "memory_priv.h"

void sl_memory_clear(const struct sl_plan_sequence *plan, struct sl_memory *ret)
{
	ret->plan = plan;
	ret->there = ret->changed = ret->changed_runs = false;
	ret->has_note = ret->has_completion = ret->added_is = false;
	ret->n_runs = ret->n_entries = ret->n_open = 0;
	ret->dropped_first = ret->dropped_last = ret->removed = 0;
	ret->more_bytes = 0;
}

static struct sl_text read_text(struct sl_unpack *in)
{
	uint64_t bytes = sl_unpack_number(in);
	const uint8_t *at = sl_unpack_bytes(in, bytes);

	return at ? (struct sl_text){(const char *)at, (uint32_t)bytes} : (struct sl_text){0};
}

static void read_event(struct sl_unpack *in, const struct sl_plan_sequence *plan,
		       const struct sl_interns *interns, int64_t last_ns,
		       struct sl_memory_event *event)
{
	uint64_t pair;

	*event = (struct sl_memory_event){0};
	if (!plan->keeps_event)
		return;
	pair = sl_unpack_number(in);
	event->time_ns = pair & 1 ? sl_unpack_time(in) : last_ns;
	pair >>= 1;
	if (pair > (interns ? interns->n : 0)) {
		in->bad = true;
	} else if (pair) {
		const struct sl_intern *its = &interns->pairs[pair - 1];
		const char *at = interns->bytes + its->at;

		event->type = (struct sl_text){at, its->type_bytes};
		event->channel = (struct sl_text){at + its->type_bytes, its->channel_bytes};
	} else {
		event->type = read_text(in);
		event->channel = read_text(in);
	}
	if (plan->keeps_customer)
		event->customer = read_text(in);
}

/* An absent value is a byte there and no bytes here. */
static struct sl_span read_span(struct sl_unpack *in)
{
	struct sl_span packed = sl_unpack_value(in);

	return packed.bytes == 1 && packed.at[0] == SL_PACKED_ABSENT ? sl_span_of(NULL, 0) : packed;
}

static void read_run(struct sl_unpack *in, const struct sl_plan_sequence *plan,
		     const struct sl_interns *interns, struct sl_memory_run *run)
{
	unsigned head = sl_unpack_byte(in);
	uint64_t count = head & RUN_COUNT ? sl_unpack_number(in) : 1;

	run->step = head & RUN_STEP;
	run->count = (uint32_t)count;
	run->done = head & RUN_DONE;
	run->over = false;
	if (run->step < plan->first || run->step > plan->last ||
	    plan->steps[run->step].kind == SL_STEP_NOT || count < 1 || count > UINT32_MAX ||
	    (run->done && !plan->steps[run->step].has_until)) {
		in->bad = true;
		return;
	}
	run->first_ns = sl_unpack_time(in);
	run->anchor_ns = head & RUN_TIMES ? sl_unpack_time(in) : run->first_ns;
	run->last_ns = head & RUN_TIMES ? sl_unpack_time(in) : run->first_ns;
	run->first_id = head & RUN_FIRST_ID ? sl_unpack_id(in) : sl_span_of(NULL, 0);
	for (unsigned i = plan->first; i <= run->step; i++)
		if (plan->steps[i].kind != SL_STEP_NOT)
			run->ids[i] = sl_unpack_id(in);
	for (uint32_t i = 0; i < plan->of->capture_count; i++)
		run->captures[i] =
			plan->captures[i].step <= run->step ? read_span(in) : sl_span_of(NULL, 0);
	for (uint32_t i = 0; i < plan->n_aggregates; i++)
		run->aggregates[i] = plan->keeps_aggregates ? read_span(in) : sl_span_of(NULL, 0);
	read_event(in, plan, interns, run->last_ns, &run->event);
}

static void read_runs(struct sl_unpack *in, const struct sl_plan_sequence *plan, bool is_one,
		      const struct sl_interns *interns, struct sl_memory *ret)
{
	uint64_t n = is_one ? 1 : sl_unpack_number(in);

	if (n > SL_RUNS_MAX)
		in->bad = true;
	for (uint64_t i = 0; i < n && !in->bad; i++)
		read_run(in, plan, interns, &ret->runs[ret->n_runs++]);
}

/* ---- windows ----------------------------------------------------------------------------------
 */

static void read_sum(struct sl_unpack *in, const struct sl_plan_sequence *plan, uint32_t function,
		     struct sl_memory_sum *sum)
{
	*sum = (struct sl_memory_sum){0};
	switch (function) {
	case SL_AGGREGATE_SUM:
	case SL_AGGREGATE_AVG:
		sum->n = sl_unpack_number(in);
		sum->overflow = sum->n & 1;
		sum->n >>= 1;
		sum->integer = sl_unpack_signed(in);
		sum->decimal = sl_unpack_double(in);
		break;
	case SL_AGGREGATE_MIN:
	case SL_AGGREGATE_MAX:
		sum->extreme = read_span(in);
		break;
	case SL_AGGREGATE_DISTINCT:
		sum->n = sl_unpack_number(in);
		if (sum->n > plan->window->keep)
			in->bad = true;
		else
			sum->hashes = sl_unpack_bytes(in, sum->n * 8);
		break;
	default:
		break;
	}
}

static void read_open(struct sl_unpack *in, const struct sl_plan_sequence *plan,
		      const struct sl_interns *interns, struct sl_memory_open *open)
{
	open->start_ns = sl_unpack_time(in);
	open->last_ns = sl_unpack_time(in);
	open->count = sl_unpack_number(in);
	open->fired = open->count & 1;
	open->count >>= 1;
	for (uint32_t i = 0; i < plan->n_aggregates; i++)
		read_sum(in, plan, plan->aggregates[i].function, &open->sums[i]);
	if (!open->count || open->last_ns < open->start_ns)
		in->bad = true;
	if (!plan->keeps_event)
		return;
	open->id = sl_unpack_id(in);
	for (uint32_t i = 0; i < plan->of->capture_count; i++)
		open->captures[i] = read_span(in);
	read_event(in, plan, interns, open->last_ns, &open->event);
}

static struct sl_span read_values(struct sl_unpack *in, const struct sl_plan_sequence *plan)
{
	const uint8_t *from = in->at;

	for (unsigned i = 0; i < plan->n_values; i++)
		sl_unpack_value(in);
	return sl_span_of(from, (size_t)(in->at - from));
}

static void read_entries(struct sl_unpack *in, struct sl_memory *ret)
{
	uint64_t n = sl_unpack_number(in);

	ret->more_bytes = n & 1 ? sl_unpack_number(in) : 0;
	n >>= 1;
	if (n > SL_KEEP_MAX)
		in->bad = true;
	for (uint64_t i = 0; i < n && !in->bad; i++) {
		struct sl_memory_entry *entry = &ret->entries[ret->n_entries++];

		entry->time_ns = sl_unpack_time(in);
		entry->values = read_values(in, ret->plan);
		if (i && entry->time_ns < entry[-1].time_ns)
			in->bad = true;
	}
}

static void read_window(struct sl_unpack *in, const struct sl_interns *interns,
			struct sl_memory *ret)
{
	const struct sl_plan_sequence *plan = ret->plan;
	uint64_t n;

	if (!plan->window) {
		in->bad = true;
		return;
	}
	if (plan->window->kind == SL_WINDOW_SLIDING) {
		read_entries(in, ret);
		return;
	}
	n = sl_unpack_number(in);
	if (n > SL_RUNS_MAX)
		in->bad = true;
	for (uint64_t i = 0; i < n && !in->bad; i++) {
		struct sl_memory_open *open = &ret->open[ret->n_open++];

		read_open(in, plan, interns, open);
		if (i && open->start_ns < open[-1].start_ns)
			in->bad = true;
	}
}

bool sl_memory_read(const struct sl_plan_sequence *plan, const struct sl_interns *interns,
		    struct sl_span body, struct sl_memory *ret)
{
	struct sl_unpack in = sl_unpack_of(body.at, body.bytes);
	unsigned head = sl_unpack_byte(&in);

	sl_memory_clear(plan, ret);
	in.unit = head & BODY_UNIT;
	if (head & BODY_LIMIT || !plan->usable)
		in.bad = true;
	if (head & BODY_NOTE) {
		ret->note_ns = sl_unpack_time(&in);
		ret->has_note = true;
		in.bad |= !plan->leading;
	}
	if (head & BODY_COMPLETION && !in.bad) {
		read_run(&in, plan, interns, &ret->completion);
		ret->has_completion = true;
	}
	if (head & BODY_RUNS && !in.bad)
		read_runs(&in, plan, head & BODY_ONE_RUN, interns, ret);
	if (head & BODY_WINDOW && !in.bad)
		read_window(&in, interns, ret);
	if (in.bad || in.at != in.end || sl_memory_is_empty(ret)) {
		sl_memory_clear(plan, ret);
		return false;
	}
	ret->there = true;
	return true;
}

/* ---- how a sliding window changed -------------------------------------------------------------
 */

void sl_memory_drop(struct sl_memory *memory, uint32_t n)
{
	memory->n_entries -= n;
	memmove(memory->entries, memory->entries + n,
		memory->n_entries * sizeof(memory->entries[0]));
}

/* Behind all that are not younger. */
void sl_memory_insert(struct sl_memory *memory, const struct sl_memory_entry *entry)
{
	uint32_t at = memory->n_entries++;

	for (; at && memory->entries[at - 1].time_ns > entry->time_ns; at--)
		memory->entries[at] = memory->entries[at - 1];
	memory->entries[at] = *entry;
}

bool sl_memory_read_more(struct sl_memory *memory, struct sl_unpack *in)
{
	uint64_t first = sl_unpack_number(in), removed = sl_unpack_number(in), last;
	unsigned added = sl_unpack_byte(in);
	struct sl_memory_entry entry = {0};

	if (!memory->plan->window || memory->plan->window->kind != SL_WINDOW_SLIDING)
		return false;
	if (added) {
		entry.time_ns = sl_unpack_signed(in);
		entry.values = read_values(in, memory->plan);
	}
	last = sl_unpack_number(in);
	if (in->bad || added > 1 || first > memory->n_entries)
		return false;
	sl_memory_drop(memory, (uint32_t)first);
	if (removed > memory->n_entries)
		return false;
	if (removed) {
		memory->n_entries--;
		for (uint64_t i = removed - 1; i < memory->n_entries; i++)
			memory->entries[i] = memory->entries[i + 1];
	}
	if (added) {
		if (memory->n_entries > SL_KEEP_MAX)
			return false;
		sl_memory_insert(memory, &entry);
	}
	if (last > memory->n_entries)
		return false;
	sl_memory_drop(memory, (uint32_t)last);
	return memory->n_entries <= SL_KEEP_MAX;
}

int sl_limit_read(struct sl_span body, int64_t ret_times_ns[LIMIT_TIMES_MAX])
{
	struct sl_unpack in = sl_unpack_of(body.at, body.bytes);
	unsigned head = sl_unpack_byte(&in);
	uint64_t n = sl_unpack_number(&in);

	in.unit = head & BODY_UNIT;
	if ((head & ~BODY_UNIT) != BODY_LIMIT || n < 1 || n > LIMIT_TIMES_MAX)
		return -1;
	for (uint64_t i = 0; i < n; i++) {
		ret_times_ns[i] = sl_unpack_time(&in);
		if (i && ret_times_ns[i] < ret_times_ns[i - 1])
			return -1;
	}
	return in.bad || in.at != in.end ? -1 : (int)n;
}
