/* A TCP segment: where it belongs in its stream, and what it makes known of the other. */
#include "flow/flow_priv.h"

#define FAR_BYTES (1 << 30)                 /* further ahead nothing is plausible */
#define TIMESTAMP_AGE_NS 2073600000000000ll /* 24 days: then timestamps have wrapped around */

/* The oldest goes: of the closed, else of the open. Its place is free when no item points at it. */
static bool make_place(struct sl_flow *flow, int64_t now_ns)
{
	uint32_t oldest = flow->open.first;

	if (flow->first_left == SL_NONE && flow->closed.first != SL_NONE) {
		sl_entries_remove(flow, flow->closed.first);
	} else if (flow->first_left == SL_NONE) {
		if (!sl_connection_close(flow, oldest, SL_FLOW_EVICTED, now_ns))
			return false;
		flow->counts.evicted_flows++;
		sl_entries_remove(flow, oldest);
	}
	if (flow->out.n == 0)
		sl_entries_reuse(flow);
	return flow->first_free != SL_NONE;
}

/* The place of a connection for a segment: found, or begun. SL_NONE and ret_outcome: neither. */
static uint32_t entry_for(struct sl_flow *flow, const struct sl_segment *segment,
			  enum sl_packet_outcome *ret_outcome)
{
	uint32_t at = sl_entries_find(flow, segment);

	if (at != SL_NONE)
		return at;
	*ret_outcome = SL_PACKET_AFTER_END;
	if (segment->flags & SL_TCP_RST)
		return SL_NONE;
	if (flow->first_free == SL_NONE && !make_place(flow, segment->time_ns)) {
		*ret_outcome = SL_FLOW_AGAIN;
		return SL_NONE;
	}
	at = sl_entries_add(flow, segment);
	flow->counts.flows++;
	sl_stream_item(flow, at, SL_FLOW_OPEN, segment->time_ns);
	return at;
}

/* A segment that a mirror brings late may be older than a part of it that was sent again: by the
 * tenth of a second that a mirror reorders at most, at a tick of a millisecond. The sequence
 * numbers take three times as long to wrap around at 100 Gbit/s. */
#define TICKS_LATE 100

/* RFC 7323: a segment whose timestamp is older than the stream's left edge is an old duplicate. */
static bool is_stale(const struct sl_entry *entry, const struct sl_side *side,
		     const struct sl_segment *segment)
{
	if (!segment->has_timestamp || !side->has_timestamp || segment->whole == 0)
		return false;
	return (int32_t)(segment->timestamp - side->timestamp) < -TICKS_LATE &&
	       sl_flow_age(segment->time_ns, entry->last_ns) < TIMESTAMP_AGE_NS;
}

static void note_timestamp(struct sl_side *side, const struct sl_segment *segment, int64_t distance)
{
	if (!segment->has_timestamp || distance > 0 || distance + (int64_t)segment->whole < 0)
		return;
	if (side->has_timestamp && (int32_t)(segment->timestamp - side->timestamp) < 0)
		return;
	side->has_timestamp = true;
	side->timestamp = segment->timestamp;
}

/* The peer has it although it was not seen here. */
static void note_ack(struct sl_flow *flow, uint32_t at, const struct sl_segment *segment)
{
	struct sl_side *peer = &flow->entries[at].sides[!segment->side];
	uint64_t acked;
	int32_t distance;

	if (!(segment->flags & SL_TCP_ACK) || !peer->started)
		return;
	distance = sl_side_distance(peer, segment->ack);
	if (distance <= 0 || distance > FAR_BYTES)
		return;
	acked = peer->offset + (uint32_t)distance;
	if (acked > peer->end_at)
		acked = peer->end_at; /* a FIN counts one */
	if (acked <= peer->acked || acked <= peer->offset)
		return;
	if (!peer->waits || peer->acked <= peer->offset) {
		peer->acked_packets = 0;
		if (peer->waits)
			peer->since_ns = segment->time_ns;
	}
	peer->acked = acked;
	sl_stream_wait(flow, at, !segment->side, segment->time_ns);
}

/* Segments nowhere near that are believed when they go on from each other: then the stream begins
 * anew. Of a receiver that is heard acknowledgements are expected, so it takes more of them. */
#define STRAYS_BELIEVED 1u
#define STRAYS_BELIEVED_UNACKED 16u

/* Nowhere near: believed where its receiver has acknowledged it, or many go on from it. */
static enum sl_packet_outcome take_stray(struct sl_flow *flow, uint32_t at,
					 const struct sl_segment *segment, int32_t distance)
{
	struct sl_entry *entry = &flow->entries[at];
	struct sl_side *side = &entry->sides[segment->side];
	unsigned enough =
		entry->sides[!segment->side].started ? STRAYS_BELIEVED_UNACKED : STRAYS_BELIEVED;
	bool goes_on = side->strays > 0 && side->stray_end == segment->seq;
	bool acked = distance > 0 && side->acked >= side->offset + (uint32_t)distance;

	if (!acked && !(goes_on && side->strays >= enough)) {
		side->strays = goes_on ? (uint8_t)(side->strays + 1) : 1;
		side->stray_end = segment->seq + segment->whole;
		return SL_PACKET_OUTSIDE_WINDOW;
	}
	if (side->window != SL_NONE) {
		side->force_until = side->held_end;
		if (!sl_stream_drain(flow, at, segment->side, segment->time_ns))
			return SL_FLOW_AGAIN;
	}
	sl_stream_unknown(flow, at, segment->side, segment->time_ns);
	side->next_seq = segment->seq;
	side->end_at = SL_NOWHERE;
	side->acked = side->force_until = side->offset;
	side->has_timestamp = false;
	side->strays = 0;
	return SL_PACKET_USED;
}

static void put_bytes(struct sl_flow *flow, uint32_t at, const struct sl_segment *segment,
		      struct sl_span bytes)
{
	struct sl_flow_item *item = sl_stream_item(flow, at, SL_FLOW_BYTES, segment->time_ns);

	item->side = segment->side;
	item->offset = flow->entries[at].sides[segment->side].offset;
	item->bytes = bytes;
}

/* Room for what is to be held: where there is none, the oldest hole is given up. */
static bool make_room(struct sl_flow *flow, uint32_t pages, int64_t now_ns)
{
	uint32_t oldest = flow->wait_first;
	struct sl_side *side;

	if (flow->n_free >= pages)
		return true;
	if (flow->n_lent > 0 || oldest == SL_NONE)
		return false;
	side = &flow->entries[oldest / 2].sides[oldest % 2];
	flow->counts.evicted_holes++;
	side->force_until = sl_stream_known_end(side);
	if (sl_stream_drain(flow, oldest / 2, oldest % 2, now_ns))
		sl_connection_ended(flow, oldest / 2, now_ns);
	return false;
}

/* Ahead of a hole, or filling one: it goes to its place, and what is whole goes out. */
static enum sl_packet_outcome hold(struct sl_flow *flow, uint32_t at,
				   const struct sl_segment *segment, struct sl_span bytes,
				   uint64_t place)
{
	struct sl_side *side = &flow->entries[at].sides[segment->side];
	bool is_new;

	if (place + bytes.bytes - side->offset > flow->limits.window_bytes) {
		side->force_until = place + bytes.bytes - flow->limits.window_bytes;
		if (!sl_stream_drain(flow, at, segment->side, segment->time_ns))
			return SL_FLOW_AGAIN;
		if (place < side->offset) /* what was held went further than it had to */
			return SL_FLOW_AGAIN;
	}
	if (!make_room(flow, sl_hold_pages_needed(side, place, (uint32_t)bytes.bytes),
		       segment->time_ns))
		return SL_FLOW_AGAIN;
	is_new = sl_hold_put(flow, side, place, bytes);
	sl_stream_wait(flow, at, segment->side, segment->time_ns);
	if (place > side->offset)
		flow->counts.held_segments++;
	return is_new ? SL_PACKET_USED : SL_PACKET_REPEAT;
}

static void note_fin(struct sl_side *side, const struct sl_segment *segment, uint64_t end)
{
	if (!(segment->flags & SL_TCP_FIN) || side->end_at != SL_NOWHERE || end < side->held_end ||
	    end < side->offset)
		return;
	side->end_at = end;
	if (side->acked > end) /* itself: it comes behind its acknowledgement */
		side->acked = end;
}

/* The payload, trimmed to what is new: [place, place + bytes) at or behind `offset`. */
static enum sl_packet_outcome take_payload(struct sl_flow *flow, uint32_t at,
					   const struct sl_segment *segment, int32_t distance)
{
	struct sl_side *side = &flow->entries[at].sides[segment->side];
	uint32_t trim = distance < 0 ? (uint32_t)-distance : 0;
	uint64_t place = side->offset + (distance > 0 ? (uint32_t)distance : 0);
	uint64_t end = place + segment->whole - trim; /* on the wire */
	struct sl_span bytes = segment->payload;
	enum sl_packet_outcome outcome = SL_PACKET_USED;

	if (trim > segment->whole || (trim == segment->whole && segment->whole > 0))
		return SL_PACKET_REPEAT;
	note_fin(side, segment, end);
	if (place >= side->end_at && segment->whole > 0)
		return SL_PACKET_AFTER_END;
	trim = trim < bytes.bytes ? trim : (uint32_t)bytes.bytes;
	bytes = sl_span_of(bytes.at + trim, bytes.bytes - trim);
	if (bytes.bytes && place + bytes.bytes > side->end_at)
		bytes.bytes = side->end_at - place;
	if (bytes.bytes && place == side->offset && side->window == SL_NONE) {
		put_bytes(flow, at, segment, bytes);
		sl_hold_advance(flow, side, place + bytes.bytes);
	} else if (bytes.bytes) {
		outcome = hold(flow, at, segment, bytes, place);
		if (outcome == SL_FLOW_AGAIN)
			return outcome;
	}
	if (side->end_at != SL_NOWHERE && side->offset < side->end_at)
		sl_stream_wait(flow, at, segment->side, segment->time_ns);
	if (segment->payload.bytes < segment->whole) {
		/* the capture has not kept the rest: there is nothing to wait for */
		if (side->offset == place + bytes.bytes)
			side->force_until = end < side->end_at ? end : side->end_at;
		if (outcome == SL_PACKET_USED)
			outcome = SL_PACKET_CUT;
	}
	return outcome;
}

enum sl_packet_outcome sl_segment_take(struct sl_flow *flow, const struct sl_segment *segment)
{
	enum sl_packet_outcome outcome = SL_PACKET_USED;
	uint32_t at = entry_for(flow, segment, &outcome);
	uint32_t seq = segment->seq + !!(segment->flags & SL_TCP_SYN);
	struct sl_entry *entry;
	struct sl_side *side;
	int32_t distance;

	if (at == SL_NONE)
		return outcome;
	outcome = sl_connection_judge(flow, segment, at);
	entry = &flow->entries[at];
	if (outcome != SL_PACKET_USED || entry->state != SL_ENTRY_OPEN)
		return outcome;
	side = &entry->sides[segment->side];
	distance = sl_side_distance(side, seq);
	if (is_stale(entry, side, segment))
		return SL_PACKET_OLD_TIMESTAMP;
	if (distance > (int32_t)flow->limits.window_bytes * 2 ||
	    distance < -(int32_t)flow->limits.window_bytes * 2) {
		outcome = segment->whole ? take_stray(flow, at, segment, distance)
					 : SL_PACKET_OUTSIDE_WINDOW;
		if (outcome != SL_PACKET_USED)
			return outcome;
		distance = 0;
	}
	note_timestamp(side, segment, distance);
	outcome = take_payload(flow, at, segment, distance);
	if (outcome == SL_FLOW_AGAIN)
		return outcome;
	sl_entries_touch(flow, at, segment->time_ns);
	note_ack(flow, at, segment);
	for (unsigned i = 0; i < 2; i++) {
		if (entry->sides[i].window == SL_NONE && !entry->sides[i].waits &&
		    entry->sides[i].force_until <= entry->sides[i].offset &&
		    entry->sides[i].offset < entry->sides[i].end_at)
			continue;
		if (!sl_stream_drain(flow, at, i, segment->time_ns) ||
		    !sl_stream_check(flow, at, i, segment->time_ns))
			return outcome;
	}
	sl_connection_ended(flow, at, segment->time_ns);
	return outcome;
}
