#include "rules_fixture.h"

#include "rules/case/case.h"

#include <stdlib.h>
#include <string.h>

static char directory[64];
static struct sl_diagnostics *diagnostics;
static struct sl_cases *cases;

static int set_up(void **state)
{
	(void)state;
	make_directory(directory);
	write_file(directory, "schema.yaml", test_schema);
	diagnostics = sl_diagnostics_new();
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	sl_cases_free(cases);
	cases = NULL;
	sl_diagnostics_free(diagnostics);
	remove_directory(directory);
	return 0;
}

/* The cases of one file. */
static uint32_t load(const char *text, const struct sl_case **ret_list)
{
	write_file(directory, "a.test.yaml", text);
	assert_int_equal(sl_cases_load(directory, NULL, diagnostics, &cases), 0);
	return sl_cases_all(cases, ret_list);
}

static void steps_come_in_order(void **state)
{
	const struct sl_case *list;

	(void)state;
	assert_int_equal(load("# of cards\n"
			      "test: first\n"
			      "steps:\n"
			      "  - send: {type: card.payment}\n"
			      "  - expect: [c, {campaign: d, key: C7, data: {n: 5, t: \"5\"}}]\n"
			      "---\n"
			      "test: second\n"
			      "steps:\n"
			      "  - send: {}\n"
			      "    refused: field_missing\n"
			      "  - expect: []\n",
			      &list),
			 2);
	assert_int_equal(sl_diagnostics_count(diagnostics, SL_SEVERITY_ERROR), 0);
	assert_string_equal(list[0].name, "first");
	assert_string_equal(list[0].file, "a.test.yaml");
	assert_int_equal(list[0].line, 2);
	assert_int_equal(list[0].n_steps, 2);
	assert_int_equal(list[0].steps[0].kind, SL_CASE_SEND);
	assert_int_equal(list[0].steps[1].kind, SL_CASE_EXPECT);
	assert_int_equal(list[0].steps[1].line, 5);
	assert_int_equal(list[0].steps[1].n_matches, 2);
	assert_string_equal(list[0].steps[1].matches[0].campaign, "c");
	assert_null(list[0].steps[1].matches[0].key);
	assert_string_equal(list[0].steps[1].matches[1].key, "C7");
	assert_int_equal(list[0].steps[1].matches[1].n_data, 2);
	assert_string_equal(list[0].steps[1].matches[1].data[0].json, "5");
	assert_string_equal(list[0].steps[1].matches[1].data[1].json, "\"5\"");
	assert_string_equal(list[1].steps[0].refused, "field_missing");
	assert_int_equal(list[1].steps[1].n_matches, 0);
}

static void the_schema_says_what_is_text(void **state)
{
	const struct sl_case *list;

	(void)state;
	load("test: t\n"
	     "at: 2026-02-03T04:05:06+09:00\n"
	     "event: {type: 7, amount: 1, device: {os: 14}}\n"
	     "steps:\n"
	     "  - send: {amount: 2, rate: 2.5, overseas: true, tags: [1, a], text: \"a\\\"\\n\"}\n"
	     "  - send: {amount: 007}\n",
	     &list);
	assert_int_equal(sl_diagnostics_count(diagnostics, SL_SEVERITY_ERROR), 0);
	/* defaults first, then what the event says itself; each a second after the one before */
	assert_non_null(
		strstr(list[0].steps[0].event,
		       "\"type\":\"7\",\"device\":{\"os\":\"14\"},\"amount\":2,\"rate\":2.5,"
		       "\"overseas\":true,\"tags\":[\"1\",\"a\"],\"text\":\"a\\\"\\u000a\"}"));
	assert_non_null(strstr(list[0].steps[0].event, "2026-02-02T19:05:06Z"));
	assert_non_null(strstr(list[0].steps[1].event, "2026-02-02T19:05:07Z"));
	assert_non_null(strstr(list[0].steps[1].event, "\"amount\":\"007\"")); /* no JSON number */
}

/* The clock shows the latest time, and only a wait makes it go on by itself. */
static void waits_move_the_clock(void **state)
{
	static const char *const times[] = {
		"2026-02-02T19:00:00Z",
		"",
		"2026-02-02T19:31:00Z",
		"2026-02-02T19:31:01Z",
		"",
		"2026-02-02T19:31:01.500000000Z",
		"2026-02-02T20:00:00.25+00:00",
		"2026-02-02T20:00:01.250000000Z",
		"2026-02-02T19:00:00Z",
		/* late */ "2026-02-02T20:00:02.250000000Z",
		"",
	};
	const struct sl_case *list;

	(void)state;
	load("test: t\n"
	     "at: 2026-02-02T19:00:00Z\n"
	     "steps:\n"
	     "  - send: {}\n"
	     "  - wait: 31m\n"
	     "  - send: {}\n"
	     "  - send: {}\n"
	     "  - wait: 500ms\n"
	     "  - send: {}\n"
	     "  - send: {time: \"2026-02-02T20:00:00.25+00:00\"}\n"
	     "  - send: {}\n"
	     "  - send: {time: \"2026-02-02T19:00:00Z\"}\n"
	     "  - send: {}\n"
	     "  - wait: 1d12h\n",
	     &list);
	assert_int_equal(sl_diagnostics_count(diagnostics, SL_SEVERITY_ERROR), 0);
	assert_int_equal(list[0].n_steps, sizeof(times) / sizeof(times[0]));
	for (uint32_t i = 0; i < list[0].n_steps; i++) {
		assert_int_equal(list[0].steps[i].kind, *times[i] ? SL_CASE_SEND : SL_CASE_WAIT);
		if (*times[i])
			assert_non_null(strstr(list[0].steps[i].event, times[i]));
	}
	assert_int_equal(list[0].steps[1].until_ns, 1770060660 * 1000000000ll);
	assert_int_equal(list[0].steps[10].until_ns - list[0].steps[1].until_ns,
			 (36 * 3600 + 1741) * 1000000000ll + 1250000000ll);
}

static void mistakes_have_their_place(void **state)
{
	static const struct {
		const char *text, *code;
		unsigned line, column;
	} list[] = {
		{"test: t\n", "missing_key", 1, 1},
		{"steps: []\n", "missing_key", 1, 1},
		{"test: t\nsteps: []\nfoo: 1\n", "unknown_key", 3, 1},
		{"test: t\nat: noon\nsteps: []\n", "bad_time", 2, 5},
		{"test: t\nsteps:\n  - wait\n", "bad_value", 3, 5},
		{"test: t\nsteps:\n  - {send: {}, expect: []}\n", "bad_value", 3, 5},
		{"test: t\nsteps:\n  - {send: {}, wait: 1m}\n", "bad_value", 3, 5},
		{"test: t\nsteps:\n  - {wait: 1m, refused: field_type}\n", "bad_value", 3, 5},
		{"test: t\nsteps:\n  - wait: 1 hour\n", "bad_span", 3, 11},
		{"test: t\nat: 2261-06-01T00:00:00Z\nsteps: [{wait: 366d}]\n", "bad_value", 3, 16},
		{"test: t\nsteps:\n  - {expect: [], refused: x}\n", "bad_value", 3, 5},
		{"test: t\nsteps:\n  - expect: [{key: C1}]\n", "missing_key", 3, 14},
		{"test: t\nsteps:\n  - expect: [{campaign: c, when: 1}]\n", "unknown_key", 3, 28},
		{"test: t\nsteps:\n  - sent: {}\n", "unknown_key", 3, 5},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(list) / sizeof(list[0]); i++) {
		const struct sl_diagnostic *found;
		const struct sl_case *unused;

		load(list[i].text, &unused);
		assert_true(sl_diagnostics_all(diagnostics, &found) > 0);
		assert_string_equal(found[0].code, list[i].code);
		assert_int_equal(found[0].line, list[i].line);
		assert_int_equal(found[0].column, list[i].column);
		sl_cases_free(cases);
		cases = NULL;
		sl_diagnostics_free(diagnostics);
		diagnostics = sl_diagnostics_new();
	}
}

static void tests_are_no_campaigns(void **state)
{
	struct sl_rules_summary summary;

	(void)state;
	write_file(directory, "c.yaml",
		   "campaign: c\nkind: service\nmatch: type == \"a\"\nsend: {channel: p, template: "
		   "T}\n");
	write_file(directory, "c.test.yaml", "test: t\nsteps: []\n");
	write_file(directory, "d.test.yml", "test: t\nsteps: []\n");
	assert_int_equal(sl_rules_check(directory, NULL, diagnostics, &summary), 0);
	assert_int_equal(sl_diagnostics_count(diagnostics, SL_SEVERITY_ERROR), 0);
	assert_int_equal(summary.campaigns, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(steps_come_in_order, set_up, tear_down),
		cmocka_unit_test_setup_teardown(the_schema_says_what_is_text, set_up, tear_down),
		cmocka_unit_test_setup_teardown(waits_move_the_clock, set_up, tear_down),
		cmocka_unit_test_setup_teardown(mistakes_have_their_place, set_up, tear_down),
		cmocka_unit_test_setup_teardown(tests_are_no_campaigns, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
