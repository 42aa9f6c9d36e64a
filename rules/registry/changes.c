/* What becomes of what the version before remembers, campaign by campaign. */
#include "rules/registry/changes_priv.h"

#include <errno.h>

struct telling {
	const struct sl_rules_set *set;
	const struct sl_before *before;
	const struct sl_sequence *sequences; /* of the plan */
	const struct sl_campaign *campaigns;
	const struct sl_rules_options *options;
	struct sl_table used;  /* slots of the plan */
	struct sl_table names; /* that campaigns have, or had */
	struct sl_arena arena;
};

static bool is_used(const struct telling *telling, uint64_t slot)
{
	const uint64_t key[2] = {slot, 1};

	return sl_table_find(&telling->used, key) != NULL;
}

static bool is_named(const struct telling *telling, struct sl_slice name)
{
	uint64_t hash[2];

	sl_rules_hash(name.at, name.bytes, hash);
	return sl_table_find(&telling->names, hash) != NULL;
}

static int note_names(struct telling *telling)
{
	for (uint32_t i = 0; i < telling->set->n_campaigns; i++) {
		const struct sl_campaign_text *campaign = &telling->set->campaigns[i];
		const struct sl_slice names[] = {campaign->name, campaign->renamed_from};

		for (size_t j = 0; j < 2; j++) {
			uint64_t hash[2];
			bool is_new;

			sl_rules_hash(names[j].at, names[j].bytes, hash);
			if (names[j].bytes && !sl_table_put(&telling->names, hash, &is_new))
				return -ENOMEM;
		}
	}
	return 0;
}

static int note_used(struct telling *telling)
{
	for (uint32_t i = 0; i < telling->set->n_campaigns; i++)
		for (uint32_t s = 0; s < telling->campaigns[i].sequence_count; s++) {
			uint32_t index = telling->campaigns[i].sequence + s;
			const uint64_t key[2] = {telling->sequences[index].registry, 1};
			bool is_new;

			if (!sl_table_put(&telling->used, key, &is_new))
				return -ENOMEM;
		}
	return 0;
}

/* The slots that a campaign of the version before had. */
static uint32_t old_slots(const struct telling *telling, const struct sl_campaign *was,
			  uint64_t slots[SL_SEQUENCES_MAX])
{
	uint32_t n =
		was->sequence_count < SL_SEQUENCES_MAX ? was->sequence_count : SL_SEQUENCES_MAX;

	for (uint32_t i = 0; i < n; i++) {
		struct sl_sequence sequence;

		sl_before_get(&telling->before->sequences, was->sequence + i, &sequence);
		slots[i] = sequence.registry;
	}
	return n;
}

static int tell(struct telling *telling, struct sl_slice name, enum sl_rules_fate fate,
		const uint64_t *slots, uint32_t n_slots)
{
	struct sl_rules_change change = {.fate = fate, .slots = slots, .n_slots = n_slots};

	sl_arena_reset(&telling->arena);
	change.campaign = sl_arena_copy(&telling->arena, name);
	if (!change.campaign)
		return -ENOMEM;
	telling->options->changed(telling->options->changed_context, &change);
	return 0;
}

static bool is_drained(const struct sl_rules_set *set, struct sl_slice name)
{
	for (uint32_t i = set->n_campaigns; i > 0 && set->campaigns[i - 1].draining; i--)
		if (sl_slice_equal(set->campaigns[i - 1].name, name))
			return true;
	return false;
}

static int tell_campaign(struct telling *telling, uint32_t index)
{
	const struct sl_campaign_text *campaign = &telling->set->campaigns[index];
	const struct sl_campaign *now = &telling->campaigns[index];
	uint64_t slots[SL_SEQUENCES_MAX];
	struct sl_campaign was;
	uint32_t n_old = 0;

	if (!campaign->pattern || campaign->draining)
		return 0;
	for (uint32_t s = 0; s < now->sequence_count; s++) {
		slots[s] = telling->sequences[now->sequence + s].registry;
		n_old += slots[s] < telling->before->next;
	}
	if (n_old == now->sequence_count)
		return tell(telling, campaign->name, SL_FATE_KEPT, slots, now->sequence_count);
	if (!sl_before_campaign(telling->before, campaign, &was))
		return tell(telling, campaign->name, SL_FATE_NEW, NULL, 0);
	n_old = old_slots(telling, &was, slots);
	return tell(telling, campaign->name,
		    is_drained(telling->set, sl_before_text(telling->before, was.name))
			    ? SL_FATE_DRAINED
			    : SL_FATE_RESET,
		    slots, n_old);
}

/* Whose name is no longer there, and whose slots nobody took. */
static int tell_gone(struct telling *telling, uint32_t index)
{
	uint64_t slots[SL_SEQUENCES_MAX];
	struct sl_campaign was;
	uint32_t n, n_used = 0;

	sl_before_get(&telling->before->campaigns, index, &was);
	n = old_slots(telling, &was, slots);
	if (n == 0)
		return 0;
	if (is_named(telling, sl_before_text(telling->before, was.name)))
		return 0;
	for (uint32_t i = 0; i < n; i++)
		n_used += is_used(telling, slots[i]);
	return n_used ? 0
		      : tell(telling, sl_before_text(telling->before, was.name), SL_FATE_GONE,
			     slots, n);
}

int sl_changes_tell(const struct sl_rules_set *set, const struct sl_before *before,
		    const struct sl_plan *plan, const struct sl_rules_options *options)
{
	struct telling telling = {
		.set = set,
		.before = before,
		.sequences = (const struct sl_sequence *)plan->sequences.at,
		.campaigns = (const struct sl_campaign *)plan->campaigns.at,
		.options = options,
	};
	int error = note_used(&telling);

	if (!error)
		error = note_names(&telling);
	for (uint32_t i = 0; i < set->n_campaigns && !error; i++)
		error = tell_campaign(&telling, i);
	for (uint32_t i = 0; i < before->campaigns.count && !error; i++)
		error = tell_gone(&telling, i);
	sl_table_fini(&telling.used);
	sl_table_fini(&telling.names);
	sl_arena_fini(&telling.arena);
	return error;
}
