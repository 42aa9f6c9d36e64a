/* The backend without hardware: tests, micro-benchmarks and replay put bytes in and take replies
 * out. One thread does both, so every run is the same.
 *
 * - wait() never waits, whatever its time-out, and wake() does nothing.
 * - A connection that was shut after its output has gone when the output has been taken; a
 *   connection that has gone is not to be asked about once its index is in use again. */
#ifndef SL_IO_MEM_H
#define SL_IO_MEM_H

#include "io/io.h"

/* Opens a connection of a listener; its index, -SL_E_LIMIT, or -EAGAIN while not accepting. */
int sl_io_mem_connect(struct sl_io *io, unsigned listener);

/* Queues bytes, which must stay until delivered and released, with SL_SPAN_PADDING behind them.
 * 0, -SL_E_FULL where all buffers are out (also the backend's `buffers` count), or -EPIPE once the
 * connection is closed or its peer has ended. stamp_ns 0: none. */
int sl_io_mem_feed(struct sl_io *io, unsigned connection, const void *at, size_t n,
		   int64_t stamp_ns);

/* The same with datagrams of a listener of UDP, of datagram_bytes each but the last (0: one, which
 * may be empty). Which other backends open by themselves is opened here by connect(). */
int sl_io_mem_feed_datagrams(struct sl_io *io, unsigned connection, struct sl_span bytes,
			     uint32_t datagram_bytes, bool truncated);
void sl_io_mem_drop(struct sl_io *io, unsigned connection, uint32_t datagrams);

/* The peer closes: half (it still reads) or whole. */
void sl_io_mem_end(struct sl_io *io, unsigned connection, bool whole);

/* Takes what was sent to the connection: copied, at most n bytes; returns how many. */
size_t sl_io_mem_take(struct sl_io *io, unsigned connection, void *ret_at, size_t n);

bool sl_io_mem_closed(struct sl_io *io, unsigned connection);

#endif
