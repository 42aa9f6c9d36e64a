/* An answer of control's API that comes in pieces and need not end.
 *
 * - Blocking, with a deadline for each read. One thread.
 * - Chunked, of a stated length, or until the peer closes; all three by the strict parser that the
 *   gateway uses. Trailers are refused: the API sends none.
 * - Errors as those of http_client.h. */
#ifndef SL_TOOLS_HTTP_STREAM_H
#define SL_TOOLS_HTTP_STREAM_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct sl_http_stream;

/* Asks, and reads the head. */
int sl_http_stream_open(const char *address, const char *target, int64_t timeout_ms,
			struct sl_http_stream **ret_stream);
/* The same over what is connected already, and asked; takes the descriptor over, also where it
 * fails. */
int sl_http_stream_on(int fd, int64_t timeout_ms, struct sl_http_stream **ret_stream);
void sl_http_stream_close(struct sl_http_stream *stream); /* takes NULL */

unsigned sl_http_stream_status(const struct sl_http_stream *stream);

/* Bytes, 0 at the end, -ETIMEDOUT where there was nothing so long, another negative error. */
ssize_t sl_http_stream_read(struct sl_http_stream *stream, char *at, size_t room,
			    int64_t timeout_ms);

#endif
