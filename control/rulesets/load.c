/* The life of one load: sources to disk, compiled aside, taken by every worker, then in force. */
#include "base/artifact.h"
#include "base/clock.h"
#include "base/json_out.h"
#include "control/log.h"
#include "control/rulesets/thread_priv.h"
#include "sluice/error.h"
#include "sluice/layout.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* While a compiler works, the dataplane may come and go. */
static bool meanwhile(void *context)
{
	struct sl_rulesets *rulesets = context;

	sl_rulesets_watch(rulesets);
	return sl_rulesets_stopping(rulesets);
}

#define PREVIOUS_LOOKED_AT 100u /* sets that are kept */

/* The newest set that can be read, for its slots are carried on. A damaged one, or one of another
 * version of Sluice, must not stand in the way of a new one. */
static void find_previous(struct sl_rulesets *rulesets, char ret_path[SL_RULESET_PATH])
{
	uint64_t current = rulesets->store.current.version;
	char why[SL_SENTENCE_BYTES];

	for (uint64_t n = current; n > 0 && n + PREVIOUS_LOOKED_AT > current; n--) {
		struct sl_artifact *artifact;
		int e;

		sl_ruleset_store_path(&rulesets->store, n, SL_RULESET_ARTIFACT, ret_path);
		e = sl_artifact_open(ret_path, &artifact, why);
		if (!e) {
			sl_artifact_close(artifact);
			return;
		}
		if (e != -ENOENT)
			sl_log_warning("%s cannot be read: %s; an older one's slots are carried on",
				       ret_path, why);
	}
	ret_path[0] = 0;
}

static int compile(struct sl_rulesets *rulesets, uint64_t number,
		   const struct sl_ruleset_request *request, struct sl_compile_result *ret_result)
{
	char sources[SL_RULESET_PATH], artifact[SL_RULESET_PATH], previous[SL_RULESET_PATH] = "";
	const struct sl_compile_job job = {
		.program = rulesets->config.program,
		.sources = sources,
		.artifact = artifact,
		.previous = previous,
		.author = request->author,
		.settings = rulesets->config.settings,
		.number = number,
		.meanwhile = meanwhile,
		.context = rulesets,
	};

	sl_ruleset_store_path(&rulesets->store, number, "source", sources);
	sl_ruleset_store_path(&rulesets->store, number, SL_RULESET_ARTIFACT, artifact);
	find_previous(rulesets, previous);
	return sl_ruleset_compile(&job, ret_result);
}

static void describe(struct sl_ruleset_info *info, uint64_t number,
		     const struct sl_ruleset_request *request,
		     const struct sl_compile_result *result)
{
	size_t n = sl_time_format(sl_clock_read(CLOCK_REALTIME), info->time);

	info->time[n] = 0;
	info->version = number;
	info->campaigns = result->campaigns;
	memcpy(info->hash, result->hash, sizeof(info->hash));
	snprintf(info->author, sizeof(info->author), "%s", request->author);
}

/* Told to the dataplane first, where there is one to tell: what it refuses does not come in force.
 * If it published it all the same, the watch gives it the old one back. */
static bool publish(struct sl_rulesets *rulesets, const struct sl_ruleset_info *info,
		    bool without_dataplane, struct sl_ruleset_reply *reply)
{
	char path[SL_RULESET_PATH], why[SL_COMMAND_TEXT_MAX] = "",
				    sentence[SL_COMMAND_TEXT_MAX + 128];
	int e;

	sl_ruleset_store_path(&rulesets->store, info->version, SL_RULESET_ARTIFACT, path);
	if (!without_dataplane) {
		e = sl_rulesets_link(rulesets, why);
		if (!e)
			e = sl_link_load(&rulesets->link, path, why);
		sl_rulesets_publish(rulesets);
		if (e) {
			snprintf(sentence, sizeof(sentence),
				 "not loaded, the rule set before stays in force: %s", why);
			sl_ruleset_reply_error(reply, 503, sentence);
			return false;
		}
	}
	e = sl_ruleset_store_activate(&rulesets->store, info);
	sl_rulesets_publish(rulesets);
	if (e) {
		/* the watch gives the dataplane the old one back */
		snprintf(sentence, sizeof(sentence),
			 "the rule set cannot be put in force on disk: %s", sl_error_text(e));
		sl_ruleset_reply_error(reply, 503, sentence);
		return false;
	}
	return true;
}

/* True: in force (or, tried only, good). */
static bool install(struct sl_rulesets *rulesets, const struct sl_ruleset_request *request,
		    bool without_dataplane, struct sl_ruleset_reply *reply)
{
	struct sl_compile_result result;
	struct sl_ruleset_info info = {0};
	uint64_t number = 0;
	char why[SL_SENTENCE_BYTES] = "";
	bool done = false;
	int e = 0;

	if (!request->dry_run)
		e = sl_ruleset_store_number(&rulesets->store, &number);
	if (!e)
		e = sl_ruleset_store_write(&rulesets->store, number, request, why);
	if (!e)
		e = compile(rulesets, number, request, &result);
	if (e) {
		sl_ruleset_reply_error(reply, e == -EINVAL ? 400 : 503,
				       why[0] ? why : sl_error_text(e));
		sl_ruleset_store_remove(&rulesets->store, number);
		return false;
	}
	if (!result.done) {
		sl_ruleset_reply_diagnostics(reply, result.diagnostics);
	} else {
		describe(&info, number, request, &result);
		done = request->dry_run || publish(rulesets, &info, without_dataplane, reply);
		if (done)
			sl_ruleset_reply_done(reply, &info, result.diagnostics);
	}
	json_decref(result.diagnostics);
	if (!done || request->dry_run)
		sl_ruleset_store_remove(&rulesets->store, number);
	if (done && !request->dry_run)
		sl_log_info("rule set %" PRIu64 " is in force: %" PRIu64
			    " campaigns, hash %s, author \"%s\"",
			    number, info.campaigns, info.hash, info.author);
	return done;
}

void sl_rulesets_load(struct sl_rulesets *rulesets, const char *body, size_t bytes,
		      struct sl_ruleset_reply *reply)
{
	struct sl_ruleset_request request;
	char why[SL_COMMAND_TEXT_MAX];
	int e = sl_ruleset_request_parse(body, bytes, &request, why);

	if (e) {
		sl_ruleset_reply_error(reply,
				       e == -SL_E_LIMIT ? 413
				       : e == -EINVAL   ? 400
							: 503,
				       why);
		return;
	}
	/* asked before the work, and again after it */
	if (!request.dry_run && sl_rulesets_link(rulesets, why))
		sl_ruleset_reply_error(reply, 503, why);
	else
		install(rulesets, &request, false, reply);
	sl_ruleset_request_free(&request);
}

static void log_refusal(const struct sl_ruleset_reply *reply)
{
	json_t *root = reply->body ? json_loadb(reply->body, reply->bytes, 0, NULL) : NULL;
	json_t *diagnostics = json_object_get(root, "diagnostics"), *diagnostic;
	const char *sentence = json_string_value(json_object_get(root, "error"));
	size_t i;

	if (sentence)
		sl_log_error("the campaigns of the settings cannot be loaded: %s", sentence);
	json_array_foreach(diagnostics, i, diagnostic)
	{
		const char *file = json_string_value(json_object_get(diagnostic, "file"));
		const char *message = json_string_value(json_object_get(diagnostic, "message"));

		sl_log_error("%s:%lld:%lld: %s", file ? file : "",
			     (long long)json_integer_value(json_object_get(diagnostic, "line")),
			     (long long)json_integer_value(json_object_get(diagnostic, "column")),
			     message ? message : "");
	}
	json_decref(root);
}

void sl_rulesets_load_first(struct sl_rulesets *rulesets)
{
	const struct sl_settings *settings = rulesets->config.settings;
	struct sl_ruleset_reply reply = {0};
	struct sl_ruleset_request request;
	char why[SL_SENTENCE_BYTES];

	if (rulesets->store.current.version || !settings->rules[0])
		return;
	if (sl_ruleset_request_from_directory(settings->rules, settings->schema, &request, why)) {
		sl_log_error("the campaigns of the settings cannot be loaded: %s", why);
		return;
	}
	if (!install(rulesets, &request, true, &reply))
		log_refusal(&reply);
	free(reply.body);
	sl_ruleset_request_free(&request);
}
