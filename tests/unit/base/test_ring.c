#include "base/ring.h"

#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#define CAPACITY 8u
#define ITEMS 200000u

static void *item(uintptr_t n)
{
	return (void *)n;
}

static void what_goes_in_comes_out_in_order(void **state)
{
	void *slots[CAPACITY];
	struct sl_ring ring;

	(void)state;
	sl_ring_init(&ring, slots, CAPACITY);
	assert_null(sl_ring_pop(&ring));
	assert_false(sl_ring_waiting(&ring));
	for (uintptr_t i = 1; i <= 3; i++)
		assert_true(sl_ring_push(&ring, item(i)));
	assert_true(sl_ring_waiting(&ring));
	for (uintptr_t i = 1; i <= 3; i++)
		assert_ptr_equal(sl_ring_pop(&ring), item(i));
	assert_null(sl_ring_pop(&ring));
	assert_false(sl_ring_waiting(&ring));
}

static void full_ring_refuses_and_takes_again(void **state)
{
	void *slots[CAPACITY];
	struct sl_ring ring;

	(void)state;
	sl_ring_init(&ring, slots, CAPACITY);
	for (uintptr_t i = 1; i <= CAPACITY; i++)
		assert_true(sl_ring_push(&ring, item(i)));
	assert_false(sl_ring_push(&ring, item(99)));
	assert_ptr_equal(sl_ring_pop(&ring), item(1));
	assert_true(sl_ring_push(&ring, item(9)));
	assert_false(sl_ring_push(&ring, item(99)));
	for (uintptr_t i = 2; i <= 9; i++)
		assert_ptr_equal(sl_ring_pop(&ring), item(i));
	assert_null(sl_ring_pop(&ring));
}

static void indices_run_over_their_end(void **state)
{
	void *slots[CAPACITY];
	struct sl_ring ring;

	(void)state;
	sl_ring_init(&ring, slots, CAPACITY);
	atomic_store(&ring.tail, UINT32_MAX - 2);
	atomic_store(&ring.head, UINT32_MAX - 2);
	ring.head_seen = ring.tail_seen = UINT32_MAX - 2;
	for (uintptr_t i = 1; i <= CAPACITY; i++)
		assert_true(sl_ring_push(&ring, item(i)));
	assert_false(sl_ring_push(&ring, item(99)));
	for (uintptr_t i = 1; i <= CAPACITY; i++)
		assert_ptr_equal(sl_ring_pop(&ring), item(i));
	assert_null(sl_ring_pop(&ring));
}

static void ring_of_one(void **state)
{
	void *slots[1];
	struct sl_ring ring;

	(void)state;
	sl_ring_init(&ring, slots, 1);
	for (uintptr_t i = 1; i <= 5; i++) {
		assert_true(sl_ring_push(&ring, item(i)));
		assert_false(sl_ring_push(&ring, item(99)));
		assert_ptr_equal(sl_ring_pop(&ring), item(i));
		assert_null(sl_ring_pop(&ring));
	}
}

/* What is behind the pointers must be as visible as the pointers: the thread sanitizer looks. */
struct relay {
	struct sl_ring ring;
	void *slots[CAPACITY];
	uint32_t payloads[ITEMS];
};

static void *produce(void *at)
{
	struct relay *relay = at;

	for (uint32_t i = 0; i < ITEMS; i++) {
		relay->payloads[i] = i * 3;
		while (!sl_ring_push(&relay->ring, &relay->payloads[i]))
			sched_yield();
	}
	return NULL;
}

static void two_threads_see_everything_once_and_in_order(void **state)
{
	static struct relay relay;
	pthread_t producer;

	(void)state;
	sl_ring_init(&relay.ring, relay.slots, CAPACITY);
	assert_int_equal(pthread_create(&producer, NULL, produce, &relay), 0);
	for (uint32_t i = 0; i < ITEMS; i++) {
		const uint32_t *payload;

		while (!(payload = sl_ring_pop(&relay.ring)))
			sched_yield();
		assert_ptr_equal(payload, &relay.payloads[i]);
		assert_int_equal(*payload, i * 3);
	}
	pthread_join(producer, NULL);
	assert_null(sl_ring_pop(&relay.ring));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_goes_in_comes_out_in_order),
		cmocka_unit_test(full_ring_refuses_and_takes_again),
		cmocka_unit_test(indices_run_over_their_end),
		cmocka_unit_test(ring_of_one),
		cmocka_unit_test(two_threads_see_everything_once_and_in_order),
	};

	return cmocka_run_group_tests_name("ring", tests, NULL, NULL);
}
