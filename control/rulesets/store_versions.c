/* The versions that are kept: their descriptions on disk, and the list of them. */
#include "control/rulesets/rulesets_priv.h"

#include "base/json_out.h"
#include "base/log.h"
#include "control/files.h"

#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

uint64_t sl_ruleset_number_of(const char *name)
{
	char *end;
	unsigned long long number;

	if (*name < '1' || *name > '9' || strlen(name) > 19)
		return 0;
	number = strtoull(name, &end, 10);
	return *end ? 0 : number;
}

int sl_ruleset_description_read(const struct sl_ruleset_store *store, uint64_t number,
				struct sl_ruleset_info *ret_info)
{
	struct sl_ruleset_info info = {.version = number};
	const char *hash, *author, *time;
	char path[SL_RULESET_PATH], *text;
	json_int_t campaigns;
	json_t *root;
	size_t n;
	int e;

	sl_ruleset_store_path(store, number, "version.json", path);
	e = sl_file_read(path, 65536, &text, &n);
	if (e)
		return e;
	root = json_loadb(text, n, JSON_REJECT_DUPLICATES, NULL);
	free(text);
	if (json_unpack(root, "{s:I, s:s, s:s, s:s}", "campaigns", &campaigns, "hash", &hash,
			"author", &author, "time", &time)) {
		json_decref(root);
		return -SL_E_DAMAGED;
	}
	info.campaigns = (uint64_t)campaigns;
	snprintf(info.hash, sizeof(info.hash), "%s", hash);
	snprintf(info.author, sizeof(info.author), "%s", author);
	snprintf(info.time, sizeof(info.time), "%s", time);
	json_decref(root);
	*ret_info = info;
	return 0;
}

int sl_ruleset_description_write(const struct sl_ruleset_store *store,
				 const struct sl_ruleset_info *info)
{
	char path[SL_RULESET_PATH], text[2048];
	struct sl_json json;

	sl_json_init(&json, text, sizeof(text));
	sl_json_object(&json);
	sl_json_name(&json, "version");
	sl_json_uint(&json, info->version);
	sl_json_name(&json, "campaigns");
	sl_json_uint(&json, info->campaigns);
	sl_json_name(&json, "hash");
	sl_json_string(&json, info->hash);
	sl_json_name(&json, "author");
	sl_json_string(&json, info->author);
	sl_json_name(&json, "time");
	sl_json_string(&json, info->time);
	sl_json_object_end(&json);
	if (json.full)
		return -SL_E_LIMIT;
	sl_ruleset_store_path(store, info->version, "version.json", path);
	return sl_file_replace(path, text, json.bytes);
}

static int newest_first(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x < y) - (x > y);
}

/* The numbers of the directories, newest first. */
static int list_numbers(const struct sl_ruleset_store *store, uint64_t **ret_numbers, size_t *ret_n)
{
	uint64_t *numbers = NULL;
	size_t n = 0, room = 0;
	struct dirent *entry;
	DIR *dir = opendir(store->root);
	int e = 0;

	if (!dir)
		return -errno;
	while (!e && (entry = readdir(dir))) {
		uint64_t number = sl_ruleset_number_of(entry->d_name);

		if (number && n == room) {
			uint64_t *more = realloc(numbers, (room * 2 + 64) * sizeof(*more));

			e = more ? 0 : -ENOMEM;
			numbers = more ? more : numbers;
			room = room * 2 + 64;
		}
		if (number && !e)
			numbers[n++] = number;
	}
	closedir(dir);
	if (e) {
		free(numbers);
		return e;
	}
	if (n)
		qsort(numbers, n, sizeof(*numbers), newest_first);
	*ret_numbers = numbers;
	*ret_n = n;
	return 0;
}

/* Best effort: what stays is tried again at the next start. */
static void remove_version(struct sl_ruleset_store *store, uint64_t number)
{
	if (sl_ruleset_store_remove(store, number))
		sl_log_warning("the directory of rule set %" PRIu64 " in %s cannot be removed",
			       number, store->root);
}

int sl_ruleset_versions_open(struct sl_ruleset_store *store)
{
	uint64_t *numbers = NULL;
	uint32_t kept = 0;
	size_t n = 0;
	int e = list_numbers(store, &numbers, &n);

	if (e)
		return e;
	sl_ruleset_store_remove(store, 0);
	for (size_t i = 0; i < n; i++) {
		struct sl_ruleset_info *info = &store->versions[store->n_versions];

		if (numbers[i] > store->current.version || kept == store->kept) {
			remove_version(store, numbers[i]);
			continue;
		}
		kept++;
		if (sl_ruleset_description_read(store, numbers[i], info))
			sl_log_warning("rule set %" PRIu64 " in %s has no description that can be "
				       "read; it is not listed",
				       numbers[i], store->root);
		else
			store->n_versions++;
	}
	free(numbers);
	return 0;
}

void sl_ruleset_versions_add(struct sl_ruleset_store *store, const struct sl_ruleset_info *info)
{
	memmove(store->versions + 1, store->versions, store->n_versions * sizeof(*store->versions));
	store->versions[0] = *info;
	store->n_versions++;
	if (store->n_versions > store->kept)
		remove_version(store, store->versions[--store->n_versions].version);
}
