/* Which worker a packet belongs to: the library's own hash is the judge. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "io/spread_priv.h"

#include <rte_thash.h>
#include <stdlib.h>
#include <string.h>

static struct sl_spread spread;
static uint64_t seed = 0x5eed;

static uint32_t draw(void)
{
	seed = seed * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)(seed >> 32);
}

static void the_hash_is_that_of_cards(void **state)
{
	uint8_t key[40];

	(void)state;
	for (unsigned i = 0; i < sizeof(key); i++)
		key[i] = i % 2 ? 0x5a : 0x6d;
	for (unsigned round = 0; round < 10000; round++) {
		uint32_t tuple[3] = {draw(), draw(), draw()}; /* two addresses, two ports */
		uint32_t hash = rte_softrss(tuple, 3, key);
		uint16_t folded = 0;

		for (unsigned i = 0; i < 3; i++)
			folded ^= (uint16_t)(tuple[i] >> 16 ^ tuple[i]);
		assert_int_equal(hash & 0xffff, sl_spread_hash(folded));
		assert_int_equal(hash >> 16, sl_spread_hash(folded));
	}
}

static void put_16(uint8_t *at, unsigned value)
{
	at[0] = (uint8_t)(value >> 8);
	at[1] = (uint8_t)value;
}

/* Ethernet, IPv4, TCP. */
static unsigned tcp(uint8_t *at, uint32_t from, uint32_t to, unsigned from_port, unsigned to_port)
{
	memset(at, 0, 54);
	put_16(at + 12, 0x0800);
	at[14] = 0x45;
	at[23] = 6;
	put_16(at + 26, from >> 16);
	put_16(at + 28, from & 0xffff);
	put_16(at + 30, to >> 16);
	put_16(at + 32, to & 0xffff);
	put_16(at + 34, from_port);
	put_16(at + 36, to_port);
	return 54;
}

static void workers_get_what_cards_would_give_them(void **state)
{
	uint8_t key[40], at[64];

	(void)state;
	for (unsigned i = 0; i < sizeof(key); i++)
		key[i] = i % 2 ? 0x5a : 0x6d;
	for (unsigned workers = 1; workers <= 7; workers++) {
		sl_spread_init(&spread, workers, 0);
		for (unsigned round = 0; round < 500; round++) {
			uint32_t from = draw(), to = draw(), ports = draw();
			uint32_t tuple[3] = {from, to, ports};
			unsigned n = tcp(at, from, to, ports >> 16, ports & 0xffff);
			struct sl_spread_place there = sl_spread_find(&spread, at, n), back;

			assert_int_equal(there.shape, SL_SPREAD_PLAIN);
			assert_int_equal(there.owner, rte_softrss(tuple, 3, key) % 128 % workers);
			n = tcp(at, to, from, ports & 0xffff, ports >> 16);
			back = sl_spread_find(&spread, at, n);
			assert_int_equal(back.owner, there.owner);
		}
	}
}

/* Whatever its bytes are: an owner that there is, and no byte behind its end is read (the sanitizer
 * looks at that: it lies at the end of its memory). */
static void anything_has_an_owner(void **state)
{
	static const unsigned types[] = {0x0800, 0x86dd, 0x8100, 0x8847, 0x8864, 0x6558, 40};
	static const uint8_t protocols[] = {0, 4, 6, 17, 41, 43, 44, 47, 51, 60};

	(void)state;
	sl_spread_init(&spread, 5, 4789);
	for (unsigned round = 0; round < 200000; round++) {
		unsigned n = draw() % 120;
		uint8_t *at = malloc(n ? n : 1);
		struct sl_spread_place place;

		for (unsigned i = 0; i < n; i++)
			at[i] = (uint8_t)draw();
		if (n > 13)
			put_16(at + 12, types[draw() % 7]);
		if (n > 14)
			at[14] = draw() % 2 ? 0x45 : 0x60;
		if (n > 23)
			at[23] = protocols[draw() % 10];
		if (n > 20)
			at[20] = protocols[draw() % 10];
		place = sl_spread_find(&spread, at, n);
		assert_true(place.owner < 5);
		free(at);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_hash_is_that_of_cards),
		cmocka_unit_test(workers_get_what_cards_would_give_them),
		cmocka_unit_test(anything_has_an_owner),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
