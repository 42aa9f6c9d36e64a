/* Judging whether an event id was taken before. */
#include "seen_priv.h"

#include "base/counters.h"

#include <assert.h>

static inline uint32_t slot_value(const uint64_t id[2], uint32_t place)
{
	return (uint32_t)(id[1] << PLACE_BITS) | (place + 1);
}

static inline uint32_t place_of(uint32_t slot)
{
	return (slot & PLACE_MASK) - 1;
}

static inline struct seen_entry *entry_at(const struct sl_seen *seen,
					  const struct seen_partition *partition, uint32_t place)
{
	return partition->ring + (size_t)(place / ROW_PLACES) * seen->row + place % ROW_PLACES;
}

static inline struct seen_entry *entry_of(const struct sl_seen *seen,
					  const struct seen_partition *partition, uint64_t ordinal)
{
	return entry_at(seen, partition, (uint32_t)(ordinal % seen->room));
}

/* A clock that went back makes what was seen "later" young, not old. */
static inline bool is_young(const struct sl_seen *seen, int64_t seen_ns, int64_t now_ns)
{
	if (seen_ns >= now_ns)
		return seen->age_ns > 0;
	return (uint64_t)now_ns - (uint64_t)seen_ns < (uint64_t)seen->age_ns;
}

/* The id's slot in the index, or the empty one where it would go. */
static uint32_t find(const struct sl_seen *seen, const struct seen_partition *partition,
		     const uint64_t id[2])
{
	uint32_t at = (uint32_t)id[0] & seen->index_mask;

	for (;; at = (at + 1) & seen->index_mask) {
		uint32_t slot = partition->index[at];
		const struct seen_entry *entry;

		if (!slot)
			return at;
		if ((slot & ~PLACE_MASK) != ((uint32_t)(id[1] << PLACE_BITS)))
			continue;
		entry = entry_at(seen, partition, place_of(slot));
		if (entry->id[0] == id[0] && entry->id[1] == id[1])
			return at;
	}
}

/* Empties an index slot and closes the gap, so that no probe needs a mark of what was deleted. */
static void forget(struct sl_seen *seen, struct seen_partition *partition, uint32_t at)
{
	uint32_t mask = seen->index_mask, gap = at;

	entry_at(seen, partition, place_of(partition->index[at]))->ordinal = 0;
	for (uint32_t next = (at + 1) & mask; partition->index[next]; next = (next + 1) & mask) {
		const struct seen_entry *entry =
			entry_at(seen, partition, place_of(partition->index[next]));
		uint32_t home = (uint32_t)entry->id[0] & mask;

		if (((next - home) & mask) >= ((next - gap) & mask)) {
			partition->index[gap] = partition->index[next];
			gap = next;
		}
	}
	partition->index[gap] = 0;
	seen->count--;
}

/* Puts an id that is not in the index at its ordinal's place, which is free. */
static void remember(struct sl_seen *seen, struct seen_partition *partition, const uint64_t id[2],
		     uint64_t ordinal, int64_t seen_ns)
{
	uint32_t place = (uint32_t)(ordinal % seen->room);

	*entry_at(seen, partition, place) =
		(struct seen_entry){.id = {id[0], id[1]}, .ordinal = ordinal, .seen_ns = seen_ns};
	partition->index[find(seen, partition, id)] = slot_value(id, place);
	seen->count++;
}

/* Frees an ordinal's place. */
static void evict(struct sl_seen *seen, struct seen_partition *partition, uint64_t ordinal)
{
	const struct seen_entry *entry = entry_of(seen, partition, ordinal);

	if (entry->ordinal)
		forget(seen, partition, find(seen, partition, entry->id));
}

static struct seen_partition *owned_partition(const struct sl_seen *seen, uint16_t partition)
{
	assert(partition < SL_PARTITIONS && seen->owned[partition] != NOT_OWNED);
	return &seen->partitions[seen->owned[partition]];
}

void sl_seen_prefetch(const struct sl_seen *seen, uint16_t partition, const uint64_t id[2])
{
	const struct seen_partition *p = owned_partition(seen, partition);

	__builtin_prefetch(&p->index[(uint32_t)id[0] & seen->index_mask], 1);
	__builtin_prefetch(entry_of(seen, p, p->next_ordinal), 1);
}

bool sl_seen_take(struct sl_seen *seen, uint16_t partition, const uint64_t id[2], int64_t now_ns,
		  struct sl_seen_record *ret_record)
{
	struct seen_partition *p = owned_partition(seen, partition);
	uint32_t at = find(seen, p, id);
	uint64_t ordinal = p->next_ordinal;
	const struct seen_entry *oldest = entry_of(seen, p, ordinal);

	if (p->index[at]) {
		if (is_young(seen, entry_at(seen, p, place_of(p->index[at]))->seen_ns, now_ns))
			return false;
		forget(seen, p, at);
	}
	if (oldest->ordinal && is_young(seen, oldest->seen_ns, now_ns))
		sl_count(seen->stats, SL_COUNTER_DUPLICATES_EVICTED, 1);
	evict(seen, p, ordinal);
	remember(seen, p, id, ordinal, now_ns);
	p->next_ordinal++;
	*ret_record = (struct sl_seen_record){.id = {id[0], id[1]},
					      .ordinal = ordinal,
					      .seen_ns = now_ns,
					      .partition = partition};
	return true;
}

static bool is_restorable(const struct sl_seen *seen, const struct sl_seen_record *record)
{
	return record->partition < SL_PARTITIONS && seen->owned[record->partition] != NOT_OWNED &&
	       record->ordinal != 0 && record->ordinal != UINT64_MAX;
}

void sl_seen_restore_ahead(const struct sl_seen *seen, const struct sl_seen_record *record)
{
	const struct seen_partition *p;

	if (!is_restorable(seen, record))
		return;
	p = owned_partition(seen, record->partition);
	__builtin_prefetch(&p->index[(uint32_t)record->id[0] & seen->index_mask], 1);
	__builtin_prefetch(entry_of(seen, p, record->ordinal), 1);
}

void sl_seen_restore(struct sl_seen *seen, const struct sl_seen_record *record, int64_t now_ns)
{
	struct seen_partition *p;
	uint32_t at;

	if (!is_restorable(seen, record))
		return;
	p = owned_partition(seen, record->partition);
	/* also of what is too old: an ordinal is given once */
	if (record->ordinal >= p->next_ordinal)
		p->next_ordinal = record->ordinal + 1;
	if (!is_young(seen, record->seen_ns, now_ns))
		return;
	at = find(seen, p, record->id);
	if (p->index[at] && entry_at(seen, p, place_of(p->index[at]))->ordinal >= record->ordinal)
		return; /* this record, or the id taken again later */
	if (entry_of(seen, p, record->ordinal)->ordinal > record->ordinal)
		return; /* more ids than there is room for now: the newest stay */
	if (p->index[at])
		forget(seen, p, at);
	evict(seen, p, record->ordinal);
	remember(seen, p, record->id, record->ordinal, record->seen_ns);
}

uint64_t sl_seen_count(const struct sl_seen *seen)
{
	return seen->count;
}
