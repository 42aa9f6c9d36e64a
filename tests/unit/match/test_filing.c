/* What an event costs is what could match it: program runs and candidates, counted, do not grow
 * with campaigns that cannot match, however they are filed. Every case is also judged by hand. */
#include "base/artifact.h"
#include "base/counters.h"
#include "match/match_priv.h"
#include "rules/rules.h"

// clang-format off
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
// clang-format on
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { TYPE, CHANNEL, CUSTOMER, TEXT, AMOUNT, RATE, OVERSEAS, AT, TAGS, FIELDS };

static struct {
	char directory[64];
	struct sl_artifact *artifact;
	struct sl_match_set *set;
	struct sl_matcher *matcher;
	struct sl_stats_worker stats;
	struct sl_value slots[FIELDS];
	struct sl_event event;
} rig;

static const char *path_of(const char *name)
{
	static char path[128];

	snprintf(path, sizeof(path), "%s/%s", rig.directory, name);
	return path;
}

static void put(const char *name, const char *text)
{
	FILE *file = fopen(path_of(name), "w");

	assert_non_null(file);
	assert_true(fputs(text, file) >= 0);
	assert_int_equal(fclose(file), 0);
}

static void drop(const char *name)
{
	unlink(path_of(name));
}

/* A rule set of n campaigns: %u of each condition is the campaign's number, wherever it stands. */
static void start(const char *wanted, const char *others, uint32_t n)
{
	const struct sl_match_limits limits = {
		.events = 1, .candidates = 64, .event_bytes = 4096, .scan_events = 1};
	struct sl_diagnostics *diagnostics = sl_diagnostics_new();
	char *rules = malloc(((size_t)n + 1) * 1024), *at = rules, why[SL_SENTENCE_BYTES];
	const struct sl_diagnostic *list;

	memset(&rig, 0, sizeof(rig));
	strcpy(rig.directory, "/tmp/test_filing-XXXXXX");
	if (!rules)
		abort();
	assert_non_null(mkdtemp(rig.directory));
	put("schema.yaml", "schema: test\nfields:\n  type: {type: string, role: type}\n"
			   "  channel: string\n  customer: string\n  text: string\n  amount: int\n"
			   "  rate: decimal\n  overseas: bool\n  at: time\n  tags: strings\n");
	at += sprintf(at, "campaign: wanted\nkind: service\nmatch: |\n  %s\n", wanted);
	for (uint32_t i = 0; i < n; i++) {
		at += sprintf(at, "---\ncampaign: z%05u\nkind: service\nmatch: |\n  ", i);
		at += sprintf(at, others, i, i + 1, i + 2);
		*at++ = '\n';
		*at = '\0';
	}
	put("rules.yaml", rules);
	free(rules);
	if (sl_rules_compile(rig.directory, &(struct sl_rules_options){.ruleset = 1},
			     path_of("artifact"), diagnostics, NULL) != 0) {
		sl_diagnostics_all(diagnostics, &list);
		fail_msg("%s", list[0].message);
	}
	sl_diagnostics_free(diagnostics);
	assert_int_equal(sl_artifact_open(path_of("artifact"), &rig.artifact, why), 0);
	assert_int_equal(sl_match_set_new(rig.artifact, &rig.set, why), 0);
	assert_int_equal(sl_matcher_new(&limits, &rig.stats, &rig.matcher), 0);
	assert_int_equal(sl_matcher_prepare(rig.matcher, rig.set), 0);
	rig.event = (struct sl_event){.slots = rig.slots, .n_slots = FIELDS};
}

static void stop(void)
{
	sl_matcher_free(rig.matcher);
	sl_match_set_free(rig.set);
	sl_artifact_close(rig.artifact);
	drop("artifact");
	drop("rules.yaml");
	drop("schema.yaml");
	rmdir(rig.directory);
}

static void set_text(unsigned slot, const char *text)
{
	rig.slots[slot] = (struct sl_value){
		.text = text, .count = (uint32_t)strlen(text), .kind = SL_TYPE_STRING};
}

static void set_int(unsigned slot, int64_t value, enum sl_field_type type)
{
	rig.slots[slot] = (struct sl_value){.integer = value, .kind = (uint8_t)type};
}

/* The event that every case sees. */
static void fill(void)
{
	static const struct sl_text tags[] = {{"retail", 6}, {"vip", 3}, {"vip", 3}};

	set_text(TYPE, "card.payment");
	set_text(CHANNEL, "mobile");
	set_text(CUSTOMER, "C-wanted");
	set_text(TEXT, "a loan for the house");
	set_int(AMOUNT, 5000, SL_TYPE_INT);
	rig.slots[RATE] = (struct sl_value){.decimal = 4.5, .kind = SL_TYPE_DECIMAL};
	set_int(OVERSEAS, 1, SL_TYPE_BOOL);
	set_int(AT, 1767225600000000000, SL_TYPE_TIME); /* 2026-01-01T00:00:00Z */
	rig.slots[TAGS] = (struct sl_value){.list = tags, .count = 3, .kind = SL_TYPE_STRINGS};
}

struct work {
	uint64_t candidates, runs, hits, matches;
};

/* What the event costs and matches; `wanted` must be among it. */
static struct work work_of(const char *wanted, const char *others, uint32_t n)
{
	struct sl_matches matches;
	struct work work;

	start(wanted, others, n);
	fill();
	sl_match_burst(rig.matcher, rig.set, &rig.event, 1, &matches);
	work = (struct work){
		.candidates = sl_stat_get(&rig.stats.counters[SL_COUNTER_CANDIDATES]),
		.runs = sl_stat_get(&rig.stats.counters[SL_COUNTER_PROGRAM_RUNS]),
		.hits = sl_stat_get(&rig.stats.counters[SL_COUNTER_PATTERN_HITS]),
		.matches = matches.first[1],
	};
	assert_int_equal(sl_stat_get(&rig.stats.counters[SL_COUNTER_CANDIDATES_CUT]), 0);
	assert_true(work.matches > 0);
	assert_int_equal(rig.artifact->triggers[matches.triggers[0]].campaign, 0); /* "wanted" */
	stop();
	return work;
}

/* What an event that matches costs, and others that cannot match it: by what they are filed. */
static const struct {
	const char *what, *wanted, *others;
} cases[] = {
	{"one equality", "type == 'card.payment'", "type == 'other-%u'"},
	{"two joined", "type == 'card.payment' && customer == 'C-wanted'",
	 "type == 'card.payment' && customer == 'C-%u'"},
	{"three joined", "type == 'card.payment' && customer == 'C-wanted' && amount == 5000",
	 "type == 'card.payment' && customer == 'C-wanted' && amount == 90%05u"},
	{"a bool and an int", "overseas && amount == 5000", "overseas && amount == 80%05u"},
	{"a decimal", "rate == 4.5", "rate == 1%05u.25"},
	{"a time", "at == timestamp('2026-01-01T00:00:00Z')",
	 "at == timestamp('2026-02-01T00:00:00Z') + duration('%us')"},
	{"members of a list", "'vip' in tags", "'tag-%u' in tags"},
	{"one of a list", "type in ['card.payment', 'x']", "type in ['a%u', 'b%u', 'c%u']"},
	{"a range with both ends", "type == 'card.payment' && amount > 4000 && amount <= 6000",
	 "type == 'card.payment' && amount > 2%05u && amount <= 2%05u"},
	{"a range of decimals", "type == 'card.payment' && rate >= 4.5 && rate < 4.75",
	 "type == 'card.payment' && rate >= 1%05u.5 && rate < 1%05u.75"},
	{"one end", "type == 'card.payment' && amount >= 5000",
	 "type == 'card.payment' && amount > 2%05u"},
	{"a range alone", "amount > 4000 && amount < 6000",
	 "amount > 2%05u && amount < 2%05u + 10"},
	{"a word", "text.contains('loan for')", "text.contains('word-%u-')"},
	{"a beginning", "text.startsWith('a loan')", "text.startsWith('word-%u-')"},
	{"an end", "text.endsWith('the house')", "text.endsWith('-%u-house')"},
	{"a pattern by its text", "text.matches('lo[ao]n for [a-z]+ house')",
	 "text.matches('loan-[0-9]+-%u for')"},
	{"a pattern by itself", "text.matches('^a [kl]o[ao]n ')", "text.matches('^[bcd][0-9]%u$')"},
	{"a word under a type", "type == 'card.payment' && text.contains('loan for')",
	 "type == 'card.payment' && text.contains('word-%u-')"},
	{"||", "type == 'nothing' || customer == 'C-wanted'",
	 "type == 'other-%u' || customer == 'C-%u' || text.contains('word-%u-')"},
	{"|| under &&", "type == 'card.payment' && (customer == 'C-wanted' || amount == 5000)",
	 "type == 'card.payment' && (customer == 'C-%u' || amount == 7%05u)"},
	{"! inwards", "!(type != 'card.payment' || customer != 'C-wanted')",
	 "!(type != 'card.payment' || customer != 'C-%u')"},
	{"?:", "overseas ? customer == 'C-wanted' : type == 'x'",
	 "overseas ? customer == 'C-%u' : type == 'y-%u'"},
	{"exists", "tags.exists(t, t == 'vip')", "tags.exists(t, t == 'tag-%u')"},
	{"beside what cannot be looked up", "customer == 'C-wanted' && size(text) > 3",
	 "customer == 'C-%u' && size(text) > %u"},
};

static void test_cost_is_of_what_could_match(void **state)
{
	(void)state;
	for (unsigned i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct work few = work_of(cases[i].wanted, cases[i].others, 10);
		struct work many = work_of(cases[i].wanted, cases[i].others, 1000);

		if (few.candidates != many.candidates || few.runs != many.runs ||
		    few.hits != many.hits || few.matches != many.matches || many.runs > 1)
			fail_msg("%s: %llu candidates, %llu runs, then %llu and %llu",
				 cases[i].what, (unsigned long long)few.candidates,
				 (unsigned long long)few.runs, (unsigned long long)many.candidates,
				 (unsigned long long)many.runs);
	}
}

/* The same for as many as the promise is made for. */
static void test_ten_thousand_cost_as_ten(void **state)
{
	static const unsigned chosen[] = {1, 8, 15};

	(void)state;
	for (unsigned i = 0; i < sizeof(chosen) / sizeof(*chosen); i++) {
		struct work few = work_of(cases[chosen[i]].wanted, cases[chosen[i]].others, 10);
		struct work many = work_of(cases[chosen[i]].wanted, cases[chosen[i]].others, 10000);

		assert_int_equal(few.candidates, many.candidates);
		assert_int_equal(few.runs, many.runs);
		assert_int_equal(few.hits, many.hits);
	}
}

/* Twenty sides: a way each, and whichever it is, it is found once. */
static void test_twenty_sides(void **state)
{
	char wanted[2048] = "type == 'card.payment'", others[2048] = "type == 'other-0'";
	struct work work;

	(void)state;
	for (unsigned i = 1; i < 20; i++) {
		sprintf(wanted + strlen(wanted), " || customer == 'C-%u'", i);
		sprintf(others + strlen(others), " || customer == 'D-%u-%%1$u'", i);
	}
	strcat(wanted, " || customer == 'C-wanted' || 'vip' in tags");
	work = work_of(wanted, others, 500);
	assert_int_equal(work.candidates, 1);
	assert_int_equal(work.matches, 1);
	assert_int_equal(work.runs, 0);
}

/* Campaigns that differ in a negation only nearly all match: each costs its one program, none is
 * left out below the bound, and the rest is counted. */
static void test_negations_are_counted(void **state)
{
	struct work work = work_of("type == 'card.payment' && customer != 'C-x'",
				   "type == 'card.payment' && customer != 'C-%u'", 50);
	struct sl_matches matches;

	(void)state;
	assert_int_equal(work.candidates, 51);
	assert_int_equal(work.runs, 51);
	assert_int_equal(work.matches, 51);
	start("type == 'card.payment' && customer != 'C-x'",
	      "type == 'card.payment' && customer != 'C-%u'", 500);
	fill();
	sl_match_burst(rig.matcher, rig.set, &rig.event, 1, &matches);
	assert_int_equal(sl_stat_get(&rig.stats.counters[SL_COUNTER_CANDIDATES]), 64);
	assert_int_equal(sl_stat_get(&rig.stats.counters[SL_COUNTER_CANDIDATES_CUT]), 501 - 64);
	stop();
}

/* One terrible expression among good ones costs its own field's events, and no answer. */
static void test_one_terrible_pattern(void **state)
{
	struct work work = work_of("text.matches('(a|l|o|n| ){3,9}f.{0,40}r.*(h|o)use$')",
				   "text.contains('word-%u-')", 500);

	(void)state;
	assert_int_equal(work.candidates, 1);
	assert_int_equal(work.matches, 1);
	work = work_of("type == 'card.payment' && !text.matches('(a|b).*(c|d).*(e|f).*(g|q)$')",
		       "text.contains('word-%u-')", 500);
	assert_int_equal(work.matches, 1);
}

/* Intervals that overlap in every way, each number from end to end against a look at each. */
static void test_every_interval_is_found(void **state)
{
	enum { N = 300 };
	struct sl_matches matches;

	(void)state;
	start("type == 'none'", "amount >= %u * 7919 %% 997 && amount < %u * 7919 %% 1009 + 20", N);
	fill();
	for (int64_t amount = -2; amount < 1035; amount++) {
		uint32_t expected = 0;

		set_int(AMOUNT, amount, SL_TYPE_INT);
		sl_match_burst(rig.matcher, rig.set, &rig.event, 1, &matches);
		for (uint32_t i = 0; i < N; i++)
			expected += amount >= i * 7919 % 997 && amount < (i + 1) * 7919 % 1009 + 20;
		if (expected <= 64)
			assert_int_equal(matches.first[1], expected);
		else
			assert_int_equal(matches.first[1], 64);
	}
	stop();
}

/* Every equality that a node has passes, and of the others hardly any: each that does costs two
 * reads of memory that is not in the cache. */
static void test_sieve(void **state)
{
	const uint32_t tried = 100000;
	uint32_t passed = 0;

	(void)state;
	start("type == 'none'", "customer == 'C%u' && amount == %u && tags.exists(t, t == '%u')",
	      5000);
	assert_true(rig.artifact->n_nodes > 10000);
	for (uint32_t i = 1; i < rig.artifact->n_nodes; i++) {
		const struct sl_tree_node *node = &rig.artifact->nodes[i];

		assert_true(
			sl_sieve_lets(rig.set, sl_node_key(node->parent, node->slot, node->value)));
	}
	for (uint32_t i = 0; i < tried; i++)
		passed += sl_sieve_lets(rig.set, sl_node_key(0, CUSTOMER, i * 0x9e3779b97f4a7c15u));
	assert_true(passed < tried / 10);
	stop();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cost_is_of_what_could_match),
		cmocka_unit_test(test_ten_thousand_cost_as_ten),
		cmocka_unit_test(test_twenty_sides),
		cmocka_unit_test(test_negations_are_counted),
		cmocka_unit_test(test_one_terrible_pattern),
		cmocka_unit_test(test_every_interval_is_found),
		cmocka_unit_test(test_sieve),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
