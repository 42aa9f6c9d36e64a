/* sluice check: is a directory of campaigns sound? Needs no gateway. */
#include "rules/rules.h"
#include "sluice/error.h"
#include "tools/sluice/commands/commands.h"
#include "tools/sluice/gateway/api.h"
#include "tools/sluice/rulesets/plan_print.h"
#include "tools/sluice/rulesets/rule_arguments.h"
#include "tools/sluice/rulesets/verdict.h"
#include "tools/sluice/up/gateway_settings.h"

#include <argp.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>

static const char help[] =
	"Says whether a directory of campaigns could be loaded, and what is wrong where it could "
	"not."
	"\vAll *.yaml and *.yml files under DIR are one rule set; its schema is FILE, else "
	"DIR/schema.yaml. "
	"Nothing running "
	"is touched or asked: give --config for the verdict that a gateway with those settings "
	"would give.\n\n"
	"Examples:\n"
	"  sluice check rules/examples\n"
	"  sluice check campaigns --schema bank.yaml --json\n"
	"  sluice check campaigns --config /etc/sluice/sluice.yaml\n"
	"  sluice check campaigns --explain-plan\n\n"
	"--explain-plan prints for each campaign under what it is filed, that is, which events "
	"come near it at all, what its program asks then, and what that costs an event: "
	"estimates to compare campaigns with each other. A value is taken to be as frequent among "
	"events as among the campaigns that ask its field.\n\n"
	"With --json: {\"version\":0,\"campaigns\":20,\"hash\":\"…\"}, or a line for each "
	"diagnostic.\n\n"
	"Exit codes: 0 sound; 1 it has errors; 2 used wrongly; 3 it, a file of it "
	"or the schema could not be read.";

enum { KEY_PLAN = 2000 };

static const struct argp_option table[] = {
	{"explain-plan", KEY_PLAN, NULL, 0, "print where each campaign is filed", 0},
	{0},
};

struct check {
	struct sl_rule_arguments rules;
	struct sl_gateway_arguments gateway;
	bool plan;
};

static error_t take(int key, char *arg, struct argp_state *state)
{
	struct check *check = state->input;

	(void)arg;
	if (key == KEY_PLAN) {
		check->plan = true;
		return 0;
	}
	if (key != ARGP_KEY_INIT)
		return ARGP_ERR_UNKNOWN;
	state->child_inputs[0] = &check->rules;
	state->child_inputs[1] = &check->gateway;
	return 0;
}

static json_t *list_of(const struct sl_diagnostics *diagnostics)
{
	const struct sl_diagnostic *items;
	size_t n = sl_diagnostics_all(diagnostics, &items);
	json_t *list = json_array();

	for (size_t i = 0; i < n; i++)
		json_array_append_new(list, sl_verdict_diagnostic(&items[i]));
	return list;
}

static const struct argp_child children[] = {
	{&sl_rule_argp, 0, NULL, 0}, {&sl_gateway_argp, 0, NULL, 0}, {0}};
const struct argp sl_check_argp = {table, take, "DIR", help, children, NULL, NULL};

int sl_cmd_check(int argc, char **argv)
{
	struct check check = {0};
	struct sl_rules_options options = {0};
	struct sl_diagnostics *diagnostics = sl_diagnostics_new();
	struct sl_rules_summary summary = {0};
	char hash[33], sentence[256];
	json_t *list, *object;
	int result, used;

	argp_parse(&sl_check_argp, argc, argv, 0, NULL, &check);
	options.schema = check.rules.schema;
	result =
		sl_gateway_resolve("sluice check", &check.gateway, check.rules.directory, &options);
	if (!result)
		result = sl_rule_schema_check("sluice check", options.schema);
	if (!result && check.plan)
		result = sl_plan_print(check.rules.directory, &options, check.rules.json);
	if (result || check.plan) {
		sl_diagnostics_free(diagnostics);
		return result;
	}
	result = diagnostics
			 ? sl_rules_check(check.rules.directory, &options, diagnostics, &summary)
			 : -ENOMEM;
	if (result < 0) {
		fprintf(stderr, "sluice check: %s: %s\n", check.rules.directory,
			sl_error_text(result));
		sl_diagnostics_free(diagnostics);
		return SL_EXIT_FAILED;
	}
	snprintf(hash, sizeof(hash), "%016" PRIx64 "%016" PRIx64, summary.content[1],
		 summary.content[0]); /* as sl_json_hash() writes it: the high half first */
	used = snprintf(sentence, sizeof(sentence), "%s: %" PRIu32 " campaign%s, sound",
			check.rules.directory, summary.campaigns,
			summary.campaigns == 1 ? "" : "s");
	if (summary.remembering && used > 0 && (size_t)used < sizeof(sentence))
		snprintf(sentence + used, sizeof(sentence) - (size_t)used,
			 "; %" PRIu32 " remember, at most %" PRIu64 " bytes of a key",
			 summary.remembering, summary.state_bytes);
	list = list_of(diagnostics);
	object = json_pack("{s:i, s:I, s:s, s:I, s:I, s:O}", "version", 0, "campaigns",
			   (json_int_t)summary.campaigns, "hash", hash, "remembering",
			   (json_int_t)summary.remembering, "state_bytes",
			   (json_int_t)summary.state_bytes, "warnings", list);
	result = sl_verdict_print(list, object, sentence, check.rules.json);
	json_decref(list);
	json_decref(object);
	sl_diagnostics_free(diagnostics);
	return result;
}
