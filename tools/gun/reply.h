/* What a gateway's answer says about the events of one request. The text is foreign: it is bounded,
 * checked, and must add up to what was sent. */
#ifndef SL_GUN_REPLY_H
#define SL_GUN_REPLY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SL_REPLY_EVENTS_MAX 10000u

struct sl_reply {
	uint64_t received, accepted, matched, duplicates, refused;
	bool unnamed; /* not all refused ones are named: which of the others were taken is unknown
		       */
	uint64_t is_refused[(SL_REPLY_EVENTS_MAX + 63) / 64]; /* a bit per event of the request */
};

/* The reply of POST /v1/events to a request of n_events: 0, or -EBADMSG where it is no such reply
 * or does not account for each of them. ret_reply is untouched on failure. */
int sl_reply_read(const char *at, size_t bytes, uint32_t n_events, struct sl_reply *ret_reply);

static inline bool sl_reply_refuses(const struct sl_reply *reply, uint32_t index)
{
	return reply->is_refused[index / 64] >> (index % 64) & 1;
}

#endif
