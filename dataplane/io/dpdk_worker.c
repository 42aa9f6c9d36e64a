/* A worker's end: which queues it reads, and room for what has to be copied. */
#include "io/dpdk_priv.h"

#include <errno.h>
#include <rte_errno.h>
#include <rte_lcore.h>
#include <stdlib.h>

/* Wires whose card does not spread are dealt out to workers in turns. */
static void choose_sources(struct sl_packets *packets)
{
	const struct sl_dpdk *dpdk = packets->dpdk;

	for (unsigned i = 0; i < dpdk->n_wires; i++) {
		bool all = dpdk->wires[i].card_spreads;

		if (all || i % dpdk->workers == packets->worker)
			packets->sources[packets->n_sources++] = (struct sl_dpdk_source){
				.wire = (uint8_t)i,
				.queue = (uint16_t)(all ? packets->worker : 0),
			};
	}
	if (dpdk->rings[packets->worker])
		packets->sources[packets->n_sources++] = (struct sl_dpdk_source){.ring = true};
}

int sl_dpdk_worker_open(const struct sl_packets_config *config, struct sl_packets **ret_packets)
{
	struct sl_packets *packets = calloc(1, sizeof(*packets));

	if (!packets)
		return -ENOMEM;
	packets->dpdk = config->context;
	packets->worker = config->worker;
	packets->stats = config->stats;
	/* given by the kernel only where something has to be copied */
	packets->room =
		malloc((size_t)SL_PACKETS_BURST_MAX * (SL_DPDK_PACKET_MAX + SL_SPAN_PADDING));
	if (!packets->room) {
		free(packets);
		return -ENOMEM;
	}
	/* a thread that the library does not know has no cache of buffers; the one that set it up
	 * is known */
	if (rte_lcore_id() == LCORE_ID_ANY) {
		if (rte_thread_register()) {
			free(packets->room);
			free(packets);
			return rte_errno ? -rte_errno : -SL_E_NOT_OFFERED;
		}
		packets->registered = true;
	}
	sl_spread_init(&packets->spread, packets->dpdk->workers, packets->dpdk->vxlan_port);
	choose_sources(packets);
	*ret_packets = packets;
	return 0;
}

void sl_dpdk_worker_close(struct sl_packets *packets)
{
	if (!packets)
		return;
	if (packets->registered)
		rte_thread_unregister();
	free(packets->room);
	free(packets);
}
