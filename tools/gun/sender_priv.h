/* Inside of a sending thread: connections, tickets, and who calls whom. */
#ifndef SL_GUN_SENDER_PRIV_H
#define SL_GUN_SENDER_PRIV_H

#include "tools/gun/acked.h"
#include "tools/gun/sender.h"

#include <stddef.h>
#include <stdint.h>

/* A request under way, or waiting to be sent again. */
struct sl_ticket {
	uint64_t request;
	int64_t due_ns;        /* monotonic */
	int64_t not_before_ns; /* of one that waits */
	uint32_t events;
	uint32_t done; /* lines of it that have been acknowledged already */
};

enum sl_link { SL_LINK_DOWN, SL_LINK_CONNECTING, SL_LINK_UP, SL_LINK_ENDED };

struct sl_connection {
	int fd;
	enum sl_link link;
	int64_t retry_at_ns;
	int64_t backoff_ns;
	int64_t not_before_ns; /* the gateway asked for a pause */
	char *out;
	size_t out_at, out_bytes;
	uint16_t segment_bytes; /* of the datagrams in `out`; 0: it is one */
	char *in;
	size_t in_bytes;
	struct sl_ticket *tickets; /* a ring of `pipeline`: sent, in order, not answered */
	uint32_t first, count;
};

struct sl_sender {
	struct sl_sender_job *job;
	const struct sl_gun_options *options;
	struct sl_sender_counts *counts;
	struct sl_acked acked;
	int epoll;
	struct sl_connection *connections;
	uint32_t n_connections, next_connection;
	size_t request_room; /* of the largest request */
	size_t out_room, in_room;
	struct sl_event_plan *plans; /* of one request */
	struct sl_ticket *waiting;   /* a ring of connections * pipeline: to be sent again */
	uint32_t waiting_first, waiting_count, waiting_room;
	uint64_t next_request, end_request;
	uint32_t under_way; /* on connections */
	bool ever_connected;
	bool ended; /* no new requests */
};

static inline void sl_count(_Atomic uint64_t *counter, uint64_t more)
{
	/* one writer: no need for a locked instruction */
	atomic_store_explicit(counter, atomic_load_explicit(counter, memory_order_relaxed) + more,
			      memory_order_relaxed);
}

/* sender_setup.c */
int sl_sender_open(struct sl_sender *sender, struct sl_sender_job *job);
void sl_sender_close(struct sl_sender *sender);

/* request.c: appends the request to the connection's output, which has room for it. */
void sl_request_put(struct sl_sender *sender, struct sl_connection *connection,
		    const struct sl_ticket *ticket);
uint32_t sl_request_events(const struct sl_sender *sender, uint64_t request);

/* connection.c */
void sl_connection_start(struct sl_sender *sender, struct sl_connection *connection,
			 int64_t now_ns);
void sl_connection_started(struct sl_sender *sender, struct sl_connection *connection,
			   int64_t now_ns);
void sl_connection_flush(struct sl_sender *sender, struct sl_connection *connection,
			 int64_t now_ns);
void sl_connection_receive(struct sl_sender *sender, struct sl_connection *connection,
			   int64_t now_ns);
/* What was not answered will be sent again on whichever connection. */
void sl_connection_lost(struct sl_sender *sender, struct sl_connection *connection, int64_t now_ns);
bool sl_connection_has_room(const struct sl_sender *sender, const struct sl_connection *connection,
			    int64_t now_ns);

/* answers.c: takes the answers out of connection->in; false: it makes no sense, or the gateway
 * wants the connection closed. */
bool sl_answers_take(struct sl_sender *sender, struct sl_connection *connection, int64_t now_ns);
/* Everything sent is out, and nobody will acknowledge it. */
void sl_answers_assume(struct sl_sender *sender, struct sl_connection *connection, int64_t now_ns);

/* sender.c */
void sl_sender_wait_again(struct sl_sender *sender, const struct sl_ticket *ticket,
			  int64_t not_before_ns);

#endif
