/* backlog: consumers whose records somebody waits for go before the others while they have much to
 * catch up with, as after an outage or a restart.
 *
 * The others stay back meanwhile, unless they are so far behind themselves that they hold up the
 * trimming of the journal. Who stands still holds nobody back. One struct for each consumer, of its
 * thread. */
#ifndef SL_CONTROL_JOURNAL_BACKLOG_H
#define SL_CONTROL_JOURNAL_BACKLOG_H

#include "control/journal/reader.h"

#include <stdbool.h>

struct sl_backlog {
	struct sl_journal *journal;
	bool waited_for;
	bool behind;  /* much was read, or may not be read yet */
	bool counted; /* among those that hold others back */
	uint64_t done;
	int64_t moved_ns; /* `done`, or since when it is behind */
};

void sl_backlog_init(struct sl_backlog *backlog, struct sl_journal *journal, bool waited_for);

/* After a turn: how much it read, whether it may not read more before something is done, and the
 * first block that is not done. */
void sl_backlog_note(struct sl_backlog *backlog, size_t read_bytes, bool full, uint64_t done,
		     int64_t now_ns);

/* Holds nobody back any more. */
void sl_backlog_end(struct sl_backlog *backlog);

/* Whether it should not read now; `next` is its next block. */
bool sl_backlog_stays_back(const struct sl_backlog *backlog, uint64_t next);

#endif
