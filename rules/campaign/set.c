#include "rules/lint/lint_priv.h"

#include "rules/pieces/pieces_priv.h"
#include "rules/progress_priv.h"
#include "rules/read/files_priv.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

static const char schema_name[] = "schema.yaml";

static struct sl_source *new_source(struct sl_rules_set *set, const char *name)
{
	struct sl_source *source = sl_arena_alloc(&set->arena, sizeof(*source));
	uint32_t index = (uint32_t)(set->sources.bytes / sizeof(source));

	if (!source)
		return NULL;
	source->name = sl_arena_copy(&set->arena, sl_slice_of(name));
	source->index = index;
	sl_buffer_add(&set->sources, &source, sizeof(source));
	return source->name && !set->sources.failed ? source : NULL;
}

int sl_rules_set_open_source(struct sl_rules_set *set, const char *path, const char *name,
			     const struct sl_source **ret_source)
{
	struct sl_source *source = new_source(set, name);
	int error;

	*ret_source = NULL;
	if (!source)
		return -ENOMEM;
	error = sl_source_read(path, source);
	if (error == -ENOMEM)
		return error;
	if (error) {
		/* a place needs a text: an empty one */
		source->text = calloc(1, 1);
		if (!source->text)
			return -ENOMEM;
		if (error == -EFBIG)
			sl_mistake(set->diagnostics, (struct sl_place){.source = source},
				   "too_large",
				   "split it: a file may hold any number of campaigns, and so may "
				   "a folder",
				   "a file has at most %u bytes", SL_SOURCE_BYTES_MAX);
		else
			sl_mistake(set->diagnostics, (struct sl_place){.source = source},
				   "unreadable", "", "cannot be read: %s", strerror(-error));
		return 0;
	}
	*ret_source = source;
	return 0;
}

static int load_schema(struct sl_rules_set *set, const char *path, const char *name)
{
	const struct sl_source *source;
	struct stat info;
	int error;

	if (stat(path, &info) && errno == ENOENT) {
		sl_mistake(set->diagnostics, (struct sl_place){0}, "no_schema",
			   "name the bank's schema with --schema, or put schema.yaml beside the "
			   "campaigns",
			   "there is no schema: %s does not exist", name);
		return 0;
	}
	set->schema_path = sl_arena_copy(&set->arena, sl_slice_of(path));
	if (!set->schema_path)
		return -ENOMEM;
	error = sl_rules_set_open_source(set, path, name, &source);
	if (!error && source)
		error = sl_schema_load(source, &set->arena, set->diagnostics, &set->schema);
	return error;
}

/* From a piece where there is one. */
static int load_campaigns(struct sl_rules_set *set, const struct sl_source *source)
{
	struct sl_diagnostics_mark before = sl_diagnostics_mark(set->diagnostics);
	int error;

	sl_progress_file(set->progress, source->name);
	error = set->pieces ? sl_pieces_take(set, source) : 0;
	if (error)
		return error < 0 ? error : 0;
	error = sl_campaigns_load(set, source);
	if (!error && set->pieces)
		sl_pieces_note(set->pieces, source, set->diagnostics, before);
	return error;
}

static bool is_same_file(const char *path, const struct stat *schema)
{
	struct stat info;

	return stat(path, &info) == 0 && info.st_dev == schema->st_dev &&
	       info.st_ino == schema->st_ino;
}

/* schema_path: of one that may lie among the files under any name; or NULL. */
static int load_files(struct sl_rules_set *set, const char *directory, const char *schema_path)
{
	struct stat schema;
	bool may_be_schema = schema_path && stat(schema_path, &schema) == 0;
	struct sl_buffer paths = {0};
	int error = sl_files_list(directory, SL_FILES_CAMPAIGNS, SL_FILES_MAX, &set->arena, &paths);
	size_t n = paths.bytes / sizeof(char *);

	sl_progress_phase(set->progress, SL_RULES_READING, (uint32_t)n);
	for (size_t i = 0; i < n && !error; i++) {
		const char *name = ((char **)paths.at)[i];
		const struct sl_source *source = NULL;
		char path[PATH_MAX];

		if (strcmp(name, schema_name) == 0)
			continue;
		if ((size_t)snprintf(path, sizeof(path), "%s/%s", directory, name) >= sizeof(path))
			error = -ENAMETOOLONG;
		else if (!may_be_schema || !is_same_file(path, &schema))
			error = sl_rules_set_open_source(set, path, name, &source);
		if (!error && source)
			error = load_campaigns(set, source);
		sl_progress_step(set->progress, 1);
	}
	sl_progress_pause(set->progress);
	sl_buffer_fini(&paths);
	if (error == -E2BIG) {
		sl_mistake(set->diagnostics, (struct sl_place){0}, "too_many", "",
			   "more than %u files, or folders deeper than %u", SL_FILES_MAX,
			   SL_FILES_DEPTH_MAX);
		error = 0;
	}
	return error;
}

static int by_name(const void *a, const void *b)
{
	const struct sl_campaign_text *x = a, *y = b;

	return sl_slice_compare(x->name, y->name);
}

/* Sorts and hashes what was read without mistakes. */
static int complete(struct sl_rules_set *set)
{
	int error = sl_diagnostics_error(set->diagnostics);

	if (error || sl_diagnostics_count(set->diagnostics, SL_SEVERITY_ERROR))
		return error;
	if (set->n_campaigns)
		qsort(set->campaigns, set->n_campaigns, sizeof(*set->campaigns), by_name);
	error = sl_rules_set_check(set);
	for (uint32_t i = 0; i < set->n_campaigns && !error; i++)
		if (!set->campaigns[i].finding.at)
			error = sl_campaign_meaning(set, &set->campaigns[i]);
	if (!error)
		error = sl_lint_set(set);
	return error ? error : sl_rules_set_content(set);
}

static int begin(struct sl_rules_set *set, const struct sl_rules_options *options,
		 struct sl_diagnostics *diagnostics, struct sl_zone *ret_zone)
{
	const char *name = options && options->time_zone ? options->time_zone : SL_ZONE_DEFAULT;
	int error;

	*set = (struct sl_rules_set){.diagnostics = diagnostics};
	sl_diagnostics_forget(diagnostics);
	set->time_zone = name;
	set->unsafe_advertising = options && options->unsafe_advertising;
	set->progress = options ? options->progress : NULL;
	error = sl_zone_enter(name, ret_zone);
	if (error == -EINVAL)
		sl_mistake(diagnostics, (struct sl_place){0}, "unknown_zone",
			   "a name such as Asia/Seoul or UTC", "there is no time zone `%s`", name);
	return error == -EINVAL ? 0 : error;
}

/* Before campaigns are read, and with the schema at hand. */
static void read_announced(struct sl_rules_set *set, const struct sl_rules_options *options)
{
	sl_filled_read(options ? options->announced : NULL, &set->schema, set->diagnostics,
		       &set->filled);
}

/* What follows reading, whether it went well or not. */
static int end(struct sl_rules_set *set, struct sl_zone *zone, int error)
{
	if (!error)
		error = complete(set);
	sl_zone_leave(zone);
	if (error)
		sl_rules_set_fini(set);
	return error;
}

int sl_rules_set_load(const char *directory, const struct sl_rules_options *options,
		      struct sl_diagnostics *diagnostics, struct sl_rules_set *ret_set)
{
	const char *given = options ? options->schema : NULL;
	struct sl_zone zone = {0};
	char path[PATH_MAX];
	struct stat info;
	int error = begin(ret_set, options, diagnostics, &zone);

	if (!error && stat(directory, &info))
		error = -errno;
	else if (!error && !S_ISDIR(info.st_mode))
		error = -ENOTDIR;
	if (!error &&
	    (size_t)snprintf(path, sizeof(path), "%s/%s", directory, schema_name) >= sizeof(path))
		error = -ENAMETOOLONG;
	if (!error)
		error = load_schema(ret_set, given ? given : path, given ? given : schema_name);
	/* with no field at all every condition would be one more mistake */
	if (!error && ret_set->schema.n_fields)
		read_announced(ret_set, options);
	if (!error && ret_set->schema.n_fields && options && options->cache)
		error = sl_pieces_open(ret_set, options, &ret_set->pieces);
	if (!error && ret_set->schema.n_fields)
		error = load_files(ret_set, directory, given);
	return end(ret_set, &zone, error);
}

int sl_rules_set_load_schema(const char *schema, struct sl_diagnostics *diagnostics,
			     struct sl_rules_set *ret_set)
{
	struct sl_zone zone = {0};
	int error = begin(ret_set, NULL, diagnostics, &zone);

	if (!error)
		error = load_schema(ret_set, schema, schema);
	return end(ret_set, &zone, error);
}

static int text_source(struct sl_rules_set *set, const char *name, struct sl_slice text,
		       const struct sl_source **ret_source)
{
	struct sl_source *source = new_source(set, name);

	if (!source)
		return -ENOMEM;
	source->text = malloc((size_t)text.bytes + 1);
	if (!source->text)
		return -ENOMEM;
	if (text.bytes)
		memcpy(source->text, text.at, text.bytes);
	source->text[text.bytes] = '\0';
	source->bytes = text.bytes;
	*ret_source = source;
	return 0;
}

int sl_rules_set_load_text(struct sl_slice schema, struct sl_slice campaigns,
			   const struct sl_rules_options *options,
			   struct sl_diagnostics *diagnostics, struct sl_rules_set *ret_set)
{
	const struct sl_source *source;
	struct sl_zone zone = {0};
	int error = begin(ret_set, options, diagnostics, &zone);

	if (!error)
		error = text_source(ret_set, schema_name, schema, &source);
	if (!error)
		error = sl_schema_load(source, &ret_set->arena, diagnostics, &ret_set->schema);
	if (!error && ret_set->schema.n_fields)
		read_announced(ret_set, options);
	if (!error && ret_set->schema.n_fields)
		error = text_source(ret_set, "campaigns.yaml", campaigns, &source);
	if (!error && ret_set->schema.n_fields)
		error = sl_campaigns_load(ret_set, source);
	return end(ret_set, &zone, error);
}

void sl_rules_set_fini(struct sl_rules_set *set)
{
	struct sl_source **sources = (struct sl_source **)set->sources.at;

	if (set->drained)
		sl_rules_set_fini(set->drained);
	free(set->drained);
	set->drained = NULL;

	for (size_t i = 0; i < set->sources.bytes / sizeof(*sources); i++)
		free(sources[i]->text);
	sl_buffer_fini(&set->sources);
	sl_buffer_fini(&set->campaign_room);
	sl_table_fini(&set->names);
	sl_arena_fini(&set->arena);
	sl_pieces_free(set->pieces);
	set->pieces = NULL;
	set->campaigns = NULL;
	set->n_campaigns = 0;
}
