/* dpdk: packets read past the kernel, by the library of that name; the door to the module in which
 * all of it lies. A gateway without wires never loads the module, and runs where it or the library
 * is not installed.
 *
 * - open() and close() are of the main thread, before the workers open and after they closed; one
 *   at a time. What the library has set up in the process is kept until it ends: it cannot be taken
 *   down and set up again. So settings of the library itself (huge pages, arguments, which PCI
 *   devices) are those of the first open().
 * - open() takes all memory: for each wire the buffers of the settings and what its card holds. It
 *   takes seconds where links come up slowly.
 * - Whatever cannot be done is one sentence, which says what to do next.
 * - `say` is called with lines for the log, by any thread until close().
 * - Connections: a card that can spread them by addresses and ports gives each worker a queue of
 *   its own; else one worker reads the wire. Either way each packet's worker is found here, by the
 *   same hash and with a look into tunnels and fragments (spread_priv.h), and who received a packet
 *   for another hands it on.
 * - The card's checksums are believed where it says that both are good. Where it says that one is
 *   wrong, or nothing, they are verified later.
 * - Packets longer than 65,536 bytes are dropped and counted. */
#ifndef SL_IO_DPDK_H
#define SL_IO_DPDK_H

#include "io/packets.h"
#include "sluice/error.h"

#define SL_DPDK_MODULE "sluice-dpdk.so"
#define SL_DPDK_MODULE_SYMBOL "sl_dpdk_module"
#define SL_DPDK_MODULE_VERSION 1u

struct sl_dpdk_config {
	const struct sl_settings *settings;
	const struct sl_wire *wires; /* settings->wires of them */
	unsigned workers;
	uint16_t vxlan_port; /* 0: VXLAN is not looked into */
	void (*say)(void *context, bool is_warning, const char *line);
	void *say_context;
};

struct sl_dpdk_module {
	uint32_t version;
	const struct sl_packets_ops *ops; /* their context is what open() returned */
	int (*open)(const struct sl_dpdk_config *config, void **ret_wires,
		    char ret_why[SL_SENTENCE_BYTES]);
	void (*close)(void *wires); /* takes NULL */
};

/* Loads the module, from beside the program or from where it is installed; once. */
int sl_dpdk_load(const struct sl_dpdk_module **ret_module, char ret_why[SL_SENTENCE_BYTES]);

#endif
