/* A burst: all headers first, so that the table's memory is on its way when it is needed; then one
 * packet after another, as far as there is room for items. */
#include "flow/flow_priv.h"

#define SWEEP_MAX 32u /* connections and holes looked at for their age, each burst */

void sl_flow_take(struct sl_flow *flow, const struct sl_packet *packets, unsigned n, int64_t now_ns)
{
	assert(n <= SL_FLOW_BURST_MAX && flow->at == flow->n_segments && !flow->finishing);
	for (unsigned i = 0; i < n; i++) {
		struct sl_segment *segment = &flow->segments[i];

		flow->counts.packets++;
		flow->counts.bytes += packets[i].bytes;
		sl_walk(flow, &packets[i], segment);
		if (segment->outcome || segment->protocol != SL_PROTOCOL_NUMBER_TCP)
			continue;
		segment->hash = sl_flow_hash_ends(flow->limits.key, &segment->ends);
		__builtin_prefetch(&flow->buckets[segment->hash & flow->bucket_mask]);
	}
	for (unsigned i = 0; i < n; i++) {
		uint32_t at = flow->buckets[flow->segments[i].hash & flow->bucket_mask];
		const char *entry = (const char *)&flow->entries[at == SL_NONE ? 0 : at];

		for (size_t line = 0; line < sizeof(struct sl_entry); line += 64)
			__builtin_prefetch(entry + line, 1);
	}
	flow->n_segments = n;
	flow->at = 0;
	flow->now_ns = now_ns;
	flow->to_sweep = true;
}

void sl_flow_finish(struct sl_flow *flow)
{
	assert(flow->at == flow->n_segments);
	flow->n_segments = flow->at = 0;
	flow->finishing = true;
}

/* The rest of a side that had more to hand out than there was room for. */
static bool resume(struct sl_flow *flow)
{
	uint32_t side = flow->draining;
	int64_t now_ns;

	if (side == SL_NONE)
		return true;
	flow->draining = SL_NONE;
	now_ns = flow->entries[side / 2].last_ns;
	if (!sl_stream_drain(flow, side / 2, side % 2, now_ns))
		return false;
	if (flow->entries[side / 2].state == SL_ENTRY_OPEN)
		sl_connection_ended(flow, side / 2, now_ns);
	return flow->draining == SL_NONE;
}

static bool sweep_holes(struct sl_flow *flow)
{
	for (unsigned n = 0; n < SWEEP_MAX && flow->wait_first != SL_NONE; n++) {
		uint32_t at = flow->wait_first;
		struct sl_side *side = &flow->entries[at / 2].sides[at % 2];
		int64_t age_ns = sl_flow_age(flow->now_ns, side->since_ns);

		if (age_ns > flow->limits.hole_ns)
			side->force_until = sl_stream_known_end(side);
		else if (age_ns > flow->limits.reorder_ns && side->acked > side->offset)
			side->force_until = side->acked;
		else
			break;
		if (!sl_stream_drain(flow, at / 2, at % 2, flow->now_ns))
			return false;
		sl_connection_ended(flow, at / 2, flow->now_ns);
		if (flow->draining != SL_NONE)
			return false;
	}
	return true;
}

static bool sweep_idle(struct sl_flow *flow)
{
	for (unsigned n = 0; n < SWEEP_MAX && flow->open.first != SL_NONE; n++) {
		uint32_t at = flow->open.first;
		const struct sl_entry *entry = &flow->entries[at];

		if (sl_flow_age(flow->now_ns, entry->linked_ns) <= flow->limits.idle_ns)
			break;
		if (sl_flow_age(flow->now_ns, entry->last_ns) <= flow->limits.idle_ns) {
			sl_entries_move(flow, at,
					SL_ENTRY_OPEN); /* seen since: to the end of the list */
			continue;
		}
		if (!sl_connection_close(flow, at, SL_FLOW_IDLE, flow->now_ns))
			return false;
		sl_entries_remove(flow, at);
	}
	for (unsigned n = 0; n < SWEEP_MAX && flow->closed.first != SL_NONE; n++) {
		const struct sl_entry *entry = &flow->entries[flow->closed.first];

		if (sl_flow_age(flow->now_ns, entry->linked_ns) <= flow->limits.closed_ns)
			break;
		sl_entries_remove(flow, flow->closed.first);
	}
	return true;
}

static void sweep(struct sl_flow *flow)
{
	if (!sweep_holes(flow) || !sweep_idle(flow))
		return;
	sl_fragments_expire(flow, flow->now_ns);
	flow->to_sweep = false;
}

static void put_datagram(struct sl_flow *flow, const struct sl_segment *segment)
{
	struct sl_flow_item *item = &flow->out.items[flow->out.n++];

	*item = (struct sl_flow_item){
		.kind = SL_FLOW_DATAGRAM,
		.side = segment->side,
		.client = 2,
		.flow = SL_NONE,
		.bytes = segment->payload,
		.time_ns = segment->time_ns,
		.ends = &segment->ends,
	};
}

/* SL_FLOW_AGAIN, or the outcome, counted. */
static enum sl_packet_outcome take_one(struct sl_flow *flow, const struct sl_segment *segment)
{
	enum sl_packet_outcome outcome = segment->outcome;
	bool is_tcp = segment->protocol == SL_PROTOCOL_NUMBER_TCP;

	if (segment->weight == 0)
		return SL_PACKET_USED;
	if (!outcome && is_tcp) {
		outcome = sl_segment_take(flow, segment);
	} else if (!outcome) {
		put_datagram(flow, segment);
		if (segment->payload.bytes < segment->whole)
			outcome = SL_PACKET_CUT;
	}
	if (outcome == SL_FLOW_AGAIN)
		return outcome;
	flow->counts.outcomes[outcome] += segment->weight;
	if (!segment->outcome)
		*(is_tcp ? &flow->counts.segments : &flow->counts.datagrams) += 1;
	return outcome;
}

static void end_all(struct sl_flow *flow)
{
	while (flow->open.first != SL_NONE) {
		uint32_t at = flow->open.first;

		if (!sl_connection_close(flow, at, SL_FLOW_CUT_OFF, flow->entries[at].last_ns))
			return;
		sl_entries_remove(flow, at);
	}
	while (flow->closed.first != SL_NONE)
		sl_entries_remove(flow, flow->closed.first);
	sl_fragments_finish(flow);
	flow->finishing = false;
}

static void give_back_pages(struct sl_flow *flow)
{
	memcpy(flow->free_pages + flow->n_free, flow->lent, flow->n_lent * sizeof(*flow->lent));
	flow->n_free += flow->n_lent;
	flow->n_lent = 0;
}

unsigned sl_flow_next(struct sl_flow *flow, const struct sl_flow_item **ret_items)
{
	flow->out.n = 0;
	give_back_pages(flow);
	sl_entries_reuse(flow);
	if (resume(flow) && flow->to_sweep)
		sweep(flow);
	while (flow->draining == SL_NONE && flow->at < flow->n_segments &&
	       flow->out.n + SL_ITEMS_RESERVE < SL_ITEMS_MAX) {
		if (take_one(flow, &flow->segments[flow->at]) == SL_FLOW_AGAIN)
			break;
		flow->at++;
	}
	if (flow->finishing && flow->draining == SL_NONE)
		end_all(flow);
	*ret_items = flow->out.items;
	if (flow->out.n == 0) {
		assert(flow->at == flow->n_segments && flow->draining == SL_NONE);
		sl_fragments_release(flow);
	}
	return flow->out.n;
}

const struct sl_flow_counts *sl_flow_counts(const struct sl_flow *flow)
{
	return &flow->counts;
}

uint32_t sl_flow_open(const struct sl_flow *flow)
{
	return flow->n_open;
}

uint32_t sl_flow_pages(const struct sl_flow *flow)
{
	return flow->n_pages - flow->n_free;
}
