#include "fixture.h"

#include <pthread.h>

static void test_commits_and_wakes(void **state)
{
	struct fixture *f = *state;

	must_start(f);
	assert_true(append_seen(f, 0, 1));
	seal_and_wait(f, 0);
	EVENTUALLY(atomic_load(&f->wakes[0]) == 1);
	assert_int_equal(atomic_load(&f->wakes[1]), 0); /* it had nothing in it */
	assert_int_equal(sl_store_committed(sl_store_worker(f->store, 1)), 0);
	assert_int_equal(stat_of(&f->stats.commits), 1);
	assert_int_equal(stat_of(&f->stats.blocks), 1);
	assert_true(stat_of(&f->stats.bytes) > 0);
	EVENTUALLY(stat_of(&f->stats.position) == 2);
}

/* Somebody removes the data directory under a running gateway. */
static void test_removed_is_told(void **state)
{
	struct fixture *f = *state;
	char path[128];

	must_start(f);
	assert_true(append_seen(f, 0, 1));
	seal_and_wait(f, 0);
	snprintf(path, sizeof(path), "%s/data.mdb", f->journal);
	assert_int_equal(unlink(path), 0);
	EVENTUALLY(atomic_load(&f->failures) == 1);
	assert_true(sl_store_backpressure(f->store));
}

static void test_stop_commits_what_is_sealed(void **state)
{
	struct fixture *f = *state;
	struct sl_store_worker *worker;

	must_start(f);
	worker = sl_store_worker(f->store, 0);
	for (uint64_t n = 1; n <= 3; n++) {
		assert_true(append_seen(f, 0, n));
		sl_store_seal(worker, true);
	}
	assert_true(append_seen(f, 0, 4)); /* open, never sealed */
	sl_store_stop(f->store);
	assert_int_equal(sl_store_committed(worker), 3);
	fixture_close(f);
	must_open(f);
	assert_int_equal(fixture_recover(f), 0);
	assert_int_equal(f->last_ordinal, 3);
}

struct writer {
	pthread_t thread;
	struct fixture *f;
	unsigned worker;
	uint64_t batches;
};

static void *write_batches(void *context)
{
	struct writer *w = context;
	struct sl_store_worker *worker = sl_store_worker(w->f->store, w->worker);
	uint64_t committed = 0;

	for (uint64_t n = 1; n <= 400; n++) {
		uint64_t now;

		while (!append_seen(w->f, w->worker, n))
			usleep(50);
		sl_store_seal(worker, n % 3 == 0);
		now = sl_store_committed(worker);
		if (now < committed || now > sl_store_pending(worker))
			return NULL;
		committed = now;
	}
	sl_store_seal(worker, true);
	w->batches = sl_store_pending(worker);
	return w;
}

struct order {
	uint64_t last[WORKERS];
	bool holds;
};

static void each_in_order(void *context, const struct sl_record *record)
{
	struct order *order = context;
	struct sl_seen_record seen;

	if (sl_record_seen(record, &seen) < 0 || seen.ordinal != order->last[seen.partition] + 1)
		order->holds = false;
	else
		order->last[seen.partition] = seen.ordinal;
}

/* Two workers at once: each one's records are there, all, in their order. */
static void test_order_of_each_worker(void **state)
{
	struct fixture *f = *state;
	struct writer writers[WORKERS];
	struct order order = {.holds = true};

	must_start(f);
	for (unsigned w = 0; w < WORKERS; w++) {
		writers[w] = (struct writer){.f = f, .worker = w};
		pthread_create(&writers[w].thread, NULL, write_batches, &writers[w]);
	}
	for (unsigned w = 0; w < WORKERS; w++) {
		void *result;

		pthread_join(writers[w].thread, &result);
		assert_non_null(result);
		EVENTUALLY(sl_store_committed(sl_store_worker(f->store, w)) == writers[w].batches);
	}
	fixture_close(f);
	must_open(f);
	assert_int_equal(
		sl_store_recover(f->store, NULL, SL_RECOVER_IDS, each_in_order, &order, f->why), 0);
	assert_true(order.holds);
	assert_int_equal(order.last[0], 400);
	assert_int_equal(order.last[1], 400);
}

static void test_positions_go_on(void **state)
{
	struct fixture *f = *state;

	for (uint64_t life = 0; life < 3; life++) {
		must_start(f);
		EVENTUALLY(stat_of(&f->stats.position) == life * 2 + 1);
		for (uint64_t n = 1; n <= 2; n++) {
			assert_true(append_seen(f, 0, life * 2 + n));
			seal_and_wait(f, 0);
		}
		fixture_close(f);
	}
	must_open(f);
	assert_int_equal(fixture_recover(f), 0);
	assert_int_equal(f->recovered[0], 6);
	assert_true(f->in_order);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_commits_and_wakes, fixture_set_up,
						fixture_tear_down),
		cmocka_unit_test_setup_teardown(test_removed_is_told, fixture_set_up,
						fixture_tear_down),
		cmocka_unit_test_setup_teardown(test_stop_commits_what_is_sealed, fixture_set_up,
						fixture_tear_down),
		cmocka_unit_test_setup_teardown(test_order_of_each_worker, fixture_set_up,
						fixture_tear_down),
		cmocka_unit_test_setup_teardown(test_positions_go_on, fixture_set_up,
						fixture_tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
