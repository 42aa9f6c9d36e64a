/* checkpoint: the consumer that folds SEEN and MAILBOX records into the snapshot, so that the
 * journal behind it may be trimmed and a restart is short.
 *
 * See control/journal/consumer.h for how it fails and goes on, snapshot.h for what it writes.
 * Memory is taken once: room for the records of one group. */
#ifndef SL_CONTROL_CHECKPOINT_H
#define SL_CONTROL_CHECKPOINT_H

#include "control/journal/consumer.h"

struct sl_checkpoint;

extern const struct sl_consumer_ops sl_checkpoint_ops;

int sl_checkpoint_new(const char *path, uint32_t seen_room, struct sl_consumer_stats *stats,
		      struct sl_checkpoint **ret_checkpoint);
void sl_checkpoint_free(struct sl_checkpoint *checkpoint); /* takes NULL */

#endif
