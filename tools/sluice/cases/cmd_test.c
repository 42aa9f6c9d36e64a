/* sluice test: do campaigns do what their authors say they do? Needs no gateway. */
#include "rules/case/case.h"
#include "sluice/error.h"
#include "tools/sluice/cases/names.h"
#include "tools/sluice/cases/run.h"
#include "tools/sluice/commands/commands.h"
#include "tools/sluice/gateway/api.h"
#include "tools/sluice/rulesets/rule_arguments.h"
#include "tools/sluice/rulesets/verdict.h"
#include "tools/sluice/temporary.h"
#include "tools/sluice/up/gateway_settings.h"

#include <argp.h>
#include <errno.h>
#include <fnmatch.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const char help[] =
	"Runs the test files of a directory of campaigns: events in, expected matches out."
	"\vA test file lies beside the campaigns and is named *.test.yaml:\n\n"
	"  test: salary of some size is announced\n"
	"  event: {type: salary.in, customer: C1}     # what all of its events have\n"
	"  steps:\n"
	"    - send: {amount: 3000000}\n"
	"    - expect: [{campaign: salary-arrived, data: {amount: 3000000}}]\n"
	"    - send: {amount: 1000}\n"
	"    - expect: []\n"
	"    - wait: 31m\n"
	"    - expect: []\n\n"
	"`expect` names all matches since the one before, in any order. Without them an event gets "
	"an id, a time (`at`, one second more for each) and a customer. `refused: reason` beside "
	"`send` "
	"says that the event must be refused. The engine is the gateway's own, on a clock that "
	"shows the latest event's time and stands still, but for `wait`: what falls due before its "
	"end happens, and the next event has that end as its time.\n\n"
	"Examples:\n"
	"  sluice test rules/examples\n"
	"  sluice test campaigns --only 'salary*' --json\n\n"
	"Exit codes: 0 all passed; 1 some failed, or the campaigns or tests have errors; 2 used "
	"wrongly; 3 it could not be run.";

enum { KEY_ONLY = 256 };

static const struct argp_option table[] = {
	{"only", KEY_ONLY, "PATTERN", 0, "tests whose name or file matches, as the shell does", 0},
	{0},
};

struct options {
	struct sl_rule_arguments arguments;
	struct sl_gateway_arguments gateway;
	struct sl_rules_options rules;
	const char *only;
};

static error_t take(int key, char *arg, struct argp_state *state)
{
	struct options *options = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &options->arguments;
		state->child_inputs[1] = &options->gateway;
		return 0;
	case KEY_ONLY:
		options->only = arg;
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static void print_matches(const json_t *list, char sign, const char *what)
{
	const json_t *match;
	size_t i;

	json_array_foreach(list, i, match)
	{
		const json_t *data = json_object_get(match, "data");
		char *text = data ? json_dumps(data, JSON_SORT_KEYS) : NULL;

		printf("          %c %-24s %-12s %s  (%s)\n", sign,
		       sl_api_text(match, "campaign", ""), sl_api_text(match, "key", ""),
		       text ? text : "", what);
		free(text);
	}
}

static void print_result(const json_t *result)
{
	const json_t *failures = json_object_get(result, "failures"), *failure;
	size_t i;

	printf("%s  %s:%d: %s\n", failures ? "FAILED" : "passed", sl_api_text(result, "file", ""),
	       (int)sl_api_int(result, "line", 0), sl_api_text(result, "test", ""));
	json_array_foreach(failures, i, failure)
	{
		const char *message = sl_api_text(failure, "message", "");

		printf("        %s:%d: %s\n", sl_api_text(result, "file", ""),
		       (int)sl_api_int(failure, "line", 0),
		       *message ? message : "other matches than expected");
		if (*message)
			printf("          %s\n", sl_api_text(failure, "event", ""));
		print_matches(json_object_get(failure, "missing"), '-', "did not come");
		print_matches(json_object_get(failure, "unexpected"), '+', "was not expected");
	}
}

static bool is_wanted(const struct options *options, const struct sl_case *test)
{
	return !options->only || !fnmatch(options->only, test->name, 0) ||
	       !fnmatch(options->only, test->file, 0);
}

static int run_cases(const struct options *options, const struct sl_cases *cases,
		     const char *artifact)
{
	const struct sl_case *list;
	uint32_t n = sl_cases_all(cases, &list);
	unsigned passed = 0, failed = 0;
	char why[SL_SENTENCE_BYTES] = "";
	int unknown = sl_case_names_check(list, n, artifact);

	if (unknown)
		return unknown < 0 ? SL_EXIT_FAILED : SL_EXIT_NO;
	for (uint32_t i = 0; i < n; i++) {
		json_t *result;

		if (!is_wanted(options, &list[i]))
			continue;
		result = sl_case_run(&list[i], artifact, &options->gateway.settings, why);
		if (!result) {
			fprintf(stderr, "sluice test: %s\n", why);
			return SL_EXIT_FAILED;
		}
		if (json_object_get(result, "failures"))
			failed++;
		else
			passed++;
		if (options->arguments.json)
			sl_api_print(result);
		else
			print_result(result);
		json_decref(result);
	}
	fprintf(stderr, "%u passed, %u failed\n", passed, failed);
	if (passed + failed == 0)
		fprintf(stderr, "sluice test: %s has no %s; `sluice test --help` shows one\n",
			options->arguments.directory, options->only ? "such test" : "*.test.yaml");
	return failed || passed == 0 ? SL_EXIT_NO : SL_EXIT_DONE;
}

/* Errors of campaigns and of test files alike. */
static int verdict(const char *directory, int error, const struct sl_diagnostics *diagnostics)
{
	if (!error && sl_diagnostics_count(diagnostics, SL_SEVERITY_ERROR))
		error = -SL_E_RULES;
	if (error == -SL_E_RULES)
		sl_verdict_diagnostics(diagnostics);
	else if (error)
		fprintf(stderr, "sluice test: %s: %s\n", directory, sl_error_text(error));
	return !error                 ? SL_EXIT_DONE
	       : error == -SL_E_RULES ? (int)sl_verdict_errors(diagnostics)
				      : SL_EXIT_FAILED;
}

static const struct argp_child children[] = {
	{&sl_rule_argp, 0, NULL, 0}, {&sl_gateway_argp, 0, NULL, 0}, {0}};
const struct argp sl_test_argp = {table, take, "DIR", help, children, NULL, NULL};

int sl_cmd_test(int argc, char **argv)
{
	struct sl_diagnostics *diagnostics = sl_diagnostics_new();
	struct sl_cases *cases = NULL;
	struct options options = {0};
	char artifact[PATH_MAX];
	int error, result;

	argp_parse(&sl_test_argp, argc, argv, 0, NULL, &options);
	options.rules.schema = options.arguments.schema;
	result = sl_gateway_resolve("sluice test", &options.gateway, options.arguments.directory,
				    &options.rules);
	if (!result)
		result = sl_rule_schema_check("sluice test", options.rules.schema);
	if (result) {
		sl_diagnostics_free(diagnostics);
		return result;
	}
	error = diagnostics ? sl_temporary_make(artifact) : -ENOMEM;
	if (error) {
		fprintf(stderr, "sluice test: no temporary file: %s\n", sl_error_text(error));
		sl_diagnostics_free(diagnostics);
		return SL_EXIT_FAILED;
	}
	error = sl_rules_compile(options.arguments.directory, &options.rules, artifact, diagnostics,
				 NULL);
	result = verdict(options.arguments.directory, error, diagnostics);
	if (!result) {
		sl_diagnostics_free(diagnostics);
		diagnostics = sl_diagnostics_new();
		error = diagnostics ? sl_cases_load(options.arguments.directory, &options.rules,
						    diagnostics, &cases)
				    : -ENOMEM;
		result = verdict(options.arguments.directory, error, diagnostics);
		if (!result) /* warnings of the tests; those of the campaigns are for check */
			sl_verdict_diagnostics(diagnostics);
	}
	if (!result)
		result = run_cases(&options, cases, artifact);
	sl_cases_free(cases);
	unlink(artifact);
	sl_diagnostics_free(diagnostics);
	return result;
}
