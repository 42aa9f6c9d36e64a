#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "match/match_priv.h"

#include <stdlib.h>
#include <string.h>

static struct sl_match_set set = {
	.n_scanned = 2,
	.scanned = {{{0x01, 0x30, 0x60, 0x02}, 0}, {{0x01, 0x30, 0x62, 0x02}, 2}},
};

static uint8_t text[4096];
static struct sl_canon_run runs[1024];
static uint32_t ends[16];
static struct sl_canon canon;

static int reset(void **state)
{
	(void)state;
	memset(text, 0xee, sizeof(text));
	canon = (struct sl_canon){
		.text = text, .runs = runs, .ends = ends, .text_room = sizeof(text)};
	return 0;
}

static bool add(struct sl_value *slots, uint16_t n)
{
	struct sl_event event = {.slots = slots, .n_slots = n};

	return sl_canon_add(&canon, &set, &event);
}

static struct sl_value string(const char *value)
{
	return (struct sl_value){
		.text = value, .count = (uint32_t)strlen(value), .kind = SL_TYPE_STRING};
}

static void assert_canon(const char *wanted, size_t n)
{
	assert_int_equal(canon.bytes, n);
	assert_memory_equal(text, wanted, n);
}

#define ASSERT_CANON(literal) assert_canon(literal, sizeof(literal) - 1)

static void test_fields_in_slot_order(void **state)
{
	struct sl_value slots[] = {string("login"), string("not scanned"), string("web")};

	(void)state;
	assert_true(add(slots, 3));
	ASSERT_CANON("\x01\x30\x60\x02login\x03\x01\x30\x62\x02web\x03");
	assert_int_equal(canon.n_runs, 2);
	assert_int_equal(runs[0].begin, 4);
	assert_int_equal(runs[0].end, 9);
	assert_int_equal(runs[1].begin, 14);
	assert_int_equal(runs[1].end, 17);
	assert_int_equal(runs[1].slot, 2);
	assert_int_equal(ends[0], 18);
}

static void test_absent_empty_and_missing_slots(void **state)
{
	struct sl_value slots[] = {{.kind = 0}, {.kind = 0}, string("")};

	(void)state;
	assert_true(add(slots, 3));
	ASSERT_CANON("\x01\x30\x62\x02\x03");
	assert_true(add(slots, 1));
	assert_int_equal(canon.bytes, 5);
	assert_int_equal(canon.n_events, 2);
	assert_int_equal(ends[1], 5);
}

static void test_lists_give_a_run_each(void **state)
{
	const struct sl_text items[] = {{"vip", 3}, {NULL, 0}, {"a\x02", 2}};
	struct sl_value slots[] = {
		string("x"), {.kind = 0}, {.list = items, .count = 3, .kind = SL_TYPE_STRINGS}};

	(void)state;
	assert_true(add(slots, 3));
	ASSERT_CANON("\x01\x30\x60\x02x\x03\x01\x30\x62\x02vip\x03\x01\x30\x62\x02\x03"
		     "\x01\x30\x62\x02"
		     "a\x04\x42\x03");
	assert_int_equal(canon.n_runs, 4);
	assert_int_equal(runs[3].end - runs[3].begin, 3);
}

/* Every length around the widths that are copied at once, and a low byte at every place of it:
 * against the plain way. The value ends with its memory, so that a sanitizer sees a read beyond. */
static void test_escapes_at_every_place(void **state)
{
	(void)state;
	for (uint32_t n = 0; n <= 70; n++) {
		for (uint32_t place = 0; place <= n; place++) {
			for (unsigned low = 0; low <= 5; low++) {
				char *value = malloc(n ? n : 1);
				struct sl_value slots[] = {
					{.text = value, .count = n, .kind = SL_TYPE_STRING}};
				uint8_t wanted[256];
				uint32_t bytes = 0;

				memset(value, 0xed, n);
				if (place < n)
					value[place] = (char)low;
				for (uint32_t i = 0; i < n; i++) {
					if (i == place && low < 5) {
						wanted[bytes++] = 0x04;
						wanted[bytes++] = (uint8_t)(low + 0x40);
					} else {
						wanted[bytes++] = (uint8_t)value[i];
					}
				}
				reset(NULL);
				assert_true(add(slots, 1));
				assert_int_equal(canon.bytes, bytes + 5);
				assert_memory_equal(text + 4, wanted, bytes);
				assert_int_equal(text[4 + bytes], 0x03);
				assert_int_equal(text[5 + bytes], 0xee);
				free(value);
			}
		}
	}
}

static void test_no_room_adds_nothing(void **state)
{
	struct sl_value slots[] = {string("0123456789"), {.kind = 0}, string("abc")};
	uint32_t whole = 2 * 10 + 5;

	(void)state;
	canon.text_room = whole - 1;
	assert_false(add(slots, 1));
	canon.text_room = whole;
	assert_true(add(slots, 1));
	/* the first field fits, the second, of 11 bytes at worst, does not */
	canon.text_room = canon.bytes + 15 + 10;
	assert_false(add(slots, 3));
	assert_int_equal(canon.bytes, 15);
	assert_int_equal(canon.n_runs, 1);
	assert_int_equal(canon.n_events, 1);
}

static void test_find_wants_one_value_around_it(void **state)
{
	struct sl_value slots[] = {string("login"), {.kind = 0}, string("web")};

	(void)state;
	assert_null(sl_canon_find(&canon, 0, 1));
	assert_true(add(slots, 3));
	assert_ptr_equal(sl_canon_find(&canon, 4, 9), &runs[0]);
	assert_ptr_equal(sl_canon_find(&canon, 6, 7), &runs[0]);
	assert_null(sl_canon_find(&canon, 3, 9));
	assert_null(sl_canon_find(&canon, 4, 10));
	assert_null(sl_canon_find(&canon, 9, 15));
	assert_null(sl_canon_find(&canon, 11, 12));
	assert_ptr_equal(sl_canon_find(&canon, 14, 17), &runs[1]);
	assert_null(sl_canon_find(&canon, 17, 18));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_fields_in_slot_order, reset),
		cmocka_unit_test_setup(test_absent_empty_and_missing_slots, reset),
		cmocka_unit_test_setup(test_lists_give_a_run_each, reset),
		cmocka_unit_test_setup(test_escapes_at_every_place, reset),
		cmocka_unit_test_setup(test_no_room_adds_nothing, reset),
		cmocka_unit_test_setup(test_find_wants_one_value_around_it, reset),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
