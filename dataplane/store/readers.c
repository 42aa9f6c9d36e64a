/* Watching the journal's readers: a reader that never ends keeps every page from being used again.
 */
#include "store_priv.h"

#include "base/counters.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A line of LMDB's list: process, thread, transaction or "-". Headings have no number there. */
static int each_line(const char *line, void *context)
{
	uint64_t *oldest = context;
	const char *last = strrchr(line, ' ');
	char *end;
	unsigned long long txn;

	if (!last)
		return 0;
	txn = strtoull(last + 1, &end, 10);
	if (end != last + 1 && txn < *oldest)
		*oldest = txn;
	return 0;
}

void sl_store_readers_check(struct sl_store *store)
{
	MDB_envinfo info;
	uint64_t oldest;
	int dead = 0;

	if (!mdb_reader_check(store->env, &dead) && dead > 0)
		sl_stat_add(&store->stats->stale_readers, (uint64_t)dead);
	mdb_env_info(store->env, &info);
	oldest = info.me_last_txnid;
	mdb_reader_list(store->env, each_line, &oldest);
	sl_stat_set(&store->stats->oldest_reader_txns, info.me_last_txnid - oldest);
}
