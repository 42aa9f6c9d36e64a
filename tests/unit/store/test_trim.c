#include "fixture.h"

#include <signal.h>

static void append_blocks(struct fixture *f, unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		while (!append_filler(f, 0))
			usleep(100);
		if (i % 20 == 19)
			seal_and_wait(f, 0);
	}
	seal_and_wait(f, 0);
}

/* Appends until no batch is free and the committer has said twice since that there is no room: what
 * was sealed does not fit, however it is cut. Returns how many batches that were. */
static uint64_t fill(struct fixture *f)
{
	uint64_t retries = stat_of(&f->stats.retries);

	for (;;) {
		if (append_filler(f, 0))
			retries = stat_of(&f->stats.retries);
		else if (stat_of(&f->stats.retries) >= retries + 2)
			return sl_store_pending(sl_store_worker(f->store, 0));
		else
			usleep(1000);
	}
}

static void test_no_cursor_no_trimming(void **state)
{
	struct fixture *f = *state;

	must_start(f);
	append_blocks(f, 100);
	usleep(300000);
	assert_int_equal(stat_of(&f->stats.trimmed_blocks), 0);
}

static void test_trims_below_the_least_cursor(void **state)
{
	struct fixture *f = *state;

	must_start(f);
	append_blocks(f, 100);
	save_cursor(f, "archiver", 41);
	save_cursor(f, "forwarder", 71);
	EVENTUALLY(stat_of(&f->stats.trimmed_blocks) == 40);
	append_blocks(f, 20);
	assert_int_equal(stat_of(&f->stats.trimmed_blocks), 40);
	save_cursor(f, "archiver", 61);
	EVENTUALLY(stat_of(&f->stats.trimmed_blocks) == 60);
}

/* The last block stays, for it says which positions were used. */
static void test_never_the_last_block(void **state)
{
	struct fixture *f = *state;

	must_start(f);
	append_blocks(f, 30);
	save_cursor(f, "forwarder", 31);
	EVENTUALLY(stat_of(&f->stats.trimmed_blocks) == 29);
	save_cursor(f, "forwarder", 1000000);
	usleep(200000);
	assert_int_equal(stat_of(&f->stats.trimmed_blocks), 29);
	fixture_close(f);
	must_start(f);
	EVENTUALLY(stat_of(&f->stats.position) == 31);
}

static void bad_cursor(struct fixture *f, int how)
{
	struct sl_cursor cursor = {.version = SL_CURSORS_VERSION, .position = 50};

	other_uuid(f->journal, cursor.journal);
	if (how == 0)
		cursor.journal[3] ^= 1;
	if (how == 1)
		cursor.version++;
	cursor.check = XXH3_64bits(&cursor, offsetof(struct sl_cursor, check));
	if (how == 2)
		cursor.position++;
	other_put(f->cursors, "other", 5, &cursor, sizeof(cursor) - (how == 3));
}

/* A cursor that cannot be believed may stand anywhere: nothing is trimmed. */
static void test_cursor_not_believed(void **state)
{
	struct fixture *f = *state;

	must_start(f);
	append_blocks(f, 100);
	for (int how = 0; how < 4; how++) {
		IN_CHILD(bad_cursor(f, how));
		save_cursor(f, "forwarder", 50);
		usleep(300000);
		assert_int_equal(stat_of(&f->stats.trimmed_blocks), 0);
	}
	save_cursor(f, "other", 60);
	EVENTUALLY(stat_of(&f->stats.trimmed_blocks) == 49);
}

static void test_cursors_made_anew(void **state)
{
	struct fixture *f = *state;
	char command[160];

	must_start(f);
	append_blocks(f, 100);
	save_cursor(f, "forwarder", 11);
	EVENTUALLY(stat_of(&f->stats.trimmed_blocks) == 10);
	snprintf(command, sizeof(command), "rm -rf %s", f->cursors);
	assert_int_equal(system(command), 0);
	save_cursor(f, "forwarder", 21);
	EVENTUALLY(stat_of(&f->stats.trimmed_blocks) == 20);
}

/* Full with no consumer: waits with backpressure on and nothing lost, goes on when one moves. */
static void test_full_and_on_again(void **state)
{
	struct fixture *f = *state;
	uint64_t position = 1, sealed;

	f->config.map_bytes = 1 << 20;
	must_start(f);
	sealed = fill(f);
	assert_true(sl_store_backpressure(f->store));
	assert_true(stat_of(&f->stats.retries) > 0);
	assert_true(stat_of(&f->stats.fill_permille) >= 700);
	assert_true(sl_store_committed(sl_store_worker(f->store, 0)) < sealed);
	assert_int_equal(atomic_load(&f->failures), 0);
	for (unsigned round = 0; round < 5; round++) {
		position = stat_of(&f->stats.position);
		save_cursor(f, "forwarder", position);
		EVENTUALLY(!sl_store_backpressure(f->store));
		EVENTUALLY(sl_store_committed(sl_store_worker(f->store, 0)) >= sealed);
		EVENTUALLY(stat_of(&f->stats.trimmed_blocks) >= position - 2);
		sealed = fill(f);
		assert_true(sl_store_backpressure(f->store));
	}
	assert_int_equal(atomic_load(&f->failures), 0);
	fixture_close(f);
	must_open(f); /* every page of what is left is where it belongs */
}

/* A reader that died in its transaction is cleared, and its pages are used again. */
static void test_stale_reader(void **state)
{
	struct fixture *f = *state;
	MDB_env *env;
	MDB_dbi dbi;
	int status;
	pid_t child;

	must_start(f);
	append_blocks(f, 20);
	child = fork();
	if (child == 0) {
		other_begin(f->journal, MDB_RDONLY, &env, &dbi);
		kill(getpid(), SIGKILL);
	}
	waitpid(child, &status, 0);
	assert_true(WIFSIGNALED(status));
	EVENTUALLY(stat_of(&f->stats.stale_readers) == 1);
}

/* A reader that keeps its transaction keeps every page from being used again: the map fills
 * although consumers are done. When the reader goes, what waited is committed, and nothing was
 * lost. */
static void test_map_full_under_a_reader(void **state)
{
	struct fixture *f = *state;
	struct sl_store_worker *worker;
	uint64_t sealed = 0;
	int ready[2];
	pid_t child;

	f->config.map_bytes = 1 << 20;
	must_start(f);
	append_blocks(f, 20);
	assert_int_equal(pipe(ready), 0);
	child = fork();
	if (child == 0) {
		MDB_env *env;
		MDB_dbi dbi;

		other_begin(f->journal, MDB_RDONLY, &env, &dbi);
		if (write(ready[1], "x", 1) != 1)
			_exit(1);
		pause();
	}
	assert_int_equal(read(ready[0], (char[1]){0}, 1), 1);
	worker = sl_store_worker(f->store, 0);
	for (unsigned i = 0; i < 20 && stat_of(&f->stats.retries) < 3; i++) {
		sealed = fill(f);
		save_cursor(f, "forwarder", stat_of(&f->stats.position));
	}
	assert_true(stat_of(&f->stats.retries) >= 3);
	assert_true(sl_store_backpressure(f->store));
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
	EVENTUALLY(sl_store_committed(worker) >= sealed);
	save_cursor(f, "forwarder", stat_of(&f->stats.position));
	EVENTUALLY(!sl_store_backpressure(f->store));
	assert_int_equal(atomic_load(&f->failures), 0);
	close(ready[0]);
	close(ready[1]);
	fixture_close(f);
	must_open(f);
}

/* A living reader that sleeps in its transaction keeps pages; its age is told. */
static void test_old_reader_is_told(void **state)
{
	struct fixture *f = *state;
	int ready[2];
	pid_t child;

	must_start(f);
	append_blocks(f, 20);
	assert_int_equal(pipe(ready), 0);
	child = fork();
	if (child == 0) {
		MDB_env *env;
		MDB_dbi dbi;

		other_begin(f->journal, MDB_RDONLY, &env, &dbi);
		if (write(ready[1], "x", 1) != 1)
			_exit(1);
		pause();
	}
	assert_int_equal(read(ready[0], (char[1]){0}, 1), 1);
	append_blocks(f, 100);
	EVENTUALLY(stat_of(&f->stats.oldest_reader_txns) >= 5);
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
	EVENTUALLY(stat_of(&f->stats.oldest_reader_txns) == 0);
	close(ready[0]);
	close(ready[1]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_no_cursor_no_trimming, fixture_set_up,
						fixture_tear_down),
		cmocka_unit_test_setup_teardown(test_trims_below_the_least_cursor, fixture_set_up,
						fixture_tear_down),
		cmocka_unit_test_setup_teardown(test_never_the_last_block, fixture_set_up,
						fixture_tear_down),
		cmocka_unit_test_setup_teardown(test_cursor_not_believed, fixture_set_up,
						fixture_tear_down),
		cmocka_unit_test_setup_teardown(test_cursors_made_anew, fixture_set_up,
						fixture_tear_down),
		cmocka_unit_test_setup_teardown(test_full_and_on_again, fixture_set_up,
						fixture_tear_down),
		cmocka_unit_test_setup_teardown(test_stale_reader, fixture_set_up,
						fixture_tear_down),
		cmocka_unit_test_setup_teardown(test_map_full_under_a_reader, fixture_set_up,
						fixture_tear_down),
		cmocka_unit_test_setup_teardown(test_old_reader_is_told, fixture_set_up,
						fixture_tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
