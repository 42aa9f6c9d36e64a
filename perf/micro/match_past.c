#include "match_past.h"

#include "match_cases.h"
#include "state/state.h"

#include <stdbool.h>
#include <stdlib.h>

#define STATE_BYTES (256u << 20)
#define BURST_EVENTS 128u
#define TICK_NS INT64_C(1795000000000000000) /* 2026-11-18: before the day of the events */

struct sl_perf_past {
	const struct sl_artifact *artifact;
	struct sl_state_plan *plan;
	struct sl_states *states;
	sl_perf_fired each;
	void *context;
};

struct sl_perf_past *sl_perf_past_new(const struct sl_artifact *artifact)
{
	struct sl_perf_past *past = calloc(1, sizeof(*past));

	if (!past || sl_state_plan_new(artifact, &past->plan) ||
	    sl_states_new(STATE_BYTES, &past->states))
		sl_perf_give_up("state", "not enough memory");
	past->artifact = artifact;
	return past;
}

void sl_perf_past_free(struct sl_perf_past *past)
{
	if (!past)
		return;
	sl_states_free(past->states);
	sl_state_plan_free(past->plan);
	free(past);
}

static void fire(const struct sl_perf_past *past, const struct sl_event *event, uint32_t campaign)
{
	if (past->each)
		past->each(past->context, sl_perf_event_number(event->id.at), campaign);
}

/* True: there is one. */
static bool take_limit(struct sl_perf_past *past, const struct sl_event *event, uint64_t hash,
		       uint32_t campaign)
{
	struct sl_state_change change;

	if (!past->artifact->campaigns[campaign].limit_ns)
		return false;
	if (!sl_states_limit_passes(past->states, past->plan, event->key, hash, campaign,
				    event->time_ns, TICK_NS))
		return true;
	if (sl_states_limit_take(past->states, past->plan, event->key, hash, campaign,
				 event->time_ns, TICK_NS, &change))
		sl_perf_give_up("state", "its memory is used up");
	fire(past, event, campaign);
	return true;
}

static bool take_event(struct sl_perf_past *past, const struct sl_event *event, uint64_t hash,
		       const uint32_t *triggers, uint32_t n)
{
	const struct sl_trigger *all = past->artifact->triggers;
	const struct sl_state_input input = {
		.event = event,
		.key = event->key,
		.hash = hash,
		.triggers = triggers,
		.n_triggers = n,
		.tick_ns = TICK_NS,
	};
	struct sl_state_outcome outcome = {0};
	bool remembers = false, touched;

	for (uint32_t i = 0; i < n; i++)
		remembers |= all[triggers[i]].role != SL_TRIGGER_MATCH;
	if (remembers && sl_states_event(past->states, past->plan, &input, &outcome))
		sl_perf_give_up("state", "something fell due before its time");
	for (uint32_t i = 0; i < outcome.n_fires; i++)
		fire(past, event, outcome.fires[i].campaign);
	for (uint32_t i = 0; i < outcome.n_told; i++)
		if (outcome.told[i].gate == SL_GATE_STATE_FULL)
			sl_perf_give_up("state", "its memory is used up");
	touched = remembers;
	for (uint32_t i = 0; i < n; i++)
		if (all[triggers[i]].role == SL_TRIGGER_MATCH)
			touched |= take_limit(past, event, hash, all[triggers[i]].campaign);
	return touched;
}

uint32_t sl_perf_past_burst(struct sl_perf_past *past, const struct sl_event *events, unsigned n,
			    const struct sl_matches *matches, sl_perf_fired each, void *context)
{
	uint64_t hashes[BURST_EVENTS];
	uint32_t touched = 0;
	unsigned n_hashes = 0;

	past->each = each;
	past->context = context;
	for (unsigned i = 0; i < n; i++)
		if (matches->first[i] != matches->first[i + 1])
			hashes[n_hashes++] = sl_text_hash(events[i].key.at, events[i].key.bytes);
	if (n_hashes == 0)
		return 0;
	sl_states_prefetch(past->states, hashes, n_hashes);
	n_hashes = 0;
	for (unsigned i = 0; i < n; i++) {
		uint32_t first = matches->first[i], count = matches->first[i + 1] - first;

		if (count)
			touched += take_event(past, &events[i], hashes[n_hashes++],
					      matches->triggers + first, count);
	}
	return touched;
}
