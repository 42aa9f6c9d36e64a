/* What changed from one version that is kept to another, file by file, by the hashes of their
 * indexes: no source is read. On the caller's thread. */
#include "control/rulesets/thread_priv.h"
#include "sluice/error.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

struct diff {
	json_t *before; /* name: hash */
	json_t *added, *removed, *changed;
	uint64_t unchanged;
};

/* False: one of them is not kept. 0 for `since` becomes the one kept before `version`. */
static bool find_both(struct sl_rulesets *rulesets, uint64_t version, uint64_t *since,
		      uint64_t *ret_missing)
{
	bool have = false, have_since = false;

	pthread_mutex_lock(&rulesets->lock);
	for (uint32_t i = 0; i < rulesets->n_versions; i++) {
		if (rulesets->versions[i].version != version)
			continue;
		have = true;
		if (!*since && i + 1 < rulesets->n_versions) /* newest first */
			*since = rulesets->versions[i + 1].version;
	}
	for (uint32_t i = 0; i < rulesets->n_versions; i++)
		have_since |= rulesets->versions[i].version == *since;
	pthread_mutex_unlock(&rulesets->lock);
	*ret_missing = have ? *since : version;
	return have && have_since;
}

/* Every entry of a version's index, given to `take`. */
static int each_file(struct sl_rulesets *rulesets, uint64_t version, struct diff *diff,
		     int (*take)(struct diff *diff, const struct sl_ruleset_entry *entry),
		     char ret_why[SL_SENTENCE_BYTES])
{
	struct sl_ruleset_entry entry;
	struct sl_ruleset_index index;
	int more, e = sl_ruleset_index_open(rulesets->store.root, version, &index, ret_why);

	if (e)
		return e;
	while (!e && (more = sl_ruleset_index_next(&index, &entry)) != 0)
		e = more < 0 ? more : take(diff, &entry);
	sl_ruleset_index_close(&index);
	return e;
}

static int note(struct diff *diff, const struct sl_ruleset_entry *entry)
{
	return json_object_set_new(diff->before, entry->name, json_string(entry->hash)) ? -ENOMEM
											: 0;
}

static int compare(struct diff *diff, const struct sl_ruleset_entry *entry)
{
	const char *before = json_string_value(json_object_get(diff->before, entry->name));
	json_t *list = NULL;

	if (!before)
		list = diff->added;
	else if (strcmp(before, entry->hash) != 0)
		list = diff->changed;
	else
		diff->unchanged++;
	json_object_del(diff->before, entry->name);
	return list && json_array_append_new(list, json_string(entry->name)) ? -ENOMEM : 0;
}

static int list_removed(struct diff *diff)
{
	const char *name;
	json_t *hash;

	json_object_foreach(diff->before, name, hash)
	{
		if (json_array_append_new(diff->removed, json_string(name)))
			return -ENOMEM;
	}
	return 0;
}

void sl_rulesets_diff(struct sl_rulesets *rulesets, uint64_t version, uint64_t since,
		      struct sl_ruleset_reply *ret_reply)
{
	struct diff diff = {.before = json_object(),
			    .added = json_array(),
			    .removed = json_array(),
			    .changed = json_array()};
	char why[SL_SENTENCE_BYTES] = "";
	uint64_t missing;
	int e;

	if (!find_both(rulesets, version, &since, &missing)) {
		if (missing)
			snprintf(why, sizeof(why),
				 "version %" PRIu64
				 " is not kept; `sluice list` shows those that are",
				 missing);
		else
			snprintf(why, sizeof(why),
				 "none is kept that is older than version %" PRIu64, version);
		sl_ruleset_reply_error(ret_reply, 404, why);
	} else {
		e = each_file(rulesets, since, &diff, note, why);
		if (!e)
			e = each_file(rulesets, version, &diff, compare, why);
		if (!e)
			e = list_removed(&diff);
		if (e)
			sl_ruleset_reply_error(ret_reply, e == -ENOENT ? 404 : 503,
					       why[0] ? why : sl_error_text(e));
		else
			sl_ruleset_reply_json(
				ret_reply, 200,
				json_pack("{s:I, s:I, s:O, s:O, s:O, s:I}", "version",
					  (json_int_t)version, "since", (json_int_t)since, "added",
					  diff.added, "removed", diff.removed, "changed",
					  diff.changed, "unchanged", (json_int_t)diff.unchanged));
	}
	json_decref(diff.before);
	json_decref(diff.added);
	json_decref(diff.removed);
	json_decref(diff.changed);
}
