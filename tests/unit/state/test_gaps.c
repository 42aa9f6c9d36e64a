/* Times in which something may have been lost: as lists, as bytes, and what they are to matches
 * that say that something did not come. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "sluice/error.h"
#include "tests/unit/state/fixture.h"

#include <stdlib.h>
#include <string.h>

#define S 1000000000ll
#define NEVER INT64_MAX
#define T0 (1795000000ll * S)

static void what_touches_is_one(void **state)
{
	struct sl_gaps gaps = {0};

	(void)state;
	sl_gaps_add(&gaps, 100 * S, 110 * S);
	sl_gaps_add(&gaps, 300 * S, 310 * S);
	sl_gaps_add(&gaps, 200 * S, 210 * S);
	assert_int_equal(gaps.n, 3);
	assert_int_equal(gaps.at[1].from_ns, 200 * S);
	sl_gaps_add(&gaps, 111 * S, 112 * S); /* a second behind: one */
	assert_int_equal(gaps.n, 3);
	assert_int_equal(gaps.at[0].to_ns, 112 * S);
	sl_gaps_add(&gaps, 105 * S, 305 * S);
	assert_int_equal(gaps.n, 1);
	assert_int_equal(gaps.at[0].from_ns, 100 * S);
	assert_int_equal(gaps.at[0].to_ns, 310 * S);
	sl_gaps_add(&gaps, 500 * S, 400 * S); /* the wrong way round: its end alone */
	assert_int_equal(gaps.n, 2);
	assert_int_equal(gaps.at[1].from_ns, 400 * S);
	assert_int_equal(gaps.at[1].to_ns, 400 * S);
	sl_gaps_add(&gaps, 350 * S, INT64_MAX);
	assert_int_equal(gaps.n, 2);
	assert_true(sl_gaps_overlap(&gaps, 310 * S, 320 * S));
	assert_false(sl_gaps_overlap(&gaps, 311 * S, 349 * S));
	assert_true(sl_gaps_overlap(&gaps, 0, 100 * S));
	sl_gaps_forget(&gaps, 311 * S);
	assert_int_equal(gaps.n, 1);
}

/* Of too many the nearest become one: whatever was in one of them still is. */
static void never_less_than_was_lost(void **state)
{
	struct sl_gaps gaps = {0};
	int64_t at[400];

	(void)state;
	srand(7);
	for (unsigned i = 0; i < 400; i++) {
		at[i] = (rand() % 100000) * 10 * S;
		sl_gaps_add(&gaps, at[i], at[i] + S);
		assert_true(gaps.n <= SL_GAPS_MAX);
		for (uint32_t j = 1; j < gaps.n; j++)
			assert_true(gaps.at[j].from_ns > gaps.at[j - 1].to_ns);
		for (unsigned j = 0; j <= i; j++)
			assert_true(sl_gaps_overlap(&gaps, at[j] + S / 2, at[j] + S / 2));
	}
	assert_int_equal(gaps.n, SL_GAPS_MAX);
}

static void images_are_read_back(void **state)
{
	struct sl_gaps lists[3] = {0}, read[3];
	uint8_t image[SL_GAPS_IMAGE_BYTES], bad[SL_GAPS_IMAGE_BYTES];
	size_t bytes;

	(void)state;
	for (int i = 0; i < 100; i++) {
		sl_gaps_add(&lists[0], i * 10 * S, INT64_MAX / 2 + i);
		sl_gaps_add(&lists[1], INT64_MAX - 3000 * S * (i + 1),
			    INT64_MAX - 3000 * S * i - 2 * S);
	}
	sl_gaps_add(&lists[2], INT64_MIN, INT64_MIN);
	bytes = sl_gaps_image(lists, 3, image);
	assert_true(bytes > 0);
	assert_int_equal(sl_gaps_of_image(image, bytes, 3, read), 0);
	for (unsigned i = 0; i < 3; i++) {
		assert_int_equal(read[i].n, lists[i].n);
		assert_memory_equal(read[i].at, lists[i].at, read[i].n * sizeof(read[i].at[0]));
	}
	assert_int_equal(sl_gaps_of_image(image, bytes, 2, read), -SL_E_FORMAT);
	for (size_t n = 0; n < bytes; n++)
		assert_int_equal(sl_gaps_of_image(image, n, 3, read), -SL_E_FORMAT);
	srand(11);
	for (unsigned i = 0; i < 20000; i++) {
		memcpy(bad, image, bytes);
		for (unsigned j = 0; j < 3; j++)
			bad[rand() % (int)bytes] = (uint8_t)rand();
		if (sl_gaps_of_image(bad, bytes, 3, read))
			continue;
		for (unsigned list = 0; list < 3; list++)
			for (uint32_t j = 0; j < read[list].n; j++)
				assert_true(read[list].at[j].to_ns >= read[list].at[j].from_ns);
	}
}

/* ---- in matches ------------------------------------------------------------------------------ */

struct world {
	struct fixture fixture;
	struct sl_states *states;
	unsigned fires;
	bool lost;
	int64_t from_ns, to_ns;
};

static void hear(void *context, const struct sl_state_outcome *outcome)
{
	struct world *world = context;

	for (uint32_t i = 0; i < outcome->n_fires; i++) {
		world->fires++;
		world->lost = outcome->fires[i].lost;
		world->from_ns = outcome->fires[i].absent_from_ns;
		world->to_ns = outcome->fires[i].absent_to_ns;
	}
}

static struct world *begin(void)
{
	struct world *world = calloc(1, sizeof(*world));

	assert_non_null(world);
	fix_init(&world->fixture);
	fix_campaign(&world->fixture, "c", SL_JOIN_ONE, NEVER);
	fix_sequence(&world->fixture, SL_AFTER_RESTART, NEVER);
	return world;
}

static void ready(struct world *world)
{
	fix_plan(&world->fixture);
	assert_int_equal(sl_states_new(SL_STATES_BYTES_MIN, &world->states), 0);
}

static void end(struct world *world)
{
	sl_states_free(world->states);
	fix_fini(&world->fixture);
	free(world);
}

static void event(struct world *world, int64_t at, const char *id, uint32_t mask)
{
	fix_apply(&world->fixture, world->states,
		  &(struct fix_event){T0 + at * S, id, "C1", mask, NULL, INT64_MIN}, INT64_MIN,
		  hear, world);
}

static void tick(struct world *world, int64_t at)
{
	fix_tick(&world->fixture, world->states, at == NEVER ? NEVER : T0 + at * S, hear, world);
}

static void lose(struct world *world, const char *key, int64_t from, int64_t to)
{
	const struct sl_text text = {key, (uint32_t)strlen(key)};
	struct sl_state_change change;

	assert_int_equal(sl_states_lost(world->states, world->fixture.plan, text,
					sl_text_hash(text.at, text.bytes), T0 + from * S,
					T0 + to * S, INT64_MIN, &change),
			 0);
	assert_int_equal(change.slot, SL_STATE_GAPS_SLOT);
}

#define fired(world, n, from, to, was_lost)                                                        \
	do {                                                                                       \
		assert_int_equal((world)->fires, n);                                               \
		assert_int_equal((world)->from_ns, T0 + (from)*S);                                 \
		assert_int_equal((world)->to_ns, T0 + (to)*S);                                     \
		assert_int_equal((world)->lost, was_lost);                                         \
	} while (0)

static uint64_t keys(const struct world *world)
{
	struct sl_states_stats stats;

	sl_states_stats(world->states, &stats);
	return stats.keys;
}

static void not_behind(void **state)
{
	struct world *world = begin();

	(void)state;
	fix_step(&world->fixture, "a", SL_STEP_EVENT, 0, NEVER);
	fix_step(&world->fixture, "", SL_STEP_NOT, 1, 60 * S);
	ready(world);
	assert_int_equal(sl_state_plan_absence(world->fixture.plan), 60 * S);
	event(world, 0, "1", 1);
	lose(world, "C2", 10, 20);
	tick(world, 61);
	fired(world, 1, 0, 60, false);
	event(world, 100, "2", 1);
	lose(world, "C1", 90, 100); /* its last instant is the first that counts */
	tick(world, 161);
	fired(world, 2, 100, 160, true);
	event(world, 200, "3", 1);
	lose(world, "C1", 261, 270); /* behind it, where it is noticed before the tick */
	tick(world, 262);
	fired(world, 3, 200, 260, false);
	tick(world, 400);
	assert_int_equal(keys(world), 0); /* of nobody is anything remembered for ever */
	end(world);
}

static void not_between_and_in_front(void **state)
{
	struct world *world = begin();

	(void)state;
	fix_step(&world->fixture, "", SL_STEP_NOT, 2, 30 * S);
	fix_step(&world->fixture, "a", SL_STEP_EVENT, 0, NEVER);
	fix_step(&world->fixture, "", SL_STEP_NOT, 2, NEVER);
	fix_step(&world->fixture, "b", SL_STEP_EVENT, 1, 60 * S);
	ready(world);
	lose(world, "C1", -40, -31);
	event(world, 0, "1", 1);
	event(world, 9, "2", 2);
	fired(world, 1, -30, 9, false);
	lose(world, "C1", 70, 70);
	event(world, 100, "3", 1);
	event(world, 109, "4", 2);
	fired(world, 2, 70, 109, true);
	end(world);
}

/* What came is sure, whatever else did not. */
static void what_came_is_no_absence(void **state)
{
	struct world *world = begin();

	(void)state;
	fix_step(&world->fixture, "a", SL_STEP_EVENT, 0, NEVER);
	fix_step(&world->fixture, "b", SL_STEP_EVENT, 1, 60 * S);
	ready(world);
	assert_int_equal(sl_state_plan_absence(world->fixture.plan), 0);
	event(world, 0, "1", 1);
	event(world, 9, "2", 2);
	assert_int_equal(world->fires, 1);
	assert_true(world->from_ns > world->to_ns);
	end(world);
}

static void windows_at_their_end(void **state)
{
	(void)state;
	/* with what was lost it would hold all the more, or perhaps not */
	for (unsigned sum = 0; sum < 2; sum++) {
		struct world *world = begin();
		struct sl_window *window;

		fix_step(&world->fixture, "w", SL_STEP_EVENT, 0, NEVER);
		window = fix_window(&world->fixture, SL_WINDOW_TUMBLING, 1000 * S, 0,
				    sum ? SL_AGGREGATE_SUM : SL_AGGREGATE_COUNT, FIX_AMOUNT, 0);
		window->at_end = 1;
		ready(world);
		assert_int_equal(sl_state_plan_absence(world->fixture.plan), sum ? 1000 * S : 0);
		event(world, 5, "1", 1);
		if (sum)
			lose(world, "C1", 990, 995);
		tick(world, NEVER);
		if (sum)
			fired(world, 1, 0, 1000, true);
		else
			assert_true(world->from_ns > world->to_ns);
		end(world);
	}
}

/* Every change, given back to another memory, is the same there. */
static void changes_are_restored(void **state)
{
	const struct sl_text key = {"C1", 2};
	struct world *world = begin();
	struct sl_state_change change;
	struct sl_states *other;
	uint64_t hash = sl_text_hash(key.at, key.bytes);

	(void)state;
	fix_step(&world->fixture, "a", SL_STEP_EVENT, 0, NEVER);
	fix_step(&world->fixture, "", SL_STEP_NOT, 1, 60 * S);
	ready(world);
	for (int i = 0; i < 3; i++)
		assert_int_equal(sl_states_lost(world->states, world->fixture.plan, key, hash,
						T0 + i * 20 * S, T0 + i * 20 * S, INT64_MIN,
						&change),
				 0);
	assert_int_equal(sl_states_new(SL_STATES_BYTES_MIN, &other), 0);
	assert_int_equal(sl_states_restore(other, world->fixture.plan, key, hash,
					   SL_STATE_GAPS_SLOT, change.image, change.bytes),
			 0);
	assert_int_equal(sl_states_restore(other, world->fixture.plan, key, hash,
					   SL_STATE_GAPS_SLOT, change.image, change.bytes - 1),
			 -SL_E_FORMAT);
	sl_states_free(world->states);
	world->states = other;
	event(world, 30, "1", 1);
	tick(world, 91);
	fired(world, 1, 30, 90, true);
	tick(world, 200);
	assert_int_equal(keys(world), 0);
	end(world);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_touches_is_one),
		cmocka_unit_test(never_less_than_was_lost),
		cmocka_unit_test(images_are_read_back),
		cmocka_unit_test(not_behind),
		cmocka_unit_test(not_between_and_in_front),
		cmocka_unit_test(what_came_is_no_absence),
		cmocka_unit_test(windows_at_their_end),
		cmocka_unit_test(changes_are_restored),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
