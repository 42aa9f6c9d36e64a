/* Blocks, index and timers beside plain arrays. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "state/keys_priv.h"
#include "state/pack_priv.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BYTES (8u << 20)
#define KEYS 20000u
#define NO_DUE UINT64_MAX

static struct {
	struct sl_keys keys;
	void *memory;
	struct sl_chunk *chunks;
	uint32_t sizes[KEYS]; /* of bodies; 0: the key is not there */
	uint64_t dues[KEYS];
	uint64_t now;
	uint64_t random;
} world;

static uint32_t below(uint32_t n)
{
	world.random = world.random * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)(world.random >> 33) % n;
}

static void set_up(void)
{
	memset(&world, 0, sizeof(world));
	world.memory = aligned_alloc(4096, BYTES);
	memset(world.memory, 0, BYTES);
	world.chunks = calloc(sl_keys_chunks(BYTES), sizeof(*world.chunks));
	sl_keys_init(&world.keys, world.memory, BYTES, world.chunks);
	world.random = 7;
}

static void tear_down(void)
{
	free(world.memory);
	free(world.chunks);
}

static struct sl_text name(uint32_t key, char text[16])
{
	return (struct sl_text){text, (uint32_t)snprintf(text, 16, "K%u", key)};
}

static uint32_t find(uint32_t key)
{
	char text[16];
	struct sl_text its = name(key, text);

	return sl_keys_find(&world.keys, its, sl_text_hash(its.at, its.bytes));
}

static bool write_key(uint32_t key, uint32_t bytes)
{
	static uint8_t body[BLOCK_BYTES_MAX];
	char text[16];
	struct sl_text its = name(key, text);

	memset(body, (int)(key * 31 + bytes), bytes);
	if (!sl_keys_write(&world.keys, its, sl_text_hash(its.at, its.bytes), find(key),
			   sl_span_of(body, bytes)))
		return false;
	world.sizes[key] = bytes;
	return true;
}

static void remove_key(uint32_t key)
{
	char text[16];
	struct sl_text its = name(key, text);

	sl_keys_remove(&world.keys, sl_text_hash(its.at, its.bytes), find(key));
	world.sizes[key] = 0;
	world.dues[key] = 0;
}

static void check_key(uint32_t key)
{
	uint32_t block = find(key);
	struct sl_span body;

	assert_int_equal(block != 0, world.sizes[key] != 0);
	if (!block)
		return;
	body = sl_keys_body(sl_keys_at(&world.keys, block));
	assert_int_equal(body.bytes, world.sizes[key]);
	for (size_t i = 0; i < body.bytes; i++)
		assert_int_equal(body.at[i], (uint8_t)(key * 31 + world.sizes[key]));
}

static void set_due(uint32_t key, uint64_t due)
{
	sl_keys_set_due(&world.keys, find(key), due);
	world.dues[key] = due;
}

static uint32_t number_of(struct sl_text text)
{
	uint32_t number = 0;

	for (uint32_t i = 1; i < text.bytes; i++)
		number = number * 10 + (uint32_t)(text.at[i] - '0');
	return number;
}

/* Everything that was due before, and nothing else, comes. */
static void turn(uint64_t until)
{
	enum sl_turn turn;
	uint32_t block;

	while ((turn = sl_keys_turn(&world.keys, until, &block)) != SL_TURN_DONE) {
		uint32_t key;

		if (turn == SL_TURN_BUSY)
			continue;
		key = number_of(sl_keys_text(sl_keys_at(&world.keys, block)));
		assert_int_equal(find(key), block);
		assert_true(world.dues[key] && world.dues[key] < until);
		world.dues[key] = 0;
	}
	world.now = until;
	for (uint32_t key = 0; key < KEYS; key++)
		assert_true(!world.dues[key] || world.dues[key] >= until);
}

static uint64_t some_due(void)
{
	static const uint32_t spans[] = {4, 5000, 20000000, 2000000000};

	return world.now + below(spans[below(4)]);
}

static void test_keys_grow_shrink_and_go(void **state)
{
	(void)state;
	set_up();
	world.now = 1700000000000;
	for (uint32_t i = 0; i < 300000; i++) {
		uint32_t key = below(KEYS);

		if (world.sizes[key] && below(3) == 0)
			remove_key(key);
		else if (write_key(key, 1 + below(below(20) ? 120 : 2000)) && below(2))
			set_due(key, some_due());
		if (i % 30000 == 0)
			turn(world.now + 1 + below(40000000));
		check_key(below(KEYS));
	}
	for (uint32_t key = 0; key < KEYS; key++)
		check_key(key);
	turn(world.now + (1ull << 37));
	assert_int_equal(world.keys.wheel.linked, 0);
	for (uint32_t key = 0; key < KEYS; key++)
		if (world.sizes[key])
			remove_key(key);
	assert_int_equal(world.keys.count, 0);
	assert_int_equal(world.keys.slab.used_bytes, 0);
	assert_int_equal(world.keys.slab.n_free, world.keys.slab.n_chunks);
	tear_down();
}

/* A size that fills all memory and goes but for a key in each chunk leaves it to another size. */
static void test_sparse_chunks_are_emptied(void **state)
{
	uint32_t n = 0, others = 0;

	(void)state;
	set_up();
	while (n < KEYS && !sl_keys_short(&world.keys)) {
		assert_true(write_key(n, 1000));
		set_due(n, 1000 + n);
		n++;
	}
	assert_true(n < KEYS);
	for (uint32_t key = 0; key < n; key++)
		if (key % 60)
			remove_key(key);
	for (others = n; others < KEYS && !sl_keys_short(&world.keys); others++)
		assert_true(write_key(others, 3000));
	assert_true(others - n > n / 4);
	for (uint32_t key = 0; key < others; key++)
		check_key(key);
	turn(1000 + n);
	tear_down();
}

/* Records of about as many sizes as there are chunks. */
static void test_many_sizes_fill_a_small_memory(void **state)
{
	const uint64_t all = (uint64_t)sl_keys_chunks(BYTES) * CHUNK_BYTES;
	uint32_t n = 0;

	(void)state;
	set_up();
	while (n < KEYS && !sl_keys_short(&world.keys)) {
		assert_true(write_key(n, 1 + below(4000)));
		n++;
	}
	assert_true(world.keys.slab.used_bytes > all / 2);
	for (uint32_t i = 0; i < n; i++)
		if (!write_key(i, 1 + world.sizes[i] / 2))
			fail_msg("less did not fit");
	for (uint32_t key = 0; key < n; key++)
		check_key(key);
	for (uint32_t key = 0; key < n; key++)
		remove_key(key);
	assert_int_equal(world.keys.slab.used_bytes, 0);
	assert_int_equal(world.keys.slab.n_free, world.keys.slab.n_chunks);
	tear_down();
}

static void test_full_refuses_and_keeps(void **state)
{
	uint32_t n = 0;

	(void)state;
	set_up();
	while (n < KEYS && write_key(n, 5000))
		n++;
	assert_true(n < KEYS);
	assert_true(sl_keys_short(&world.keys));
	world.sizes[n] = 0;
	for (uint32_t key = 0; key <= n; key++)
		check_key(key);
	assert_false(write_key(n, 5000));
	assert_true(write_key(0, 100)); /* less always fits */
	check_key(0);
	tear_down();
}

static void check_id(const char *text, size_t bytes)
{
	uint8_t room[256];
	char back[600];
	struct sl_pack out = sl_pack_of(room, sizeof(room));
	struct sl_unpack in;
	struct sl_span packed;
	uint32_t n;

	sl_pack_id(&out, (struct sl_text){text, (uint32_t)strlen(text)});
	assert_false(out.over);
	in = sl_unpack_of(room, (size_t)(out.at - room));
	packed = sl_unpack_id(&in);
	assert_false(in.bad);
	assert_ptr_equal(in.at, out.at);
	if (bytes)
		assert_int_equal(packed.bytes, bytes);
	n = sl_id_text(packed, back);
	assert_int_equal(n, strlen(text));
	assert_memory_equal(back, text, n);
}

static void test_ids_come_back_as_they_were(void **state)
{
	(void)state;
	check_id("", 1);
	check_id("01JABCDEFGHJKMNPQRSTVWXYZ0", 17);
	check_id("7ZZZZZZZZZZZZZZZZZZZZZZZZZ", 17);
	check_id("8ZZZZZZZZZZZZZZZZZZZZZZZZZ", 27); /* more than 128 bits */
	check_id("01jabcdefghjkmnpqrstvwxyz0", 27);
	check_id("01JABCDEFGHIKMNPQRSTVWXYZ0", 27); /* I is no digit */
	check_id("123e4567-e89b-12d3-a456-426614174000", 17);
	check_id("123E4567-e89b-12d3-a456-426614174000", 0);
	check_id("123e4567-e89b-12d3-a456+426614174000", 0);
	check_id("0", 2);
	check_id("127", 2);
	check_id("00", 3);
	check_id("9999999999999999999", 0);
	check_id("99999999999999999999", 0);
	check_id("0123456789abcdef", 9);
	check_id("0123456789abcdeF", 17);
	check_id("evt-1", 6);
	check_id("a name of more than thirty-one bytes is kept as it is", 0);
}

static void test_times_take_the_coarsest_exact_unit(void **state)
{
	static const int64_t times[] = {0,
					1,
					-1,
					1795000000123456789,
					1795000000123456000,
					-5000000000,
					1795000000000000000,
					INT64_MAX,
					INT64_MIN};

	(void)state;
	for (unsigned a = 0; a < 9; a++)
		for (unsigned b = 0; b < 9; b++) {
			uint8_t room[64], unit = SL_TIME_UNIT_COARSEST;
			struct sl_pack out = sl_pack_of(room, sizeof(room));
			struct sl_unpack in;

			sl_pack_fit_unit(&unit, times[a]);
			sl_pack_fit_unit(&unit, times[b]);
			out.unit = unit;
			sl_pack_time(&out, times[a]);
			sl_pack_time(&out, times[b]);
			assert_false(out.over);
			in = sl_unpack_of(room, (size_t)(out.at - room));
			in.unit = unit;
			assert_true(sl_unpack_time(&in) == times[a]);
			assert_true(sl_unpack_time(&in) == times[b]);
			assert_false(in.bad);
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_keys_grow_shrink_and_go),
		cmocka_unit_test(test_sparse_chunks_are_emptied),
		cmocka_unit_test(test_many_sizes_fill_a_small_memory),
		cmocka_unit_test(test_full_refuses_and_keeps),
		cmocka_unit_test(test_ids_come_back_as_they_were),
		cmocka_unit_test(test_times_take_the_coarsest_exact_unit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
