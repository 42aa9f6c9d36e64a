/* io: bytes in bursts, whatever brings them.
 *
 * - One struct sl_io per worker, opened, used and closed by that worker's thread; only wake() may
 *   be called by others. All memory is taken at open.
 * - A burst's bytes are valid until release(). Behind every span SL_SPAN_PADDING bytes may be
 *   read (their contents mean nothing). A worker that must wait keeps its burst and calls wait()
 *   with no burst: output goes on and wakes arrive, what else comes is kept inside, bounded by the
 *   receive buffers.
 * - A connection is an index below `connections`, used again after SL_IO_CLOSED was delivered and
 *   released; to name it while it is not in use is a mistake and stops the program. After shut()
 *   no more DATA of it is delivered, but CLOSED is, once.
 * - Nothing here reads a clock. An item's time stamp is 0 unless the kernel or card gave one.
 * - send() copies. It refuses (-SL_E_FULL) rather than grow: the caller asks room() first, for at
 *   most half of output_bytes. Who was refused is told by a ROOM of that connection, paused or
 *   not, once its output is no fuller than half; wait() returns for it also without a burst. Bytes
 * leave with the next wait(). To a connection that is breaking there is no room, and send() says
 * -EPIPE; its CLOSED is on the way.
 * - One burst is out at a time: the next wait() with a burst comes after release() of the last.
 * - ENDED is all a socket says when its peer is done, half or whole: the worker answers what is
 *   left and calls shut(). After shut(…, true) a peer that takes nothing for 10 s is cut off; once
 *   all is out, it has 2 s and 256 KiB to end its side, so that no reset overtakes the last reply.
 * - pause() holds back what is inside as well, and what stands behind it; CLOSED too. What is
 *   held is copied out of the receive buffers, so that others can be served; there is as much
 *   room for that again as in all receive buffers. No connection is read further while an eighth
 *   of the buffers hold bytes of it not yet delivered (io_uring: as soon as its cancel arrives).
 * - close() of a group's members comes after the last wait() and wake() of all of them: they send
 *   each other sockets.
 * - A listener of UDP is a connection of every worker, with a socket of its own, OPENED once and
 *   CLOSED when it was shut. Each DATA of it is a datagram, which may be empty, or several of one
 *   sender (see datagram_bytes); it is not paused and nothing is sent to it. DROPPED tells what the
 *   kernel had no room for, a tenth of a second late at most.
 *   With udp_gro the kernel counts those that it drops together as one.
 * - Errors of one connection close that connection; wait() fails only where the backend itself
 *   cannot go on. */
#ifndef SL_IO_H
#define SL_IO_H

#include "base/span.h"
#include "sluice/artifact.h"
#include "sluice/stats.h"

#include <stdbool.h>
#include <stdint.h>

#define SL_IO_BURST_MAX 64u
#define SL_IO_WORKERS_MAX 64u

enum sl_io_kind {
	SL_IO_OPENED = 1, /* a new connection */
	SL_IO_DATA = 2,
	SL_IO_CLOSED = 3, /* gone, by whichever side; the index is free after release */
	SL_IO_ENDED = 4,  /* the peer sends no more, but may still read: half closed */
	SL_IO_ROOM = 5,   /* its output was fuller than half and is not any more */
	SL_IO_DROPPED = 6,
};

struct sl_io_item {
	uint8_t kind;
	uint8_t listener;        /* index into the configuration's listeners */
	uint8_t received_source; /* enum sl_clock_source; 0: none */
	bool truncated;          /* a datagram: its end did not fit into a buffer */
	uint32_t connection;
	struct sl_span bytes;
	int64_t received_ns;
	uint32_t datagram_bytes; /* UDP: of each datagram in `bytes` but the last; 0: it is one */
	uint32_t dropped;        /* datagrams since the last DROPPED */
};

struct sl_io_burst {
	unsigned n;
	struct sl_io_item items[SL_IO_BURST_MAX];
};

struct sl_io_listener {
	int fd; /* listening, or bound (UDP), non-blocking; the caller's; -1: none, it is on wires
		 */
	uint8_t protocol;
};

static inline bool sl_io_accepts(const struct sl_io_listener *listener)
{
	return listener->fd >= 0 && listener->protocol != SL_PROTOCOL_UDP;
}

static inline bool sl_io_takes_datagrams(const struct sl_io_listener *listener)
{
	return listener->fd >= 0 && listener->protocol == SL_PROTOCOL_UDP;
}

struct sl_io;
struct sl_io_ops;

/* What the workers' backends share: who is there and how loaded, for the least loaded gets the
 * next connection. Filled as workers open; lives as long as the last. The caller sets ops and n. */
struct sl_io_group {
	const struct sl_io_ops *ops;
	unsigned n;
	_Atomic(struct sl_io *) members[SL_IO_WORKERS_MAX];
	_Atomic uint32_t connections[SL_IO_WORKERS_MAX]; /* open or on their way */
};

struct sl_io_config {
	struct sl_io_group *group;
	unsigned worker; /* index in the group; worker 0 accepts for all */
	const struct sl_io_listener
		*listeners; /* the caller's, while open; the same for all workers */
	unsigned n_listeners;
	uint32_t connections;
	uint32_t buffers; /* at most 32768 */
	uint32_t buffer_bytes;
	uint32_t output_bytes;         /* of one connection */
	bool udp_gro;                  /* where the kernel has it and the buffers hold it */
	struct sl_stats_worker *stats; /* bytes_out, connections_refused and buffers_exhausted here;
				  the rest is counted by who handles the items */
};

struct sl_io_ops {
	const char *name;
	/* 0 or -SL_E_NOT_OFFERED where the kernel refuses it, or another error. Worker's thread. */
	int (*open)(const struct sl_io_config *config, struct sl_io **ret_io);
	void (*close)(struct sl_io *io); /* closes every connection; takes NULL */
	/* Fills the burst, waiting at most timeout_ns (0: do not wait, < 0: until something comes
	 * or wake). burst may be NULL. Returns 0 or an error. */
	int (*wait)(struct sl_io *io, struct sl_io_burst *burst, int64_t timeout_ns);
	void (*release)(struct sl_io *io, struct sl_io_burst *burst);
	size_t (*room)(struct sl_io *io, uint32_t connection);
	int (*send)(struct sl_io *io, uint32_t connection, const void *at, size_t n);
	void (*shut)(struct sl_io *io, uint32_t connection, bool after_output); /* false: at once */
	void (*pause)(struct sl_io *io, uint32_t connection, bool paused);      /* reading */
	void (*accepting)(struct sl_io *io, bool on); /* false: the listening sockets rest */
	void (*wake)(struct sl_io *io); /* any thread; cheap where the worker is awake */
};

extern const struct sl_io_ops sl_io_uring;
extern const struct sl_io_ops sl_io_epoll;
extern const struct sl_io_ops sl_io_mem;

/* The backend of that name, or NULL. "auto" is uring where this kernel gives it to this process,
 * else epoll. ret_refused: the errno with which io_uring is refused to who asked for it, else 0. */
const struct sl_io_ops *sl_io_choose(const char *name, int *ret_refused);

/* A listening socket for a channel, or a bound one (UDP), which no other process shares. 0 and the
 * socket with its real port, or -errno. */
int sl_io_listen(const struct sl_channel *channel, int *ret_fd, uint16_t *ret_port);

/* The member with the fewest connections, its count already raised by one; -1: all are full. */
int sl_io_group_least(struct sl_io_group *group, uint32_t connections_max);

#endif
