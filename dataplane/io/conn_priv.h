/* Connections, receive buffers and output: what every backend keeps, whatever brings the bytes.
 *
 * One thread, that of the worker, but for the fields of struct sl_io_door. Everything is taken at
 * sl_io_conns_init(); nothing here calls the system or reads a clock.
 *
 * A backend tells what happened (opened, data, ended, lost, gone); this file keeps it, per
 * connection and in order, until a burst takes it. What a backend must do next for a connection is
 * never said by a call but found out: whatever changes a connection puts it on the `todo` list,
 * and the backend looks at each connection there once per wait and brings the kernel's state in
 * line with it. So no operation is ever lost for want of room in a queue. */
#ifndef SL_IO_CONN_PRIV_H
#define SL_IO_CONN_PRIV_H

#include "base/ring.h"
#include "io/io.h"

#define SL_IO_NONE UINT32_MAX

#define SL_IO_TICK_NS 100000000ll /* of the backend's timer, which runs only while needed */
#define SL_IO_LINGER_TICKS 20u    /* 2 s for the peer to end its side */
#define SL_IO_DRAIN_TICKS 100u    /* 10 s in which it takes nothing of the last output */
#define SL_IO_LINGER_BYTES (256u << 10)
#define SL_IO_BACK_OFF_TICKS 2u /* at least one whole tick */

enum sl_io_flag {
	SL_IO_USED = 1u << 0,
	SL_IO_OPENED_DUE = 1u << 1, /* items the next bursts bring, in this order, data second */
	SL_IO_ENDED_DUE = 1u << 2,
	SL_IO_CLOSED_DUE = 1u << 3,
	SL_IO_PAUSED = 1u << 4,
	SL_IO_SHUT = 1u << 5, /* the worker let go of it: input is discarded */
	SL_IO_INPUT_ENDED = 1u << 6,
	SL_IO_LINGERING = 1u << 7, /* our side is finished, the peer's is awaited */
	SL_IO_LOST = 1u << 8,      /* to be closed as soon as nothing is under way */
	SL_IO_GONE = 1u << 9,      /* closed; CLOSED is due or delivered */
	SL_IO_RECV = 1u << 10,     /* the backend's: under way in the kernel, or registered */
	SL_IO_SEND = 1u << 11,
	SL_IO_CANCEL = 1u << 12,
	SL_IO_BLOCKED = 1u << 13, /* the socket takes no more output now */
	SL_IO_ROOM_DUE = 1u << 14,
	SL_IO_DATAGRAMS = 1u << 15, /* of a listener of UDP, from open to close */
};

struct sl_io_conn {
	int fd;
	uint32_t flags;
	uint32_t first; /* received and not delivered: a chain of buffers */
	uint32_t last;
	uint32_t chained;
	uint32_t out_at; /* of the first byte not yet sent, in the connection's output */
	uint32_t out_bytes;
	uint32_t linger_bytes;
	uint32_t events;         /* epoll: what is registered */
	uint32_t dropped;        /* by the kernel, not yet told */
	uint32_t dropped_before; /* the kernel's own count, which wraps */
	uint8_t linger_ticks;
	uint8_t listener;
};

/* A queue of connection indices in which each stands once. */
struct sl_io_list {
	uint32_t *next;
	uint32_t head;
	uint32_t tail;
};

struct sl_io_buffer {
	const uint8_t *at;
	int64_t stamp_ns;
	uint32_t bytes;
	uint32_t next;
	uint32_t datagram_bytes;
	bool truncated;
};

/* The part other threads touch. */
struct sl_io_door {
	_Alignas(64) atomic_bool woken; /* set by others, cleared by the worker */
	atomic_bool sleeping;           /* set by the worker, cleared by who wakes it */
	int event_fd;                   /* -1: this backend never sleeps */
	struct sl_ring handed;          /* accepted sockets, from worker 0 */
	void **handed_slots;
};

struct sl_io {
	struct sl_io_config config;
	struct sl_io_conn *conns;
	uint32_t *free_conns;
	uint32_t n_free_conns;
	struct sl_io_buffer *buffers; /* receive buffers, then as many to spill into */
	uint32_t *free_buffers;
	uint32_t n_free_buffers;
	uint32_t *free_spills;
	uint32_t n_free_spills; /* 0 for ever where the backend has no spill_open() */
	uint8_t *spill;
	size_t spill_stride;
	size_t spill_map_bytes;
	uint32_t n_datagram_sockets;
	uint32_t share; /* undelivered buffers above which a connection is not read */
	struct sl_io_list ready;
	struct sl_io_list todo;
	struct sl_io_list starved;   /* would read, but found no buffer */
	struct sl_io_list lingering; /* shut, and given some time */
	uint8_t *output;             /* output_bytes for each connection */
	size_t output_map_bytes;
	uint32_t *links;
	const struct sl_io_burst *lent;
	uint32_t lent_buffers[SL_IO_BURST_MAX];
	bool accepting;
	uint8_t stamp_source; /* enum sl_clock_source of this backend's stamps */
	struct sl_io_door door;
};

/* conn_setup.c. 0 or -ENOMEM; init leaves nothing behind on failure. */
int sl_io_conns_init(struct sl_io *io, const struct sl_io_config *config);
void sl_io_conns_fini(struct sl_io *io);

/* Memory for receive buffers, SL_SPAN_PADDING behind each. NULL: none. */
uint8_t *sl_io_pool_map(const struct sl_io_config *config, size_t *ret_stride, size_t *ret_bytes);

/* spill.c. A paused connection must not sit on receive buffers that others need: what it holds is
 * copied out of them, as far as there is room. */
int sl_io_spill_open(struct sl_io *io);
void sl_io_spill(struct sl_io *io, uint32_t index);

/* What a backend tells. */
uint32_t sl_io_conn_opened(struct sl_io *io, int fd, unsigned listener); /* SL_IO_NONE: no room */
void sl_io_conn_data(struct sl_io *io, uint32_t index, uint32_t buffer, const uint8_t *at, size_t n,
		     int64_t stamp_ns);
/* The same with all that is known of the bytes: but for `next`. */
void sl_io_conn_received(struct sl_io *io, uint32_t index, uint32_t buffer,
			 const struct sl_io_buffer *received);
void sl_io_conn_dropped(struct sl_io *io, uint32_t index, uint32_t datagrams);
void sl_io_conn_ended(struct sl_io *io, uint32_t index);
void sl_io_conn_lost(struct sl_io *io, uint32_t index); /* broken, or not wanted any more */
void sl_io_conn_gone(struct sl_io *io, uint32_t index); /* closed: nothing of it is under way */
void sl_io_conn_linger(struct sl_io *io, uint32_t index);
bool sl_io_tick(struct sl_io *io); /* whether the timer is needed on */

/* Whether the connection is to be read now; a buffer for it is another matter. */
bool sl_io_conn_wants_input(const struct sl_io *io, uint32_t index);

void sl_io_buffer_free(struct sl_io *io, uint32_t buffer);
void sl_io_conn_chain(struct sl_io *io, uint32_t index, uint32_t buffer);

/* Bursts. */
void sl_io_deliver(struct sl_io *io, struct sl_io_burst *burst);
void sl_io_burst_release(struct sl_io *io, struct sl_io_burst *burst);
bool sl_io_burst_waiting(const struct sl_io *io);

/* output.c: the longest run without a wrap, and how much of it went. */
struct sl_span sl_io_output_run(const struct sl_io *io, uint32_t index);
void sl_io_output_sent(struct sl_io *io, uint32_t index, size_t n);

/* Operations that are the same for every backend. */
size_t sl_io_conn_room(struct sl_io *io, uint32_t index);
int sl_io_conn_send(struct sl_io *io, uint32_t index, const void *at, size_t n);
void sl_io_conn_shut(struct sl_io *io, uint32_t index, bool after_output);
void sl_io_conn_pause(struct sl_io *io, uint32_t index, bool paused);

/* Using an index that is not in use is a mistake of ours, never of a peer's. */
static inline struct sl_io_conn *sl_io_conn_at(const struct sl_io *io, uint32_t index)
{
	assert(index < io->config.connections);
	assert(io->conns[index].flags & SL_IO_USED);
	return &io->conns[index];
}

/* Undelivered buffers at which it is not read further: datagrams stand one in a buffer each. */
static inline uint32_t sl_io_conn_share(const struct sl_io *io, const struct sl_io_conn *conn)
{
	return conn->flags & SL_IO_DATAGRAMS ? (io->config.buffers + 1) / 2 : io->share;
}

static inline bool sl_io_list_has(const struct sl_io_list *list, uint32_t index)
{
	return list->next[index] != SL_IO_NONE;
}

/* Behind the last stands its own index, so that NONE can mean "not in the list". */
static inline void sl_io_list_push(struct sl_io_list *list, uint32_t index)
{
	if (sl_io_list_has(list, index))
		return;
	list->next[index] = index;
	if (list->head == SL_IO_NONE)
		list->head = index;
	else
		list->next[list->tail] = index;
	list->tail = index;
}

/* SL_IO_NONE: empty. */
static inline uint32_t sl_io_list_pop(struct sl_io_list *list)
{
	uint32_t index = list->head;

	if (index == SL_IO_NONE)
		return SL_IO_NONE;
	list->head = list->next[index] == index ? SL_IO_NONE : list->next[index];
	list->next[index] = SL_IO_NONE;
	return index;
}

#endif
