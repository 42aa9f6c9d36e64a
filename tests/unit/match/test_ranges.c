/* Ranges of a run: found by search where there are enough of them, and never one missed. */
#include "base/artifact.h"
#include "base/counters.h"
#include "match/match.h"
#include "rules/rules.h"

// clang-format off
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
// clang-format on
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define EACH 40u /* thresholds of a shape */
#define SHAPES 6u
#define CAMPAIGNS (EACH * SHAPES)

enum { TYPE, AMOUNT, RATE, OVERSEAS, FIELDS };

/* What stands before a threshold and behind it. */
static const struct {
	const char *before, *after;
} shapes[SHAPES] = {
	{"type == \"pay\" && amount > ", ""},
	{"type == \"pay\" && amount < ", ""},
	{"type == \"pay\" && rate > ", ".5"},
	{"type == \"pay\" && rate < ", ".5"},
	{"type == \"pay\" && overseas && amount > ", ""},
	{"amount > ", ""},
};

static struct {
	char directory[64];
	struct sl_artifact *artifact;
	struct sl_match_set *set;
	struct sl_matcher *matcher;
	struct sl_stats_worker stats;
} rig;

/* Some alike, some far out, in no order. */
static long long threshold(uint32_t i)
{
	static const long long far[] = {4000000000000000000, -4000000000000000000, 0, -1};

	return i < 4 ? far[i] : (long long)(i * 7919 % 23) * 10 - 100;
}

static const char *path_of(const char *name)
{
	static char path[128];

	snprintf(path, sizeof(path), "%s/%s", rig.directory, name);
	return path;
}

static void write_rules(uint32_t each)
{
	FILE *file = fopen(path_of("schema.yaml"), "w");

	assert_non_null(file);
	fprintf(file, "schema: test\nfields:\n  type: {type: string, role: type}\n"
		      "  amount: int\n  rate: decimal\n  overseas: bool\n");
	fclose(file);
	file = fopen(path_of("rules.yaml"), "w");
	assert_non_null(file);
	for (uint32_t i = 0; i < each * SHAPES; i++) {
		fprintf(file, "---\ncampaign: c%03u\nkind: service\nmatch: |\n  %s%lld%s\n", i,
			shapes[i / each].before, threshold(i % each), shapes[i / each].after);
	}
	fclose(file);
}

static void start(uint32_t each)
{
	const struct sl_match_limits limits = {
		.events = 8, .candidates = CAMPAIGNS, .event_bytes = 1024, .scan_events = 8};
	struct sl_diagnostics *diagnostics = sl_diagnostics_new();
	const struct sl_rules_options options = {.ruleset = 1};
	char why[SL_SENTENCE_BYTES];

	memset(&rig, 0, sizeof(rig));
	strcpy(rig.directory, "/tmp/test_ranges-XXXXXX");
	assert_non_null(mkdtemp(rig.directory));
	write_rules(each);
	assert_int_equal(
		sl_rules_compile(rig.directory, &options, path_of("artifact"), diagnostics, NULL),
		0);
	sl_diagnostics_free(diagnostics);
	assert_int_equal(sl_artifact_open(path_of("artifact"), &rig.artifact, why), 0);
	assert_int_equal(sl_match_set_new(rig.artifact, &rig.set, why), 0);
	assert_int_equal(sl_matcher_new(&limits, &rig.stats, &rig.matcher), 0);
	assert_int_equal(sl_matcher_prepare(rig.matcher, rig.set), 0);
}

static void stop(void)
{
	sl_matcher_free(rig.matcher);
	sl_match_set_free(rig.set);
	sl_artifact_close(rig.artifact);
	unlink(path_of("artifact"));
	unlink(path_of("rules.yaml"));
	unlink(path_of("schema.yaml"));
	rmdir(rig.directory);
}

struct values {
	bool pays, has_amount, has_rate, overseas;
	int64_t amount;
	double rate;
};

static struct sl_event event_of(const struct values *values, struct sl_value slots[FIELDS])
{
	memset(slots, 0, FIELDS * sizeof(*slots));
	slots[TYPE] = (struct sl_value){
		.text = values->pays ? "pay" : "buy", .count = 3, .kind = SL_TYPE_STRING};
	if (values->has_amount)
		slots[AMOUNT] = (struct sl_value){.integer = values->amount, .kind = SL_TYPE_INT};
	if (values->has_rate)
		slots[RATE] = (struct sl_value){.decimal = values->rate, .kind = SL_TYPE_DECIMAL};
	slots[OVERSEAS] = (struct sl_value){.integer = values->overseas, .kind = SL_TYPE_BOOL};
	return (struct sl_event){.slots = slots, .n_slots = FIELDS};
}

static bool holds(const struct values *values, uint32_t campaign, uint32_t each)
{
	long long limit = threshold(campaign % each);
	/* as it is written: -100.5 is below -100 */
	double rate = limit < 0 ? (double)limit - 0.5 : (double)limit + 0.5;

	switch (campaign / each) {
	case 0:
		return values->pays && values->has_amount && values->amount > limit;
	case 1:
		return values->pays && values->has_amount && values->amount < limit;
	case 2:
		return values->pays && values->has_rate && values->rate > rate;
	case 3:
		return values->pays && values->has_rate && values->rate < rate;
	case 4:
		return values->pays && values->overseas && values->has_amount &&
		       values->amount > limit;
	default:
		return values->has_amount && values->amount > limit;
	}
}

/* The matches of two events in one burst, the second a plain one that must not disturb. */
static void check(const struct values *values, uint32_t each)
{
	const struct values other = {.has_amount = true, .amount = 5, .pays = true};
	struct sl_value slots[2][FIELDS];
	struct sl_event events[2] = {event_of(values, slots[0]), event_of(&other, slots[1])};
	struct sl_matches matches;

	sl_match_burst(rig.matcher, rig.set, events, 2, &matches);
	for (unsigned event = 0; event < 2; event++) {
		const struct values *of = event ? &other : values;
		uint32_t at = matches.first[event];

		for (uint32_t i = 0; i < each * SHAPES; i++) {
			uint32_t end = matches.first[event + 1];
			bool said = at < end &&
				    rig.artifact->triggers[matches.triggers[at]].campaign == i;

			if (said != holds(of, i, each))
				fail_msg("campaign %u, amount %lld, rate %g", i,
					 (long long)of->amount, of->rate);
			at += said;
		}
		assert_int_equal(at, matches.first[event + 1]);
	}
}

static void check_all(uint32_t each)
{
	static const double rates[] = {0.0,  -0.0,  NAN,    INFINITY, -INFINITY, 0.5,
				       -0.5, 120.5, -100.5, 1e300,    -1e-300};

	start(each);
	for (int64_t amount = -120; amount <= 140; amount++)
		check(&(struct values){.pays = amount % 2,
				       .has_amount = true,
				       .overseas = amount % 3,
				       .amount = amount},
		      each);
	check(&(struct values){.pays = true, .has_amount = true, .amount = INT64_MAX}, each);
	check(&(struct values){.pays = true, .has_amount = true, .amount = INT64_MIN}, each);
	for (unsigned i = 0; i < sizeof(rates) / sizeof(rates[0]); i++)
		check(&(struct values){.pays = true, .has_rate = true, .rate = rates[i]}, each);
	check(&(struct values){.pays = true}, each);
	stop();
}

static void test_many_thresholds_find_what_holds(void **state)
{
	(void)state;
	check_all(EACH);
}

static void test_few_thresholds_find_the_same(void **state)
{
	(void)state;
	check_all(5);
}

static void test_what_cannot_hold_is_no_candidate(void **state)
{
	struct sl_value slots[FIELDS];
	struct sl_event event;
	struct sl_matches matches;

	(void)state;
	start(EACH);
	event = event_of(&(struct values){.pays = true, .has_amount = true, .amount = -5000},
			 slots);
	sl_match_burst(rig.matcher, rig.set, &event, 1, &matches);
	/* above one threshold of two shapes, below all others of one; no rate, not overseas */
	assert_int_equal(sl_stat_get(&rig.stats.counters[SL_COUNTER_CANDIDATES]), 2 + (EACH - 1));
	stop();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_many_thresholds_find_what_holds),
		cmocka_unit_test(test_few_thresholds_find_the_same),
		cmocka_unit_test(test_what_cannot_hold_is_no_candidate),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
