/* What campaigns remember, from their text to the tree of it and to the artifact's sections. */
#include "rules_fixture.h"

#include "rules/time/time_span_priv.h"

#include <stdlib.h>
#include <string.h>

#define BEGIN "campaign: c\nkind: service\n"
#define MINUTE_NS 60000000000ll
#define DAY_NS (1440 * MINUTE_NS)

static struct sl_diagnostics *diagnostics;
static struct sl_rules_set *set;

static int set_up(void **state)
{
	(void)state;
	diagnostics = sl_diagnostics_new();
	set = NULL;
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	if (set)
		free_set(set);
	sl_diagnostics_free(diagnostics);
	return 0;
}

/* The pattern of a campaign that has no mistakes. */
static const struct sl_pattern_text *read(const char *campaign)
{
	set = load_texts(test_schema, campaign, diagnostics);
	assert_string_equal(codes_of(diagnostics), "");
	assert_int_equal(set->n_campaigns, 1);
	assert_non_null(set->campaigns[0].pattern);
	assert_null(set->campaigns[0].condition);
	return set->campaigns[0].pattern;
}

static void a_sequence_that_ends_with_nothing(void **state)
{
	const struct sl_pattern_text *pattern =
		read(BEGIN "match:\n  - start: type == 'a' && amount > 5\n"
			   "  - not: type == 'b' && amount >= start.amount && overseas\n"
			   "    within: 30m\n"
			   "send: {channel: p, template: T, data: {a: start.amount, b: text}}\n");
	const struct sl_sequence_text *sequence = &pattern->sequences[0];
	const struct sl_campaign_data *data = set->campaigns[0].data;

	(void)state;
	assert_int_equal(pattern->n_sequences, 1);
	assert_int_equal(pattern->join, SL_JOIN_ONE);
	assert_int_equal(pattern->by_slot, -1);
	assert_int_equal(pattern->runs_max, 8);
	assert_int_equal(pattern->within_ns, INT64_MAX);
	assert_int_equal(sequence->n_steps, 2);
	assert_int_equal(sequence->steps[0].kind, SL_STEP_EVENT);
	assert_true(sl_slice_is(sequence->steps[0].name, "start"));
	assert_null(sequence->steps[0].link);
	assert_int_equal(sequence->steps[1].kind, SL_STEP_NOT);
	assert_int_equal(sequence->steps[1].within_ns, 30 * MINUTE_NS);
	/* the two sides that ask the event, and the one that asks the step */
	assert_int_equal(sequence->steps[1].filter->function, SL_FUNCTION_AND);
	assert_int_equal(sequence->steps[1].filter->n_args, 2);
	assert_int_equal(sequence->steps[1].link->function, SL_FUNCTION_GE);
	assert_int_equal(sequence->steps[1].link->args[1]->kind, SL_EXPR_BOUND);
	assert_true(sl_sequence_is_due(sequence));
	assert_int_equal(sl_sequence_last_event(sequence), 0);
	/* nothing completes it: a bare field is of the last event too */
	assert_int_equal(sequence->n_captures, 2);
	assert_int_equal(data[0].from, SL_DATA_CAPTURE);
	assert_int_equal(data[0].index, 0);
	assert_true(sl_slice_is(sequence->captures[0].name, "start.amount"));
	assert_int_equal(data[1].from, SL_DATA_CAPTURE);
	assert_int_equal(data[1].index, 1);
	assert_int_equal(sequence->captures[1].step, 0);
}

static void a_window_and_what_it_keeps(void **state)
{
	static const struct {
		const char *window;
		uint32_t keep, aggregates;
	} cases[] = {
		{"window: 1d, count: 3", 3, 1},
		{"window: 1d, having: 4 <= count()", 4, 1},
		{"window: 1d, having: count() > 4", 5, 1},
		{"window: 1d, having: distinct(text) >= 7", 7, 1},
		{"window: 1d, keep: 9, having: sum(amount) > 100 && count() > 2", 9, 2},
		{"window: {tumbling: 1h}, count: 3", 0, 1},
		{"window: {tumbling: 1h}, having: distinct(text) >= 3", 3, 1},
		{"window: {calendar: week, zone: UTC}, having: avg(rate) > 1.0, fire: at_end", 0,
		 1},
		{"window: {session: 30m}, having: max(amount) > 5 && max(amount) < 9", 0, 1},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char text[512];
		const struct sl_step_text *step;

		snprintf(text, sizeof(text),
			 BEGIN "match:\n  - {views: \"type == 'a'\", %s}\n"
			       "send: {channel: p, template: T}\n",
			 cases[i].window);
		step = &read(text)->sequences[0].steps[0];
		assert_int_equal(step->kind, SL_STEP_WINDOW);
		assert_int_equal(step->window->keep, cases[i].keep);
		assert_int_equal(step->window->n_aggregates, cases[i].aggregates);
		assert_non_null(step->window->having);
		free_set(set);
		set = NULL;
	}
}

static void data_ask_windows(void **state)
{
	const struct sl_pattern_text *pattern =
		read(BEGIN "match:\n  - views: type == 'a'\n    window: 1d\n    count: 3\n"
			   "  - later: type == 'b'\n    within: 1h\n"
			   "send: {channel: p, template: T, data: {n: views.count, s: "
			   "views.sum(amount), a: views.amount, b: amount}}\n");
	const struct sl_campaign_data *data = set->campaigns[0].data;

	(void)state;
	assert_int_equal(pattern->sequences[0].steps[0].window->n_aggregates, 2);
	assert_int_equal(pattern->sequences[0].steps[0].window->keep, 3);
	assert_int_equal(data[0].from, SL_DATA_AGGREGATE);
	assert_int_equal(data[0].index, 0);
	assert_int_equal(data[1].from, SL_DATA_AGGREGATE);
	assert_int_equal(data[1].index, 1);
	assert_int_equal(data[2].from, SL_DATA_CAPTURE);
	assert_int_equal(data[3].from, SL_DATA_SLOT);
}

static void repeats_and_policies(void **state)
{
	const struct sl_pattern_text *pattern = read(
		BEGIN "by: device.os\nfor: customer\nwithin: 7d\nafter_match: overlap\nruns: 3\n"
		      "neighbours: strict\namong: channel == 'web'\non_change: drain\n"
		      "match:\n  - a: type == 'a'\n    times: {from: 2}\n    until: type == "
		      "'u'\n"
		      "  - b: type == 'b'\n    times: {from: 1, to: 3}\n    within: 1h30m\n"
		      "  - c: type == 'c'\n    times: 2\n"
		      "send: {channel: p, template: T}\n");
	const struct sl_step_text *steps = pattern->sequences[0].steps;

	(void)state;
	assert_int_equal(pattern->by_slot, 8);
	assert_true(pattern->for_customer);
	assert_int_equal(pattern->within_ns, 7 * DAY_NS);
	assert_int_equal(pattern->after, SL_AFTER_OVERLAP);
	assert_int_equal(pattern->runs_max, 3);
	assert_int_equal(pattern->on_change, SL_ON_CHANGE_DRAIN);
	assert_true(pattern->sequences[0].strict);
	assert_non_null(pattern->sequences[0].among);
	assert_int_equal(steps[0].times_from, 2);
	assert_int_equal(steps[0].times_to, UINT32_MAX);
	assert_non_null(steps[0].until);
	assert_int_equal(steps[1].times_to, 3);
	assert_int_equal(steps[1].within_ns, 90 * MINUTE_NS);
	assert_int_equal(steps[2].times_from, 2);
	assert_int_equal(steps[2].times_to, 2);
	assert_int_equal(steps[2].within_ns, INT64_MAX);
}

static void any_and_all(void **state)
{
	const struct sl_pattern_text *pattern = read(
		BEGIN
		"within: 1h\nmatch:\n  all:\n    - [{a: \"type == 'a'\"}, {b: \"type == 'b'\"}]\n"
		"    - [{c: \"type == 'c'\"}]\n  within: 1d\n"
		"send: {channel: p, template: T, data: {x: a.amount, y: c.amount}}\n");
	const struct sl_campaign_data *data = set->campaigns[0].data;

	(void)state;
	assert_int_equal(pattern->join, SL_JOIN_ALL);
	assert_int_equal(pattern->join_within_ns, DAY_NS);
	assert_int_equal(pattern->n_sequences, 2);
	assert_int_equal(data[0].sequence, 0);
	assert_int_equal(data[1].sequence, 1);
	assert_int_equal(data[1].index, 0);
}

/* The customer of a match by time has to be remembered where it goes by something else. */
static void the_customer_of_a_due_match(void **state)
{
	const struct sl_sequence_text *sequence =
		&read(BEGIN "by: device.os\nfor: customer\nmatch:\n  - a: type == 'a'\n"
			    "  - not: type == 'b'\n    within: 1h\n"
			    "send: {channel: p, template: T}\n")
			 ->sequences[0];

	(void)state;
	assert_int_equal(sequence->n_captures, 1);
	assert_int_equal(sequence->captures[0].slot, set->schema.role_slot[SL_ROLE_KEY]);
	assert_int_equal(sequence->captures[0].step, 0);
}

/* As many fields as the gateway takes, and one more. */
static void fields_to_remember_by(void **state)
{
	static char schema[2048], text[8192];
	size_t n, at;

	(void)state;
	n = (size_t)snprintf(
		schema, sizeof(schema),
		"schema: s\nfields:\n  id: {type: string, role: id}\n  time: {type: time, "
		"role: time}\n  customer: {type: string, role: key}\n  type: string\n");
	for (unsigned i = 0; i < 17; i++)
		n += (size_t)snprintf(schema + n, sizeof(schema) - n, "  f%u: int\n", i);
	for (unsigned fields = 16; fields <= 17; fields++) {
		at = 0;
		for (unsigned i = 0; i < fields; i++)
			at += (size_t)snprintf(
				text + at, sizeof(text) - at,
				"---\ncampaign: c%u\nkind: service\nby: f%u\nmatch:\n"
				"  - a: type == 'a'\n  - b: type == 'b'\n    within: 1h\n"
				"send: {channel: p, template: T}\n",
				i, i);
		if (set)
			free_set(set);
		set = load_texts(schema, text, diagnostics);
		assert_string_equal(codes_of(diagnostics), fields > 16 ? "too_many" : "");
	}
}

/* It is of what did not come, and says so where there is nothing of the kind. */
static void on_loss(void **state)
{
	const struct sl_pattern_text *pattern =
		read(BEGIN "on_loss: fire\nmatch:\n  - a: type == 'a'\n  - not: type == 'b'\n"
			   "    within: 1h\nsend: {channel: p, template: T}\n");

	(void)state;
	assert_true(pattern->fires_on_loss);
	free_set(set);
	set = load_texts(test_schema,
			 BEGIN "on_loss: hold\nmatch:\n  - a: type == 'a'\n  - b: type == 'b'\n"
			       "    within: 1h\nsend: {channel: p, template: T}\n",
			 diagnostics);
	assert_string_equal(codes_of(diagnostics), "no_effect");
}

static void limits_and_ranks(void **state)
{
	const struct sl_campaign_text *campaign;

	(void)state;
	set = load_texts(test_schema,
			 BEGIN
			 "match: type == 'a'\nlimit: {per_customer: 2, per: 7d, over: offers}\n"
			 "priority: -40\nexclusive: loans\nrenamed_from: old\n"
			 "send: {channel: p, template: T}\n",
			 diagnostics);
	assert_string_equal(codes_of(diagnostics), "");
	campaign = &set->campaigns[0];
	assert_null(campaign->pattern);
	assert_int_equal(campaign->limit.count, 2);
	assert_int_equal(campaign->limit.per_ns, 7 * DAY_NS);
	assert_true(sl_slice_is(campaign->limit.over, "offers"));
	assert_int_equal(campaign->priority, -40);
	assert_true(sl_slice_is(campaign->exclusive, "loans"));
	assert_true(sl_slice_is(campaign->renamed_from, "old"));
}

/* ---- state ----------------------------------------------------------------------------------- */

#define SEQUENCE(condition, more)                                                                  \
	"kind: service\nmatch:\n  - a: " condition "\n  - b: type == 'b'\n    within: 1h\n" more

static void state_of(const char *campaign, uint64_t ret_state[2])
{
	const struct sl_pattern_text *pattern = read(campaign);

	memcpy(ret_state, pattern->sequences[0].state, 2 * sizeof(*ret_state));
	free_set(set);
	set = NULL;
}

/* Names, blanks and what is sent change nothing of what is remembered; the rest does. */
static void what_state_depends_on(void **state)
{
	static const char *const same[] = {
		"campaign: other\n" SEQUENCE("type  ==  \"a\"",
					     "send: {channel: p, template: U}\n"),
		"campaign: c\nowner: o\n" SEQUENCE("type == 'a'",
						   "limit: {per_customer: 1, per: 1d}\n"
						   "send: {channel: p, template: T}\n"),
		"campaign: c\nkind: service\nmatch:\n  - renamed: type == 'a'\n  - b: type == 'b'\n"
		"    within: 60m\nsend: {channel: p, template: T}\n",
	};
	static const char *const other[] = {
		"campaign: c\n" SEQUENCE("type == 'x'", ""),
		"campaign: c\n" SEQUENCE("type == 'a'", "after_match: overlap\n"),
		"campaign: c\n" SEQUENCE("type == 'a'", "runs: 9\n"),
		"campaign: c\n" SEQUENCE("type == 'a'", "within: 2h\n"),
		"campaign: c\n" SEQUENCE("type == 'a'", "by: channel\n"),
		"campaign: c\n" SEQUENCE("type == 'a'", "neighbours: strict\namong: overseas\n"),
		"campaign: c\n" SEQUENCE("type == 'a'", "send: {channel: p, template: T, data: {x: "
							"a.amount}}\n"),
		"campaign: c\n" SEQUENCE("type == 'a'\n    times: 2", "within: 1h\n"),
	};
	uint64_t first[2], second[2];

	(void)state;
	state_of("campaign: c\n" SEQUENCE("type == 'a'", ""), first);
	for (size_t i = 0; i < sizeof(same) / sizeof(same[0]); i++) {
		state_of(same[i], second);
		assert_memory_equal(first, second, sizeof(first));
	}
	for (size_t i = 0; i < sizeof(other) / sizeof(other[0]); i++) {
		state_of(other[i], second);
		assert_memory_not_equal(first, second, sizeof(first));
	}
}

/* ---- triggers -------------------------------------------------------------------------------- */

static void each_condition_has_a_trigger(void **state)
{
	static const uint32_t roles[] = {SL_TRIGGER_STEP,  SL_TRIGGER_UNTIL, SL_TRIGGER_STEP,
					 SL_TRIGGER_AMONG, SL_TRIGGER_STEP,  SL_TRIGGER_AMONG};
	static const uint32_t steps[] = {0, 0, 1, 0, 2, 1};
	const struct sl_trigger *triggers;
	const struct sl_sequence *sequences;
	struct sl_plan plan;

	(void)state;
	read(BEGIN "within: 1h\nneighbours: strict\namong: overseas\nmatch:\n  any:\n"
		   "    - [{a: \"type == 'a'\", times: {from: 1}, until: \"type == 'u'\"},"
		   " {b: \"type == 'b' && amount == a.amount\"}]\n"
		   "    - [{c: \"type == 'c'\", times: 2}]\n"
		   "send: {channel: p, template: T}\n");
	assert_int_equal(sl_plan_make(set, 1024, &plan), 0);
	assert_int_equal(plan.triggers.bytes / sizeof(*triggers), 6);
	triggers = (const struct sl_trigger *)plan.triggers.at;
	for (uint32_t i = 0; i < 6; i++) {
		assert_int_equal(triggers[i].campaign, 0);
		assert_int_equal(triggers[i].role, roles[i]);
		assert_int_equal(triggers[i].step, steps[i]);
	}
	sequences = (const struct sl_sequence *)plan.sequences.at;
	assert_int_equal(plan.sequences.bytes / sizeof(*sequences), 2);
	assert_int_equal(sequences[0].step_count, 2);
	assert_int_equal(sequences[1].step, 2);
	assert_int_equal(((const struct sl_step *)plan.steps.at)[1].link_count, 3);
	sl_plan_fini(&plan);
}

/* ---- spans of time --------------------------------------------------------------------------- */

static void spans_of_time(void **state)
{
	static const struct {
		const char *text;
		int64_t ns;
		const char *shortest;
	} cases[] = {
		{"30m", 30 * MINUTE_NS, "30m"},
		{"90m", 90 * MINUTE_NS, "1h30m"},
		{"7d", 7 * DAY_NS, "7d"},
		{"1d12h", DAY_NS + DAY_NS / 2, "1d12h"},
		{"500ms", 500000000, "500ms"},
		{"1m1ms", MINUTE_NS + 1000000, "1m1ms"},
		{"366d", SL_TIME_SPAN_NS_MAX, "366d"},
		{"8784h", SL_TIME_SPAN_NS_MAX, "366d"},
		{"367d", 0, NULL},
		{"99999999999999999999d", 0, NULL},
		{"0m", 0, NULL},
		{"30", 0, NULL},
		{"m", 0, NULL},
		{"30 m", 0, NULL},
		{"-1h", 0, NULL},
		{"1.5h", 0, NULL},
		{"1m1h", 0, NULL},
		{"1h1h", 0, NULL},
		{"", 0, NULL},
	};
	const struct sl_yaml_file file = {NULL, diagnostics};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct sl_yaml_node node = {.kind = SL_YAML_SCALAR,
					    .value = sl_slice_of(cases[i].text)};
		char text[SL_TIME_SPAN_TEXT];
		int64_t ns = 0;

		assert_int_equal(sl_time_span_read(&file, &node, "it", &ns),
				 cases[i].shortest != NULL);
		if (!cases[i].shortest)
			continue;
		assert_int_equal(ns, cases[i].ns);
		sl_time_span_text(ns, text);
		assert_string_equal(text, cases[i].shortest);
	}
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_sequence_that_ends_with_nothing),
		TEST(a_window_and_what_it_keeps),
		TEST(data_ask_windows),
		TEST(repeats_and_policies),
		TEST(any_and_all),
		TEST(the_customer_of_a_due_match),
		TEST(fields_to_remember_by),
		TEST(on_loss),
		TEST(limits_and_ranks),
		TEST(what_state_depends_on),
		TEST(each_condition_has_a_trigger),
		TEST(spans_of_time),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
