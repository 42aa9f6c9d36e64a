#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "sluice/error.h"
#include "tests/unit/state/fixture.h"

#include <stdio.h>
#include <string.h>

#define S 1000000000ll
#define NEVER INT64_MAX
#define T0 (1795000000ll * S) /* some time in 2026 */

/* What happened, as one line: match, told and forgotten things in their order. */
struct heard {
	char line[4096];
	size_t used;
	const struct fixture *fixture;
};

static void say(struct heard *heard, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void say(struct heard *heard, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	heard->used += (size_t)vsnprintf(heard->line + heard->used,
					 sizeof(heard->line) - heard->used, format, args);
	va_end(args);
}

static void hear(void *context, const struct sl_state_outcome *outcome)
{
	struct heard *heard = context;

	for (uint32_t i = 0; i < outcome->n_fires; i++) {
		const struct sl_state_fire *fire = &outcome->fires[i];

		say(heard, "%s%u@%lld[", fire->due ? "due" : "match", fire->campaign,
		    (long long)((fire->time_ns - T0) / S));
		for (uint32_t s = 0; s < fire->n_steps; s++)
			say(heard, "%s%.*s=%.*s", s ? " " : "", (int)fire->steps[s].name.bytes,
			    fire->steps[s].name.at, (int)fire->steps[s].id.bytes,
			    fire->steps[s].id.at);
		say(heard, "] first=%.*s event=%.*s ", (int)fire->first_id.bytes, fire->first_id.at,
		    (int)fire->event_id.bytes, fire->event_id.at);
	}
	for (uint32_t i = 0; i < outcome->n_told; i++)
		say(heard, "%s%u ", sl_gate_name(outcome->told[i].gate), outcome->told[i].campaign);
}

struct world {
	struct fixture fixture;
	struct sl_states *states;
	struct heard heard;
	int64_t tick;
};

static void set_up(struct world *world)
{
	fix_plan(&world->fixture);
	memset(&world->heard, 0, sizeof(world->heard));
	world->heard.fixture = &world->fixture;
	world->tick = INT64_MIN;
	assert_int_equal(sl_states_new(SL_STATES_BYTES_MIN, &world->states), 0);
}

static void tear_down(struct world *world)
{
	sl_states_free(world->states);
	fix_fini(&world->fixture);
}

/* at: seconds behind T0. */
static void event(struct world *world, int64_t at, const char *id, uint32_t mask,
		  const char *product, int64_t amount)
{
	fix_apply(&world->fixture, world->states,
		  &(struct fix_event){T0 + at * S, id, "C1", mask, product, amount}, world->tick,
		  hear, &world->heard);
}

static void tick(struct world *world, int64_t at)
{
	world->tick = at == NEVER ? NEVER : T0 + at * S;
	/* past the grain of timers too */
	fix_tick(&world->fixture, world->states, world->tick, hear, &world->heard);
}

#define heard(world, expected)                                                                     \
	do {                                                                                       \
		assert_string_equal((world)->heard.line, expected);                                \
		(world)->heard.line[0] = 0;                                                        \
		(world)->heard.used = 0;                                                           \
	} while (0)

enum { A = 1, B = 2, C = 4, D = 8 };

static uint64_t keys(const struct world *world)
{
	struct sl_states_stats stats;

	sl_states_stats(world->states, &stats);
	return stats.keys;
}

/* A then B within 60 s. */
static void two_steps(struct world *world, enum sl_after_match after)
{
	fix_init(&world->fixture);
	fix_campaign(&world->fixture, "c", SL_JOIN_ONE, NEVER);
	fix_sequence(&world->fixture, after, NEVER);
	fix_step(&world->fixture, "a", SL_STEP_EVENT, 0, NEVER);
	fix_step(&world->fixture, "b", SL_STEP_EVENT, 1, 60 * S);
}

static void test_sequence_matches(void **state)
{
	struct world world;

	(void)state;
	two_steps(&world, SL_AFTER_RESTART);
	set_up(&world);
	event(&world, 0, "01J00000000000000000000001", A, NULL, 0);
	event(&world, 10, "e2", A, NULL, 0);
	heard(&world, "");
	assert_int_equal(keys(&world), 1);
	assert_int_equal(sl_states_live(world.states, 10), 1);
	event(&world, 60, "e3", B, NULL, 0);
	heard(&world,
	      "match0@60[a=01J00000000000000000000001 b=e3] first=01J00000000000000000000001 "
	      "event=e3 ");
	assert_int_equal(keys(&world), 0);
	assert_int_equal(sl_states_live(world.states, 10), 0);
	event(&world, 61, "e4", A, NULL, 0);
	event(&world, 122, "e5", B, NULL, 0);
	heard(&world, "");
	tear_down(&world);
}

static void test_absence_falls_due_once(void **state)
{
	struct world world;

	(void)state;
	fix_init(&world.fixture);
	fix_campaign(&world.fixture, "c", SL_JOIN_ONE, NEVER);
	fix_sequence(&world.fixture, SL_AFTER_RESTART, NEVER);
	fix_step(&world.fixture, "a", SL_STEP_EVENT, 0, NEVER);
	fix_step(&world.fixture, "", SL_STEP_NOT, 1, 1800 * S);
	set_up(&world);
	event(&world, 0, "e1", A, NULL, 0);
	tick(&world, 1800);
	heard(&world, "");
	tick(&world, 1801);
	heard(&world, "due0@1800[a=e1] first=e1 event=e1 ");
	assert_int_equal(keys(&world), 0);
	event(&world, 2000, "e2", A, NULL, 0);
	event(&world, 3800, "e3", B, NULL, 0);
	tick(&world, NEVER);
	heard(&world, "");
	assert_int_equal(keys(&world), 0);
	tear_down(&world);
}

static void note_due(void *context, const struct sl_state_outcome *outcome)
{
	for (uint32_t i = 0; i < outcome->n_fires; i++)
		*(int64_t *)context = outcome->fires[i].time_ns;
}

/* From a second to a year ahead: each falls due in a turn of its own, and none is passed by. */
static void test_the_clock_stops_where_something_is_due(void **state)
{
	struct world world;
	int64_t next, due = 0, turns = 0;

	(void)state;
	fix_init(&world.fixture);
	fix_campaign(&world.fixture, "c", SL_JOIN_ONE, NEVER);
	fix_sequence(&world.fixture, SL_AFTER_RESTART, NEVER);
	fix_step(&world.fixture, "a", SL_STEP_EVENT, 0, NEVER);
	fix_step(&world.fixture, "", SL_STEP_NOT, 1, S);
	set_up(&world);
	assert_true(sl_states_next(world.states) == NEVER);
	for (int64_t at = 1; at < 366 * 86400; at *= 3) {
		char key[24];

		snprintf(key, sizeof(key), "C%lld", (long long)at);
		fix_apply(&world.fixture, world.states,
			  &(struct fix_event){T0 + at * S, "e", key, A, NULL, 0}, T0, hear,
			  &world.heard);
	}
	for (int64_t at = 1; at < 366 * 86400; at *= 3) {
		for (due = 0; !due; turns++) {
			next = sl_states_next(world.states);
			assert_true(next > world.tick && next != NEVER);
			world.tick = next;
			fix_tick(&world.fixture, world.states, next, note_due, &due);
		}
		assert_true(due == T0 + (at + 1) * S);
		assert_true(next > due && next <= due + S / 100);
	}
	assert_true(sl_states_next(world.states) == NEVER);
	assert_true(turns < 100);
	tear_down(&world);
}

/* The key's own event finds what was due before its tick, though no tick was handed in. */
static void test_due_comes_before_the_event(void **state)
{
	struct world world;

	(void)state;
	fix_init(&world.fixture);
	fix_campaign(&world.fixture, "c", SL_JOIN_ONE, NEVER);
	fix_sequence(&world.fixture, SL_AFTER_RESTART, NEVER);
	fix_step(&world.fixture, "a", SL_STEP_EVENT, 0, NEVER);
	fix_step(&world.fixture, "", SL_STEP_NOT, 1, 5 * S);
	set_up(&world);
	event(&world, 0, "e1", A, NULL, 0);
	world.tick = T0 + 5 * S + 1;
	event(&world, 6, "e2", A, NULL, 0);
	heard(&world, "due0@5[a=e1] first=e1 event=e1 ");
	tick(&world, NEVER);
	heard(&world, "due0@11[a=e2] first=e2 event=e2 ");
	tear_down(&world);
}

static void test_count_in_a_sliding_window(void **state)
{
	struct world world;

	(void)state;
	fix_init(&world.fixture);
	fix_campaign(&world.fixture, "c", SL_JOIN_ONE, NEVER);
	fix_sequence(&world.fixture, SL_AFTER_RESTART, NEVER);
	fix_step(&world.fixture, "w", SL_STEP_WINDOW, 0, NEVER);
	fix_window(&world.fixture, SL_WINDOW_SLIDING, 100 * S, 3, SL_AGGREGATE_COUNT, 0, 3);
	set_up(&world);
	event(&world, 0, "e1", A, NULL, 0);
	event(&world, 50, "e2", A, NULL, 0);
	event(&world, 100, "e3", A, NULL, 0);
	heard(&world, "");
	event(&world, 101, "e4", A, NULL, 0);
	heard(&world, "match0@101[w=e4] first=e4 event=e4 ");
	assert_int_equal(keys(&world), 0);
	event(&world, 200, "e5", A, NULL, 0);
	event(&world, 202, "e6", A, NULL, 0);
	world.tick = T0 + 205 * S;
	event(&world, 201, "e7", A, NULL, 0);
	heard(&world, "match0@201[w=e7] first=e7 event=e7 ");
	event(&world, 300, "e8", A, NULL, 0);
	world.tick = T0 + 310 * S;
	event(&world, 209, "e9", A, NULL, 0);
	heard(&world, "late0 ");
	tick(&world, 401);
	assert_int_equal(keys(&world), 0);
	tear_down(&world);
}

static void test_links_repeats_until_and_captures(void **state)
{
	struct world world;
	struct sl_step *step;

	(void)state;
	fix_init(&world.fixture);
	fix_campaign(&world.fixture, "c", SL_JOIN_ONE, NEVER);
	fix_sequence(&world.fixture, SL_AFTER_SKIP_PAST, 100 * S);
	fix_step(&world.fixture, "a", SL_STEP_EVENT, 0, NEVER);
	step = fix_step(&world.fixture, "b", SL_STEP_EVENT, 1, NEVER);
	step->times_from = 2;
	step->times_to = UINT32_MAX;
	fix_until(&world.fixture, 2);
	fix_link_product(&world.fixture);
	set_up(&world);
	event(&world, 0, "a1", A, "L1", 0);
	event(&world, 1, "a2", A, "L2", 0);
	event(&world, 2, "b1", B, "L2", 0);
	event(&world, 3, "b2", B, "L3", 0);
	event(&world, 4, "b3", B, "L2", 0);
	event(&world, 5, "u1", C, NULL, 0);
	heard(&world, "match0@5[a=a2 b=b3] first=a2 event=u1 ");
	tick(&world, NEVER);
	heard(&world, "");
	assert_int_equal(keys(&world), 0);
	tear_down(&world);
}

static void test_limits(void **state)
{
	struct world world;
	struct sl_state_change change;
	const struct sl_text key = {"C1", 2};
	uint64_t hash = sl_text_hash("C1", 2);

	(void)state;
	two_steps(&world, SL_AFTER_RESTART);
	world.fixture.campaigns[0].limit_ns = 100 * S;
	world.fixture.campaigns[0].limit_count = 2;
	set_up(&world);
	for (int i = 0; i < 2; i++) {
		assert_true(sl_states_limit_passes(world.states, world.fixture.plan, key, hash, 0,
						   T0 + i * S, T0));
		assert_int_equal(sl_states_limit_take(world.states, world.fixture.plan, key, hash,
						      0, T0 + i * S, T0, &change),
				 0);
		assert_int_equal(change.slot, 501);
		assert_int_equal(change.image[0], SL_STATE_WHOLE);
	}
	assert_false(sl_states_limit_passes(world.states, world.fixture.plan, key, hash, 0,
					    T0 + 99 * S, T0));
	assert_true(sl_states_limit_passes(world.states, world.fixture.plan, key, hash, 0,
					   T0 + 100 * S, T0));
	tick(&world, 101);
	assert_int_equal(keys(&world), 1);
	tick(&world, 102);
	assert_int_equal(keys(&world), 0);
	tear_down(&world);
}

static void test_any_and_all(void **state)
{
	struct world world;

	(void)state;
	fix_init(&world.fixture);
	fix_campaign(&world.fixture, "all", SL_JOIN_ALL, 50 * S);
	fix_sequence(&world.fixture, SL_AFTER_RESTART, NEVER);
	fix_step(&world.fixture, "a", SL_STEP_EVENT, 0, NEVER);
	fix_sequence(&world.fixture, SL_AFTER_RESTART, NEVER);
	fix_step(&world.fixture, "b", SL_STEP_EVENT, 1, NEVER);
	fix_campaign(&world.fixture, "any", SL_JOIN_ANY, NEVER);
	fix_sequence(&world.fixture, SL_AFTER_RESTART, NEVER);
	fix_step(&world.fixture, "c", SL_STEP_EVENT, 2, NEVER);
	fix_sequence(&world.fixture, SL_AFTER_RESTART, NEVER);
	fix_step(&world.fixture, "d", SL_STEP_EVENT, 3, NEVER);
	set_up(&world);
	event(&world, 0, "e1", B, NULL, 0);
	event(&world, 51, "e2", A, NULL, 0);
	heard(&world, "");
	event(&world, 100, "e3", B, NULL, 0);
	heard(&world, "match0@100[a=e2 b=e3] first=e2 event=e3 ");
	event(&world, 101, "e4", D, NULL, 0);
	event(&world, 102, "e5", C | D, NULL, 0);
	heard(&world, "match1@101[d=e4] first=e4 event=e4 "
		      "match1@102[c=e5] first=e5 event=e5 match1@102[d=e5] first=e5 event=e5 ");
	tick(&world, NEVER);
	assert_int_equal(keys(&world), 0);
	tear_down(&world);
}

static void test_calendar_day_asked_at_its_end(void **state)
{
	struct world world;
	const int64_t day = 86400, midnight = (T0 / S + 9 * 3600) / day * day - 9 * 3600 + day;
	const int64_t to_midnight = midnight - T0 / S;

	(void)state;
	fix_init(&world.fixture);
	fix_campaign(&world.fixture, "c", SL_JOIN_ONE, NEVER);
	fix_sequence(&world.fixture, SL_AFTER_RESTART, NEVER);
	fix_step(&world.fixture, "w", SL_STEP_WINDOW, 0, NEVER);
	fix_window(&world.fixture, SL_WINDOW_CALENDAR, 0, 0, SL_AGGREGATE_SUM, FIX_AMOUNT, 100)
		->at_end = 1;
	set_up(&world);
	event(&world, to_midnight - 1, "e1", A, NULL, 60);
	event(&world, to_midnight - 2, "e2", A, NULL, 60);
	event(&world, to_midnight, "e3", A, NULL, 60);
	tick(&world, to_midnight - 1);
	heard(&world, "");
	tick(&world, to_midnight + 1);
	assert_non_null(strstr(world.heard.line, "[w=e2] first= event=e2 "));
	heard(&world, world.heard.line);
	tick(&world, NEVER);
	heard(&world, "");
	assert_int_equal(keys(&world), 0);
	tear_down(&world);
}

static void key_event(struct world *world, unsigned key, int64_t at, uint32_t mask)
{
	char name[32], id[32];

	snprintf(name, sizeof(name), "C%08u", key);
	snprintf(id, sizeof(id), "01J%023u", key);
	fix_apply(&world->fixture, world->states,
		  &(struct fix_event){T0 + at * S, id, name, mask, NULL, 0}, world->tick, hear,
		  &world->heard);
}

static void test_memory_stays_flat_as_keys_come_and_go(void **state)
{
	struct sl_states_stats empty, full, stats;
	struct world world;

	(void)state;
	two_steps(&world, SL_AFTER_RESTART);
	set_up(&world);
	sl_states_stats(world.states, &empty);
	for (unsigned round = 0; round < 20; round++) {
		for (unsigned key = 0; key < 5000; key++)
			key_event(&world, round * 5000 + key, round * 100, A);
		sl_states_stats(world.states, &stats);
		assert_int_equal(stats.keys, 5000);
		assert_int_equal(stats.timers, 5000);
		assert_int_equal(sl_states_live(world.states, 10), 5000);
		if (round == 0)
			full = stats;
		assert_int_equal(stats.bytes, full.bytes);
		tick(&world, round * 100 + 62);
		sl_states_stats(world.states, &stats);
		assert_int_equal(stats.keys, 0);
		assert_int_equal(stats.timers, 0);
		assert_int_equal(stats.bytes, empty.bytes);
		assert_int_equal(sl_states_live(world.states, 10), 0);
	}
	assert_int_equal(stats.full, 0);
	heard(&world, "");
	tear_down(&world);
}

static void test_full_memory_is_told_and_forgets_nothing(void **state)
{
	struct sl_states_stats stats;
	struct world world;
	unsigned n = 0;

	(void)state;
	two_steps(&world, SL_AFTER_RESTART);
	set_up(&world);
	while (!world.heard.line[0])
		key_event(&world, n++, 0, A);
	heard(&world, "state_full0 ");
	sl_states_stats(world.states, &stats);
	assert_int_equal(stats.keys, n - 1);
	assert_int_equal(stats.full, 1);
	for (unsigned key = 0; key < n; key += n - 1) {
		key_event(&world, key, 10, B);
		if (key == 0) {
			assert_non_null(strstr(world.heard.line, "match0@10["));
			heard(&world, world.heard.line);
		}
	}
	heard(&world, "");
	tick(&world, NEVER);
	key_event(&world, 0, 100, A);
	heard(&world, "late0 "); /* nothing begins behind the end, and memory is not why */
	tear_down(&world);
}

static void test_draining_begins_nothing(void **state)
{
	struct world world;

	(void)state;
	two_steps(&world, SL_AFTER_OVERLAP);
	set_up(&world);
	event(&world, 0, "e1", A, NULL, 0);
	world.fixture.sequences[0].draining = 1;
	event(&world, 1, "e2", A, NULL, 0);
	event(&world, 2, "e3", B, NULL, 0);
	heard(&world, "match0@2[a=e1 b=e3] first=e1 event=e3 ");
	assert_int_equal(keys(&world), 0);
	tear_down(&world);
}

static void test_looking_at_a_key(void **state)
{
	struct sl_state_look looks[4];
	struct sl_state_change change;
	struct world world;
	const struct sl_text key = {"C1", 2};
	uint64_t hash = sl_text_hash("C1", 2);

	(void)state;
	two_steps(&world, SL_AFTER_RESTART);
	world.fixture.campaigns[0].limit_ns = 100 * S;
	world.fixture.campaigns[0].limit_count = 2;
	set_up(&world);
	event(&world, 5, "e1", A, NULL, 0);
	sl_states_limit_take(world.states, world.fixture.plan, key, hash, 0, T0, T0, &change);
	assert_int_equal(sl_states_look(world.states, world.fixture.plan, key, hash, T0, looks, 1),
			 2);
	assert_int_equal(sl_states_look(world.states, world.fixture.plan, key, hash, T0, looks, 4),
			 2);
	assert_int_equal(looks[0].kind, SL_LOOK_RUN);
	assert_int_equal(looks[0].first_ns, T0 + 5 * S);
	assert_int_equal(looks[0].due_ns, T0 + 65 * S);
	assert_int_equal(looks[1].kind, SL_LOOK_LIMIT);
	assert_int_equal(looks[1].due_ns, T0 + 100 * S);
	tear_down(&world);
}

static void test_bad_images_change_nothing(void **state)
{
	static const uint8_t images[][8] = {
		{1, 0, 0, 0},          /* of nothing */
		{3, 1, 0, 0, 0},       /* of no kind */
		{1, 9, 0, 0, 0},       /* longer than there is */
		{2, 4, 0, 0, 0, 0, 0}, /* more, of no window */
		{1, 2, 0, 0, 16, 1},   /* a run that ends early */
	};
	struct world world;
	const struct sl_text key = {"C1", 2};

	(void)state;
	two_steps(&world, SL_AFTER_RESTART);
	set_up(&world);
	event(&world, 0, "e1", A, NULL, 0);
	for (unsigned i = 0; i < sizeof(images) / sizeof(images[0]); i++)
		assert_int_equal(sl_states_restore(world.states, world.fixture.plan, key,
						   sl_text_hash("C1", 2), 10, images[i],
						   i == 0 ? 4 : 8),
				 -SL_E_FORMAT);
	event(&world, 1, "e2", B, NULL, 0);
	heard(&world, "match0@1[a=e1 b=e2] first=e1 event=e2 ");
	tear_down(&world);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sequence_matches),
		cmocka_unit_test(test_absence_falls_due_once),
		cmocka_unit_test(test_the_clock_stops_where_something_is_due),
		cmocka_unit_test(test_due_comes_before_the_event),
		cmocka_unit_test(test_count_in_a_sliding_window),
		cmocka_unit_test(test_links_repeats_until_and_captures),
		cmocka_unit_test(test_limits),
		cmocka_unit_test(test_any_and_all),
		cmocka_unit_test(test_calendar_day_asked_at_its_end),
		cmocka_unit_test(test_memory_stays_flat_as_keys_come_and_go),
		cmocka_unit_test(test_full_memory_is_told_and_forgets_nothing),
		cmocka_unit_test(test_draining_begins_nothing),
		cmocka_unit_test(test_looking_at_a_key),
		cmocka_unit_test(test_bad_images_change_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
