/* What a match is told as. Everything that it points to is copied: the record it came from is
 * written anew before anybody looks. */
#include "states_priv.h"

static struct sl_text text_of_id(struct sl_states *states, struct sl_span packed)
{
	char *at = sl_call_take(states, SL_ID_TEXT_MAX(packed.bytes));

	if (!at)
		return (struct sl_text){0};
	return (struct sl_text){at, sl_id_text(packed, at)};
}

static struct sl_text copy_text(struct sl_states *states, struct sl_text text)
{
	char *at = sl_call_take(states, text.bytes);

	if (!at)
		return (struct sl_text){0};
	if (text.bytes)
		memcpy(at, text.at, text.bytes);
	return (struct sl_text){at, text.bytes};
}

static struct sl_any copy_value(struct sl_states *states, struct sl_span packed)
{
	struct sl_any value = sl_packed_any(packed);

	if (value.kind == SL_KIND_STRING)
		value.text = copy_text(states, (struct sl_text){value.text, value.count}).at;
	return value;
}

static void fill_part(struct sl_states *states, const struct sl_plan_sequence *plan,
		      const struct sl_memory_run *run, struct sl_state_part *part)
{
	uint32_t n_captures = plan->of->capture_count, n = plan->n_aggregates;
	struct sl_any *captures = sl_call_take(states, n_captures * sizeof(*captures));
	struct sl_any *aggregates = sl_call_take(states, n * sizeof(*aggregates));

	if (!captures || !aggregates)
		return;
	for (uint32_t i = 0; i < n_captures; i++)
		captures[i] = copy_value(states, run->captures[i]);
	for (uint32_t i = 0; i < n; i++)
		aggregates[i] = copy_value(states, run->aggregates[i]);
	*part = (struct sl_state_part){
		.sequence = plan->index,
		.n_captures = n_captures,
		.n_aggregates = n,
		.captures = captures,
		.aggregates = aggregates,
	};
}

static uint32_t fill_steps(struct sl_states *states, const struct sl_plan_sequence *plan,
			   const struct sl_memory_run *run, struct sl_state_step *steps)
{
	uint32_t n = 0;

	for (unsigned i = plan->first; i <= plan->last; i++) {
		if (plan->steps[i].kind == SL_STEP_NOT)
			continue;
		steps[n++] = (struct sl_state_step){
			.name = sl_artifact_text(states->plan->artifact, plan->steps[i].name),
			.id = text_of_id(states, run->ids[i]),
		};
	}
	return n;
}

/* The event that completed it; of a due match the last that was accepted. */
static void fill_event(struct sl_states *states, const struct sl_plan_sequence *plan,
		       const struct sl_memory_run *run, struct sl_state_fire *fire)
{
	const struct sl_event *event = states->arrival.event;

	if (!fire->due) {
		fire->event_time_ns = states->arrival.time_ns;
		fire->event_id = event->id;
		fire->event_type = event->type;
		fire->event_channel = event->source_channel;
		if (plan->campaign->for_customer)
			fire->customer = event->key;
		return;
	}
	fire->event_time_ns = run->event.time_ns;
	fire->event_id = text_of_id(states, run->ids[plan->last]);
	fire->event_type = copy_text(states, run->event.type);
	fire->event_channel = copy_text(states, run->event.channel);
	fire->customer = copy_text(states, run->event.customer);
}

/* The time of which the match says that nothing came in it. */
static void say_absence(const struct sl_plan_sequence *plan, const struct sl_memory_run *run,
			int64_t time_ns, struct sl_state_fire *fire)
{
	int64_t from = INT64_MAX, to = INT64_MIN;

	if (plan->trailing) {
		from = run->event.time_ns;
		to = time_ns;
	}
	if (plan->says_between || plan->says_end) {
		from = run->first_ns < from ? run->first_ns : from;
		to = time_ns;
	}
	if (plan->leading) {
		int64_t before;

		if (__builtin_sub_overflow(run->first_ns, plan->steps[0].within_ns, &before))
			before = INT64_MIN;
		from = before < from ? before : from;
		to = run->first_ns > to ? run->first_ns : to;
	}
	if (from < fire->absent_from_ns)
		fire->absent_from_ns = from;
	if (to > fire->absent_to_ns)
		fire->absent_to_ns = to;
}

void sl_fire(struct sl_states *states, const struct sl_memory_run *const *runs, unsigned n_parts,
	     unsigned completing, int64_t time_ns, bool due)
{
	const struct sl_plan_sequence *first_plan, *plan;
	struct sl_state_part *parts = sl_call_take(states, n_parts * sizeof(*parts));
	struct sl_state_step *steps;
	struct sl_state_fire *fire;
	unsigned base = n_parts == 1 ? completing : 0;

	steps = sl_call_take(states, n_parts * SL_STEPS_MAX * sizeof(*steps));
	if (!parts || !steps || states->n_fires == SL_STATE_FIRES_MAX) {
		states->failed = true;
		return;
	}
	fire = &states->fires[states->n_fires++];
	*fire = (struct sl_state_fire){
		.campaign = (uint32_t)(states->campaign - states->plan->artifact->campaigns),
		.due = due,
		.time_ns = time_ns,
		.absent_from_ns = INT64_MAX,
		.absent_to_ns = INT64_MIN,
		.steps = steps,
		.n_parts = n_parts,
		.parts = parts,
	};
	for (unsigned i = 0; i < n_parts; i++) {
		plan = states->memories[base + i].plan;
		fill_part(states, plan, runs[i], &parts[i]);
		fire->n_steps += fill_steps(states, plan, runs[i], steps + fire->n_steps);
		say_absence(plan, runs[i], time_ns, fire);
	}
	fire->lost = fire->absent_from_ns <= fire->absent_to_ns &&
		     sl_call_is_lost(states, fire->absent_from_ns, fire->absent_to_ns);
	fill_event(states, states->memories[completing].plan, runs[n_parts == 1 ? 0 : completing],
		   fire);
	first_plan = states->memories[base].plan;
	if (!first_plan->window || !first_plan->window->at_end)
		fire->first_id = text_of_id(states, runs[0]->first_id.bytes
							    ? runs[0]->first_id
							    : runs[0]->ids[first_plan->first]);
}

struct sl_any sl_state_fire_capture(const struct sl_state_plan *plan,
				    const struct sl_state_fire *fire, uint32_t index)
{
	for (uint32_t i = 0; i < fire->n_parts; i++) {
		const struct sl_state_part *part = &fire->parts[i];
		uint32_t first = plan->artifact->sequences[part->sequence].capture;

		if (index >= first && index - first < part->n_captures)
			return part->captures[index - first];
	}
	return sl_packed_any(sl_span_of(NULL, 0));
}

struct sl_any sl_state_fire_aggregate(const struct sl_state_plan *plan,
				      const struct sl_state_fire *fire, uint32_t index)
{
	for (uint32_t i = 0; i < fire->n_parts; i++) {
		const struct sl_state_part *part = &fire->parts[i];
		const struct sl_plan_sequence *of = &plan->sequences[part->sequence];

		if (of->window && index >= of->window->aggregate &&
		    index - of->window->aggregate < part->n_aggregates)
			return part->aggregates[index - of->window->aggregate];
	}
	return sl_packed_any(sl_span_of(NULL, 0));
}
