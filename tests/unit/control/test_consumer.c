/* The consumer's loop with a consumer that can be told to fail. */
#include "fixture.h"

#include "base/clock.h"
#include "control/journal/consumer.h"

#include <errno.h>

struct trial {
	struct sl_cursors *cursors;
	_Atomic unsigned records, settles, rewinds;
	_Atomic unsigned fail_records; /* so many fail */
	_Atomic unsigned fail_settles;
	uint64_t ids[1000];
	_Atomic bool cursor_was_ahead; /* of what was settled */
	uint64_t settled_position;
};

static int start(void *self, const uint8_t journal[16], uint64_t position, uint64_t *ret_position)
{
	(void)self;
	(void)journal;
	*ret_position = position;
	return 0;
}

static int record(void *self, const struct sl_record *from, uint64_t position, int64_t committed_ns)
{
	struct trial *trial = self;
	struct sl_match_view match;

	(void)position;
	(void)committed_ns;
	if (atomic_load(&trial->fail_records)) {
		atomic_fetch_sub(&trial->fail_records, 1);
		return -ENOSPC;
	}
	assert_int_equal(sl_record_match(from, &match), 0);
	trial->ids[atomic_fetch_add(&trial->records, 1) % 1000] = match.head.id[0];
	return 0;
}

static int settle(void *self, uint64_t position)
{
	struct trial *trial = self;
	struct sl_cursor cursor;

	/* the cursor on disk may never be ahead of what was settled before */
	assert_int_equal(sl_cursors_get(trial->cursors, "trial", &cursor), 0);
	if (cursor.position > trial->settled_position)
		atomic_store(&trial->cursor_was_ahead, true);
	if (atomic_load(&trial->fail_settles)) {
		atomic_fetch_sub(&trial->fail_settles, 1);
		return -EIO;
	}
	trial->settled_position = position;
	atomic_fetch_add(&trial->settles, 1);
	return 0;
}

static void rewind_trial(void *self)
{
	struct trial *trial = self;

	atomic_fetch_add(&trial->rewinds, 1);
}

static const struct sl_consumer_ops trial_ops = {
	.name = "trial",
	.group_ns = SL_NS_PER_MS,
	.group_bytes = 4096,
	.start = start,
	.record = record,
	.settle = settle,
	.rewind = rewind_trial,
};

static void failures_are_tried_again_from_the_cursor(void **state)
{
	const char *const names[] = {"trial"};
	struct trial trial = {.fail_records = 1, .fail_settles = 2, .settled_position = 1};
	struct sl_consumer_stats stats = {0};
	struct sl_consumer *consumer;
	struct sl_journal *journal;
	struct fixture fixture;
	uint64_t position;
	char why[256];

	(void)state;
	fixture_open(&fixture);
	fixture_journal(&fixture, 3);
	fixture_matches(&fixture, 0, 100, "{}");
	assert_int_equal(sl_journal_open(fixture.journal, &journal, why), 0);
	assert_int_equal(sl_cursors_open(fixture.cursors, &trial.cursors, why), 0);
	assert_int_equal(sl_cursors_register(trial.cursors, fixture.uuid, 1, fixture.next, names, 1,
					     &position, why),
			 0);
	assert_int_equal(sl_consumer_start(&trial_ops, &trial, journal, trial.cursors, position,
					   &stats, &consumer),
			 0);
	EVENTUALLY(atomic_load(&stats.position) >= fixture.next);
	sl_consumer_stop(consumer, sl_clock_read(CLOCK_MONOTONIC) + SL_NS_PER_S);
	sl_consumer_join(consumer);
	assert_int_equal(atomic_load(&stats.position), fixture.next);
	assert_int_equal(atomic_load(&stats.errors), 3);
	assert_int_equal(atomic_load(&trial.rewinds), 3);
	assert_int_equal(atomic_load(&trial.records), 300); /* twice in vain */
	for (unsigned i = 0; i < 300; i++)
		assert_int_equal(trial.ids[i], i % 100);
	assert_false(atomic_load(&trial.cursor_was_ahead));
	sl_cursors_close(trial.cursors);
	sl_journal_close(journal);
	fixture_close(&fixture);
}

/* A consumer that cannot settle does not keep the process from ending. */
static void a_stop_is_bounded(void **state)
{
	const char *const names[] = {"trial"};
	struct trial trial = {.fail_settles = 1000000, .settled_position = 1};
	struct sl_consumer_stats stats = {0};
	struct sl_consumer *consumer;
	struct sl_journal *journal;
	struct sl_cursor cursor;
	struct fixture fixture;
	uint64_t position;
	char why[256];

	(void)state;
	fixture_open(&fixture);
	fixture_journal(&fixture, 3);
	fixture_matches(&fixture, 0, 100, "{}");
	assert_int_equal(sl_journal_open(fixture.journal, &journal, why), 0);
	assert_int_equal(sl_cursors_open(fixture.cursors, &trial.cursors, why), 0);
	assert_int_equal(sl_cursors_register(trial.cursors, fixture.uuid, 1, fixture.next, names, 1,
					     &position, why),
			 0);
	assert_int_equal(sl_consumer_start(&trial_ops, &trial, journal, trial.cursors, position,
					   &stats, &consumer),
			 0);
	sl_consumer_stop(consumer, sl_clock_read(CLOCK_MONOTONIC));
	sl_consumer_join(consumer);
	assert_int_equal(sl_cursors_get(trial.cursors, "trial", &cursor), 0);
	assert_int_equal(cursor.position, 1);
	sl_cursors_close(trial.cursors);
	sl_journal_close(journal);
	fixture_close(&fixture);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(failures_are_tried_again_from_the_cursor),
		cmocka_unit_test(a_stop_is_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
