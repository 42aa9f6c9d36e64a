/* Datagrams put together from fragments.
 *
 * A fragment is counted when its datagram is done with: all of them alike. One that repeats bytes
 * as they are is harmless; one that contradicts another, or overlaps it in part, spoils the whole,
 * for receivers differ in what they would make of it. */
#include "flow/flow_priv.h"

#define NO_HASH 0u /* of a free place */

static void count(struct sl_flow *flow, enum sl_packet_outcome outcome, uint32_t packets)
{
	flow->counts.outcomes[outcome] += packets;
}

static void release(struct sl_flow *flow, uint32_t i)
{
	flow->datagrams[i].state = SL_DATAGRAM_FREE;
	flow->datagram_hashes[i] = NO_HASH;
	flow->n_datagrams_used--;
}

/* What it held is counted; it stays, so that what belongs to it is known for what it is. */
static enum sl_packet_outcome spoil(struct sl_flow *flow, struct sl_datagram *datagram,
				    enum sl_packet_outcome outcome)
{
	count(flow, outcome, datagram->packets);
	datagram->packets = 0;
	datagram->state = SL_DATAGRAM_SPOILED;
	return outcome;
}

static struct sl_datagram *find(struct sl_flow *flow, const struct sl_datagram_key *key,
				uint64_t hash)
{
	for (uint32_t i = 0; i < flow->limits.datagrams; i++)
		if (flow->datagram_hashes[i] == hash &&
		    flow->datagrams[i].state != SL_DATAGRAM_LENT &&
		    memcmp(&flow->datagrams[i].key, key, sizeof(*key)) == 0)
			return &flow->datagrams[i];
	return NULL;
}

/* A free place, or that of the oldest; NULL: all of them are handed out at this moment. */
static struct sl_datagram *place_for(struct sl_flow *flow)
{
	struct sl_datagram *oldest = NULL;

	for (uint32_t i = 0; i < flow->limits.datagrams; i++) {
		struct sl_datagram *datagram = &flow->datagrams[i];

		if (datagram->state == SL_DATAGRAM_FREE)
			return datagram;
		if (datagram->state != SL_DATAGRAM_LENT &&
		    (!oldest || datagram->since_ns < oldest->since_ns))
			oldest = datagram;
	}
	if (oldest) {
		count(flow, SL_PACKET_FRAGMENT_NO_ROOM, oldest->packets);
		release(flow, (uint32_t)(oldest - flow->datagrams));
	}
	return oldest;
}

static struct sl_datagram *find_or_begin(struct sl_walk *walk, uint32_t id)
{
	struct sl_flow *flow = walk->flow;
	struct sl_datagram_key key = {
		.id = id,
		/* of IPv6 only the first fragment tells it for sure */
		.protocol = walk->is_ipv6 ? 0 : (uint8_t)walk->type,
		.is_ipv6 = walk->is_ipv6,
	};
	struct sl_datagram *datagram;
	uint64_t hash;

	memcpy(key.from, walk->from.address, sizeof(key.from));
	memcpy(key.to, walk->to.address, sizeof(key.to));
	hash = sl_flow_siphash(flow->limits.key, &key, sizeof(key)) | 1;
	datagram = find(flow, &key, hash);
	if (datagram)
		return datagram;
	datagram = place_for(flow);
	if (!datagram)
		return NULL;
	memset(datagram, 0, sizeof(*datagram));
	datagram->key = key;
	datagram->state = SL_DATAGRAM_OPEN;
	datagram->since_ns = walk->segment->time_ns;
	flow->datagram_hashes[datagram - flow->datagrams] = hash;
	flow->n_datagrams_used++;
	return datagram;
}

/* Of the eights [first, end): how many are there; they are marked where `mark` says so. */
static uint32_t present(struct sl_datagram *datagram, uint32_t first, uint32_t end, bool mark)
{
	uint32_t n = 0;

	while (first < end) {
		uint32_t bit = first % 64, bits = 64 - bit < end - first ? 64 - bit : end - first;
		uint64_t mask = (bits == 64 ? UINT64_MAX : (1ull << bits) - 1) << bit;

		n += (uint32_t)__builtin_popcountll(datagram->present[first / 64] & mask);
		if (mark)
			datagram->present[first / 64] |= mask;
		first += bits;
	}
	return n;
}

/* All is there: the walk goes on in it as if it had come at once. */
static enum sl_packet_outcome hand_out(struct sl_walk *walk, struct sl_datagram *datagram)
{
	uint8_t *bytes = walk->flow->datagram_bytes +
			 (size_t)(datagram - walk->flow->datagrams) * SL_DATAGRAM_BYTES;

	walk->segment->weight = (uint16_t)(walk->segment->weight + datagram->packets);
	datagram->packets = 0;
	datagram->state = SL_DATAGRAM_LENT;
	walk->at = bytes;
	walk->bytes = walk->whole = datagram->total;
	if (walk->is_ipv6)
		walk->type = datagram->first_type;
	return SL_PACKET_USED;
}

enum sl_packet_outcome sl_fragments_take(struct sl_walk *walk, uint32_t id, uint32_t place,
					 bool more)
{
	struct sl_flow *flow = walk->flow;
	struct sl_datagram *datagram;
	uint32_t end = place + walk->whole, first = place / 8, last = (end + 7) / 8, there;
	uint8_t *bytes;

	if (walk->bytes < walk->whole)
		return SL_PACKET_CUT;
	if (walk->whole == 0 || end > 65535 || (more && walk->whole % 8))
		return SL_PACKET_FRAGMENT_MALFORMED;
	if (walk->segment->weight > 1) /* fragments within fragments: nobody sends that */
		return SL_PACKET_TOO_DEEP;
	datagram = find_or_begin(walk, id);
	if (!datagram)
		return SL_PACKET_FRAGMENT_NO_ROOM;
	if (datagram->state == SL_DATAGRAM_SPOILED)
		return SL_PACKET_FRAGMENT_OVERLAP;
	if ((datagram->total && (end > datagram->total || (!more && end != datagram->total))) ||
	    (!more && end < datagram->furthest) || datagram->packets == UINT16_MAX - 1)
		return spoil(flow, datagram, SL_PACKET_FRAGMENT_MALFORMED);
	bytes = flow->datagram_bytes + (size_t)(datagram - flow->datagrams) * SL_DATAGRAM_BYTES +
		place;
	there = present(datagram, first, last, false);
	if (there == last - first && memcmp(bytes, walk->at, walk->whole) == 0)
		return SL_PACKET_REPEAT;
	if (there)
		return spoil(flow, datagram, SL_PACKET_FRAGMENT_OVERLAP);
	present(datagram, first, last, true);
	memcpy(bytes, walk->at, walk->whole);
	datagram->got += walk->whole;
	datagram->furthest = end > datagram->furthest ? end : datagram->furthest;
	if (!more)
		datagram->total = end;
	if (place == 0 && walk->is_ipv6)
		datagram->first_type = (uint8_t)walk->type;
	if (datagram->total && datagram->got == datagram->total)
		return hand_out(walk, datagram);
	datagram->packets++;
	walk->segment->weight = 0;
	walk->layer = SL_LAYER_DONE;
	return SL_PACKET_USED;
}

void sl_fragments_release(struct sl_flow *flow)
{
	if (flow->n_datagrams_used == 0)
		return;
	for (uint32_t i = 0; i < flow->limits.datagrams; i++)
		if (flow->datagrams[i].state == SL_DATAGRAM_LENT)
			release(flow, i);
}

static void give_up(struct sl_flow *flow, uint32_t i)
{
	count(flow, SL_PACKET_FRAGMENT_INCOMPLETE, flow->datagrams[i].packets);
	release(flow, i);
}

void sl_fragments_expire(struct sl_flow *flow, int64_t now_ns)
{
	if (flow->n_datagrams_used == 0)
		return;
	for (uint32_t i = 0; i < flow->limits.datagrams; i++)
		if (flow->datagrams[i].state != SL_DATAGRAM_FREE &&
		    flow->datagrams[i].state != SL_DATAGRAM_LENT &&
		    sl_flow_age(now_ns, flow->datagrams[i].since_ns) > flow->limits.fragment_ns)
			give_up(flow, i);
}

void sl_fragments_finish(struct sl_flow *flow)
{
	for (uint32_t i = 0; i < flow->limits.datagrams; i++)
		if (flow->datagrams[i].state != SL_DATAGRAM_FREE)
			give_up(flow, i);
}
