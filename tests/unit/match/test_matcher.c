#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "match/match_priv.h"
#include "sluice/error.h"
#include "tests/unit/match/literals.h"

#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>

static struct sl_literals literals;
static struct sl_stats_worker stats;

struct loaded {
	void *file;
	struct sl_artifact *artifact;
	struct sl_match_set *set;
};

/* A set of n triggers, of which trigger i holds where the type is "type<i>". */
static void load(struct loaded *loaded, uint32_t n)
{
	struct sl_builder builder;
	size_t n_bytes;

	literals.n = 0;
	sl_builder_init(&builder);
	sl_builder_field(&builder, "type", SL_TYPE_STRING, SL_ROLE_TYPE, SL_FIELD_SCANNED);
	sl_builder_campaign(&builder, "campaign");
	for (uint32_t i = 0; i < n; i++) {
		uint32_t trigger = sl_builder_trigger(&builder, 0, NULL, 0);
		char type[16];
		int bytes = snprintf(type, sizeof(type), "type%u", i);

		sl_literals_add(&literals, &builder, SL_ATOM_EQUALS, 0, type, (size_t)bytes,
				&trigger, 1);
	}
	sl_literals_compile(&literals, &builder, 1, true);
	loaded->file = sl_builder_finish(&builder, SL_FILE_RULESET, &n_bytes);
	assert_int_equal(sl_artifact_view(loaded->file, n_bytes, &loaded->artifact, NULL), 0);
	assert_int_equal(sl_match_set_new(loaded->artifact, &loaded->set, NULL), 0);
	sl_builder_fini(&builder);
}

static void unload(struct loaded *loaded)
{
	sl_match_set_free(loaded->set);
	sl_artifact_close(loaded->artifact);
	free(loaded->file);
}

static struct sl_matcher *new_matcher(void)
{
	const struct sl_match_limits limits = {.events = 4, .candidates = 8, .event_bytes = 256};
	struct sl_matcher *matcher;

	assert_int_equal(sl_matcher_new(&limits, &stats, &matcher), 0);
	return matcher;
}

/* Whether the one trigger that matches "type<i>" is i. */
static bool finds(struct sl_matcher *matcher, const struct sl_match_set *set, uint32_t i)
{
	char type[16];
	struct sl_value slot = {.text = type, .kind = SL_TYPE_STRING};
	struct sl_event event = {.slots = &slot, .n_slots = 1};
	struct sl_matches matches;

	slot.count = (uint32_t)snprintf(type, sizeof(type), "type%u", i);
	sl_match_burst(matcher, set, &event, 1, &matches);
	return matches.first[1] == 1 && matches.triggers[0] == i;
}

static void test_two_sets_have_room_at_once(void **state)
{
	struct sl_matcher *matcher = new_matcher();
	struct loaded small, large;

	(void)state;
	load(&small, 2);
	load(&large, 500);
	assert_int_equal(sl_matcher_prepare(matcher, small.set), 0);
	assert_true(finds(matcher, small.set, 1));
	assert_int_equal(sl_matcher_prepare(matcher, large.set), 0);
	for (unsigned i = 0; i < 5; i++) {
		assert_true(finds(matcher, large.set, 499));
		assert_true(finds(matcher, small.set, 1));
	}
	assert_false(finds(matcher, small.set, 2));
	sl_matcher_free(matcher);
	unload(&small);
	unload(&large);
}

/* Set after set, each at whatever address the allocator gives: room must be that set's own. */
static void test_swap_after_swap(void **state)
{
	struct sl_matcher *matcher = new_matcher();
	struct loaded old = {0}, next;

	(void)state;
	for (uint32_t round = 0; round < 20; round++) {
		uint32_t n = round % 2 ? 300 : 3;

		load(&next, n);
		assert_int_equal(sl_matcher_prepare(matcher, next.set), 0);
		assert_int_equal(sl_matcher_prepare(matcher, next.set), 0);
		if (old.set)
			assert_true(finds(matcher, old.set, 0));
		assert_true(finds(matcher, next.set, n - 1));
		unload(&old);
		old = next;
	}
	sl_matcher_free(matcher);
	unload(&old);
}

static void test_stamps_survive_their_wrap(void **state)
{
	struct sl_matcher *matcher = new_matcher();
	struct loaded loaded;

	(void)state;
	load(&loaded, 3);
	assert_int_equal(sl_matcher_prepare(matcher, loaded.set), 0);
	assert_true(finds(matcher, loaded.set, 1)); /* leaves stamp 1 behind */
	for (unsigned i = 0; i < 2; i++)
		if (atomic_load(&matcher->rooms[i].serial) == loaded.set->serial)
			matcher->rooms[i].epoch = UINT32_MAX - 1;
	for (unsigned i = 0; i < 4; i++)
		assert_true(finds(matcher, loaded.set, 1));
	sl_matcher_free(matcher);
	unload(&loaded);
}

struct worker {
	struct sl_matcher *matcher;
	_Atomic(const struct sl_match_set *) set; /* which to use; NULL: end */
	_Atomic bool moved;                       /* to the set above */
	bool found_all;
};

static void *work(void *context)
{
	struct worker *worker = context;
	const struct sl_match_set *set, *last = NULL;

	while ((set = atomic_load(&worker->set))) {
		worker->found_all &= finds(worker->matcher, set, 1);
		if (set != last)
			atomic_store(&worker->moved, true);
		last = set;
	}
	return NULL;
}

/* The thread rule of the door: for the thread sanitizer to judge. */
static void test_prepare_while_the_worker_runs(void **state)
{
	struct worker worker = {.matcher = new_matcher(), .found_all = true};
	struct loaded sets[6];
	pthread_t thread;

	(void)state;
	for (unsigned i = 0; i < 6; i++)
		load(&sets[i], 2 + i);
	assert_int_equal(sl_matcher_prepare(worker.matcher, sets[0].set), 0);
	atomic_store(&worker.set, sets[0].set);
	assert_int_equal(pthread_create(&thread, NULL, work, &worker), 0);
	for (unsigned i = 1; i < 6; i++) {
		while (!atomic_load(&worker.moved))
			sched_yield();
		assert_int_equal(sl_matcher_prepare(worker.matcher, sets[i].set), 0);
		atomic_store(&worker.moved, false);
		atomic_store(&worker.set, sets[i].set);
	}
	while (!atomic_load(&worker.moved))
		sched_yield();
	atomic_store(&worker.set, NULL);
	pthread_join(thread, NULL);
	assert_true(worker.found_all);
	sl_matcher_free(worker.matcher);
	for (unsigned i = 0; i < 6; i++)
		unload(&sets[i]);
}

static void test_limits_that_cannot_be_held(void **state)
{
	const struct sl_match_limits limits = {
		.events = 65536, .candidates = 1000000, .event_bytes = 65536};
	struct sl_matcher *matcher = NULL;

	(void)state;
	assert_int_equal(sl_matcher_new(&limits, &stats, &matcher), -SL_E_LIMIT);
	assert_null(matcher);
	sl_matcher_free(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_two_sets_have_room_at_once),
		cmocka_unit_test(test_swap_after_swap),
		cmocka_unit_test(test_stamps_survive_their_wrap),
		cmocka_unit_test(test_prepare_while_the_worker_runs),
		cmocka_unit_test(test_limits_that_cannot_be_held),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
