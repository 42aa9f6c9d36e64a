#include "fixture.h"

#define EVENT(more) "{\"id\":\"a1\",\"customer\":\"C1\"" more "}"

static void fills_slots_and_roles(void **state)
{
	struct fixture *f = fixture_bank();
	const struct sl_value *slots = f->slots;

	(void)state;
	assert_accepted(
		f,
		"{\"id\":\"a1\",\"time\":\"2026-11-21T09:12:33.120+09:00\",\"channel\":\"mobile\","
		"\"type\":\"loan.rate.view\",\"customer\":\"C00012345\",\"amount\":30000000,"
		"\"balance\":-12.5,\"overseas\":true,\"segments\":[\"retail\",\"\\uAC00\"],"
		"\"device\":{\"os\":\"android\",\"screen\":{\"width\":1080,\"height\":1}},\"page\":"
		"[{}]}");
	assert_int_equal(f->event.n_slots, 11);
	assert_int_equal(f->event.index, 7);
	assert_int_equal(f->event.channel, 3);
	assert_int_equal(f->event.received_ns, RECEIVED_NS);
	assert_int_equal(f->event.received_source, SL_CLOCK_VIRTUAL);
	assert_int_equal(f->event.time_ns, 1795219953120000000ll);
	assert_int_equal(f->event.id.bytes, 2);
	assert_memory_equal(f->event.id.at, "a1", 2);
	assert_int_equal(f->event.key.bytes, 9);
	assert_memory_equal(f->event.key.at, "C00012345", 9);
	assert_memory_equal(f->event.type.at, "loan.rate.view", f->event.type.bytes);
	assert_memory_equal(f->event.source_channel.at, "mobile", f->event.source_channel.bytes);
	assert_int_equal(f->event.partition, sl_event_partition(f->event.key));
	assert_int_equal(slots[5].kind, SL_TYPE_INT);
	assert_int_equal(slots[5].integer, 30000000);
	assert_int_equal(slots[6].kind, SL_TYPE_DECIMAL);
	assert_true(slots[6].decimal == -12.5);
	assert_int_equal(slots[7].kind, SL_TYPE_BOOL);
	assert_int_equal(slots[7].integer, 1);
	assert_int_equal(slots[8].kind, SL_TYPE_STRINGS);
	assert_int_equal(slots[8].count, 2);
	assert_memory_equal(slots[8].list[0].at, "retail", 6);
	assert_int_equal(slots[8].list[1].bytes, 3);
	assert_memory_equal(slots[8].list[1].at, "\xEA\xB0\x80", 3);
	assert_memory_equal(slots[9].text, "android", 7);
	assert_int_equal(slots[10].integer, 1080);
	fixture_free(f);
}

static void absent_and_null(void **state)
{
	struct fixture *f = fixture_bank();

	(void)state;
	assert_accepted(f, EVENT(",\"amount\":null,\"device\":null,\"segments\" : null "));
	for (unsigned slot = 5; slot < 11; slot++)
		assert_int_equal(f->slots[slot].kind, 0);
	assert_int_equal(f->event.time_ns, RECEIVED_NS);
	assert_int_equal(f->event.type.bytes, 0);
	assert_memory_equal(f->event.source_channel.at, "web", 3);
	assert_refused(f, "{}", SL_WHY_FIELD_MISSING);
	assert_string_equal(f->fault.detail, "id: absent, null or empty");
	assert_refused(f, "{\"id\":\"a\",\"customer\":null}", SL_WHY_FIELD_MISSING);
	assert_refused(f, "{\"id\":\"\",\"customer\":\"C\"}", SL_WHY_FIELD_MISSING);
	fixture_free(f);
}

static void assert_text(struct sl_text text, const char *expected)
{
	assert_int_equal(text.bytes, strlen(expected));
	assert_memory_equal(text.at, expected, text.bytes);
}

/* Of an id or key that is an integer the digits are the text: one number has one text. */
static void integers_as_id_and_key(void **state)
{
	struct fixture *f = fixture_new();

	(void)state;
	fixture_field(f, "id", SL_TYPE_INT, SL_ROLE_ID, SL_FIELD_REQUIRED);
	fixture_field(f, "customer", SL_TYPE_INT, SL_ROLE_KEY, SL_FIELD_REQUIRED);
	fixture_ready(f);
	assert_accepted(f, "{\"id\": 9223372036854775807 ,\"customer\":-42}");
	assert_text(f->event.id, "9223372036854775807");
	assert_text(f->event.key, "-42");
	assert_int_equal(f->slots[1].integer, -42);
	assert_int_equal(f->event.partition, sl_event_partition(f->event.key));
	assert_accepted(f, "{\"id\":0,\"customer\":-0}");
	assert_text(f->event.id, "0");
	assert_text(f->event.key, "0");
	assert_refused(f, "{\"id\":\"1\",\"customer\":1}", SL_WHY_FIELD_TYPE);
	assert_refused(f, "{\"id\":1.0,\"customer\":1}", SL_WHY_FIELD_TYPE);
	assert_refused(f, "{\"id\":9223372036854775808,\"customer\":1}", SL_WHY_FIELD_RANGE);
	assert_refused(f, "{\"id\":null,\"customer\":1}", SL_WHY_FIELD_MISSING);
	fixture_free(f);
}

static void duplicates_are_refused(void **state)
{
	struct fixture *f = fixture_bank();

	(void)state;
	assert_refused(f, EVENT(",\"id\":\"a1\""), SL_WHY_FIELD_DUPLICATE);
	assert_string_equal(f->fault.detail, "id: occurs twice");
	assert_refused(f, EVENT(",\"amount\":null,\"amount\":1"), SL_WHY_FIELD_DUPLICATE);
	assert_refused(f, EVENT(",\"amount\":1,\"\\u0061mount\":1"), SL_WHY_FIELD_DUPLICATE);
	assert_refused(f, EVENT(",\"device\":{\"os\":\"a\"},\"device\":{}"),
		       SL_WHY_FIELD_DUPLICATE);
	assert_refused(f, EVENT(",\"device\":{\"os\":\"a\",\"os\":\"b\"}"), SL_WHY_FIELD_DUPLICATE);
	assert_accepted(
		f, EVENT(",\"other\":1,\"other\":2,\"more\":{\"id\":1,\"id\":2},\"device.os\":7"));
	assert_int_equal(f->slots[9].kind, 0);
	fixture_free(f);
}

static void names_are_compared_unescaped(void **state)
{
	struct fixture *f = fixture_bank();

	(void)state;
	assert_accepted(f, EVENT(",\"\\u0061mount\":5,\"d\\u0065vice\":{\"o\\u0073\":\"x\\/y\"}"));
	assert_int_equal(f->slots[5].integer, 5);
	assert_int_equal(f->slots[9].count, 3);
	assert_memory_equal(f->slots[9].text, "x/y", 3);
	assert_accepted(f, EVENT(",\"amoun\":\"a\",\"amountt\":\"b\",\"\":\"c\",\"Amount\":\"d\""));
	assert_int_equal(f->slots[5].kind, 0);
	fixture_free(f);
}

/* A fault of the schema never hides that the rest is not JSON, wherever that is. */
static void malformed_weighs_more_than_unfit(void **state)
{
	struct fixture *f = fixture_bank();
	const char *const bad[] = {
		"{\"amount\":\"x\",\"a\":01}",
		"{\"amount\":\"x\",\"a\":[1,]}",
		"{\"amount\":1.5,\"a\":nul}",
		"{\"amount\":{\"a\":tru}}",
		"{\"amount\":\"x\"",
		"{\"id\":1,\"id\":2,}",
		"{\"amount\":\"x\"}}",
		"[1,2",
		"\"x\" 1",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_refused(f, bad[i], SL_WHY_JSON_MALFORMED);
	assert_refused(f, "{\"amount\":\"x\",\"a\":\"\\ud800\"}", SL_WHY_UTF8_INVALID);
	assert_refused(f, "{\"amount\":\"x\",\"a\":\"\xff\"}", SL_WHY_UTF8_INVALID);
	assert_refused(f, "{\"amount\":\"x\",\"a\":[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]}",
		       SL_WHY_JSON_TOO_DEEP);
	assert_refused(f, "{\"amount\":\"x\",\"overseas\":3}", SL_WHY_FIELD_TYPE);
	assert_string_equal(f->fault.detail, "amount: expected an integer");
	assert_int_equal(f->fault.offset, 10);
	fixture_free(f);
}

static void other_than_objects(void **state)
{
	struct fixture *f = fixture_bank();
	const char *const texts[] = {"[]",    "[{}]", "1",      "-0",
				     "\"x\"", "null", " true ", "[[1,[2]],{\"a\":3}]"};

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		assert_refused(f, texts[i], SL_WHY_NOT_AN_OBJECT);
	fixture_free(f);
}

static void time_may_not_lie_ahead(void **state)
{
	struct fixture *f = fixture_bank();

	(void)state;
	assert_accepted(f, EVENT(",\"time\":\"2026-11-21T00:14:20Z\""));
	assert_refused(f, EVENT(",\"time\":\"2026-11-21T00:14:20.000000001Z\""), SL_WHY_TIME_AHEAD);
	assert_refused(f, EVENT(",\"time\":\"2261-12-31T00:00:00Z\""), SL_WHY_TIME_AHEAD);
	assert_accepted(f, EVENT(",\"time\":\"1678-01-01T00:00:00Z\""));
	assert_accepted(f, EVENT(",\"time\":1795220060000"));
	assert_refused(f, EVENT(",\"time\":1795220060001"), SL_WHY_TIME_AHEAD);
	fixture_free(f);
}

static void limits_of_size_and_depth(void **state)
{
	struct fixture *f = fixture_no_schema();
	char text[EVENT_BYTES + 2];
	char *deep = malloc(200001);

	(void)state;
	assert_non_null(deep);
	memset(text, ' ', sizeof(text));
	memcpy(text, "{}", 2);
	assert_int_equal(decode_bytes(f, text, EVENT_BYTES), SL_WHY_NONE);
	assert_int_equal(decode_bytes(f, text, EVENT_BYTES + 1), SL_WHY_TOO_LARGE);
	assert_accepted(f, "{\"a\":[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]}");
	assert_refused(f, "{\"a\":[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]}", SL_WHY_JSON_TOO_DEEP);
	memset(deep, '[', 100000);
	memset(deep + 100000, ']', 100000);
	assert_int_equal(decode_bytes(f, deep, 200000), SL_WHY_TOO_LARGE);
	assert_int_equal(decode_bytes(f, deep + 99000, 2000), SL_WHY_JSON_TOO_DEEP);
	free(deep);
	fixture_free(f);
}

/* The deepest limit with a text that just reaches it, and one that is deeper than any stack. */
static void depth_of_hundred_thousand(void **state)
{
	const struct sl_decode_limits limits = {.event_bytes = 1 << 20, .depth = 1024};
	struct fixture *f = fixture_new();
	char *deep = malloc(200001 + SL_SPAN_PADDING);

	(void)state;
	assert_non_null(deep);
	assert_int_equal(sl_decode_plan_new(&f->artifact, &f->plan), 0);
	assert_int_equal(sl_decoder_new(&limits, &f->decoder), 0);
	memset(deep, '[', 100000);
	memset(deep + 100000, ']', 100000);
	assert_int_equal(decode_bytes(f, deep, 200000), SL_WHY_JSON_TOO_DEEP);
	assert_int_equal(f->fault.offset, 1024);
	assert_int_equal(decode_bytes(f, deep + 100000 - 1024, 2048), SL_WHY_NOT_AN_OBJECT);
	assert_int_equal(decode_bytes(f, deep + 100000 - 1025, 2050), SL_WHY_JSON_TOO_DEEP);
	free(deep);
	fixture_free(f);
}

static void seen_is_key_and_id(void **state)
{
	struct fixture *f = fixture_new();
	uint64_t first[2], second[2];

	(void)state;
	fixture_field(f, "id", SL_TYPE_STRING, SL_ROLE_ID, 0);
	fixture_field(f, "n", SL_TYPE_INT, SL_ROLE_KEY, 0);
	fixture_ready(f);
	assert_accepted(f, "{\"id\":\"a\",\"n\":12 ,\"x\":1}");
	memcpy(first, f->event.seen, sizeof(first));
	assert_int_equal(f->event.key.bytes, 2);
	assert_memory_equal(f->event.key.at, "12", 2);
	assert_accepted(f, "{\"x\":2,\"n\":12,\"id\":\"\\u0061\"}");
	assert_memory_equal(f->event.seen, first, sizeof(first));
	assert_accepted(f, "{\"id\":\"a\",\"n\":13}");
	assert_memory_not_equal(f->event.seen, first, sizeof(first));
	/* without an id the text is what tells events apart */
	assert_accepted(f, "{\"n\":12}");
	memcpy(second, f->event.seen, sizeof(second));
	assert_accepted(f, "{\"n\":12}");
	assert_memory_equal(f->event.seen, second, sizeof(second));
	assert_accepted(f, "{\"n\":12 }");
	assert_memory_not_equal(f->event.seen, second, sizeof(second));
	/* an event without a key is partition 0's */
	assert_accepted(f, "{\"id\":\"a\"}");
	assert_int_equal(f->event.partition, 0);
	fixture_free(f);
}

static void untouched_on_failure(void **state)
{
	struct fixture *f = fixture_bank();
	struct sl_event before;

	(void)state;
	memset(&before, 0xa5, sizeof(before));
	before.slots = f->slots;
	f->event = before;
	assert_refused(f, EVENT(",\"amount\":1.0"), SL_WHY_FIELD_TYPE);
	assert_memory_equal(&f->event, &before, sizeof(before));
	fixture_free(f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fills_slots_and_roles),
		cmocka_unit_test(integers_as_id_and_key),
		cmocka_unit_test(absent_and_null),
		cmocka_unit_test(duplicates_are_refused),
		cmocka_unit_test(names_are_compared_unescaped),
		cmocka_unit_test(malformed_weighs_more_than_unfit),
		cmocka_unit_test(other_than_objects),
		cmocka_unit_test(time_may_not_lie_ahead),
		cmocka_unit_test(limits_of_size_and_depth),
		cmocka_unit_test(depth_of_hundred_thousand),
		cmocka_unit_test(seen_is_key_and_id),
		cmocka_unit_test(untouched_on_failure),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
