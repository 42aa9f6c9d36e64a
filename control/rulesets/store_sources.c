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

static int write_file(const char *directory, const char *name, const char *text, size_t bytes,
		      bool replace)
{
	char path[SL_RULESET_PATH + SL_RULESET_NAME_MAX + 16];
	char *slash;
	int fd, e;

	snprintf(path, sizeof(path), "%s/%s", directory, name);
	slash = strrchr(path, '/');
	*slash = 0;
	e = sl_directory_make(path);
	*slash = '/';
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

static int write_schema(struct sl_ruleset_store *store, const char *sources,
			const struct sl_ruleset_request *request)
{
	char path[SL_RULESET_PATH], *text;
	size_t n;
	int e;

	if (request->schema.name)
		return write_file(sources, "schema.yaml", request->schema.text,
				  request->schema.bytes, true);
	if (brings_schema(request) || !store->current.version)
		return 0; /* without any the compiler says so */
	sl_ruleset_store_path(store, store->current.version, "source/schema.yaml", path);
	e = sl_file_read(path, SL_RULESET_BYTES_MAX, &text, &n);
	if (e)
		return e;
	e = write_file(sources, "schema.yaml", text, n, true);
	free(text);
	return e;
}

int sl_ruleset_store_write(struct sl_ruleset_store *store, uint64_t number,
			   const struct sl_ruleset_request *request,
			   char ret_why[SL_SENTENCE_BYTES])
{
	char path[SL_RULESET_PATH];
	int e;

	sl_ruleset_store_remove(store, number);
	sl_ruleset_store_path(store, number, "source", path);
	e = sl_directory_make(path);
	if (e)
		snprintf(ret_why, SL_SENTENCE_BYTES, "%.120s cannot be made: %s", path,
			 sl_error_text(e));
	for (size_t i = 0; i < request->n_files && !e; i++) {
		const struct sl_ruleset_file *file = &request->files[i];

		e = write_file(path, file->name, file->text, file->bytes, false);
		if (e == -EEXIST || e == -ENOTDIR || e == -EISDIR) {
			snprintf(ret_why, SL_SENTENCE_BYTES,
				 "\"%.80s\" collides with another file of the request", file->name);
			e = -EINVAL;
		} else if (e) {
			snprintf(ret_why, SL_SENTENCE_BYTES, "\"%.80s\" cannot be written: %s",
				 file->name, sl_error_text(e));
		}
	}
	if (!e) {
		e = write_schema(store, path, request);
		if (e)
			snprintf(ret_why, SL_SENTENCE_BYTES, "the schema cannot be written: %s",
				 sl_error_text(e));
	}
	return e;
}
