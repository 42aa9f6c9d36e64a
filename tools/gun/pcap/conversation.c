#include "tools/gun/pcap/conversation.h"

#include "tools/gun/events.h"

#include <string.h>

#define WAY_NS 20000            /* from one end to the other */
#define AGAIN_NS (3 * WAY_NS)   /* until a part is sent again */
#define SEGMENTS_ACKNOWLEDGED 2 /* together */
#define BESIDE_BYTES 24u        /* preamble, sum and gap of a frame */

int64_t sl_wire_ns(size_t bytes)
{
	return (int64_t)((bytes + BESIDE_BYTES) * 8 / 10);
}

void sl_conversation_init(struct sl_conversation *conversation, const struct sl_route *route,
			  uint64_t seed, uint32_t index)
{
	uint64_t numbers = sl_events_mix(seed ^ 0x1517, index);

	*conversation = (struct sl_conversation){.routes = {*route, *route}};
	conversation->routes[SL_SERVER] = (struct sl_route){
		.from_port = route->to_port,
		.to_port = route->from_port,
		.vlan = route->vlan,
		.is_ipv6 = route->is_ipv6,
	};
	memcpy(conversation->routes[SL_SERVER].from, route->to, sizeof(route->to));
	memcpy(conversation->routes[SL_SERVER].to, route->from, sizeof(route->from));
	conversation->seq[SL_CLIENT] =
		index % 4 == 3 ? UINT32_MAX - 5000 - (uint32_t)(numbers & 8191) : (uint32_t)numbers;
	conversation->seq[SL_SERVER] = (uint32_t)(numbers >> 32);
}

/* One packet of `side`; it does not move the side's number on. */
static enum sl_fate put(struct sl_conversation *conversation, struct sl_queue *queue, unsigned side,
			int64_t time_ns, uint8_t flags, uint32_t seq, const char *text,
			size_t bytes, bool may_overlap)
{
	uint8_t frame[SL_HEADERS_BYTES_MAX + SL_SEGMENT_BYTES_MAX];
	const bool acknowledges = flags & SL_TCP_ACK;
	const struct sl_tcp_head tcp = {
		.seq = seq,
		.ack = acknowledges ? conversation->seq[!side] : 0,
		.stamp = (uint32_t)(time_ns / 1000000),
		.echo = acknowledges ? (uint32_t)((time_ns - WAY_NS) / 1000000) : 0,
		.flags = flags,
	};
	size_t n = sl_headers_tcp(frame, &conversation->routes[side], &tcp,
				  conversation->ids[side]++, text, bytes);

	return sl_queue_put(queue, time_ns, frame, n, may_overlap);
}

/* A packet without bytes that counts as one, as beginnings and ends do. */
static int64_t put_flag(struct sl_conversation *conversation, struct sl_queue *queue, unsigned side,
			int64_t time_ns, uint8_t flags)
{
	put(conversation, queue, side, time_ns, flags, conversation->seq[side], NULL, 0, false);
	conversation->seq[side]++;
	return time_ns + WAY_NS;
}

static int64_t acknowledge(struct sl_conversation *conversation, struct sl_queue *queue,
			   unsigned side, int64_t time_ns)
{
	put(conversation, queue, side, time_ns, SL_TCP_ACK, conversation->seq[side], NULL, 0,
	    false);
	return time_ns + WAY_NS;
}

int64_t sl_conversation_open(struct sl_conversation *conversation, struct sl_queue *queue,
			     int64_t start_ns)
{
	int64_t at_ns = put_flag(conversation, queue, SL_CLIENT, start_ns, SL_TCP_SYN);

	at_ns = put_flag(conversation, queue, SL_SERVER, at_ns, SL_TCP_SYN | SL_TCP_ACK);
	conversation->is_open = true;
	return acknowledge(conversation, queue, SL_CLIENT, at_ns);
}

int64_t sl_conversation_say(struct sl_conversation *conversation, struct sl_queue *queue,
			    unsigned side, int64_t start_ns, const char *text, size_t bytes,
			    uint8_t *ret_readable)
{
	const uint32_t seq = conversation->seq[side];
	int64_t at_ns = start_ns, last_ns = start_ns;
	unsigned unacknowledged = 0;
	size_t n;

	for (size_t at = 0; at < bytes; at += n) {
		enum sl_fate fate;
		bool is_last;

		n = bytes - at < SL_SEGMENT_BYTES_MAX ? bytes - at : SL_SEGMENT_BYTES_MAX;
		is_last = at + n == bytes;
		fate = put(conversation, queue, side, at_ns,
			   SL_TCP_ACK | (is_last ? SL_TCP_PUSH : 0), seq + (uint32_t)at, text + at,
			   n, true);
		if (ret_readable && sl_fate_is_readable(fate))
			memset(ret_readable + at, 1, n);
		if (fate == SL_FATE_OVERLAPPED) {
			/* from the middle of this one to the middle of the next */
			size_t from = at + n / 2,
			       to = at + n + n / 2 < bytes ? at + n + n / 2 : bytes;

			fate = put(conversation, queue, side, at_ns + AGAIN_NS, SL_TCP_ACK,
				   seq + (uint32_t)from, text + from, to - from, false);
			if (ret_readable && sl_fate_is_readable(fate))
				memset(ret_readable + from, 1, to - from);
		}
		conversation->seq[side] = seq + (uint32_t)(at + n);
		if (++unacknowledged == SEGMENTS_ACKNOWLEDGED || is_last) {
			last_ns = acknowledge(conversation, queue, !side, at_ns + WAY_NS);
			unacknowledged = 0;
		}
		at_ns += sl_wire_ns(n + SL_HEADERS_BYTES_MAX);
	}
	return last_ns;
}

int64_t sl_conversation_close(struct sl_conversation *conversation, struct sl_queue *queue,
			      int64_t start_ns)
{
	int64_t at_ns = start_ns;

	if (!conversation->is_open)
		return at_ns;
	conversation->is_open = false;
	at_ns = put_flag(conversation, queue, SL_CLIENT, at_ns, SL_TCP_FIN | SL_TCP_ACK);
	at_ns = put_flag(conversation, queue, SL_SERVER, at_ns, SL_TCP_FIN | SL_TCP_ACK);
	return acknowledge(conversation, queue, SL_CLIENT, at_ns);
}
