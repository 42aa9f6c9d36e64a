#include "control/journal/backlog.h"

#include "base/clock.h"
#include "control/journal/journal_priv.h"

/* A read of so much is one of many. */
#define MUCH_BYTES (SL_JOURNAL_COPY_MAX / 2)
#define STANDS_STILL_NS SL_NS_PER_S
/* Of the journal: who is further behind goes on, whoever hurries. */
#define SHARE_OF_MAP 4u

void sl_backlog_init(struct sl_backlog *backlog, struct sl_journal *journal, bool waited_for)
{
	*backlog = (struct sl_backlog){.journal = journal, .waited_for = waited_for};
}

static void count(struct sl_backlog *backlog, bool counted)
{
	if (counted && !backlog->counted)
		atomic_fetch_add_explicit(&backlog->journal->hurried, 1, memory_order_relaxed);
	else if (!counted && backlog->counted)
		atomic_fetch_sub_explicit(&backlog->journal->hurried, 1, memory_order_relaxed);
	backlog->counted = counted;
}

void sl_backlog_note(struct sl_backlog *backlog, size_t read_bytes, bool full, uint64_t done,
		     int64_t now_ns)
{
	bool behind = read_bytes >= MUCH_BYTES || (full && backlog->behind);

	if (!backlog->waited_for)
		return;
	if (!backlog->behind || done != backlog->done)
		backlog->moved_ns = now_ns;
	backlog->behind = behind;
	backlog->done = done;
	count(backlog, behind && now_ns - backlog->moved_ns < STANDS_STILL_NS);
}

void sl_backlog_end(struct sl_backlog *backlog)
{
	count(backlog, false);
}

bool sl_backlog_stays_back(const struct sl_backlog *backlog, uint64_t next)
{
	struct sl_journal *journal = backlog->journal;
	uint64_t first, end;

	if (backlog->waited_for || !atomic_load_explicit(&journal->hurried, memory_order_relaxed) ||
	    sl_journal_ends(journal, &first, &end))
		return false;
	return end <= next ||
	       (end - next) * SL_BLOCK_BYTES_MAX < sl_journal_map_bytes(journal) / SHARE_OF_MAP;
}
