/* One wire: its device is found or made, set up, started, and stopped again. */
#include "io/dpdk_priv.h"

#include <ctype.h>
#include <errno.h>
#include <rte_bus_vdev.h>
#include <rte_errno.h>
#include <rte_mempool.h>
#include <stdio.h>
#include <string.h>

#define CACHE_PACKETS 256u
#define KEY_BYTES_MAX 64u
#define PLACES_MAX 2048u /* of a card's table */

/* ---- which device ---------------------------------------------------------------------------- */

static int refuse(char *why, int error, const struct sl_wire *named, const char *what)
{
	snprintf(why, SL_SENTENCE_BYTES, "wire %s: %s: %.80s", named->name, what,
		 sl_dpdk_eal_last_words());
	return error;
}

/* "net_af_packet" comes in the package librte-net-af-packet23, and so on. */
static int refuse_driver(char *why, const struct sl_wire *named)
{
	char package[32];
	size_t n = strcspn(named->device, ",");

	n = n < sizeof(package) ? n : sizeof(package) - 1;
	memcpy(package, named->device, n);
	while (n && isdigit((unsigned char)package[n - 1]))
		n--;
	package[n] = '\0';
	for (size_t i = 0; i < n; i++)
		if (package[i] == '_')
			package[i] = '-';
	snprintf(why, SL_SENTENCE_BYTES,
		 "wire %s: no driver makes it of its device (%.70s). Is librte-%s23 installed, are "
		 "the arguments right, may this process do it?",
		 named->name, sl_dpdk_eal_last_words(), package);
	return -SL_E_NOT_OFFERED;
}

/* Names of virtual devices end in a number of their own. */
static int make(struct sl_dpdk_wire *wire, unsigned index, const struct sl_wire *named, char *why)
{
	size_t n = strcspn(named->device, ",");
	const char *arguments = named->device[n] ? named->device + n + 1 : "";
	char *name = wire->device;

	if (isdigit((unsigned char)named->device[n - 1]))
		snprintf(name, sizeof(wire->device), "%.*s", (int)n, named->device);
	else
		snprintf(name, sizeof(wire->device), "%.*s%u", (int)n, named->device, index);
	if (rte_vdev_init(name, arguments))
		return refuse_driver(why, named);
	wire->made = true;
	if (rte_eth_dev_get_port_by_name(name, &wire->port)) {
		/* some drivers give the port the interface's name */
		uint16_t port = rte_eth_find_next(0);

		for (; port < RTE_MAX_ETHPORTS; port = rte_eth_find_next(port + 1)) {
			struct rte_eth_dev_info info;

			if (!rte_eth_dev_info_get(port, &info) && info.device &&
			    !strcmp(rte_dev_name(info.device), name)) {
				wire->port = port;
				return 0;
			}
		}
		return refuse(why, -SL_E_NOT_OFFERED, named, "its device has no port");
	}
	return 0;
}

int sl_dpdk_port_find(struct sl_dpdk_wire *wire, unsigned index, const struct sl_wire *named,
		      char *why)
{
	size_t n = strcspn(named->device, ",");
	char name[SL_WIRE_DEVICE_MAX];

	snprintf(name, sizeof(name), "%.*s", (int)n, named->device);
	wire->is_pci = strchr(name, ':');
	if (!rte_eth_dev_get_port_by_name(name, &wire->port))
		return 0;
	if (!wire->is_pci)
		return make(wire, index, named, why);
	snprintf(why, SL_SENTENCE_BYTES,
		 "wire %s: no driver took its device (%.60s). Bind it: dpdk-devbind.py -b vfio-pci "
		 "%.20s; let this user open /dev/vfio; install the card's librte-net package",
		 named->name, sl_dpdk_eal_last_words(), name);
	return -SL_E_NOT_OFFERED;
}

/* ---- how it is set up ------------------------------------------------------------------------ */

/* Cards take keys of different lengths; this one is the same all along. */
static void ask_to_spread(const struct rte_eth_dev_info *info, struct rte_eth_conf *conf)
{
	static uint8_t key[KEY_BYTES_MAX];

	for (unsigned i = 0; i < KEY_BYTES_MAX; i++)
		key[i] = i % 2 ? 0x5a : 0x6d;
	conf->rxmode.mq_mode = RTE_ETH_MQ_RX_RSS;
	conf->rx_adv_conf.rss_conf.rss_key = key;
	conf->rx_adv_conf.rss_conf.rss_key_len =
		info->hash_key_size && info->hash_key_size <= KEY_BYTES_MAX ? info->hash_key_size
									    : 40;
	conf->rx_adv_conf.rss_conf.rss_hf =
		info->flow_type_rss_offloads &
		(RTE_ETH_RSS_IPV4 | RTE_ETH_RSS_IPV6 | RTE_ETH_RSS_NONFRAG_IPV4_TCP |
		 RTE_ETH_RSS_NONFRAG_IPV4_UDP | RTE_ETH_RSS_NONFRAG_IPV6_TCP |
		 RTE_ETH_RSS_NONFRAG_IPV6_UDP | RTE_ETH_RSS_FRAG_IPV4 | RTE_ETH_RSS_FRAG_IPV6);
}

/* By ports as well as by addresses, for both protocols: less, and most would have to be handed on.
 */
static bool can_spread(const struct sl_dpdk *dpdk, const struct rte_eth_dev_info *info)
{
	const uint64_t needed = RTE_ETH_RSS_NONFRAG_IPV4_TCP | RTE_ETH_RSS_NONFRAG_IPV4_UDP |
				RTE_ETH_RSS_NONFRAG_IPV6_TCP | RTE_ETH_RSS_NONFRAG_IPV6_UDP;

	return dpdk->workers > 1 && info->max_rx_queues >= dpdk->workers &&
	       (info->flow_type_rss_offloads & needed) == needed && info->reta_size &&
	       info->reta_size <= PLACES_MAX && info->reta_size % SL_SPREAD_PLACES == 0;
}

static int fill_table(const struct sl_dpdk *dpdk, const struct sl_dpdk_wire *wire, unsigned places)
{
	struct rte_eth_rss_reta_entry64 table[PLACES_MAX / RTE_ETH_RETA_GROUP_SIZE] = {0};

	for (unsigned i = 0; i < places; i++) {
		table[i / RTE_ETH_RETA_GROUP_SIZE].mask |= 1ull << i % RTE_ETH_RETA_GROUP_SIZE;
		table[i / RTE_ETH_RETA_GROUP_SIZE].reta[i % RTE_ETH_RETA_GROUP_SIZE] =
			(uint16_t)(i % SL_SPREAD_PLACES % dpdk->workers);
	}
	return rte_eth_dev_rss_reta_update(wire->port, table, (uint16_t)places);
}

static int make_pool(struct sl_dpdk_wire *wire, unsigned index, const struct sl_settings *settings,
		     int socket)
{
	char name[32];
	unsigned n = (unsigned)(settings->dpdk_buffers + settings->dpdk_descriptors * wire->queues);

	snprintf(name, sizeof(name), "sluice-wire-%u", index);
	wire->pool = rte_pktmbuf_pool_create(
		name, n, CACHE_PACKETS, 0,
		(uint16_t)(RTE_PKTMBUF_HEADROOM + settings->dpdk_packet_bytes + SL_SPAN_PADDING),
		socket);
	return wire->pool ? 0 : -ENOMEM;
}

/* One queue for sending, which nobody uses: some drivers start none without. */
static int set_up_queues(struct sl_dpdk_wire *wire, const struct sl_settings *settings,
			 const struct rte_eth_dev_info *info, int socket)
{
	uint16_t receive = (uint16_t)settings->dpdk_descriptors, send = 64;
	int error = rte_eth_dev_adjust_nb_rx_tx_desc(wire->port, &receive, &send);

	for (uint16_t q = 0; !error && q < wire->queues; q++)
		error = rte_eth_rx_queue_setup(wire->port, q, receive, (unsigned)socket, NULL,
					       wire->pool);
	if (!error && info->max_tx_queues)
		error = rte_eth_tx_queue_setup(wire->port, 0, send, (unsigned)socket, NULL);
	return error;
}

static void configure(const struct sl_dpdk_wire *wire, const struct rte_eth_dev_info *info,
		      struct rte_eth_conf *ret_conf)
{
	const uint64_t wanted = RTE_ETH_RX_OFFLOAD_CHECKSUM | RTE_ETH_RX_OFFLOAD_SCATTER |
				RTE_ETH_RX_OFFLOAD_TIMESTAMP;

	memset(ret_conf, 0, sizeof(*ret_conf));
	ret_conf->rxmode.offloads = info->rx_offload_capa & wanted;
	if (wire->card_spreads)
		ask_to_spread(info, ret_conf);
}

/* Of the library's own field in each buffer; without it packets have the worker's time. */
static void ask_for_stamps(struct sl_dpdk *dpdk, struct sl_dpdk_wire *wire,
			   const struct rte_eth_conf *conf)
{
	uint64_t ticks;

	if (!(conf->rxmode.offloads & RTE_ETH_RX_OFFLOAD_TIMESTAMP))
		return;
	if (dpdk->stamp_field < 0 &&
	    rte_mbuf_dyn_rx_timestamp_register(&dpdk->stamp_field, &dpdk->stamp_flag))
		dpdk->stamp_field = -1;
	wire->stamped = dpdk->stamp_field >= 0 && !rte_eth_read_clock(wire->port, &ticks);
}

/* A driver that has room for no more than its own lets the wire's longer packets be cut or lost. */
static void allow_long_packets(const struct sl_dpdk_wire *wire, const struct rte_eth_dev_info *info,
			       int64_t packet_bytes)
{
	uint32_t mtu = (uint32_t)packet_bytes - RTE_ETHER_HDR_LEN - 2 * RTE_VLAN_HLEN;

	if (mtu > info->max_mtu)
		mtu = info->max_mtu;
	if (mtu > RTE_ETHER_MTU)
		(void)rte_eth_dev_set_mtu(wire->port, (uint16_t)mtu);
}

int sl_dpdk_port_start(struct sl_dpdk *dpdk, unsigned index, const struct sl_dpdk_config *config,
		       char *why)
{
	struct sl_dpdk_wire *wire = &dpdk->wires[index];
	const struct sl_wire *named = &config->wires[index];
	struct rte_eth_dev_info info;
	struct rte_eth_conf conf;
	int error = rte_eth_dev_info_get(wire->port, &info), socket;

	if (error)
		return refuse(why, error, named, "its driver does not answer");
	socket = rte_eth_dev_socket_id(wire->port);
	wire->card_spreads = can_spread(dpdk, &info);
	wire->queues = wire->card_spreads ? (uint16_t)dpdk->workers : 1;
	error = make_pool(wire, index, config->settings, socket);
	if (error) {
		snprintf(why, SL_SENTENCE_BYTES,
			 "wire %s: there is no room for its packets (%s): lower dpdk.buffers, or "
			 "give more huge pages (sysctl vm.nr_hugepages)",
			 named->name, rte_strerror(rte_errno));
		return error;
	}
	configure(wire, &info, &conf);
	error = rte_eth_dev_configure(wire->port, wire->queues, info.max_tx_queues ? 1 : 0, &conf);
	if (!error)
		allow_long_packets(wire, &info, config->settings->dpdk_packet_bytes);
	if (!error)
		error = set_up_queues(wire, config->settings, &info, socket);
	if (!error)
		error = rte_eth_dev_start(wire->port);
	if (error)
		return refuse(why, error, named, "its device cannot be started");
	wire->started = true;
	if (wire->card_spreads && fill_table(dpdk, wire, info.reta_size))
		return refuse(why, -SL_E_NOT_OFFERED, named, "its card takes no table of queues");
	ask_for_stamps(dpdk, wire, &conf);
	if (named->promiscuous)
		(void)rte_eth_promiscuous_enable(wire->port); /* virtual ones are so anyway */
	(void)rte_eth_stats_get(wire->port, &wire->before);
	return 0;
}

void sl_dpdk_port_stop(struct sl_dpdk_wire *wire)
{
	if (wire->started)
		(void)rte_eth_dev_stop(wire->port);
	if (wire->made)
		rte_vdev_uninit(wire->device);
	else if (wire->is_pci && wire->started)
		(void)rte_eth_dev_close(wire->port);
	rte_mempool_free(wire->pool);
	*wire = (struct sl_dpdk_wire){0};
}
