/* One HTTP/1.1 request to control's API, and its answer.
 *
 * - Blocking, with a deadline for the whole exchange; a connection of its own each time.
 * - The answer is bounded (SL_HTTP_CLIENT_BODY_MAX) and checked by the same strict parser that the
 *   gateway uses; chunked answers are refused: those that the API sends (GET /v1/tail) are for
 *   http_stream.h.
 * - To HOST:PORT it shows the token that the file named by $SLUICE_API_TOKEN_FILE begins with,
 *   where that is set; -EACCES: that file cannot be read.
 * - Errors: -errno, -ETIMEDOUT, -SL_E_PEER for what is not HTTP, -EINVAL for an address that is
 *   neither unix:PATH nor HOST:PORT. ret_answer is untouched on failure. */
#ifndef SL_TOOLS_HTTP_CLIENT_H
#define SL_TOOLS_HTTP_CLIENT_H

#include <stddef.h>
#include <stdint.h>

#define SL_HTTP_CLIENT_BODY_MAX (64u << 20)

struct sl_http_answer {
	unsigned status;
	char *body; /* terminated; the caller's to free() */
	size_t body_bytes;
};

/* body NULL: none; else it is JSON. */
int sl_http_client_call(const char *address, const char *method, const char *target,
			const char *body, size_t body_bytes, int64_t timeout_ms,
			struct sl_http_answer *ret_answer);

/* ---- for answers that have no end: http_stream.h --------------------------------------------- */

#define SL_HTTP_CLIENT_TARGET_MAX 8192u

/* Connects and sends; the answer is the caller's to read, and the descriptor to close. */
int sl_http_client_ask(const char *address, const char *method, const char *target,
		       const char *body, size_t body_bytes, int64_t deadline_ns, int *ret_fd);

/* Until the descriptor is ready: 0, -ETIMEDOUT or -errno. */
int sl_http_client_wait(int fd, short events, int64_t deadline_ns);

#endif
