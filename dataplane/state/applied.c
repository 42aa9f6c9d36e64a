/* Applying an event: whose conditions hold is known, what they change is found here. */
#include "states_priv.h"

/* ---- one sequence ------------------------------------------------------------------------------
 */

static bool ask_runs(struct sl_states *states, struct sl_memory *memory, const struct sl_held *held,
		     struct sl_start *start)
{
	bool changed = false;

	for (uint32_t i = 0; i < memory->n_runs && !states->failed; i++) {
		struct sl_memory_run *run = &memory->runs[i];

		if (run->over)
			continue;
		switch (sl_run_ask(states, memory, run, held)) {
		case SL_RUN_PASSED:
			continue;
		case SL_RUN_TAKEN:
			start->taken = true;
			break;
		case SL_RUN_DIED:
			run->over = true;
			break;
		case SL_RUN_COMPLETED:
			start->matched = start->taken = true;
			sl_sequence_completed(states, memory, run, states->arrival.time_ns, false);
			break;
		}
		memory->changed = memory->changed_runs = changed = true;
	}
	return changed;
}

/* The leading NOT's event came. */
static bool note(struct sl_states *states, struct sl_memory *memory, const struct sl_held *held)
{
	int64_t time = states->arrival.time_ns;

	if (!memory->plan->leading || !(held->steps & 1) || memory->plan->of->draining)
		return false;
	if ((memory->has_note && memory->note_ns >= time) ||
	    sl_time_add(time, memory->plan->steps[0].within_ns) < states->tick_ns)
		return false;
	if (!memory->has_note && states->is_short) {
		sl_call_tell(states, SL_GATE_STATE_FULL);
		return false;
	}
	memory->has_note = true;
	memory->note_ns = time;
	memory->changed = memory->changed_runs = true;
	return true;
}

static void apply_sequence(struct sl_states *states, struct sl_memory *memory,
			   const struct sl_held *held)
{
	struct sl_start start = {0};
	bool changed;

	states->told_now = false;
	changed = ask_runs(states, memory, held, &start);
	changed |= sl_start(states, memory, held, &start);
	changed |= note(states, memory, held);
	if (!changed && !states->told_now && states->arrival.time_ns < states->tick_ns)
		sl_call_tell(states, SL_GATE_LATE);
}

/* ---- one campaign ------------------------------------------------------------------------------
 */

static void hold(struct sl_states *states, const struct sl_trigger *trigger)
{
	const struct sl_artifact *artifact = states->plan->artifact;

	for (uint32_t i = 0; i < states->campaign->sequence_count; i++) {
		uint32_t index = states->campaign->sequence + i;
		const struct sl_sequence *sequence = &artifact->sequences[index];
		uint32_t step = trigger->step - sequence->step;

		if (trigger->role == SL_TRIGGER_AMONG) {
			states->held[i].among |= trigger->step == index;
			continue;
		}
		if (trigger->step < sequence->step || step >= sequence->step_count)
			continue;
		if (trigger->role == SL_TRIGGER_STEP)
			states->held[i].steps |= 1u << step;
		else
			states->held[i].untils |= 1u << step;
	}
}

/* Whose first n triggers hold. */
static void apply_campaign(struct sl_states *states, const uint32_t *triggers, uint32_t n)
{
	const struct sl_trigger *all = states->plan->artifact->triggers;

	sl_call_campaign_begin(states, all[triggers[0]].campaign, states->tick_ns);
	memset(states->held, 0, sizeof(states->held));
	for (uint32_t i = 0; i < n; i++)
		hold(states, &all[triggers[i]]);
	for (uint32_t i = 0; i < states->campaign->sequence_count && !states->failed; i++) {
		const struct sl_held *held = &states->held[i];

		if (states->memories[i].plan->usable &&
		    (held->steps || held->untils || held->among))
			apply_sequence(states, &states->memories[i], held);
	}
	sl_call_campaign_end(states);
}

/* Nothing could be written: each campaign is told so, and nothing of the event has happened. */
static void refuse(struct sl_states *states, const uint32_t *triggers, uint32_t n)
{
	const struct sl_artifact *artifact = states->plan->artifact;

	states->n_fires = states->n_told = states->n_changes = 0;
	states->failed = false;
	for (uint32_t i = 0; i < n; i++) {
		uint32_t campaign = artifact->triggers[triggers[i]].campaign;

		if (!artifact->campaigns[campaign].sequence_count ||
		    (i && artifact->triggers[triggers[i - 1]].campaign == campaign))
			continue;
		states->campaign = &artifact->campaigns[campaign];
		memset(states->told, 0, sizeof(states->told));
		sl_call_tell(states, SL_GATE_STATE_FULL);
	}
}

static struct sl_span pack_id(struct sl_states *states, struct sl_text id)
{
	struct sl_pack out = sl_call_pack(states);

	sl_pack_id(&out, id);
	return sl_call_packed(states, &out);
}

/* Works the event out, and writes what it came to. False: there was no memory for that, and nothing
 * has happened. */
static bool apply(struct sl_states *states, const struct sl_state_plan *plan,
		  const struct sl_state_input *input, uint32_t block, bool is_short)
{
	const struct sl_artifact *artifact = plan->artifact;
	uint32_t n;

	sl_call_begin(states, plan, input->tick_ns, input->key, input->hash, block);
	states->arrival.event = input->event;
	states->arrival.time_ns = input->event->time_ns;
	states->arrival.id = pack_id(states, input->event->id);
	states->is_short = is_short;
	for (uint32_t i = 0; i < input->n_triggers; i += n) {
		uint32_t campaign = artifact->triggers[input->triggers[i]].campaign;

		for (n = 1; i + n < input->n_triggers; n++)
			if (artifact->triggers[input->triggers[i + n]].campaign != campaign)
				break;
		if (artifact->campaigns[campaign].sequence_count)
			apply_campaign(states, input->triggers + i, n);
	}
	return sl_call_commit(states, false, INT64_MAX);
}

int sl_states_event(struct sl_states *states, const struct sl_state_plan *plan,
		    const struct sl_state_input *input, struct sl_state_outcome *ret_outcome)
{
	bool is_short = sl_keys_short(&states->keys); /* may move records */
	uint32_t block = sl_keys_find(&states->keys, input->key, input->hash);
	uint64_t full = states->full;
	bool is_done;

	if (block && sl_due_may_be(states, block, input->tick_ns)) {
		if (sl_due_examine(states, plan, block, input->tick_ns, ret_outcome))
			return 1;
		block = sl_keys_find(&states->keys, input->key, input->hash);
	}
	is_done = apply(states, plan, input, block, is_short);
	/* what is under way goes on without what would begin */
	if (!is_done && !is_short && block) {
		states->full = full;
		is_done = apply(states, plan, input, block, true);
	}
	if (!is_done) {
		states->stopped += block != 0;
		refuse(states, input->triggers, input->n_triggers);
	}
	sl_call_outcome(states, input->event->time_ns, ret_outcome);
	return 0;
}
