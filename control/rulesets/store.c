/* The directories of rule sets on disk: numbers, descriptions, and the one in force. */
#include "control/rulesets/rulesets_priv.h"

#include "base/clock.h"
#include "base/json_out.h"
#include "control/files.h"
#include "control/log.h"
#include "sluice/error.h"
#include "sluice/layout.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void sl_ruleset_store_path(const struct sl_ruleset_store *store, uint64_t number, const char *name,
			   char ret_path[SL_RULESET_PATH])
{
	if (number)
		snprintf(ret_path, SL_RULESET_PATH, "%s/%" PRIu64 "%s%s", store->root, number,
			 *name ? "/" : "", name);
	else
		snprintf(ret_path, SL_RULESET_PATH, "%s/trial%s%s", store->root, *name ? "/" : "",
			 name);
}

/* Digits without a leading zero, else 0. */
static uint64_t number_of(const char *name)
{
	char *end;
	unsigned long long number;

	if (*name < '1' || *name > '9' || strlen(name) > 19)
		return 0;
	number = strtoull(name, &end, 10);
	return *end ? 0 : number;
}

static int read_description(struct sl_ruleset_store *store, uint64_t number,
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

static int read_current(struct sl_ruleset_store *store, char ret_why[SL_SENTENCE_BYTES])
{
	char path[SL_RULESET_PATH], target[64];
	uint64_t number;
	ssize_t n;
	int e;

	snprintf(path, sizeof(path), "%s/" SL_RULESETS_CURRENT, store->root);
	n = readlink(path, target, sizeof(target) - 1);
	if (n < 0 && errno == ENOENT)
		return 0;
	if (n < 0)
		return -errno;
	target[n] = 0;
	number = number_of(target);
	e = number ? read_description(store, number, &store->current) : -SL_E_DAMAGED;
	if (e)
		snprintf(ret_why, SL_SENTENCE_BYTES,
			 "%.100s names a rule set that is not whole (%s); point it to another "
			 "number or "
			 "remove it",
			 path, sl_error_text(e));
	return e;
}

/* The highest number on disk and in the file that remembers it. */
static int read_last(struct sl_ruleset_store *store)
{
	char path[SL_RULESET_PATH], *text;
	struct dirent *entry;
	DIR *dir;
	size_t n;

	snprintf(path, sizeof(path), "%s/last", store->root);
	if (!sl_file_read(path, 64, &text, &n)) {
		text[strcspn(text, "\n")] = 0;
		store->last = number_of(text);
		free(text);
	}
	dir = opendir(store->root);
	if (!dir)
		return -errno;
	while ((entry = readdir(dir))) {
		uint64_t number = number_of(entry->d_name);

		store->last = number > store->last ? number : store->last;
	}
	closedir(dir);
	return 0;
}

/* What was never in force, and what is older than is kept. Best effort. */
static void clean(struct sl_ruleset_store *store)
{
	DIR *dir = opendir(store->root);
	struct dirent *entry;
	char path[SL_RULESET_PATH];

	while (dir && (entry = readdir(dir))) {
		uint64_t number = number_of(entry->d_name);
		bool stale = number && (number > store->current.version ||
					number + SL_RULESET_KEPT < store->current.version);

		if (!stale && strcmp(entry->d_name, "trial") != 0)
			continue;
		sl_ruleset_store_path(store, number, "", path);
		if (sl_directory_remove(path))
			sl_log_warning("the directory %s cannot be removed", path);
	}
	if (dir)
		closedir(dir);
}

int sl_ruleset_store_open(struct sl_ruleset_store *store, const char *root,
			  char ret_why[SL_SENTENCE_BYTES])
{
	int e;

	memset(store, 0, sizeof(*store));
	ret_why[0] = 0;
	snprintf(store->root, sizeof(store->root), "%s", root);
	e = sl_directory_make(root);
	if (!e)
		e = read_current(store, ret_why);
	if (!e)
		e = read_last(store);
	if (e) {
		if (!ret_why[0])
			snprintf(ret_why, SL_SENTENCE_BYTES, "%.120s cannot be used: %s", root,
				 sl_error_text(e));
		return e;
	}
	clean(store);
	return 0;
}

int sl_ruleset_store_number(struct sl_ruleset_store *store, uint64_t *ret_number)
{
	char path[SL_RULESET_PATH], text[32];
	int n = snprintf(text, sizeof(text), "%" PRIu64 "\n", store->last + 1);
	int e;

	snprintf(path, sizeof(path), "%s/last", store->root);
	e = sl_file_replace(path, text, (size_t)n);
	if (!e)
		*ret_number = ++store->last;
	return e;
}

static int write_description(struct sl_ruleset_store *store, const struct sl_ruleset_info *info)
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

/* One sync for however many files of sources. */
static int sync_all(const char *root)
{
	int fd = open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int e = 0;

	if (fd < 0)
		return -errno;
	if (syncfs(fd))
		e = -errno;
	close(fd);
	return e;
}

int sl_ruleset_store_activate(struct sl_ruleset_store *store, const struct sl_ruleset_info *info)
{
	char link[SL_RULESET_PATH], fresh[SL_RULESET_PATH], target[32];
	int e = write_description(store, info);

	if (!e)
		e = sync_all(store->root);
	if (e)
		return e;
	snprintf(target, sizeof(target), "%" PRIu64, info->version);
	snprintf(link, sizeof(link), "%s/" SL_RULESETS_CURRENT, store->root);
	snprintf(fresh, sizeof(fresh), "%s/" SL_RULESETS_CURRENT ".new", store->root);
	unlink(fresh);
	if (symlink(target, fresh) || rename(fresh, link))
		return -errno;
	e = sl_directory_sync(store->root);
	if (e)
		return e;
	store->current = *info;
	clean(store);
	return 0;
}

int sl_ruleset_store_remove(struct sl_ruleset_store *store, uint64_t number)
{
	char path[SL_RULESET_PATH];

	sl_ruleset_store_path(store, number, "", path);
	return sl_directory_remove(path);
}
