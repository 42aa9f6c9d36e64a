/* A ring of pointers for one producer and one consumer thread.
 *
 * Ours, in C11 atomics, and not libck's: the thread sanitizer cannot see libck's assembly, and a
 * ring that cannot be checked is not worth the import. The memory is the caller's; capacity is a
 * power of two. Each side caches the other's index and touches its cache line only when the cache
 * says full or empty. */
#ifndef SL_BASE_RING_H
#define SL_BASE_RING_H

#include <assert.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct sl_ring {
	_Alignas(64) _Atomic uint32_t tail; /* producer: rw, consumer: ro */
	uint32_t head_seen;                 /* producer */
	_Alignas(64) _Atomic uint32_t head; /* consumer: rw, producer: ro */
	uint32_t tail_seen;                 /* consumer */
	_Alignas(64) void **slots;          /* set at init */
	uint32_t mask;
};

static inline void sl_ring_init(struct sl_ring *ring, void **slots, uint32_t capacity)
{
	assert(capacity && (capacity & (capacity - 1)) == 0);
	atomic_init(&ring->tail, 0);
	atomic_init(&ring->head, 0);
	ring->head_seen = 0;
	ring->tail_seen = 0;
	ring->slots = slots;
	ring->mask = capacity - 1;
}

/* Producer. False: full. */
static inline bool sl_ring_push(struct sl_ring *ring, void *item)
{
	uint32_t tail = atomic_load_explicit(&ring->tail, memory_order_relaxed);

	if (tail - ring->head_seen > ring->mask) {
		ring->head_seen = atomic_load_explicit(&ring->head, memory_order_acquire);
		if (tail - ring->head_seen > ring->mask)
			return false;
	}
	ring->slots[tail & ring->mask] = item;
	atomic_store_explicit(&ring->tail, tail + 1, memory_order_release);
	return true;
}

/* Consumer. NULL: empty. */
static inline void *sl_ring_pop(struct sl_ring *ring)
{
	uint32_t head = atomic_load_explicit(&ring->head, memory_order_relaxed);
	void *item;

	if (head == ring->tail_seen) {
		ring->tail_seen = atomic_load_explicit(&ring->tail, memory_order_acquire);
		if (head == ring->tail_seen)
			return NULL;
	}
	item = ring->slots[head & ring->mask];
	atomic_store_explicit(&ring->head, head + 1, memory_order_release);
	return item;
}

/* Consumer: whether a pop would give something. */
static inline bool sl_ring_waiting(struct sl_ring *ring)
{
	return atomic_load_explicit(&ring->head, memory_order_relaxed) !=
	       atomic_load_explicit(&ring->tail, memory_order_acquire);
}

#endif
