/* cursors: how far each consumer of the journal has come, in an environment that this process
 * alone writes.
 *
 * - A cursor is saved only after everything before it is durable elsewhere: the dataplane deletes
 *   what lies below all of them.
 * - sl_cursors_open() takes a lock for as long as the process lives: -SL_E_LOCKED where another
 *   sluice-control runs on the same data.
 * - Any thread; calls are serialized. A save costs two syncs. */
#ifndef SL_CONTROL_JOURNAL_CURSORS_H
#define SL_CONTROL_JOURNAL_CURSORS_H

#include "sluice/error.h"
#include "sluice/journal.h"

#include <stdbool.h>
#include <stdint.h>

struct sl_cursors;

int sl_cursors_open(const char *path, struct sl_cursors **ret_cursors,
		    char ret_why[SL_SENTENCE_BYTES]);

/* Another sluice-control has them at this moment. It may end, and another come, right after. */
bool sl_cursors_taken(const char *path);

void sl_cursors_close(struct sl_cursors *cursors); /* takes NULL */

/* Makes the cursors exactly those of the named consumers, in one transaction: new ones begin at
 * `first`, those of consumers no longer named are removed. Returns the positions.
 * -SL_E_STATE with a sentence where a cursor belongs to another journal or lies outside this one.
 */
int sl_cursors_register(struct sl_cursors *cursors, const uint8_t journal[16], uint64_t first,
			uint64_t end, const char *const *names, unsigned n_names,
			uint64_t *ret_positions, char ret_why[SL_SENTENCE_BYTES]);

int sl_cursors_save(struct sl_cursors *cursors, const char *name, uint64_t position);

/* -ENOENT: there is none of that name. */
int sl_cursors_get(struct sl_cursors *cursors, const char *name, struct sl_cursor *ret_cursor);

#endif
