/* What the files of flow share.
 *
 * Work can stop for want of room for items and goes on in the next sl_flow_next(): whatever says
 * SL_FLOW_AGAIN has changed nothing but what it will find done when it is asked again. */
#ifndef SL_FLOW_PRIV_H
#define SL_FLOW_PRIV_H

#include "flow/walk_priv.h"

#include <assert.h>
#include <stddef.h>

#define SL_NONE UINT32_MAX
#define SL_NOWHERE UINT64_MAX /* an offset that there is not */

#define SL_PAGE_BYTES 2048u
#define SL_PAGE_WORDS (SL_PAGE_BYTES / 64u)
#define SL_WINDOW_PAGES 512u /* pages that one direction can hold: 1 MiB */
#define SL_WINDOW_BYTES_MAX ((SL_WINDOW_PAGES - 1) * SL_PAGE_BYTES)

#define SL_ITEMS_MAX 512u
#define SL_ITEMS_RESERVE                                                                           \
	16u /* free before a packet is begun: more than one writes outside drains */

#define SL_FLOW_AGAIN SL_PACKET_OUTCOMES /* as an outcome: ask again when the items are gone */

/* 2 KiB of a stream, and which of its bytes are there. */
struct sl_page {
	uint64_t present[SL_PAGE_WORDS];
	uint8_t bytes[SL_PAGE_BYTES];
};

/* Where the pages of one direction are, by their place in the stream modulo the window. Lies in a
 * page itself. */
struct sl_window {
	uint32_t page[SL_WINDOW_PAGES];
};
_Static_assert(sizeof(struct sl_window) <= sizeof(struct sl_page), "a window lies in a page");

/* One direction. Offsets count the stream's bytes from where it was picked up. */
struct sl_side {
	uint64_t offset;      /* everything before it has been handed out */
	uint64_t held_end;    /* behind the last held byte; `offset` or less: nothing is held */
	uint64_t force_until; /* holes before it are given up */
	uint64_t acked;       /* the receiver has everything before it */
	uint64_t end_at;      /* of FIN, else SL_NOWHERE */
	int64_t since_ns;     /* that it waits */
	uint32_t next_seq;    /* of `offset` */
	uint32_t isn;         /* of its SYN */
	uint32_t timestamp;
	uint32_t stray_end; /* sequence number behind a segment that was nowhere near */
	uint32_t window;    /* page of the struct sl_window, or SL_NONE */
	uint32_t wait_previous, wait_next;
	uint16_t acked_packets; /* of the connection, since `acked` passed `offset` */
	bool started, has_syn, has_timestamp, waits, ended;
	uint8_t strays; /* segments that were nowhere near and went on from each other */
};

enum sl_entry_state { SL_ENTRY_FREE = 0, SL_ENTRY_OPEN, SL_ENTRY_CLOSED };

struct sl_entry {
	uint64_t hash;
	struct sl_flow_ends ends;
	uint8_t state; /* enum sl_entry_state */
	uint8_t client;
	bool has_pending; /* a SYN that waits to be believed */
	uint8_t pending_side;
	uint32_t pending_isn;
	uint32_t chain; /* the next of its bucket */
	uint32_t previous, next;
	int64_t last_ns;
	int64_t linked_ns; /* when it was put at the end of its list */
	struct sl_side sides[2];
};

/* Connections in the order in which they were last seen. */
struct sl_idle {
	uint32_t first, last;
};

struct sl_datagram_key {
	uint8_t from[16], to[16];
	uint32_t id;
	uint8_t protocol;
	uint8_t is_ipv6;
	uint16_t zero;
};

enum sl_datagram_state {
	SL_DATAGRAM_FREE = 0,
	SL_DATAGRAM_OPEN,
	SL_DATAGRAM_SPOILED,
	SL_DATAGRAM_LENT
};

#define SL_DATAGRAM_BYTES 65536u
#define SL_DATAGRAM_WORDS (SL_DATAGRAM_BYTES / 8u / 64u) /* a bit for each eight bytes */

struct sl_datagram {
	struct sl_datagram_key key;
	uint8_t state;      /* enum sl_datagram_state */
	uint8_t first_type; /* IPv6: what the first fragment carries */
	uint16_t packets;   /* held back, not counted yet */
	uint32_t total;     /* 0: the last fragment has not come */
	uint32_t got, furthest;
	int64_t since_ns;
	uint64_t present[SL_DATAGRAM_WORDS];
};

struct sl_flow {
	struct sl_flow_limits limits;
	struct sl_flow_counts counts;
	bool has_ports;
	uint64_t ports[65536 / 64];

	struct sl_entry *entries;
	uint32_t *buckets;
	uint32_t bucket_mask;
	uint32_t first_free; /* chained by `chain` */
	uint32_t first_left; /* removed, but items at hand point at them */
	uint32_t n_open;
	struct sl_idle open, closed;

	struct sl_page *pages;
	uint32_t *free_pages;
	uint32_t n_pages, n_free;
	uint32_t *lent; /* handed out in the items at hand; given back with them */
	uint32_t n_lent;
	uint32_t wait_first, wait_last; /* sides that wait: 2 * entry + side */

	struct sl_datagram *datagrams;
	uint64_t *datagram_hashes;
	uint8_t *datagram_bytes;
	uint32_t n_datagrams_used; /* not FREE */

	struct sl_item_room {
		struct sl_flow_item items[SL_ITEMS_MAX];
		uint32_t n;
	} out;

	struct sl_segment segments[SL_FLOW_BURST_MAX];
	unsigned n_segments, at;
	uint32_t draining; /* a side whose drain ran out of room, or SL_NONE */
	int64_t now_ns;
	bool to_sweep, finishing;

	void *memory;
	size_t memory_bytes;
};

/* ---- hash.c */
uint64_t sl_flow_siphash(const uint64_t key[2], const void *at, size_t bytes);
uint64_t sl_flow_hash_ends(const uint64_t key[2], const struct sl_flow_ends *ends);

/* ---- fragments.c */
enum sl_packet_outcome sl_fragments_take(struct sl_walk *walk, uint32_t id, uint32_t place,
					 bool more);
void sl_fragments_release(struct sl_flow *flow); /* those whose datagrams were handed out */
void sl_fragments_expire(struct sl_flow *flow, int64_t now_ns);
void sl_fragments_finish(struct sl_flow *flow);

/* ---- table.c */
uint32_t sl_entries_find(const struct sl_flow *flow, const struct sl_segment *segment);
/* A free place for it, linked; there is one. */
uint32_t sl_entries_add(struct sl_flow *flow, const struct sl_segment *segment);
/* Items may still point at its ends: its place is free after sl_entries_reuse(). */
void sl_entries_remove(struct sl_flow *flow, uint32_t entry);
void sl_entries_reuse(struct sl_flow *flow);
/* Another connection between the same ends takes its place. */
void sl_entries_renew(struct sl_flow *flow, uint32_t entry);
void sl_entries_touch(struct sl_flow *flow, uint32_t entry, int64_t now_ns);
/* From the list of the open to that of the closed, or back. */
void sl_entries_move(struct sl_flow *flow, uint32_t entry, enum sl_entry_state state);

/* ---- hold.c: bytes ahead of a hole */
uint32_t sl_hold_pages_needed(const struct sl_side *side, uint64_t at, uint32_t bytes);
/* Copies what is not there yet; the pages it needs are free. Whether anything was new. */
bool sl_hold_put(struct sl_flow *flow, struct sl_side *side, uint64_t at, struct sl_span bytes);
/* The held bytes at `offset`, to the end of a page at most. */
struct sl_span sl_hold_run(const struct sl_flow *flow, const struct sl_side *side);
/* The first held byte at or behind `offset`; held_end where there is none. */
uint64_t sl_hold_next(const struct sl_flow *flow, const struct sl_side *side);
/* Moves `offset`; pages that it leaves are lent until the items go. */
void sl_hold_advance(struct sl_flow *flow, struct sl_side *side, uint64_t to);

/* ---- stream.c: what is handed out */
struct sl_flow_item *sl_stream_item(struct sl_flow *flow, uint32_t entry, enum sl_flow_kind kind,
				    int64_t now_ns);
/* Hands out what can be, giving up holes before force_until. False: no room for items, it goes on
 * in the next round. */
bool sl_stream_drain(struct sl_flow *flow, uint32_t entry, unsigned side, int64_t now_ns);
void sl_stream_unknown(struct sl_flow *flow, uint32_t entry, unsigned side, int64_t now_ns);
/* Whether the time of its holes has come; drains if so. False as above. */
bool sl_stream_check(struct sl_flow *flow, uint32_t entry, unsigned side, int64_t now_ns);
/* Behind the last byte that is known to have been sent; `offset` where nothing is missing. */
uint64_t sl_stream_known_end(const struct sl_side *side);
void sl_stream_wait(struct sl_flow *flow, uint32_t entry, unsigned side, int64_t now_ns);
void sl_stream_stop_waiting(struct sl_flow *flow, uint32_t entry, unsigned side);

/* ---- connection.c: begins and ends */
/* Everything held goes out, then CLOSE. False: not yet done, ask again. */
bool sl_connection_close(struct sl_flow *flow, uint32_t entry, enum sl_flow_why why,
			 int64_t now_ns);
/* SYN, RST, segments of closed connections. SL_PACKET_USED: it may be taken as a segment. */
enum sl_packet_outcome sl_connection_judge(struct sl_flow *flow, const struct sl_segment *segment,
					   uint32_t entry);
void sl_connection_ended(struct sl_flow *flow, uint32_t entry, int64_t now_ns);

/* ---- segment.c */
enum sl_packet_outcome sl_segment_take(struct sl_flow *flow, const struct sl_segment *segment);

/* ---- transport.c, ip.c */
bool sl_flow_checksum_good(const struct sl_walk *walk, uint8_t protocol);

static inline bool sl_flow_has_port(const struct sl_flow *flow, uint16_t port)
{
	return flow->ports[port / 64] >> (port % 64) & 1;
}

/* How long ago, for clocks that may run backwards. */
static inline int64_t sl_flow_age(int64_t now_ns, int64_t then_ns)
{
	int64_t age_ns;

	return __builtin_sub_overflow(now_ns, then_ns, &age_ns) ? 0 : age_ns;
}

/* Where a sequence number lies, relative to the next byte of the stream. */
static inline int32_t sl_side_distance(const struct sl_side *side, uint32_t seq)
{
	return (int32_t)(seq - side->next_seq);
}

#endif
