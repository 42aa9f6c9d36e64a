/* All wires together: from the settings to ports that receive. */
#include "io/dpdk_priv.h"

#include <errno.h>
#include <rte_errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define RING_LEAST 1024u
#define RING_MOST 65536u

/* As many as could be on their way to one worker while it is busy with something else. */
static int make_rings(struct sl_dpdk *dpdk, const struct sl_settings *settings)
{
	uint32_t room = RING_LEAST;
	char name[32];

	while (room < settings->dpdk_buffers / 4 && room < RING_MOST)
		room *= 2;
	for (unsigned i = 0; dpdk->workers > 1 && i < dpdk->workers; i++) {
		snprintf(name, sizeof(name), "sluice-worker-%u", i);
		dpdk->rings[i] = rte_ring_create(name, room, SOCKET_ID_ANY, RING_F_SC_DEQ);
		if (!dpdk->rings[i])
			return -ENOMEM;
	}
	return 0;
}

static void free_rings(struct sl_dpdk *dpdk)
{
	for (unsigned i = 0; i < dpdk->workers; i++) {
		void *packet;

		while (dpdk->rings[i] && !rte_ring_dequeue(dpdk->rings[i], &packet))
			rte_pktmbuf_free(packet);
		rte_ring_free(dpdk->rings[i]);
	}
}

void sl_dpdk_close(void *wires)
{
	struct sl_dpdk *dpdk = wires;

	if (!dpdk)
		return;
	free_rings(dpdk); /* their packets go back to the pools first */
	for (unsigned i = 0; i < dpdk->n_wires; i++)
		sl_dpdk_port_stop(&dpdk->wires[i]);
	sl_dpdk_eal_listen(NULL);
	free(dpdk);
}

int sl_dpdk_open(const struct sl_dpdk_config *config, void **ret_wires,
		 char ret_why[SL_SENTENCE_BYTES])
{
	struct sl_dpdk *dpdk;
	int error;

	assert(config->settings->wires <= SL_WIRES_MAX && config->workers <= SL_IO_WORKERS_MAX);
	snprintf(ret_why, SL_SENTENCE_BYTES, "no memory for the wires");
	sl_dpdk_eal_listen(config);
	error = sl_dpdk_eal_start(config, ret_why);
	if (error)
		return error;
	dpdk = calloc(1, sizeof(*dpdk));
	if (!dpdk)
		return -ENOMEM;
	dpdk->workers = config->workers;
	dpdk->n_wires = config->settings->wires;
	dpdk->vxlan_port = config->vxlan_port;
	dpdk->stamp_field = -1;
	error = make_rings(dpdk, config->settings);
	if (error)
		snprintf(ret_why, SL_SENTENCE_BYTES,
			 "there is no room for the rings between workers: lower dpdk.buffers");
	for (unsigned i = 0; !error && i < dpdk->n_wires; i++) {
		error = sl_dpdk_port_find(&dpdk->wires[i], i, &config->wires[i], ret_why);
		if (!error)
			error = sl_dpdk_port_start(dpdk, i, config, ret_why);
	}
	if (error) {
		sl_dpdk_close(dpdk);
		return error;
	}
	*ret_wires = dpdk;
	return 0;
}
