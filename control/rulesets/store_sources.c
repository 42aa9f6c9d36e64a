/* Writing the sources of a rule set into its directory. */
#include "control/rulesets/rulesets_priv.h"

#include "control/files.h"
#include "sluice/error.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct writing {
	const char *directory;
	char made[SL_RULESET_PATH + SL_RULESET_NAME_MAX + 16]; /* the folder of the file before */
};

/* Files come sorted mostly: a folder is made once, not for each of its files. */
static int make_folder(struct writing *writing, char *path)
{
	char *slash = strrchr(path, '/');
	int e = 0;

	*slash = 0;
	if (strcmp(writing->made, path) != 0)
		e = sl_directory_make(path);
	if (!e)
		strcpy(writing->made, path);
	*slash = '/';
	return e;
}

static int write_file(struct writing *writing, const char *name, const char *text, size_t bytes,
		      bool replace)
{
	char path[sizeof(writing->made)];
	int fd, e;

	snprintf(path, sizeof(path), "%s/%s", writing->directory, name);
	e = make_folder(writing, path);
	if (e)
		return e;
	fd = open(path, O_WRONLY | O_CREAT | (replace ? O_TRUNC : O_EXCL) | O_NOFOLLOW | O_CLOEXEC,
		  0600);
	if (fd < 0)
		return -errno;
	e = sl_file_write_all(fd, text, bytes);
	if (close(fd) && !e)
		e = -errno;
	return e;
}

static bool brings_schema(const struct sl_ruleset_request *request)
{
	for (size_t i = 0; i < request->n_files; i++)
		if (!strcmp(request->files[i].name, "schema.yaml"))
			return true;
	return request->schema.name != NULL;
}

static int read_current_schema(struct sl_ruleset_store *store, struct sl_ruleset_file *ret_schema)
{
	char path[SL_RULESET_PATH];

	sl_ruleset_store_path(store, store->current.version, "source/schema.yaml", path);
	return sl_file_read(path, SL_RULESET_BYTES_MAX, &ret_schema->text, &ret_schema->bytes);
}

static int write_schema(struct sl_ruleset_store *store, struct writing *writing,
			const struct sl_ruleset_request *request, FILE *index)
{
	struct sl_ruleset_file schema = request->schema;
	char *text = NULL, hash[33];
	int e = 0;

	if (!schema.name) {
		if (brings_schema(request) || !store->current.version)
			return 0; /* without any the compiler says so */
		e = read_current_schema(store, &schema);
		text = e ? NULL : schema.text;
	}
	if (!e)
		e = write_file(writing, "schema.yaml", schema.text, schema.bytes, true);
	if (!e) {
		sl_ruleset_hash_text(schema.text, schema.bytes, hash);
		fprintf(index, "%s %zu schema.yaml\n", hash, schema.bytes);
	}
	free(text);
	return e;
}

static int write_files(struct writing *writing, const struct sl_ruleset_request *request,
		       FILE *index, char ret_why[SL_SENTENCE_BYTES])
{
	int e = 0;

	for (size_t i = 0; i < request->n_files && !e; i++) {
		const struct sl_ruleset_file *file = &request->files[i];
		char hash[33];

		e = write_file(writing, file->name, file->text, file->bytes, false);
		if (e == -EEXIST || e == -ENOTDIR || e == -EISDIR) {
			snprintf(ret_why, SL_SENTENCE_BYTES,
				 "\"%.80s\" collides with another file of the request", file->name);
			e = -EINVAL;
		} else if (e) {
			snprintf(ret_why, SL_SENTENCE_BYTES, "\"%.80s\" cannot be written: %s",
				 file->name, sl_error_text(e));
		}
		/* a schema apart takes the place of one among the files */
		if (request->schema.name && !strcmp(file->name, "schema.yaml"))
			continue;
		sl_ruleset_hash_text(file->text, file->bytes, hash);
		fprintf(index, "%s %zu %s\n", hash, file->bytes, file->name);
	}
	return e;
}

int sl_ruleset_store_write(struct sl_ruleset_store *store, uint64_t number,
			   const struct sl_ruleset_request *request,
			   char ret_why[SL_SENTENCE_BYTES])
{
	char path[SL_RULESET_PATH], *lines = NULL;
	size_t n = 0;
	FILE *index = open_memstream(&lines, &n);
	struct writing writing = {.directory = path};
	int e;

	if (!index)
		return -ENOMEM;
	sl_ruleset_store_remove(store, number);
	sl_ruleset_store_path(store, number, "source", path);
	e = sl_directory_make_shared(path);
	if (e)
		snprintf(ret_why, SL_SENTENCE_BYTES, "%.120s cannot be made: %s", path,
			 sl_error_text(e));
	if (!e)
		e = write_files(&writing, request, index, ret_why);
	if (!e) {
		e = write_schema(store, &writing, request, index);
		if (e)
			snprintf(ret_why, SL_SENTENCE_BYTES, "the schema cannot be written: %s",
				 sl_error_text(e));
	}
	if (fclose(index) && !e)
		e = -ENOMEM;
	if (!e) {
		sl_ruleset_store_path(store, number, SL_RULESET_INDEX, path);
		e = sl_file_replace(path, lines, n);
		if (e)
			snprintf(ret_why, SL_SENTENCE_BYTES, "%.120s cannot be written: %s", path,
				 sl_error_text(e));
	}
	free(lines);
	return e;
}
