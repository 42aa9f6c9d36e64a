/* frame: bytes of a stream become messages.
 *
 * Contract of both framers. feed() takes bytes that stay valid until the message it returns is
 * done with; it returns how many it consumed (all of them, unless it gives a message) and fills
 * ret_message; kind SL_MESSAGE_NONE says that more bytes are needed. The caller feeds the rest
 * again until nothing is left. A message's spans live until the next feed() of that framer or
 * until the fed bytes go, whichever is first; SL_SPAN_PADDING bytes behind `body` may be read.
 * What arrives in pieces is assembled in memory of a fixed arena, shared by a worker's
 * connections; where that is used up the message is SL_MESSAGE_BAD with status 503.
 * No clock: time-outs are asked with sl_http_framer_overdue(). No allocation. */
#ifndef SL_FRAME_H
#define SL_FRAME_H

#include "base/clock.h"
#include "base/http1.h"
#include "base/span.h"
#include "base/trace.h"

#include <stdbool.h>
#include <stdint.h>

/* ---- the arena: a buddy allocator over memory taken at start -------------------------------- */

struct sl_assembly;

int sl_assembly_new(size_t bytes, struct sl_assembly **ret_assembly);
void sl_assembly_free(struct sl_assembly *assembly); /* takes NULL */
/* At least `bytes`, in truth ret_bytes; NULL: used up. */
void *sl_assembly_take(struct sl_assembly *assembly, size_t bytes, size_t *ret_bytes);
void sl_assembly_give(struct sl_assembly *assembly, void *at); /* takes NULL */
size_t sl_assembly_used(const struct sl_assembly *assembly);

/* ---- messages ------------------------------------------------------------------------------- */

enum sl_message_kind {
	SL_MESSAGE_NONE = 0,
	SL_MESSAGE_REQUEST = 1,  /* HTTP, complete with its body */
	SL_MESSAGE_CONTINUE = 2, /* the peer waits for 100 Continue; feed on after sending it */
	SL_MESSAGE_LINE = 3,
	SL_MESSAGE_BAD =
		4, /* answer `status` and close (HTTP); a line above the limit (TCP, 413) or
		    * without room (503): the rest of it is passed over, the stream
		    * goes on behind it */
};

enum sl_route { SL_ROUTE_OTHER = 0, SL_ROUTE_EVENTS = 1, SL_ROUTE_HEALTH = 2 };
enum sl_content { SL_CONTENT_OTHER = 0, SL_CONTENT_JSON = 1, SL_CONTENT_NDJSON = 2 };

struct sl_message {
	enum sl_message_kind kind;
	unsigned status;     /* of BAD */
	const char *detail;  /* of BAD: a sentence, static */
	struct sl_span body; /* chunk framing removed; of a line: without its end; of a BAD line: as
			      * much of its begin as is at hand */
	/* HTTP only */
	enum sl_route route;
	enum sl_content content;
	bool is_get, is_head, is_post;
	bool keep_alive;
	uint8_t trace_bytes;        /* 0, or all of them */
	char trace[SL_TRACE_BYTES]; /* of a valid traceparent */
};

/* ---- HTTP ----------------------------------------------------------------------------------- */

struct sl_http_framer_limits {
	struct sl_http_limits http;
	int64_t header_ns; /* from the first byte to the last header */
	int64_t body_ns;   /* from there to the end of the body */
	int64_t idle_ns;   /* between requests */
};

enum sl_http_phase {
	SL_HTTP_IDLE = 0, /* between requests */
	SL_HTTP_HEADER,
	SL_HTTP_BODY,  /* of a known length */
	SL_HTTP_CHUNK, /* its size line */
	SL_HTTP_CHUNK_DATA,
	SL_HTTP_CHUNK_END,
	SL_HTTP_TRAILER,
	SL_HTTP_DEAD, /* after BAD: what comes is swallowed */
};

struct sl_http_framer {
	const struct sl_http_framer_limits *limits;
	struct sl_assembly *assembly;
	uint8_t *held; /* from the arena: what has been assembled */
	size_t held_bytes, held_room;
	size_t pending_bytes;  /* behind those: the begin of a head or chunk line */
	struct sl_span direct; /* the body so far, still in the fed bytes; empty between feeds */
	struct sl_message message; /* under way: head parsed, body not */
	uint64_t body_left;        /* of the body or chunk */
	uint64_t overhead_bytes;   /* chunk framing of this body */
	int64_t since_ns;          /* monotonic: begin of the phase that is timed */
	enum sl_http_phase phase;
};

void sl_http_framer_init(struct sl_http_framer *framer, const struct sl_http_framer_limits *limits,
			 struct sl_assembly *assembly, int64_t now_ns);
void sl_http_framer_fini(struct sl_http_framer *framer); /* gives its memory back */
size_t sl_http_framer_feed(struct sl_http_framer *framer, struct sl_span bytes, int64_t now_ns,
			   struct sl_message *ret_message);

/* Whether its time is up: 0 no; 408 in the middle of a request; 1 idle for too long, just close. */
unsigned sl_http_framer_overdue(const struct sl_http_framer *framer, int64_t now_ns);

/* A whole reply: status line, headers, body. Returns its bytes, 0 where it does not fit.
 * retry_after_s 0: no such header. */
size_t sl_http_reply(char *at, size_t room, unsigned status, const char *content_type,
		     struct sl_span body, bool keep_alive, bool head_only, unsigned retry_after_s);

/* The same for 405, which must name the methods that the path takes: "POST", "GET, HEAD". */
size_t sl_http_reply_405(char *at, size_t room, const char *allow, const char *content_type,
			 struct sl_span body, bool keep_alive, bool head_only);

/* ---- lines ---------------------------------------------------------------------------------- */

struct sl_line_framer {
	struct sl_assembly *assembly;
	size_t line_bytes_max;
	uint8_t *held;
	size_t held_bytes, held_room;
	int64_t since_ns;
	bool passing_over; /* in a line above the limit */
};

void sl_line_framer_init(struct sl_line_framer *framer, size_t line_bytes_max,
			 struct sl_assembly *assembly, int64_t now_ns);
void sl_line_framer_fini(struct sl_line_framer *framer);
size_t sl_line_framer_feed(struct sl_line_framer *framer, struct sl_span bytes, int64_t now_ns,
			   struct sl_message *ret_message);

/* ---- the events of a body ------------------------------------------------------------------- */

/* Cuts a body into the texts of single events, without judging them: one object, the elements of
 * an array, or lines. What cannot be cut (brackets that do not pair, a comma missing or too many,
 * bytes behind the end) comes out as one `broken` text up to the end of the body: it is malformed
 * as a whole, even where a part of it could be read alone; don't decode it. Blank lines of NDJSON
 * are no events; a JSON body without a value is one broken text, and [] holds none. Cost: one pass,
 * 64 bytes at a time. SL_SPAN_PADDING as the body had: the splitter itself reads up to 63 bytes of
 * it. */
struct sl_splitter {
	struct sl_span body;
	size_t at;
	uint8_t state;
	bool lines;
};

struct sl_piece {
	struct sl_span text;
	size_t offset; /* in the body */
	bool broken;
};

void sl_splitter_init(struct sl_splitter *splitter, struct sl_span body, enum sl_content content);
/* False: none left. */
bool sl_splitter_next(struct sl_splitter *splitter, struct sl_piece *ret_piece);

#endif
