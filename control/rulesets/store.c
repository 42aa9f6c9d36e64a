/* The directories of rule sets on disk: numbers, descriptions, and the one in force. */
#include "control/rulesets/rulesets_priv.h"

#include "base/failpoint.h"
#include "base/log.h"
#include "control/files.h"
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
	number = sl_ruleset_number_of(target);
	e = number ? sl_ruleset_description_read(store, number, &store->current) : -SL_E_DAMAGED;
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
		store->last = sl_ruleset_number_of(text);
		free(text);
	}
	dir = opendir(store->root);
	if (!dir)
		return -errno;
	while ((entry = readdir(dir))) {
		uint64_t number = sl_ruleset_number_of(entry->d_name);

		store->last = number > store->last ? number : store->last;
	}
	closedir(dir);
	return 0;
}

int sl_ruleset_store_open(struct sl_ruleset_store *store, const char *root, uint32_t kept,
			  char ret_why[SL_SENTENCE_BYTES])
{
	int e;

	memset(store, 0, sizeof(*store));
	ret_why[0] = 0;
	snprintf(store->root, sizeof(store->root), "%s", root);
	store->kept = kept;
	store->versions = calloc(kept + 1, sizeof(*store->versions));
	e = store->versions ? sl_directory_make_shared(root) : -ENOMEM;
	if (!e)
		e = read_current(store, ret_why);
	if (!e)
		e = read_last(store);
	if (!e)
		e = sl_ruleset_versions_open(store);
	if (e && !ret_why[0])
		snprintf(ret_why, SL_SENTENCE_BYTES, "%.120s cannot be used: %s", root,
			 sl_error_text(e));
	return e;
}

void sl_ruleset_store_close(struct sl_ruleset_store *store)
{
	free(store->versions);
	store->versions = NULL;
	store->n_versions = 0;
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

/* The link is another one or the same, whatever happens. */
static int set_link(const struct sl_ruleset_store *store, uint64_t number)
{
	char link[SL_RULESET_PATH], fresh[SL_RULESET_PATH], target[32];

	snprintf(target, sizeof(target), "%" PRIu64, number);
	snprintf(link, sizeof(link), "%s/" SL_RULESETS_CURRENT, store->root);
	snprintf(fresh, sizeof(fresh), "%s/" SL_RULESETS_CURRENT ".new", store->root);
	unlink(fresh);
	return symlink(target, fresh) || rename(fresh, link) ? -errno : 0;
}

/* Back to what it was: a link to a directory that is about to be removed would end the next start.
 */
static int unset_link(const struct sl_ruleset_store *store)
{
	char link[SL_RULESET_PATH];

	if (store->current.version)
		return set_link(store, store->current.version);
	snprintf(link, sizeof(link), "%s/" SL_RULESETS_CURRENT, store->root);
	return unlink(link) ? -errno : 0;
}

int sl_ruleset_store_activate(struct sl_ruleset_store *store, const struct sl_ruleset_info *info)
{
	int e = sl_ruleset_description_write(store, info);

	if (!e)
		e = sync_all(store->root);
	sl_failpoint("ruleset_described");
	if (!e)
		e = set_link(store, info->version);
	if (e)
		return e;
	sl_failpoint("ruleset_linked");
	e = sl_directory_sync(store->root);
	if (e && !unset_link(store))
		return e;
	if (e)
		sl_log_error("rule set %" PRIu64 " is in force, but %s may not survive a loss of "
			     "power: %s",
			     info->version, store->root, sl_error_text(e));
	store->current = *info;
	sl_ruleset_versions_add(store, info);
	return 0;
}

int sl_ruleset_store_remove(struct sl_ruleset_store *store, uint64_t number)
{
	char path[SL_RULESET_PATH];

	sl_ruleset_store_path(store, number, "", path);
	return sl_directory_remove(path);
}
