#include "flow_streams.h"

#include <assert.h>

#define ITEMS_MAX 1000000u /* of one burst: more would be work without end */

void flow_streams_init(struct flow_streams *streams, uint8_t options)
{
	struct sl_flow_limits limits;

	memset(streams, 0, sizeof(*streams));
	sl_flow_limits_default(&limits);
	limits.flows = FLOW_STREAMS_FLOWS;
	limits.held_bytes = 128 * 2048;
	limits.window_bytes = 131072;
	limits.datagrams = 4;
	limits.verify_checksums = options & 1;
	assert(sl_flow_new(&limits, &streams->flow) == 0);
	if (options & 2)
		sl_flow_port(streams->flow, 80);
}

static void read_all(struct flow_streams *streams, struct sl_span bytes)
{
	uint8_t sum = 0;

	for (size_t i = 0; i < bytes.bytes; i++)
		sum = (uint8_t)(sum + bytes.at[i]);
	streams->last = sum;
}

static void see(struct flow_streams *streams, const struct sl_flow_item *item)
{
	uint64_t *at;

	assert(item->side < 2 && item->client <= 2);
	if (item->kind == SL_FLOW_DATAGRAM) {
		read_all(streams, item->bytes);
		return;
	}
	assert(item->flow < FLOW_STREAMS_FLOWS);
	if (item->kind == SL_FLOW_OPEN) {
		assert(!streams->open[item->flow]);
		streams->open[item->flow] = true;
		streams->begun[item->flow][0] = streams->begun[item->flow][1] = false;
		return;
	}
	assert(streams->open[item->flow]);
	at = &streams->at[item->flow][item->side];
	switch (item->kind) {
	case SL_FLOW_BYTES:
	case SL_FLOW_GAP:
		/* a connection that is followed again goes on at its offsets */
		assert(!streams->begun[item->flow][item->side] || item->offset == *at);
		streams->begun[item->flow][item->side] = true;
		*at = item->offset + item->bytes.bytes + item->length;
		assert(item->kind != SL_FLOW_BYTES || item->bytes.bytes > 0);
		assert(item->kind != SL_FLOW_GAP || item->length > 0 || item->unknown);
		read_all(streams, item->bytes);
		break;
	case SL_FLOW_END:
		break;
	case SL_FLOW_CLOSE:
		streams->open[item->flow] = false;
		break;
	default:
		assert(0);
	}
}

static void items(struct flow_streams *streams)
{
	const struct sl_flow_item *item;
	unsigned n, seen = 0;

	while ((n = sl_flow_next(streams->flow, &item)) > 0) {
		for (unsigned i = 0; i < n; i++)
			see(streams, &item[i]);
		seen += n;
		assert(seen < ITEMS_MAX);
	}
}

void flow_streams_take(struct flow_streams *streams, const struct sl_packet *packets, unsigned n,
		       int64_t now_ns)
{
	sl_flow_take(streams->flow, packets, n, now_ns);
	items(streams);
}

void flow_streams_fini(struct flow_streams *streams)
{
	const struct sl_flow_counts *counts = sl_flow_counts(streams->flow);
	uint64_t accounted = 0;

	sl_flow_finish(streams->flow);
	items(streams);
	for (unsigned i = 0; i < SL_PACKET_OUTCOMES; i++)
		accounted += counts->outcomes[i];
	assert(accounted == counts->packets);
	assert(sl_flow_open(streams->flow) == 0 && sl_flow_pages(streams->flow) == 0);
	for (unsigned i = 0; i < FLOW_STREAMS_FLOWS; i++)
		assert(!streams->open[i]);
	sl_flow_free(streams->flow);
}
