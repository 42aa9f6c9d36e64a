/* What the files of the mirror's HTTP share. */
#ifndef SL_FRAME_MIRROR_PRIV_H
#define SL_FRAME_MIRROR_PRIV_H

#include "frame/mirror.h"

/* A request that is read, or waits for its reply: its head's text lies behind it. */
struct sl_mirror_pending {
	struct sl_mirror_pending *next;
	uint8_t *body; /* from the arena */
	size_t body_kept, body_room;
	uint64_t body_bytes;
	size_t head_bytes;
	int64_t time_ns;
	uint64_t offset;
	uint16_t status;
	uint8_t side;
	bool is_head, is_connect;
	bool complete, paired, lost, no_room;
};

struct sl_mirror {
	struct sl_mirror_limits limits;
	struct sl_http_limits http;
	struct sl_mirror_counts counts;
	struct sl_assembly *assembly;
	struct sl_mirror_pending *lent; /* handed out last */
};

static inline const uint8_t *sl_mirror_head_of(const struct sl_mirror_pending *pending)
{
	return (const uint8_t *)(pending + 1);
}

static inline void sl_mirror_advance(struct sl_span *rest, size_t bytes)
{
	*rest = sl_span_of(rest->at + bytes, rest->bytes - bytes);
}

/* ---- mirror_text.c: what must be seen whole */

/* What is held and up to bytes_max of both, as one text; -1: no room. */
int sl_mirror_gather(struct sl_mirror *mirror, struct sl_mirror_side *side, struct sl_span rest,
		     size_t bytes_max, struct sl_span *ret_text);
/* `parsed` bytes of that text are done with: rest moves on; 0: everything is held. -1: no room. */
int sl_mirror_take(struct sl_mirror *mirror, struct sl_mirror_side *side, struct sl_span *rest,
		   struct sl_span text, size_t parsed);
void sl_mirror_drop_held(struct sl_mirror *mirror, struct sl_mirror_side *side);
/* Where a message may begin in a piece behind a gap; its length where none does. */
size_t sl_mirror_seek(struct sl_span piece);
/* Whether a stream that begins so may be HTTP. */
bool sl_mirror_looks_alike(struct sl_span text);

/* ---- mirror_message.c */
struct sl_mirror_pending *sl_mirror_begin_request(struct sl_mirror *mirror,
						  struct sl_mirror_conn *conn,
						  const struct sl_http_request *request,
						  struct sl_span head, unsigned side,
						  int64_t time_ns, uint64_t offset);
/* The request that a reply belongs to; NULL: none that is known. */
struct sl_mirror_pending *sl_mirror_pair(struct sl_mirror *mirror, struct sl_mirror_conn *conn,
					 unsigned status);
void sl_mirror_append_body(struct sl_mirror *mirror, struct sl_mirror_conn *conn,
			   struct sl_span bytes);
void sl_mirror_complete(struct sl_mirror_conn *conn, unsigned side);
/* Of the request that this side sends a part is missing. */
void sl_mirror_lose(struct sl_mirror_conn *conn, unsigned side);
/* Which of this side's replies belongs to which request is not known any more. */
void sl_mirror_unpair(struct sl_mirror_conn *conn, unsigned side);

#endif
