/* Which slots the sequences and limits of a plan have. Those of what is no longer there are not
 * carried on; a number that was given once is never given again. */
#include "rules/registry/registry_priv.h"

#include <errno.h>

struct assigning {
	const struct sl_rules_set *set;
	const struct sl_before *before;
	struct sl_registry old, now;
	struct sl_table taken; /* slots of `now`, for sequences */
};

/* What is alike in all its meaning, as two campaigns under two names may be, is told apart by a
 * number. */
static void number(const uint64_t state[2], uint32_t ordinal, uint64_t ret_state[2])
{
	struct {
		uint64_t state[2], ordinal;
	} numbered = {{state[0], state[1]}, ordinal};

	ret_state[0] = state[0];
	ret_state[1] = state[1];
	if (ordinal)
		sl_rules_hash(&numbered, sizeof(numbered), ret_state);
}

static const struct sl_registry_slot *find(const struct sl_registry *registry,
					   const uint64_t state[2])
{
	const uint32_t *known = sl_table_find(&registry->index, state);

	return known ? (const struct sl_registry_slot *)registry->slots.at + *known : NULL;
}

static int give(struct assigning *assigning, const uint64_t state[2], uint64_t slot)
{
	const struct sl_registry_slot given = {.state = {state[0], state[1]}, .slot = slot};
	const uint64_t key[2] = {slot, 1};
	bool is_new;

	if (!sl_table_put(&assigning->taken, key, &is_new))
		return -ENOMEM;
	return sl_registry_add(&assigning->now, &given);
}

static bool is_taken(const struct assigning *assigning, uint64_t slot)
{
	const uint64_t key[2] = {slot, 1};

	return sl_table_find(&assigning->taken, key) != NULL;
}

/* ---- sequences ------------------------------------------------------------------------------- */

/* The sequence's state, with the number that it has among those that are alike. */
static void name_state(const struct assigning *assigning, const uint64_t state[2],
		       uint64_t ret_state[2])
{
	uint32_t ordinal = 0;

	do {
		number(state, ordinal++, ret_state);
	} while (find(&assigning->now, ret_state));
}

/* A slot that the state had before and nobody has now: `wanted`, or any where that is SL_NO_SLOT.
 * SL_NO_SLOT: there is none. Those of alike ones are numbered without a gap. */
static uint64_t find_known(const struct assigning *assigning, const uint64_t state[2],
			   uint64_t wanted)
{
	for (uint32_t ordinal = 0;; ordinal++) {
		const struct sl_registry_slot *known;
		uint64_t numbered[2];

		number(state, ordinal, numbered);
		known = find(&assigning->old, numbered);
		if (!known)
			return SL_NO_SLOT;
		if (!is_taken(assigning, known->slot) &&
		    (wanted == SL_NO_SLOT || wanted == known->slot))
			return known->slot;
	}
}

static int take(struct assigning *assigning, const uint64_t state[2], uint64_t slot,
		struct sl_sequence *sequence)
{
	uint64_t numbered[2];

	sequence->registry = slot;
	if (slot == SL_NO_SLOT)
		return 0;
	name_state(assigning, state, numbered);
	return give(assigning, numbered, slot);
}

/* First what is as it was and still has its name: of alike ones each keeps its own. */
static int give_by_name(struct assigning *assigning, const struct sl_campaign_text *campaign,
			uint32_t index, struct sl_sequence *sequence)
{
	const uint64_t *state = campaign->pattern->sequences[index].state;
	struct sl_campaign was;
	struct sl_sequence old;

	sequence->registry = SL_NO_SLOT;
	if (campaign->draining || !assigning->before ||
	    !sl_before_campaign(assigning->before, campaign, &was) || index >= was.sequence_count)
		return 0;
	sl_before_get(&assigning->before->sequences, was.sequence + index, &old);
	return take(assigning, state, find_known(assigning, state, old.registry), sequence);
}

/* Then what is as it was under another name. */
static int give_known(struct assigning *assigning, const struct sl_sequence_text *text,
		      struct sl_sequence *sequence)
{
	if (sequence->registry != SL_NO_SLOT)
		return 0;
	return take(assigning, text->state, find_known(assigning, text->state, SL_NO_SLOT),
		    sequence);
}

/* `on_change: keep`: the slot of the one that stood here before; SL_NO_SLOT: there was none. */
static uint64_t keep(const struct assigning *assigning, const struct sl_campaign_text *campaign,
		     uint32_t index)
{
	struct sl_sequence old;
	struct sl_campaign was;
	const char *why;

	if (campaign->pattern->on_change != SL_ON_CHANGE_KEEP || !assigning->before ||
	    !sl_before_campaign(assigning->before, campaign, &was))
		return SL_NO_SLOT;
	why = sl_before_unlike(assigning->before, &was, index, &assigning->set->schema,
			       campaign->pattern);
	if (why) {
		sl_mistake(assigning->set->diagnostics, campaign->place, "cannot_keep",
			   "`on_change: drain` lets what is under way end as it began, `reset` "
			   "forgets it",
			   "`%.*s` cannot keep what it remembers: %s",
			   SL_SLICE_ARGS(campaign->name), why);
		return SL_NO_SLOT;
	}
	sl_before_get(&assigning->before->sequences, was.sequence + index, &old);
	return old.registry < assigning->now.next && !is_taken(assigning, old.registry)
		       ? old.registry
		       : SL_NO_SLOT;
}

/* Whoever changes the schema did not say that campaigns shall forget what they have under way. */
static void check_schema(const struct assigning *assigning, const struct sl_campaign_text *campaign,
			 uint32_t index)
{
	const struct sl_before *before = assigning->before;
	struct sl_slice path;
	struct sl_campaign was;
	struct sl_field field;

	if (campaign->draining || campaign->pattern->says_on_change || !before ||
	    !sl_before_campaign(before, campaign, &was) || index >= was.sequence_count ||
	    !sl_before_retyped(before, &was, index, &assigning->set->schema, &field))
		return;
	path = sl_before_text(before, field.path);
	sl_mistake(assigning->set->diagnostics, campaign->place, "cannot_go_on",
		   "leave the field as it was and add one of another name, or say in the campaign "
		   "`on_change: reset`: it forgets then",
		   "`%.*s` cannot go on with what it remembers: the schema had `%.*s` as another "
		   "field, or of another type",
		   SL_SLICE_ARGS(campaign->name), SL_SLICE_ARGS(path));
}

/* At last what changed gets the one that it takes over, or a new one. */
static int give_changed(struct assigning *assigning, const struct sl_campaign_text *campaign,
			uint32_t index, struct sl_sequence *sequence)
{
	uint64_t slot;

	if (sequence->registry != SL_NO_SLOT)
		return 0;
	slot = keep(assigning, campaign, index);
	check_schema(assigning, campaign, index);
	return take(assigning, campaign->pattern->sequences[index].state,
		    slot == SL_NO_SLOT ? assigning->now.next++ : slot, sequence);
}

/* ---- limits ---------------------------------------------------------------------------------- */

static int hash_limit(bool shared, struct sl_slice name, uint64_t ret_state[2])
{
	struct sl_buffer buffer = {0};
	int error;

	sl_buffer_add_slice(&buffer, sl_slice_of(shared ? "limit over" : "limit"));
	sl_buffer_add_slice(&buffer, name);
	error = buffer.failed ? -ENOMEM : 0;
	if (!error)
		sl_rules_hash(buffer.at, buffer.bytes, ret_state);
	sl_buffer_fini(&buffer);
	return error;
}

/* One that was renamed goes on with what it had under its old name. */
static int give_limit(struct assigning *assigning, const struct sl_campaign_text *campaign,
		      uint64_t *ret_slot)
{
	bool shared = campaign->limit.over.bytes > 0;
	const struct sl_registry_slot *known;
	uint64_t state[2], old[2];
	int error = hash_limit(shared, shared ? campaign->limit.over : campaign->name, state);

	if (error)
		return error;
	known = find(&assigning->now, state);
	if (known) {
		*ret_slot = known->slot;
		return 0;
	}
	known = find(&assigning->old, state);
	if (!known && !shared && campaign->renamed_from.bytes) {
		error = hash_limit(false, campaign->renamed_from, old);
		known = error ? NULL : find(&assigning->old, old);
	}
	if (error)
		return error;
	*ret_slot = known ? known->slot : assigning->now.next++;
	return give(assigning, state, *ret_slot);
}

/* ---- all of them ----------------------------------------------------------------------------- */

static int assign(struct assigning *assigning, struct sl_plan *plan)
{
	const struct sl_rules_set *set = assigning->set;
	struct sl_campaign *campaigns = (struct sl_campaign *)plan->campaigns.at;
	struct sl_sequence *sequences = (struct sl_sequence *)plan->sequences.at;
	int error = 0;

	for (uint32_t i = 0; i < set->n_campaigns && !error; i++)
		for (uint32_t s = 0; s < campaigns[i].sequence_count && !error; s++)
			error = give_by_name(assigning, &set->campaigns[i], s,
					     &sequences[campaigns[i].sequence + s]);
	for (uint32_t i = 0; i < set->n_campaigns && !error; i++)
		for (uint32_t s = 0; s < campaigns[i].sequence_count && !error; s++)
			error = give_known(assigning, &set->campaigns[i].pattern->sequences[s],
					   &sequences[campaigns[i].sequence + s]);
	for (uint32_t i = 0; i < set->n_campaigns && !error; i++) {
		for (uint32_t s = 0; s < campaigns[i].sequence_count && !error; s++)
			error = give_changed(assigning, &set->campaigns[i], s,
					     &sequences[campaigns[i].sequence + s]);
		if (!error && set->campaigns[i].limit.per_ns)
			error = give_limit(assigning, &set->campaigns[i],
					   &campaigns[i].limit_registry);
	}
	return error;
}

int sl_registry_assign(const struct sl_rules_set *set, const struct sl_before *before,
		       struct sl_plan *plan, struct sl_registry *ret_registry)
{
	struct assigning assigning = {.set = set, .before = before};
	int error = before ? sl_registry_read(before, &assigning.old) : 0;

	assigning.now.next = assigning.old.next;
	if (!error)
		error = assign(&assigning, plan);
	sl_registry_fini(&assigning.old);
	sl_table_fini(&assigning.taken);
	if (error)
		sl_registry_fini(&assigning.now);
	else
		*ret_registry = assigning.now;
	return error;
}
