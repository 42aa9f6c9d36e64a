/* What only the cards know, a few times a second: links, what they dropped, their clocks. Worker 0
 * asks for all of them. */
#include "io/dpdk_priv.h"

#include "base/counters.h"

#define LOOK_NS (200 * SL_NS_PER_MS) /* a card may take a while to answer */

static uint64_t since(uint64_t now, uint64_t before)
{
	return now > before ? now - before : 0;
}

static void look_at_counts(struct sl_packets *packets, unsigned index)
{
	struct sl_dpdk_wire *wire = &packets->dpdk->wires[index];
	sl_stat *stats = packets->stats->wires[index];
	struct rte_eth_stats now;
	uint64_t lost;

	if (rte_eth_stats_get(wire->port, &now))
		return;
	sl_stat_set(&stats[SL_WIRE_MISSED], since(now.imissed, wire->before.imissed));
	sl_stat_set(&stats[SL_WIRE_NO_BUFFER], since(now.rx_nombuf, wire->before.rx_nombuf));
	sl_stat_set(&stats[SL_WIRE_ERRORS], since(now.ierrors, wire->before.ierrors));
	lost = sl_stat_get(&stats[SL_WIRE_MISSED]) + sl_stat_get(&stats[SL_WIRE_NO_BUFFER]) +
	       sl_stat_get(&stats[SL_WIRE_ERRORS]);
	atomic_fetch_add_explicit(&wire->lost, lost - packets->card_lost[index],
				  memory_order_relaxed);
	packets->card_lost[index] = lost;
}

static void look_at_link(struct sl_packets *packets, unsigned index)
{
	sl_stat *stats = packets->stats->wires[index];
	struct rte_eth_link link = {0};

	/* where nobody can say, it is taken to be up: there is nothing to raise an alarm for */
	if (rte_eth_link_get_nowait(packets->dpdk->wires[index].port, &link))
		link.link_status = RTE_ETH_LINK_UP;
	sl_stat_set(&stats[SL_WIRE_LINK_UP], link.link_status == RTE_ETH_LINK_UP);
	sl_stat_set(&stats[SL_WIRE_LINK_MBPS],
		    link.link_status == RTE_ETH_LINK_UP &&
				    link.link_speed != RTE_ETH_SPEED_NUM_UNKNOWN
			    ? link.link_speed
			    : 0);
}

void sl_dpdk_watch(struct sl_packets *packets, const struct sl_now *now)
{
	struct sl_dpdk *dpdk = packets->dpdk;

	if (packets->worker != 0 ||
	    (packets->looked_ns && now->monotonic_ns - packets->looked_ns < LOOK_NS))
		return;
	packets->looked_ns = now->monotonic_ns;
	for (unsigned i = 0; i < dpdk->n_wires; i++) {
		uint64_t ticks;

		look_at_counts(packets, i);
		look_at_link(packets, i);
		if (dpdk->wires[i].stamped && !rte_eth_read_clock(dpdk->wires[i].port, &ticks))
			sl_card_clock_note(&dpdk->wires[i].clock, ticks, now->wall_ns);
	}
}

uint64_t sl_dpdk_lost(struct sl_packets *packets, unsigned wire)
{
	uint64_t lost =
		atomic_load_explicit(&packets->dpdk->wires[wire].lost, memory_order_relaxed);
	uint64_t told = packets->lost_told[wire];

	packets->lost_told[wire] = lost;
	return lost - told;
}
