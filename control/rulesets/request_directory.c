/* A directory of campaigns as a load request: what the settings name for the first start. */
#include "control/rulesets/rulesets_priv.h"

#include "control/files.h"
#include "sluice/error.h"

#include <errno.h>
#include <fts.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool ends_with(const char *name, const char *suffix)
{
	size_t n = strlen(name), end = strlen(suffix);

	return n > end && !strcmp(name + n - end, suffix);
}

/* Tests of campaigns lie beside them and are no part of the rule set; nor is a README, say. */
static bool is_campaign_file(const char *name)
{
	return (ends_with(name, ".yaml") || ends_with(name, ".yml")) &&
	       !ends_with(name, ".test.yaml") && !ends_with(name, ".test.yml");
}

static int add_file(struct sl_ruleset_request *request, const char *directory, const char *path,
		    char ret_why[SL_SENTENCE_BYTES])
{
	const char *name = path + strlen(directory);
	char *text;
	size_t n;
	int e;

	name += strspn(name, "/");
	e = sl_file_read(path, SL_RULESET_BYTES_MAX, &text, &n);
	if (e) {
		snprintf(ret_why, SL_SENTENCE_BYTES, "%.120s cannot be read: %s", path,
			 sl_error_text(e));
		return e;
	}
	if (memchr(text, 0, n)) {
		snprintf(ret_why, SL_SENTENCE_BYTES, "%.120s is no text: it has a NUL byte", path);
		e = -EINVAL;
	} else {
		e = sl_ruleset_request_add(request, name, text, n, ret_why);
	}
	free(text);
	return e;
}

static int by_name(const FTSENT **a, const FTSENT **b)
{
	return strcmp((*a)->fts_name, (*b)->fts_name);
}

/* A rule set with a part of its campaigns left out would be in force as if it were whole. */
static bool cannot_be_read(const FTSENT *entry)
{
	return entry->fts_info == FTS_DNR || entry->fts_info == FTS_ERR ||
	       entry->fts_info == FTS_NS ||
	       ((entry->fts_info == FTS_SLNONE || entry->fts_info == FTS_DEFAULT) &&
		is_campaign_file(entry->fts_name));
}

static int refuse_entry(const FTSENT *entry, char ret_why[SL_SENTENCE_BYTES])
{
	int error = entry->fts_info == FTS_SLNONE    ? ENOENT
		    : entry->fts_info == FTS_DEFAULT ? EINVAL
						     : entry->fts_errno;

	snprintf(ret_why, SL_SENTENCE_BYTES, "%.120s cannot be read: %s", entry->fts_path,
		 error == EINVAL ? "it is not a regular file" : strerror(error));
	return -error;
}

static int add_all(struct sl_ruleset_request *request, const char *directory,
		   char ret_why[SL_SENTENCE_BYTES])
{
	char *roots[] = {(char *)directory, NULL};
	FTS *walk = fts_open(roots, FTS_LOGICAL | FTS_NOCHDIR, by_name);
	FTSENT *entry;
	int e = 0;

	if (!walk) {
		snprintf(ret_why, SL_SENTENCE_BYTES, "%.120s cannot be read: %s", directory,
			 strerror(errno));
		return -errno;
	}
	while (!e && (entry = fts_read(walk))) {
		if (entry->fts_level > 0 && entry->fts_name[0] == '.')
			fts_set(walk, entry, FTS_SKIP);
		else if (entry->fts_info == FTS_F && is_campaign_file(entry->fts_name))
			e = add_file(request, directory, entry->fts_path, ret_why);
		else if (entry->fts_level > 0 && cannot_be_read(entry))
			e = refuse_entry(entry, ret_why);
		else if (entry->fts_level == 0 && entry->fts_info != FTS_D &&
			 entry->fts_info != FTS_DP) {
			e = -ENOTDIR;
			snprintf(ret_why, SL_SENTENCE_BYTES,
				 "%.120s is not a directory of campaigns", directory);
		}
	}
	fts_close(walk);
	if (!e && !request->n_files) {
		e = -ENOENT;
		snprintf(ret_why, SL_SENTENCE_BYTES, "%.120s holds no .yaml or .yml file",
			 directory);
	}
	return e;
}

int sl_ruleset_request_from_directory(const char *directory, const char *schema_path,
				      struct sl_ruleset_request *ret_request,
				      char ret_why[SL_SENTENCE_BYTES])
{
	struct sl_ruleset_request request = {0};
	int e = add_all(&request, directory, ret_why);

	if (!e && *schema_path) {
		e = sl_file_read(schema_path, SL_RULESET_BYTES_MAX, &request.schema.text,
				 &request.schema.bytes);
		request.schema.name = e ? NULL : strdup(schema_path);
		if (e)
			snprintf(ret_why, SL_SENTENCE_BYTES, "the schema %.120s cannot be read: %s",
				 schema_path, sl_error_text(e));
	}
	if (!e) {
		request.author = strdup("settings");
		if (!request.author || (*schema_path && !request.schema.name))
			e = -ENOMEM;
	}
	if (e) {
		sl_ruleset_request_free(&request);
		return e;
	}
	*ret_request = request;
	return 0;
}
