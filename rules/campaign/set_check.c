/* What campaigns are to each other by their names: limits that they share, names that they had. */
#include "rules/campaign/set_priv.h"

#include <errno.h>

static bool is_named(const struct sl_rules_set *set, struct sl_slice name)
{
	uint64_t hash[2];

	sl_rules_hash(name.at, name.bytes, hash);
	return sl_table_find(&set->names, hash) != NULL;
}

/* All that share a limit say the same of it. */
static int check_shared(const struct sl_rules_set *set, struct sl_table *seen, uint32_t index)
{
	const struct sl_campaign_text *campaign = &set->campaigns[index], *first;
	char where[300];
	uint64_t hash[2];
	bool is_new;
	uint32_t *at;

	sl_rules_hash(campaign->limit.over.at, campaign->limit.over.bytes, hash);
	at = sl_table_put(seen, hash, &is_new);
	if (!at)
		return -ENOMEM;
	if (is_new)
		*at = index;
	first = &set->campaigns[*at];
	if (first->limit.count == campaign->limit.count &&
	    first->limit.per_ns == campaign->limit.per_ns)
		return 0;
	sl_place_text(first->place, where, sizeof(where));
	sl_mistake(set->diagnostics, campaign->place, "limit_differs",
		   "one limit has one `per_customer` and one `per`",
		   "the limit over `%.*s` is another than that of `%.*s` (%s)",
		   SL_SLICE_ARGS(campaign->limit.over), SL_SLICE_ARGS(first->name), where);
	return 0;
}

static int check_renamed(const struct sl_rules_set *set, struct sl_table *seen, uint32_t index)
{
	const struct sl_campaign_text *campaign = &set->campaigns[index];
	uint64_t hash[2];
	bool is_new;
	uint32_t *at;

	if (is_named(set, campaign->renamed_from))
		sl_mistake(set->diagnostics, campaign->place, "bad_value",
			   "take `renamed_from` out, or the other campaign",
			   "`%.*s` was not renamed: there still is a campaign of that name",
			   SL_SLICE_ARGS(campaign->renamed_from));
	sl_rules_hash(campaign->renamed_from.at, campaign->renamed_from.bytes, hash);
	at = sl_table_put(seen, hash, &is_new);
	if (!at)
		return -ENOMEM;
	if (is_new)
		*at = index;
	else
		sl_mistake(set->diagnostics, campaign->place, "bad_value",
			   "only one goes on with what was counted under the old name",
			   "`%.*s` was renamed from `%.*s` too",
			   SL_SLICE_ARGS(set->campaigns[*at].name),
			   SL_SLICE_ARGS(campaign->renamed_from));
	return 0;
}

/* ---- memory ---------------------------------------------------------------------------------- */

uint32_t sl_campaign_bytes(const struct sl_campaign_text *campaign)
{
	uint64_t bytes = sl_limit_bytes(&campaign->limit);

	for (uint32_t i = 0; campaign->pattern && i < campaign->pattern->n_sequences; i++)
		bytes += campaign->pattern->sequences[i].bytes_max;
	return bytes < SL_STATE_KEY_BYTES_MAX ? (uint32_t)bytes : SL_STATE_KEY_BYTES_MAX;
}

void sl_rules_set_check_bytes(const struct sl_rules_set *set,
			      const struct sl_rules_options *options)
{
	static const char hint[] = "fewer `runs`, a smaller `keep`, `max` of the fields that it "
				   "remembers, the event's id among them";
	uint64_t all = 0;

	for (uint32_t i = 0; options && i < set->n_campaigns; i++) {
		const struct sl_campaign_text *campaign = &set->campaigns[i];
		uint32_t bytes = sl_campaign_bytes(campaign);

		all += bytes;
		if (options->state_bytes && bytes > options->state_bytes)
			sl_mistake(set->diagnostics, campaign->condition_place, "state_too_large",
				   hint,
				   "`%.*s` may need %u bytes of a key, at most %u may be "
				   "(limits.rules.key_bytes)",
				   SL_SLICE_ARGS(campaign->name), bytes, options->state_bytes);
	}
	if (options && options->state_bytes_all && all > options->state_bytes_all)
		sl_mistake(set->diagnostics, (struct sl_place){0}, "state_too_large", hint,
			   "all campaigns together may need %llu bytes of a key, at most %llu may "
			   "be (limits.rules.key_bytes_all)",
			   (unsigned long long)all, (unsigned long long)options->state_bytes_all);
}

/* Each event goes to an owner for each of the fields. */
static void check_fields(const struct sl_rules_set *set)
{
	uint64_t had[SL_FIELDS_MAX / 64] = {0};
	unsigned n = 0;

	for (uint32_t i = 0; i < set->n_campaigns; i++) {
		const struct sl_campaign_text *campaign = &set->campaigns[i];
		int32_t slot = campaign->pattern ? campaign->pattern->by_slot : -1;

		if (slot < 0 || had[slot / 64] >> slot % 64 & 1)
			continue;
		had[slot / 64] |= 1ull << slot % 64;
		if (++n == SL_BY_FIELDS_MAX + 1)
			sl_mistake(set->diagnostics, campaign->condition_place, "too_many",
				   "remember by a field that another campaign remembers by",
				   "the campaigns of a rule set remember `by` at most %u fields: "
				   "`%.*s` is one more",
				   SL_BY_FIELDS_MAX, SL_SLICE_ARGS(set->schema.fields[slot].path));
	}
}

int sl_rules_set_check(const struct sl_rules_set *set)
{
	struct sl_table shared = {0}, renamed = {0};
	int error = 0;

	check_fields(set);
	for (uint32_t i = 0; i < set->n_campaigns && !error; i++) {
		if (set->campaigns[i].limit.over.bytes)
			error = check_shared(set, &shared, i);
		if (!error && set->campaigns[i].renamed_from.bytes)
			error = check_renamed(set, &renamed, i);
	}
	sl_table_fini(&shared);
	sl_table_fini(&renamed);
	return error;
}
