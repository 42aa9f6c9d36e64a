/* Who goes first where there is much to catch up with. */
#include "fixture.h"

#include "base/clock.h"
#include "control/journal/backlog.h"

#define MUCH SL_JOURNAL_COPY_MAX
#define S SL_NS_PER_S

struct scene {
	struct fixture fixture;
	struct sl_journal *journal;
	struct sl_backlog sink, other;
};

static int begin(void **state)
{
	static struct scene scene;
	char why[256];

	fixture_open(&scene.fixture);
	fixture_journal(&scene.fixture, 3);
	fixture_matches(&scene.fixture, 0, 100, "{}");
	assert_int_equal(sl_journal_open(scene.fixture.journal, &scene.journal, why), 0);
	sl_backlog_init(&scene.sink, scene.journal, true);
	sl_backlog_init(&scene.other, scene.journal, false);
	*state = &scene;
	return 0;
}

static int end(void **state)
{
	struct scene *scene = *state;

	sl_journal_close(scene->journal);
	fixture_close(&scene->fixture);
	return 0;
}

static void others_stay_back_while_a_sink_catches_up(void **state)
{
	struct scene *scene = *state;

	assert_false(sl_backlog_stays_back(&scene->other, 1));
	sl_backlog_note(&scene->sink, MUCH, false, 1, 0);
	assert_true(sl_backlog_stays_back(&scene->other, 1));
	assert_true(sl_backlog_stays_back(&scene->other, scene->fixture.next));
	assert_false(sl_backlog_stays_back(&scene->sink, 1));
	/* what it may not read yet is no end of it */
	sl_backlog_note(&scene->sink, 0, true, 2, 0);
	assert_true(sl_backlog_stays_back(&scene->other, 1));
	sl_backlog_note(&scene->sink, MUCH / 8, false, 3, 0);
	assert_false(sl_backlog_stays_back(&scene->other, 1));
	/* nor does a sink that is merely full begin one */
	sl_backlog_note(&scene->sink, 0, true, 3, 0);
	assert_false(sl_backlog_stays_back(&scene->other, 1));
}

static void who_stands_still_holds_nobody_back(void **state)
{
	struct scene *scene = *state;

	sl_backlog_note(&scene->sink, MUCH, false, 1, 0);
	sl_backlog_note(&scene->sink, 0, true, 2, S / 2);
	sl_backlog_note(&scene->sink, 0, true, 2, S);
	assert_true(sl_backlog_stays_back(&scene->other, 1));
	sl_backlog_note(&scene->sink, 0, true, 2, 2 * S);
	assert_false(sl_backlog_stays_back(&scene->other, 1));
	sl_backlog_note(&scene->sink, 0, true, 3, 3 * S);
	assert_true(sl_backlog_stays_back(&scene->other, 1));
	sl_backlog_end(&scene->sink);
	assert_false(sl_backlog_stays_back(&scene->other, 1));
}

static void who_is_not_waited_for_holds_nobody_back(void **state)
{
	struct scene *scene = *state;
	struct sl_backlog third;

	sl_backlog_init(&third, scene->journal, false);
	sl_backlog_note(&third, MUCH, false, 1, 0);
	assert_false(sl_backlog_stays_back(&scene->other, 1));
}

/* Else what was delivered long ago could not be trimmed, and the journal would fill. */
static void nobody_falls_back_for_ever(void **state)
{
	struct scene *scene = *state;
	uint64_t quarter = sl_journal_map_bytes(scene->journal) / 4 / SL_BLOCK_BYTES_MAX;

	sl_backlog_note(&scene->sink, MUCH, false, 1, 0);
	scene->fixture.next += quarter;
	fixture_matches(&scene->fixture, 0, 100, "{}");
	assert_false(sl_backlog_stays_back(&scene->other, 1));
	assert_true(sl_backlog_stays_back(&scene->other, quarter));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(others_stay_back_while_a_sink_catches_up, begin,
						end),
		cmocka_unit_test_setup_teardown(who_stands_still_holds_nobody_back, begin, end),
		cmocka_unit_test_setup_teardown(who_is_not_waited_for_holds_nobody_back, begin,
						end),
		cmocka_unit_test_setup_teardown(nobody_falls_back_for_ever, begin, end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
