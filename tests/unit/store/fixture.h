/* A journal in a directory of its own, and other processes that read it and write cursors: LMDB
 * forbids one process to open an environment twice. */
#ifndef SL_TESTS_STORE_FIXTURE_H
#define SL_TESTS_STORE_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../eventually.h"
#include "base/counters.h"
#include "sluice/error.h"
#include "store/store.h"

#include <lmdb.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <xxhash.h>

#define WORKERS 2u

struct fixture {
	char dir[64];
	char journal[96], cursors[96], snapshot[96];
	struct sl_stats_store stats;
	struct sl_store_config config;
	struct sl_store *store;
	char why[256];
	atomic_uint wakes[8];
	atomic_int failures;
	uint64_t recovered[2]; /* SEEN and MAILBOX records */
	uint64_t last_ordinal;
	bool in_order;
};

static inline void fixture_wake(void *context, unsigned worker)
{
	struct fixture *f = context;

	atomic_fetch_add(&f->wakes[worker], 1);
}

static inline void fixture_failed(void *context, int error, const char *sentence)
{
	struct fixture *f = context;

	fprintf(stderr, "error %d: %s\n", error, sentence);
	atomic_fetch_add(&f->failures, 1);
}

static inline int fixture_set_up(void **state)
{
	struct fixture *f = aligned_alloc(64, sizeof(*f)); /* the stats are aligned to 64 */

	memset(f, 0, sizeof(*f));
	snprintf(f->dir, sizeof(f->dir), "/tmp/sluice-store-XXXXXX");
	if (!mkdtemp(f->dir))
		return -1;
	snprintf(f->journal, sizeof(f->journal), "%s/journal", f->dir);
	snprintf(f->cursors, sizeof(f->cursors), "%s/cursors", f->dir);
	snprintf(f->snapshot, sizeof(f->snapshot), "%s/snapshot", f->dir);
	f->config = (struct sl_store_config){
		.journal_path = f->journal,
		.cursors_path = f->cursors,
		.map_bytes = 4 << 20,
		.backpressure_percent = 70,
		.batch_bytes = 65536,
		.workers = WORKERS,
		.stats = &f->stats,
		.wake = fixture_wake,
		.failed = fixture_failed,
		.context = f,
	};
	*state = f;
	return 0;
}

static inline int fixture_tear_down(void **state)
{
	struct fixture *f = *state;
	char command[128];

	sl_store_close(f->store);
	snprintf(command, sizeof(command), "rm -rf %s", f->dir);
	free(f);
	return system(command);
}

static inline int fixture_open(struct fixture *f)
{
	return sl_store_open(&f->config, &f->store, f->why);
}

static inline void fixture_close(struct fixture *f)
{
	sl_store_close(f->store);
	f->store = NULL;
}

static inline void must_open(struct fixture *f)
{
	if (fixture_open(f) < 0)
		fail_msg("%s", f->why);
}

static inline void must_start(struct fixture *f)
{
	must_open(f);
	assert_int_equal(sl_store_start(f->store), 0);
}

/* Appends a SEEN record with that ordinal; false where no batch was free. */
static inline bool append_seen(struct fixture *f, unsigned worker, uint64_t ordinal)
{
	struct sl_seen_record seen = {
		.id = {ordinal, 1}, .ordinal = ordinal, .partition = (uint16_t)worker};
	struct sl_blocks *blocks =
		sl_store_open_batch(sl_store_worker(f->store, worker), sizeof(seen), 1);

	if (!blocks)
		return false;
	assert_int_equal(sl_blocks_append_seen(blocks, &seen), 0);
	return true;
}

/* A record that fills about a block. */
static inline bool append_filler(struct fixture *f, unsigned worker)
{
	static const uint8_t bytes[1900];
	const struct sl_span part = {.at = bytes, .bytes = sizeof(bytes)};
	struct sl_blocks *blocks =
		sl_store_open_batch(sl_store_worker(f->store, worker), sizeof(bytes), 1);

	if (!blocks)
		return false;
	assert_int_equal(sl_blocks_append(blocks, SL_RECORD_DELTA, &part, 1), 0);
	return true;
}

static inline void seal_and_wait(struct fixture *f, unsigned worker)
{
	struct sl_store_worker *w = sl_store_worker(f->store, worker);

	sl_store_seal(w, true);
	EVENTUALLY(sl_store_committed(w) >= sl_store_pending(w));
}

static inline void fixture_each(void *context, const struct sl_record *record)
{
	struct fixture *f = context;
	struct sl_seen_record seen;

	f->recovered[record->type == SL_RECORD_MAILBOX]++;
	if (sl_record_seen(record, &seen) == 0) {
		f->in_order &= seen.ordinal == f->last_ordinal + 1;
		f->last_ordinal = seen.ordinal;
	}
}

static inline int fixture_recover_kinds(struct fixture *f, unsigned kinds)
{
	f->recovered[0] = f->recovered[1] = 0;
	f->last_ordinal = 0;
	f->in_order = true;
	return sl_store_recover(f->store, f->snapshot, kinds, fixture_each, f, f->why);
}

static inline int fixture_recover(struct fixture *f)
{
	return fixture_recover_kinds(f, SL_RECOVER_IDS);
}

/* Runs in a process of its own, for the environment may be open here. */
#define IN_CHILD(...)                                                                              \
	do {                                                                                       \
		int status_;                                                                       \
		pid_t child_ = fork();                                                             \
		if (child_ == 0) {                                                                 \
			__VA_ARGS__;                                                               \
			_exit(0);                                                                  \
		}                                                                                  \
		assert_int_equal(waitpid(child_, &status_, 0), child_);                            \
		assert_int_equal(status_, 0);                                                      \
	} while (0)

static inline MDB_txn *other_begin(const char *path, unsigned flags, MDB_env **ret_env,
				   MDB_dbi *ret_dbi)
{
	MDB_txn *txn;

	mkdir(path, 0750);
	if (mdb_env_create(ret_env) || mdb_env_set_mapsize(*ret_env, flags ? 0 : 4 << 20) ||
	    mdb_env_open(*ret_env, path, flags, 0640) ||
	    mdb_txn_begin(*ret_env, NULL, flags, &txn) || mdb_dbi_open(txn, NULL, 0, ret_dbi))
		_exit(9);
	return txn;
}

static inline void other_put(const char *path, const void *key, size_t key_bytes, const void *at,
			     size_t n)
{
	MDB_val name = {key_bytes, (void *)key}, value = {n, (void *)at};
	MDB_env *env;
	MDB_dbi dbi;
	MDB_txn *txn = other_begin(path, 0, &env, &dbi);

	if (mdb_put(txn, dbi, &name, &value, 0) || mdb_txn_commit(txn))
		_exit(8);
	mdb_env_close(env);
}

static inline void other_uuid(const char *journal, uint8_t ret_uuid[16])
{
	uint8_t zero[8] = {0};
	MDB_val name = {8, zero}, value;
	MDB_env *env;
	MDB_dbi dbi;
	MDB_txn *txn = other_begin(journal, MDB_RDONLY, &env, &dbi);

	if (mdb_get(txn, dbi, &name, &value))
		_exit(7);
	memcpy(ret_uuid, ((const struct sl_journal_meta *)value.mv_data)->uuid, 16);
	mdb_txn_abort(txn);
	mdb_env_close(env);
}

static inline void other_cursor(struct fixture *f, const char *consumer, uint64_t position)
{
	struct sl_cursor cursor = {.version = SL_CURSORS_VERSION, .position = position};

	other_uuid(f->journal, cursor.journal);
	cursor.check = XXH3_64bits(&cursor, offsetof(struct sl_cursor, check));
	other_put(f->cursors, consumer, strlen(consumer), &cursor, sizeof(cursor));
}

static inline void save_cursor(struct fixture *f, const char *consumer, uint64_t position)
{
	IN_CHILD(other_cursor(f, consumer, position));
}

static inline uint64_t stat_of(const sl_stat *stat)
{
	return sl_stat_get(stat);
}

#endif
