#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/counters.h"
#include "sluice/error.h"
#include "state/state.h"

#include <stdlib.h>
#include <string.h>

#define AGE 1000

static const uint64_t all[SL_PARTITIONS / 64] = {[0 ... SL_PARTITIONS / 64 - 1] = UINT64_MAX};
static struct sl_stats_worker stats;

static struct sl_seen *seen_of(uint32_t room)
{
	struct sl_seen *seen;

	memset(&stats, 0, sizeof(stats));
	assert_int_equal(sl_seen_new(all, room, AGE, &stats, &seen), 0);
	return seen;
}

static uint64_t evicted(void)
{
	return sl_stat_get(&stats.counters[SL_COUNTER_DUPLICATES_EVICTED]);
}

static bool take(struct sl_seen *seen, uint16_t partition, uint64_t n, int64_t now)
{
	struct sl_seen_record record;

	return sl_seen_take(seen, partition, (uint64_t[2]){n, n * 3}, now, &record);
}

static void restore(struct sl_seen *seen, uint64_t n, uint64_t ordinal, int64_t seen_ns,
		    int64_t now)
{
	sl_seen_restore(
		seen,
		&(struct sl_seen_record){.id = {n, n * 3}, .ordinal = ordinal, .seen_ns = seen_ns},
		now);
}

static void test_takes_once(void **state)
{
	struct sl_seen *seen = seen_of(8);
	struct sl_seen_record record;
	const uint64_t id[2] = {5, 6};

	(void)state;
	sl_seen_prefetch(seen, 4095, id);
	assert_true(sl_seen_take(seen, 4095, id, 100, &record));
	assert_int_equal(record.partition, 4095);
	assert_int_equal(record.ordinal, 1);
	assert_int_equal(record.seen_ns, 100);
	assert_memory_equal(record.id, id, sizeof(id));
	memset(&record, 0x5a, sizeof(record));
	assert_false(sl_seen_take(seen, 4095, id, 101, &record));
	assert_int_equal(record.partition, 0x5a5a); /* untouched */
	/* partitions know nothing of each other; both halves of the id count */
	assert_true(sl_seen_take(seen, 4094, id, 102, &record));
	assert_int_equal(record.ordinal, 1);
	assert_true(sl_seen_take(seen, 4095, (uint64_t[2]){5, 7}, 103, &record));
	assert_int_equal(record.ordinal, 2);
	assert_true(sl_seen_take(seen, 4095, (uint64_t[2]){4, 6}, 104, &record));
	assert_int_equal(sl_seen_count(seen), 4);
	sl_seen_free(seen);
}

static void test_age(void **state)
{
	struct sl_seen *seen = seen_of(8);

	(void)state;
	assert_true(take(seen, 0, 1, 5000));
	assert_false(take(seen, 0, 1, 5000 + AGE - 1));
	assert_true(take(seen, 0, 1, 5000 + AGE));
	assert_false(take(seen, 0, 1, 5000 + AGE + 1)); /* its age began anew */
	assert_false(take(seen, 0, 1, 0));              /* a clock that went back */
	assert_false(take(seen, 0, 1, INT64_MIN));
	assert_int_equal(sl_seen_count(seen), 1);
	sl_seen_free(seen);

	assert_int_equal(sl_seen_new(all, 8, 0, &stats, &seen), 0);
	assert_true(take(seen, 0, 1, 10));
	assert_true(take(seen, 0, 1, 10)); /* an age of nothing remembers nothing */
	sl_seen_free(seen);
}

static void test_oldest_makes_room(void **state)
{
	struct sl_seen *seen = seen_of(4);

	(void)state;
	for (uint64_t n = 1; n <= 4; n++)
		assert_true(take(seen, 7, n, 100));
	assert_int_equal(evicted(), 0);
	assert_true(take(seen, 7, 5, 101));
	assert_int_equal(evicted(), 1); /* it was young */
	assert_true(take(seen, 7, 1, 102));
	assert_int_equal(evicted(), 2);
	assert_false(take(seen, 7, 3, 103));
	assert_int_equal(sl_seen_count(seen), 4);
	assert_true(take(seen, 7, 6, 100 + AGE)); /* the oldest is past its age: nothing is lost */
	assert_int_equal(evicted(), 2);
	sl_seen_free(seen);
}

static void test_restore_in_any_order(void **state)
{
	static const uint64_t order[] = {3, 1, 4, 2, 3};
	struct sl_seen *seen = seen_of(4);
	struct sl_seen_record record;

	(void)state;
	for (unsigned i = 0; i < 5; i++)
		restore(seen, order[i], order[i], 100, 200);
	assert_int_equal(sl_seen_count(seen), 4);
	for (uint64_t n = 1; n <= 4; n++)
		assert_false(take(seen, 0, n, 200));
	assert_true(sl_seen_take(seen, 0, (uint64_t[2]){9, 9}, 200, &record));
	assert_int_equal(record.ordinal, 5); /* goes on behind the greatest */
	assert_true(take(seen, 0, 1, 200));  /* the oldest by ordinal made room */
	assert_false(take(seen, 0, 3, 200));
	sl_seen_free(seen);
}

static void test_restore_into_less_room(void **state)
{
	struct sl_seen *seen = seen_of(4);

	(void)state;
	for (uint64_t n = 20; n >= 1; n--)
		restore(seen, n, n, 100, 200);
	assert_int_equal(sl_seen_count(seen), 4);
	for (uint64_t n = 17; n <= 20; n++)
		assert_false(take(seen, 0, n, 200));
	assert_true(take(seen, 0, 16, 200));
	sl_seen_free(seen);
}

static void test_restore_passes_over(void **state)
{
	uint64_t none[SL_PARTITIONS / 64] = {2}; /* partition 1 only */
	struct sl_seen_record record = {.id = {1, 3}, .ordinal = 9, .seen_ns = 100, .partition = 2};
	struct sl_seen *seen;

	(void)state;
	assert_int_equal(sl_seen_new(none, 4, AGE, &stats, &seen), 0);
	sl_seen_restore(seen, &record, 100); /* another worker's */
	record.partition = UINT16_MAX;
	sl_seen_restore(seen, &record, 100);
	record.partition = 1;
	record.ordinal = UINT64_MAX;
	sl_seen_restore(seen, &record, 100);
	record.ordinal = 0;
	sl_seen_restore(seen, &record, 100);
	assert_int_equal(sl_seen_count(seen), 0);
	record.ordinal = 9;
	sl_seen_restore(seen, &record, 100 + AGE); /* too old, but its ordinal was given */
	assert_int_equal(sl_seen_count(seen), 0);
	assert_true(sl_seen_take(seen, 1, record.id, 100 + AGE, &record));
	assert_int_equal(record.ordinal, 10);
	/* the same id twice: the later ordinal holds, whichever comes first */
	record.ordinal = 4;
	sl_seen_restore(seen, &record, 100 + AGE);
	record.ordinal = 30;
	sl_seen_restore(seen, &record, 100 + AGE);
	assert_int_equal(sl_seen_count(seen), 1);
	sl_seen_free(seen);
}

static void test_limits(void **state)
{
	struct sl_seen *seen = NULL;

	(void)state;
	assert_int_equal(sl_seen_new(all, 0, AGE, &stats, &seen), -SL_E_LIMIT);
	assert_int_equal(sl_seen_new(all, (1u << 20) + 1, AGE, &stats, &seen), -SL_E_LIMIT);
	assert_null(seen);
	sl_seen_free(NULL);
	seen = seen_of(1);
	assert_true(take(seen, 0, 1, 1));
	assert_true(take(seen, 0, 2, 1));
	assert_true(take(seen, 0, 1, 1));
	assert_int_equal(sl_seen_count(seen), 1);
	sl_seen_free(seen);
}

/* Beside a plain list that does the same slowly. Ids are chosen to collide in the index. */
static void test_beside_a_model(void **state)
{
	enum { ROOM = 13, IDS = 40, STEPS = 200000 };
	struct {
		uint64_t n;
		int64_t at;
	} model[ROOM] = {0};
	struct sl_seen *seen = seen_of(ROOM);
	uint64_t seed = 42, ordinal = 0;
	int64_t now = 0;

	(void)state;
	for (unsigned step = 0; step < STEPS; step++) {
		uint64_t id[2], n;
		struct sl_seen_record record;
		int at = -1;
		bool fresh;

		seed = seed * 6364136223846793005u + 1442695040888963407u;
		n = 1 + (seed >> 33) % IDS;
		now += (int64_t)(seed >> 40) % 200;
		id[0] = n % 5 + (n % 3 << 32);
		id[1] = n << 9;
		for (int i = 0; i < ROOM; i++)
			if (model[i].n == n)
				at = i;
		fresh = at < 0 || now - model[at].at >= AGE;
		if (sl_seen_take(seen, 3, id, now, &record) != fresh)
			fail_msg("step %u of seed 42: id %u should be %s", step, (unsigned)n,
				 fresh ? "new" : "a duplicate");
		if (!fresh)
			continue;
		if (at >= 0)
			model[at].n = 0;
		ordinal++;
		assert_int_equal(record.ordinal, ordinal);
		model[ordinal % ROOM].n = n;
		model[ordinal % ROOM].at = now;
	}
	sl_seen_free(seen);
}

/* Memory may be asked for while ids are taken: nothing of them changes. */
static void touching_keeps_what_is_there(void **state)
{
	struct sl_seen *seen = seen_of(8);
	_Atomic bool stop = false;

	(void)state;
	assert_true(take(seen, 5, 1, 0));
	sl_seen_touch(seen, SIZE_MAX, &stop);
	assert_false(take(seen, 5, 1, 1));
	assert_true(take(seen, 5, 2, 1));
	sl_seen_touch(seen, 1, &stop);
	stop = true;
	sl_seen_touch(seen, SIZE_MAX, &stop);
	assert_false(take(seen, 5, 2, 2));
	assert_int_equal(sl_seen_count(seen), 2);
	sl_seen_free(seen);
}

/* Rings are cut in rows, and no partition's piece of one is another's. */
static void every_place_is_one_partitions_own(void **state)
{
	enum { MANY = 37 }; /* more than two rows, and not a whole number of them */
	struct sl_seen *seen = seen_of(MANY);

	(void)state;
	for (unsigned n = 0; n < MANY; n++)
		for (unsigned partition = 0; partition < SL_PARTITIONS; partition++)
			assert_true(take(seen, (uint16_t)partition, partition * 100 + n, 0));
	for (unsigned n = 0; n < MANY; n++)
		for (unsigned partition = 0; partition < SL_PARTITIONS; partition++)
			assert_false(take(seen, (uint16_t)partition, partition * 100 + n, 1));
	assert_int_equal(evicted(), 0);
	assert_true(take(seen, 7, 799, 1));
	assert_int_equal(evicted(), 1);
	assert_true(take(seen, 7, 700, 1)); /* the oldest of them */
	assert_false(take(seen, 8, 800, 1));
	sl_seen_free(seen);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_takes_once),
		cmocka_unit_test(test_age),
		cmocka_unit_test(test_oldest_makes_room),
		cmocka_unit_test(test_restore_in_any_order),
		cmocka_unit_test(test_restore_into_less_room),
		cmocka_unit_test(test_restore_passes_over),
		cmocka_unit_test(test_limits),
		cmocka_unit_test(test_beside_a_model),
		cmocka_unit_test(touching_keeps_what_is_there),
		cmocka_unit_test(every_place_is_one_partitions_own),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
