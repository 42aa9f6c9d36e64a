/* The connections: found by a keyed hash, listed by when they were last seen. */
#include "flow/flow_priv.h"

/* A connection moves to the end of its list at most this often: each move touches two others. */
#define RELINK_NS 125000000ll

uint32_t sl_entries_find(const struct sl_flow *flow, const struct sl_segment *segment)
{
	uint32_t at = flow->buckets[segment->hash & flow->bucket_mask];

	while (at != SL_NONE) {
		const struct sl_entry *entry = &flow->entries[at];

		if (entry->hash == segment->hash &&
		    memcmp(entry->ends.of, segment->ends.of, sizeof(entry->ends.of)) == 0 &&
		    entry->ends.is_ipv6 == segment->ends.is_ipv6)
			return at;
		at = entry->chain;
	}
	return SL_NONE;
}

static struct sl_idle *list_of(struct sl_flow *flow, const struct sl_entry *entry)
{
	return entry->state == SL_ENTRY_OPEN ? &flow->open : &flow->closed;
}

static void unlink_idle(struct sl_flow *flow, uint32_t at)
{
	struct sl_entry *entry = &flow->entries[at];
	struct sl_idle *list = list_of(flow, entry);

	if (entry->previous == SL_NONE)
		list->first = entry->next;
	else
		flow->entries[entry->previous].next = entry->next;
	if (entry->next == SL_NONE)
		list->last = entry->previous;
	else
		flow->entries[entry->next].previous = entry->previous;
}

static void link_idle(struct sl_flow *flow, uint32_t at, int64_t now_ns)
{
	struct sl_entry *entry = &flow->entries[at];
	struct sl_idle *list = list_of(flow, entry);

	entry->previous = list->last;
	entry->next = SL_NONE;
	if (list->last == SL_NONE)
		list->first = at;
	else
		flow->entries[list->last].next = at;
	list->last = at;
	entry->linked_ns = now_ns;
}

static void begin_side(struct sl_side *side)
{
	memset(side, 0, sizeof(*side));
	side->end_at = SL_NOWHERE;
	side->window = SL_NONE;
}

static void begin(struct sl_entry *entry)
{
	entry->client = 2;
	entry->has_pending = false;
	begin_side(&entry->sides[0]);
	begin_side(&entry->sides[1]);
}

void sl_entries_renew(struct sl_flow *flow, uint32_t at)
{
	begin(&flow->entries[at]);
	sl_entries_move(flow, at, SL_ENTRY_OPEN);
}

uint32_t sl_entries_add(struct sl_flow *flow, const struct sl_segment *segment)
{
	uint32_t at = flow->first_free;
	uint32_t *bucket = &flow->buckets[segment->hash & flow->bucket_mask];
	struct sl_entry *entry;

	assert(at != SL_NONE);
	entry = &flow->entries[at];
	flow->first_free = entry->chain;
	entry->hash = segment->hash;
	entry->ends = segment->ends;
	entry->state = SL_ENTRY_OPEN;
	entry->last_ns = segment->time_ns;
	entry->chain = *bucket;
	*bucket = at;
	begin(entry);
	link_idle(flow, at, segment->time_ns);
	flow->n_open++;
	return at;
}

void sl_entries_remove(struct sl_flow *flow, uint32_t at)
{
	struct sl_entry *entry = &flow->entries[at];
	uint32_t *link = &flow->buckets[entry->hash & flow->bucket_mask];

	while (*link != at)
		link = &flow->entries[*link].chain;
	*link = entry->chain;
	unlink_idle(flow, at);
	flow->n_open -= entry->state == SL_ENTRY_OPEN;
	entry->state = SL_ENTRY_FREE;
	entry->chain = flow->first_left;
	flow->first_left = at;
}

void sl_entries_reuse(struct sl_flow *flow)
{
	while (flow->first_left != SL_NONE) {
		uint32_t at = flow->first_left;

		flow->first_left = flow->entries[at].chain;
		flow->entries[at].chain = flow->first_free;
		flow->first_free = at;
	}
}

void sl_entries_touch(struct sl_flow *flow, uint32_t at, int64_t now_ns)
{
	struct sl_entry *entry = &flow->entries[at];

	entry->last_ns = now_ns;
	if (sl_flow_age(now_ns, entry->linked_ns) < RELINK_NS)
		return;
	unlink_idle(flow, at);
	link_idle(flow, at, now_ns);
}

void sl_entries_move(struct sl_flow *flow, uint32_t at, enum sl_entry_state state)
{
	struct sl_entry *entry = &flow->entries[at];

	unlink_idle(flow, at);
	flow->n_open -= entry->state == SL_ENTRY_OPEN;
	entry->state = (uint8_t)state;
	flow->n_open += entry->state == SL_ENTRY_OPEN;
	link_idle(flow, at, entry->last_ns);
}
