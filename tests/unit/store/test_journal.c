#include "fixture.h"

#include <fcntl.h>
#include <sys/statvfs.h>

static void fill_some(struct fixture *f, unsigned n)
{
	must_start(f);
	for (unsigned i = 1; i <= n; i++) {
		assert_true(append_seen(f, 0, i));
		seal_and_wait(f, 0);
	}
	fixture_close(f);
}

static void data_file(const struct fixture *f, char ret_path[128])
{
	snprintf(ret_path, 128, "%s/data.mdb", f->journal);
}

/* Overwrites the first place where the file holds these bytes. */
static void damage(const struct fixture *f, const void *bytes, size_t n, size_t at, uint8_t mask)
{
	char path[128];
	struct stat st;
	uint8_t *all, *place = NULL;
	int fd;

	data_file(f, path);
	fd = open(path, O_RDWR);
	assert_true(fd >= 0 && fstat(fd, &st) == 0);
	all = malloc((size_t)st.st_size);
	assert_int_equal(pread(fd, all, (size_t)st.st_size, 0), st.st_size);
	/* every copy: older pages hold some too */
	for (off_t from = 0; from < st.st_size; from = place - all + 1) {
		place = memmem(all + from, (size_t)(st.st_size - from), bytes, n);
		if (!place)
			break;
		place[at] ^= mask;
		assert_int_equal(pwrite(fd, place + at, 1, place + at - all), 1);
	}
	assert_true(all[0] || !place);
	free(all);
	close(fd);
}

static void test_created_and_opened_again(void **state)
{
	struct fixture *f = *state;

	must_open(f);
	fixture_close(f);
	must_open(f);
	assert_int_equal(fixture_recover(f), 0);
	assert_int_equal(f->recovered[0], 0);
}

static void open_second(struct fixture *f)
{
	struct sl_store *second;
	char why[256];
	int r = sl_store_open(&f->config, &second, why);

	_exit(r == -SL_E_LOCKED && strstr(why, "another dataplane") ? 0 : 1);
}

static void test_one_writer(void **state)
{
	struct fixture *f = *state;

	must_open(f);
	IN_CHILD(open_second(f));
	fixture_close(f);
	must_open(f);
}

static void test_missing_lock_file(void **state)
{
	struct fixture *f = *state;
	char path[128];

	fill_some(f, 5);
	snprintf(path, sizeof(path), "%s/lock.mdb", f->journal);
	assert_int_equal(unlink(path), 0);
	must_open(f);
	assert_int_equal(fixture_recover(f), 0);
	assert_int_equal(f->recovered[0], 5);
}

static void expect_refused(struct fixture *f, int error, const char *word)
{
	int r = fixture_open(f);

	if (r != error || !strstr(f->why, word))
		fail_msg("got %d \"%s\", not %d with \"%s\"", r, f->why, error, word);
	assert_null(f->store);
}

static void test_garbage(void **state)
{
	struct fixture *f = *state;
	char path[128];
	FILE *file;

	mkdir(f->journal, 0750);
	data_file(f, path);
	file = fopen(path, "w");
	for (unsigned i = 0; i < 5000; i++)
		fputs("not a journal ", file);
	fclose(file);
	expect_refused(f, -SL_E_DAMAGED, "move the directory away");
}

static void test_cut_short(void **state)
{
	struct fixture *f = *state;
	char path[128];
	struct stat st;

	fill_some(f, 60);
	data_file(f, path);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(truncate(path, 5000), 0); /* in the second meta page */
	assert_true(fixture_open(f) < 0);
	assert_int_equal(truncate(path, 8192), 0);
	expect_refused(f, -SL_E_DAMAGED, "cut short");
}

static void test_meta_record(void **state)
{
	struct fixture *f = *state;

	fill_some(f, 1);
	damage(f, SL_JOURNAL_MAGIC, 8, 12, 1); /* partitions */
	expect_refused(f, -SL_E_DAMAGED, "first record");
}

static void test_other_magic(void **state)
{
	struct fixture *f = *state;

	fill_some(f, 1);
	damage(f, SL_JOURNAL_MAGIC, 8, 0, 1);
	expect_refused(f, -SL_E_DAMAGED, "not a journal");
}

static void test_other_version(void **state)
{
	struct fixture *f = *state;

	fill_some(f, 1);
	damage(f, SL_JOURNAL_MAGIC, 8, 8, 3);
	expect_refused(f, -SL_E_VERSION, "version 2");
}

static void put_foreign(struct fixture *f)
{
	struct sl_journal_meta meta = {.version = SL_JOURNAL_VERSION, .partitions = 1024};

	memcpy(meta.magic, SL_JOURNAL_MAGIC, 8);
	meta.check = XXH3_64bits(&meta, offsetof(struct sl_journal_meta, check));
	other_put(f->journal, (uint8_t[8]){0}, 8, &meta, sizeof(meta));
}

static void test_other_partitions(void **state)
{
	struct fixture *f = *state;

	IN_CHILD(put_foreign(f));
	expect_refused(f, -SL_E_VERSION, "1024 partitions");
}

static void test_no_meta(void **state)
{
	struct fixture *f = *state;

	IN_CHILD(other_put(f->journal, "other", 5, "x", 1));
	expect_refused(f, -SL_E_DAMAGED, "no meta record");
}

static void test_last_block(void **state)
{
	struct fixture *f = *state;
	uint64_t id[2] = {5, 1};

	fill_some(f, 5);
	damage(f, id, sizeof(id), 17, 1);
	expect_refused(f, -SL_E_DAMAGED, "block 5");
}

static void test_preallocates(void **state)
{
	struct fixture *f = *state;
	char path[128];
	struct stat st;

	f->config.preallocate = true;
	must_open(f);
	data_file(f, path);
	assert_int_equal(stat(path, &st), 0);
	assert_true(st.st_blocks * 512 >= 4 << 20);
	fixture_close(f);
	must_open(f); /* and nothing is missing the next time */
}

static void test_no_room_for_preallocation(void **state)
{
	struct fixture *f = *state;
	struct statvfs fs;

	assert_int_equal(statvfs(f->dir, &fs), 0);
	f->config.preallocate = true;
	f->config.map_bytes = ((uint64_t)fs.f_bavail * fs.f_frsize & ~0xfffull) + (64ull << 30);
	assert_int_equal(fixture_open(f), -SL_E_FULL);
	assert_non_null(strstr(f->why, "journal.preallocate"));
}

static void test_unreachable_directory(void **state)
{
	struct fixture *f = *state;

	snprintf(f->journal, sizeof(f->journal), "%s/a/b", f->dir);
	assert_int_equal(fixture_open(f), -2);
	assert_true(f->why[0]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_created_and_opened_again, fixture_set_up,
						fixture_tear_down),
		cmocka_unit_test_setup_teardown(test_one_writer, fixture_set_up, fixture_tear_down),
		cmocka_unit_test_setup_teardown(test_missing_lock_file, fixture_set_up,
						fixture_tear_down),
		cmocka_unit_test_setup_teardown(test_garbage, fixture_set_up, fixture_tear_down),
		cmocka_unit_test_setup_teardown(test_cut_short, fixture_set_up, fixture_tear_down),
		cmocka_unit_test_setup_teardown(test_meta_record, fixture_set_up,
						fixture_tear_down),
		cmocka_unit_test_setup_teardown(test_other_magic, fixture_set_up,
						fixture_tear_down),
		cmocka_unit_test_setup_teardown(test_other_version, fixture_set_up,
						fixture_tear_down),
		cmocka_unit_test_setup_teardown(test_other_partitions, fixture_set_up,
						fixture_tear_down),
		cmocka_unit_test_setup_teardown(test_no_meta, fixture_set_up, fixture_tear_down),
		cmocka_unit_test_setup_teardown(test_last_block, fixture_set_up, fixture_tear_down),
		cmocka_unit_test_setup_teardown(test_preallocates, fixture_set_up,
						fixture_tear_down),
		cmocka_unit_test_setup_teardown(test_no_room_for_preallocation, fixture_set_up,
						fixture_tear_down),
		cmocka_unit_test_setup_teardown(test_unreachable_directory, fixture_set_up,
						fixture_tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
