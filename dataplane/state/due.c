/* What happens when nothing comes: the tick has passed a key's timer. */
#include "states_priv.h"

#define LOOKS_MAX 64u /* keys that one call looks at, where nothing comes of it */
#define YOUNG_LOOK_NS (3600ll * 1000000000)

/* ---- how long the other things live ------------------------------------------------------------
 */

/* Of an entry that was not staged; *ret_gone: nobody needs it any more. */
static int64_t entry_due(struct sl_states *states, uint64_t slot, struct sl_span body,
			 int64_t tick_ns, bool *ret_gone)
{
	const struct sl_plan_slot *its = sl_plan_slot(states->plan, slot);
	struct sl_memory *memory = &states->memories[0];
	int64_t times[LIMIT_TIMES_MAX], due;
	int n;

	*ret_gone = false;
	if (!its) {
		*ret_gone = sl_plan_retired(states->plan, slot);
		return tick_ns == INT64_MAX ? INT64_MAX : sl_time_add(tick_ns, YOUNG_LOOK_NS);
	}
	if (its->kind == SL_SLOT_SEQUENCE) {
		sl_call_load_body(states, &states->plan->sequences[its->index], body, tick_ns,
				  memory);
		*ret_gone = sl_memory_is_empty(memory);
		return *ret_gone ? INT64_MAX : sl_memory_due(memory);
	}
	if (its->kind == SL_SLOT_GAPS) {
		struct sl_gaps gaps;

		*ret_gone = !sl_gaps_read(body, &gaps) || !gaps.n;
		due = *ret_gone ? INT64_MAX : sl_gaps_due(states->plan, &gaps);
		*ret_gone |= due < tick_ns;
		return due;
	}
	n = sl_limit_read(body, times);
	if (n < 1) {
		*ret_gone = true;
		return INT64_MAX;
	}
	due = sl_time_add(times[n - 1], states->plan->artifact->campaigns[its->index].limit_ns);
	*ret_gone = due < tick_ns;
	return due;
}

static bool is_staged(const struct sl_states *states, uint64_t slot)
{
	for (uint32_t i = 0; i < states->n_staged; i++)
		if (states->staged[i].slot == slot)
			return true;
	return false;
}

int64_t sl_call_rest_due(struct sl_states *states, int64_t tick_ns)
{
	int64_t least = INT64_MAX;
	const uint8_t *at = NULL;
	struct sl_span body;
	uint64_t slot;

	while (sl_call_next(states, &at, &slot, &body)) {
		int64_t due;
		bool gone;

		if (is_staged(states, slot))
			continue;
		due = entry_due(states, slot, body, tick_ns, &gone);
		if (gone && states->n_staged < STAGED_MAX / 2) {
			sl_call_stage_body(states, slot, sl_span_of(NULL, 0), INT64_MAX, true);
			sl_call_change(states, slot, sl_span_of(NULL, 0));
		} else if (due < least) {
			least = due;
		}
	}
	return least;
}

/* ---- what fires --------------------------------------------------------------------------------
 */

/* The first instant at which something of this key fires. */
static int64_t first_fire(struct sl_states *states)
{
	int64_t least = INT64_MAX;
	const uint8_t *at = NULL;
	struct sl_span body;
	uint64_t slot;

	while (sl_call_next(states, &at, &slot, &body)) {
		const struct sl_plan_slot *its = sl_plan_slot(states->plan, slot);
		int64_t due;

		if (!its || its->kind != SL_SLOT_SEQUENCE ||
		    !states->plan->sequences[its->index].keeps_event)
			continue;
		sl_call_load_body(states, &states->plan->sequences[its->index], body, INT64_MIN,
				  &states->memories[0]);
		due = sl_memory_fire_due(&states->memories[0]);
		if (due < least)
			least = due;
	}
	return least;
}

static void fall_due(struct sl_states *states, struct sl_memory *memory, int64_t due_ns)
{
	uint32_t kept = 0;

	for (uint32_t i = 0; i < memory->n_runs && !states->failed; i++) {
		struct sl_memory_run *run = &memory->runs[i];

		if (!run->over && sl_run_is_waiting(memory->plan, run) &&
		    sl_run_deadline(memory->plan, run) == due_ns)
			sl_sequence_completed(states, memory, run, due_ns, true);
	}
	if (!memory->plan->window || !memory->plan->window->at_end)
		return;
	for (uint32_t i = 0; i < memory->n_open; i++) {
		if (sl_open_deadline(memory->plan, &memory->open[i]) == due_ns) {
			sl_open_close(states, memory, &memory->open[i]);
			memory->changed = memory->changed_runs = true;
			continue;
		}
		if (kept != i)
			memory->open[kept] = memory->open[i];
		kept++;
	}
	memory->n_open = kept;
}

static bool fires_at(struct sl_states *states, uint32_t sequence, int64_t due_ns)
{
	if (!states->plan->sequences[sequence].keeps_event)
		return false;
	sl_call_load(states, sequence, INT64_MIN, &states->memories[0]);
	return sl_memory_fire_due(&states->memories[0]) == due_ns;
}

/* A campaign whose turn did not fit has told so; what it had due is given up, for else it would be
 * due for ever. */
static void give_up(struct sl_states *states)
{
	for (uint32_t i = 0; i < states->campaign->sequence_count; i++) {
		uint64_t slot =
			states->plan->sequences[states->campaign->sequence + i].of->registry;

		if (!sl_call_body(states, slot).bytes)
			continue;
		sl_call_stage_body(states, slot, sl_span_of(NULL, 0), INT64_MAX, true);
		sl_call_change(states, slot, sl_span_of(NULL, 0));
	}
}

static void fire_all(struct sl_states *states, int64_t due_ns)
{
	const uint8_t *at = NULL;
	struct sl_span body;
	uint64_t slot;

	while (sl_call_next(states, &at, &slot, &body)) {
		const struct sl_plan_slot *its = sl_plan_slot(states->plan, slot);
		uint32_t told = states->n_told;

		if (!its || its->kind != SL_SLOT_SEQUENCE || is_staged(states, slot) ||
		    !fires_at(states, its->index, due_ns))
			continue;
		sl_call_campaign_begin(
			states, states->plan->artifact->sequences[its->index].campaign, due_ns);
		for (uint32_t i = 0; i < states->campaign->sequence_count; i++)
			fall_due(states, &states->memories[i], due_ns);
		sl_call_campaign_end(states);
		if (states->n_told > told)
			give_up(states);
	}
}

/* ---- one key -----------------------------------------------------------------------------------
 */

/* There is no memory for what goes on after a match, which a join's completion may need: the match
 * stands, the rest is given up and told. */
static void give_up_staged(struct sl_states *states)
{
	states->failed = false;
	states->n_changes = 0;
	for (uint32_t i = 0; i < states->n_staged; i++) {
		struct sl_staged *staged = &states->staged[i];
		const struct sl_plan_slot *its = sl_plan_slot(states->plan, staged->slot);

		sl_call_change(states, staged->slot, sl_span_of(NULL, 0));
		if (!staged->body.bytes || !its || its->kind != SL_SLOT_SEQUENCE)
			continue;
		staged->body = sl_span_of(NULL, 0);
		states->campaign = states->plan->sequences[its->index].campaign;
		states->told[SL_GATE_STATE_FULL] = false;
		sl_call_tell(states, SL_GATE_STATE_FULL);
	}
}

bool sl_due_examine(struct sl_states *states, const struct sl_state_plan *plan, uint32_t block,
		    int64_t tick_ns, struct sl_state_outcome *ret_outcome)
{
	struct sl_text key = sl_keys_text(sl_keys_at(&states->keys, block));
	int64_t due, rest;

	memcpy(states->key_copy, key.at, key.bytes);
	key.at = states->key_copy;
	sl_call_begin(states, plan, tick_ns, key, sl_text_hash(key.at, key.bytes), block);
	due = first_fire(states);
	if (due < tick_ns)
		fire_all(states, due);
	rest = sl_call_rest_due(states, due < tick_ns ? due : tick_ns);
	if (!sl_call_commit(states, true, rest)) {
		give_up_staged(states);
		sl_call_commit(states, true, rest);
	}
	sl_call_outcome(states, due < tick_ns ? due : tick_ns, ret_outcome);
	return states->n_fires || states->n_told || states->n_changes;
}

bool sl_due_may_be(const struct sl_states *states, uint32_t block, int64_t tick_ns)
{
	const struct sl_record_head *record = sl_keys_at(&states->keys, block);

	return record->prev &&
	       (!record->due || (int64_t)((record->due - 1) << DUE_UNIT_BITS) < tick_ns);
}

int sl_states_due(struct sl_states *states, const struct sl_state_plan *plan, int64_t tick_ns,
		  struct sl_state_outcome *ret_outcome)
{
	uint64_t until = tick_ns == INT64_MAX ? DUE_NONE
			 : tick_ns < 0        ? 0
					      : ((uint64_t)tick_ns >> DUE_UNIT_BITS) + 1;

	*ret_outcome = (struct sl_state_outcome){.due_ns = tick_ns};
	for (unsigned i = 0; i < LOOKS_MAX; i++) {
		uint32_t block;

		switch (sl_keys_turn(&states->keys, until, &block)) {
		case SL_TURN_DONE:
			return 0;
		case SL_TURN_BUSY:
			return 1;
		case SL_TURN_DUE:
			if (sl_due_examine(states, plan, block, tick_ns, ret_outcome))
				return 1;
		}
	}
	return 1;
}

int64_t sl_states_next(const struct sl_states *states)
{
	uint64_t unit = sl_keys_next(&states->keys);

	return unit == DUE_NONE ? INT64_MAX : (int64_t)(unit << DUE_UNIT_BITS);
}

/* ---- what nobody asks for any more -------------------------------------------------------------
 */

#define SWEEP_PLACES 4096u /* of the index that one call looks at */
#define SWEEP_LOOKS 64u    /* records */

static bool has_retired(struct sl_states *states, const struct sl_state_plan *plan, uint32_t block)
{
	const uint8_t *at = NULL;
	struct sl_span body;
	uint64_t slot;

	states->body = sl_keys_body(sl_keys_at(&states->keys, block));
	while (sl_call_next(states, &at, &slot, &body))
		if (sl_plan_retired(plan, slot))
			return true;
	return false;
}

int sl_states_sweep(struct sl_states *states, const struct sl_state_plan *plan, int64_t tick_ns,
		    uint32_t *place, struct sl_state_outcome *ret_outcome)
{
	const struct sl_keys *keys = &states->keys;

	unsigned looks = 0;

	*ret_outcome = (struct sl_state_outcome){.due_ns = tick_ns};
	for (unsigned i = 0; i < SWEEP_PLACES && looks < SWEEP_LOOKS; i++) {
		uint64_t entry;
		bool came;

		if (*place >= keys->slots || !keys->count)
			return 0;
		entry = keys->index[*place];
		looks += entry != 0;
		if (!entry || !has_retired(states, plan, (uint32_t)entry)) {
			++*place;
			continue;
		}
		came = sl_due_examine(states, plan, (uint32_t)entry, tick_ns, ret_outcome);
		/* where it is gone the next one has its place */
		*place += keys->index[*place] == entry;
		if (came)
			return 1;
	}
	return 1;
}
