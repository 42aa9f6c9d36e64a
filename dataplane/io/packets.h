/* packets: what passes by on wires, in bursts, beside the sockets of io.h.
 *
 * - One struct sl_packets per worker, opened, used and closed by that worker's thread. Nothing here
 *   waits and nothing is sent.
 * - receive() fills packets, whose bytes stay until release(); SL_SPAN_PADDING bytes behind each
 * may be read (their contents mean nothing). One receive() is out at a time; release() comes after
 *   it, also where it brought nothing.
 * - All packets of one connection, of both directions and on whatever wires they come, reach the
 *   same worker, in the order in which their wire brought them. Not so what the sender's side of a
 *   card cannot tell: see dpdk.h.
 * - A packet's time is that of the card, else it is 0: then it has the time of the round.
 * - Each packet that the wire brought is given to exactly one worker once, or is counted once in
 *   the worker's counters of that wire (SL_WIRE in counters.def). */
#ifndef SL_IO_PACKETS_H
#define SL_IO_PACKETS_H

#include "base/clock.h"
#include "base/packet.h"
#include "sluice/artifact.h"
#include "sluice/stats.h"

#include <stdbool.h>
#include <stdint.h>

#define SL_PACKETS_BURST_MAX 64u

struct sl_packets;

struct sl_packets_config {
	void *context;   /* what all workers share; the backend's own */
	unsigned worker; /* its index */
	struct sl_stats_worker *stats;
};

struct sl_packets_ops {
	const char *name;
	/* 0 or an error. */
	int (*open)(const struct sl_packets_config *config, struct sl_packets **ret_packets);
	/* At most `max` of them, themselves at most SL_PACKETS_BURST_MAX. */
	unsigned (*receive)(struct sl_packets *packets, struct sl_packet *ret_packets,
			    unsigned max);
	void (*release)(struct sl_packets *packets);
	/* Several times a second: links, the cards' own counts and clocks. */
	void (*housekeeping)(struct sl_packets *packets, const struct sl_now *now);
	/* How many packets were lost on a wire since this worker asked last, wherever. */
	uint64_t (*lost)(struct sl_packets *packets, unsigned wire);
	void (*close)(struct sl_packets *packets); /* takes NULL */
};

#endif
