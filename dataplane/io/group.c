#include "io/group_priv.h"

#include "base/counters.h"

#include <unistd.h>

void sl_io_group_join(struct sl_io_group *group, unsigned worker, struct sl_io *io)
{
	assert(worker < SL_IO_WORKERS_MAX);
	atomic_store(&group->connections[worker], 0);
	atomic_store(&group->members[worker], io);
}

void sl_io_group_leave(struct sl_io_group *group, unsigned worker)
{
	atomic_store(&group->members[worker], NULL);
}

int sl_io_group_least(struct sl_io_group *group, uint32_t connections_max)
{
	for (;;) {
		int least = -1;
		uint32_t least_count = connections_max;

		for (unsigned i = 0; i < group->n; i++) {
			uint32_t count =
				atomic_load_explicit(&group->connections[i], memory_order_relaxed);

			if (count < least_count && atomic_load(&group->members[i])) {
				least = (int)i;
				least_count = count;
			}
		}
		if (least < 0)
			return -1;
		if (atomic_compare_exchange_strong(&group->connections[least], &least_count,
						   least_count + 1))
			return least;
	}
}

/* A socket and its listener in one pointer; never NULL. */
void sl_io_hand(struct sl_io *to, int fd, unsigned listener)
{
	uintptr_t packed = ((uintptr_t)(unsigned)fd << 8 | listener) + 1;
	bool pushed = sl_ring_push(&to->door.handed, (void *)packed);

	assert(pushed);
	sl_io_wake(to);
}

bool sl_io_handed(struct sl_io *io, int *ret_fd, unsigned *ret_listener)
{
	uintptr_t packed = (uintptr_t)sl_ring_pop(&io->door.handed);

	if (!packed)
		return false;
	packed--;
	*ret_fd = (int)(packed >> 8);
	*ret_listener = packed & UINT8_MAX;
	return true;
}

void sl_io_turn_away(struct sl_io *io, unsigned member, int fd)
{
	close(fd);
	atomic_fetch_sub(&io->config.group->connections[member], 1);
	sl_count(io->config.stats, SL_COUNTER_CONNECTIONS_REFUSED, 1);
}

/* woken is set before sleeping is read, and in may_sleep() sleeping is set before woken is read:
 * one of the two sides sees the other, for all four are sequentially consistent. */
void sl_io_wake(struct sl_io *io)
{
	uint64_t one = 1;

	atomic_store(&io->door.woken, true);
	if (!atomic_load(&io->door.sleeping) || !atomic_exchange(&io->door.sleeping, false))
		return;
	/* Fails only where the count is at its end, and then the sleeper wakes anyway. */
	if (write(io->door.event_fd, &one, sizeof(one)) < 0)
		return;
}

bool sl_io_may_sleep(struct sl_io *io)
{
	atomic_store(&io->door.sleeping, true);
	return !atomic_load(&io->door.woken) && !sl_ring_waiting(&io->door.handed);
}

void sl_io_awake(struct sl_io *io)
{
	if (atomic_load_explicit(&io->door.sleeping, memory_order_relaxed))
		atomic_store(&io->door.sleeping, false);
	/* An exchange, for what the caller of wake() wrote before must be seen after this. */
	if (atomic_load_explicit(&io->door.woken, memory_order_relaxed))
		atomic_exchange(&io->door.woken, false);
}
