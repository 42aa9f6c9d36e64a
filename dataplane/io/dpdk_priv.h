/* What the files of io/dpdk* share. */
#ifndef SL_IO_DPDK_PRIV_H
#define SL_IO_DPDK_PRIV_H

#include "io/card_clock_priv.h"
#include "io/dpdk.h"
#include "io/io.h"
#include "io/spread_priv.h"

#include <rte_ethdev.h>
#include <rte_mbuf.h>
#include <rte_ring.h>
#include <stdatomic.h>

#define SL_DPDK_PACKET_MAX 65536u

/* open() writes it; workers: ro but for what says otherwise. */
struct sl_dpdk_wire {
	uint16_t port; /* the library's number of it */
	uint16_t queues;
	bool card_spreads; /* worker i reads queue i, where most of its own packets are */
	bool stamped;      /* packets have times of the card's clock */
	bool started;
	bool made; /* by us, to be removed again */
	bool is_pci;
	char device[SL_WIRE_DEVICE_MAX];
	struct rte_mempool *pool;
	struct rte_eth_stats before; /* counted in an earlier life of the port */
	struct sl_card_clock clock;  /* worker 0: rw, the others read a published copy */
	_Atomic uint64_t lost;       /* any worker: rw */
};

struct sl_dpdk {
	unsigned n_wires, workers;
	uint16_t vxlan_port;
	struct sl_dpdk_wire wires[SL_WIRES_MAX];
	struct rte_ring *rings[SL_IO_WORKERS_MAX]; /* to worker i; NULL where there is one worker */
	int stamp_field;                           /* in a buffer; -1: there is none */
	uint64_t stamp_flag;
};

/* What a worker reads in turns: a queue of a wire, or its own ring. */
struct sl_dpdk_source {
	uint8_t wire;
	bool ring;
	uint16_t queue;
};

struct sl_dpdk_out {
	unsigned n;
	struct rte_mbuf *at[SL_PACKETS_BURST_MAX];
};

struct sl_packets {
	struct sl_dpdk *dpdk;
	unsigned worker;
	struct sl_stats_worker *stats;
	bool registered;
	unsigned n_sources, turn;
	struct sl_dpdk_source sources[SL_WIRES_MAX + 1];
	unsigned n_held;
	struct rte_mbuf *held[SL_PACKETS_BURST_MAX];
	struct sl_dpdk_out out[SL_IO_WORKERS_MAX];
	uint64_t lost_told[SL_WIRES_MAX];
	uint64_t card_lost[SL_WIRES_MAX]; /* worker 0: as of the last look */
	int64_t looked_ns;
	uint8_t *room; /* for each packet of a burst that has to be copied */
	struct sl_spread spread;
};

/* dpdk_setup.c: as in struct sl_dpdk_module */
int sl_dpdk_open(const struct sl_dpdk_config *config, void **ret_wires,
		 char ret_why[SL_SENTENCE_BYTES]);
void sl_dpdk_close(void *wires);

/* dpdk_eal.c: sets the library up, the first time; then does nothing. */
int sl_dpdk_eal_start(const struct sl_dpdk_config *config, char *why);
void sl_dpdk_eal_listen(const struct sl_dpdk_config *config); /* NULL: to nobody */
const char *sl_dpdk_eal_last_words(void); /* the last line that the library complained with */

/* dpdk_port.c */
int sl_dpdk_port_find(struct sl_dpdk_wire *wire, unsigned index, const struct sl_wire *named,
		      char *why);
int sl_dpdk_port_start(struct sl_dpdk *dpdk, unsigned index, const struct sl_dpdk_config *config,
		       char *why);
void sl_dpdk_port_stop(struct sl_dpdk_wire *wire);

/* dpdk_worker.c */
int sl_dpdk_worker_open(const struct sl_packets_config *config, struct sl_packets **ret_packets);
void sl_dpdk_worker_close(struct sl_packets *packets);

/* dpdk_watch.c */
void sl_dpdk_watch(struct sl_packets *packets, const struct sl_now *now);
uint64_t sl_dpdk_lost(struct sl_packets *packets, unsigned wire);

extern const struct sl_packets_ops sl_dpdk_ops;

#endif
