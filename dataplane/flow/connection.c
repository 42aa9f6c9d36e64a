/* How connections begin, end, and begin again between the same ends. */
#include "flow/flow_priv.h"

bool sl_connection_close(struct sl_flow *flow, uint32_t at, enum sl_flow_why why, int64_t now_ns)
{
	struct sl_entry *entry = &flow->entries[at];

	for (unsigned i = 0; i < 2; i++) {
		entry->sides[i].force_until = sl_stream_known_end(&entry->sides[i]);
		if (!sl_stream_drain(flow, at, i, now_ns))
			return false;
		sl_stream_stop_waiting(flow, at, i);
	}
	sl_stream_item(flow, at, SL_FLOW_CLOSE, now_ns)->why = (uint8_t)why;
	sl_entries_move(flow, at, SL_ENTRY_CLOSED);
	return true;
}

void sl_connection_ended(struct sl_flow *flow, uint32_t at, int64_t now_ns)
{
	const struct sl_entry *entry = &flow->entries[at];

	for (unsigned i = 0; i < 2; i++)
		if (!entry->sides[i].ended && entry->sides[i].started)
			return;
	/* both are drained to their ends, so this takes one step */
	sl_connection_close(flow, at, SL_FLOW_FINISHED, now_ns);
}

/* Another connection between the same ends. */
static bool replace(struct sl_flow *flow, const struct sl_segment *segment, uint32_t at)
{
	if (flow->entries[at].state == SL_ENTRY_OPEN &&
	    !sl_connection_close(flow, at, SL_FLOW_REPLACED, segment->time_ns))
		return false;
	sl_entries_renew(flow, at);
	flow->counts.flows++;
	sl_stream_item(flow, at, SL_FLOW_OPEN, segment->time_ns);
	return true;
}

static void start(struct sl_side *side, uint32_t seq)
{
	side->started = true;
	side->next_seq = seq;
}

/* A SYN tells where a stream begins, and one that answers a SYN also where the other did. */
static void take_syn(struct sl_entry *entry, const struct sl_segment *segment)
{
	struct sl_side *side = &entry->sides[segment->side];
	struct sl_side *peer = &entry->sides[!segment->side];

	start(side, segment->seq + 1);
	side->has_syn = true;
	side->isn = segment->seq;
	entry->has_pending = false;
	if (segment->flags & SL_TCP_ACK) {
		entry->client = !segment->side;
		if (!peer->started)
			start(peer, segment->ack);
	} else {
		entry->client = segment->side;
	}
}

/* Whether a SYN that contradicts what is known begins another connection. A host in the middle of
 * one answers a stray SYN and goes on: then it is believed only when the other side has agreed. */
static bool is_believed(struct sl_entry *entry, const struct sl_segment *segment)
{
	const struct sl_side *peer = &entry->sides[!segment->side];

	if (entry->state == SL_ENTRY_CLOSED)
		return true;
	if (segment->flags & SL_TCP_ACK)
		return entry->has_pending && entry->pending_side != segment->side &&
		       segment->ack == entry->pending_isn + 1;
	if (!peer->started || entry->sides[segment->side].ended)
		return true;
	entry->has_pending = true;
	entry->pending_side = segment->side;
	entry->pending_isn = segment->seq;
	return false;
}

static enum sl_packet_outcome judge_syn(struct sl_flow *flow, const struct sl_segment *segment,
					uint32_t at)
{
	struct sl_entry *entry = &flow->entries[at];
	const struct sl_side *side = &entry->sides[segment->side];

	if (entry->state == SL_ENTRY_OPEN && !side->started) {
		take_syn(entry, segment);
		return SL_PACKET_USED;
	}
	if (side->has_syn && side->isn == segment->seq) {
		if (entry->state == SL_ENTRY_OPEN && segment->payload.bytes)
			return SL_PACKET_USED;
		return SL_PACKET_REPEAT;
	}
	/* the answer to a SYN, behind what had answered by name already */
	if (entry->state == SL_ENTRY_OPEN && !side->has_syn && side->offset == 0 &&
	    segment->seq + 1 == side->next_seq)
		return SL_PACKET_REPEAT;
	if (!is_believed(entry, segment))
		return SL_PACKET_STRANGE_SYN;
	if (!replace(flow, segment, at))
		return SL_FLOW_AGAIN;
	take_syn(entry, segment);
	return SL_PACKET_USED;
}

/* A RST counts where its receiver would heed it: at the next byte it waits for. Where bytes are
 * missing here that may be any place up to what is known to have been sent. */
static bool is_heeded(const struct sl_entry *entry, const struct sl_segment *segment)
{
	const struct sl_side *side = &entry->sides[segment->side];
	const struct sl_side *peer = &entry->sides[!segment->side];
	uint64_t furthest = side->held_end > side->acked ? side->held_end : side->acked;
	int32_t distance = sl_side_distance(side, segment->seq);

	if (!side->started)
		return (segment->flags & SL_TCP_ACK) && peer->started &&
		       sl_side_distance(peer, segment->ack) == 0;
	if (distance == 0)
		return true;
	return distance > 0 && side->offset + (uint32_t)distance <= furthest;
}

static enum sl_packet_outcome judge_rst(struct sl_flow *flow, const struct sl_segment *segment,
					uint32_t at)
{
	struct sl_entry *entry = &flow->entries[at];

	if (entry->state != SL_ENTRY_OPEN)
		return SL_PACKET_AFTER_END;
	if (!is_heeded(entry, segment))
		return SL_PACKET_STRANGE_SYN;
	if (!sl_connection_close(flow, at, SL_FLOW_RESET, segment->time_ns))
		return SL_FLOW_AGAIN;
	return SL_PACKET_USED;
}

/* Of a closed one: what repeats is no news. What goes on exactly where it had ended shows that the
 * end was none (a RST that its receiver did not heed): it is followed again. */
static enum sl_packet_outcome judge_closed(struct sl_flow *flow, const struct sl_segment *segment,
					   uint32_t at)
{
	struct sl_entry *entry = &flow->entries[at];
	const struct sl_side *side = &entry->sides[segment->side];
	int32_t distance = sl_side_distance(side, segment->seq);

	if (segment->whole == 0)
		return SL_PACKET_USED; /* the last acknowledgements */
	if (side->started && distance < 0 && (uint32_t)-distance >= segment->whole)
		return SL_PACKET_REPEAT;
	if (side->started && (side->ended || distance > 0))
		return SL_PACKET_AFTER_END;
	sl_entries_move(flow, at, SL_ENTRY_OPEN);
	flow->counts.flows++;
	sl_stream_item(flow, at, SL_FLOW_OPEN, segment->time_ns);
	for (unsigned i = 0; i < 2; i++)
		if (entry->sides[i].started)
			sl_stream_unknown(flow, at, i, segment->time_ns);
	return SL_PACKET_USED;
}

enum sl_packet_outcome sl_connection_judge(struct sl_flow *flow, const struct sl_segment *segment,
					   uint32_t at)
{
	if (segment->flags & SL_TCP_RST)
		return judge_rst(flow, segment, at);
	if (segment->flags & SL_TCP_SYN)
		return judge_syn(flow, segment, at);
	if (flow->entries[at].state == SL_ENTRY_CLOSED)
		return judge_closed(flow, segment, at);
	if (!flow->entries[at].sides[segment->side].started) {
		start(&flow->entries[at].sides[segment->side], segment->seq);
		sl_stream_unknown(flow, at, segment->side, segment->time_ns);
	}
	return SL_PACKET_USED;
}
