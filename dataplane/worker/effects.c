/* What an event, or an instant that fell due, comes to: its candidates are decided together, their
 * records written, and last, in one commit, what was remembered, what limits counted and the
 * event's id. A crash before that leaves the key as it was: the event comes again, or falls due
 * again, and the records are the same, under the same ids. */
#include "worker/worker_priv.h"

/* One key's candidates. */
struct effects {
	struct sl_worker *worker;
	const struct sl_generation *generation;
	struct sl_text key;
	uint64_t hash;
	uint16_t partition;
	const struct sl_event *event; /* NULL: nothing came */
	uint32_t n;                   /* of the worker's candidates */
	uint32_t n_changes;           /* of the worker's, of limits */
	enum sl_verdict verdict;
};

static struct sl_occurrence of_event(const struct effects *effects, uint32_t campaign)
{
	const struct sl_event *event = effects->event;

	return (struct sl_occurrence){
		.generation = effects->generation,
		.campaign = &effects->generation->artifact->campaigns[campaign],
		.event = event,
		.key = effects->key,
		.partition = effects->partition,
		.time_ns = event->time_ns,
		.event_time_ns = event->time_ns,
		.event_id = event->id,
		.event_type = event->type,
		.event_channel = event->source_channel,
		.first_id = event->id,
	};
}

static struct sl_occurrence of_fire(const struct effects *effects, const struct sl_state_fire *fire)
{
	const struct sl_campaign *campaign =
		&effects->generation->artifact->campaigns[fire->campaign];
	struct sl_occurrence occurrence = {
		.generation = effects->generation,
		.campaign = campaign,
		.fire = fire,
		.event = fire->due ? NULL : effects->event,
		.key = effects->key,
		.partition = effects->partition,
		.due = fire->due,
		.time_ns = fire->time_ns,
		.event_time_ns = fire->event_time_ns,
		.event_id = fire->event_id,
		.event_type = fire->event_type,
		.event_channel = fire->event_channel,
		.first_id = fire->first_id,
	};

	if (campaign->for_customer) {
		occurrence.key = fire->customer;
		occurrence.partition =
			fire->customer.bytes ? sl_event_partition(fire->customer) : 0;
		if (!fire->first_id.bytes)
			occurrence.remembered = effects->key;
	}
	return occurrence;
}

static struct sl_occurrence occurrence_of(const struct effects *effects,
					  const struct sl_candidate *candidate)
{
	return candidate->from ? of_fire(effects, candidate->from)
			       : of_event(effects, candidate->campaign);
}

static bool is_known(const struct effects *effects, const uint64_t id[2])
{
	const struct sl_candidate *candidates = effects->worker->candidates;

	for (uint32_t i = 0; i < effects->n; i++)
		if (candidates[i].from && candidates[i].id[0] == id[0] &&
		    candidates[i].id[1] == id[1])
			return true;
	return false;
}

/* What is due is decided as of its instant: how far the tick went beyond it, after a pause or at
 * the end of a replay, changes nothing. */
static int64_t judged_at(const struct sl_worker *worker, bool due, int64_t time_ns)
{
	return due ? time_ns : worker->owner_time.tick_ns;
}

static bool limit_passes(const struct effects *effects, const struct sl_candidate *candidate)
{
	struct sl_worker *worker = effects->worker;
	const struct sl_occurrence occurrence = occurrence_of(effects, candidate);

	return !occurrence.campaign->limit_ns || !effects->key.bytes ||
	       sl_states_limit_passes(worker->states, effects->generation->temporal.plan,
				      effects->key, effects->hash, candidate->campaign,
				      occurrence.time_ns,
				      judged_at(worker, occurrence.due, occurrence.time_ns));
}

/* The candidate by itself: what asks nothing of the others of this event. */
static enum sl_gate judge_alone(const struct effects *effects, const struct sl_candidate *candidate)
{
	const struct sl_artifact *artifact = effects->generation->artifact;
	const struct sl_decide_input input = {
		.artifact = artifact,
		.campaign = &artifact->campaigns[candidate->campaign],
		.event = effects->event,
		.now_ns = effects->worker->now.wall_ns,
	};
	enum sl_gate gate = sl_decide(&input);

	if (gate == SL_GATE_SENT && candidate->from &&
	    sl_loss_withholds(effects->worker, input.campaign, candidate->from))
		gate = SL_GATE_WITHHELD;
	if (gate == SL_GATE_SENT && !limit_passes(effects, candidate))
		gate = SL_GATE_LIMIT;
	return gate;
}

/* Counts a candidate that is sent; others of this event may have taken its place meanwhile. */
static enum sl_gate take_limit(struct effects *effects, const struct sl_candidate *candidate)
{
	struct sl_worker *worker = effects->worker;
	const struct sl_occurrence occurrence = occurrence_of(effects, candidate);
	struct sl_state_change *change = &worker->changes[effects->n_changes];
	int error;

	if (!occurrence.campaign->limit_ns || !effects->key.bytes)
		return SL_GATE_SENT;
	if (!limit_passes(effects, candidate))
		return SL_GATE_LIMIT;
	error = sl_states_limit_take(worker->states, effects->generation->temporal.plan,
				     effects->key, effects->hash, candidate->campaign,
				     occurrence.time_ns,
				     judged_at(worker, occurrence.due, occurrence.time_ns), change);
	if (error)
		return SL_GATE_STATE_FULL;
	effects->n_changes++;
	return SL_GATE_SENT;
}

static void add(struct effects *effects, uint32_t campaign, const struct sl_state_fire *fire)
{
	struct sl_worker *worker = effects->worker;
	struct sl_candidate *candidate = &worker->candidates[effects->n];
	struct sl_occurrence occurrence;

	assert(effects->n < worker->candidates_room);
	*candidate = (struct sl_candidate){.campaign = campaign, .from = fire};
	occurrence = occurrence_of(effects, candidate);
	sl_emit_id(&occurrence, candidate->id);
	if (fire && is_known(effects, candidate->id))
		return;
	/* another key's owner decides; an id that was posted twice is taken once */
	if (occurrence.campaign->for_customer) {
		if (sl_loss_withholds(worker, occurrence.campaign, fire))
			sl_emit_candidate(worker, &occurrence, candidate->id, SL_GATE_WITHHELD);
		else if (sl_match_mail_post(worker, &occurrence, candidate->id, effects->partition))
			effects->verdict = SL_VERDICT_MATCHED;
		else
			sl_emit_candidate(worker, &occurrence, candidate->id, SL_GATE_STATE_FULL);
		return;
	}
	effects->n++;
}

static void add_fires(struct effects *effects, const struct sl_state_outcome *outcome)
{
	for (uint32_t i = 0; i < outcome->n_fires; i++)
		add(effects, outcome->fires[i].campaign, &outcome->fires[i]);
}

static void decide(struct effects *effects)
{
	struct sl_worker *worker = effects->worker;
	struct sl_candidate *candidates = worker->candidates;

	for (uint32_t i = 0; i < effects->n; i++)
		candidates[i].gate = judge_alone(effects, &candidates[i]);
	sl_decide_rank(effects->generation->artifact, candidates, effects->n, worker->order);
	for (uint32_t i = 0; i < effects->n; i++) {
		struct sl_candidate *candidate = &candidates[worker->order[i]];

		if (candidate->gate == SL_GATE_SENT)
			candidate->gate = take_limit(effects, candidate);
	}
	for (uint32_t i = 0; i < effects->n; i++) {
		const struct sl_occurrence occurrence = occurrence_of(effects, &candidates[i]);

		sl_emit_candidate(worker, &occurrence, candidates[i].id, candidates[i].gate);
		if (candidates[i].gate == SL_GATE_SENT)
			effects->verdict = SL_VERDICT_MATCHED;
	}
}

/* Campaigns for which the event came to nothing. */
static void tell(struct effects *effects, const struct sl_state_outcome *outcome)
{
	for (uint32_t i = 0; effects->event && i < outcome->n_told; i++) {
		const struct sl_occurrence occurrence =
			of_event(effects, outcome->told[i].campaign);
		uint64_t id[2];

		sl_emit_id(&occurrence, id);
		sl_emit_candidate(effects->worker, &occurrence, id, outcome->told[i].gate);
	}
}

static bool is_late(const struct sl_state_outcome *outcome)
{
	for (uint32_t i = 0; i < outcome->n_told; i++)
		if (outcome->told[i].gate == SL_GATE_LATE)
			return true;
	return false;
}

static void append_change(struct sl_blocks *blocks, struct sl_text key, uint16_t partition,
			  const struct sl_state_change *change)
{
	struct sl_delta_view delta = {
		.head = {.slot = change->slot, .partition = partition},
		.key = key,
		.image = sl_span_of(change->image, change->bytes),
	};
	int error = sl_blocks_append_delta(blocks, &delta);

	assert(!error);
}

static size_t change_bytes(struct sl_text key, const struct sl_state_change *change)
{
	return sizeof(struct sl_delta_record) + key.bytes + change->bytes;
}

/* All of it in one batch, which is to say in one transaction. What is too large for any batch goes
 * into several: were the process killed between two of them, the event would come again to a key
 * that has some of it already; so that is counted. */
static void write_changes(struct sl_worker *worker, struct effects *effects,
			  const struct sl_state_outcome *outcome, const struct sl_seen_record *seen,
			  bool tick)
{
	uint32_t n = outcome->n_changes + effects->n_changes;
	size_t bytes = sizeof(*seen) + sizeof(struct sl_tick_record);
	struct sl_blocks *blocks = NULL;
	int error;

	for (uint32_t i = 0; i < outcome->n_changes; i++)
		bytes += change_bytes(effects->key, &outcome->changes[i]);
	for (uint32_t i = 0; i < effects->n_changes; i++)
		bytes += change_bytes(effects->key, &worker->changes[i]);
	if (bytes + (n + 2) * SL_STORE_RECORD_OVERHEAD <= sl_store_room(worker->engine->store))
		blocks = sl_owner_room(worker, bytes, n + 2);
	else
		sl_count(worker->stats, SL_COUNTER_STATE_GROUPS_CUT, 1);
	for (uint32_t i = 0; i < n; i++) {
		const struct sl_state_change *change =
			i < outcome->n_changes ? &outcome->changes[i]
					       : &worker->changes[i - outcome->n_changes];

		append_change(blocks ? blocks
				     : sl_owner_room(worker, change_bytes(effects->key, change), 1),
			      effects->key, effects->partition, change);
	}
	sl_count(worker->stats, SL_COUNTER_STATE_CHANGES, n);
	if (!blocks)
		blocks = sl_owner_room(worker, sizeof(*seen) + sizeof(struct sl_tick_record), 2);
	if (seen) {
		error = sl_blocks_append_seen(blocks, seen);
		assert(!error);
	}
	if (tick)
		sl_time_save(worker, blocks);
	worker->owner_time.decided |= !tick;
}

static void apply_due(struct sl_worker *worker, const struct sl_generation *generation,
		      const struct sl_state_outcome *outcome)
{
	struct effects effects = {
		.worker = worker,
		.generation = generation,
		.key = outcome->key,
		.hash = outcome->hash,
		.partition = (uint16_t)(outcome->hash % SL_PARTITIONS),
	};

	add_fires(&effects, outcome);
	decide(&effects);
	write_changes(worker, &effects, outcome, NULL, outcome->n_fires > 0);
	sl_count(worker->stats, SL_COUNTER_MATCHES_DUE, outcome->n_fires);
}

enum sl_verdict sl_effects_event(struct sl_worker *worker, const struct sl_take *take,
				 const struct sl_seen_record *seen)
{
	const struct sl_trigger *triggers = take->generation->artifact->triggers;
	struct effects effects = {
		.worker = worker,
		.generation = take->generation,
		.key = take->key,
		.hash = take->key_hash,
		.partition = take->partition,
		.event = take->event,
		.verdict = SL_VERDICT_UNMATCHED,
	};
	const struct sl_state_input input = {
		.event = take->event,
		.key = take->key,
		.hash = effects.hash,
		.triggers = take->triggers,
		.n_triggers = take->n_triggers,
		.tick_ns = worker->owner_time.tick_ns,
	};
	struct sl_state_outcome outcome = {0};
	bool remembers = false;

	for (uint32_t i = 0; i < take->n_triggers && !remembers; i++)
		remembers = triggers[take->triggers[i]].role != SL_TRIGGER_MATCH;
	/* an event of nobody is remembered by nobody */
	if (remembers && take->key.bytes)
		while (sl_states_event(worker->states, take->generation->temporal.plan, &input,
				       &outcome))
			apply_due(worker, take->generation, &outcome);
	for (uint32_t i = 0; i < take->n_triggers; i++)
		if (triggers[take->triggers[i]].role == SL_TRIGGER_MATCH)
			add(&effects, triggers[take->triggers[i]].campaign, NULL);
	add_fires(&effects, &outcome);
	decide(&effects);
	tell(&effects, &outcome);
	write_changes(worker, &effects, &outcome, seen, is_late(&outcome));
	return effects.verdict;
}

/* What a peer's owner found and this one decides: a campaign's match for its customer. */
enum sl_gate sl_effects_mailed(struct sl_worker *worker, struct sl_match_view *match,
			       uint32_t campaign, const struct sl_seen_record *seen)
{
	const struct sl_generation *generation = worker->generation;
	const struct sl_artifact *artifact = generation->artifact;
	const struct sl_decide_input input = {
		.artifact = artifact,
		.campaign = campaign == UINT32_MAX ? NULL : &artifact->campaigns[campaign],
		.now_ns = worker->now.wall_ns,
	};
	struct effects effects = {
		.worker = worker,
		.generation = generation,
		.key = match->key,
		.hash = sl_text_hash(match->key.at, match->key.bytes),
		.partition = match->head.partition,
	};
	const struct sl_state_outcome nothing = {0};
	const int64_t tick_ns =
		judged_at(worker, match->head.flags & SL_MATCH_DUE, match->head.time_ns);
	enum sl_gate gate = SL_GATE_VALIDITY; /* of a campaign that is gone */

	if (input.campaign)
		gate = sl_decide(&input);
	if (gate == SL_GATE_SENT && input.campaign->limit_ns && match->key.bytes) {
		if (!sl_states_limit_passes(worker->states, generation->temporal.plan, effects.key,
					    effects.hash, campaign, match->head.time_ns, tick_ns))
			gate = SL_GATE_LIMIT;
		else if (sl_states_limit_take(worker->states, generation->temporal.plan,
					      effects.key, effects.hash, campaign,
					      match->head.time_ns, tick_ns, &worker->changes[0]))
			gate = SL_GATE_STATE_FULL;
		else
			effects.n_changes = 1;
	}
	sl_emit_decided(worker,
			sl_owner_room(worker,
				      SL_MAIL_BODY_MAX + sizeof(struct sl_match_record) +
					      sizeof(struct sl_decision_record),
				      2),
			match, gate);
	write_changes(worker, &effects, &nothing, seen, false);
	return gate;
}

void sl_effects_due(struct sl_worker *worker)
{
	struct sl_owner_time *time = &worker->owner_time;
	const struct sl_generation *generation = worker->generation;
	struct sl_state_outcome outcome;

	if (!generation || (!worker->due_left && time->due_done_ns == time->tick_ns))
		return;
	worker->due_left = true;
	for (unsigned i = 0; i < SL_DUE_BURST; i++) {
		if (!sl_owner_ready(worker))
			return;
		if (!sl_states_due(worker->states, generation->temporal.plan, time->tick_ns,
				   &outcome)) {
			worker->due_left = false;
			time->due_done_ns = time->tick_ns;
			return;
		}
		worker->busy = true;
		apply_due(worker, generation, &outcome);
	}
}

/* Once with each generation, between other work. */
void sl_effects_sweep(struct sl_worker *worker)
{
	const struct sl_generation *generation = worker->generation;
	struct sl_state_outcome outcome;

	if (!generation || !worker->sweeping || worker->due_left || !sl_owner_ready(worker))
		return;
	worker->busy = true;
	worker->sweeping =
		sl_states_sweep(worker->states, generation->temporal.plan,
				worker->owner_time.tick_ns, &worker->sweep_place, &outcome) != 0;
	if (outcome.key.bytes)
		apply_due(worker, generation, &outcome);
}
