#include "tools/sluice/rulesets/campaign_paths.h"

#include "tools/sluice/commands/commands.h"
#include "tools/sluice/input.h"

#include <errno.h>
#include <fcntl.h>
#include <fts.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define BYTES_MAX ((size_t)4 << 20)

static void add(struct sl_campaign_paths *paths, const char *path)
{
	if (paths->n == paths->room) {
		paths->room = paths->room * 2 + 64;
		paths->items = realloc(paths->items, paths->room * sizeof(*paths->items));
		if (!paths->items)
			abort();
	}
	paths->items[paths->n] = strdup(path);
	if (!paths->items[paths->n++])
		abort();
}

static bool ends_with(const char *name, const char *suffix)
{
	size_t n = strlen(name), end = strlen(suffix);

	return n > end && !strcmp(name + n - end, suffix);
}

/* Tests have another language; the order of the schema's fields means something. */
static bool is_campaign_file(const char *name)
{
	return (ends_with(name, ".yaml") || ends_with(name, ".yml")) &&
	       !ends_with(name, ".test.yaml") && !ends_with(name, ".test.yml") &&
	       strcmp(name, "schema.yaml") != 0;
}

static int by_name(const FTSENT **a, const FTSENT **b)
{
	return strcmp((*a)->fts_name, (*b)->fts_name);
}

static int add_directory(const char *command, const char *path, struct sl_campaign_paths *paths)
{
	char *roots[] = {(char *)path, NULL};
	FTS *walk = fts_open(roots, FTS_COMFOLLOW | FTS_PHYSICAL | FTS_NOCHDIR, by_name);
	FTSENT *entry;
	int result = 0;

	if (!walk) {
		fprintf(stderr, "%s: %s: %s\n", command, path, strerror(errno));
		return SL_EXIT_FAILED;
	}
	while ((entry = fts_read(walk))) {
		if (entry->fts_level > 0 && entry->fts_name[0] == '.') {
			fts_set(walk, entry, FTS_SKIP);
		} else if (entry->fts_info == FTS_DNR || entry->fts_info == FTS_ERR ||
			   entry->fts_info == FTS_NS) {
			fprintf(stderr, "%s: %s: %s\n", command, entry->fts_path,
				strerror(entry->fts_errno));
			result = SL_EXIT_FAILED;
		} else if ((entry->fts_info == FTS_F || entry->fts_info == FTS_SL) &&
			   is_campaign_file(entry->fts_name)) {
			add(paths, entry->fts_path);
		}
	}
	fts_close(walk);
	return result;
}

int sl_campaign_paths_add(const char *command, const char *path, struct sl_campaign_paths *paths)
{
	struct stat now;

	if (strcmp(path, "-") != 0 && stat(path, &now)) {
		fprintf(stderr, "%s: %s: %s\n", command, path, strerror(errno));
		return SL_EXIT_FAILED;
	}
	if (strcmp(path, "-") != 0 && S_ISDIR(now.st_mode))
		return add_directory(command, path, paths);
	if (sl_input_refused(path)) {
		fprintf(stderr, "%s: %s: %s\n", command, path, sl_input_refused(path));
		return SL_EXIT_FAILED;
	}
	add(paths, path);
	return 0;
}

void sl_campaign_paths_fini(struct sl_campaign_paths *paths)
{
	for (size_t i = 0; i < paths->n; i++)
		free(paths->items[i]);
	free(paths->items);
	*paths = (struct sl_campaign_paths){0};
}

static int read_all(int fd, char *text, size_t *ret_bytes)
{
	size_t n = 0;
	ssize_t got;

	while ((got = read(fd, text + n, BYTES_MAX + 1 - n)) != 0) {
		if (got < 0 && errno != EINTR)
			return -errno;
		n += got > 0 ? (size_t)got : 0;
		if (n > BYTES_MAX)
			return -EFBIG;
	}
	*ret_bytes = n;
	return 0;
}

int sl_campaign_file_read(const char *path, struct sl_campaign_file *ret_file)
{
	static const char mark[] = "\xef\xbb\xbf";
	bool is_stdin = !strcmp(path, "-");
	int fd = is_stdin ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
	struct sl_campaign_file file = {.text = malloc(BYTES_MAX + 2)};
	int error = fd < 0 ? -errno : file.text ? 0 : -ENOMEM;

	if (!error)
		error = read_all(fd, file.text, &file.bytes);
	if (fd >= 0 && !is_stdin)
		close(fd);
	if (error) {
		free(file.text);
		return error;
	}
	file.had_mark = file.bytes >= 3 && !memcmp(file.text, mark, 3);
	if (file.had_mark)
		memmove(file.text, file.text + 3, file.bytes -= 3);
	file.text[file.bytes] = 0;
	*ret_file = file;
	return 0;
}

static int write_all(int fd, const char *text, size_t bytes)
{
	while (bytes > 0) {
		ssize_t n = write(fd, text, bytes);

		if (n < 0 && errno != EINTR)
			return -errno;
		text += n > 0 ? n : 0;
		bytes -= n > 0 ? (size_t)n : 0;
	}
	return fsync(fd) ? -errno : 0;
}

int sl_campaign_file_replace(const char *path, const char *text, size_t bytes)
{
	char real[PATH_MAX], fresh[PATH_MAX + 16];
	struct stat now;
	int fd, error;

	if (!realpath(path, real) || stat(real, &now))
		return -errno;
	/* a rename asks the directory only; whoever took the right to write away meant it */
	if (!(now.st_mode & 0222) || faccessat(AT_FDCWD, real, W_OK, AT_EACCESS))
		return -EACCES;
	snprintf(fresh, sizeof(fresh), "%s.fmt-XXXXXX", real);
	fd = mkostemp(fresh, O_CLOEXEC);
	if (fd < 0)
		return -errno;
	error = write_all(fd, text, bytes);
	if (!error && fchmod(fd, now.st_mode & 07777))
		error = -errno;
	/* only who may give files away can keep their owner */
	if (!error && (now.st_uid != geteuid() || now.st_gid != getegid()) &&
	    fchown(fd, now.st_uid, now.st_gid) && errno != EPERM)
		error = -errno;
	if (close(fd) && !error)
		error = -errno;
	if (!error && rename(fresh, real))
		error = -errno;
	if (error)
		unlink(fresh);
	return error;
}
