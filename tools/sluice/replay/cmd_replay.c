/* `sluice replay`: what a rule set would have done with events of the past. */
#include "decode/decode.h"
#include "tools/sluice/commands/commands.h"
#include "tools/sluice/replay/diff.h"
#include "tools/sluice/replay/run.h"
#include "tools/sluice/up/gateway_settings.h"

#include <argp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WORKERS_MAX 64

enum { KEY_RULES = 1000, KEY_SCHEMA, KEY_WORKERS, KEY_DECISIONS, KEY_JSON, KEY_UNTIL, KEY_DIFF };

struct options {
	struct sl_replay_request request;
	struct sl_gateway_arguments gateway;
	const char *diff; /* NULL: none */
	bool json;
};

static const char help[] =
	"Shows what a rule set would have done with events of the past: the gateway's own engine, "
	"in "
	"this process, on a clock that follows the events. Nothing is sent.\v"
	"One JSON object a line for each match, ordered by time, campaign, key. A summary goes to "
	"standard error. After the last event the clock runs on until nothing is left to happen; "
	"with "
	"--until it stops there, and events with a later time are passed over.\n\n"
	"With --diff the same events go through both rule sets, and what differs is shown: who "
	"would "
	"have got what under each. A table, or with --json a line for each difference: "
	"{\"campaign\":\"…\",\"key\":\"…\",\"event\":\"…\",\"time\":\"…\",\"before\":{…},\"after\":"
	"{…}}, "
	"where before and after are lines as above, or null.\n\n"
	"  sluice replay --rules rules/examples tests/data/history.ndjson\n"
	"  sluice replay --rules new/ --decisions yesterday.ndjson | jq -r .campaign\n"
	"  sluice replay --rules old/ --diff new/ yesterday.ndjson\n"
	"  sluice replay --rules new/ --until 2026-11-21T12:00:00+09:00 yesterday.ndjson\n\n"
	"Exit codes: 0 done; 1 a rule set has errors, or --diff found a difference; 2 used "
	"wrongly; 3 "
	"a file could not be read.";

static const struct argp_option table[] = {
	{"rules", KEY_RULES, "DIR", 0, "the campaigns to try", 0},
	{"schema", KEY_SCHEMA, "FILE", 0, "the schema, if not schema.yaml in DIR", 0},
	{"workers", KEY_WORKERS, "N", 0,
	 "run with N workers; the output is the same whatever N (default 1)", 0},
	{"decisions", KEY_DECISIONS, NULL, 0,
	 "show candidates that were not sent too, with the gate that said no", 0},
	{"until", KEY_UNTIL, "TIME", 0, "where the clock stops, as 2026-11-21T09:00:00+09:00", 0},
	{"diff", KEY_DIFF, "DIR2", 0, "show what would be otherwise under these campaigns", 0},
	{"json", KEY_JSON, NULL, 0, "lines of JSON for --diff too", 0},
	{0},
};

static void take_until(struct options *options, const char *arg, struct argp_state *state)
{
	const struct sl_text text = {.at = arg, .bytes = (uint32_t)strlen(arg)};

	if (sl_time_parse(text, &options->request.until_ns) != SL_TIME_DONE)
		argp_error(state,
			   "--until takes a time with its zone, as 2026-11-21T09:00:00+09:00, not "
			   "\"%s\"",
			   arg);
}

static void check_arguments(const struct options *options, struct argp_state *state)
{
	const struct sl_replay_request *request = &options->request;

	if (!request->directory)
		argp_error(state, "which campaigns? Give --rules DIR");
	if (!request->n_files)
		argp_error(state, "which events? Give files of NDJSON, or - for standard input");
	for (int i = 0; options->diff && i < request->n_files; i++)
		if (!strcmp(request->files[i], "-"))
			argp_error(state,
				   "--diff reads the events twice: give a file in place of -");
}

static error_t parse_option(int key, char *arg, struct argp_state *state)
{
	struct options *options = state->input;
	struct sl_replay_request *request = &options->request;
	char *end;

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &options->gateway;
		break;
	case KEY_RULES:
		request->directory = arg;
		break;
	case KEY_SCHEMA:
		request->rules.schema = arg;
		break;
	case KEY_WORKERS:
		request->workers = (unsigned)strtoul(arg, &end, 10);
		if (*end || request->workers < 1 || request->workers > WORKERS_MAX)
			argp_error(state, "--workers takes a number from 1 to %d, not \"%s\"",
				   WORKERS_MAX, arg);
		break;
	case KEY_DECISIONS:
		request->decisions = true;
		break;
	case KEY_UNTIL:
		take_until(options, arg, state);
		break;
	case KEY_DIFF:
		options->diff = arg;
		break;
	case KEY_JSON:
		options->json = true;
		break;
	case ARGP_KEY_ARGS:
		request->files = state->argv + state->next;
		request->n_files = state->argc - state->next;
		break;
	case ARGP_KEY_END:
		check_arguments(options, state);
		break;
	default:
		return ARGP_ERR_UNKNOWN;
	}
	return 0;
}

/* One directory's replay, with its summary on standard error. */
static int run(struct options *options, const char *directory, struct sl_replay_result *ret_result)
{
	struct sl_replay_request request = options->request;
	const struct sl_replay_totals *totals = &ret_result->totals;
	int status;

	request.directory = directory;
	request.settings = &options->gateway.settings;
	status = sl_gateway_resolve("sluice replay", &options->gateway, directory, &request.rules);
	if (!status)
		status = sl_replay_run(&request, ret_result);
	if (status)
		return status;
	if (options->diff)
		fprintf(stderr, "%s: ", directory);
	fprintf(stderr,
		"%llu events: %llu accepted, %llu refused, %llu duplicates; %llu matched, with "
		"%llu matches of %llu decisions",
		(unsigned long long)totals->received, (unsigned long long)totals->accepted,
		(unsigned long long)totals->refused, (unsigned long long)totals->duplicates,
		(unsigned long long)totals->matched, (unsigned long long)ret_result->matches,
		(unsigned long long)ret_result->decisions);
	if (totals->passed_over)
		fprintf(stderr, "; %llu events after --until passed over",
			(unsigned long long)totals->passed_over);
	fputc('\n', stderr);
	return SL_EXIT_DONE;
}

static int compare(struct options *options, const struct sl_replay_result *before)
{
	struct sl_replay_result after;
	int status = run(options, options->diff, &after);

	if (status)
		return status;
	if (sl_replay_diff(before, &after, options->request.directory, options->diff,
			   options->json))
		status = SL_EXIT_NO;
	sl_replay_result_free(&after);
	return status;
}

static const struct argp_child children[] = {{&sl_gateway_argp, 0, NULL, 0}, {0}};
const struct argp sl_replay_argp = {table, parse_option, "EVENTS.ndjson...", help, children,
				    NULL,  NULL};

int sl_cmd_replay(int argc, char **argv)
{
	struct options options = {.request = {.workers = 1, .until_ns = INT64_MAX}};
	struct sl_replay_result result;
	int status;

	argp_parse(&sl_replay_argp, argc, argv, 0, NULL, &options);
	status = run(&options, options.request.directory, &result);
	if (status)
		return status;
	if (options.diff)
		status = compare(&options, &result);
	for (size_t i = 0; !options.diff && i < result.n_lines; i++)
		puts(result.lines[i].text);
	sl_replay_result_free(&result);
	return status;
}
