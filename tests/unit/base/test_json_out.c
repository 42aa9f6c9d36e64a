#include "base/json_out.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

static void expect(const struct sl_json *json, const char *text)
{
	assert_false(json->full);
	assert_int_equal(json->bytes, strlen(text));
	assert_memory_equal(json->at, text, json->bytes);
}

static void separates_by_itself(void **state)
{
	char room[256];
	struct sl_json json;

	(void)state;
	sl_json_init(&json, room, sizeof(room));
	sl_json_object(&json);
	sl_json_name(&json, "empty");
	sl_json_object(&json);
	sl_json_object_end(&json);
	sl_json_name(&json, "list");
	sl_json_array(&json);
	sl_json_int(&json, 1);
	sl_json_array(&json);
	sl_json_array_end(&json);
	sl_json_object(&json);
	sl_json_name_text(&json, (struct sl_text){.at = "a\"b", .bytes = 3});
	sl_json_bool(&json, true);
	sl_json_object_end(&json);
	sl_json_null(&json);
	sl_json_array_end(&json);
	sl_json_name(&json, "raw");
	sl_json_raw(&json, "{}", 2);
	sl_json_name(&json, "last");
	sl_json_bool(&json, false);
	sl_json_object_end(&json);
	expect(&json,
	       "{\"empty\":{},\"list\":[1,[],{\"a\\\"b\":true},null],\"raw\":{},\"last\":false}");
}

static void values_outside_of_anything_stand_alone(void **state)
{
	char room[16];
	struct sl_json json;

	(void)state;
	sl_json_init(&json, room, sizeof(room));
	sl_json_int(&json, 1);
	sl_json_raw(&json, "\n", 1);
	sl_json_int(&json, 2);
	expect(&json, "1\n2");
}

static void nests_to_32(void **state)
{
	char room[65];
	struct sl_json json;

	(void)state;
	sl_json_init(&json, room, sizeof(room));
	for (int i = 0; i < 32; i++)
		sl_json_array(&json);
	for (int i = 0; i < 32; i++)
		sl_json_array_end(&json);
	assert_false(json.full);
	assert_int_equal(json.bytes, 64);
	assert_int_equal(json.at[31], '[');
	assert_int_equal(json.at[32], ']');
}

static void write_sample(struct sl_json *json)
{
	sl_json_object(json);
	sl_json_name(json, "text");
	sl_json_string(json, "a\x01\xff\xe2\x82\xac");
	sl_json_name(json, "n");
	sl_json_int(json, INT64_MIN);
	sl_json_name(json, "t");
	sl_json_time(json, 1);
	sl_json_object_end(json);
}

/* Whatever the room, nothing is written behind it, and `full` tells the truth. */
static void stops_where_the_room_ends(void **state)
{
	char whole[256];
	struct sl_json json;
	size_t bytes;

	(void)state;
	sl_json_init(&json, whole, sizeof(whole));
	write_sample(&json);
	assert_false(json.full);
	bytes = json.bytes;
	for (size_t room = 0; room <= bytes; room++) {
		char *at = malloc(room ? room : 1);

		sl_json_init(&json, at, room);
		write_sample(&json);
		assert_int_equal(json.full, room < bytes);
		assert_true(json.bytes <= room);
		assert_memory_equal(at, whole, json.bytes);
		free(at);
	}
}

static void full_stays_full(void **state)
{
	char room[3];
	struct sl_json json;

	(void)state;
	sl_json_init(&json, room, sizeof(room));
	sl_json_string(&json, "long");
	assert_true(json.full);
	assert_int_equal(json.bytes, 1);
	sl_json_int(&json, 1); /* would fit */
	assert_true(json.full);
	assert_int_equal(json.bytes, 1);
}

static void writes_slots_of_every_type(void **state)
{
	const struct sl_text list[] = {{.at = "a", .bytes = 1}, {.at = "", .bytes = 0}};
	const struct sl_value values[] = {
		{.kind = 0},
		{.kind = SL_TYPE_STRING, .text = "x\n", .count = 2},
		{.kind = SL_TYPE_INT, .integer = -5},
		{.kind = SL_TYPE_DECIMAL, .decimal = 0.5},
		{.kind = SL_TYPE_BOOL, .integer = 1},
		{.kind = SL_TYPE_TIME, .integer = 0},
		{.kind = SL_TYPE_STRINGS, .list = list, .count = 2},
		{.kind = SL_TYPE_STRINGS, .list = NULL, .count = 0},
	};
	char room[256];
	struct sl_json json;

	(void)state;
	sl_json_init(&json, room, sizeof(room));
	sl_json_array(&json);
	for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++)
		sl_json_value(&json, &values[i]);
	sl_json_array_end(&json);
	expect(&json, "[null,\"x\\n\",-5,0.5,true,\"1970-01-01T00:00:00Z\",[\"a\",\"\"],[]]");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(separates_by_itself),
		cmocka_unit_test(values_outside_of_anything_stand_alone),
		cmocka_unit_test(nests_to_32),
		cmocka_unit_test(stops_where_the_room_ends),
		cmocka_unit_test(full_stays_full),
		cmocka_unit_test(writes_slots_of_every_type),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
