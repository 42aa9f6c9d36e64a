/* HTTP/1.1 messages, strictly: the one parser of both processes and of the tools.
 *
 * Every parser returns n > 0 (bytes consumed), 0 (more needed), or a negative HTTP status (-400,
 * -413, -417, -431, -501); with 0 or a status what ret_… holds means nothing. Results point into
 * the caller's bytes. No allocation, no state: with 0 the caller calls again with more bytes from
 * the same start, and bounds how often by its own limits. A status is final: the shortest prefix
 * that deserves it gets it, and so does everything that begins so. Where HTTP lets a server repair
 * or refuse, it refuses. */
#ifndef SL_BASE_HTTP1_H
#define SL_BASE_HTTP1_H

#include "base/span.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define SL_HTTP_HEADERS_MAX 64u

struct sl_http_header {
	struct sl_span name;  /* as sent; compare with sl_http_name_is() */
	struct sl_span value; /* without white space around it */
};

struct sl_http_limits {
	size_t header_bytes; /* first line and headers; more is -431 */
	unsigned headers;    /* at most SL_HTTP_HEADERS_MAX; more is -431 */
	uint64_t body_bytes; /* more is -413 */
};

struct sl_http_request {
	struct sl_span method;
	struct sl_span target;
	struct sl_span path; /* of the target, up to '?'; empty where an absolute target has none */
	struct sl_span query;
	struct sl_span host;         /* may be empty in HTTP/1.0 */
	struct sl_span content_type; /* without parameters */
	unsigned minor;              /* of HTTP/1.x */
	bool keep_alive;
	bool expect_continue;
	bool chunked;
	bool has_length;
	uint64_t content_length;
	unsigned n_headers;
	struct sl_http_header headers[SL_HTTP_HEADERS_MAX];
};

struct sl_http_response {
	unsigned status;
	unsigned minor;
	bool keep_alive;
	bool chunked;
	bool has_length;
	uint64_t content_length;
	unsigned n_headers;
	struct sl_http_header headers[SL_HTTP_HEADERS_MAX];
};

ssize_t sl_http1_request(const void *at, size_t n, const struct sl_http_limits *limits,
			 struct sl_http_request *ret_request);
ssize_t sl_http1_response(const void *at, size_t n, const struct sl_http_limits *limits,
			  struct sl_http_response *ret_response);

/* One chunk's size line: extensions of at most 256 bytes are passed over. The chunk's bytes and
 * their CRLF follow; after a size of 0 come trailers. */
ssize_t sl_http1_chunk(const void *at, size_t n, uint64_t *ret_bytes);

/* CRLF behind a chunk's bytes. */
ssize_t sl_http1_chunk_end(const void *at, size_t n);

/* The trailer section, the empty line included; fields in it are checked and dropped. */
ssize_t sl_http1_trailers(const void *at, size_t n, const struct sl_http_limits *limits);

bool sl_http_name_is(struct sl_span name, const char *lower); /* whatever the case */
const struct sl_http_header *sl_http_find(const struct sl_http_header *headers, unsigned n,
					  const char *lower);

/* "OK", "Bad Request", …; "Unknown" for others. */
const char *sl_http_phrase(unsigned status);

#endif
