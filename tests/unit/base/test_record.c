#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/record.h"
#include "sluice/error.h"

#include <stdlib.h>
#include <string.h>

#define ROOM 80u
#define BLOCK_HEADER 16u
#define HEADER 16u

struct fixture {
	struct sl_blocks blocks;
	uint8_t *room;
	struct sl_record_walker walker;
};

static int set_up(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	f->room = aligned_alloc(64, (ROOM + 1) * SL_BLOCK_BYTES_MAX / 64 * 64 + 64);
	memset(f->room, 0xa5, ROOM * SL_BLOCK_BYTES_MAX);
	sl_blocks_init(&f->blocks, f->room, ROOM);
	sl_record_walker_init(&f->walker);
	*state = f;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;

	free(f->room);
	free(f);
	return 0;
}

static uint8_t *block_at(struct fixture *f, uint32_t i)
{
	return f->room + (size_t)i * SL_BLOCK_BYTES_MAX;
}

static size_t block_bytes(struct fixture *f, uint32_t i)
{
	struct sl_block_header head;

	memcpy(&head, block_at(f, i), sizeof(head));
	return head.bytes;
}

static uint8_t pattern(size_t i, unsigned seed)
{
	return (uint8_t)(i * 31 + i / 251 + seed * 7);
}

static int append_pattern(struct fixture *f, size_t bytes, unsigned seed)
{
	uint8_t *payload = malloc(bytes + 1);
	struct sl_span parts[3];
	size_t third = bytes / 3;
	int r;

	for (size_t i = 0; i < bytes; i++)
		payload[i] = pattern(i, seed);
	parts[0] = sl_span_of(payload, third);
	parts[1] = sl_span_of(NULL, 0);
	parts[2] = sl_span_of(payload + third, bytes - third);
	r = sl_blocks_append(&f->blocks, SL_RECORD_DELTA, parts, 3);
	free(payload);
	return r;
}

/* Walks all blocks and checks that the records are those patterns. */
static void expect_patterns(struct fixture *f, const size_t *bytes, unsigned n)
{
	unsigned seen = 0;

	for (uint32_t b = 0; b < f->blocks.count; b++) {
		size_t offset = 0;
		struct sl_record record;
		int r;

		assert_int_equal(sl_block_check(block_at(f, b), block_bytes(f, b)), 0);
		while ((r = sl_record_next(&f->walker, block_at(f, b), &offset, &record)) > 0) {
			assert_true(seen < n);
			assert_int_equal(record.type, SL_RECORD_DELTA);
			assert_int_equal(record.version, sl_record_layout(record.type));
			assert_int_equal(record.bytes, bytes[seen]);
			for (size_t i = 0; i < record.bytes; i++)
				assert_int_equal(record.payload[i], pattern(i, seen));
			seen++;
		}
		assert_int_equal(r, 0);
	}
	assert_int_equal(seen, n);
	assert_false(f->walker.open);
}

static void test_whole_records(void **state)
{
	struct fixture *f = *state;
	const size_t bytes[] = {0, 1, 7, 8, 9, 100, 240, 241, 500};

	for (unsigned i = 0; i < 9; i++)
		assert_int_equal(append_pattern(f, bytes[i], i), 0);
	assert_int_equal(f->blocks.count, 1);
	expect_patterns(f, bytes, 9);
}

/* Every size around the edge of a block, behind every filling of it. */
static void test_edges_of_blocks(void **state)
{
	struct fixture *f = *state;

	for (size_t first = 1780; first <= 1990; first++) {
		for (size_t second = 0; second <= 260; second += 13) {
			const size_t bytes[] = {first, second, 3};

			sl_blocks_reset(&f->blocks);
			sl_record_walker_init(&f->walker);
			for (unsigned i = 0; i < 3; i++)
				assert_int_equal(append_pattern(f, bytes[i], i), 0);
			expect_patterns(f, bytes, 3);
		}
	}
}

static void test_largest_record(void **state)
{
	struct fixture *f = *state;
	const size_t bytes[] = {40, SL_RECORD_BYTES_MAX, 40};

	for (unsigned i = 0; i < 3; i++)
		assert_int_equal(append_pattern(f, bytes[i], i), 0);
	expect_patterns(f, bytes, 3);
	assert_int_equal(append_pattern(f, SL_RECORD_BYTES_MAX + 1, 0), -SL_E_LIMIT);
	assert_false(sl_blocks_fit(&f->blocks, SL_RECORD_BYTES_MAX + 1));
}

/* What fit promises, append keeps; what it denies leaves no trace. */
static void test_fit_is_exact(void **state)
{
	struct fixture *f = *state;
	unsigned fitted = 0, denied = 0;

	for (uint32_t room = 1; room <= 3; room++) {
		for (size_t first = 0; first <= room * 1968u; first += 41) {
			for (size_t second = 0; second <= 4200; second += 83) {
				uint8_t before[3 * SL_BLOCK_BYTES_MAX];
				bool fits;

				sl_blocks_init(&f->blocks, f->room, room);
				assert_int_equal(append_pattern(f, first, 0), 0);
				memcpy(before, f->room, (size_t)room * SL_BLOCK_BYTES_MAX);
				fits = sl_blocks_fit(&f->blocks, second);
				assert_int_equal(append_pattern(f, second, 1),
						 fits ? 0 : -SL_E_FULL);
				fitted += fits;
				denied += !fits;
				if (!fits)
					assert_memory_equal(before, f->room,
							    (size_t)room * SL_BLOCK_BYTES_MAX);
				assert_true(f->blocks.count <= room);
			}
		}
	}
	assert_true(fitted > 100 && denied > 100);
}

static void test_padding_is_zero(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(append_pattern(f, 1, 0), 0);
	assert_int_equal(append_pattern(f, 1, 1), 0);
	for (unsigned i = 1; i < 8; i++)
		assert_int_equal(f->room[BLOCK_HEADER + HEADER + i], 0);
}

static void test_block_check_refuses(void **state)
{
	struct fixture *f = *state;
	uint8_t block[SL_BLOCK_BYTES_MAX];
	size_t n;

	assert_int_equal(append_pattern(f, 100, 0), 0);
	assert_int_equal(append_pattern(f, 50, 1), 0);
	n = block_bytes(f, 0);
	for (size_t cut = 0; cut < n; cut++)
		assert_int_equal(sl_block_check(block_at(f, 0), cut), -SL_E_TRUNCATED);
	assert_int_equal(sl_block_check(block_at(f, 0), n + 1), -SL_E_BOUNDS);

	memcpy(block, block_at(f, 0), n);
	block[2]++; /* version */
	assert_int_equal(sl_block_check(block, n), -SL_E_VERSION);
	memcpy(block, block_at(f, 0), n);
	block[4]++; /* records */
	assert_int_equal(sl_block_check(block, n), -SL_E_BOUNDS);
	memcpy(block, block_at(f, 0), n);
	block[BLOCK_HEADER + 2] = 4; /* a flag that does not exist */
	assert_int_equal(sl_block_check(block, n), -SL_E_FORMAT);
	memcpy(block, block_at(f, 0), n);
	block[BLOCK_HEADER + 2] = SL_RECORD_MORE; /* but it does not fill the block */
	assert_int_equal(sl_block_check(block, n), -SL_E_FORMAT);
	memcpy(block, block_at(f, 0), n);
	memset(block + BLOCK_HEADER + 4, 0xff, 4); /* longer than the block */
	assert_int_equal(sl_block_check(block, n), -SL_E_BOUNDS);

	/* a block without a record is none */
	memset(block, 0, BLOCK_HEADER);
	block[0] = BLOCK_HEADER;
	block[2] = SL_JOURNAL_VERSION;
	assert_int_equal(sl_block_check(block, BLOCK_HEADER), -SL_E_BOUNDS);
}

/* Any single flipped bit behind the block's header is noticed by check or walk. Padding aside. */
static void test_flipped_bits(void **state)
{
	struct fixture *f = *state;
	size_t n;

	assert_int_equal(append_pattern(f, 64, 0), 0);
	assert_int_equal(append_pattern(f, 24, 1), 0);
	n = block_bytes(f, 0);
	for (size_t bit = BLOCK_HEADER * 8; bit < n * 8; bit++) {
		uint8_t block[SL_BLOCK_BYTES_MAX];
		struct sl_record record;
		size_t offset = 0;
		int r;

		memcpy(block, block_at(f, 0), n);
		block[bit / 8] ^= (uint8_t)(1u << bit % 8);
		sl_record_walker_init(&f->walker);
		r = sl_block_check(block, n);
		while (r >= 0 && (r = sl_record_next(&f->walker, block, &offset, &record)) > 0)
			;
		assert_true(r < 0);
	}
}

static void test_walk_from_the_middle(void **state)
{
	struct fixture *f = *state;
	struct sl_record record;
	size_t offset = 0;

	assert_int_equal(append_pattern(f, 5000, 0), 0);
	assert_int_equal(append_pattern(f, 10, 1), 0);
	/* the record's first block was trimmed: its rest is passed over */
	assert_int_equal(sl_record_next(&f->walker, block_at(f, 1), &offset, &record), 0);
	offset = 0;
	assert_int_equal(sl_record_next(&f->walker, block_at(f, 2), &offset, &record), 1);
	assert_int_equal(record.bytes, 10);
	/* a continuation later on is an error */
	offset = 0;
	assert_int_equal(sl_record_next(&f->walker, block_at(f, 1), &offset, &record),
			 -SL_E_FORMAT);
}

/* Where a record should go on, a whole one stands: its blocks are not neighbours. */
static void test_missing_continuation(void **state)
{
	struct fixture *f = *state;
	struct sl_record record;
	size_t offset = 0;

	assert_int_equal(append_pattern(f, 3000, 0), 0);
	assert_int_equal(sl_record_next(&f->walker, block_at(f, 0), &offset, &record), 0);
	assert_true(f->walker.open);
	sl_blocks_init(&f->blocks, block_at(f, 10), 1);
	assert_int_equal(append_pattern(f, 30, 0), 0);
	offset = 0;
	assert_int_equal(sl_record_next(&f->walker, block_at(f, 10), &offset, &record),
			 -SL_E_FORMAT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_whole_records, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_edges_of_blocks, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_largest_record, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_fit_is_exact, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_padding_is_zero, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_block_check_refuses, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_flipped_bits, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_walk_from_the_middle, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_missing_continuation, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
