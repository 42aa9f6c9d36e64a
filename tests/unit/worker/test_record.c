/* Events as they are recorded: what the setting makes of them, and what a decoder makes of that. */
#include "rig.h"

#include "base/counters.h"
#include "worker/record_priv.h"
#include "worker/worker_priv.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define JSON "application/json"

static const char *const CAMPAIGNS = "campaign: pay\n"
				     "kind: service\n"
				     "match: type == \"card.payment\"\n"
				     "send: {channel: push, template: T}\n";

/* Members of `device` do not stand side by side here. */
static const char *const SCHEMA = "schema: deep\n"
				  "fields:\n"
				  "  id: {type: string, role: id, required: true, max: 64}\n"
				  "  device.os: string\n"
				  "  type: {type: string, role: type, required: true}\n"
				  "  customer: {type: string, role: key, required: true}\n"
				  "  device.screen.width: int\n"
				  "  time: {type: time, role: time}\n"
				  "  amount: int\n"
				  "  rate: decimal\n"
				  "  fine: bool\n"
				  "  tags: {type: strings, items: 4, max: 64}\n"
				  "  device.screen.height: int\n"
				  "  text: {type: string, max: 65536}\n"
				  "  device.ver: string\n";

static void begin(struct rig *rig, bool recording)
{
	rig_use_schema(SCHEMA);
	rig->record_events = recording;
	rig_open(rig, CAMPAIGNS, 2, false, true);
}

/* The n-th that was recorded, from 0. */
static const char *recorded(const struct rig *rig, unsigned n)
{
	for (unsigned i = 0; i < rig->n_records; i++)
		if (rig->records[i].type == SL_RECORD_EVENT && n-- == 0)
			return rig->records[i].text;
	return "";
}

static void post(struct rig *rig, int connection, const char *body)
{
	assert_non_null(strstr(rig_post(rig, connection, JSON, body), "200 OK"));
}

static void fields_come_as_they_were_decoded(void **state)
{
	struct rig *rig = calloc(1, sizeof(*rig));
	int connection;

	(void)state;
	begin(rig, true);
	connection = rig_connect(rig, 0);
	post(rig, connection,
	     "{ \"time\" : \"2026-11-21T09:00:00.5+09:00\", \"id\":\"1\", \"type\":\"a\\u0062\",\n"
	     "\"customer\":\"\\uac00\\n\", \"unknown\":{\"x\":[1]}, \"amount\": -7, \"rate\":1.25,"
	     "\"fine\":true, \"tags\":[\"p\",\"q\"],"
	     "\"device\":{\"ver\":\"14\",\"screen\":{\"height\":2,\"width\":1},\"os\":\"x\"}}");
	assert_string_equal(
		recorded(rig, 0),
		"{\"amount\":-7,\"customer\":\"\xea\xb0\x80\\n\",\"device\":{\"os\":\"x\","
		"\"screen\":{\"height\":2,\"width\":1},\"ver\":\"14\"},\"fine\":true,\"id\":\"1\","
		"\"rate\":1.25,\"tags\":[\"p\",\"q\"],\"time\":\"2026-11-21T00:00:00.5Z\","
		"\"type\":\"ab\"}");
	/* only parts of a branch; and a time where there was none */
	post(rig, connection,
	     "{\"id\":\"2\",\"type\":\"b\",\"customer\":\"c\",\"device\":{\"screen\":{\"width\":3}}"
	     ","
	     "\"amount\":null}");
	assert_string_equal(
		recorded(rig, 1),
		"{\"customer\":\"c\",\"device\":{\"screen\":{\"width\":3}},\"id\":\"2\","
		"\"time\":\"2027-01-15T08:00:00Z\",\"type\":\"b\"}");
	/* what it says of itself is decoded to the same again */
	post(rig, connection, recorded(rig, 0));
	assert_string_equal(recorded(rig, 2), recorded(rig, 0));
	post(rig, connection, recorded(rig, 1));
	assert_string_equal(recorded(rig, 3), recorded(rig, 1));
	rig_assert_adds_up(rig);
	rig_close(rig);
	free(rig);
}

static void accepted_ones_matched_or_not(void **state)
{
	struct rig *rig = calloc(1, sizeof(*rig));
	int connection;

	(void)state;
	begin(rig, true);
	connection = rig_connect(rig, 0);
	for (unsigned i = 0; i < 8; i++) { /* of keys of both workers */
		char body[128];

		snprintf(body, sizeof(body),
			 "{\"id\":\"m%u\",\"type\":\"card.payment\",\"customer\":\"c%u\"}", i, i);
		post(rig, connection, body);
	}
	post(rig, connection, "{\"id\":\"u\",\"type\":\"login\",\"customer\":\"c\"}");
	assert_non_null(strstr(rig_post(rig, connection, JSON, "{\"id\":\"r\"}"), "400"));
	assert_int_equal(rig_count(rig, SL_RECORD_EVENT), 9);
	assert_int_equal(rig_count(rig, SL_RECORD_MATCH), 8);
	assert_int_equal(rig_count(rig, SL_RECORD_REFUSED), 1);
	rig_assert_adds_up(rig);
	rig_close(rig);
	free(rig);
}

static void without_the_setting_there_are_none(void **state)
{
	struct rig *rig = calloc(1, sizeof(*rig));

	(void)state;
	begin(rig, false);
	post(rig, rig_connect(rig, 0), "{\"id\":\"u\",\"type\":\"login\",\"customer\":\"c\"}");
	assert_int_equal(rig_count(rig, SL_RECORD_EVENT), 0);
	rig_close(rig);
	free(rig);
}

static void too_long_for_a_record_is_no_text(void **state)
{
	static char long_text[SL_RECORDED_BYTES], room[SL_RECORDED_BYTES];
	struct sl_record_plan *plan = calloc(1, sizeof(*plan) + sizeof(plan->fields[0]));
	struct sl_value slot = {
		.kind = SL_TYPE_STRING, .text = long_text, .count = sizeof(long_text) - 64};
	struct sl_event event = {.slots = &slot, .n_slots = 1};

	(void)state;
	memset(long_text, 'x', sizeof(long_text));
	plan->n = 1;
	plan->fields[0].n_parts = 1;
	plan->fields[0].parts[0] = (struct sl_text){"text", 4};
	assert_int_equal(sl_record_render(plan, &event, room).bytes, slot.count + 11);
	slot.count = sizeof(long_text) - 10;
	assert_int_equal(sl_record_render(plan, &event, room).bytes, 0);
	free(plan);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fields_come_as_they_were_decoded),
		cmocka_unit_test(accepted_ones_matched_or_not),
		cmocka_unit_test(without_the_setting_there_are_none),
		cmocka_unit_test(too_long_for_a_record_is_no_text),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
