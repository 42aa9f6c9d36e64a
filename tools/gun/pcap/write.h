/* The gun's traffic as a capture file: what a mirror port would have shown of it.
 *
 * - The server is the target, on whose side nothing is looked up or sent; clients have addresses
 *   that are set aside for measuring (198.18.0.0/15, 2001:db8::/32).
 * - http: each connection sends `pipeline` requests together, the server answers them with 200;
 *   tcp: the same with lines, without answers; udp: a datagram for each batch, in fragments where
 *   it is longer than a packet.
 * - An event is whole if every byte of its request (line, datagram) can be read from the file. */
#ifndef SL_GUN_PCAP_WRITE_H
#define SL_GUN_PCAP_WRITE_H

#include "tools/gun/options.h"
#include "tools/gun/pcap/queue.h"

struct sl_pcap_summary {
	struct sl_queue_counts queue;
	uint64_t connections, fragments;
	uint64_t requests, requests_whole; /* lines and datagrams are requests too */
	uint64_t events, events_whole;
	uint64_t replies, replies_whole;
	int64_t span_ns;
};

/* 0 or -errno. */
int sl_pcap_write(const struct sl_gun_options *options, const struct sl_events *events,
		  struct sl_pcap_summary *ret_summary);

void sl_pcap_print(const struct sl_gun_options *options, const struct sl_pcap_summary *summary);

#endif
