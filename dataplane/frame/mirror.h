/* frame: HTTP out of both directions of a mirrored connection, read without taking part in it.
 *
 * - One thread. sl_mirror_new() takes all memory; a connection's struct is the caller's, zero at
 *   first, given back with sl_mirror_conn_fini(). What finds no room is lost and counted.
 * - Nothing is answered, so nothing can be refused: what the strict parser does not take is counted
 *   as refused, and what comes behind it is looked for anew.
 * - A gap loses the messages that it touches and no others: inside a body of known length the next
 *   message's place is known; elsewhere reading goes on at the next request that begins with a
 *   piece, a line or behind a closing brace. A body behind a gap may hold text that looks like one.
 * - A request comes out when it is complete and its reply has begun; with status 0 where the reply
 *   was lost, is not awaited any longer, or never came. Requests of one connection come in order.
 * - Behind a hole that was waited for requests come late, when their replies have passed: these
 *   have no status (0), so that no other gets a wrong one.
 * - What sl_mirror_next() gives lives until the next call with the same mirror. SL_SPAN_PADDING
 *   bytes behind the body may be read. */
#ifndef SL_FRAME_MIRROR_H
#define SL_FRAME_MIRROR_H

#include "frame/frame.h"

struct sl_mirror_limits {
	size_t arena_bytes;
	size_t header_bytes;
	size_t body_bytes; /* kept of a body; the rest is counted */
	uint32_t pending;  /* requests of one connection that wait for their replies */
};

struct sl_mirror_counts {
	uint64_t requests; /* complete, handed out */
	uint64_t replies;
	uint64_t lost;    /* requests of which a part was missing */
	uint64_t refused; /* requests and replies that are no HTTP/1.1 to us */
	uint64_t no_room; /* requests lost for want of memory */
};

enum sl_mirror_phase {
	SL_MIRROR_BEGIN = 0, /* nothing seen: HTTP, or another protocol */
	SL_MIRROR_SEEK,      /* somewhere in a stream: a message is looked for */
	SL_MIRROR_HEAD,
	SL_MIRROR_BODY, /* of a known length */
	SL_MIRROR_CHUNK,
	SL_MIRROR_CHUNK_DATA,
	SL_MIRROR_CHUNK_END,
	SL_MIRROR_TRAILER,
	SL_MIRROR_UNTIL_END, /* a reply without a length */
	SL_MIRROR_OTHER,     /* another protocol */
};

struct sl_mirror_pending;

struct sl_mirror_side {
	uint8_t phase; /* enum sl_mirror_phase */
	bool found;    /* the message was found by looking for it */
	bool is_reply;
	uint8_t *held; /* the beginning of a head or chunk line */
	size_t held_bytes, held_room;
	uint64_t left;     /* of the body or chunk */
	uint64_t position; /* in the stream, of what is fed next */
};

struct sl_mirror_conn {
	struct sl_mirror_side sides[2];
	struct sl_mirror_pending *first, *last;
	struct sl_mirror_pending *reading; /* the one whose body comes */
	uint32_t n_pending;
	uint32_t unclaimed; /* replies that came while no request was known */
	bool late; /* the caller's: what is fed next came before and was held back, behind a
		    * hole; replies to it may have passed */
};

struct sl_mirror_request {
	struct sl_http_request request;
	struct sl_span body; /* as much as was kept, chunk framing removed */
	uint64_t body_bytes; /* there were */
	unsigned status;     /* of the reply; 0: not seen */
	unsigned side;       /* the client's */
	int64_t time_ns;     /* of the packet that completed its head */
	uint64_t offset; /* of its head, in what was seen of its stream, gaps of known length with
			    it */
};

struct sl_mirror;

int sl_mirror_new(const struct sl_mirror_limits *limits, struct sl_mirror **ret_mirror);
void sl_mirror_free(struct sl_mirror *mirror); /* takes NULL */

void sl_mirror_feed(struct sl_mirror *mirror, struct sl_mirror_conn *conn, unsigned side,
		    struct sl_span bytes, int64_t time_ns);
/* `unknown`: nobody knows how long, or the stream begins anew. */
void sl_mirror_gap(struct sl_mirror *mirror, struct sl_mirror_conn *conn, unsigned side,
		   uint64_t bytes, bool unknown);
/* No reply is coming any more: what is complete comes out, what is not is lost. */
void sl_mirror_end(struct sl_mirror *mirror, struct sl_mirror_conn *conn);

/* False: none is ready. */
bool sl_mirror_next(struct sl_mirror *mirror, struct sl_mirror_conn *conn,
		    struct sl_mirror_request *ret_request);

void sl_mirror_conn_fini(struct sl_mirror *mirror, struct sl_mirror_conn *conn);

const struct sl_mirror_counts *sl_mirror_counts(const struct sl_mirror *mirror);
size_t sl_mirror_used(const struct sl_mirror *mirror); /* bytes of the arena */

#endif
