/* Which slots the sequences and limits of a plan have. Those of what is no longer there are not
 * carried on; a number that was given once is never given again. */
#include "rules/registry_priv.h"

#include <errno.h>

/* The slots that are used, with what they had in the version before for reading. */
struct assigning {
	const struct sl_registry *before;
	struct sl_registry after;
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

/* The slot that the state had before, else a new one; under `as` from now on. */
static int give(struct assigning *assigning, const uint64_t as[2], const uint64_t state[2],
		uint64_t *ret_slot)
{
	const struct sl_registry *before = assigning->before;
	const uint32_t *known = sl_table_find(&before->index, state);
	struct sl_registry_slot slot = {.state = {as[0], as[1]}};

	slot.slot = known ? ((const struct sl_registry_slot *)before->slots.at)[*known].slot
			  : assigning->after.next++;
	*ret_slot = slot.slot;
	return sl_registry_add(&assigning->after, &slot);
}

static int give_sequence(struct assigning *assigning, const uint64_t state[2], uint64_t *ret_slot)
{
	uint64_t numbered[2];
	uint32_t ordinal = 0;

	do {
		number(state, ordinal++, numbered);
	} while (sl_table_find(&assigning->after.index, numbered));
	return give(assigning, numbered, numbered, ret_slot);
}

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
	uint64_t as[2], state[2];
	const uint32_t *known;
	int error = hash_limit(shared, shared ? campaign->limit.over : campaign->name, as);

	if (error)
		return error;
	known = sl_table_find(&assigning->after.index, as);
	if (known) {
		*ret_slot = ((struct sl_registry_slot *)assigning->after.slots.at)[*known].slot;
		return 0;
	}
	memcpy(state, as, sizeof(state));
	if (!shared && campaign->renamed_from.bytes &&
	    !sl_table_find(&assigning->before->index, as))
		error = hash_limit(false, campaign->renamed_from, state);
	return error ? error : give(assigning, as, state, ret_slot);
}

int sl_registry_assign(struct sl_registry *registry, const struct sl_rules_set *set,
		       struct sl_plan *plan)
{
	struct sl_campaign *campaigns = (struct sl_campaign *)plan->campaigns.at;
	struct sl_sequence *sequences = (struct sl_sequence *)plan->sequences.at;
	struct assigning assigning = {.before = registry, .after = {.next = registry->next}};
	int error = 0;

	for (uint32_t i = 0; i < set->n_campaigns && !error; i++) {
		const struct sl_campaign_text *campaign = &set->campaigns[i];

		for (uint32_t s = 0; s < campaigns[i].sequence_count && !error; s++)
			error = give_sequence(&assigning, campaign->pattern->sequences[s].state,
					      &sequences[campaigns[i].sequence + s].registry);
		if (!error && campaign->limit.per_ns)
			error = give_limit(&assigning, campaign, &campaigns[i].limit_registry);
	}
	if (error) {
		sl_registry_fini(&assigning.after);
		return error;
	}
	sl_registry_fini(registry);
	*registry = assigning.after;
	return 0;
}
