/* `sluice replay`: what a rule set would have done with events of the past. */
#include "base/artifact.h"
#include "base/json_out.h"
#include "rules/rules.h"
#include "sluice/error.h"
#include "sluice/gate.h"
#include "tools/sluice/commands.h"
#include "tools/sluice/gateway_settings.h"
#include "tools/sluice/replay_engine.h"
#include "tools/sluice/rule_arguments.h"
#include "tools/sluice/temporary.h"
#include "tools/sluice/verdict.h"

#include <argp.h>
#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define LINE_MAX_BYTES (16u << 20)
#define WORKERS_MAX 64

enum { KEY_RULES = 1000, KEY_SCHEMA, KEY_WORKERS, KEY_DECISIONS, KEY_JSON };

struct options {
	const char *rules;
	struct sl_gateway_arguments gateway;
	struct sl_rules_options compile;
	unsigned workers;
	bool decisions;
	bool json;
	char **files;
	int n_files;
};

/* A line of output with what it is sorted by. */
struct output {
	int64_t time_ns;
	char *campaign;
	char *key;
	char *line;
};

struct replay_run {
	const struct options *options;
	struct sl_artifact *artifact;
	struct output *outputs;
	size_t n_outputs, room;
	uint64_t matches, decisions;
	char *scratch;
	size_t scratch_bytes;
};

static char *copy_text(struct sl_text text)
{
	char *copy = strndup(text.at, text.bytes);

	if (!copy) {
		fputs("sluice replay: not enough memory\n", stderr);
		exit(3);
	}
	return copy;
}

static struct sl_text step_name(const struct replay_run *run, struct sl_text campaign)
{
	for (uint32_t i = 0; i < run->artifact->n_campaigns; i++) {
		struct sl_text name =
			sl_artifact_text(run->artifact, run->artifact->campaigns[i].name);

		if (name.bytes == campaign.bytes && !memcmp(name.at, campaign.at, name.bytes))
			return sl_artifact_text(run->artifact, run->artifact->campaigns[i].step);
	}
	return (struct sl_text){"", 0};
}

/* What matches and decisions have in common. */
struct line_parts {
	struct sl_text campaign, key, event_id, step, data;
	int64_t time_ns;
	const uint64_t *id;
	const char *decision; /* NULL: sent */
};

static void keep_line(struct replay_run *run, const struct line_parts *parts)
{
	struct sl_json json;
	struct output *output;

	sl_json_init(&json, run->scratch, run->scratch_bytes);
	sl_json_object(&json);
	sl_json_name(&json, "campaign");
	sl_json_text(&json, parts->campaign);
	sl_json_name(&json, "key");
	sl_json_text(&json, parts->key);
	sl_json_name(&json, "event");
	sl_json_text(&json, parts->event_id);
	sl_json_name(&json, "time");
	sl_json_time(&json, parts->time_ns);
	sl_json_name(&json, "steps");
	sl_json_object(&json);
	sl_json_name_text(&json, parts->step);
	sl_json_text(&json, parts->event_id);
	sl_json_object_end(&json);
	sl_json_name(&json, "id");
	sl_json_hash(&json, parts->id);
	sl_json_name(&json, "data");
	sl_json_raw(&json, parts->data.at, parts->data.bytes);
	if (parts->decision) {
		sl_json_name(&json, "decision");
		sl_json_string(&json, parts->decision);
	}
	sl_json_object_end(&json);
	assert(!json.full);
	if (run->n_outputs == run->room) {
		run->room = run->room ? 2 * run->room : 1024;
		run->outputs = realloc(run->outputs, run->room * sizeof(*run->outputs));
		if (!run->outputs) {
			fputs("sluice replay: not enough memory\n", stderr);
			exit(3);
		}
	}
	output = &run->outputs[run->n_outputs++];
	output->time_ns = parts->time_ns;
	output->campaign = copy_text(parts->campaign);
	output->key = copy_text(parts->key);
	output->line = copy_text((struct sl_text){json.at, (uint32_t)json.bytes});
}

static void take_record(void *context, const struct sl_record *record)
{
	struct replay_run *run = context;

	if (record->type == SL_RECORD_MATCH) {
		struct sl_match_view match;

		if (sl_record_match(record, &match))
			return;
		run->matches++;
		keep_line(run, &(struct line_parts){.campaign = match.campaign,
						    .key = match.key,
						    .event_id = match.event_id,
						    .step = match.step,
						    .data = match.data,
						    .time_ns = match.head.event_time_ns,
						    .id = match.head.id});
	} else if (record->type == SL_RECORD_DECISION) {
		struct sl_decision_view decision;

		if (sl_record_decision(record, &decision))
			return;
		run->decisions++;
		if (!run->options->decisions || decision.head.gate == SL_GATE_SENT)
			return;
		keep_line(run, &(struct line_parts){.campaign = decision.campaign,
						    .key = decision.key,
						    .event_id = decision.event_id,
						    .step = step_name(run, decision.campaign),
						    .data = {"{}", 2},
						    .time_ns = decision.head.event_time_ns,
						    .id = decision.head.id,
						    .decision = sl_gate_name(decision.head.gate)});
	}
}

static int compare_outputs(const void *left, const void *right)
{
	const struct output *a = left, *b = right;
	int order;

	if (a->time_ns != b->time_ns)
		return a->time_ns < b->time_ns ? -1 : 1;
	order = strcmp(a->campaign, b->campaign);
	if (!order)
		order = strcmp(a->key, b->key);
	return order ? order : strcmp(a->line, b->line);
}

/* Reads a file line by line into the engine. 0, or 3 with a message. */
static int feed_file(struct sl_replay *replay, const char *path)
{
	FILE *file = strcmp(path, "-") ? fopen(path, "r") : stdin;
	char *line = NULL, *padded = malloc(LINE_MAX_BYTES + 1 + SL_SPAN_PADDING);
	size_t room = 0;
	ssize_t n;
	int status = 0;

	if (!file || !padded) {
		fprintf(stderr, "sluice replay: %s: %s\n", path, strerror(errno));
		free(padded);
		return 3;
	}
	while ((n = getline(&line, &room, file)) > 0) {
		while (n > 0 && (line[n - 1] == '\n' || line[n - 1] == '\r'))
			n--;
		if (n == 0)
			continue;
		if (n > (ssize_t)LINE_MAX_BYTES)
			n = LINE_MAX_BYTES; /* far above the limit of one event: refused as too
					       large */
		memcpy(padded, line, (size_t)n);
		memset(padded + n, 0, 1 + SL_SPAN_PADDING);
		padded[n] = '\n';
		sl_replay_event(replay, sl_span_of(padded, (size_t)n));
	}
	if (ferror(file)) {
		fprintf(stderr, "sluice replay: %s: %s\n", path, strerror(errno));
		status = 3;
	}
	if (file != stdin)
		fclose(file);
	free(line);
	free(padded);
	return status;
}

static int compile(const struct options *options, const char *path)
{
	struct sl_diagnostics *diagnostics = sl_diagnostics_new();
	int error, result = SL_EXIT_DONE;

	if (!diagnostics || sl_rule_schema_check("sluice replay", options->compile.schema)) {
		sl_diagnostics_free(diagnostics);
		return SL_EXIT_FAILED;
	}
	error = sl_rules_compile(options->rules, &options->compile, path, diagnostics, NULL);
	sl_verdict_diagnostics(diagnostics);
	if (error == -SL_E_RULES) {
		result = sl_verdict_errors(diagnostics);
	} else if (error) {
		fprintf(stderr, "sluice replay: %s: %s\n", options->rules, sl_error_text(error));
		result = SL_EXIT_FAILED;
	}
	sl_diagnostics_free(diagnostics);
	return result;
}

static void print_outputs(struct replay_run *run)
{
	if (run->n_outputs)
		qsort(run->outputs, run->n_outputs, sizeof(*run->outputs), compare_outputs);
	for (size_t i = 0; i < run->n_outputs; i++) {
		puts(run->outputs[i].line);
		free(run->outputs[i].campaign);
		free(run->outputs[i].key);
		free(run->outputs[i].line);
	}
	free(run->outputs);
}

static int replay_files(struct replay_run *run, const char *artifact_path)
{
	const struct options *options = run->options;
	struct sl_replay_totals totals;
	struct sl_replay *replay;
	char why[SL_SENTENCE_BYTES] = "";
	int status = 0;
	int error = sl_artifact_open(artifact_path, &run->artifact, why);

	if (!error)
		error = sl_replay_new(artifact_path, &options->gateway.settings, options->workers,
				      take_record, run, &replay, why);
	if (error) {
		fprintf(stderr, "sluice replay: %s\n", why[0] ? why : sl_error_text(error));
		sl_artifact_close(run->artifact);
		return 3;
	}
	for (int i = 0; i < options->n_files && !status; i++)
		status = feed_file(replay, options->files[i]);
	sl_replay_totals(replay, &totals);
	sl_replay_free(replay);
	sl_artifact_close(run->artifact);
	print_outputs(run);
	fprintf(stderr,
		"%llu events: %llu accepted, %llu refused, %llu duplicates; %llu matched, with "
		"%llu matches of %llu "
		"decisions\n",
		(unsigned long long)totals.received, (unsigned long long)totals.accepted,
		(unsigned long long)totals.refused, (unsigned long long)totals.duplicates,
		(unsigned long long)totals.matched, (unsigned long long)run->matches,
		(unsigned long long)run->decisions);
	return status;
}

static error_t parse_option(int key, char *arg, struct argp_state *state)
{
	struct options *options = state->input;
	char *end;

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &options->gateway;
		break;
	case KEY_RULES:
		options->rules = arg;
		break;
	case KEY_SCHEMA:
		options->compile.schema = arg;
		break;
	case KEY_WORKERS:
		options->workers = (unsigned)strtoul(arg, &end, 10);
		if (*end || options->workers < 1 || options->workers > WORKERS_MAX)
			argp_error(state, "--workers takes a number from 1 to %d, not \"%s\"",
				   WORKERS_MAX, arg);
		break;
	case KEY_DECISIONS:
		options->decisions = true;
		break;
	case KEY_JSON:
		options->json = true; /* its output is always so */
		break;
	case ARGP_KEY_ARGS:
		options->files = state->argv + state->next;
		options->n_files = state->argc - state->next;
		break;
	case ARGP_KEY_END:
		if (!options->rules)
			argp_error(state, "which campaigns? Give --rules DIR");
		if (!options->n_files)
			argp_error(state,
				   "which events? Give files of NDJSON, or - for standard input");
		break;
	default:
		return ARGP_ERR_UNKNOWN;
	}
	return 0;
}

int sl_cmd_replay(int argc, char **argv)
{
	static const struct argp_option table[] = {
		{"rules", KEY_RULES, "DIR", 0, "the campaigns to try", 0},
		{"schema", KEY_SCHEMA, "FILE", 0, "the schema, if not schema.yaml in DIR", 0},
		{"workers", KEY_WORKERS, "N", 0,
		 "run with N workers; the output is the same whatever N (default 1)", 0},
		{"decisions", KEY_DECISIONS, NULL, 0,
		 "show candidates that were not sent too, with the gate that said no", 0},
		{"json", KEY_JSON, NULL, 0, "accepted for uniformity: the output is always JSON",
		 0},
		{0},
	};
	static const struct argp_child children[] = {{&sl_gateway_argp, 0, NULL, 0}, {0}};
	static const struct argp argp = {
		.options = table,
		.children = children,
		.parser = parse_option,
		.args_doc = "EVENTS.ndjson...",
		.doc = "Shows what a rule set would have done with events of the past: the "
		       "gateway's own engine, in this "
		       "process, on a clock that follows the events. Nothing is sent.\v"
		       "One JSON object a line for each match, ordered by time, campaign, key. A "
		       "summary goes to "
		       "standard error.\n\n"
		       "  sluice replay --rules rules/examples tests/data/history.ndjson\n"
		       "  sluice replay --rules new/ --decisions yesterday.ndjson | jq -r "
		       ".campaign | sort | uniq -c\n\n"
		       "Exit status: 0 done; 1 the rule set has errors; 2 used wrongly; 3 a file "
		       "could not be read.",
	};
	struct options options = {.workers = 1};
	struct replay_run run = {.options = &options, .scratch_bytes = 4u << 20};
	char path[PATH_MAX];
	int error, status;

	argp_parse(&argp, argc, argv, 0, NULL, &options);
	status = sl_gateway_resolve("sluice replay", &options.gateway, options.rules,
				    &options.compile);
	if (status)
		return status;
	run.scratch = malloc(run.scratch_bytes);
	error = run.scratch ? sl_temporary_make(path) : -ENOMEM;
	if (error) {
		fprintf(stderr, "sluice replay: no temporary file: %s\n", sl_error_text(error));
		free(run.scratch);
		return SL_EXIT_FAILED;
	}
	status = compile(&options, path);
	if (!status)
		status = replay_files(&run, path);
	unlink(path);
	free(run.scratch);
	return status;
}
