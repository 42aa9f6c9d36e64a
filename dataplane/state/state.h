/* state: what an owner remembers per partition: the ids of the events it has taken.
 *
 * One struct sl_seen per worker, of the partitions it owns; single-threaded; all memory taken at
 * new. Bounded per partition by number (the oldest makes room, counted when it was still young)
 * and by age. Judging is against memory; what makes it durable is the SEEN record that the caller
 * journals in the same batch as the event's effects, and hands back here at start. */
#ifndef SL_STATE_H
#define SL_STATE_H

#include "sluice/journal.h"
#include "sluice/stats.h"

#include <stdbool.h>
#include <stdint.h>

struct sl_seen;

/* owned: one bit per partition. */
int sl_seen_new(const uint64_t owned[SL_PARTITIONS / 64], uint32_t per_partition, int64_t age_ns,
		struct sl_stats_worker *stats, struct sl_seen **ret_seen);
void sl_seen_free(struct sl_seen *seen); /* takes NULL */

/* Fetches what judging this id will touch: a burst ahead. */
void sl_seen_prefetch(const struct sl_seen *seen, uint16_t partition, const uint64_t id[2]);

/* True: new, now remembered, and ret_record is to be journalled. False: a duplicate. */
bool sl_seen_take(struct sl_seen *seen, uint16_t partition, const uint64_t id[2], int64_t now_ns,
		  struct sl_seen_record *ret_record);

/* Fetches what restoring this record will touch: some records ahead. */
void sl_seen_restore_ahead(const struct sl_seen *seen, const struct sl_seen_record *record);

/* At start: a record of the snapshot or of the journal, in any order. Too old ones are passed over.
 */
void sl_seen_restore(struct sl_seen *seen, const struct sl_seen_record *record, int64_t now_ns);

uint64_t sl_seen_count(const struct sl_seen *seen);

#endif
