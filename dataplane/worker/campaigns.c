/* Matches of each campaign, in the stats page. A campaign gets its entry with its first match and
 * keeps it, whatever rule sets come and go; once the table is full, the others are one number. */
#include "worker/worker_priv.h"

/* Half of the places stay empty, so that a search ends soon. */
_Static_assert(SL_CAMPAIGN_PLACES == 2 * SL_STATS_CAMPAIGNS_MAX, "places for twice the entries");

static bool is_named(const struct sl_stats_campaign *entry, struct sl_text name)
{
	return entry->name_bytes == name.bytes && !memcmp(entry->name, name.at, name.bytes);
}

static struct sl_stats_campaign *add(struct sl_stats_campaigns *table, uint64_t used,
				     struct sl_text name)
{
	struct sl_stats_campaign *entry = &table->campaign[used];

	memcpy(entry->name, name.at, name.bytes);
	entry->name_bytes = name.bytes;
	atomic_store_explicit(&table->used, used + 1, memory_order_release);
	return entry;
}

/* NULL: it has none, and there is none to be had. */
static struct sl_stats_campaign *find(struct sl_worker *worker, struct sl_text name)
{
	struct sl_stats_campaigns *table = worker->campaigns;
	uint64_t used = sl_stat_get(&table->used), hash[2];
	uint32_t place;

	if (name.bytes > SL_STATS_CAMPAIGN_BYTES)
		return NULL;
	sl_hash_parts(&name, 1, hash);
	place = (uint32_t)hash[0] % SL_CAMPAIGN_PLACES;
	while (worker->campaign_places[place]) {
		struct sl_stats_campaign *entry =
			&table->campaign[worker->campaign_places[place] - 1];

		if (is_named(entry, name))
			return entry;
		place = (place + 1) % SL_CAMPAIGN_PLACES;
	}
	if (used == SL_STATS_CAMPAIGNS_MAX)
		return NULL;
	worker->campaign_places[place] = (uint16_t)(used + 1);
	return add(table, used, name);
}

void sl_campaigns_count(struct sl_worker *worker, struct sl_text name)
{
	struct sl_stats_campaign *entry = find(worker, name);

	sl_stat_add(entry ? &entry->matches : &worker->campaigns->others, 1);
}
