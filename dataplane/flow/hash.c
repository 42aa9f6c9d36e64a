/* SipHash-1-3: places in the table cannot be chosen by who does not know the key. */
#include "flow/flow_priv.h"

struct sip {
	uint64_t v0, v1, v2, v3;
};

static inline uint64_t rotate(uint64_t x, unsigned bits)
{
	return x << bits | x >> (64 - bits);
}

static inline void round_of(struct sip *s)
{
	s->v0 += s->v1;
	s->v1 = rotate(s->v1, 13) ^ s->v0;
	s->v0 = rotate(s->v0, 32);
	s->v2 += s->v3;
	s->v3 = rotate(s->v3, 16) ^ s->v2;
	s->v0 += s->v3;
	s->v3 = rotate(s->v3, 21) ^ s->v0;
	s->v2 += s->v1;
	s->v1 = rotate(s->v1, 17) ^ s->v2;
	s->v2 = rotate(s->v2, 32);
}

static inline struct sip begin(const uint64_t key[2])
{
	return (struct sip){
		.v0 = key[0] ^ 0x736f6d6570736575u,
		.v1 = key[1] ^ 0x646f72616e646f6du,
		.v2 = key[0] ^ 0x6c7967656e657261u,
		.v3 = key[1] ^ 0x7465646279746573u,
	};
}

static inline void word(struct sip *s, uint64_t m)
{
	s->v3 ^= m;
	round_of(s);
	s->v0 ^= m;
}

static inline uint64_t finish(struct sip *s)
{
	s->v2 ^= 0xff;
	for (unsigned i = 0; i < 3; i++)
		round_of(s);
	return s->v0 ^ s->v1 ^ s->v2 ^ s->v3;
}

static inline uint64_t load(const uint8_t *at)
{
	uint64_t m;

	memcpy(&m, at, sizeof(m));
	return m;
}

uint64_t sl_flow_siphash(const uint64_t key[2], const void *at, size_t bytes)
{
	struct sip s = begin(key);
	const uint8_t *from = at;
	uint64_t last = (uint64_t)bytes << 56;
	size_t i;

	for (i = 0; i + 8 <= bytes; i += 8)
		word(&s, load(from + i));
	for (size_t k = 0; i + k < bytes; k++)
		last |= (uint64_t)from[i + k] << (8 * k);
	word(&s, last);
	return finish(&s);
}

/* Words are put together from the ends directly: of IPv4, the commonest, there are two. */
uint64_t sl_flow_hash_ends(const uint64_t key[2], const struct sl_flow_ends *ends)
{
	struct sip s = begin(key);
	uint64_t ports = (uint64_t)ends->of[0].port << 16 | ends->of[1].port;
	uint32_t a, b;

	if (ends->is_ipv6) {
		for (unsigned i = 0; i < 2; i++) {
			word(&s, load(ends->of[i].address));
			word(&s, load(ends->of[i].address + 8));
		}
		word(&s, ports | 6ull << 56);
		return finish(&s);
	}
	memcpy(&a, ends->of[0].address, sizeof(a));
	memcpy(&b, ends->of[1].address, sizeof(b));
	word(&s, (uint64_t)a << 32 | b);
	word(&s, ports | 4ull << 56);
	return finish(&s);
}
