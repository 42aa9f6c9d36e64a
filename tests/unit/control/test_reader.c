#include "fixture.h"

#include "control/journal/consumers.h"
#include "control/journal/reader.h"
#include "sluice/error.h"

#include <errno.h>

struct seen {
	unsigned records, damaged;
	uint64_t ids[4096];
	uint32_t data_bytes;
	int fail_at; /* record index, -1: never */
};

static int on_record(void *context, const struct sl_record *record, uint64_t position,
		     int64_t committed_ns)
{
	struct seen *seen = context;
	struct sl_match_view match;

	(void)position;
	assert_int_equal(committed_ns, 1763683953120000000);
	assert_int_equal(sl_record_match(record, &match), 0);
	if (seen->fail_at == (int)seen->records)
		return -EIO;
	seen->ids[seen->records++] = match.head.id[0];
	seen->data_bytes = match.data.bytes;
	return 0;
}

static void on_damaged(void *context, uint64_t position, int error)
{
	(void)position;
	assert_true(error < 0);
	((struct seen *)context)->damaged++;
}

static struct sl_walk walk_into(struct seen *seen)
{
	return (struct sl_walk){.record = on_record, .damaged = on_damaged, .context = seen};
}

static struct seen read_all(struct sl_reader *reader)
{
	struct seen seen = {.fail_at = -1};
	const struct sl_walk walk = walk_into(&seen);
	int n;

	while ((n = sl_reader_read(reader, SL_JOURNAL_COPY_MAX)) > 0)
		assert_int_equal(sl_reader_walk(reader, &walk), 0);
	assert_int_equal(n, 0);
	return seen;
}

struct scene {
	struct fixture fixture;
	struct sl_journal *journal; /* where begun with a reader */
	struct sl_reader *reader;
};

static int begin(void **state)
{
	static struct scene scene;

	scene = (struct scene){0};
	fixture_open(&scene.fixture);
	*state = &scene;
	return 0;
}

static int begin_with_reader(void **state)
{
	struct scene *scene;
	char why[256] = "";

	begin(state);
	scene = *state;
	fixture_journal(&scene->fixture, 1);
	assert_int_equal(sl_journal_open(scene->fixture.journal, &scene->journal, why), 0);
	assert_int_equal(sl_reader_new(scene->journal, &scene->reader), 0);
	return 0;
}

static int end(void **state)
{
	struct scene *scene = *state;

	sl_reader_free(scene->reader);
	sl_journal_close(scene->journal);
	fixture_close(&scene->fixture);
	return 0;
}

static void a_journal_that_is_not_there(void **state)
{
	struct scene *scene = *state;
	struct sl_journal *journal = NULL;
	char why[256];

	assert_int_equal(sl_journal_open(scene->fixture.journal, &journal, why), -ENOENT);
	assert_null(journal);
}

static void records_in_order_from_anywhere(void **state)
{
	struct scene *scene = *state;
	uint64_t first, end, second;
	struct seen seen;

	assert_int_equal(sl_journal_ends(scene->journal, &first, &end), 0);
	assert_int_equal(first, 1);
	assert_int_equal(end, 1);
	sl_reader_seek(scene->reader, 0);
	assert_int_equal(read_all(scene->reader).records, 0);
	fixture_matches(&scene->fixture, 0, 100, "{}");
	second = fixture_matches(&scene->fixture, 100, 50, "{}");
	seen = read_all(scene->reader);
	assert_int_equal(seen.records, 150);
	for (unsigned i = 0; i < 150; i++)
		assert_int_equal(seen.ids[i], i);
	assert_int_equal(sl_reader_resume(scene->reader), scene->fixture.next);
	sl_reader_seek(scene->reader, second);
	seen = read_all(scene->reader);
	assert_int_equal(seen.records, 50);
	assert_int_equal(seen.ids[0], 100);
	assert_int_equal(sl_journal_ends(scene->journal, &first, &end), 0);
	assert_int_equal(end, scene->fixture.next);
}

static void blocks_tell_when_they_were_committed(void **state)
{
	struct scene *scene = *state;
	struct sl_consumer_view view = {0};
	int64_t ns = -1;

	assert_int_equal(sl_journal_committed_ns(scene->journal, 0, &ns), -ENOENT);
	assert_int_equal(sl_journal_committed_ns(scene->journal, 1, &ns), -ENOENT);
	assert_int_equal(ns, -1);
	fixture_matches(&scene->fixture, 0, 10, "{}");
	assert_int_equal(sl_journal_committed_ns(scene->journal, 0, &ns), 0);
	assert_int_equal(ns, 1763683953120000000);
	assert_int_equal(sl_journal_committed_ns(scene->journal, scene->fixture.next - 1, &ns), 0);
	assert_int_equal(sl_journal_committed_ns(scene->journal, scene->fixture.next, &ns),
			 -ENOENT);
	assert_true(sl_consumer_lag_s(&view, ns) == 0);
	view.oldest_ns = ns;
	assert_true(sl_consumer_lag_s(&view, ns + 1500000000) == 1.5);
	assert_true(sl_consumer_lag_s(&view, ns - 1500000000) == 0); /* the clock was set back */
}

static void a_record_over_many_blocks(void **state)
{
	struct scene *scene = *state;
	static char data[60000];
	struct seen seen;

	memset(data, 'x', sizeof(data) - 1);
	fixture_matches(&scene->fixture, 1, 1, "{}");
	fixture_matches(&scene->fixture, 2, 2, data);
	sl_reader_seek(scene->reader, 1);
	seen = read_all(scene->reader);
	assert_int_equal(seen.records, 3);
	assert_int_equal(seen.data_bytes, sizeof(data) - 1);
	assert_int_equal(sl_reader_resume(scene->reader), scene->fixture.next);
	/* begun in the middle of a record, what stands behind it is still there */
	sl_reader_seek(scene->reader, 4);
	seen = read_all(scene->reader);
	assert_int_equal(seen.records, 1);
	assert_int_equal(seen.ids[0], 3);
}

/* More than one read takes, so that records are cut by reads: resume never skips one. */
static void resume_is_safe_at_every_read(void **state)
{
	struct scene *scene = *state;
	static char data[20000];
	struct seen *seen = calloc(1, sizeof(*seen)), *again = calloc(1, sizeof(*again));
	const struct sl_walk walk = walk_into(seen), walk_again = walk_into(again);
	struct sl_reader *other;

	memset(data, 'x', sizeof(data) - 1);
	assert_int_equal(sl_reader_new(scene->journal, &other), 0);
	for (unsigned i = 0; i < 30; i++)
		fixture_matches(&scene->fixture, i * 10, 10, data);
	sl_reader_seek(scene->reader, 1);
	seen->fail_at = -1;
	while (sl_reader_read(scene->reader, SL_JOURNAL_COPY_MAX) > 0) {
		assert_true(sl_reader_bytes(scene->reader) <= SL_JOURNAL_COPY_MAX);
		assert_int_equal(sl_reader_walk(scene->reader, &walk), 0);
		sl_reader_seek(other, sl_reader_resume(scene->reader));
		memset(again, 0, sizeof(*again));
		again->fail_at = -1;
		if (sl_reader_read(other, SL_JOURNAL_COPY_MAX) <= 0)
			break;
		assert_int_equal(sl_reader_walk(other, &walk_again), 0);
		assert_true(again->records > 0);
		assert_true(again->ids[0] <= seen->records);
	}
	assert_int_equal(seen->records, 300);
	sl_reader_free(other);
	free(seen);
	free(again);
}

static void damage_costs_its_block_only(void **state)
{
	struct scene *scene = *state;
	static _Alignas(8) uint8_t room[FIXTURE_BLOCKS * SL_BLOCK_BYTES_MAX];
	struct sl_blocks blocks;
	struct seen seen;

	fixture_matches(&scene->fixture, 0, 3, "{}");
	sl_blocks_init(&blocks, room, FIXTURE_BLOCKS);
	for (unsigned i = 3; i < 6; i++) {
		struct sl_match_view match = match_of(i, "{}");

		assert_int_equal(sl_blocks_append_match(&blocks, &match), 0);
	}
	room[sizeof(struct sl_block_header) + 30] ^= 1; /* in the first record's payload */
	fixture_commit(&scene->fixture, &blocks);
	fixture_matches(&scene->fixture, 6, 3, "{}");
	sl_reader_seek(scene->reader, 1);
	seen = read_all(scene->reader);
	assert_int_equal(seen.damaged, 1);
	assert_int_equal(seen.records, 6);
	assert_int_equal(seen.ids[3], 6);
	assert_int_equal(sl_reader_resume(scene->reader), scene->fixture.next);
}

static void a_read_is_as_small_as_is_asked(void **state)
{
	struct scene *scene = *state;
	struct seen seen = {.fail_at = -1};
	const struct sl_walk walk = walk_into(&seen);

	fixture_matches(&scene->fixture, 0, 100, "{}");
	sl_reader_seek(scene->reader, 1);
	assert_int_equal(sl_reader_read(scene->reader, SL_BLOCK_BYTES_MAX), 1);
	assert_int_equal(sl_reader_walk(scene->reader, &walk), 0);
	assert_true(seen.records > 0 && seen.records < 20);
	while (sl_reader_read(scene->reader, SL_BLOCK_BYTES_MAX) > 0)
		assert_int_equal(sl_reader_walk(scene->reader, &walk), 0);
	assert_int_equal(seen.records, 100);
}

static void an_answer_ends_the_walk(void **state)
{
	struct scene *scene = *state;
	struct seen seen = {.fail_at = 5};
	const struct sl_walk walk = walk_into(&seen);

	fixture_matches(&scene->fixture, 0, 10, "{}");
	sl_reader_seek(scene->reader, 1);
	assert_true(sl_reader_read(scene->reader, SL_JOURNAL_COPY_MAX) > 0);
	assert_int_equal(sl_reader_walk(scene->reader, &walk), -EIO);
	assert_int_equal(seen.records, 5);
}

static void damaged_files_are_refused(void **state)
{
	struct scene *scene = *state;
	struct sl_journal *journal = NULL;
	char path[128], why[256] = "";

	fixture_journal(&scene->fixture, 1);
	for (unsigned i = 0; i < 20; i++)
		fixture_matches(&scene->fixture, 0, 100, "{}");
	mdb_env_close(scene->fixture.env);
	scene->fixture.env = NULL;
	snprintf(path, sizeof(path), "%s/data.mdb", scene->fixture.journal);
	assert_int_equal(truncate(path, 3 * 4096), 0);
	assert_int_equal(sl_journal_open(scene->fixture.journal, &journal, why), -SL_E_TRUNCATED);
	assert_non_null(strstr(why, "damaged"));
	assert_int_equal(truncate(path, 100), 0);
	assert_true(sl_journal_open(scene->fixture.journal, &journal, why) < 0);
	assert_null(journal);
}

static void a_journal_that_is_replaced_is_noticed(void **state)
{
	struct scene *scene = *state;
	char aside[128];

	assert_true(sl_journal_is_in_place(scene->journal));
	snprintf(aside, sizeof(aside), "%s.old", scene->fixture.journal);
	assert_int_equal(rename(scene->fixture.journal, aside), 0);
	assert_false(sl_journal_is_in_place(scene->journal));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_journal_that_is_not_there, begin, end),
		cmocka_unit_test_setup_teardown(records_in_order_from_anywhere, begin_with_reader,
						end),
		cmocka_unit_test_setup_teardown(blocks_tell_when_they_were_committed,
						begin_with_reader, end),
		cmocka_unit_test_setup_teardown(a_record_over_many_blocks, begin_with_reader, end),
		cmocka_unit_test_setup_teardown(resume_is_safe_at_every_read, begin_with_reader,
						end),
		cmocka_unit_test_setup_teardown(damage_costs_its_block_only, begin_with_reader,
						end),
		cmocka_unit_test_setup_teardown(a_read_is_as_small_as_is_asked, begin_with_reader,
						end),
		cmocka_unit_test_setup_teardown(an_answer_ends_the_walk, begin_with_reader, end),
		cmocka_unit_test_setup_teardown(damaged_files_are_refused, begin, end),
		cmocka_unit_test_setup_teardown(a_journal_that_is_replaced_is_noticed,
						begin_with_reader, end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
