/* What a load does to what is remembered: which slots go on, and what is told of it. */
#include "rules_fixture.h"

#include "base/artifact.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SENT "send: {channel: p, template: T}\n"
#define STEPS(first, second, more)                                                                 \
	"kind: service\n" more "match:\n  - a: " first "\n  - b: " second "\n    within: "         \
	"1h\n" SENT

static char directories[2][64];
static unsigned version;
static char told[1024];
static struct sl_artifact *artifacts[2]; /* of this version, and of the one before */

static char *artifact_path(unsigned which)
{
	static char paths[2][96];

	snprintf(paths[which % 2], sizeof(paths[0]), "%s/artifact", directories[which % 2]);
	return paths[which % 2];
}

static int set_up(void **state)
{
	(void)state;
	version = 0;
	for (unsigned i = 0; i < 2; i++) {
		make_directory(directories[i]);
		write_file(directories[i], "schema.yaml", test_schema);
		artifacts[i] = NULL;
	}
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		sl_artifact_close(artifacts[i]);
		remove_directory(directories[i]);
	}
	return 0;
}

static void tell(void *context, const struct sl_rules_change *change)
{
	size_t n = strlen(told);

	(void)context;
	snprintf(told + n, sizeof(told) - n, "%s%s %s %u", n ? ", " : "", change->campaign,
		 sl_rules_fate_name(change->fate), change->n_slots);
}

/* The next version; the codes of its diagnostics. */
static const char *load(const char *campaigns)
{
	struct sl_diagnostics *diagnostics = sl_diagnostics_new();
	struct sl_rules_options options = {
		.previous = version ? artifact_path(version + 1) : NULL,
		.previous_directory = version ? directories[(version + 1) % 2] : NULL,
		.changed = tell,
	};
	static char codes[256];
	char why[SL_SENTENCE_BYTES];
	int error;

	told[0] = '\0';
	write_file(directories[version % 2], "a.yaml", campaigns);
	error = sl_rules_compile(directories[version % 2], &options, artifact_path(version),
				 diagnostics, NULL);
	snprintf(codes, sizeof(codes), "%s", codes_of(diagnostics));
	sl_diagnostics_free(diagnostics);
	assert_int_equal(error != 0, strstr(codes, "cannot") != NULL);
	if (error)
		return codes;
	sl_artifact_close(artifacts[version % 2]);
	assert_int_equal(sl_artifact_open(artifact_path(version), &artifacts[version % 2], why), 0);
	version++;
	return codes;
}

static const struct sl_artifact *now(void)
{
	return artifacts[(version + 1) % 2];
}

/* The slot of the campaign's first sequence. */
static uint64_t slot_of(const char *name, bool draining)
{
	const struct sl_artifact *artifact = now();

	for (uint32_t i = 0; i < artifact->n_sequences; i++) {
		const struct sl_sequence *sequence = &artifact->sequences[i];
		struct sl_text text =
			sl_artifact_text(artifact, artifact->campaigns[sequence->campaign].name);

		if (text.bytes == strlen(name) && !memcmp(text.at, name, text.bytes) &&
		    (sequence->draining != 0) == draining)
			return sequence->registry;
	}
	return UINT64_MAX;
}

static void what_did_not_change_is_kept(void **state)
{
	uint64_t one, two;

	(void)state;
	load("campaign: one\n" STEPS("type == 'a'", "type == 'b'", "") "---\ncampaign: two\n" STEPS(
		"type == 'c'", "type == 'd'", ""));
	one = slot_of("one", false);
	two = slot_of("two", false);
	assert_int_not_equal(one, two);
	assert_string_equal(told, "");
	/* renamed, others added before it, another order, blanks */
	assert_string_equal(load("campaign: two\n" STEPS(
				    "type == 'c'", "type == 'd'",
				    "") "---\ncampaign: aaa\n" STEPS("type == 'x'", "type == 'y'",
								     "") "---\ncampaign: "
									 "uno\n" STEPS("type  ==  "
										       "\"a\"",
										       "type == "
										       "'b'",
										       "")),
			    "");
	assert_int_equal(slot_of("uno", false), one);
	assert_int_equal(slot_of("two", false), two);
	assert_true(slot_of("aaa", false) > two);
	assert_string_equal(told, "aaa new 0, two kept 1, uno kept 1");
	/* what is gone is gone: its number is given to nobody, and it does not come back */
	load("campaign: two\n" STEPS("type == 'c'", "type == 'd'", ""));
	assert_string_equal(told, "two kept 1, aaa gone 1, uno gone 1");
	assert_int_equal(now()->n_registry, 1);
	load("campaign: two\n" STEPS("type == 'c'", "type == 'd'", "") "---\ncampaign: one\n" STEPS(
		"type == 'a'", "type == 'b'", ""));
	assert_true(slot_of("one", false) > one);
	assert_int_equal(slot_of("two", false), two);
}

static void what_changed_is_reset(void **state)
{
	uint64_t before;

	(void)state;
	load("campaign: one\n" STEPS("type == 'a'", "type == 'b'", ""));
	before = slot_of("one", false);
	load("campaign: one\n" STEPS("type == 'a'", "type == 'c'", ""));
	assert_int_not_equal(slot_of("one", false), before);
	assert_string_equal(told, "one reset 1");
	assert_int_equal(now()->n_sequences, 1);
}

static void what_changed_may_be_kept(void **state)
{
	uint64_t before;

	(void)state;
	load("campaign: one\n" STEPS("type == 'a'", "type == 'b'", "on_change: keep\n"));
	before = slot_of("one", false);
	assert_string_equal(
		load("campaign: one\n" STEPS("type == 'a'", "type == 'c'", "on_change: keep\n")),
		"");
	assert_int_equal(slot_of("one", false), before);
	assert_string_equal(told, "one kept 1");
	/* and again, by its new meaning */
	load("campaign: one\n" STEPS("type == 'a'", "type == 'c'",
				     "on_change: keep\nwithin: 2h\n"));
	assert_int_equal(slot_of("one", false), before);
	/* under another name */
	load("campaign: uno\nrenamed_from: one\n" STEPS("type == 'a'", "type == 'd'",
							"on_change: keep\nwithin: 2h\n"));
	assert_int_equal(slot_of("uno", false), before);
}

static void what_is_unlike_cannot_be_kept(void **state)
{
	static const char *const others[] = {
		"campaign: one\nkind: service\non_change: keep\nmatch:\n  - a: type == 'a'\n"
		"    times: 2\n    within: 1h\n" SENT,
		"campaign: one\n" STEPS("type == 'a'", "type == 'b' && amount == a.amount",
					"on_change: keep\n"),
		"campaign: one\n" STEPS("type == 'a'", "type == 'b'", "on_change: keep\nruns: 2\n"),
		"campaign: one\n" STEPS("type == 'a'", "type == 'b'",
					"on_change: keep\nby: channel\n"),
		"campaign: one\nkind: service\non_change: keep\nmatch:\n  - a: type == 'a'\n"
		"  - c: type == 'b'\n    within: 2h\n" SENT,
	};

	(void)state;
	load("campaign: one\n" STEPS("type == 'a'", "type == 'b'", "on_change: keep\n"));
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		assert_string_equal(load(others[i]), "cannot_keep");
}

static void use_schema(const char *schema)
{
	write_file(directories[version % 2], "schema.yaml", schema);
}

#define SCHEMA(key, amount, more)                                                                  \
	"schema: s\nfields:\n  id: {type: string, role: id}\n  time: {type: time, role: time}\n"   \
	"  type: string\n" more key "  amount: " amount "\n"
#define CUSTOMER "  customer: {type: string, role: key}\n"
#define REMEMBERS(more)                                                                            \
	"campaign: one\nkind: service\n" more "match:\n  - a: type == 'a'\n  - b: type == 'b'\n"   \
	"    within: 1h\nsend: {channel: p, template: T, data: {x: a.amount}}\n"

/* Fields may come, go and move; what a campaign has under way goes by stays as it is. */
static void a_schema_that_breaks_nothing(void **state)
{
	uint64_t before;

	(void)state;
	use_schema(SCHEMA(CUSTOMER, "int", ""));
	assert_string_equal(load(REMEMBERS("")), "");
	before = slot_of("one", false);
	use_schema(SCHEMA(CUSTOMER, "int", "  device: string\n"));
	assert_string_equal(load(REMEMBERS("")), "");
	assert_int_equal(slot_of("one", false), before);
	assert_string_equal(told, "one kept 1");
}

static void a_schema_that_would_break(void **state)
{
	static const char *const schemas[] = {
		SCHEMA(CUSTOMER, "decimal", ""),
		SCHEMA("  customer: {type: int, role: key}\n", "int", ""),
		SCHEMA("  customer: string\n", "int", "  client: {type: string, role: key}\n"),
	};

	(void)state;
	for (size_t i = 0; i < sizeof(schemas) / sizeof(schemas[0]); i++) {
		version = 0;
		use_schema(SCHEMA(CUSTOMER, "int", ""));
		assert_string_equal(load(REMEMBERS("")), "");
		use_schema(schemas[i]);
		assert_string_equal(load(REMEMBERS("")), "cannot_go_on");
		use_schema(schemas[i]);
		assert_string_equal(load(REMEMBERS("on_change: reset\n")), "");
		assert_string_equal(told, "one reset 1");
	}
}

static void what_changed_may_be_drained(void **state)
{
	const struct sl_artifact *artifact;
	uint64_t before;

	(void)state;
	load("campaign: one\n" STEPS("type == 'a'", "type == 'b'", "on_change: drain\n"));
	before = slot_of("one", false);
	assert_string_equal(
		load("campaign: one\n" STEPS("type == 'a'", "type == 'c'", "on_change: drain\n")),
		"");
	assert_string_equal(told, "one drained 1");
	artifact = now();
	assert_int_equal(artifact->n_campaigns, 2);
	assert_int_equal(artifact->n_triggers, 4);
	assert_int_equal(slot_of("one", true), before);
	assert_int_not_equal(slot_of("one", false), before);
	/* and so it goes on until nothing can be under way, whatever else is loaded */
	assert_string_equal(
		load("campaign: one\n" STEPS(
			"type == 'a'", "type == 'c'",
			"on_change: drain\n") "---\ncampaign: "
					      "two\n" STEPS("type == 'x'", "type == 'y'", "")),
		"");
	assert_int_equal(slot_of("one", true), before);
	assert_string_equal(told, "one kept 1, two new 0");
	/* changed again: two of them end beside the one that begins */
	load("campaign: one\n" STEPS("type == 'a'", "type == 'd'", "on_change: drain\n"));
	assert_int_equal(now()->n_sequences, 3);
}

/* A schema that lost a field that the old one asks. */
static void what_cannot_be_read_cannot_be_drained(void **state)
{
	static const char smaller[] = "schema: test\nfields:\n"
				      "  id: {type: string, role: id, required: true, max: 64}\n"
				      "  type: {type: string, role: type}\n"
				      "  customer: {type: string, role: key}\n";

	(void)state;
	load("campaign: one\n" STEPS("type == 'a' && amount > 5", "type == 'b'",
				     "on_change: drain\n"));
	write_file(directories[1], "schema.yaml", smaller);
	assert_string_equal(
		load("campaign: one\n" STEPS("type == 'a'", "type == 'b'", "on_change: drain\n")),
		"cannot_drain");
}

static uint64_t limit_of(uint32_t campaign)
{
	assert_true(now()->campaigns[campaign].limit_ns > 0);
	return now()->campaigns[campaign].limit_registry;
}

#define LIMITED(name, more)                                                                        \
	"campaign: " name "\nkind: service\nmatch: type == 'a'\n" SENT                             \
	"limit: {per_customer: 1, per: 7d" more "}\n"

static void limits_belong_to_names(void **state)
{
	uint64_t own, shared;

	(void)state;
	load(LIMITED("a", "") "---\n" LIMITED("b", ", over: x") "---\n" LIMITED("c", ", over: x"));
	own = limit_of(0);
	shared = limit_of(1);
	assert_int_not_equal(own, shared);
	assert_int_equal(limit_of(2), shared);
	/* renamed it goes on, and still does when nobody says so any more */
	load(LIMITED("d", "") "renamed_from: a\n---\n" LIMITED("e", ", over: x"));
	assert_int_equal(limit_of(0), own);
	assert_int_equal(limit_of(1), shared);
	load(LIMITED("d", ""));
	assert_int_equal(limit_of(0), own);
	/* what was given up is new */
	load(LIMITED("d", ", over: x"));
	assert_true(limit_of(0) > shared);
}

static void alike_ones_have_slots_of_their_own(void **state)
{
	uint64_t one, two;

	(void)state;
	load("campaign: one\n" STEPS("type == 'a'", "type == 'b'", "") "---\ncampaign: two\n" STEPS(
		"type == 'a'", "type == 'b'", "owner: o\n"));
	one = slot_of("one", false);
	two = slot_of("two", false);
	assert_int_not_equal(one, two);
	load("campaign: one\n" STEPS("type == 'a'", "type == 'b'", "") "---\ncampaign: two\n" STEPS(
		"type == 'a'", "type == 'b'", ""));
	assert_int_equal(slot_of("one", false), one);
	assert_int_equal(slot_of("two", false), two);
	/* each keeps its own, whoever else comes before it or goes */
	load("campaign: a\n" STEPS("type == 'a'", "type == 'b'", "") "---\ncampaign: two\n" STEPS(
		"type == 'a'", "type == 'b'", "owner: o\n"));
	assert_int_equal(slot_of("two", false), two);
	assert_int_equal(slot_of("a", false), one);
	load("campaign: two\n" STEPS("type == 'a'", "type == 'b'", "owner: o\n"));
	load("campaign: two\n" STEPS("type == 'a'", "type == 'b'", "owner: o\n"));
	assert_int_equal(slot_of("two", false), two);
}

static void names_are_single(void **state)
{
	(void)state;
	static const char *const cases[][2] = {
		{LIMITED("a", ", over: x") "---\n" LIMITED("b", ", over: y"), ""},
		{"campaign: a\nkind: service\nmatch: type == 'a'\n" SENT
		 "limit: {per_customer: 2, per: 7d, over: x}\n---\n" LIMITED("b", ", over: x"),
		 "limit_differs"},
		{LIMITED("a", "") "---\n" LIMITED("b", "") "renamed_from: a\n", "bad_value"},
		{LIMITED("a", "") "renamed_from: z\n---\n" LIMITED("b", "") "renamed_from: z\n",
		 "bad_value"},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct sl_diagnostics *diagnostics = sl_diagnostics_new();
		struct sl_rules_set *set = load_texts(test_schema, cases[i][0], diagnostics);
		const char *codes = codes_of(diagnostics);

		/* they do the same, but for the limit */
		assert_non_null(strstr(codes, cases[i][1]));
		free_set(set);
		sl_diagnostics_free(diagnostics);
	}
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(what_did_not_change_is_kept),  TEST(what_changed_is_reset),
		TEST(what_changed_may_be_kept),     TEST(what_is_unlike_cannot_be_kept),
		TEST(a_schema_that_breaks_nothing), TEST(a_schema_that_would_break),
		TEST(what_changed_may_be_drained),  TEST(what_cannot_be_read_cannot_be_drained),
		TEST(limits_belong_to_names),       TEST(alike_ones_have_slots_of_their_own),
		cmocka_unit_test(names_are_single),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
