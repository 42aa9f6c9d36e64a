#include "rules/read/files_priv.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

struct listing {
	const char *directory;
	enum sl_files_kind kind;
	struct sl_arena *arena;
	struct sl_buffer *paths;
	uint32_t n;
	uint32_t max;
};

static bool ends_with(const char *name, const char *suffix)
{
	size_t bytes = strlen(name), end = strlen(suffix);

	return bytes > end && strcmp(name + bytes - end, suffix) == 0;
}

static bool is_wanted(const char *name, enum sl_files_kind kind)
{
	bool is_case = ends_with(name, ".test.yaml") || ends_with(name, ".test.yml");

	return (ends_with(name, ".yaml") || ends_with(name, ".yml")) &&
	       is_case == (kind == SL_FILES_CASES);
}

static int list_below(struct listing *listing, const char *below, unsigned depth);

/* DT_DIR, DT_LNK or DT_REG of what is there; not every file system says so in its directories. */
static int type_of(DIR *dir, const struct dirent *entry, unsigned char *ret_type)
{
	struct stat info;

	*ret_type = entry->d_type;
	if (entry->d_type != DT_UNKNOWN)
		return 0;
	if (fstatat(dirfd(dir), entry->d_name, &info, AT_SYMLINK_NOFOLLOW))
		return -errno;
	*ret_type = S_ISDIR(info.st_mode) ? DT_DIR : S_ISLNK(info.st_mode) ? DT_LNK : DT_REG;
	return 0;
}

static int add_entry(struct listing *listing, DIR *dir, const char *below,
		     const struct dirent *entry, unsigned depth)
{
	const char *name = entry->d_name;
	char path[PATH_MAX];
	struct stat target;
	unsigned char type;
	int n = snprintf(path, sizeof(path), "%s%s%s", below, below[0] ? "/" : "", name);
	int error = type_of(dir, entry, &type);
	char *copy;

	if (n < 0 || (size_t)n >= sizeof(path))
		return -ENAMETOOLONG;
	if (error)
		return error == -ENOENT ? 0 : error;
	/* a link that leads nowhere is told when it is read, if it is wanted at all */
	if (type == DT_LNK && fstatat(dirfd(dir), name, &target, 0) == 0 && S_ISDIR(target.st_mode))
		type = DT_DIR;
	if (type == DT_DIR)
		return list_below(listing, path, depth + 1);
	if (!is_wanted(name, listing->kind))
		return 0;
	if (listing->n++ == listing->max)
		return -E2BIG;
	copy = sl_arena_copy(listing->arena, sl_slice_of(path));
	sl_buffer_add(listing->paths, &copy, sizeof(copy));
	return copy && !listing->paths->failed ? 0 : -ENOMEM;
}

static int list_below(struct listing *listing, const char *below, unsigned depth)
{
	char path[PATH_MAX];
	struct dirent *entry;
	int error = 0, n;
	DIR *dir;

	if (depth > SL_FILES_DEPTH_MAX)
		return -E2BIG;
	n = snprintf(path, sizeof(path), "%s/%s", listing->directory, below);
	if (n < 0 || (size_t)n >= sizeof(path))
		return -ENAMETOOLONG;
	dir = opendir(path);
	if (!dir)
		return -errno;
	while (!error && (errno = 0, entry = readdir(dir))) {
		if (entry->d_name[0] != '.')
			error = add_entry(listing, dir, below, entry, depth);
	}
	if (!error && errno)
		error = -errno;
	closedir(dir);
	return error;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

int sl_files_list(const char *directory, enum sl_files_kind kind, uint32_t max,
		  struct sl_arena *arena, struct sl_buffer *ret_paths)
{
	struct listing listing = {.directory = directory,
				  .kind = kind,
				  .arena = arena,
				  .paths = ret_paths,
				  .max = max};
	int error = list_below(&listing, "", 0);

	if (!error && ret_paths->bytes)
		qsort(ret_paths->at, ret_paths->bytes / sizeof(char *), sizeof(char *), by_name);
	return error;
}
