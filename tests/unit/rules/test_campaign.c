#include "rules_fixture.h"

#include <stdlib.h>
#include <string.h>

#define HEAD "campaign: c\nowner: o\nkind: service\nmatch: type == 'a'\n"
#define SEND "send: {channel: push, template: T}\n"

static struct sl_diagnostics *diagnostics;

static int set_up(void **state)
{
	(void)state;
	diagnostics = sl_diagnostics_new();
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	sl_diagnostics_free(diagnostics);
	return 0;
}

#define DAY_NS 86400000000000ll

static void validity_is_meant_in_the_zone(void **state)
{
	struct sl_rules_set *set =
		load_texts(test_schema, HEAD SEND "valid: {from: 2026-01-01, until: 2026-01-01}\n",
			   diagnostics);
	const struct sl_campaign_text *campaign = &set->campaigns[0];

	(void)state;
	assert_string_equal(codes_of(diagnostics), "");
	/* midnight in Seoul, and the whole of the last day */
	assert_int_equal(campaign->valid_from_ns, 1767193200ll * 1000000000);
	assert_int_equal(campaign->valid_until_ns - campaign->valid_from_ns, DAY_NS);
	free_set(set);
	set = load_texts(
		test_schema,
		HEAD SEND
		"valid:\n  from: 2026-01-01T00:00:00Z\n  until: \"2026-01-01T00:00:01Z\"\n",
		diagnostics);
	campaign = &set->campaigns[0];
	assert_int_equal(campaign->valid_from_ns, 1767225600ll * 1000000000);
	assert_int_equal(campaign->valid_until_ns - campaign->valid_from_ns, 1000000000);
	free_set(set);
	set = load_texts(test_schema, HEAD SEND "valid: {until: 2026-01-01}\n", diagnostics);
	assert_int_equal(set->campaigns[0].valid_from_ns, INT64_MIN);
	free_set(set);
	assert_string_equal(codes_of(diagnostics), "");
}

static void advertising_needs_a_setting(void **state)
{
	static const char text[] =
		"campaign: c\nowner: o\nkind: advertisement\nmatch: type == 'a'\n" SEND;
	struct sl_rules_options options = {.unsafe_advertising = true};
	struct sl_rules_set *set = load_texts(test_schema, text, diagnostics), unsafe;

	(void)state;
	assert_string_equal(codes_of(diagnostics), "no_consent_gate");
	free_set(set);
	assert_int_equal(sl_rules_set_load_text(sl_slice_of(test_schema), sl_slice_of(text),
						&options, diagnostics, &unsafe),
			 0);
	assert_string_equal(codes_of(diagnostics), "no_consent_gate"); /* no second one */
	assert_int_equal(unsafe.campaigns[0].kind, SL_CAMPAIGN_ADVERTISEMENT);
	sl_rules_set_fini(&unsafe);
}

static void steps_and_data(void **state)
{
	struct sl_rules_set *set =
		load_texts(test_schema,
			   "campaign: c\nowner: o\nkind: service\nmatch:\n  - start: type == 'a'\n"
			   "send:\n  channel: push\n  template: T\n"
			   "  data: {a: start.amount, b: amount, c: device.os, d: \"amount\", e: "
			   "-5, f: 2.5, g: true, h: start.device.os}\n",
			   diagnostics);
	const struct sl_campaign_data *data;

	(void)state;
	assert_string_equal(codes_of(diagnostics), "");
	data = set->campaigns[0].data;
	assert_int_equal(set->campaigns[0].n_data, 8);
	assert_true(sl_slice_is(set->campaigns[0].step, "start"));
	assert_int_equal(data[0].index, 5);
	assert_int_equal(data[1].index, 5);
	assert_int_equal(data[2].index, 8);
	assert_true(data[3].from == SL_DATA_CONSTANT &&
		    sl_slice_is(data[3].constant.text, "amount"));
	assert_true(data[4].from == SL_DATA_CONSTANT && data[4].constant.integer == -5);
	assert_true(data[5].from == SL_DATA_CONSTANT && data[5].constant.decimal == 2.5);
	assert_true(data[6].from == SL_DATA_CONSTANT && data[6].constant.type == SL_TYPE_BOOL);
	assert_int_equal(data[7].index, 8);
	free_set(set);
}

/* Every key of the design that does nothing yet, and every word of its steps, is an error. */
static void keys_are_never_passed_over(void **state)
{
	static const char *const cases[][2] = {
		{HEAD SEND "audience: x\n", "not_yet"},
		{HEAD SEND "limit: {per_customer: 1}\n", "missing_key"},
		{HEAD SEND "limit: {per_customer: 1, per: 1d, each: 2}\n", "unknown_key"},
		{HEAD SEND "control_group: 10%\n", "not_yet"},
		{HEAD SEND "priority: 1\n", "no_effect"},
		{HEAD SEND "pacing: 1\n", "not_yet"},
		{HEAD SEND "goal: {when: x}\n", "not_yet"},
		{HEAD SEND "renamed_from: c\n", "bad_value"},
		{HEAD SEND "within: 1d\n", "no_effect"},
		{HEAD SEND "by: channel\n", "no_effect"},
		{HEAD SEND "discription: b\n", "unknown_key"},
		{HEAD "send: {channel: push, template: T, to: x}\n", "unknown_key"},
		{HEAD SEND "valid: {form: 2026-01-01}\n", "unknown_key"},
		{HEAD "send: {template: T}\n", "missing_key"},
		{"kind: service\nmatch: type == 'a'\n" SEND, "missing_key"},
		{"campaign: c\nmatch: type == 'a'\n" SEND, "missing_key"},
		{"campaign: c\nowner: o\nkind: service\n" SEND, "missing_key"},
		{"campaign: c\nowner: o\nkind: service\nmatch: []\n" SEND, "bad_value"},
		{"campaign: c\nowner: o\nkind: service\nmatch: {a: type == 'b'}\n" SEND,
		 "bad_value"},
		{"campaign: c\nowner: o\nkind: service\nmatch: [{a: overseas}, {b: "
		 "overseas}]\n" SEND,
		 "unbounded"},
		{"campaign: c\nowner: o\nkind: service\nmatch: [{a: overseas, within: 5m}]\n" SEND,
		 "no_effect"},
		{"campaign: c\nowner: o\nkind: service\nmatch: [{a: overseas, every: 5m}]\n" SEND,
		 "bad_name"},
		{HEAD SEND "---\n" HEAD SEND, "duplicate_campaign"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct sl_diagnostics *own = sl_diagnostics_new();

		free_set(load_texts(test_schema, cases[i][0], own));
		if (strcmp(codes_of(own), cases[i][1]) != 0)
			print_error("%s", cases[i][0]);
		assert_string_equal(codes_of(own), cases[i][1]);
		sl_diagnostics_free(own);
	}
}

static void empty_documents_are_nothing(void **state)
{
	struct sl_rules_set *set = load_texts(
		test_schema, "# only this\n---\n---\n" HEAD SEND "---\n...\n", diagnostics);

	(void)state;
	assert_string_equal(codes_of(diagnostics), "");
	assert_int_equal(set->n_campaigns, 1);
	free_set(set);
	set = load_texts(test_schema, "", diagnostics);
	assert_int_equal(set->n_campaigns, 0);
	free_set(set);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(validity_is_meant_in_the_zone),
		TEST(advertising_needs_a_setting),
		TEST(steps_and_data),
		TEST(keys_are_never_passed_over),
		TEST(empty_documents_are_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
