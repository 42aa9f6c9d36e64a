#include "fixture.h"

#define EVENT(more) "{\"id\":\"a1\",\"customer\":\"C1\"," more "}"

static void integers(void **state)
{
	struct fixture *f = fixture_bank();

	(void)state;
	assert_accepted(f, EVENT("\"amount\":9223372036854775807"));
	assert_true(f->slots[5].integer == INT64_MAX);
	assert_accepted(f, EVENT("\"amount\":-9223372036854775808"));
	assert_true(f->slots[5].integer == INT64_MIN);
	assert_accepted(f, EVENT("\"amount\":-0"));
	assert_true(f->slots[5].integer == 0);
	assert_refused(f, EVENT("\"amount\":9223372036854775808"), SL_WHY_FIELD_RANGE);
	assert_refused(f, EVENT("\"amount\":-9223372036854775809"), SL_WHY_FIELD_RANGE);
	assert_refused(f, EVENT("\"amount\":18446744073709551617"), SL_WHY_FIELD_RANGE);
	assert_refused(f, EVENT("\"amount\":100000000000000000000000000000000000001"),
		       SL_WHY_FIELD_RANGE);
	assert_refused(f, EVENT("\"amount\":1.0"), SL_WHY_FIELD_TYPE);
	assert_refused(f, EVENT("\"amount\":1e3"), SL_WHY_FIELD_TYPE);
	assert_refused(f, EVENT("\"amount\":\"1\""), SL_WHY_FIELD_TYPE);
	assert_refused(f, EVENT("\"amount\":true"), SL_WHY_FIELD_TYPE);
	assert_refused(f, EVENT("\"amount\":[1]"), SL_WHY_FIELD_TYPE);
	assert_refused(f, EVENT("\"amount\":01"), SL_WHY_JSON_MALFORMED);
	assert_refused(f, EVENT("\"amount\":-"), SL_WHY_JSON_MALFORMED);
	fixture_free(f);
}

static void decimals(void **state)
{
	struct fixture *f = fixture_bank();

	(void)state;
	assert_accepted(f, EVENT("\"balance\":1"));
	assert_true(f->slots[6].decimal == 1.0);
	assert_accepted(f, EVENT("\"balance\":-0.0"));
	assert_true(f->slots[6].decimal == 0.0);
	assert_accepted(f, EVENT("\"balance\":1e308"));
	assert_accepted(f, EVENT("\"balance\":1e-400"));
	assert_true(f->slots[6].decimal == 0.0);
	assert_refused(f, EVENT("\"balance\":1e309"), SL_WHY_FIELD_RANGE);
	assert_refused(f, EVENT("\"balance\":-1e99999999999"), SL_WHY_FIELD_RANGE);
	assert_refused(f, EVENT("\"balance\":\"1\""), SL_WHY_FIELD_TYPE);
	assert_refused(f, EVENT("\"balance\":{}"), SL_WHY_FIELD_TYPE);
	assert_refused(f, EVENT("\"balance\":1.e"), SL_WHY_JSON_MALFORMED);
	fixture_free(f);
}

static void booleans(void **state)
{
	struct fixture *f = fixture_bank();

	(void)state;
	assert_accepted(f, EVENT("\"overseas\":false "));
	assert_int_equal(f->slots[7].kind, SL_TYPE_BOOL);
	assert_int_equal(f->slots[7].integer, 0);
	assert_refused(f, EVENT("\"overseas\":0"), SL_WHY_FIELD_TYPE);
	assert_refused(f, EVENT("\"overseas\":\"true\""), SL_WHY_FIELD_TYPE);
	assert_refused(f, EVENT("\"overseas\":truth"), SL_WHY_JSON_MALFORMED);
	assert_refused(f, EVENT("\"overseas\":fals"), SL_WHY_JSON_MALFORMED);
	fixture_free(f);
}

static void strings(void **state)
{
	struct fixture *f = fixture_bank();
	char text[256], long_type[70];

	(void)state;
	memset(long_type, 'x', sizeof(long_type));
	snprintf(text, sizeof(text), EVENT("\"type\":\"%.64s\""), long_type);
	assert_accepted(f, text);
	assert_int_equal(f->event.type.bytes, 64);
	snprintf(text, sizeof(text), EVENT("\"type\":\"%.65s\""), long_type);
	assert_refused(f, text, SL_WHY_FIELD_RANGE);
	assert_string_equal(f->fault.detail, "type: longer than the schema allows");
	/* the bound is of what is meant, not of what is written */
	snprintf(text, sizeof(text), EVENT("\"type\":\"%.63s\\u0041\""), long_type);
	assert_accepted(f, text);
	snprintf(text, sizeof(text), EVENT("\"type\":\"%.62s\\uac00\""), long_type);
	assert_refused(f, text, SL_WHY_FIELD_RANGE);
	assert_accepted(f, EVENT("\"type\":\"a\\u0000b\" "));
	assert_int_equal(f->event.type.bytes, 3);
	assert_memory_equal(f->event.type.at, "a\0b", 3);
	assert_accepted(f, EVENT("\"type\":\"\""));
	assert_int_equal(f->slots[3].kind, SL_TYPE_STRING);
	assert_refused(f, EVENT("\"type\":1"), SL_WHY_FIELD_TYPE);
	assert_refused(f, EVENT("\"type\":[\"a\"]"), SL_WHY_FIELD_TYPE);
	fixture_free(f);
}

static void lists(void **state)
{
	struct fixture *f = fixture_bank();

	(void)state;
	assert_accepted(f, EVENT("\"segments\":[]"));
	assert_int_equal(f->slots[8].kind, SL_TYPE_STRINGS);
	assert_int_equal(f->slots[8].count, 0);
	assert_accepted(f, EVENT("\"segments\":[\"\" , \"a\",\"\\t\",\"b\"]"));
	assert_int_equal(f->slots[8].count, 4);
	assert_int_equal(f->slots[8].list[0].bytes, 0);
	assert_memory_equal(f->slots[8].list[2].at, "\t", 1);
	assert_refused(f, EVENT("\"segments\":[\"a\",\"b\",\"c\",\"d\",\"e\"]"),
		       SL_WHY_FIELD_RANGE);
	assert_refused(f, EVENT("\"segments\":[\"a\",1]"), SL_WHY_FIELD_TYPE);
	assert_refused(f, EVENT("\"segments\":[null]"), SL_WHY_FIELD_TYPE);
	assert_refused(f, EVENT("\"segments\":[[\"a\"]]"), SL_WHY_FIELD_TYPE);
	assert_refused(f, EVENT("\"segments\":\"a\""), SL_WHY_FIELD_TYPE);
	assert_refused(f, EVENT("\"segments\":[\"a\",]"), SL_WHY_JSON_MALFORMED);
	assert_refused(f, EVENT("\"segments\":[\"a\" \"b\"]"), SL_WHY_JSON_MALFORMED);
	assert_refused(f, EVENT("\"segments\":[1,2,}]"), SL_WHY_JSON_MALFORMED);
	assert_refused(f, EVENT("\"segments\":[\"a\"}"), SL_WHY_JSON_MALFORMED);
	fixture_free(f);
}

static void a_required_list_may_not_be_empty(void **state)
{
	struct fixture *f = fixture_new();

	(void)state;
	fixture_field(f, "tags", SL_TYPE_STRINGS, SL_ROLE_NONE, SL_FIELD_REQUIRED);
	fixture_ready(f);
	assert_accepted(f, "{\"tags\":[\"\"]}");
	assert_refused(f, "{\"tags\":[]}", SL_WHY_FIELD_MISSING);
	fixture_free(f);
}

static void nested(void **state)
{
	struct fixture *f = fixture_bank();

	(void)state;
	assert_accepted(f, EVENT("\"device\":{\"screen\":{\"width\":1}}"));
	assert_int_equal(f->slots[10].integer, 1);
	assert_accepted(f, EVENT("\"os\":\"x\",\"screen\":{\"width\":2},\"width\":3"));
	assert_int_equal(f->slots[10].kind, 0);
	assert_refused(f, EVENT("\"device\":\"x\""), SL_WHY_FIELD_TYPE);
	assert_string_equal(f->fault.detail, "device: expected an object");
	assert_refused(f, EVENT("\"device\":[{\"os\":\"a\"}]"), SL_WHY_FIELD_TYPE);
	assert_refused(f, EVENT("\"device\":{\"screen\":{\"width\":\"1\"}}"), SL_WHY_FIELD_TYPE);
	assert_string_equal(f->fault.detail, "device.screen.width: expected an integer");
	assert_refused(f, EVENT("\"device\":{\"os\":\"a\"]"), SL_WHY_JSON_MALFORMED);
	fixture_free(f);
}

static void times(void **state)
{
	struct fixture *f = fixture_bank();

	(void)state;
	assert_accepted(f, EVENT("\"time\":\"2026-11-21T00:00:00\\u005A\""));
	assert_accepted(f, EVENT("\"time\":-1"));
	assert_int_equal(f->event.time_ns, -1000000);
	assert_refused(f, EVENT("\"time\":\"2026-11-21\""), SL_WHY_FIELD_TYPE);
	assert_refused(f, EVENT("\"time\":\"2026-02-29T00:00:00Z\""), SL_WHY_FIELD_RANGE);
	assert_refused(f, EVENT("\"time\":1.5"), SL_WHY_FIELD_TYPE);
	assert_refused(f, EVENT("\"time\":9223372036854775807"), SL_WHY_FIELD_RANGE);
	assert_refused(f, EVENT("\"time\":99999999999999999999"), SL_WHY_FIELD_RANGE);
	assert_refused(f, EVENT("\"time\":false"), SL_WHY_FIELD_TYPE);
	assert_refused(f, EVENT("\"time\":1x"), SL_WHY_JSON_MALFORMED);
	fixture_free(f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(integers), cmocka_unit_test(decimals),
		cmocka_unit_test(booleans), cmocka_unit_test(strings),
		cmocka_unit_test(lists),    cmocka_unit_test(a_required_list_may_not_be_empty),
		cmocka_unit_test(nested),   cmocka_unit_test(times),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
