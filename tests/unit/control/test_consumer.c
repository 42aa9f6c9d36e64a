/* The consumer's loop with a consumer that can be told to fail. */
#include "fixture.h"

#include "base/clock.h"
#include "control/journal/consumer.h"
#include "sluice/error.h"

#include <errno.h>

struct trial {
	struct sl_cursors *cursors;
	_Atomic unsigned records, settles, rewinds;
	_Atomic unsigned fail_records; /* so many fail */
	_Atomic unsigned fail_settles;
	int fail_with; /* 0: -EIO */
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
		return trial->fail_with ? trial->fail_with : -EIO;
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
	.poll_ns = SL_NS_PER_MS,
	.start = start,
	.record = record,
	.settle = settle,
	.rewind = rewind_trial,
};

/* A journal of a hundred matches, a cursor at its first block, and a consumer that is not started.
 */
struct scene {
	struct fixture fixture;
	struct sl_journal *journal;
	struct trial trial;
	struct sl_consumer_stats stats;
	struct sl_consumer *consumer;
	uint64_t position;
};

static int begin(void **state)
{
	static const char *const names[] = {"trial"};
	static struct scene scene;
	char why[256];

	memset(&scene, 0, sizeof(scene));
	scene.trial.settled_position = 1;
	fixture_open(&scene.fixture);
	fixture_journal(&scene.fixture, 3);
	fixture_matches(&scene.fixture, 0, 100, "{}");
	assert_int_equal(sl_journal_open(scene.fixture.journal, &scene.journal, why), 0);
	assert_int_equal(sl_cursors_open(scene.fixture.cursors, &scene.trial.cursors, why), 0);
	assert_int_equal(sl_cursors_register(scene.trial.cursors, scene.fixture.uuid, 1,
					     scene.fixture.next, names, 1, &scene.position, why),
			 0);
	*state = &scene;
	return 0;
}

static int end(void **state)
{
	struct scene *scene = *state;

	sl_cursors_close(scene->trial.cursors);
	sl_journal_close(scene->journal);
	fixture_close(&scene->fixture);
	return 0;
}

static void start_consumer(struct scene *scene)
{
	assert_int_equal(sl_consumer_start(&trial_ops, &scene->trial, scene->journal,
					   scene->trial.cursors, scene->position, &scene->stats,
					   &scene->consumer),
			 0);
}

static void stop_consumer(struct scene *scene, int64_t within_ns)
{
	sl_consumer_stop(scene->consumer, sl_clock_read(CLOCK_MONOTONIC) + within_ns);
	sl_consumer_join(scene->consumer);
}

static void failures_are_tried_again_from_the_cursor(void **state)
{
	struct scene *scene = *state;
	struct trial *trial = &scene->trial;

	trial->fail_records = 1;
	trial->fail_settles = 2;
	start_consumer(scene);
	EVENTUALLY(atomic_load(&scene->stats.position) >= scene->fixture.next);
	stop_consumer(scene, NEVER_S * SL_NS_PER_S);
	assert_int_equal(atomic_load(&scene->stats.position), scene->fixture.next);
	assert_int_equal(atomic_load(&scene->stats.errors), 3);
	assert_int_equal(atomic_load(&trial->rewinds), 3);
	assert_int_equal(atomic_load(&trial->records), 300); /* twice in vain */
	for (unsigned i = 0; i < 300; i++)
		assert_int_equal(trial->ids[i], i % 100);
	assert_false(atomic_load(&trial->cursor_was_ahead));
}

/* A consumer that cannot settle does not keep the process from ending. */
static void a_stop_is_bounded(void **state)
{
	struct scene *scene = *state;
	struct sl_cursor cursor;

	scene->trial.fail_settles = 1000000;
	start_consumer(scene);
	stop_consumer(scene, 0);
	assert_int_equal(sl_cursors_get(scene->trial.cursors, "trial", &cursor), 0);
	assert_int_equal(cursor.position, 1);
}

/* Nor does one that trying again will not help, whatever time it is given. */
static void a_stop_does_not_wait_for_what_is_stuck(void **state)
{
	struct scene *scene = *state;

	scene->trial.fail_settles = 1000000;
	scene->trial.fail_with = -SL_E_DAMAGED;
	start_consumer(scene);
	while (!atomic_load(&scene->stats.stuck))
		usleep(1000);
	assert_int_equal(atomic_load(&scene->stats.stuck), -SL_E_DAMAGED);
	/* without an end, the test would not end either */
	sl_consumer_stop(scene->consumer, INT64_MAX);
	sl_consumer_join(scene->consumer);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(failures_are_tried_again_from_the_cursor, begin,
						end),
		cmocka_unit_test_setup_teardown(a_stop_is_bounded, begin, end),
		cmocka_unit_test_setup_teardown(a_stop_does_not_wait_for_what_is_stuck, begin, end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
