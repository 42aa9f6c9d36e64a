#include "tools/sluice/replay/run.h"

#include "base/artifact.h"
#include "base/json_out.h"
#include "sluice/error.h"
#include "sluice/gate.h"
#include "tools/sluice/commands/commands.h"
#include "tools/sluice/replay/event_lines.h"
#include "tools/sluice/rulesets/rule_arguments.h"
#include "tools/sluice/rulesets/verdict.h"
#include "tools/sluice/temporary.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SCRATCH_BYTES (4u << 20)

struct replay_run {
	const struct sl_replay_request *request;
	struct sl_artifact *artifact;
	struct sl_replay_result *result;
	size_t room; /* for lines */
	char *scratch;
};

static char *copy_text(struct sl_text text)
{
	char *copy = strndup(text.at, text.bytes);

	if (!copy) {
		fputs("sluice replay: not enough memory\n", stderr);
		exit(SL_EXIT_FAILED);
	}
	return copy;
}

/* The step of a campaign that is one condition; of others no bytes. */
static struct sl_text step_name(const struct replay_run *run, struct sl_text campaign)
{
	for (uint32_t i = 0; i < run->artifact->n_campaigns; i++) {
		struct sl_text name =
			sl_artifact_text(run->artifact, run->artifact->campaigns[i].name);

		if (name.bytes == campaign.bytes && !memcmp(name.at, campaign.at, name.bytes) &&
		    !run->artifact->campaigns[i].sequence_count)
			return sl_artifact_text(run->artifact, run->artifact->campaigns[i].step);
	}
	return (struct sl_text){"", 0};
}

/* What matches and decisions have in common. */
struct line_parts {
	struct sl_text campaign, key, event_id, step, data;
	struct sl_text steps; /* JSON; no bytes: the step, and the event */
	int64_t time_ns;
	const uint64_t *id;
	const char *decision; /* NULL: sent */
};

static struct sl_replay_line *add_line(struct replay_run *run)
{
	struct sl_replay_result *result = run->result;

	if (result->n_lines == run->room) {
		run->room = run->room ? 2 * run->room : 1024;
		result->lines = realloc(result->lines, run->room * sizeof(*result->lines));
		if (!result->lines) {
			fputs("sluice replay: not enough memory\n", stderr);
			exit(SL_EXIT_FAILED);
		}
	}
	return &result->lines[result->n_lines++];
}

static void put_steps(struct sl_json *json, const struct line_parts *parts)
{
	if (parts->steps.bytes) {
		sl_json_raw(json, parts->steps.at, parts->steps.bytes);
		return;
	}
	sl_json_object(json);
	if (parts->step.bytes) {
		sl_json_name_text(json, parts->step);
		sl_json_text(json, parts->event_id);
	}
	sl_json_object_end(json);
}

static void keep_line(struct replay_run *run, const struct line_parts *parts)
{
	struct sl_json json;
	struct sl_replay_line *line;

	sl_json_init(&json, run->scratch, SCRATCH_BYTES);
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
	put_steps(&json, parts);
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
	line = add_line(run);
	line->time_ns = parts->time_ns;
	line->id[0] = parts->id[0];
	line->id[1] = parts->id[1];
	line->campaign = copy_text(parts->campaign);
	line->key = copy_text(parts->key);
	line->text = copy_text((struct sl_text){json.at, (uint32_t)json.bytes});
	line->sent = !parts->decision;
}

static void take_record(void *context, const struct sl_record *record)
{
	struct replay_run *run = context;

	if (record->type == SL_RECORD_MATCH) {
		struct sl_match_view match;

		if (sl_record_match(record, &match))
			return;
		run->result->matches++;
		keep_line(run, &(struct line_parts){.campaign = match.campaign,
						    .key = match.key,
						    .event_id = match.event_id,
						    .step = match.step,
						    .steps = match.steps,
						    .data = match.data,
						    .time_ns = match.head.time_ns,
						    .id = match.head.id});
	} else if (record->type == SL_RECORD_DECISION) {
		struct sl_decision_view decision;

		if (sl_record_decision(record, &decision))
			return;
		run->result->decisions++;
		if (!run->request->decisions || decision.head.gate == SL_GATE_SENT)
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

static int compare_lines(const void *left, const void *right)
{
	const struct sl_replay_line *a = left, *b = right;
	int order;

	if (a->time_ns != b->time_ns)
		return a->time_ns < b->time_ns ? -1 : 1;
	order = strcmp(a->campaign, b->campaign);
	if (!order)
		order = strcmp(a->key, b->key);
	return order ? order : strcmp(a->text, b->text);
}

static int compile(const struct sl_replay_request *request, const char *path)
{
	struct sl_diagnostics *diagnostics = sl_diagnostics_new();
	int error, result = SL_EXIT_DONE;

	if (!diagnostics || sl_rule_schema_check("sluice replay", request->rules.schema)) {
		sl_diagnostics_free(diagnostics);
		return SL_EXIT_FAILED;
	}
	error = sl_rules_compile(request->directory, &request->rules, path, diagnostics, NULL);
	sl_verdict_diagnostics(diagnostics);
	if (error == -SL_E_RULES) {
		result = sl_verdict_errors(diagnostics);
	} else if (error) {
		fprintf(stderr, "sluice replay: %s: %s\n", request->directory,
			sl_error_text(error));
		result = SL_EXIT_FAILED;
	}
	sl_diagnostics_free(diagnostics);
	return result;
}

static void take_line(void *context, struct sl_span text)
{
	sl_replay_event(context, text);
}

static int replay_files(struct replay_run *run, const char *artifact_path)
{
	const struct sl_replay_request *request = run->request;
	struct sl_replay *replay;
	char why[SL_SENTENCE_BYTES] = "";
	int status = SL_EXIT_DONE;
	int error = sl_artifact_open(artifact_path, &run->artifact, why);

	if (!error)
		error = sl_replay_new(artifact_path, request->settings, request->workers,
				      take_record, run, &replay, why);
	if (error) {
		fprintf(stderr, "sluice replay: %s\n", why[0] ? why : sl_error_text(error));
		sl_artifact_close(run->artifact);
		return SL_EXIT_FAILED;
	}
	sl_replay_until(replay, request->until_ns);
	status = sl_event_lines_read("sluice replay", request->files, request->n_files, take_line,
				     replay);
	sl_replay_finish(replay);
	sl_replay_totals(replay, &run->result->totals);
	sl_replay_free(replay);
	sl_artifact_close(run->artifact);
	return status;
}

int sl_replay_run(const struct sl_replay_request *request, struct sl_replay_result *ret_result)
{
	struct sl_replay_result result = {0};
	struct replay_run run = {.request = request, .result = &result};
	char path[PATH_MAX];
	int error, status;

	run.scratch = malloc(SCRATCH_BYTES);
	error = run.scratch ? sl_temporary_make(path) : -ENOMEM;
	if (error) {
		fprintf(stderr, "sluice replay: no temporary file: %s\n", sl_error_text(error));
		free(run.scratch);
		return SL_EXIT_FAILED;
	}
	status = compile(request, path);
	if (!status)
		status = replay_files(&run, path);
	unlink(path);
	free(run.scratch);
	if (status) {
		sl_replay_result_free(&result);
		return status;
	}
	if (result.n_lines)
		qsort(result.lines, result.n_lines, sizeof(*result.lines), compare_lines);
	*ret_result = result;
	return SL_EXIT_DONE;
}

void sl_replay_result_free(struct sl_replay_result *result)
{
	for (size_t i = 0; i < result->n_lines; i++) {
		free(result->lines[i].campaign);
		free(result->lines[i].key);
		free(result->lines[i].text);
	}
	free(result->lines);
}
