/* As little as can be done with a stream of bytes so that its messages are known.
 *
 * One stream a connection, one thread. It believes what it is sent: this is a floor for
 * measurements over loopback, no server. -1 where the bytes cannot be what was announced. */
#ifndef SL_PERF_FLOOR_STREAM_H
#define SL_PERF_FLOOR_STREAM_H

#include "simdjson_floor.h"

#include <stddef.h>
#include <stdint.h>

#define SL_PERF_CARRY_BYTES 65536u

struct sl_perf_stream {
	uint64_t body_left; /* HTTP */
	uint8_t *carry;     /* the head or line that began in an earlier buffer; NULL: none yet */
	size_t carried;
};

void sl_perf_stream_fini(struct sl_perf_stream *stream);

/* HTTP requests that end in these bytes; of a head only its Content-Length is looked for. */
int64_t sl_perf_take_requests(struct sl_perf_stream *stream, const uint8_t *at, size_t bytes);

/* Lines that end in these bytes, each read by simdjson. SL_PERF_PADDING bytes behind them may be
 * read. */
int64_t sl_perf_take_lines(struct sl_perf_stream *stream, struct sl_perf_reader *reader,
			   const uint8_t *at, size_t bytes);

#endif
