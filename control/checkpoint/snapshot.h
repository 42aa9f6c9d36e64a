/* snapshot: what the dataplane has to remember, folded out of the journal
 * (include/sluice/journal.h).
 *
 * - An environment that this process alone writes; the dataplane reads it at its start.
 * - Changes and the position they reach are one transaction: a snapshot is always that of one
 *   position. Applying the same records again changes nothing.
 * - The map grows when it is full; disk usage is bounded by seen_room, by the mail under way and by
 *   what the dataplane remembers.
 * - Opening reads all ids: 40 bytes each, at the speed of memory where they are in it.
 * - One thread. */
#ifndef SL_CONTROL_CHECKPOINT_SNAPSHOT_H
#define SL_CONTROL_CHECKPOINT_SNAPSHOT_H

#include "control/checkpoint/state_fold.h"
#include "sluice/error.h"
#include "sluice/journal.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct sl_snapshot;

/* Mail: a put, or with value NULL a deletion. */
struct sl_snapshot_change {
	uint8_t key[SL_SNAPSHOT_MAIL_KEY_BYTES];
	uint32_t sequence; /* order among changes of one key: the last one counts */
	uint32_t value_bytes;
	const uint8_t *value;
};

/* -SL_E_STATE with a sentence where it belongs to another journal. *ret_position: of what it
 * covers, 0 for a new one. */
int sl_snapshot_open(const char *path, const uint8_t journal[16], uint32_t seen_room,
		     struct sl_snapshot **ret_snapshot, uint64_t *ret_position,
		     char ret_why[SL_SENTENCE_BYTES]);
void sl_snapshot_close(struct sl_snapshot *snapshot); /* takes NULL */

void sl_snapshot_mail_key(struct sl_snapshot_change *change, const struct sl_mailbox_record *mail);

/* What the records up to a position come to. Mail and state are sorted in place. */
struct sl_snapshot_batch {
	const struct sl_seen_record *seen; /* in their order */
	size_t n_seen;
	struct sl_snapshot_change *mail;
	size_t n_mail;
	struct sl_state_fold *state;
	size_t n_state;
	int64_t tick_ns;   /* the greatest; INT64_MIN: there was none */
	uint64_t position; /* the first block that is not in it */
};

/* Commits all of it. *ret_left_out: changes of state that belong to nothing that is there. */
int sl_snapshot_apply(struct sl_snapshot *snapshot, struct sl_snapshot_batch *batch,
		      size_t *ret_left_out);

#endif
