/* The io_uring backend's own: the ring, its operations under way, and their names in user_data. */
#ifndef SL_IO_URING_PRIV_H
#define SL_IO_URING_PRIV_H

#include "io/datagram_priv.h"

#include <liburing.h>

/* The first byte of an operation's user_data; what follows depends on it. */
enum uring_kind {
	URING_RECV = 1,      /* connection */
	URING_SEND,          /* connection */
	URING_CANCEL,        /* connection */
	URING_ACCEPT,        /* listener */
	URING_ACCEPT_CANCEL, /* listener */
	URING_HAND,          /* ours, done or refused: member, listener, socket */
	URING_HANDED,        /* another member's: listener; the result is the socket */
	URING_WAKE,
	URING_TICK,
};

struct uring {
	struct sl_io io; /* first: the door's handle is a pointer to it */
	struct io_uring ring;
	struct io_uring_buf_ring *given;
	size_t given_map_bytes;
	int given_mask;
	uint32_t n_given; /* buffers the kernel has */
	uint8_t *pool;
	size_t pool_map_bytes;
	size_t stride;
	struct msghdr datagram; /* what is wanted of each: room for control data */
	struct sl_io_door_state doors[UINT8_MAX + 1];
	struct __kernel_timespec tick;
	uint64_t woken_count; /* what a read of the event descriptor writes; not used */
	uint32_t handing;     /* sockets on their way to other members */
	bool wake_armed;
	bool tick_armed;
	bool no_msg_ring; /* this kernel does not send to rings like ours */
	bool closing;
};

static inline struct uring *uring_of(struct sl_io *io)
{
	return (struct uring *)io;
}

static inline uint64_t uring_name(enum uring_kind kind, uint64_t rest)
{
	return (uint64_t)kind << 56 | rest;
}

/* uring.c */
int sl_io_uring_wait(struct sl_io *io, struct sl_io_burst *burst, int64_t timeout_ns);
bool sl_io_uring_settle(struct uring *uring); /* false: not all found room in the ring */
void sl_io_uring_reap(struct uring *uring);

/* uring_datagrams.c */
#define SL_IO_URING_DATAGRAM_HEAD (sizeof(struct io_uring_recvmsg_out) + SL_IO_DATAGRAM_CONTROL)
void sl_io_uring_datagrams_arm(struct uring *uring, struct io_uring_sqe *sqe, uint32_t index);
void sl_io_uring_datagram(struct uring *uring, uint32_t index, uint32_t buffer, int result);

/* uring_accept.c */
bool sl_io_uring_accept_settle(struct uring *uring);
void sl_io_uring_on_accept(struct uring *uring, unsigned listener, int result, unsigned flags);
void sl_io_uring_on_hand(struct uring *uring, uint64_t name, int result);
void sl_io_uring_on_handed(struct uring *uring, unsigned listener, int fd);
void sl_io_uring_accepting(struct sl_io *io, bool on);

/* uring_setup.c. 0, or the errno with which this kernel refuses what the backend needs. */
int sl_io_uring_probe(void);

#endif
