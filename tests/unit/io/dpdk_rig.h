/* Wires without a card: packets are made, put where a virtual device reads them, and looked for at
 * the workers. One thread is all workers in turns. */
#ifndef SL_TESTS_DPDK_RIG_H
#define SL_TESTS_DPDK_RIG_H

#include "io/dpdk_priv.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#define RIG_WORKERS_MAX 4u
#define RIG_PACKETS_MAX 65536u
#define RIG_FRAME_MAX 9000u

struct rig {
	struct sl_settings settings;
	struct sl_wire wires[SL_WIRES_MAX];
	unsigned workers;
	void *dpdk;
	struct sl_packets *packets[RIG_WORKERS_MAX];
	struct sl_stats_worker stats[RIG_WORKERS_MAX];
	char why[SL_SENTENCE_BYTES];
	unsigned warnings;
	char warning[512]; /* the last */
	/* by number: who got it, and how often */
	uint8_t worker_of[RIG_PACKETS_MAX];
	uint8_t times[RIG_PACKETS_MAX];
	uint64_t got, foreign, bad;
};

void rig_init(struct rig *rig, unsigned workers);
void rig_wire(struct rig *rig, const char *name, const char *device);
int rig_open(struct rig *rig); /* wires and workers */
void rig_close(struct rig *rig);

/* Lets each worker look once; returns how many packets came. What the rig made is checked byte for
 * byte and noted by its number, all else is foreign. */
unsigned rig_turn(struct rig *rig);
/* Until n packets came in all, or nothing more for a while. */
void rig_until(struct rig *rig, uint64_t n);
uint64_t rig_count(const struct rig *rig, unsigned wire, enum sl_wire_stat what);

/* ---- packets --------------------------------------------------------------------------------- */

enum frame_kind { FRAME_UDP, FRAME_TCP, FRAME_UDP6, FRAME_VLAN, FRAME_GRE, FRAME_VXLAN, FRAME_ARP };

struct frame {
	enum frame_kind kind;
	uint32_t number;   /* of the packet: in its payload */
	uint32_t flow;     /* ends are made of it */
	bool back;         /* from the other end */
	uint16_t fragment; /* as in the header of IPv4: 0x2000 there is more, and its place */
	unsigned payload;  /* bytes, at least 16 */
};

/* Returns its bytes. */
size_t rig_frame(const struct frame *frame, uint8_t *ret_at);

/* A capture file of them, with the time of each a microsecond on. */
void rig_pcap(const char *path, const struct frame *frames, unsigned n);

/* Makes a network of this process's own with veth pairs; false: it may not, and `ret_why` says why.
 */
bool rig_own_network(const char **ret_why);

#endif
