/* The life of one load: sources to disk, compiled aside, taken by every worker, then in force. */
#include "base/artifact.h"
#include "base/clock.h"
#include "base/failpoint.h"
#include "base/json_out.h"
#include "base/log.h"
#include "control/rulesets/thread_priv.h"
#include "sluice/error.h"
#include "sluice/layout.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* While a compiler works, the dataplane may come and go. */
static bool meanwhile(void *context, const struct sl_ruleset_progress *progress)
{
	struct sl_rulesets *rulesets = context;

	if (progress->phase)
		sl_rulesets_say(rulesets, *progress);
	sl_rulesets_watch(rulesets);
	return sl_rulesets_stopping(rulesets);
}

/* The newest set that can be read, for its slots are carried on. A damaged one, or one of another
 * version of Sluice, must not stand in the way of a new one. */
static void find_previous(struct sl_rulesets *rulesets, char ret_path[SL_RULESET_PATH])
{
	const struct sl_ruleset_store *store = &rulesets->store;
	char why[SL_SENTENCE_BYTES];

	for (uint32_t i = 0; i < store->n_versions; i++) {
		struct sl_artifact *artifact;
		int e;

		sl_ruleset_store_path(store, store->versions[i].version, SL_RULESET_ARTIFACT,
				      ret_path);
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
	struct sl_settings settings;
	struct sl_compile_job job = {
		.program = rulesets->config.program,
		.sources = sources,
		.artifact = artifact,
		.previous = previous,
		.author = request->author,
		.settings = &settings,
		.number = number,
		.meanwhile = meanwhile,
		.context = rulesets,
	};
	char *announced;
	int e;

	pthread_mutex_lock(&rulesets->lock);
	settings = rulesets->settings; /* they may change while this load goes on */
	announced = strdup(rulesets->announced);
	pthread_mutex_unlock(&rulesets->lock);
	if (!announced)
		return -ENOMEM;
	job.announced = announced;
	sl_ruleset_store_path(&rulesets->store, number, "source", sources);
	sl_ruleset_store_path(&rulesets->store, number, SL_RULESET_ARTIFACT, artifact);
	find_previous(rulesets, previous);
	e = sl_ruleset_compile(&job, ret_result);
	free(announced);
	return e;
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

static void refuse(struct sl_ruleset_reply *reply, unsigned status, const char *why)
{
	char sentence[SL_COMMAND_TEXT_MAX + SL_SENTENCE_BYTES + 64];

	snprintf(sentence, sizeof(sentence), "not loaded, the rule set before stays in force: %s",
		 why);
	sl_ruleset_reply_error(reply, status, sentence);
}

/* Told to the dataplane first, where there is one to tell: what it refuses does not come in force.
 * If it published it all the same, the watch gives it the old one back. */
static bool publish(struct sl_rulesets *rulesets, const struct sl_ruleset_info *info,
		    bool without_dataplane, struct sl_ruleset_reply *reply)
{
	char path[SL_RULESET_PATH], why[SL_COMMAND_TEXT_MAX + SL_SENTENCE_BYTES] = "";
	int e;

	sl_ruleset_store_path(&rulesets->store, info->version, SL_RULESET_ARTIFACT, path);
	sl_rulesets_say(rulesets, (struct sl_ruleset_progress){.phase = "taking"});
	if (!without_dataplane) {
		e = sl_rulesets_link(rulesets, why);
		if (!e)
			e = sl_link_load(&rulesets->link, path, why);
		sl_rulesets_publish(rulesets);
		if (e) {
			refuse(reply, 503, why);
			return false;
		}
	}
	sl_failpoint("ruleset_taken");
	e = sl_ruleset_store_activate(&rulesets->store, info);
	sl_rulesets_publish(rulesets);
	sl_rulesets_publish_versions(rulesets);
	if (e) {
		/* the watch gives the dataplane the old one back */
		snprintf(why, sizeof(why), "%.200s cannot be written: %s", rulesets->store.root,
			 sl_error_text(e));
		refuse(reply, 503, why);
		return false;
	}
	sl_log_info("rule set %" PRIu64 " is in force: %" PRIu64
		    " campaigns, hash %s, author \"%s\"",
		    info->version, info->campaigns, info->hash, info->author);
	return true;
}

static int prepare(struct sl_rulesets *rulesets, const struct sl_ruleset_request *request,
		   uint64_t *ret_number, char ret_why[SL_SENTENCE_BYTES])
{
	uint64_t number = 0;
	int e;

	if (!request->dry_run) {
		e = sl_ruleset_store_number(&rulesets->store, &number);
		if (e) {
			snprintf(ret_why, SL_SENTENCE_BYTES, "%.120s/last cannot be written: %s",
				 rulesets->store.root, sl_error_text(e));
			return e;
		}
	}
	sl_failpoint("ruleset_numbered");
	*ret_number = number;
	sl_rulesets_say(rulesets, (struct sl_ruleset_progress){.phase = "storing"});
	return sl_ruleset_store_write(&rulesets->store, number, request, ret_why);
}

/* Sources that are what they were, and a compiler that makes something else of them. */
static void warn_of_hash(json_t *diagnostics, const char *before, const char *now)
{
	if (!before || !strcmp(before, now))
		return;
	json_array_append_new(
		diagnostics,
		json_pack("{s:s, s:s, s:i, s:i, s:s, s:s, s:s, s:s}", "severity", "warning", "file",
			  "", "line", 0, "column", 0, "code", "hash_changed", "message",
			  "the same sources have another hash than when they were loaded: the "
			  "settings or the version of Sluice changed since",
			  "hint", "", "source", ""));
}

/* The good reply is made before the deed: what is in force must not be answered with "no memory".
 */
static bool announce(const struct sl_ruleset_info *info, const struct sl_compile_result *result,
		     struct sl_ruleset_reply *reply)
{
	sl_ruleset_reply_done(reply, info, result);
	return reply->status == 200;
}

bool sl_rulesets_install(struct sl_rulesets *rulesets, const struct sl_ruleset_request *request,
			 const char *hash_before, bool without_dataplane,
			 struct sl_ruleset_reply *reply)
{
	struct sl_compile_result result;
	struct sl_ruleset_info info = {0};
	int64_t began_ns = sl_clock_read(CLOCK_MONOTONIC);
	uint64_t number = 0;
	char why[SL_SENTENCE_BYTES] = "";
	bool done = false;
	int e = prepare(rulesets, request, &number, why);

	sl_failpoint("ruleset_written");
	if (!e)
		e = compile(rulesets, number, request, &result);
	sl_failpoint("ruleset_compiled");
	if (e) {
		refuse(reply, e == -EINVAL ? 400 : 503, why[0] ? why : sl_error_text(e));
	} else if (!result.done) {
		sl_ruleset_reply_diagnostics(reply, result.diagnostics);
	} else {
		describe(&info, number, request, &result);
		warn_of_hash(result.diagnostics, hash_before, info.hash);
		if (!without_dataplane)
			sl_rulesets_count_live(rulesets, result.changes);
		done = announce(&info, &result, reply) &&
		       (request->dry_run || publish(rulesets, &info, without_dataplane, reply));
	}
	if (!e)
		sl_ruleset_compile_fini(&result);
	if ((!done && number) || request->dry_run)
		sl_ruleset_store_remove(&rulesets->store, number);
	if (!request->dry_run)
		sl_rulesets_note_load(rulesets, done, sl_clock_read(CLOCK_MONOTONIC) - began_ns);
	return done;
}

void sl_rulesets_load(struct sl_rulesets *rulesets, const char *body, size_t bytes, bool only_check,
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
	request.dry_run |= only_check;
	/* asked before the work, and again after it */
	if (!request.dry_run && sl_rulesets_link(rulesets, why)) {
		sl_ruleset_reply_error(reply, 503, why);
		sl_rulesets_note_load(rulesets, false, 0);
	} else {
		sl_rulesets_install(rulesets, &request, NULL, false, reply);
	}
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
	if (!sl_rulesets_install(rulesets, &request, NULL, true, &reply))
		log_refusal(&reply);
	free(reply.body);
	sl_ruleset_request_free(&request);
}
