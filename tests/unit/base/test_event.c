#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/event.h"
#include "sluice/journal.h"

#include <stdio.h>
#include <stdlib.h>
#include <xxhash.h>

#define TEXT(literal)                                                                              \
	{                                                                                          \
		.at = (literal), .bytes = sizeof(literal) - 1                                      \
	}

static struct sl_text tags[] = {TEXT("vip"), TEXT(""), TEXT("savings")};

static struct sl_value slots[] = {
	{.text = "evt-1", .count = 5, .kind = SL_TYPE_STRING},
	{.integer = -7, .kind = SL_TYPE_INT},
	{.kind = 0},
	{.list = tags, .count = 3, .kind = SL_TYPE_STRINGS},
	{.decimal = 0.25, .kind = SL_TYPE_DECIMAL},
	{.text = NULL, .count = 0, .kind = SL_TYPE_STRING},
};

static const struct sl_event event = {
	.slots = slots,
	.n_slots = sizeof(slots) / sizeof(*slots),
	.partition = 99,
	.index = 3,
	.time_ns = 1000,
	.received_ns = 2000,
	.id = TEXT("evt-1"),
	.key = TEXT("C00012345"),
	.type = TEXT("login"),
	.source_channel = TEXT("web"),
	.seen = {1, 2},
};

static bool lies_in(const void *at, const uint8_t *memory, size_t n)
{
	return (const uint8_t *)at >= memory && (const uint8_t *)at <= memory + n;
}

static void assert_text(struct sl_text text, const char *wanted)
{
	assert_int_equal(text.bytes, strlen(wanted));
	assert_memory_equal(text.at, wanted, text.bytes);
}

static void test_copy_takes_everything(void **state)
{
	size_t n = sl_event_copy_bytes(&event, NULL);
	uint8_t *memory = aligned_alloc(16, (n + 15) / 16 * 16);
	struct sl_event *copy = sl_event_copy(&event, NULL, memory);

	(void)state;
	assert_ptr_equal(copy, memory);
	assert_int_equal(copy->n_slots, event.n_slots);
	assert_int_equal(copy->partition, 99);
	assert_int_equal(copy->time_ns, 1000);
	assert_int_equal(copy->seen[1], 2);
	assert_text(copy->id, "evt-1");
	assert_text(copy->key, "C00012345");
	assert_text(copy->type, "login");
	assert_text(copy->source_channel, "web");
	assert_true(lies_in(copy->key.at, memory, n));
	assert_true(lies_in(copy->source_channel.at + 3, memory, n));
	assert_true(lies_in(copy->slots, memory, n));
	assert_int_equal(copy->slots[0].count, 5);
	assert_memory_equal(copy->slots[0].text, "evt-1", 5);
	assert_true(lies_in(copy->slots[0].text, memory, n));
	assert_int_equal(copy->slots[1].integer, -7);
	assert_int_equal(copy->slots[2].kind, 0);
	assert_int_equal(copy->slots[3].count, 3);
	assert_true(lies_in(copy->slots[3].list, memory, n));
	assert_text(copy->slots[3].list[0], "vip");
	assert_text(copy->slots[3].list[1], "");
	assert_text(copy->slots[3].list[2], "savings");
	assert_true(lies_in(copy->slots[3].list[2].at, memory, n));
	assert_true(copy->slots[4].decimal == 0.25);
	assert_int_equal(copy->slots[5].kind, SL_TYPE_STRING);
	assert_int_equal(copy->slots[5].count, 0);
	free(memory);
}

static void test_copy_leaves_unused_slots_out(void **state)
{
	const uint64_t used[SL_FIELDS_MAX / 64] = {1u << 1};
	size_t n = sl_event_copy_bytes(&event, used);
	uint8_t *memory = aligned_alloc(16, (n + 15) / 16 * 16);
	struct sl_event *copy = sl_event_copy(&event, used, memory);

	(void)state;
	assert_true(n < sl_event_copy_bytes(&event, NULL));
	assert_int_equal(copy->slots[0].kind, 0);
	assert_int_equal(copy->slots[1].integer, -7);
	assert_int_equal(copy->slots[3].kind, 0);
	assert_text(copy->id, "evt-1");
	free(memory);
}

static void test_copy_of_an_event_without_slots(void **state)
{
	struct sl_event empty = {0};
	size_t n = sl_event_copy_bytes(&empty, NULL);
	void *memory = aligned_alloc(16, (n + 15) / 16 * 16);

	(void)state;
	assert_int_equal(n, sizeof(empty));
	assert_int_equal(sl_event_copy(&empty, NULL, memory)->key.bytes, 0);
	free(memory);
}

/* The partition of a key is fixed for ever: other machines and what lies on disk rely on it. */
static void test_partition_is_fixed(void **state)
{
	struct sl_text key = TEXT("C00012345"), none = {NULL, 0};

	(void)state;
	assert_int_equal(sl_event_partition(key), XXH3_64bits("C00012345", 9) % SL_PARTITIONS);
	assert_int_equal(sl_event_partition(none), XXH3_64bits("", 0) % SL_PARTITIONS);
}

static void test_partitions_are_all_used(void **state)
{
	static unsigned keys_of[SL_PARTITIONS];
	unsigned most = 0;

	(void)state;
	for (unsigned i = 0; i < 100 * SL_PARTITIONS; i++) {
		char text[16];
		struct sl_text key = {.at = text};

		key.bytes = (uint32_t)snprintf(text, sizeof(text), "C%08u", i);
		keys_of[sl_event_partition(key)]++;
	}
	for (unsigned i = 0; i < SL_PARTITIONS; i++) {
		assert_true(keys_of[i] > 0);
		most = keys_of[i] > most ? keys_of[i] : most;
	}
	assert_true(most < 200);
}

static void hash_by_hand(const struct sl_text *parts, unsigned n_parts, uint64_t ret_hash[2])
{
	static uint8_t bytes[8192];
	size_t n = 0;
	XXH128_hash_t hash;

	for (unsigned i = 0; i < n_parts; i++) {
		for (unsigned j = 0; j < 8; j++)
			bytes[n++] = (uint8_t)((uint64_t)parts[i].bytes >> 8 * j);
		if (parts[i].bytes)
			memcpy(bytes + n, parts[i].at, parts[i].bytes);
		n += parts[i].bytes;
	}
	hash = XXH3_128bits(bytes, n);
	ret_hash[0] = hash.low64;
	ret_hash[1] = hash.high64;
}

/* Short ones are gathered, long ones streamed: the hash must not tell which. */
static void test_hash_parts_is_the_hash_of_the_framed_bytes(void **state)
{
	static char text[4096];

	(void)state;
	for (unsigned i = 0; i < sizeof(text); i++)
		text[i] = (char)(i * 7);
	for (uint32_t n = 0; n < 600; n++) {
		struct sl_text parts[] = {{text, n}, {NULL, 0}, {text + n, 2 * n}};
		uint64_t got[2], wanted[2];

		sl_hash_parts(parts, 3, got);
		hash_by_hand(parts, 3, wanted);
		assert_memory_equal(got, wanted, sizeof(got));
	}
}

static void test_hash_parts_tells_parts_apart(void **state)
{
	struct sl_text one[] = {TEXT("ab"), TEXT("c")}, other[] = {TEXT("a"), TEXT("bc")};
	uint64_t a[2], b[2];

	(void)state;
	sl_hash_parts(one, 2, a);
	sl_hash_parts(other, 2, b);
	assert_memory_not_equal(a, b, sizeof(a));
	sl_hash_parts(one, 0, a);
	hash_by_hand(one, 0, b);
	assert_memory_equal(a, b, sizeof(a));
}

static void test_identify_without_an_id_is_by_the_text(void **state)
{
	struct sl_event one = event, other = event;
	struct sl_span text = sl_span_text("{\"a\":1}"), longer = sl_span_text("{\"a\":1 }");
	struct sl_text parts[] = {one.key, one.id};
	uint64_t wanted[2];

	(void)state;
	hash_by_hand(parts, 2, wanted);
	sl_event_identify(&one, text);
	sl_event_identify(&other, longer);
	assert_memory_equal(one.seen, wanted, sizeof(wanted));
	assert_memory_equal(other.seen, wanted, sizeof(wanted));
	assert_int_equal(one.partition, sl_event_partition(one.key));
	assert_int_equal(one.key_hash, sl_text_hash(one.key.at, one.key.bytes));
	one.id.bytes = other.id.bytes = 0;
	sl_event_identify(&one, text);
	sl_event_identify(&other, longer);
	assert_memory_not_equal(one.seen, other.seen, sizeof(one.seen));
	sl_event_identify(&other, text);
	assert_memory_equal(one.seen, other.seen, sizeof(one.seen));
	one.key.bytes = 0;
	sl_event_identify(&one, text);
	assert_memory_not_equal(one.seen, other.seen, sizeof(one.seen));
	assert_int_equal(one.partition, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_copy_takes_everything),
		cmocka_unit_test(test_copy_leaves_unused_slots_out),
		cmocka_unit_test(test_copy_of_an_event_without_slots),
		cmocka_unit_test(test_partition_is_fixed),
		cmocka_unit_test(test_partitions_are_all_used),
		cmocka_unit_test(test_hash_parts_is_the_hash_of_the_framed_bytes),
		cmocka_unit_test(test_hash_parts_tells_parts_apart),
		cmocka_unit_test(test_identify_without_an_id_is_by_the_text),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
