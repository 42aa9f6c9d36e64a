/* packets without any card: bytes are put in by the same thread, for tests and micro-benchmarks.
 *
 * A packet's bytes stay the caller's until the worker has released them, with SL_SPAN_PADDING bytes
 * behind each. Cost: none that grows with what waits. */
#ifndef SL_IO_PACKETS_MEM_H
#define SL_IO_PACKETS_MEM_H

#include "io/packets.h"

#define SL_PACKETS_MEM_WAITING 4096u

extern const struct sl_packets_ops sl_packets_mem;

/* 0, or -SL_E_FULL: so many wait already. */
int sl_packets_mem_feed(struct sl_packets *packets, const struct sl_packet *packet);
/* As if a card had dropped so many. */
void sl_packets_mem_lose(struct sl_packets *packets, unsigned wire, uint64_t n);

#endif
