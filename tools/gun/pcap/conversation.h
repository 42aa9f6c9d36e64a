/* A TCP connection as a mirror between its ends sees it: handshake, segments, acknowledgements,
 * end.
 *
 * Nothing of it is lost between the ends: what the mirror leaves out has arrived all the same, and
 * is acknowledged. Packets go to a queue, with times from `start_ns` on; each function returns when
 * its last one passed. */
#ifndef SL_GUN_PCAP_CONVERSATION_H
#define SL_GUN_PCAP_CONVERSATION_H

#include "tools/gun/pcap/headers.h"
#include "tools/gun/pcap/queue.h"

enum { SL_CLIENT, SL_SERVER };

struct sl_conversation {
	struct sl_route routes[2]; /* by the sender */
	uint32_t seq[2];           /* of its next byte */
	uint32_t ids[2];           /* of its next packet */
	int64_t free_ns;           /* when the next thing can be said */
	bool is_open;
};

/* `route` from the client on; every fourth connection's numbers wrap around soon. */
void sl_conversation_init(struct sl_conversation *conversation, const struct sl_route *route,
			  uint64_t seed, uint32_t index);

int64_t sl_conversation_open(struct sl_conversation *conversation, struct sl_queue *queue,
			     int64_t start_ns);
/* `ret_readable`, not NULL: what of the text stands in the file gets a 1 for each byte; the rest is
 * left as it was. */
int64_t sl_conversation_say(struct sl_conversation *conversation, struct sl_queue *queue,
			    unsigned side, int64_t start_ns, const char *text, size_t bytes,
			    uint8_t *ret_readable);
int64_t sl_conversation_close(struct sl_conversation *conversation, struct sl_queue *queue,
			      int64_t start_ns);

/* How long so many bytes take at 10 Gbit/s. */
int64_t sl_wire_ns(size_t bytes);

#endif
