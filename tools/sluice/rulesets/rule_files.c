#include "tools/sluice/rulesets/rule_files.h"

#include "tools/sluice/commands/commands.h"
#include "tools/sluice/input.h"
#include "tools/sluice/terminal_text.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define FILES_MAX 100000u
#define BYTES_MAX (256u << 20)
#define DEPTH_MAX 16u
#define SCHEMA_NAME "schema.yaml"

struct walk {
	const char *command; /* in whose name it is complained */
	const char *directory;
	json_t *files;
	struct stat schemas[2]; /* left out, wherever in the directory they lie */
	unsigned n_schemas;
	size_t bytes;
};

static int complain(const struct walk *walk, const char *path, const char *what)
{
	fprintf(stderr, "%s: ", walk->command);
	sl_terminal_put(stderr, path); /* who made the directory chose the name */
	fprintf(stderr, ": %s\n", what);
	return SL_EXIT_FAILED;
}

/* {"name","text"} of a file. */
static int read_file(struct walk *walk, const char *path, const char *name, json_t **ret_file)
{
	const char *refused = sl_input_refused(path);
	FILE *file = refused ? NULL : fopen(path, "re");
	size_t n = 0, room = 65536;
	char *text = file ? malloc(room) : NULL;
	int result = 0;

	if (refused)
		return complain(walk, path, refused);

	if (!text) {
		result = complain(walk, path, strerror(errno));
		goto out;
	}
	while (!feof(file) && !ferror(file) && walk->bytes + n <= BYTES_MAX) {
		if (n == room) {
			char *more = realloc(text, room *= 2);

			if (!more)
				break;
			text = more;
		}
		n += fread(text + n, 1, room - n, file);
	}
	walk->bytes += n;
	if (walk->bytes > BYTES_MAX) {
		result = complain(walk, path, "with this file the rule set is larger than 256 MiB");
	} else if (!feof(file)) {
		result = complain(walk, path, strerror(errno ? errno : EIO));
	} else {
		json_t *value = json_stringn(text, n);

		*ret_file = value ? json_pack("{s:s, s:o}", "name", name, "text", value) : NULL;
		if (!*ret_file)
			result = complain(walk, path, "is not UTF-8");
	}
out:
	free(text);
	if (file)
		fclose(file);
	return result;
}

/* Tests of campaigns stay with their author. */
static bool is_campaign_file(const char *name)
{
	const char *dot = strrchr(name, '.');
	bool is_test = dot && dot - name > 5 && !strncmp(dot - 5, ".test", 5);

	return dot && !is_test && (!strcmp(dot, ".yaml") || !strcmp(dot, ".yml"));
}

static int walk_directory(struct walk *walk, const char *below, unsigned depth);

static int take_entry(struct walk *walk, const char *name, unsigned depth)
{
	char path[PATH_MAX];
	struct stat stat_now;
	json_t *file;
	int error;

	if ((size_t)snprintf(path, sizeof(path), "%s/%s", walk->directory, name) >= sizeof(path))
		return complain(walk, name, "the path is too long");
	if (stat(path, &stat_now)) /* a link that leads nowhere, to no campaign */
		return errno == ENOENT && !is_campaign_file(name)
			       ? 0
			       : complain(walk, path, strerror(errno));
	if (S_ISDIR(stat_now.st_mode))
		return walk_directory(walk, name, depth + 1);
	if (!is_campaign_file(name))
		return 0;
	for (unsigned i = 0; i < walk->n_schemas; i++)
		if (stat_now.st_dev == walk->schemas[i].st_dev &&
		    stat_now.st_ino == walk->schemas[i].st_ino)
			return 0;
	/* left out, the set would be in force as if it were whole */
	if (!S_ISREG(stat_now.st_mode))
		return complain(walk, path,
				"is not a regular file; copy it to one, or take it "
				"out of the directory");
	if (json_array_size(walk->files) == FILES_MAX)
		return complain(walk, path, "more than 100,000 files");
	error = read_file(walk, path, name, &file);
	if (!error)
		json_array_append_new(walk->files, file);
	return error;
}

static int walk_directory(struct walk *walk, const char *below, unsigned depth)
{
	struct dirent **entries;
	char path[PATH_MAX];
	int n, result = 0;

	if (depth > DEPTH_MAX)
		return complain(walk, below, "directories are nested too deeply");
	snprintf(path, sizeof(path), "%s/%s", walk->directory, below);
	n = scandir(path, &entries, NULL, alphasort);
	if (n < 0)
		return complain(walk, path, strerror(errno));
	for (int i = 0; i < n; i++) {
		char name[PATH_MAX];

		snprintf(name, sizeof(name), "%s%s%s", below, *below ? "/" : "",
			 entries[i]->d_name);
		if (!result && entries[i]->d_name[0] != '.')
			result = take_entry(walk, name, depth);
		free(entries[i]);
	}
	free(entries);
	return result;
}

int sl_rule_files_read(const char *command, const char *directory, const char *schema,
		       json_t **ret_files, json_t **ret_schema)
{
	struct walk walk = {.command = command, .directory = directory};
	char in_directory[PATH_MAX];
	json_t *schema_file = NULL;
	int result;

	/* with a name below it this would be the root of the machine */
	if (!*directory)
		return complain(&walk, "the name of the directory is empty", strerror(ENOENT));
	snprintf(in_directory, sizeof(in_directory), "%s/" SCHEMA_NAME, directory);
	/* a schema given by name takes the place of the directory's own, which is no campaign
	 * either */
	if (!stat(in_directory, &walk.schemas[0]))
		walk.n_schemas = 1;
	if (schema && stat(schema, &walk.schemas[walk.n_schemas++]))
		return complain(&walk, schema, strerror(errno));
	if (walk.n_schemas) {
		result =
			read_file(&walk, schema ? schema : in_directory, SCHEMA_NAME, &schema_file);
		if (result)
			return result;
	}
	walk.files = json_array();
	result = walk_directory(&walk, "", 0);
	if (result) {
		json_decref(walk.files);
		json_decref(schema_file);
		return result;
	}
	*ret_files = walk.files;
	*ret_schema = schema_file ? schema_file : json_null();
	return 0;
}
