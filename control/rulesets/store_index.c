/* The index of a version's sources: what was loaded, so that what lies there later can be told from
 * it. */
#include "control/rulesets/rulesets_priv.h"

#include "control/files.h"
#include "sluice/error.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#define INDEX_BYTES_MAX ((size_t)64 << 20)

void sl_ruleset_hash_text(const void *at, size_t bytes, char ret_hash[33])
{
	XXH128_hash_t hash = XXH3_128bits(at, bytes);

	snprintf(ret_hash, 33, "%016" PRIx64 "%016" PRIx64, (uint64_t)hash.high64,
		 (uint64_t)hash.low64);
}

int sl_ruleset_index_open(const char *root, uint64_t number, struct sl_ruleset_index *ret_index,
			  char ret_why[SL_SENTENCE_BYTES])
{
	char path[SL_RULESET_PATH], *text;
	size_t n;
	int e;

	snprintf(path, sizeof(path), "%s/%" PRIu64 "/" SL_RULESET_INDEX, root, number);
	e = sl_file_read(path, INDEX_BYTES_MAX, &text, &n);
	if (e) {
		snprintf(ret_why, SL_SENTENCE_BYTES,
			 "the sources of version %" PRIu64 " cannot be read: %.100s: %s", number,
			 path, sl_error_text(e));
		return e;
	}
	*ret_index = (struct sl_ruleset_index){.text = text, .at = text};
	return 0;
}

void sl_ruleset_index_close(struct sl_ruleset_index *index)
{
	free(index->text);
	*index = (struct sl_ruleset_index){0};
}

/* Cuts the line out of the text. */
int sl_ruleset_index_next(struct sl_ruleset_index *index, struct sl_ruleset_entry *ret_entry)
{
	struct sl_ruleset_entry entry;
	char *newline = strchr(index->at, '\n');
	int name = 0;

	if (!*index->at)
		return 0;
	if (!newline)
		return -SL_E_DAMAGED;
	*newline = 0;
	if (sscanf(index->at, "%32[0-9a-f] %" SCNu64 "%n", entry.hash, &entry.bytes, &name) != 2 ||
	    index->at[name] != ' ' || !sl_ruleset_name_ok(index->at + name + 1))
		return -SL_E_DAMAGED;
	entry.name = index->at + name + 1;
	index->at = newline + 1;
	*ret_entry = entry;
	return 1;
}

int sl_ruleset_index_file(const char *root, uint64_t number, const struct sl_ruleset_entry *entry,
			  char **ret_text, char ret_why[SL_SENTENCE_BYTES])
{
	char path[SL_RULESET_PATH + SL_RULESET_NAME_MAX + 16], hash[33], *text;
	size_t n;
	int e;

	snprintf(path, sizeof(path), "%s/%" PRIu64 "/source/%s", root, number, entry->name);
	e = sl_file_read(path, SL_RULESET_BYTES_MAX, &text, &n);
	if (!e) {
		sl_ruleset_hash_text(text, n, hash);
		if (n != entry->bytes || strcmp(hash, entry->hash) != 0) {
			free(text);
			e = -SL_E_DAMAGED;
		}
	}
	if (e)
		snprintf(ret_why, SL_SENTENCE_BYTES,
			 "\"%.80s\" of version %" PRIu64 " is not what was loaded: %s", entry->name,
			 number, sl_error_text(e));
	else
		*ret_text = text;
	return e;
}

int sl_ruleset_store_read(const struct sl_ruleset_store *store, uint64_t number,
			  struct sl_ruleset_request *ret_request, char ret_why[SL_SENTENCE_BYTES])
{
	struct sl_ruleset_request request = {0};
	struct sl_ruleset_entry entry;
	struct sl_ruleset_index index;
	int more, e = sl_ruleset_index_open(store->root, number, &index, ret_why);

	if (e)
		return e;
	while (!e && (more = sl_ruleset_index_next(&index, &entry)) != 0) {
		char *text;

		if (more < 0) {
			e = more;
			snprintf(ret_why, SL_SENTENCE_BYTES,
				 "the index of the sources of version %" PRIu64 " is damaged",
				 number);
			break;
		}
		e = sl_ruleset_index_file(store->root, number, &entry, &text, ret_why);
		if (e)
			break;
		e = sl_ruleset_request_add(&request, entry.name, text, entry.bytes, ret_why);
		free(text);
	}
	sl_ruleset_index_close(&index);
	if (!e && !request.n_files) {
		e = -SL_E_DAMAGED;
		snprintf(ret_why, SL_SENTENCE_BYTES,
			 "the index of the sources of version %" PRIu64 " is empty", number);
	}
	if (e) {
		sl_ruleset_request_free(&request);
		return e;
	}
	*ret_request = request;
	return 0;
}
