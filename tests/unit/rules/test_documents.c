#include "rules_fixture.h"

#include "rules/read/documents.h"
#include "sluice/error.h"

#include <stdio.h>
#include <stdlib.h>

static char seen[4096];

static int take(void *context, const struct sl_document *document)
{
	size_t n = strlen(seen);

	(void)context;
	snprintf(seen + n, sizeof(seen) - n, "[%s %u %.*s]", document->campaign, document->line,
		 (int)document->bytes, document->text);
	return 0;
}

static void expect(const char *text, int result, const char *wanted)
{
	struct sl_diagnostics *diagnostics = sl_diagnostics_new();

	seen[0] = 0;
	assert_int_equal(sl_rules_documents("a.yaml", text, strlen(text), diagnostics, take, NULL),
			 result);
	assert_string_equal(seen, wanted);
	assert_int_equal(sl_diagnostics_count(diagnostics, SL_SEVERITY_ERROR) > 0, result != 0);
	sl_diagnostics_free(diagnostics);
}

static void documents_keep_their_text(void **state)
{
	(void)state;
	expect("", 0, "");
	expect("# nothing\n", 0, "");
	expect("campaign: a\n", 0, "[a 1 campaign: a\n]");
	expect("# why\ncampaign: a", 0, "[a 1 # why\ncampaign: a]");
	expect("campaign: a\n# end of a\n---\n# of b\ncampaign: b\n# end\n", 0,
	       "[a 1 campaign: a\n# end of a\n][b 4 # of b\ncampaign: b\n# end\n]");
	expect("---\ncampaign: a\n---\n---\ncampaign: b\n---\n", 0,
	       "[a 2 campaign: a\n][b 5 campaign: b\n---\n]");
	expect("--- {campaign: a}\n--- {campaign: b}\n", 0,
	       "[a 1 {campaign: a}\n][b 2 {campaign: b}\n]");
	/* what looks like a marker within a text is none */
	expect("campaign: a\nmatch: |\n  x\n  ---\n  y\nowner: |-\n ---\n---\ncampaign: b\n", 0,
	       "[a 1 campaign: a\nmatch: |\n  x\n  ---\n  y\nowner: |-\n ---\n]"
	       "[b 9 campaign: b\n]");
	expect("owner: \"a\n  --- b\"\n---\ncampaign: [x]\n---\n- x\n", 0,
	       "[ 1 owner: \"a\n  --- b\"\n][ 4 campaign: [x]\n][ 6 - x\n]");
	expect("campaign: a\r\n---\r\ncampaign: b\r\n", 0,
	       "[a 1 campaign: a\r\n][b 3 campaign: b\r\n]");
	expect("campaign: a\nowner:\n---\ncampaign: b\nowner:\n", 0,
	       "[a 1 campaign: a\nowner:\n][b 4 campaign: b\nowner:\n]");
}

static void what_is_not_yaml_is_said(void **state)
{
	(void)state;
	expect("campaign: a\n---\ncampaign: [\n", -SL_E_RULES,
	       "[a 1 campaign: a\n---\ncampaign: [\n]");
	expect("a: [", -SL_E_RULES, "");
}

static int stop(void *context, const struct sl_document *document)
{
	(void)document;
	++*(unsigned *)context;
	return 7;
}

static void who_takes_may_end_it(void **state)
{
	struct sl_diagnostics *diagnostics = sl_diagnostics_new();
	static const char text[] = "campaign: a\n---\ncampaign: b\n";
	unsigned calls = 0;

	(void)state;
	assert_int_equal(
		sl_rules_documents("a.yaml", text, sizeof(text) - 1, diagnostics, stop, &calls), 7);
	assert_int_equal(calls, 1);
	sl_diagnostics_free(diagnostics);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(documents_keep_their_text),
		cmocka_unit_test(what_is_not_yaml_is_said),
		cmocka_unit_test(who_takes_may_end_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
