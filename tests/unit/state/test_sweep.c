/* What retired slots leave is said to be gone, key by key; and what a full memory refuses. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "sluice/error.h"
#include "tests/unit/state/fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define S 1000000000ll
#define NEVER INT64_MAX
#define T0 (1795000000ll * S)
#define KEYS 3000u

enum { A = 1, B = 2 };

struct world {
	struct fixture fixture;
	struct sl_states *states;
	unsigned ends, fires, told;
	uint64_t ended_slot;
};

static void hear(void *context, const struct sl_state_outcome *outcome)
{
	struct world *world = context;

	world->fires += outcome->n_fires;
	world->told += outcome->n_told;
	for (uint32_t i = 0; i < outcome->n_changes; i++)
		world->ends +=
			outcome->changes[i].slot == world->ended_slot && !outcome->changes[i].bytes;
}

static struct world *begin(void)
{
	struct world *world = calloc(1, sizeof(*world));

	assert_non_null(world);
	fix_init(&world->fixture);
	fix_campaign(&world->fixture, "c", SL_JOIN_ONE, NEVER);
	fix_sequence(&world->fixture, SL_AFTER_RESTART, NEVER);
	fix_step(&world->fixture, "a", SL_STEP_EVENT, 0, NEVER);
	fix_step(&world->fixture, "b", SL_STEP_EVENT, 1, 600 * S);
	fix_plan(&world->fixture);
	assert_int_equal(sl_states_new(SL_STATES_BYTES_MIN, &world->states), 0);
	return world;
}

static void end(struct world *world)
{
	sl_states_free(world->states);
	fix_fini(&world->fixture);
	free(world);
}

static void event(struct world *world, unsigned key, int64_t at, uint32_t mask, const char *id)
{
	char name[32];

	snprintf(name, sizeof(name), "C%08u", key);
	fix_apply(&world->fixture, world->states,
		  &(struct fix_event){T0 + at * S, id, name, mask, NULL, INT64_MIN}, INT64_MIN,
		  hear, world);
}

static void sweep(struct world *world)
{
	struct sl_state_outcome outcome;
	uint32_t place = 0;

	while (sl_states_sweep(world->states, world->fixture.plan, INT64_MIN, &place, &outcome))
		hear(world, &outcome);
}

/* The sequence's slot is another from now on. */
static void change_slot(struct world *world, uint64_t slot)
{
	world->ended_slot = world->fixture.sequences[0].registry;
	world->fixture.sequences[0].registry = slot;
	fix_plan(&world->fixture);
	world->ends = 0;
}

static struct sl_states_stats stats_of(const struct world *world)
{
	struct sl_states_stats stats;

	sl_states_stats(world->states, &stats);
	return stats;
}

/* Each of them is told to be gone, once; and however often rules change, nothing is left. */
static void all_keys_are_swept(void **state)
{
	struct world *world = begin();
	uint64_t bytes = 0;

	(void)state;
	for (unsigned round = 0; round < 20; round++) {
		for (unsigned key = 0; key < KEYS; key++)
			event(world, key, round, A, "e1");
		assert_int_equal(stats_of(world).keys, KEYS);
		change_slot(world, 100 + round);
		/* one of them was met before */
		event(world, 7, round, A, "e2");
		sweep(world);
		/* an entry beside one that went may be passed over: it goes when it is met */
		assert_in_range(world->ends, KEYS * 99 / 100, KEYS);
		for (unsigned key = 0; key < KEYS; key++)
			event(world, key, round, A, "e3");
		assert_int_equal(world->ends, KEYS);
		assert_int_equal(stats_of(world).keys, KEYS);
		assert_int_equal(stats_of(world).timers, KEYS);
		if (round == 0)
			bytes = stats_of(world).bytes;
		assert_int_equal(stats_of(world).bytes, bytes);
	}
	assert_int_equal(stats_of(world).full, 0);
	assert_int_equal(stats_of(world).damaged, 0);
	end(world);
}

/* Met, a retired slot is dropped at once; one that an older rule set does not know yet is let
 * alone.
 */
static void younger_slots_stay(void **state)
{
	struct world *world = calloc(1, sizeof(*world));

	(void)state;
	assert_non_null(world);
	fix_init(&world->fixture);
	fix_campaign(&world->fixture, "c", SL_JOIN_ONE, NEVER);
	fix_sequence(&world->fixture, SL_AFTER_RESTART, NEVER);
	fix_step(&world->fixture, "a", SL_STEP_EVENT, 0, NEVER);
	fix_step(&world->fixture, "b", SL_STEP_EVENT, 1, 60 * S);
	fix_campaign(&world->fixture, "other", SL_JOIN_ONE, NEVER);
	fix_sequence(&world->fixture, SL_AFTER_RESTART, NEVER);
	fix_step(&world->fixture, "c", SL_STEP_EVENT, 2, NEVER);
	fix_step(&world->fixture, "d", SL_STEP_EVENT, 3, 60 * S);
	fix_plan(&world->fixture);
	assert_int_equal(sl_states_new(SL_STATES_BYTES_MIN, &world->states), 0);
	event(world, 1, 0, A, "e1");
	/* an older rule set, in which the first sequence's slot was not given yet */
	world->fixture.meta.registry_next = 6;
	change_slot(world, 5);
	event(world, 1, 1, 4, "e2");
	sweep(world);
	assert_int_equal(world->ends, 0);
	assert_int_equal(sl_states_live(world->states, 10), 1);
	/* a younger one, in which it is retired */
	world->fixture.meta.registry_next = 1000;
	fix_plan(&world->fixture);
	event(world, 1, 2, 8, "e3");
	assert_int_equal(world->ends, 1);
	assert_int_equal(sl_states_live(world->states, 10), 0);
	assert_int_equal(stats_of(world).keys, 0);
	end(world);
}

static void what_is_in_force_stays(void **state)
{
	struct world *world = begin();

	(void)state;
	for (unsigned key = 0; key < KEYS; key++)
		event(world, key, 0, A, "e1");
	world->ended_slot = world->fixture.sequences[0].registry;
	sweep(world);
	assert_int_equal(world->ends, 0);
	for (unsigned key = 0; key < KEYS; key++)
		event(world, key, 1, B, "e2");
	assert_int_equal(world->fires, KEYS);
	end(world);
}

/* A disk may still have what was retired while nobody could say so. */
static void restored_to_be_swept(void **state)
{
	static const uint8_t image[] = {SL_STATE_WHOLE, 3, 0, 0, 1, 2, 3};
	struct world *world = begin();

	(void)state;
	for (unsigned key = 0; key < KEYS; key++) {
		char name[32];
		struct sl_text text = {name, (uint32_t)snprintf(name, sizeof(name), "C%08u", key)};

		assert_int_equal(sl_states_restore(world->states, world->fixture.plan, text,
						   sl_text_hash(text.at, text.bytes), 77, image,
						   sizeof(image)),
				 0);
		if (key % 3)
			continue;
		/* it was gone before */
		assert_int_equal(sl_states_restore(world->states, world->fixture.plan, text,
						   sl_text_hash(text.at, text.bytes), 77, NULL, 0),
				 0);
	}
	assert_int_equal(stats_of(world).keys, KEYS - KEYS / 3);
	world->ended_slot = 77;
	sweep(world);
	/* the others have a timer, which is over with any tick */
	fix_tick(&world->fixture, world->states, T0, hear, world);
	assert_int_equal(world->ends, KEYS - KEYS / 3);
	assert_int_equal(stats_of(world).keys, 0);
	end(world);
}

/* A memory full of runs: as each of them goes on it needs more than it did, and gets it, or it is
 * counted. None is forgotten. */
static void what_is_under_way_goes_on(void **state)
{
	static const char first[] = "an id that is no number at all", second[] = "another such id";
	struct world *world = calloc(1, sizeof(*world));
	unsigned n = 0, begun;

	(void)state;
	assert_non_null(world);
	fix_init(&world->fixture);
	fix_campaign(&world->fixture, "c", SL_JOIN_ONE, NEVER);
	fix_sequence(&world->fixture, SL_AFTER_RESTART, NEVER);
	fix_step(&world->fixture, "a", SL_STEP_EVENT, 0, NEVER);
	fix_step(&world->fixture, "b", SL_STEP_EVENT, 1, 600 * S);
	fix_step(&world->fixture, "c", SL_STEP_EVENT, 2, 600 * S);
	fix_plan(&world->fixture);
	assert_int_equal(sl_states_new(SL_STATES_BYTES_MIN, &world->states), 0);
	while (!world->told)
		event(world, n++, 0, A, first);
	begun = n - 1;
	assert_int_equal(stats_of(world).keys, begun);
	world->told = 0;
	for (unsigned key = 0; key < begun; key++)
		event(world, key, 1, B, second);
	assert_int_equal(world->told, stats_of(world).stopped);
	assert_true(stats_of(world).stopped < begun);
	assert_int_equal(stats_of(world).keys, begun);
	/* those that could not grow wait on, and as others end they can */
	for (unsigned key = 0; key < begun; key++)
		event(world, key, 2, 4, "e");
	assert_int_equal(world->fires + world->told, begun);
	for (unsigned key = 0; key < begun; key++) {
		event(world, key, 3, B, second);
		event(world, key, 4, 4, "e");
	}
	assert_int_equal(world->fires, begun);
	assert_int_equal(stats_of(world).keys, 0);
	end(world);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_keys_are_swept),        cmocka_unit_test(younger_slots_stay),
		cmocka_unit_test(what_is_in_force_stays),    cmocka_unit_test(restored_to_be_swept),
		cmocka_unit_test(what_is_under_way_goes_on),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
