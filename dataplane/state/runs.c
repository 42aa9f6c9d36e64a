/* What an event does to a run that is under way. */
#include "states_priv.h"

/* ---- what an event leaves ----------------------------------------------------------------------
 */

struct sl_span sl_capture_pack(struct sl_states *states, uint16_t slot)
{
	static const struct sl_value absent;
	const struct sl_event *event = states->arrival.event;
	const struct sl_value *value = slot < event->n_slots ? &event->slots[slot] : &absent;
	struct sl_pack out;

	if (value->kind == 0)
		return sl_span_of(NULL, 0);
	out = sl_call_pack(states);
	sl_pack_value(&out, value);
	return sl_call_packed(states, &out);
}

void sl_memory_event_set(struct sl_states *states, struct sl_memory_event *event,
			 const struct sl_plan_sequence *plan)
{
	const struct sl_event *of = states->arrival.event;

	*event = (struct sl_memory_event){0};
	if (!plan->keeps_event)
		return;
	event->time_ns = states->arrival.time_ns;
	event->type = of->type;
	event->channel = of->source_channel;
	if (plan->keeps_customer)
		event->customer = of->key;
}

/* The run takes the event for this step, which is its own or the next. */
void sl_run_accept(struct sl_states *states, const struct sl_plan_sequence *plan,
		   struct sl_memory_run *run, unsigned step)
{
	run->ids[step] = states->arrival.id;
	for (uint32_t i = 0; i < plan->of->capture_count; i++)
		if (plan->captures[i].step == step)
			run->captures[i] = sl_capture_pack(states, plan->captures[i].slot);
	sl_memory_event_set(states, &run->event, plan);
}

/* ---- links -------------------------------------------------------------------------------------
 */

static bool link_holds(struct sl_states *states, const struct sl_plan_sequence *plan,
		       const struct sl_memory_run *run, unsigned step)
{
	const struct sl_artifact *artifact = states->plan->artifact;
	const struct sl_step *of = &plan->steps[step];
	struct sl_any bound[SL_CAPTURES_MAX], value;

	if (!of->link_count)
		return true;
	for (uint32_t i = 0; i < plan->of->capture_count; i++)
		bound[i] = plan->captures[i].step <= run->step ? sl_packed_any(run->captures[i])
							       : sl_packed_any(sl_span_of(NULL, 0));
	sl_program_evaluate(artifact, artifact->code + of->link, of->link_count,
			    states->arrival.event, bound, plan->of->capture_count, states->room,
			    &value);
	return value.kind == SL_KIND_BOOL && value.integer;
}

/* The step's condition, and the time between the run's last event and the limit. */
static bool fits(struct sl_states *states, const struct sl_plan_sequence *plan,
		 const struct sl_memory_run *run, const struct sl_held *held, unsigned step,
		 int64_t limit_ns)
{
	int64_t time = states->arrival.time_ns;

	return held->steps >> step & 1 && run->last_ns <= time && time <= limit_ns &&
	       link_holds(states, plan, run, step);
}

/* ---- asking ------------------------------------------------------------------------------------
 */

/* The step is complete with this event. */
static enum sl_run_answer step_completed(const struct sl_plan_sequence *plan,
					 const struct sl_memory_run *run)
{
	return run->step == plan->last && !plan->trailing ? SL_RUN_COMPLETED : SL_RUN_TAKEN;
}

static enum sl_run_answer ask_until(struct sl_states *states, const struct sl_plan_sequence *plan,
				    struct sl_memory_run *run, const struct sl_held *held)
{
	const struct sl_step *step = &plan->steps[run->step];
	int64_t time = states->arrival.time_ns;

	if (!step->has_until || run->done || !(held->untils >> run->step & 1) ||
	    time < run->last_ns || time > sl_run_step_limit(plan, run))
		return SL_RUN_PASSED;
	if (run->count < step->times_from)
		return SL_RUN_DIED;
	run->done = true;
	run->last_ns = time;
	return step_completed(plan, run);
}

static enum sl_run_answer ask_next(struct sl_states *states, const struct sl_plan_sequence *plan,
				   struct sl_memory_run *run, const struct sl_held *held)
{
	unsigned next = plan->next[run->step];

	if (!next || !sl_run_is_complete(plan, run) ||
	    !fits(states, plan, run, held, next, sl_run_next_limit(plan, run)))
		return SL_RUN_PASSED;
	sl_run_accept(states, plan, run, next);
	run->anchor_ns = run->last_ns;
	run->last_ns = states->arrival.time_ns;
	run->step = (uint8_t)next;
	run->count = 1;
	run->done = false;
	return sl_run_is_complete(plan, run) ? step_completed(plan, run) : SL_RUN_TAKEN;
}

static enum sl_run_answer ask_repeat(struct sl_states *states, const struct sl_plan_sequence *plan,
				     struct sl_memory_run *run, const struct sl_held *held)
{
	const struct sl_step *step = &plan->steps[run->step];

	if (step->kind != SL_STEP_EVENT || run->done || run->count >= step->times_to ||
	    run->count == UINT32_MAX ||
	    !fits(states, plan, run, held, run->step, sl_run_step_limit(plan, run)))
		return SL_RUN_PASSED;
	if (run->step == plan->first && !run->first_id.bytes)
		run->first_id = run->ids[run->step];
	sl_run_accept(states, plan, run, run->step);
	run->last_ns = states->arrival.time_ns;
	run->count++;
	if (sl_run_is_complete(plan, run) && run->step == plan->last && !plan->trailing)
		return SL_RUN_COMPLETED;
	return SL_RUN_TAKEN;
}

/* What must not come between its step and the next, or behind the last. */
static bool is_forbidden(struct sl_states *states, const struct sl_plan_sequence *plan,
			 const struct sl_memory_run *run, const struct sl_held *held)
{
	unsigned next = plan->next[run->step], end = next ? next : plan->of->step_count;

	if (!sl_run_is_complete(plan, run))
		return false;
	for (unsigned i = run->step + 1u; i < end; i++)
		if (fits(states, plan, run, held, i,
			 next ? sl_run_next_limit(plan, run) : sl_not_limit(plan, run, i)))
			return true;
	return false;
}

enum sl_run_answer sl_run_ask(struct sl_states *states, struct sl_memory *memory,
			      struct sl_memory_run *run, const struct sl_held *held)
{
	const struct sl_plan_sequence *plan = memory->plan;
	int64_t time = states->arrival.time_ns;
	enum sl_run_answer answer;

	/* over: that the tick has not come to it yet must change nothing */
	if (time > sl_run_deadline(plan, run))
		return SL_RUN_PASSED;
	answer = ask_until(states, plan, run, held);
	if (answer == SL_RUN_PASSED)
		answer = ask_next(states, plan, run, held);
	if (answer == SL_RUN_PASSED)
		answer = ask_repeat(states, plan, run, held);
	if (answer != SL_RUN_PASSED)
		return answer;
	if (is_forbidden(states, plan, run, held))
		return SL_RUN_DIED;
	if (plan->of->strict && held->among && run->last_ns <= time)
		return SL_RUN_DIED;
	return SL_RUN_PASSED;
}
