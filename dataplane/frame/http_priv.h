/* What the files of the HTTP framer share. */
#ifndef SL_FRAME_HTTP_PRIV_H
#define SL_FRAME_HTTP_PRIV_H

#include "frame/frame.h"

/* What a step of the framer says; below 0: a status to refuse with. */
enum sl_http_step {
	SL_STEP_ON,       /* the next phase has begun */
	SL_STEP_MORE,     /* all bytes are taken, more are needed */
	SL_STEP_MESSAGE,  /* the request is complete */
	SL_STEP_CONTINUE, /* the peer waits for our word */
};

/* A head that has been parsed becomes the message under way. 0 or a status below 0. */
int sl_http_head_take(const struct sl_http_request *request, struct sl_message *message);

/* The phases of a body. `rest` becomes what is not consumed. */
int sl_http_body_step(struct sl_http_framer *framer, struct sl_span *rest);
int sl_http_chunk_step(struct sl_http_framer *framer, struct sl_span *rest);
int sl_http_chunk_data_step(struct sl_http_framer *framer, struct sl_span *rest);
int sl_http_chunk_end_step(struct sl_http_framer *framer, struct sl_span *rest);
int sl_http_trailer_step(struct sl_http_framer *framer, struct sl_span *rest);

/* Assembling. What a parser must see whole is gathered: `ret_text` is `rest` itself, or where
 * something is pending that and up to max bytes of both. It is then parsed, and its verdict
 * handed to take(), which moves `rest` on: on when r > 0, else everything becomes pending. Both
 * return 0 or -503. */
int sl_http_gather(struct sl_http_framer *framer, struct sl_span rest, size_t bytes_max,
		   struct sl_span *ret_text);
int sl_http_take(struct sl_http_framer *framer, struct sl_span *rest, struct sl_span text,
		 size_t parsed);

/* Copies the body so far out of the fed bytes, which end with the feed. 0 or -503. */
int sl_http_settle(struct sl_http_framer *framer);

void sl_http_give_back(struct sl_http_framer *framer);

static inline void sl_http_advance(struct sl_span *rest, size_t bytes)
{
	*rest = sl_span_of(rest->at + bytes, rest->bytes - bytes);
}

#endif
