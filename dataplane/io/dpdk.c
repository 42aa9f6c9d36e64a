/* Bursts of packets, from queues and from the worker's own ring. Nothing waits, nothing is copied
 * but what would not lie in one piece with room behind it. */
#include "io/dpdk_priv.h"

#include "base/counters.h"

#include <rte_prefetch.h>

static void count(struct sl_packets *packets, unsigned wire, enum sl_wire_stat what, uint64_t n)
{
	sl_stat_add(&packets->stats->wires[wire][what], n);
}

static void lose(struct sl_packets *packets, unsigned wire, enum sl_wire_stat what, uint64_t n)
{
	count(packets, wire, what, n);
	atomic_fetch_add_explicit(&packets->dpdk->wires[wire].lost, n, memory_order_relaxed);
}

static unsigned wire_of(const struct sl_dpdk *dpdk, const struct rte_mbuf *buffer)
{
	unsigned wire = 0;

	while (wire + 1 < dpdk->n_wires && dpdk->wires[wire].port != buffer->port)
		wire++;
	return wire;
}

/* A card that says that one is wrong has been seen to mean packets without any: looked at later. In
 * a tunnel it may have looked at the outer ones only. */
static bool card_says_good(const struct rte_mbuf *buffer)
{
	uint64_t ip = buffer->ol_flags & RTE_MBUF_F_RX_IP_CKSUM_MASK;
	uint64_t transport = buffer->ol_flags & RTE_MBUF_F_RX_L4_CKSUM_MASK;

	return transport == RTE_MBUF_F_RX_L4_CKSUM_GOOD &&
	       (ip == RTE_MBUF_F_RX_IP_CKSUM_GOOD || RTE_ETH_IS_IPV6_HDR(buffer->packet_type));
}

static uint8_t checksums_of(struct sl_packets *packets, const struct rte_mbuf *buffer)
{
	if (!card_says_good(buffer) ||
	    sl_spread_find(&packets->spread, rte_pktmbuf_mtod(buffer, const uint8_t *),
			   buffer->data_len)
			    .shape != SL_SPREAD_PLAIN)
		return SL_CHECKSUMS_UNKNOWN;
	return SL_CHECKSUMS_GOOD;
}

static void stamp(const struct sl_dpdk *dpdk, const struct rte_mbuf *buffer,
		  const struct sl_dpdk_wire *wire, struct sl_packet *packet)
{
	if (!wire->stamped || !(buffer->ol_flags & dpdk->stamp_flag))
		return;
	packet->time_ns = sl_card_clock_at(
		&wire->clock, *RTE_MBUF_DYNFIELD(buffer, dpdk->stamp_field, const uint64_t *));
	packet->time_source = packet->time_ns ? SL_CLOCK_NIC : 0;
}

/* The buffer is held for the burst, or its bytes were copied into the burst's own room. */
static void lay_out(struct sl_packets *packets, struct rte_mbuf *buffer, unsigned wire,
		    struct sl_packet *ret_packet, unsigned place)
{
	uint8_t *room = packets->room + (size_t)place * (SL_DPDK_PACKET_MAX + SL_SPAN_PADDING);

	if (buffer->nb_segs == 1 && rte_pktmbuf_tailroom(buffer) >= SL_SPAN_PADDING) {
		ret_packet->at = rte_pktmbuf_mtod(buffer, const uint8_t *);
		packets->held[packets->n_held++] = buffer;
		return;
	}
	ret_packet->at = room;
	for (const struct rte_mbuf *piece = buffer; piece; piece = piece->next) {
		memcpy(room, rte_pktmbuf_mtod(piece, const void *), piece->data_len);
		room += piece->data_len;
	}
	rte_pktmbuf_free(buffer);
	count(packets, wire, SL_WIRE_COPIED, 1);
}

/* Returns how many packets it made of the buffer: one, or none. */
static unsigned take(struct sl_packets *packets, struct rte_mbuf *buffer,
		     struct sl_packet *ret_packet, unsigned place)
{
	unsigned wire = wire_of(packets->dpdk, buffer);

	if (buffer->pkt_len > SL_DPDK_PACKET_MAX) {
		lose(packets, wire, SL_WIRE_TOO_LONG, 1);
		rte_pktmbuf_free(buffer);
		return 0;
	}
	*ret_packet = (struct sl_packet){
		.bytes = buffer->pkt_len,
		.original = buffer->pkt_len,
		.link = SL_LINK_ETHERNET,
		.checksums = checksums_of(packets, buffer),
		.wire = (uint8_t)wire,
	};
	stamp(packets->dpdk, buffer, &packets->dpdk->wires[wire], ret_packet);
	lay_out(packets, buffer, wire, ret_packet, place);
	return 1;
}

/* Also where a card has spread them: it may not see through tags, tunnels and fragments, or have
 * its own mind about the key. */
static unsigned owner_of(struct sl_packets *packets, const struct rte_mbuf *buffer)
{
	struct sl_spread_place place;

	if (packets->dpdk->workers == 1)
		return packets->worker;
	place = sl_spread_find(&packets->spread, rte_pktmbuf_mtod(buffer, const uint8_t *),
			       buffer->data_len);
	return place.shape == SL_SPREAD_OTHER ? packets->worker : place.owner;
}

static void hand_over(struct sl_packets *packets, unsigned wire)
{
	struct sl_dpdk *dpdk = packets->dpdk;

	for (unsigned i = 0; i < dpdk->workers; i++) {
		struct sl_dpdk_out *out = &packets->out[i];
		unsigned sent;

		if (!out->n)
			continue;
		sent = rte_ring_mp_enqueue_burst(dpdk->rings[i], (void **)out->at, out->n, NULL);
		count(packets, wire, SL_WIRE_HANDED_OVER, sent);
		if (sent < out->n) {
			lose(packets, wire, SL_WIRE_HANDOVER_FULL, out->n - sent);
			rte_pktmbuf_free_bulk(out->at + sent, out->n - sent);
		}
		out->n = 0;
	}
}

static unsigned read_queue(struct sl_packets *packets, const struct sl_dpdk_source *source,
			   struct sl_packet *ret_packets, unsigned place, unsigned max)
{
	const struct sl_dpdk_wire *wire = &packets->dpdk->wires[source->wire];
	struct rte_mbuf *buffers[SL_PACKETS_BURST_MAX];
	uint16_t n = rte_eth_rx_burst(wire->port, source->queue, buffers, (uint16_t)max);
	unsigned own = 0;
	uint64_t bytes = 0;

	if (!n)
		return 0;
	for (unsigned i = 0; i < n; i++)
		rte_prefetch0(rte_pktmbuf_mtod(buffers[i], void *));
	for (unsigned i = 0; i < n; i++) {
		unsigned owner = owner_of(packets, buffers[i]);
		struct sl_dpdk_out *out = &packets->out[owner];

		bytes += buffers[i]->pkt_len;
		buffers[i]->port = wire->port; /* not all drivers say so */
		if (owner == packets->worker)
			own += take(packets, buffers[i], &ret_packets[own], place + own);
		else
			out->at[out->n++] = buffers[i];
	}
	count(packets, source->wire, SL_WIRE_PACKETS, n);
	count(packets, source->wire, SL_WIRE_BYTES, bytes);
	if (own < n)
		hand_over(packets, source->wire);
	return own;
}

static unsigned read_ring(struct sl_packets *packets, struct sl_packet *ret_packets, unsigned place,
			  unsigned max)
{
	struct rte_mbuf *buffers[SL_PACKETS_BURST_MAX];
	unsigned n = rte_ring_sc_dequeue_burst(packets->dpdk->rings[packets->worker],
					       (void **)buffers, max, NULL);
	unsigned own = 0;

	for (unsigned i = 0; i < n; i++)
		rte_prefetch0(rte_pktmbuf_mtod(buffers[i], void *));
	for (unsigned i = 0; i < n; i++)
		own += take(packets, buffers[i], &ret_packets[own], place + own);
	return own;
}

static unsigned dpdk_receive(struct sl_packets *packets, struct sl_packet *ret_packets,
			     unsigned max)
{
	unsigned n = 0;

	if (max > SL_PACKETS_BURST_MAX)
		max = SL_PACKETS_BURST_MAX;
	/* each in its turn is the first, so that none is starved by those before it */
	for (unsigned i = 0; i < packets->n_sources && n < max; i++) {
		const struct sl_dpdk_source *source =
			&packets->sources[(packets->turn + i) % packets->n_sources];

		n += source->ring ? read_ring(packets, ret_packets + n, n, max - n)
				  : read_queue(packets, source, ret_packets + n, n, max - n);
	}
	packets->turn++;
	return n;
}

static void dpdk_release(struct sl_packets *packets)
{
	rte_pktmbuf_free_bulk(packets->held, packets->n_held);
	packets->n_held = 0;
}

const struct sl_packets_ops sl_dpdk_ops = {
	.name = "dpdk",
	.open = sl_dpdk_worker_open,
	.receive = dpdk_receive,
	.release = dpdk_release,
	.housekeeping = sl_dpdk_watch,
	.lost = sl_dpdk_lost,
	.close = sl_dpdk_worker_close,
};
