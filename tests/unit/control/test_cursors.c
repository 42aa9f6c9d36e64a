#include "fixture.h"

#include "control/journal/cursors.h"
#include "sluice/error.h"

#include <errno.h>
#include <sys/wait.h>

static const char *const both[] = {"checkpoint", "sink.file"};
static const uint8_t journal_1[16] = {1}, journal_2[16] = {2};

static void cursors_survive(void **state)
{
	struct sl_cursors *cursors;
	uint64_t positions[2];
	struct sl_cursor cursor;
	struct fixture fixture;
	char why[256];

	(void)state;
	fixture_open(&fixture);
	assert_int_equal(sl_cursors_open(fixture.cursors, &cursors, why), 0);
	assert_int_equal(sl_cursors_register(cursors, journal_1, 5, 9, both, 2, positions, why), 0);
	assert_int_equal(positions[0], 5); /* a new consumer begins at the first block there is */
	assert_int_equal(positions[1], 5);
	assert_int_equal(sl_cursors_save(cursors, "sink.file", 8), 0);
	sl_cursors_close(cursors);
	assert_int_equal(sl_cursors_open(fixture.cursors, &cursors, why), 0);
	assert_int_equal(sl_cursors_register(cursors, journal_1, 5, 9, both, 2, positions, why), 0);
	assert_int_equal(positions[0], 5);
	assert_int_equal(positions[1], 8);
	assert_int_equal(sl_cursors_get(cursors, "sink.file", &cursor), 0);
	assert_int_equal(cursor.position, 8);
	assert_memory_equal(cursor.journal, journal_1, 16);
	assert_int_equal(cursor.check, XXH3_64bits(&cursor, offsetof(struct sl_cursor, check)));
	sl_cursors_close(cursors);
	fixture_close(&fixture);
}

/* A cursor that nobody moves would hold the journal for ever. */
static void consumers_that_are_gone_lose_their_cursor(void **state)
{
	struct sl_cursors *cursors;
	struct sl_cursor cursor;
	struct fixture fixture;
	uint64_t positions[2];
	char why[256];

	(void)state;
	fixture_open(&fixture);
	assert_int_equal(sl_cursors_open(fixture.cursors, &cursors, why), 0);
	assert_int_equal(sl_cursors_register(cursors, journal_1, 1, 9, both, 2, positions, why), 0);
	assert_int_equal(sl_cursors_register(cursors, journal_1, 1, 9, both, 1, positions, why), 0);
	assert_int_equal(sl_cursors_get(cursors, "checkpoint", &cursor), 0);
	assert_int_equal(sl_cursors_get(cursors, "sink.file", &cursor), -ENOENT);
	sl_cursors_close(cursors);
	fixture_close(&fixture);
}

static void cursors_of_another_journal_are_refused(void **state)
{
	struct sl_cursors *cursors;
	struct sl_cursor cursor;
	struct fixture fixture;
	uint64_t positions[2];
	char why[256];

	(void)state;
	fixture_open(&fixture);
	assert_int_equal(sl_cursors_open(fixture.cursors, &cursors, why), 0);
	assert_int_equal(sl_cursors_register(cursors, journal_1, 1, 9, both, 2, positions, why), 0);
	assert_int_equal(sl_cursors_register(cursors, journal_2, 1, 9, both, 2, positions, why),
			 -SL_E_STATE);
	assert_non_null(strstr(why, "another journal"));
	assert_non_null(strstr(why, fixture.cursors));
	assert_int_equal(sl_cursors_get(cursors, "sink.file", &cursor), 0);
	assert_memory_equal(cursor.journal, journal_1, 16); /* untouched */
	sl_cursors_close(cursors);
	fixture_close(&fixture);
}

static void a_second_process_is_refused(void **state)
{
	struct sl_cursors *cursors, *second;
	struct fixture fixture;
	char why[256];

	(void)state;
	fixture_open(&fixture);
	assert_int_equal(sl_cursors_open(fixture.cursors, &cursors, why), 0);
	assert_int_equal(sl_cursors_open(fixture.cursors, &second, why), -SL_E_LOCKED);
	sl_cursors_close(cursors);
	assert_int_equal(sl_cursors_open(fixture.cursors, &second, why), 0);
	sl_cursors_close(second);
	fixture_close(&fixture);
}

static void a_damaged_cursor_is_refused(void **state)
{
	struct sl_cursors *cursors;
	struct fixture fixture;
	uint64_t positions[2];
	char why[256];
	MDB_val key = {.mv_size = 9, .mv_data = (void *)"sink.file"},
		value = {.mv_size = 3, .mv_data = (void *)"bad"};
	MDB_env *env;
	MDB_txn *txn;
	MDB_dbi dbi;

	(void)state;
	fixture_open(&fixture);
	assert_int_equal(mkdir(fixture.cursors, 0700), 0);
	assert_int_equal(mdb_env_create(&env), 0);
	assert_int_equal(mdb_env_open(env, fixture.cursors, 0, 0600), 0);
	assert_int_equal(mdb_txn_begin(env, NULL, 0, &txn), 0);
	assert_int_equal(mdb_dbi_open(txn, NULL, 0, &dbi), 0);
	assert_int_equal(mdb_put(txn, dbi, &key, &value, 0), 0);
	assert_int_equal(mdb_txn_commit(txn), 0);
	mdb_env_close(env);
	assert_int_equal(sl_cursors_open(fixture.cursors, &cursors, why), 0);
	assert_int_equal(sl_cursors_register(cursors, journal_1, 1, 9, both, 2, positions, why),
			 -SL_E_DAMAGED);
	assert_non_null(strstr(why, "sink.file"));
	sl_cursors_close(cursors);
	fixture_close(&fixture);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(cursors_survive),
		cmocka_unit_test(consumers_that_are_gone_lose_their_cursor),
		cmocka_unit_test(cursors_of_another_journal_are_refused),
		cmocka_unit_test(a_second_process_is_refused),
		cmocka_unit_test(a_damaged_cursor_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
