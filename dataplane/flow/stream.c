/* What is handed out of a stream, in order; and which holes are waited for no longer. */
#include "flow/flow_priv.h"

/* Packets of a connection that may still bring what was acknowledged already: mirrors reorder by a
 * few. */
#define ACKED_PACKETS_MAX 32u

struct sl_flow_item *sl_stream_item(struct sl_flow *flow, uint32_t at, enum sl_flow_kind kind,
				    int64_t now_ns)
{
	struct sl_flow_item *item;

	assert(flow->out.n < SL_ITEMS_MAX);
	item = &flow->out.items[flow->out.n++];
	*item = (struct sl_flow_item){
		.kind = (uint8_t)kind,
		.client = flow->entries[at].client,
		.flow = at,
		.time_ns = now_ns,
		.ends = &flow->entries[at].ends,
	};
	return item;
}

static void put_gap(struct sl_flow *flow, uint32_t at, unsigned side, uint64_t bytes,
		    int64_t now_ns)
{
	struct sl_flow_item *item = sl_stream_item(flow, at, SL_FLOW_GAP, now_ns);

	item->side = (uint8_t)side;
	item->offset = flow->entries[at].sides[side].offset;
	item->length = bytes;
	flow->counts.gaps++;
	flow->counts.gap_bytes += bytes;
}

void sl_stream_unknown(struct sl_flow *flow, uint32_t at, unsigned side, int64_t now_ns)
{
	put_gap(flow, at, side, 0, now_ns);
	flow->out.items[flow->out.n - 1].unknown = true;
}

uint64_t sl_stream_known_end(const struct sl_side *side)
{
	uint64_t end = side->offset;

	if (side->window != SL_NONE)
		end = side->held_end;
	if (side->acked > end)
		end = side->acked;
	return side->end_at != SL_NOWHERE && side->end_at > end ? side->end_at : end;
}

static bool has_room(const struct sl_flow *flow)
{
	return flow->out.n + SL_ITEMS_RESERVE < SL_ITEMS_MAX;
}

static void put_held(struct sl_flow *flow, uint32_t at, unsigned side, struct sl_span run,
		     int64_t now_ns)
{
	struct sl_flow_item *item = sl_stream_item(flow, at, SL_FLOW_BYTES, now_ns);

	item->side = (uint8_t)side;
	item->offset = flow->entries[at].sides[side].offset;
	item->bytes = run;
	item->held = true;
}

/* One run or gap. False: there is nothing more to hand out. */
static bool drain_one(struct sl_flow *flow, uint32_t at, unsigned index, int64_t now_ns)
{
	struct sl_side *side = &flow->entries[at].sides[index];
	struct sl_span run = sl_hold_run(flow, side);
	uint64_t to;

	if (run.bytes) {
		put_held(flow, at, index, run, now_ns);
		sl_hold_advance(flow, side, side->offset + run.bytes);
		return true;
	}
	if (side->force_until <= side->offset)
		return false;
	to = side->window == SL_NONE ? side->force_until : sl_hold_next(flow, side);
	if (to > side->force_until)
		to = side->force_until;
	put_gap(flow, at, index, to - side->offset, now_ns);
	sl_hold_advance(flow, side, to);
	return true;
}

bool sl_stream_drain(struct sl_flow *flow, uint32_t at, unsigned index, int64_t now_ns)
{
	struct sl_side *side = &flow->entries[at].sides[index];

	uint64_t before = side->offset;

	do {
		if (!has_room(flow)) {
			flow->draining = 2 * at + index;
			return false;
		}
	} while (drain_one(flow, at, index, now_ns));
	if (side->acked <= side->offset)
		side->acked_packets = 0;
	if (sl_stream_known_end(side) <= side->offset) {
		sl_stream_stop_waiting(flow, at, index);
	} else if (side->waits && side->offset != before) { /* for another hole now */
		sl_stream_stop_waiting(flow, at, index);
		sl_stream_wait(flow, at, index, now_ns);
	}
	if (side->offset >= side->end_at && !side->ended) {
		side->ended = true;
		sl_stream_item(flow, at, SL_FLOW_END, now_ns)->side = (uint8_t)index;
	}
	return true;
}

bool sl_stream_check(struct sl_flow *flow, uint32_t at, unsigned index, int64_t now_ns)
{
	struct sl_side *side = &flow->entries[at].sides[index];
	int64_t age_ns = sl_flow_age(now_ns, side->since_ns);

	if (!side->waits)
		return true;
	if (side->acked > side->offset) {
		side->acked_packets += side->acked_packets < UINT16_MAX;
		if ((age_ns > flow->limits.reorder_ns || side->acked_packets > ACKED_PACKETS_MAX) &&
		    side->force_until < side->acked)
			side->force_until = side->acked;
	}
	if (age_ns > flow->limits.hole_ns)
		side->force_until = sl_stream_known_end(side);
	return side->force_until <= side->offset || sl_stream_drain(flow, at, index, now_ns);
}

void sl_stream_wait(struct sl_flow *flow, uint32_t at, unsigned index, int64_t now_ns)
{
	struct sl_side *side = &flow->entries[at].sides[index];
	uint32_t self = 2 * at + index;

	if (side->waits)
		return;
	side->waits = true;
	side->since_ns = now_ns;
	side->wait_next = SL_NONE;
	side->wait_previous = flow->wait_last;
	if (flow->wait_last == SL_NONE)
		flow->wait_first = self;
	else
		flow->entries[flow->wait_last / 2].sides[flow->wait_last % 2].wait_next = self;
	flow->wait_last = self;
}

void sl_stream_stop_waiting(struct sl_flow *flow, uint32_t at, unsigned index)
{
	struct sl_side *side = &flow->entries[at].sides[index];
	uint32_t previous = side->wait_previous, next = side->wait_next;

	if (!side->waits)
		return;
	side->waits = false;
	if (previous == SL_NONE)
		flow->wait_first = next;
	else
		flow->entries[previous / 2].sides[previous % 2].wait_next = next;
	if (next == SL_NONE)
		flow->wait_last = previous;
	else
		flow->entries[next / 2].sides[next % 2].wait_previous = previous;
}
