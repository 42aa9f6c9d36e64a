/* The layout of files of campaigns: what it makes of known ones, and that it never changes what a
 * file means, drawn at random. */
#include "rules_fixture.h"

#include "rules/fmt/fmt.h"
#include "sluice/error.h"

#include <stdio.h>
#include <stdlib.h>

static char *format(const char *text, int wanted)
{
	struct sl_diagnostics *diagnostics = sl_diagnostics_new();
	char *result = NULL, *said;
	size_t bytes = 0;
	int error = sl_rules_format("a.yaml", text, strlen(text), diagnostics, &result, &bytes);

	said = format_all(diagnostics);
	if (error != wanted)
		fprintf(stderr, "%s\n-> %d\n%s", text, error, said);
	assert_int_equal(error, wanted);
	if (!error)
		assert_int_equal(strlen(result), bytes);
	else
		assert_true(said[0] != 0);
	free(said);
	sl_diagnostics_free(diagnostics);
	return result;
}

static void expect(const char *text, const char *wanted)
{
	char *once = format(text, 0), *twice;

	assert_string_equal(once, wanted);
	twice = format(once, 0);
	assert_string_equal(twice, once);
	free(once);
	free(twice);
}

static void keys_come_in_order(void **state)
{
	(void)state;
	expect("", "");
	expect("# only this\n\n\n", "# only this\n\n\n");
	expect("campaign: a\n", "campaign: a\n");
	expect("campaign:   a", "campaign: a\n");
	expect("---\ncampaign: a\n", "campaign: a\n");
	expect("{kind: service, campaign: a}", "campaign: a\nkind: service\n");
	expect("send: {data: {b: 1, a: 2}, template: T, channel: push}\nmatch: x\nkind: service\n"
	       "unknown: 1\nvalid: {until: 2026-01-02, from: 2026-01-01}\nowner: o\ncampaign: a\n",
	       "campaign: a\nowner: o\nkind: service\nvalid: {from: 2026-01-01, until: "
	       "2026-01-02}\n"
	       "match: x\nsend: {channel: push, template: T, data: {b: 1, a: 2}}\nunknown: 1\n");
	expect("kind: service\ncampaign: a\r\n---\r\nkind:\tservice\r\ncampaign: b\r\n",
	       "campaign: a\nkind: service\n---\ncampaign: b\nkind: service\n");
	expect("campaign: a\nmatch:\n- x:   type\nsend:\n     template:  T\n     channel: push\n",
	       "campaign: a\nmatch:\n  - x: type\nsend:\n  channel: push\n  template: T\n");
	expect("? campaign\n: a\n? owner # why\n: x\n", "campaign: a\nowner: x # why\n");
	expect("campaign: a\nowner:\n\n\n\nkind: service\n",
	       "campaign: a\nowner:\n\nkind: service\n");
}

static void comments_stay(void **state)
{
	(void)state;
	expect("# top\n\n# of the file\nkind: service # k\n# of the name\ncampaign: a\n# end\n",
	       "# top\n\n# of the file\n# of the name\ncampaign: a\nkind: service # k\n# end\n");
	expect("# top\n\nkind: service\ncampaign: a\n", "# top\n\ncampaign: a\nkind: service\n");
	expect("campaign: a\nmatch: # why\n    # the step\n    - x: y # is so\n    # tail\n\n"
	       "# of send\nsend: {channel: push,  template: T} # both\n",
	       "campaign: a\nmatch: # why\n  # the step\n  - x: y # is so\n  # tail\n\n"
	       "# of send\nsend: {channel: push, template: T} # both\n");
	expect("# first\n---\n# head\ncampaign: a\n# end of a\n---\n\n# head of b\ncampaign: b\n",
	       "# first\n# head\ncampaign: a\n# end of a\n---\n# head of b\ncampaign: b\n");
	expect("campaign: a\nmatch: |  # block\n     x\n\n     && y\n\n\n# below\n",
	       "campaign: a\nmatch: |  # block\n  x\n\n  && y\n\n# below\n");
	expect("campaign: a\nowner: \"# none\" # one\ndescription: 'it''s # none'\nkind: a#b\n",
	       "campaign: a\nowner: \"# none\" # one\ndescription: 'it''s # none'\nkind: a#b\n");
}

#define LONG "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

static void long_conditions_are_broken(void **state)
{
	(void)state;
	expect("campaign: a\nmatch:\n  - x: type == \"" LONG "\" && name == \"" LONG "\" # why\n",
	       "campaign: a\nmatch:\n  - x: | # why\n      type == \"" LONG "\"\n"
	       "      && name == \"" LONG "\"\n");
	/* of the operators that bind least first, and the rest only where it is needed */
	expect("campaign: a\nmatch: a == \"" LONG "\" && b || c == \"" LONG "\" && d == \"" LONG
	       "\" && e\n",
	       "campaign: a\nmatch: |\n  a == \"" LONG "\" && b\n  || c == \"" LONG
	       "\"\n    && d == \"" LONG "\"\n    && e\n");
	expect("campaign: a\nmatch: b && (a == \"" LONG "\" || c == \"" LONG "\" || d)\n",
	       "campaign: a\nmatch: |\n  b\n  && (a == \"" LONG "\"\n    || c == \"" LONG
	       "\"\n    || d)\n");
	expect("campaign: a\nmatch: (a == \"" LONG "\" || c == \"" LONG "\" || d)\n",
	       "campaign: a\nmatch: |\n  (a == \"" LONG "\"\n    || c == \"" LONG
	       "\"\n    || d)\n");
	/* nothing to break at, or not safe to */
	expect("campaign: a\nmatch: type == \"" LONG " && " LONG " && " LONG "\"\n",
	       "campaign: a\nmatch: type == \"" LONG " && " LONG " && " LONG "\"\n");
	expect("campaign: a\nmatch: |\n  a && b && \"" LONG LONG "\" // c && d\n",
	       "campaign: a\nmatch: |\n  a && b && \"" LONG LONG "\" // c && d\n");
	expect("campaign: a\nmatch: |\n  a == r\"\\\" && \"" LONG LONG "\" && c\n",
	       "campaign: a\nmatch: |\n  a == r\"\\\"\n  && \"" LONG LONG "\"\n  && c\n");
	expect("campaign: a\nmatch: |\n  a == \"\"\"x\n   && y\"\"\" && \"" LONG LONG "\" && c\n",
	       "campaign: a\nmatch: |\n  a == \"\"\"x\n   && y\"\"\" && \"" LONG LONG "\" && c\n");
	expect("campaign: a\nmatch: \"a && b && c == '" LONG LONG "' && d\"\n",
	       "campaign: a\nmatch: \"a && b && c == '" LONG LONG "' && d\"\n");
	/* the description is no condition */
	expect("campaign: a\ndescription: " LONG " && " LONG " && b\n",
	       "campaign: a\ndescription: " LONG " && " LONG " && b\n");
	/* columns are characters */
	expect("campaign: a\nmatch: a == \"해지해지해지해지해지해지해지해지해지해지해지해지해지\" "
	       "&& b\n",
	       "campaign: a\nmatch: a == \"해지해지해지해지해지해지해지해지해지해지해지해지해지\" "
	       "&& b\n");
}

static void values_stay_as_they_were_written(void **state)
{
	(void)state;
	expect("campaign: a\nmatch: x &&\n        y\n\n        && z\nowner: \"b \\\n      c\n\n   "
	       "d\"\n",
	       "campaign: a\nowner: \"b \\\n  c\n\n  d\"\nmatch: x &&\n  y\n\n  && z\n");
	expect("campaign: a\ndescription: >-\n      folded\n        more\n\n      end\n\nkind: "
	       "service\n",
	       "campaign: a\ndescription: >-\n  folded\n    more\n\n  end\n\nkind: service\n");
	expect("campaign: a\nsend:\n  data: {b: \"text\", c: amount, d: 'x', e: , f: []}\n",
	       "campaign: a\nsend:\n  data: {b: \"text\", c: amount, d: 'x', e: , f: []}\n");
	expect("campaign: a\nsend: {channel: push, template: " LONG ", data: {a: \"" LONG "\"}}\n",
	       "campaign: a\nsend:\n  channel: push\n  template: " LONG "\n  data: {a: \"" LONG
	       "\"}\n");
}

static void lists_of_steps(void **state)
{
	(void)state;
	expect("campaign: a\nmatch:\n- a: x\n# none of these\n- not:   y\n  within: 30m # long "
	       "enough\nwithin: 1d\n",
	       "campaign: a\nmatch:\n  - a: x\n  # none of these\n  - not: y\n    within: 30m # "
	       "long "
	       "enough\nwithin: 1d\n");
	expect("campaign: a\nlimit: {over: x, per: 7d, per_customer: 1}\nmatch:\n any:\n -  - a: "
	       "x\n"
	       "    - b: y\n      times: {from: 2}\n # or\n -  - c: z\n",
	       "campaign: a\nmatch:\n  any:\n    - - a: x\n      - b: y\n        times: {from: "
	       "2}\n    # or\n    - - c: z\nlimit: {over: x, per: 7d, per_customer: 1}\n");
	expect("campaign: a\nmatch: {any: [[{a: x}], [{b: y, times: 2}]]}\n",
	       "campaign: a\nmatch: {any: [[{a: x}], [{b: y, times: 2}]]}\n");
}

static void what_cannot_be_kept_is_refused(void **state)
{
	static const char *const texts[] = {
		"a: [",
		"x: y\n",
		"- a\n",
		"campaign: a\ncampaign: b\n",
		"campaign: &a b\n",
		"campaign: a\nsend: {channel: push, # why\n  template: T}\n",
		"campaign: a\nsend: {channel: 'pu\n  sh', template: T}\n",
		"campaign: a\ndescription: |+\n  x\n\n",
		"campaign: a\ndescription: |2\n    x\n",
		"campaign: a\nmatch:\n  - # why\n    x: y\n",
		"campaign: a\nmatch:\n  - x: # why\n      y\n    z: 1\n",
		"campaign: a\nmatch:\n  any:\n    - # why\n      - x: y\n",
		"campaign: a\n...\n",
		"campaign: a\n---\n---\ncampaign: b\n",
		"campaign: a\n---\n",
		"--- # why\ncampaign: a\n",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		assert_null(format(texts[i], -SL_E_RULES));
}

/* ---- at random ------------------------------------------------------------------------------ */

static uint64_t seed;

static unsigned draw(unsigned below)
{
	seed = seed * 6364136223846793005u + 1442695040888963407u;
	return (unsigned)(seed >> 33) % below;
}

static char text[65536];

static void say(const char *part)
{
	assert_true(strlen(text) + strlen(part) < sizeof(text));
	strcat(text, part);
}

static void say_comment(unsigned indent)
{
	if (draw(6) == 0)
		say("\n");
	if (draw(4) == 0) {
		for (unsigned i = 0; i < indent; i++)
			say(" ");
		say(draw(2) ? "# a comment: {x} && y\n" : "#\"\n");
	}
	if (draw(6) == 0)
		say("\n");
}

static void say_end(void)
{
	if (draw(5) == 0)
		say("  # at the end");
	say("\n");
}

static void say_condition(bool in_block)
{
	static const char *const atoms[] = {
		"type == \"card.payment\"",
		"channel in [\"mobile\", \"web\"]",
		"amount > 5",
		"text.contains('a && b')",
		"(overseas)",
		"rate > 2.5",
		"\"premier\" in tags",
		"type == '''long || text'''",
		"device.os == r\"\\d\"",
		"text.startsWith(\"#해지\")",
	};
	static const char *const joints[] = {" && ", "&&", " &&  "};

	say("customer == \"c\"");
	for (unsigned n = draw(8); n > 0; n--) {
		say(in_block && draw(8) == 0 ? "\n      && " : joints[draw(3)]);
		say(in_block && draw(8) == 0 ? "// a comment && more\n      " : "");
		say(atoms[draw(sizeof(atoms) / sizeof(atoms[0]))]);
	}
}

static void say_match(void)
{
	switch (draw(6)) {
	case 4:
		say("match:\n");
		say_comment(2);
		say("  - first: ");
		say_condition(false);
		say_end();
		say_comment(2);
		say("  - not:  type == \"z\"\n    within:   30m");
		say_end();
		break;
	case 5:
		say("match:\n    any:\n");
		say_comment(6);
		say("      -  - one: ");
		say_condition(false);
		say("\n         - two: type == \"b\"\n           within: 1h\n");
		say_comment(6);
		say("      -  - three: type == \"c\"");
		say_end();
		break;
	case 0:
		say("match:   ");
		say_condition(false);
		say_end();
		break;
	case 1:
		say("match:\n");
		say_comment(3);
		say("   - step:  ");
		say_condition(false);
		say_end();
		break;
	case 2:
		say(draw(2) ? "match: |\n      " : "match: |-  # why\n      ");
		say_condition(true);
		say("\n");
		break;
	default:
		say("match:\n- step: |\n      ");
		say_condition(true);
		say("\n\n");
		break;
	}
}

static void say_key(unsigned which, unsigned number)
{
	char name[64];

	switch (which) {
	case 0:
		snprintf(name, sizeof(name), "campaign: c%u", number);
		say(name);
		say_end();
		break;
	case 1:
		say(draw(2) ? "owner: 'it''s me'" : "owner: \"me \\\n   and you\"");
		say_end();
		break;
	case 2:
		say("kind:    service");
		say_end();
		break;
	case 3:
		say("valid: { until: 2026-12-31,from: 2026-01-01 }");
		say_end();
		break;
	case 4:
		say_match();
		break;
	case 5:
		say(draw(2) ? "description: >\n   some words\n\n   more # words\n"
			    : "description: words\n  and more\n  of them\n");
		break;
	default:
		say(draw(2) ? "send: {template: T, channel: push, data: {a: amount, b: \"text\", "
			      "c: 1, "
			      "longer_name: device.os}}"
			    : "send:\n    template: T\n    channel: push\n    data: {b: rate, a: "
			      "'x'}");
		say_end();
		break;
	}
}

static void draw_file(void)
{
	unsigned campaigns = 1 + draw(3);

	text[0] = 0;
	for (unsigned i = 0; i < campaigns; i++) {
		unsigned order[] = {0, 1, 2, 3, 4, 5, 6};

		if (i > 0)
			say("---\n");
		for (unsigned k = 7; k-- > 0;) {
			unsigned other = draw(k + 1), which = order[other];

			order[other] = order[k];
			say_comment(0);
			if (which != 1 && which != 3 && which < 5)
				say_key(which, i);
			else if (draw(3))
				say_key(which, i);
		}
		say_comment(0);
	}
}

static void content(const char *campaigns, uint64_t ret_content[2])
{
	struct sl_diagnostics *diagnostics = sl_diagnostics_new();
	struct sl_rules_set *set = load_texts(test_schema, campaigns, diagnostics);

	if (sl_diagnostics_count(diagnostics, SL_SEVERITY_ERROR)) {
		char *said = format_all(diagnostics);

		print_error("%s\n%s", campaigns, said);
		free(said);
	}
	assert_int_equal(sl_diagnostics_count(diagnostics, SL_SEVERITY_ERROR), 0);
	assert_int_equal(sl_rules_set_content(set), 0);
	memcpy(ret_content, set->content, sizeof(set->content));
	free_set(set);
	sl_diagnostics_free(diagnostics);
}

static void random_files_mean_the_same(void **state)
{
	unsigned changed = 0;

	(void)state;
	for (unsigned i = 1; i <= 3000; i++) {
		uint64_t before[2], after[2];
		char *once, *twice;

		seed = i;
		draw_file();
		content(text, before);
		once = format(text, 0);
		content(once, after);
		if (memcmp(before, after, sizeof(before)) != 0)
			fail_msg("seed %u:\n%s\n->\n%s", i, text, once);
		twice = format(once, 0);
		if (strcmp(once, twice) != 0)
			fail_msg("seed %u, a second time:\n%s\n->\n%s", i, once, twice);
		changed += strcmp(text, once) != 0;
		free(once);
		free(twice);
	}
	assert_true(changed > 2000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(keys_come_in_order),
		cmocka_unit_test(comments_stay),
		cmocka_unit_test(long_conditions_are_broken),
		cmocka_unit_test(values_stay_as_they_were_written),
		cmocka_unit_test(lists_of_steps),
		cmocka_unit_test(what_cannot_be_kept_is_refused),
		cmocka_unit_test(random_files_mean_the_same),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
