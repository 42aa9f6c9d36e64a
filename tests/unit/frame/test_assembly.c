#include "frame/frame.h"

#include "sluice/error.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#define KIB 1024u

static struct sl_assembly *new_assembly(size_t bytes)
{
	struct sl_assembly *assembly = NULL;

	assert_int_equal(sl_assembly_new(bytes, &assembly), 0);
	return assembly;
}

static void rounds_up_to_its_blocks(void **state)
{
	struct sl_assembly *assembly = new_assembly(64 * KIB);
	static const size_t rows[][2] = {
		{0, KIB}, {1, KIB}, {KIB, KIB}, {KIB + 1, 2 * KIB}, {5 * KIB, 8 * KIB}};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		size_t room = 0;
		uint8_t *at = sl_assembly_take(assembly, rows[i][0], &room);

		assert_non_null(at);
		assert_int_equal(room, rows[i][1]);
		assert_int_equal(sl_assembly_used(assembly), room);
		memset(at, 0xaa, room);
		sl_assembly_give(assembly, at);
		assert_int_equal(sl_assembly_used(assembly), 0);
	}
	sl_assembly_free(assembly);
}

static void is_used_up_and_whole_again(void **state)
{
	struct sl_assembly *assembly = new_assembly(16 * KIB);
	uint8_t *blocks[16];
	size_t room = 77;

	(void)state;
	for (size_t i = 0; i < 16; i++) {
		blocks[i] = sl_assembly_take(assembly, KIB, &room);
		assert_non_null(blocks[i]);
		for (size_t k = 0; k < i; k++)
			assert_ptr_not_equal(blocks[i], blocks[k]);
	}
	room = 77;
	assert_null(sl_assembly_take(assembly, 1, &room));
	assert_int_equal(room, 77); /* untouched */
	for (size_t i = 0; i < 16; i += 2)
		sl_assembly_give(assembly, blocks[i]);
	assert_null(sl_assembly_take(assembly, 2 * KIB, &room)); /* no two are neighbours */
	for (size_t i = 1; i < 16; i += 2)
		sl_assembly_give(assembly, blocks[i]);
	blocks[0] = sl_assembly_take(assembly, 16 * KIB, &room);
	assert_non_null(blocks[0]);
	sl_assembly_give(assembly, blocks[0]);
	assert_null(sl_assembly_take(assembly, 16 * KIB + 1, &room));
	assert_null(sl_assembly_take(assembly, SIZE_MAX, &room));
	sl_assembly_give(assembly, NULL);
	sl_assembly_free(assembly);
}

/* 11 leaves: blocks of 8, 2 and 1, and no buddy behind the end. */
static void takes_any_size(void **state)
{
	struct sl_assembly *assembly = new_assembly(11 * KIB + 1023);
	uint8_t *a, *b, *c;
	size_t room;

	(void)state;
	for (int i = 0; i < 3; i++) {
		a = sl_assembly_take(assembly, 8 * KIB, &room);
		b = sl_assembly_take(assembly, 2 * KIB, &room);
		c = sl_assembly_take(assembly, KIB, &room);
		assert_true(a && b && c);
		assert_null(sl_assembly_take(assembly, 1, &room));
		memset(c, 1, KIB);
		sl_assembly_give(assembly, i == 1 ? a : c);
		sl_assembly_give(assembly, b);
		sl_assembly_give(assembly, i == 1 ? c : a);
		assert_int_equal(sl_assembly_used(assembly), 0);
	}
	sl_assembly_free(assembly);
}

static void refuses_impossible_sizes(void **state)
{
	struct sl_assembly *assembly = NULL;

	(void)state;
	assert_int_equal(sl_assembly_new(1023, &assembly), -SL_E_LIMIT);
	assert_int_equal(sl_assembly_new(SIZE_MAX, &assembly), -SL_E_LIMIT);
	assert_null(assembly);
	sl_assembly_free(NULL);
}

/* At random: blocks never overlap, and everything merges again. */
static void survives_any_order(void **state)
{
	enum { SLOTS = 64 };
	struct sl_assembly *assembly = new_assembly(777 * KIB);
	struct {
		uint8_t *at;
		size_t room;
		uint8_t mark;
	} slots[SLOTS] = {0};
	unsigned seed = 20261121;

	(void)state;
	for (int i = 0; i < 20000; i++) {
		unsigned k = (seed = seed * 1103515245u + 12345u) >> 16 & (SLOTS - 1);

		if (slots[k].at) {
			for (size_t b = 0; b < slots[k].room; b += 512)
				if (slots[k].at[b] != slots[k].mark)
					fail_msg("block overwritten in step %d, seed 20261121", i);
			sl_assembly_give(assembly, slots[k].at);
			slots[k].at = NULL;
		} else {
			seed = seed * 1103515245u + 12345u;
			slots[k].at =
				sl_assembly_take(assembly, seed >> 8 & 0xffff, &slots[k].room);
			slots[k].mark = (uint8_t)i;
			if (slots[k].at)
				memset(slots[k].at, slots[k].mark, slots[k].room);
		}
	}
	for (unsigned k = 0; k < SLOTS; k++)
		sl_assembly_give(assembly, slots[k].at);
	assert_int_equal(sl_assembly_used(assembly), 0);
	slots[0].at = sl_assembly_take(assembly, 512 * KIB, &slots[0].room);
	slots[1].at = sl_assembly_take(assembly, 256 * KIB, &slots[1].room);
	assert_true(slots[0].at && slots[1].at);
	sl_assembly_free(assembly);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rounds_up_to_its_blocks),
		cmocka_unit_test(is_used_up_and_whole_again),
		cmocka_unit_test(takes_any_size),
		cmocka_unit_test(refuses_impossible_sizes),
		cmocka_unit_test(survives_any_order),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
