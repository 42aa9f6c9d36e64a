#include "fixture.h"

static uint64_t consumed_blocks, consumed_bytes;

static void consume(void *context, const void *block, size_t bytes)
{
	(void)context;
	assert_int_equal(sl_block_check(block, bytes), 0);
	consumed_blocks++;
	consumed_bytes += bytes;
}

static int set_up(void **state)
{
	struct fixture *f;
	int r = fixture_set_up(state);

	f = *state;
	f->config.journal_path = NULL;
	f->config.consume = consume;
	consumed_blocks = consumed_bytes = 0;
	return r;
}

static void test_memory_commits_at_seal(void **state)
{
	struct fixture *f = *state;
	struct sl_store_worker *worker;

	must_start(f);
	worker = sl_store_worker(f->store, 1);
	assert_int_equal(sl_store_pending(worker), 0);
	sl_store_seal(worker, true); /* nothing open */
	assert_int_equal(sl_store_committed(worker), 0);
	assert_true(append_seen(f, 1, 1));
	assert_int_equal(sl_store_pending(worker), 1);
	assert_int_equal(sl_store_committed(worker), 0);
	sl_store_seal(worker, false);
	assert_int_equal(sl_store_committed(worker), 1);
	assert_int_equal(sl_store_pending(worker), 1);
	assert_int_equal(consumed_blocks, 1);
	assert_false(sl_store_backpressure(f->store));
	assert_int_equal(fixture_recover(f), 0);
}

/* An opened batch to which nothing was appended is no batch. */
static void test_opened_and_left_empty(void **state)
{
	struct fixture *f = *state;
	struct sl_store_worker *worker;

	must_start(f);
	worker = sl_store_worker(f->store, 0);
	assert_non_null(sl_store_open_batch(worker, 10, 1));
	assert_int_equal(sl_store_pending(worker), 0);
	sl_store_seal(worker, true);
	assert_int_equal(consumed_blocks, 0);
	assert_int_equal(sl_store_committed(worker), 0);
}

static void test_seals_what_is_too_full(void **state)
{
	struct fixture *f = *state;
	struct sl_store_worker *worker;
	unsigned n = 0;

	must_start(f);
	worker = sl_store_worker(f->store, 0);
	while (sl_store_committed(worker) == 0 && n++ < 10000)
		assert_true(append_filler(f, 0));
	assert_true(n < 10000);
	assert_int_equal(sl_store_pending(worker), 2);
	assert_true(consumed_blocks >= n - 1);
}

/* What open_batch promises holds for any mix of records of that sum. */
static void test_room_is_sure(void **state)
{
	static const uint8_t bytes[SL_RECORD_BYTES_MAX];
	struct fixture *f = *state;
	uint64_t seed = 7;

	must_start(f);
	assert_true(sl_store_room(f->store) >= SL_RECORD_BYTES_MAX + 23);
	for (unsigned round = 0; round < 3000; round++) {
		size_t left = sl_store_room(f->store), sizes[4096], sum = 0;
		size_t most = (size_t)1 << (3 + round % 15);
		struct sl_blocks *blocks;
		unsigned n = 0;

		while (n < 4096) {
			size_t size;

			seed = seed * 6364136223846793005u + 1442695040888963407u;
			size = (seed >> 33) % most;
			if (sum + size + 23 * (n + 1) > left || size > SL_RECORD_BYTES_MAX)
				break;
			sizes[n++] = size;
			sum += size;
		}
		blocks = sl_store_open_batch(sl_store_worker(f->store, 0), sum, n);
		assert_non_null(blocks);
		for (unsigned i = 0; i < n; i++) {
			struct sl_span part = {.at = bytes, .bytes = sizes[i]};

			if (sl_blocks_append(blocks, SL_RECORD_DELTA, &part, 1) != 0)
				fail_msg("record %u of %u, round %u of seed 7", i, n, round);
		}
		if (round % 3)
			sl_store_seal(sl_store_worker(f->store, 0), true);
	}
}

static void test_batches_run_out(void **state)
{
	struct fixture *f = *state;
	struct sl_store_worker *worker;
	uint64_t sealed;

	f->config.journal_path = f->journal;
	must_open(f); /* no committer: nothing comes back */
	worker = sl_store_worker(f->store, 0);
	for (sealed = 0; append_filler(f, 0); sealed++)
		sl_store_seal(worker, true);
	assert_int_equal(sealed, 4);
	assert_int_equal(sl_store_pending(worker), 4);
	assert_null(sl_store_open_batch(worker, 1, 1));
	assert_int_equal(sl_store_pending(worker), 4);
	assert_int_equal(sl_store_committed(worker), 0);
	assert_int_equal(sl_store_start(f->store), 0);
	EVENTUALLY(sl_store_committed(worker) == 4);
	assert_true(append_filler(f, 0));
}

/* A batch that is not closed takes in more until the committer begins with it. */
static void test_sealed_takes_in_more(void **state)
{
	struct fixture *f = *state;
	struct sl_store_worker *worker;

	f->config.journal_path = f->journal;
	must_open(f);
	worker = sl_store_worker(f->store, 0);
	for (uint64_t n = 1; n <= 20; n++) {
		assert_true(append_seen(f, 0, n));
		sl_store_seal(worker, false);
		assert_int_equal(sl_store_pending(worker), 1);
	}
	assert_non_null(sl_store_open_batch(worker, 10, 1)); /* taken back, and nothing appended */
	assert_int_equal(sl_store_pending(worker), 1);
	sl_store_seal(worker, true);
	assert_true(append_seen(f, 0, 21)); /* it was closed */
	assert_int_equal(sl_store_pending(worker), 2);
	sl_store_seal(worker, false);
	assert_int_equal(sl_store_start(f->store), 0);
	EVENTUALLY(sl_store_committed(worker) == 2);
	assert_true(append_seen(f, 0, 22)); /* it was committed */
	assert_int_equal(sl_store_pending(worker), 3);
	sl_store_seal(worker, false);
	EVENTUALLY(sl_store_committed(worker) == 3);
	fixture_close(f);
	must_open(f);
	assert_int_equal(fixture_recover(f), 0);
	assert_int_equal(f->recovered[0], 22);
	assert_true(f->in_order);
}

/* Worker and committer at the same batch, again and again: each record comes once, in order. */
static void test_taking_back_and_taking(void **state)
{
	const uint64_t last = 30000;
	struct fixture *f = *state;
	struct sl_store_worker *worker;

	f->config.journal_path = f->journal;
	must_open(f);
	worker = sl_store_worker(f->store, 0);
	assert_int_equal(sl_store_start(f->store), 0);
	for (uint64_t n = 1; n <= last;) {
		bool appended = append_seen(f, 0, n);

		n += appended;
		sl_store_seal(worker, !appended);
	}
	EVENTUALLY(sl_store_committed(worker) == sl_store_pending(worker));
	fixture_close(f);
	must_open(f);
	assert_int_equal(fixture_recover(f), 0);
	assert_int_equal(f->recovered[0], last);
	assert_true(f->in_order);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_memory_commits_at_seal, set_up,
						fixture_tear_down),
		cmocka_unit_test_setup_teardown(test_opened_and_left_empty, set_up,
						fixture_tear_down),
		cmocka_unit_test_setup_teardown(test_seals_what_is_too_full, set_up,
						fixture_tear_down),
		cmocka_unit_test_setup_teardown(test_room_is_sure, set_up, fixture_tear_down),
		cmocka_unit_test_setup_teardown(test_batches_run_out, set_up, fixture_tear_down),
		cmocka_unit_test_setup_teardown(test_sealed_takes_in_more, set_up,
						fixture_tear_down),
		cmocka_unit_test_setup_teardown(test_taking_back_and_taking, fixture_set_up,
						fixture_tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
