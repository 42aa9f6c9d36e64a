/* How old a block is: what lag in seconds is made of. */
#include "base/clock.h"
#include "control/journal/consumers.h"
#include "control/journal/journal_priv.h"
#include "control/lmdb_env.h"

#include <errno.h>
#include <string.h>

double sl_consumer_lag_s(const struct sl_consumer_view *view, int64_t now_ns)
{
	int64_t lag_ns = view->oldest_ns ? now_ns - view->oldest_ns : 0;

	/* a clock that was set back */
	return lag_ns > 0 ? (double)(lag_ns / SL_NS_PER_MS) / 1000 : 0;
}

int sl_journal_committed_ns(struct sl_journal *journal, uint64_t position, int64_t *ret_ns)
{
	uint8_t key_bytes[8];
	MDB_val key = {.mv_size = 8, .mv_data = key_bytes}, value;
	struct sl_block_header header;
	MDB_cursor *cursor = NULL;
	MDB_txn *txn = NULL;
	int e = sl_journal_begin(journal, &txn);

	if (e)
		return e;
	sl_journal_key(position ? position : 1, key_bytes); /* 0 is the meta record */
	e = mdb_cursor_open(txn, journal->dbi, &cursor);
	if (!e)
		e = mdb_cursor_get(cursor, &key, &value, MDB_SET_RANGE);
	if (!e && value.mv_size < sizeof(header))
		e = MDB_CORRUPTED;
	if (!e)
		memcpy(&header, value.mv_data, sizeof(header));
	if (cursor)
		mdb_cursor_close(cursor);
	sl_journal_end(journal, txn);
	mdb_txn_abort(txn);
	if (e)
		return e == MDB_NOTFOUND ? -ENOENT : sl_lmdb_error(e);
	*ret_ns = header.committed_ns;
	return 0;
}
