/* sluice explain: why campaigns match an event, or do not. Needs no gateway; with --live it asks
 * one what it remembers. */
#include "rules/eval/eval.h"
#include "sluice/error.h"
#include "tools/sluice/commands/commands.h"
#include "tools/sluice/eval/answer.h"
#include "tools/sluice/eval/event.h"
#include "tools/sluice/explain/history.h"
#include "tools/sluice/explain/live.h"
#include "tools/sluice/explain/pattern.h"
#include "tools/sluice/explain/steps.h"
#include "tools/sluice/gateway/api.h"
#include "tools/sluice/gateway/api_arguments.h"
#include "tools/sluice/rulesets/rule_arguments.h"
#include "tools/sluice/rulesets/verdict.h"

#include <argp.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

static const char help[] =
	"Says for each campaign whether its condition holds for an event, and why not."
	"\vEvery part of the condition is shown with its value, also behind a side that was "
	"already false. Only "
	"the condition is looked at: not validity, consent or limits. Of a campaign that remembers "
	"it is said which steps' conditions the event fulfils.\n\n"
	"Examples:\n"
	"  sluice explain --rules rules/examples --event event.json\n"
	"  sluice explain --rules rules/examples --event - --campaign salary-arrived\n"
	"  sluice explain --rules rules/examples --key C00000084 yesterday.ndjson\n"
	"  sluice explain --live --key C00012345\n\n"
	"With --key the events run through the campaigns on a clock that follows them, as `sluice "
	"replay` has it, and it is told what became of this key: for how many of its events each "
	"step's condition held, and which came nearest; each run that began, what it took, what "
	"ended it, when it would have been due, and with what values. A line of JSON is then "
	"{\"campaign\":\"…\",\"key\":\"…\",\"events\":2,\"matches\":1,\"steps\":[{\"step\":\"…\","
	"\"held\":1}],"
	"\"moments\":[{\"time\":\"…\",\"event\":\"…\",\"what\":\"began\",\"step\":\"…\",\"due\":"
	"\"…\"},…]}.\n\n"
	"With --live a running gateway says what it remembers of a key now: patterns under way, "
	"windows, limits, and until when; with --json a line for each: {\"campaign\":\"…\","
	"\"what\":\"run\",\"step\":\"…\",\"count\":1,\"first\":\"…\",\"last\":\"…\",\"due\":"
	"\"…\"}.\n\n"
	"With --json a line for each campaign: "
	"{\"campaign\":\"…\",\"matched\":false,\"reasons\":[\"…\"],\"condition\":{\"text\":\"…\","
	"\"value\":{\"bool\":false},\"steps\":[…]}}; of one that remembers \"matched\":null, and "
	"in place "
	"of the condition "
	"\"pattern\":[{\"step\":\"…\",\"kind\":\"event\",\"holds\":false,\"reasons\":[…],"
	"\"condition\":{…}},…]\n\n"
	"Exit codes: 0 explained; 1 the rules have errors, the event would be refused, or there is "
	"no such campaign, or nothing is remembered; 2 used wrongly; 3 a file could not be read, "
	"or no "
	"gateway answers.";

enum { KEY_RULES = 256, KEY_EVENT, KEY_KEY, KEY_SCHEMA, KEY_CAMPAIGN, KEY_JSON, KEY_LIVE };

static const struct argp_option table[] = {
	{"rules", KEY_RULES, "DIR", 0, "the directory of campaigns", 0},
	{"event", KEY_EVENT, "FILE", 0, "the event, one JSON object (- is standard input)", 0},
	{"key", KEY_KEY, "C", 0, "what files of events made of this customer, or other key", 0},
	{"schema", KEY_SCHEMA, "FILE", 0, "the bank's schema (default DIR/schema.yaml)", 0},
	{"campaign", KEY_CAMPAIGN, "NAME", 0, "only this one, also where it matches", 0},
	{"live", KEY_LIVE, NULL, 0, "ask a running gateway what it remembers of a key", 0},
	{"json", KEY_JSON, NULL, 0, "JSON on standard output", 0},
	{0},
};

struct explain {
	const char *rules, *event, *key, *schema, *campaign, *address;
	char **files;
	int n_files;
	bool json, live;
};

/* What is not there at all is said when it is opened. */
static bool is_read_twice(const char *path)
{
	struct stat file;

	return strcmp(path, "-") != 0 && (stat(path, &file) || S_ISREG(file.st_mode));
}

static void check_arguments(const struct explain *explain, struct argp_state *state)
{
	if (explain->live) {
		if (!explain->key || explain->rules || explain->event || explain->n_files)
			argp_error(state, "--live takes --key KEY, and neither rules nor events");
		return;
	}
	if (!explain->rules || !explain->event == !explain->key)
		argp_error(state,
			   "which rules, and which event or key? --rules DIR --event FILE, or "
			   "--rules DIR --key C EVENTS.ndjson");
	if (explain->event && explain->n_files)
		argp_error(state, "what is \"%s\"? --event takes one file", explain->files[0]);
	if (explain->key && !explain->n_files)
		argp_error(state, "which events? Give files of NDJSON");
	for (int i = 0; i < explain->n_files; i++)
		if (!is_read_twice(explain->files[i]))
			argp_error(state, "the events are read twice: give a file in place of %s",
				   explain->files[i]);
}

static error_t take(int key, char *arg, struct argp_state *state)
{
	struct explain *explain = state->input;

	switch (key) {
	case KEY_RULES:
		explain->rules = arg;
		return 0;
	case KEY_EVENT:
		explain->event = arg;
		return 0;
	case KEY_KEY:
		explain->key = arg;
		return 0;
	case ARGP_KEY_ARGS:
		explain->files = state->argv + state->next;
		explain->n_files = state->argc - state->next;
		return 0;
	case KEY_SCHEMA:
		explain->schema = arg;
		return 0;
	case KEY_CAMPAIGN:
		explain->campaign = arg;
		return 0;
	case KEY_JSON:
		explain->json = true;
		return 0;
	case KEY_LIVE:
		explain->live = true;
		return 0;
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &explain->address;
		return 0;
	case ARGP_KEY_END:
		check_arguments(explain, state);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static int open_rules(const struct explain *explain, struct sl_eval_set **ret_set)
{
	const struct sl_rules_options options = {.schema = explain->schema};
	struct sl_diagnostics *diagnostics;
	int error = sl_rule_schema_check("sluice explain", explain->schema);

	if (error)
		return error;
	diagnostics = sl_diagnostics_new();
	error = diagnostics ? sl_eval_open(explain->rules, &options, diagnostics, ret_set)
			    : -ENOMEM;

	if (error == -SL_E_RULES)
		sl_verdict_diagnostics(diagnostics);
	else if (error)
		fprintf(stderr, "sluice explain: %s: %s\n", explain->rules, sl_error_text(error));
	sl_diagnostics_free(diagnostics);
	return !error ? 0 : error == -SL_E_RULES ? SL_EXIT_NO : SL_EXIT_FAILED;
}

static void print_for_people(const char *name, bool matched, const json_t *reasons,
			     const struct sl_explain_steps *steps)
{
	size_t i;
	const json_t *reason;

	printf("%s: %s\n", name, matched ? "matches" : "does not match");
	json_array_foreach(reasons, i, reason) printf("  - %s\n", json_string_value(reason));
	sl_explain_print(steps, stdout);
	putchar('\n');
}

static int explain_condition(const struct explain *explain, struct sl_eval_set *set,
			     uint32_t campaign, const struct sl_eval_value *values,
			     uint16_t n_values)
{
	const char *name = sl_eval_name(set, campaign);
	struct sl_explain_steps steps;
	json_t *reasons;
	bool matched;
	int error = sl_eval_explain(set, sl_eval_condition(set, campaign), values, n_values,
				    &steps.at, &steps.n);

	if (error) {
		fprintf(stderr, "sluice explain: %s: %s\n", name, sl_error_text(error));
		return SL_EXIT_FAILED;
	}
	matched = steps.at[0].value.kind == SL_KIND_BOOL && steps.at[0].value.integer;
	reasons = sl_explain_reasons(&steps);
	if (explain->json) {
		json_t *line =
			json_pack("{s:s, s:b, s:O, s:o}", "campaign", name, "matched", (int)matched,
				  "reasons", reasons, "condition", sl_explain_tree(&steps));
		sl_api_print(line);
		json_decref(line);
	} else {
		print_for_people(name, matched, reasons, &steps);
	}
	json_decref(reasons);
	return SL_EXIT_DONE;
}

static int explain_one(const struct explain *explain, struct sl_eval_set *set, uint32_t campaign,
		       const struct sl_eval_value *values, uint16_t n_values)
{
	const struct sl_explain_event event = {values, n_values};

	if (sl_eval_condition(set, campaign))
		return explain_condition(explain, set, campaign, values, n_values);
	if (!sl_explain_pattern(set, campaign, &event, explain->json))
		return SL_EXIT_DONE;
	fprintf(stderr, "sluice explain: %s: %s\n", sl_eval_name(set, campaign),
		sl_error_text(-ENOMEM));
	return SL_EXIT_FAILED;
}

static int explain_all(const struct explain *explain, struct sl_eval_set *set,
		       const struct sl_event_file *event)
{
	struct sl_eval_value values[SL_FIELDS_MAX];
	uint32_t n = sl_eval_campaigns(set), shown = 0;
	uint16_t n_values;
	int result = SL_EXIT_DONE;

	sl_eval_values_of(set, event, values, &n_values);
	for (uint32_t i = 0; i < n && result == SL_EXIT_DONE; i++) {
		if (explain->campaign && strcmp(explain->campaign, sl_eval_name(set, i)))
			continue;
		result = explain_one(explain, set, i, values, n_values);
		shown++;
	}
	if (shown == 0 && explain->campaign) {
		fprintf(stderr, "sluice explain: %s has no campaign '%s'\n", explain->rules,
			explain->campaign);
		return SL_EXIT_NO;
	}
	return result;
}

static const struct argp_child children[] = {{&sl_api_address_argp, 0, NULL, 0}, {0}};
const struct argp sl_explain_argp = {table, take, "[EVENTS.ndjson...]", help, children, NULL, NULL};

int sl_cmd_explain(int argc, char **argv)
{
	struct explain explain = {0};
	struct sl_event_file *event = NULL;
	struct sl_eval_set *set = NULL;
	char schema[PATH_MAX];
	int result;

	argp_parse(&sl_explain_argp, argc, argv, 0, NULL, &explain);
	if (explain.live)
		return sl_explain_live(explain.address, explain.key, explain.campaign,
				       explain.json);
	snprintf(schema, sizeof(schema), "%s/schema.yaml", explain.rules);
	result = open_rules(&explain, &set);
	if (!result && explain.key)
		result = sl_explain_history(&(struct sl_explain_history){
			.set = set,
			.schema = explain.schema ? explain.schema : schema,
			.key = explain.key,
			.campaign = explain.campaign,
			.files = explain.files,
			.n_files = explain.n_files,
			.json = explain.json});
	else if (!result)
		result = sl_event_file_open("sluice explain",
					    explain.schema ? explain.schema : schema, explain.event,
					    &event);
	if (!result && event)
		result = explain_all(&explain, set, event);
	sl_event_file_close(event);
	sl_eval_close(set);
	return result;
}
