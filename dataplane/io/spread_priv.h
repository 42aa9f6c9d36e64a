/* spread: which worker a packet belongs to, where the card cannot tell.
 *
 * - One thread per struct. Bytes of packets are read up to the bound and no further; what cannot be
 *   read belongs to whoever received it, for it has to be counted somewhere.
 * - The hash is that of cards with the key 0x6D5A repeated: symmetric, so both directions of a
 *   connection come out alike, and what a card has spread and what is spread here go together. It
 *   has 16 bits, and who sends packets can choose it: it chooses a worker, never a place in memory.
 * - Tunnels are looked into: what counts is the innermost packet, as in flow.
 * - Fragments: of TCP, those behind the first go where the first went, as long as it is among the
 *   last SL_SPREAD_FRAGMENTS; else, and those of UDP always, where the addresses alone say. */
#ifndef SL_IO_SPREAD_PRIV_H
#define SL_IO_SPREAD_PRIV_H

#include <stdbool.h>
#include <stdint.h>

#define SL_SPREAD_FRAGMENTS 1024u /* a power of two */
#define SL_SPREAD_PLACES 128u /* by the hash, dealt out to workers in turns: a card's table too */

struct sl_spread_fragment {
	uint64_t key; /* of its datagram; 0: none */
	uint16_t owner;
};

struct sl_spread {
	unsigned workers;
	uint16_t vxlan_port;
	struct sl_spread_fragment fragments[SL_SPREAD_FRAGMENTS];
};

enum sl_spread_shape {
	SL_SPREAD_PLAIN, /* a whole packet in no tunnel: a card can read all of it */
	SL_SPREAD_DEEP,  /* a fragment, or in a tunnel */
	SL_SPREAD_OTHER, /* no TCP or UDP that could be read */
};

struct sl_spread_place {
	enum sl_spread_shape shape;
	unsigned owner; /* of OTHER: 0, and it means nothing */
};

void sl_spread_init(struct sl_spread *spread, unsigned workers, uint16_t vxlan_port);

/* Of a packet that begins with an Ethernet header. */
struct sl_spread_place sl_spread_find(struct sl_spread *spread, const uint8_t *at, uint32_t bytes);

/* The hash of addresses and ports, both halves of which are alike in a card's; every 16 bits of
 * them exclusive-or'ed together. */
uint16_t sl_spread_hash(uint16_t folded);

#endif
