/* An older version comes back: its sources, compiled anew under a new number. Slots of state are
 * carried on from the set in force, as with any load. */
#include "control/rulesets/thread_priv.h"
#include "sluice/error.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* 0 names the one that was in force before. */
static const struct sl_ruleset_info *find(const struct sl_ruleset_store *store, uint64_t version,
					  char ret_why[SL_SENTENCE_BYTES])
{
	uint32_t n = store->n_versions;

	if (!version && n < 2) {
		snprintf(ret_why, SL_SENTENCE_BYTES, "there is no version before the one in force");
		return NULL;
	}
	if (!version)
		return &store->versions[1];
	if (n && version == store->current.version) {
		snprintf(ret_why, SL_SENTENCE_BYTES, "version %" PRIu64 " is in force already",
			 version);
		return NULL;
	}
	for (uint32_t i = 0; i < n; i++)
		if (store->versions[i].version == version)
			return &store->versions[i];
	snprintf(ret_why, SL_SENTENCE_BYTES,
		 "version %" PRIu64 " is not kept; `sluice list` shows those that are", version);
	return NULL;
}

static void refuse(struct sl_ruleset_reply *reply, unsigned status, const char *why)
{
	char sentence[SL_SENTENCE_BYTES + SL_COMMAND_TEXT_MAX + 64];

	snprintf(sentence, sizeof(sentence), "not rolled back, the rule set in force stays: %s",
		 why);
	sl_ruleset_reply_error(reply, status, sentence);
}

void sl_rulesets_rollback(struct sl_rulesets *rulesets, const char *body, size_t bytes,
			  struct sl_ruleset_reply *reply)
{
	struct sl_rollback_request wanted;
	struct sl_ruleset_request request;
	char why[SL_COMMAND_TEXT_MAX + SL_SENTENCE_BYTES], hash[33];
	const struct sl_ruleset_info *info;
	int e = sl_rollback_request_parse(body, bytes, &wanted, why);

	if (e) {
		sl_ruleset_reply_error(reply, 400, why);
		return;
	}
	info = find(&rulesets->store, wanted.version, why);
	if (!info) {
		refuse(reply, 404, why);
		return;
	}
	memcpy(hash, info->hash, sizeof(hash)); /* the list changes with the load */
	if (!wanted.dry_run && sl_rulesets_link(rulesets, why)) {
		refuse(reply, 503, why);
		sl_rulesets_note_load(rulesets, false, 0);
		return;
	}
	e = sl_ruleset_store_read(&rulesets->store, info->version, &request, why);
	if (e) {
		refuse(reply, e == -ENOMEM ? 503 : 422, why);
		return;
	}
	request.dry_run = wanted.dry_run;
	request.author = strdup(wanted.author);
	if (request.author)
		sl_rulesets_install(rulesets, &request, hash, false, reply);
	else
		refuse(reply, 503, sl_error_text(-ENOMEM));
	sl_ruleset_request_free(&request);
}
