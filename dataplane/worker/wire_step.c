/* Packets of the wires. */
#include "worker/worker_priv.h"

unsigned sl_wire_step(struct sl_worker *worker)
{
	const struct sl_packets_ops *ops = worker->engine->config.packets;
	struct sl_packet packets[SL_PACKETS_BURST_MAX];
	unsigned n = ops->receive(worker->packets, packets, SL_PACKETS_BURST_MAX);

	ops->release(worker->packets);
	return n;
}
