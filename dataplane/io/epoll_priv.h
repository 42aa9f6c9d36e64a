/* The epoll backend's own: for where io_uring is refused. */
#ifndef SL_IO_EPOLL_PRIV_H
#define SL_IO_EPOLL_PRIV_H

#include "io/socket_priv.h"

/* What an event is of, in the upper half of its data; below it the index. */
enum epoll_kind { EPOLL_CONNECTION, EPOLL_LISTENER, EPOLL_WAKE, EPOLL_TICK };

struct epoll {
	struct sl_io io; /* first: the door's handle is a pointer to it */
	int fd;
	int timer_fd;
	bool ticking;
	bool room_made; /* in this wait: somebody may be waiting for room, so do not sleep */
	uint8_t *pool;
	size_t pool_map_bytes;
	size_t stride;
	struct sl_io_door_state doors[UINT8_MAX + 1];
};

static inline struct epoll *epoll_of(struct sl_io *io)
{
	return (struct epoll *)io;
}

static inline uint64_t epoll_name(enum epoll_kind kind, uint32_t index)
{
	return (uint64_t)kind << 32 | index;
}

/* epoll.c */
int sl_io_epoll_wait(struct sl_io *io, struct sl_io_burst *burst, int64_t timeout_ns);

/* epoll_datagrams.c */
void sl_io_epoll_datagrams(struct epoll *epoll, uint32_t index);

/* epoll_accept.c */
void sl_io_epoll_accept_settle(struct epoll *epoll);
void sl_io_epoll_accept(struct epoll *epoll, unsigned listener);

#endif
