/* What others may see of the versions that are kept. On the caller's thread. */
#include "control/rulesets/thread_priv.h"
#include "sluice/error.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static json_t *json_of(const struct sl_ruleset_info *info, uint64_t in_force)
{
	return json_pack("{s:I, s:I, s:s, s:s, s:s, s:b}", "version", (json_int_t)info->version,
			 "campaigns", (json_int_t)info->campaigns, "hash", info->hash, "author",
			 info->author, "time", info->time, "in_force", info->version == in_force);
}

void sl_rulesets_list(struct sl_rulesets *rulesets, struct sl_ruleset_reply *ret_reply)
{
	json_t *list = json_array();
	int failed = 0;

	pthread_mutex_lock(&rulesets->lock);
	for (uint32_t i = 0; i < rulesets->n_versions; i++)
		failed |= json_array_append_new(
			list, json_of(&rulesets->versions[i], rulesets->current.version));
	pthread_mutex_unlock(&rulesets->lock);
	if (failed)
		json_decref(list); /* half a list would be a lie */
	sl_ruleset_reply_json(ret_reply, 200, failed ? NULL : json_pack("{s:o}", "rulesets", list));
}

/* Under the lock, for what it points to. */
static const struct sl_ruleset_info *find(const struct sl_rulesets *rulesets, uint64_t version)
{
	for (uint32_t i = 0; i < rulesets->n_versions; i++)
		if (rulesets->versions[i].version == version)
			return &rulesets->versions[i];
	return NULL;
}

static void not_kept(uint64_t version, struct sl_ruleset_reply *ret_reply)
{
	char sentence[SL_SENTENCE_BYTES];

	snprintf(sentence, sizeof(sentence),
		 "version %" PRIu64 " is not kept; `sluice list` shows those that are", version);
	sl_ruleset_reply_error(ret_reply, 404, sentence);
}

void sl_rulesets_describe(struct sl_rulesets *rulesets, uint64_t version,
			  struct sl_ruleset_reply *ret_reply)
{
	const struct sl_ruleset_info *info;
	json_t *root = NULL;

	pthread_mutex_lock(&rulesets->lock);
	info = find(rulesets, version);
	if (info)
		root = json_of(info, rulesets->current.version);
	pthread_mutex_unlock(&rulesets->lock);
	if (info)
		sl_ruleset_reply_json(ret_reply, 200, root);
	else
		not_kept(version, ret_reply);
}

/* 0, and the number of the file to go on from; all of them counted. */
static int add_files(struct sl_ruleset_index *index, const char *root, uint64_t version,
		     uint64_t from, json_t *files, uint64_t *ret_next, uint64_t *ret_total,
		     char ret_why[SL_SENTENCE_BYTES])
{
	struct sl_ruleset_entry entry;
	uint64_t n = 0, next = from;
	size_t bytes = 0;
	int more, e;

	for (; (more = sl_ruleset_index_next(index, &entry)) > 0; n++) {
		char *text;

		if (n < from || bytes >= SL_RULESET_PORTION_BYTES)
			continue;
		e = sl_ruleset_index_file(root, version, &entry, &text, ret_why);
		if (e)
			return e;
		e = json_array_append_new(files, json_pack("{s:s, s:s%}", "name", entry.name,
							   "text", text, (size_t)entry.bytes))
			    ? -ENOMEM
			    : 0;
		free(text);
		if (e)
			return e;
		bytes += entry.bytes + strlen(entry.name) + 32;
		next = n + 1;
	}
	if (more < 0) {
		snprintf(ret_why, SL_SENTENCE_BYTES,
			 "the index of the sources of version %" PRIu64 " is damaged", version);
		return more;
	}
	*ret_next = next;
	*ret_total = n;
	return 0;
}

void sl_rulesets_sources(struct sl_rulesets *rulesets, uint64_t version, uint64_t from,
			 struct sl_ruleset_reply *ret_reply)
{
	const char *directory = rulesets->store.root; /* never changes */
	char why[SL_SENTENCE_BYTES] = "";
	struct sl_ruleset_index index;
	json_t *files, *root;
	uint64_t next, total;
	bool kept;
	int e;

	pthread_mutex_lock(&rulesets->lock);
	kept = find(rulesets, version) != NULL;
	pthread_mutex_unlock(&rulesets->lock);
	if (!kept) {
		not_kept(version, ret_reply);
		return;
	}
	e = sl_ruleset_index_open(directory, version, &index, why);
	if (e) {
		sl_ruleset_reply_error(ret_reply, e == -ENOENT ? 404 : 503, why);
		return;
	}
	files = json_array();
	e = add_files(&index, directory, version, from, files, &next, &total, why);
	sl_ruleset_index_close(&index);
	if (e) {
		json_decref(files);
		sl_ruleset_reply_error(ret_reply, 503, why[0] ? why : sl_error_text(e));
		return;
	}
	root = json_pack("{s:I, s:o, s:I}", "version", (json_int_t)version, "files", files, "total",
			 (json_int_t)total);
	if (root && next < total)
		json_object_set_new(root, "next", json_integer((json_int_t)next));
	sl_ruleset_reply_json(ret_reply, 200, root);
}
