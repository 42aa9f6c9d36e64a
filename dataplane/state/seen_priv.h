/* The ids one partition remembers: a ring of entries in the order of their ordinals, and an index
 * by open addressing over it. 40 bytes an id.
 *
 * The rings of all partitions lie side by side in rows: the first few places of each, then the next
 * few of each. So a large page is touched when partitions have as many ids, not at the first id of
 * each, and all that are being filled lie in the same page. */
#ifndef SL_STATE_SEEN_PRIV_H
#define SL_STATE_SEEN_PRIV_H

#include "state/state.h"

#include <stddef.h>

#define NOT_OWNED UINT16_MAX

/* An index slot: 0 is empty, else the entry's place in the ring plus one, under some bits of the
 * id, so that most probes of other ids do not touch the ring. */
#define PLACE_BITS 21u
#define PLACE_MASK ((1u << PLACE_BITS) - 1)
#define PER_PARTITION_MAX (1u << 20)

#define ROW_PLACES 16u /* of one partition */

struct seen_entry {
	uint64_t id[2];
	uint64_t ordinal;
	int64_t seen_ns;
};

struct seen_partition {
	struct seen_entry *ring; /* the first row's; place = ordinal % room */
	uint32_t *index;
	uint64_t next_ordinal;
};

struct sl_seen {
	uint32_t room;       /* entries of a ring */
	uint32_t row;        /* entries of a row, of all partitions */
	uint32_t index_mask; /* slots of an index - 1; at least two slots an entry */
	int64_t age_ns;
	uint64_t count;
	struct sl_stats_worker *stats;
	void *memory;
	size_t memory_bytes;
	struct seen_partition *partitions; /* the owned ones */
	uint16_t owned[SL_PARTITIONS];     /* place in partitions, or NOT_OWNED */
};

#endif
