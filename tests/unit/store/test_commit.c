/* What a commit does when the disk does not do its part. */
#include "fixture.h"

#include <signal.h>
#include <sys/mount.h>
#include <sys/resource.h>

static void limit_files(rlim_t bytes)
{
	struct rlimit limit;

	getrlimit(RLIMIT_FSIZE, &limit);
	limit.rlim_cur = bytes;
	setrlimit(RLIMIT_FSIZE, &limit);
}

/* The limit on file sizes stands in for a disk that refuses: a write comes back short, or fails. */
static void write_until_refused(struct fixture *f)
{
	struct sl_store_worker *worker;
	uint64_t committed, n = 1;

	signal(SIGXFSZ, SIG_IGN);
	if (fixture_open(f) < 0 || sl_store_start(f->store) < 0)
		_exit(1);
	worker = sl_store_worker(f->store, 0);
	limit_files(400000);
	for (; !atomic_load(&f->failures); usleep(500))
		for (unsigned i = 0; i < 20 && append_seen(f, 0, n); i++, n++)
			sl_store_seal(worker, false);
	committed = sl_store_committed(worker);
	if (!sl_store_backpressure(f->store))
		_exit(2);
	/* never tried again, though it would succeed now */
	limit_files(RLIM_INFINITY);
	sl_store_seal(worker, true);
	usleep(300000);
	if (sl_store_committed(worker) != committed || atomic_load(&f->failures) != 1)
		_exit(3);
	if (committed == 0 || committed >= sl_store_pending(worker))
		_exit(4);
	sl_store_stop(f->store); /* ends all the same */
	fixture_close(f);
}

static void test_failed_write_is_final(void **state)
{
	struct fixture *f = *state;

	IN_CHILD(write_until_refused(f));
	must_open(f);
	if (fixture_recover(f) < 0)
		fail_msg("%s", f->why);
	assert_true(f->in_order && f->last_ordinal > 0);
}

static uint64_t fill_disk(struct fixture *f)
{
	struct sl_store_worker *worker = sl_store_worker(f->store, 0);
	uint64_t n;

	for (n = 1; stat_of(&f->stats.retries) < 2; usleep(200))
		for (unsigned i = 0; i < 20 && append_seen(f, 0, n); i++, n++)
			sl_store_seal(worker, true);
	return n - 1;
}

/* Full is no failure: what was sealed waits, and is committed when there is room again. */
static void test_full_disk_and_room_again(void **state)
{
	struct fixture *f = *state;
	struct sl_store_worker *worker;
	char ballast[128];
	uint64_t appended;
	FILE *file;

	if (mount("none", f->dir, "tmpfs", 0, "size=6m") < 0) {
		print_message("no right to mount a small file system: skipped\n");
		skip();
	}
	snprintf(ballast, sizeof(ballast), "%s/ballast", f->dir);
	file = fopen(ballast, "w");
	for (unsigned i = 0; i < 4 << 20; i++)
		fputc('x', file);
	fclose(file);
	must_start(f);
	worker = sl_store_worker(f->store, 0);
	appended = fill_disk(f);
	EVENTUALLY(sl_store_backpressure(f->store));
	assert_true(sl_store_committed(worker) < sl_store_pending(worker));
	assert_int_equal(atomic_load(&f->failures), 0);
	assert_int_equal(unlink(ballast), 0);
	sl_store_seal(worker, true);
	EVENTUALLY(sl_store_committed(worker) == sl_store_pending(worker));
	EVENTUALLY(!sl_store_backpressure(f->store));
	fixture_close(f);
	must_open(f);
	assert_int_equal(fixture_recover(f), 0);
	assert_true(f->in_order);
	assert_int_equal(f->last_ordinal, appended);
}

static int tear_down_mount(void **state)
{
	struct fixture *f = *state;

	fixture_close(f);
	umount(f->dir);
	return fixture_tear_down(state);
}

/* Values are exactly the blocks, at consecutive positions, stamped with the commit's time. */
static void look_at_blocks(struct fixture *f)
{
	uint64_t position = 0;
	MDB_cursor *cursor;
	MDB_val key, value;
	MDB_env *env;
	MDB_dbi dbi;
	MDB_txn *txn = other_begin(f->journal, MDB_RDONLY, &env, &dbi);

	if (mdb_cursor_open(txn, dbi, &cursor))
		_exit(1);
	for (; !mdb_cursor_get(cursor, &key, &value, MDB_NEXT); position++) {
		struct sl_block_header header;
		uint64_t name;

		memcpy(&name, key.mv_data, 8);
		if (__builtin_bswap64(name) != position)
			_exit(2);
		if (position == 0)
			continue;
		memcpy(&header, value.mv_data, sizeof(header));
		if (sl_block_check(value.mv_data, value.mv_size) || header.committed_ns <= 0)
			_exit(3);
	}
	if (position != 31)
		_exit(4);
	mdb_txn_abort(txn);
	mdb_env_close(env);
}

static void test_what_is_written(void **state)
{
	struct fixture *f = *state;

	must_start(f);
	for (unsigned i = 0; i < 30; i++) {
		assert_true(append_filler(f, i % 2));
		seal_and_wait(f, i % 2);
	}
	IN_CHILD(look_at_blocks(f));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_failed_write_is_final, fixture_set_up,
						fixture_tear_down),
		cmocka_unit_test_setup_teardown(test_full_disk_and_room_again, fixture_set_up,
						tear_down_mount),
		cmocka_unit_test_setup_teardown(test_what_is_written, fixture_set_up,
						fixture_tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
