#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/record.h"
#include "sluice/error.h"

#include <stdlib.h>
#include <string.h>

static _Alignas(64) uint8_t room[80 * SL_BLOCK_BYTES_MAX];
static struct sl_blocks blocks;
static struct sl_record_walker walker;

static int set_up(void **state)
{
	(void)state;
	sl_blocks_init(&blocks, room, 80);
	sl_record_walker_init(&walker);
	return 0;
}

static struct sl_text text(const char *at)
{
	return (struct sl_text){.at = at, .bytes = (uint32_t)strlen(at)};
}

static void expect_text(struct sl_text got, const char *want)
{
	assert_int_equal(got.bytes, strlen(want));
	assert_memory_equal(got.at, want, got.bytes);
}

static struct sl_record only_record(void)
{
	struct sl_record record = {0};

	for (uint32_t i = 0; i < blocks.count; i++) {
		size_t offset = 0;
		int r = sl_record_next(&walker, room + i * SL_BLOCK_BYTES_MAX, &offset, &record);

		assert_true(r >= 0);
	}
	return record;
}

static struct sl_match_view sample_match(void)
{
	return (struct sl_match_view){
		.head = {.id = {1, 2},
			 .ruleset = 7,
			 .event_time_ns = -5,
			 .received_ns = 9,
			 .kind = 1,
			 .partition = 4095,
			 .received_source = 1,
			 .time_ns = 12,
			 .flags = SL_MATCH_DUE},
		.campaign = text("loan-abandoned"),
		.campaign_version = text("0a1b"),
		.channel = text("push"),
		.template = text("LOAN"),
		.key = text("C00012345"),
		.event_id = text("01J"),
		.event_type = text("loan.apply.start"),
		.event_channel = text("mobile"),
		.step = text("start"),
		.data = text("{\"product\":\"L1\"}"),
		.steps = text("{\"start\":\"01I\"}"),
	};
}

static void test_match(void **state)
{
	struct sl_match_view match = sample_match(), got;
	struct sl_record record;

	(void)state;
	assert_int_equal(sl_blocks_append_match(&blocks, &match), 0);
	record = only_record();
	assert_int_equal(sl_record_match(&record, &got), 0);
	assert_int_equal(got.head.id[1], 2);
	assert_int_equal(got.head.partition, 4095);
	assert_true(got.head.event_time_ns == -5);
	expect_text(got.campaign, "loan-abandoned");
	expect_text(got.campaign_version, "0a1b");
	expect_text(got.channel, "push");
	expect_text(got.template, "LOAN");
	expect_text(got.key, "C00012345");
	expect_text(got.event_id, "01J");
	expect_text(got.event_type, "loan.apply.start");
	expect_text(got.event_channel, "mobile");
	expect_text(got.step, "start");
	expect_text(got.data, "{\"product\":\"L1\"}");
	expect_text(got.steps, "{\"start\":\"01I\"}");
	assert_int_equal(got.head.time_ns, 12);
	assert_int_equal(got.head.flags, SL_MATCH_DUE);
}

/* What an earlier version of Sluice left in the journal. */
static void test_match_of_layout_1(void **state)
{
	struct sl_match_view match = sample_match(), got;
	struct sl_record record;
	uint8_t payload[512];
	size_t texts;

	(void)state;
	match.steps.bytes = 0;
	assert_int_equal(sl_blocks_append_match(&blocks, &match), 0);
	record = only_record();
	texts = record.bytes - sizeof(match.head);
	memcpy(payload, record.payload, SL_MATCH_LAYOUT_1_BYTES);
	memcpy(payload + SL_MATCH_LAYOUT_1_BYTES, record.payload + sizeof(match.head), texts);
	record.payload = payload;
	record.version = 1;
	record.bytes = (uint32_t)(SL_MATCH_LAYOUT_1_BYTES + texts);
	assert_int_equal(sl_record_match(&record, &got), 0);
	expect_text(got.key, "C00012345");
	expect_text(got.data, "{\"product\":\"L1\"}");
	assert_int_equal(got.steps.bytes, 0);
	assert_int_equal(got.head.time_ns, -5);
	assert_int_equal(got.head.flags, 0);
	record.bytes = SL_MATCH_LAYOUT_1_BYTES - 1;
	assert_int_equal(sl_record_match(&record, &got), -SL_E_TRUNCATED);
}

static void test_match_over_many_blocks(void **state)
{
	struct sl_match_view match = sample_match(), got;
	char *data = malloc(100000);
	struct sl_record record;

	(void)state;
	memset(data, 'x', 100000);
	match.data = (struct sl_text){.at = data, .bytes = 100000};
	assert_int_equal(sl_blocks_append_match(&blocks, &match), 0);
	assert_true(blocks.count > 50);
	record = only_record();
	assert_int_equal(sl_record_match(&record, &got), 0);
	assert_int_equal(got.data.bytes, 100000);
	assert_memory_equal(got.data.at, data, 100000);
	free(data);
}

static void test_text_beyond_its_length(void **state)
{
	struct sl_match_view match = sample_match();
	char *key = calloc(1, 65536);

	(void)state;
	match.key = (struct sl_text){.at = key, .bytes = 65536};
	assert_int_equal(sl_blocks_append_match(&blocks, &match), -SL_E_LIMIT);
	assert_int_equal(blocks.count, 0);
	match.key.bytes = 65535;
	assert_int_equal(sl_blocks_append_match(&blocks, &match), 0);
	free(key);
}

/* Lengths that do not add up to the payload are refused, whichever way they lie. */
static void test_lengths_must_add_up(void **state)
{
	struct sl_match_view match = sample_match(), got;
	struct sl_match_record head;
	uint8_t payload[512];
	struct sl_record record;

	(void)state;
	assert_int_equal(sl_blocks_append_match(&blocks, &match), 0);
	record = only_record();
	memcpy(payload, record.payload, record.bytes);
	record.payload = payload;
	memset(&got, 0x5a, sizeof(got));
	for (uint32_t cut = 0; cut < record.bytes; cut++) {
		struct sl_record shorter = record;

		shorter.bytes = cut;
		assert_int_equal(sl_record_match(&shorter, &got),
				 cut < sizeof(head) ? -SL_E_TRUNCATED : -SL_E_BOUNDS);
	}
	memcpy(&head, payload, sizeof(head));
	head.data_bytes = UINT32_MAX; /* wraps a sum of 32 bits */
	memcpy(payload, &head, sizeof(head));
	assert_int_equal(sl_record_match(&record, &got), -SL_E_BOUNDS);
	assert_int_equal(((uint8_t *)&got)[0], 0x5a); /* untouched on failure */
	record.version++;
	assert_int_equal(sl_record_match(&record, &got), -SL_E_VERSION);
	record.type = SL_RECORD_TICK;
	assert_int_equal(sl_record_match(&record, &got), -SL_E_FORMAT);
}

static void test_decision(void **state)
{
	struct sl_decision_view decision = {
		.head = {.id = {3, 4}, .gate = 1, .partition = 17, .decided_ns = 11},
		.campaign = text("a"),
		.campaign_version = text(""),
		.key = text("k"),
		.event_id = text("e1"),
	};
	struct sl_decision_view got;
	struct sl_record record;

	(void)state;
	assert_int_equal(sl_blocks_append_decision(&blocks, &decision), 0);
	record = only_record();
	assert_int_equal(sl_record_decision(&record, &got), 0);
	assert_int_equal(got.head.gate, 1);
	assert_int_equal(got.head.partition, 17);
	expect_text(got.campaign, "a");
	expect_text(got.campaign_version, "");
	expect_text(got.key, "k");
	expect_text(got.event_id, "e1");
}

static void test_refused(void **state)
{
	static char long_text[SL_QUARANTINE_TEXT_MAX + 1];
	struct sl_refused_view refused = {
		.head = {.received_ns = 1, .reason = 2, .offset = 3, .text_whole_bytes = 90000},
		.channel = text("web"),
		.detail = text("amount"),
		.text = {.at = long_text, .bytes = sizeof(long_text)},
	};
	struct sl_refused_view got;
	struct sl_record record;

	(void)state;
	assert_int_equal(sl_blocks_append_refused(&blocks, &refused), -SL_E_LIMIT);
	refused.text.bytes--;
	assert_int_equal(sl_blocks_append_refused(&blocks, &refused), 0);
	record = only_record();
	assert_int_equal(sl_record_refused(&record, &got), 0);
	assert_int_equal(got.head.text_whole_bytes, 90000);
	expect_text(got.channel, "web");
	expect_text(got.detail, "amount");
	assert_int_equal(got.text.bytes, SL_QUARANTINE_TEXT_MAX);
}

static void test_seen(void **state)
{
	struct sl_seen_record seen = {.id = {5, 6}, .ordinal = 8, .seen_ns = 9, .partition = 4095},
			      got;
	struct sl_record record;

	(void)state;
	assert_int_equal(sl_blocks_append_seen(&blocks, &seen), 0);
	record = only_record();
	assert_int_equal(sl_record_seen(&record, &got), 0);
	assert_memory_equal(&got, &seen, sizeof(seen));
	seen.partition = 4096;
	record.payload = (const uint8_t *)&seen;
	assert_int_equal(sl_record_seen(&record, &got), -SL_E_BOUNDS);
	seen.partition = 0;
	record.bytes++;
	assert_int_equal(sl_record_seen(&record, &got), -SL_E_BOUNDS);
}

static void test_mailbox(void **state)
{
	struct sl_mailbox_view sent = {
		.head = {.id = {7, 8}, .from = 1, .to = 2, .part = SL_MAILBOX_SENT, .kind = 3},
		.body = sl_span_text("carry on"),
	};
	struct sl_mailbox_view got;
	struct sl_mailbox_record head;
	uint8_t payload[64];
	struct sl_record record;

	(void)state;
	assert_int_equal(sl_blocks_append_mailbox(&blocks, &sent), 0);
	record = only_record();
	assert_int_equal(sl_record_mailbox(&record, &got), 0);
	assert_int_equal(got.head.kind, 3);
	assert_int_equal(got.body.bytes, 8);
	assert_memory_equal(got.body.at, "carry on", 8);

	memcpy(payload, record.payload, record.bytes);
	record.payload = payload;
	memcpy(&head, payload, sizeof(head));
	head.part = SL_MAILBOX_CLEARED; /* with a body */
	memcpy(payload, &head, sizeof(head));
	assert_int_equal(sl_record_mailbox(&record, &got), -SL_E_FORMAT);
	head.part = SL_MAILBOX_SENT;
	head.to = SL_PARTITIONS;
	memcpy(payload, &head, sizeof(head));
	assert_int_equal(sl_record_mailbox(&record, &got), -SL_E_BOUNDS);
}

static void test_delta(void **state)
{
	struct sl_delta_view delta = {
		.head = {.slot = 77, .partition = 4095},
		.key = text("C1"),
		.image = sl_span_text("\x01 an image"),
	};
	struct sl_delta_view got;
	struct sl_delta_record head;
	uint8_t payload[64];
	struct sl_record record;

	(void)state;
	assert_int_equal(sl_blocks_append_delta(&blocks, &delta), 0);
	record = only_record();
	assert_int_equal(record.type, SL_RECORD_DELTA);
	assert_int_equal(sl_record_delta(&record, &got), 0);
	assert_int_equal(got.head.slot, 77);
	assert_int_equal(got.head.partition, 4095);
	expect_text(got.key, "C1");
	assert_int_equal(got.image.bytes, 10);
	assert_memory_equal(got.image.at, "\x01 an image", 10);

	memcpy(payload, record.payload, record.bytes);
	record.payload = payload;
	memcpy(&head, payload, sizeof(head));
	payload[sizeof(head) + 2] = 3; /* no form of an image */
	assert_int_equal(sl_record_delta(&record, &got), -SL_E_FORMAT);
	payload[sizeof(head) + 2] = SL_DELTA_MORE;
	assert_int_equal(sl_record_delta(&record, &got), 0);
	record.type = SL_RECORD_TOMBSTONE; /* with an image */
	assert_int_equal(sl_record_delta(&record, &got), -SL_E_FORMAT);
	record.type = SL_RECORD_DELTA;
	head.partition = SL_PARTITIONS;
	memcpy(payload, &head, sizeof(head));
	assert_int_equal(sl_record_delta(&record, &got), -SL_E_BOUNDS);
	head.partition = 0;
	head.image_bytes = UINT32_MAX; /* wraps a sum of 32 bits */
	memcpy(payload, &head, sizeof(head));
	assert_int_equal(sl_record_delta(&record, &got), -SL_E_BOUNDS);
}

static void test_tombstone(void **state)
{
	struct sl_delta_view gone = {.head = {.slot = 78, .partition = 1}, .key = text("C2")};
	struct sl_delta_view got;
	struct sl_record record;

	(void)state;
	assert_int_equal(sl_blocks_append_delta(&blocks, &gone), 0);
	record = only_record();
	assert_int_equal(record.type, SL_RECORD_TOMBSTONE);
	assert_int_equal(sl_record_delta(&record, &got), 0);
	assert_int_equal(got.head.slot, 78);
	expect_text(got.key, "C2");
	assert_int_equal(got.image.bytes, 0);
	record.type = SL_RECORD_DELTA; /* without one */
	assert_int_equal(sl_record_delta(&record, &got), -SL_E_FORMAT);
}

static void test_event(void **state)
{
	struct sl_event_view event = {
		.head = {.received_ns = 5, .event_time_ns = 6},
		.channel = {"web", 3},
		.json = {"{\"id\":1}", 8},
	};
	struct sl_event_view got;
	struct sl_record record;

	(void)state;
	assert_int_equal(sl_blocks_append_event(&blocks, &event), 0);
	record = only_record();
	assert_int_equal(sl_record_event(&record, &got), 0);
	assert_true(got.head.received_ns == 5 && got.head.event_time_ns == 6);
	expect_text(got.channel, "web");
	expect_text(got.json, "{\"id\":1}");
	record.bytes--;
	assert_int_equal(sl_record_event(&record, &got), -SL_E_BOUNDS);
	record.type = SL_RECORD_TICK;
	assert_int_equal(sl_record_event(&record, &got), -SL_E_FORMAT);
}

static void test_tick(void **state)
{
	struct sl_tick_record tick = {.watermark_ns = 5, .now_ns = 6}, got;
	struct sl_record record;

	(void)state;
	assert_int_equal(sl_blocks_append_tick(&blocks, &tick), 0);
	record = only_record();
	assert_int_equal(sl_record_tick(&record, &got), 0);
	assert_true(got.watermark_ns == 5 && got.now_ns == 6);
	record.bytes--;
	assert_int_equal(sl_record_tick(&record, &got), -SL_E_TRUNCATED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_match, set_up),
		cmocka_unit_test_setup(test_match_of_layout_1, set_up),
		cmocka_unit_test_setup(test_match_over_many_blocks, set_up),
		cmocka_unit_test_setup(test_text_beyond_its_length, set_up),
		cmocka_unit_test_setup(test_lengths_must_add_up, set_up),
		cmocka_unit_test_setup(test_decision, set_up),
		cmocka_unit_test_setup(test_refused, set_up),
		cmocka_unit_test_setup(test_seen, set_up),
		cmocka_unit_test_setup(test_mailbox, set_up),
		cmocka_unit_test_setup(test_delta, set_up),
		cmocka_unit_test_setup(test_event, set_up),
		cmocka_unit_test_setup(test_tombstone, set_up),
		cmocka_unit_test_setup(test_tick, set_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
