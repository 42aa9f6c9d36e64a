/* The memory of flow: taken at once, never more. */
#include "flow/flow_priv.h"
#include "sluice/error.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/mman.h>

#define SECONDS 1000000000ll

/* A segment of 64 KiB, its window, and as much again for what is lent at that moment. */
#define PAGES_MIN 128u

void sl_flow_limits_default(struct sl_flow_limits *ret_limits)
{
	*ret_limits = (struct sl_flow_limits){
		.flows = 65536,
		.held_bytes = 64u << 20,
		.window_bytes = SL_WINDOW_BYTES_MAX,
		.datagrams = 256,
		.idle_ns = 3600 * SECONDS,
		.closed_ns = 30 * SECONDS,
		.hole_ns = 10 * SECONDS,
		.reorder_ns = SECONDS / 20,
		.fragment_ns = 30 * SECONDS,
		.vxlan_port = 4789,
	};
}

static size_t rounded(size_t bytes)
{
	return (bytes + 63) / 64 * 64;
}

/* Places one part behind another; with memory NULL only the sizes are added. */
static void *part(char *memory, size_t *at, size_t count, size_t bytes)
{
	void *here = memory ? memory + *at : NULL;

	*at += rounded(count * bytes);
	return here;
}

static size_t lay_out(struct sl_flow *flow, char *memory)
{
	const struct sl_flow_limits *limits = &flow->limits;
	size_t at = 0;

	flow->entries = part(memory, &at, limits->flows, sizeof(*flow->entries));
	flow->buckets = part(memory, &at, flow->bucket_mask + 1u, sizeof(*flow->buckets));
	flow->free_pages = part(memory, &at, flow->n_pages, sizeof(*flow->free_pages));
	flow->lent = part(memory, &at, flow->n_pages, sizeof(*flow->lent));
	flow->datagrams = part(memory, &at, limits->datagrams, sizeof(*flow->datagrams));
	flow->datagram_hashes =
		part(memory, &at, limits->datagrams, sizeof(*flow->datagram_hashes));
	flow->pages = part(memory, &at, flow->n_pages, sizeof(*flow->pages));
	flow->datagram_bytes = part(memory, &at, limits->datagrams, SL_DATAGRAM_BYTES);
	return at;
}

static void fill(struct sl_flow *flow)
{
	memset(flow->buckets, 0xff, (flow->bucket_mask + 1u) * sizeof(*flow->buckets));
	for (uint32_t i = 0; i < flow->limits.flows; i++)
		flow->entries[i].chain = i + 1 < flow->limits.flows ? i + 1 : SL_NONE;
	for (uint32_t i = 0; i < flow->n_pages; i++)
		flow->free_pages[i] = flow->n_pages - 1 - i;
	flow->n_free = flow->n_pages;
	flow->open = flow->closed = (struct sl_idle){SL_NONE, SL_NONE};
	flow->first_left = flow->wait_first = flow->wait_last = flow->draining = SL_NONE;
}

int sl_flow_new(const struct sl_flow_limits *limits, struct sl_flow **ret_flow)
{
	struct sl_flow *flow;
	void *memory;

	if (limits->flows < 2 || limits->flows > 1u << 28 ||
	    limits->held_bytes / SL_PAGE_BYTES < PAGES_MIN || limits->window_bytes < 131072 ||
	    limits->window_bytes > SL_WINDOW_BYTES_MAX || limits->datagrams < 1 ||
	    limits->datagrams > 65536)
		return -SL_E_LIMIT;
	flow = calloc(1, sizeof(*flow));
	if (!flow)
		return -ENOMEM;
	flow->limits = *limits;
	flow->n_pages = limits->held_bytes / SL_PAGE_BYTES;
	flow->bucket_mask = 1;
	while (flow->bucket_mask + 1 < limits->flows)
		flow->bucket_mask = flow->bucket_mask * 2 + 1;
	flow->memory_bytes = lay_out(flow, NULL);
	memory = mmap(NULL, flow->memory_bytes, PROT_READ | PROT_WRITE,
		      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (memory == MAP_FAILED) {
		free(flow);
		return -ENOMEM;
	}
	flow->memory = memory;
	lay_out(flow, memory);
	fill(flow);
	*ret_flow = flow;
	return 0;
}

void sl_flow_free(struct sl_flow *flow)
{
	if (!flow)
		return;
	munmap(flow->memory, flow->memory_bytes);
	free(flow);
}

void sl_flow_port(struct sl_flow *flow, uint16_t port)
{
	flow->has_ports = true;
	flow->ports[port / 64] |= 1ull << (port % 64);
}
