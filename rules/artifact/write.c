#include "rules/artifact/write_priv.h"

#include "rules/artifact/paced_write_priv.h"
#include "sluice/error.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>
#include <xxhash.h>

#define SECTIONS 31u

static void build_fields(const struct sl_rules_set *set, struct sl_plan *plan,
			 struct sl_buffer *fields)
{
	for (uint32_t i = 0; i < set->schema.n_fields; i++) {
		const struct sl_schema_field *text = &set->schema.fields[i];
		struct sl_field field = {
			.path = sl_pool_text(&plan->pool, text->path),
			.type = text->type,
			.role = text->role,
			.flags = plan->flags[i],
			.bytes_max = text->bytes_max,
			.items_max = text->items_max,
		};

		sl_buffer_add(fields, &field, sizeof(field));
	}
}

static struct sl_ruleset_meta build_meta(const struct sl_rules_options *options,
					 struct sl_plan *plan, const struct sl_patterns *patterns,
					 const struct sl_registry *registry)
{
	const char *zone = options && options->time_zone ? options->time_zone : SL_ZONE_DEFAULT;
	const char *author = options && options->author ? options->author : "";

	return (struct sl_ruleset_meta){
		.ruleset = options ? options->ruleset : 0,
		.registry_next = registry->next,
		.patterns = sl_pool_text(&plan->pool, sl_slice_of(patterns->version)),
		.cpu_features = patterns->cpu_features,
		.cpu_tune = patterns->cpu_tune,
		.time_zone = sl_pool_text(&plan->pool, sl_slice_of(zone)),
		.author = sl_pool_text(&plan->pool, sl_slice_of(author)),
	};
}

int sl_artifact_assemble(const struct sl_artifact_part *parts, uint32_t n,
			 struct sl_file_header *header, struct sl_buffer *file)
{
	struct sl_file_section table[SL_FILE_SECTIONS_MAX] = {0};

	assert(n <= SL_FILE_SECTIONS_MAX);
	sl_buffer_grow(file, sizeof(*header) + n * sizeof(*table));
	for (uint32_t i = 0; i < n; i++) {
		sl_buffer_grow(file, -file->bytes % SL_FILE_ALIGN);
		if (parts[i].bytes / parts[i].record_bytes > UINT32_MAX)
			return -SL_E_LIMIT;
		table[i] = (struct sl_file_section){
			.id = parts[i].id,
			.required = 1,
			.offset = file->bytes,
			.bytes = parts[i].bytes,
			.record_bytes = parts[i].record_bytes,
			.count = (uint32_t)(parts[i].bytes / parts[i].record_bytes),
		};
		sl_buffer_add(file, parts[i].at, parts[i].bytes);
	}
	if (file->failed)
		return -ENOMEM;
	memcpy(file->at + sizeof(*header), table, n * sizeof(*table));
	memcpy(header->magic, SL_FILE_MAGIC, sizeof(header->magic));
	header->version = SL_FILE_VERSION;
	header->kind = SL_FILE_RULESET;
	header->sections = n;
	header->bytes = file->bytes;
	header->hash = XXH3_64bits(file->at + sizeof(*header), file->bytes - sizeof(*header));
	memcpy(file->at, header, sizeof(*header));
	return 0;
}

static int sync_directory(const char *path)
{
	char directory[PATH_MAX];
	const char *slash = strrchr(path, '/');
	int fd, error = 0;

	snprintf(directory, sizeof(directory), "%.*s", slash ? (int)(slash - path + 1) : 1,
		 slash ? path : ".");
	fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	if (fsync(fd))
		error = -errno;
	close(fd);
	return error;
}

static int publish(const char *path, const struct sl_buffer *file)
{
	char beside[PATH_MAX];
	int fd, error;

	if ((size_t)snprintf(beside, sizeof(beside), "%s.XXXXXX", path) >= sizeof(beside))
		return -ENAMETOOLONG;
	fd = mkostemp(beside, O_CLOEXEC);
	if (fd < 0)
		return -errno;
	error = sl_write_paced(fd, file->at, file->bytes);
	/* the dataplane may run as another user of the same group */
	if (!error && (fchmod(fd, 0640) || fsync(fd)))
		error = -errno;
	if (close(fd) && !error)
		error = -errno;
	if (!error && rename(beside, path))
		error = -errno;
	if (error)
		unlink(beside);
	return error ? error : sync_directory(path);
}

int sl_artifact_build(const struct sl_rules_set *set, const struct sl_rules_options *options,
		      struct sl_plan *plan, const struct sl_patterns *patterns,
		      const struct sl_registry *registry, int64_t created_ns,
		      struct sl_buffer *file)
{
	struct sl_file_header header = {.created_ns = created_ns,
					.content = {set->content[0], set->content[1]}};
	struct sl_ruleset_meta meta = build_meta(options, plan, patterns, registry);
	struct sl_buffer fields = {0};
	int error;

	build_fields(set, plan, &fields);
	error = fields.failed || sl_pool_failed(&plan->pool) ? -ENOMEM : 0;
	if (!error) {
		const struct sl_pool *pool = &plan->pool;
#define PART(id, type, buffer)                                                                     \
	{                                                                                          \
		id, sizeof(type), (buffer).at, (buffer).bytes                                      \
	}
		const struct sl_artifact_part parts[SECTIONS] = {
			{SL_SECTION_META, sizeof(meta), &meta, sizeof(meta)},
			PART(SL_SECTION_TEXT, char, pool->text),
			PART(SL_SECTION_FIELDS, struct sl_field, fields),
			PART(SL_SECTION_DATABASES, struct sl_database, patterns->databases),
			PART(SL_SECTION_BLOBS, char, patterns->blobs),
			PART(SL_SECTION_ATOMS, struct sl_atom, plan->atoms),
			PART(SL_SECTION_FILED, uint32_t, plan->filed),
			PART(SL_SECTION_ALWAYS, uint32_t, plan->always),
			PART(SL_SECTION_TRIGGERS, struct sl_trigger, plan->triggers),
			PART(SL_SECTION_CODE, struct sl_instruction, plan->code),
			PART(SL_SECTION_CONSTANTS, struct sl_constant, pool->constants),
			PART(SL_SECTION_SETS, struct sl_set, pool->sets),
			PART(SL_SECTION_MEMBERS, uint32_t, pool->members),
			PART(SL_SECTION_CAMPAIGNS, struct sl_campaign, plan->campaigns),
			PART(SL_SECTION_DATA, struct sl_data_field, plan->data),
			PART(SL_SECTION_REGISTRY, struct sl_registry_slot, registry->slots),
			PART(SL_SECTION_NODES, struct sl_tree_node, plan->nodes),
			PART(SL_SECTION_BUCKETS, struct sl_bucket, plan->buckets),
			PART(SL_SECTION_ASKED, uint16_t, plan->asked),
			PART(SL_SECTION_GROUPS, struct sl_group, plan->groups),
			PART(SL_SECTION_INTERVALS, struct sl_interval, plan->intervals),
			PART(SL_SECTION_IDS, uint32_t, patterns->ids),
			PART(SL_SECTION_SEQUENCES, struct sl_sequence, plan->sequences),
			PART(SL_SECTION_STEPS, struct sl_step, plan->steps),
			PART(SL_SECTION_CAPTURES, struct sl_capture, plan->captures),
			PART(SL_SECTION_WINDOWS, struct sl_window, plan->windows),
			PART(SL_SECTION_AGGREGATES, struct sl_aggregate, plan->aggregates),
			PART(SL_SECTION_PATTERNS, struct sl_pattern, pool->patterns),
			PART(SL_SECTION_PATTERN_BYTES, char, pool->pattern_bytes),
			PART(SL_SECTION_ZONES, struct sl_time_zone, pool->zones),
			PART(SL_SECTION_TRANSITIONS, struct sl_transition, pool->transitions),
		};
#undef PART

		error = sl_artifact_assemble(parts, SECTIONS, &header, file);
	}
	sl_buffer_fini(&fields);
	return error;
}

int sl_artifact_write(const char *path, const struct sl_rules_set *set,
		      const struct sl_rules_options *options, struct sl_plan *plan,
		      const struct sl_patterns *patterns, const struct sl_registry *registry,
		      int64_t created_ns, size_t *ret_bytes)
{
	struct sl_buffer file = {0};
	int error = sl_artifact_build(set, options, plan, patterns, registry, created_ns, &file);

	if (!error)
		error = publish(path, &file);
	if (!error)
		*ret_bytes = file.bytes;
	sl_buffer_fini(&file);
	return error;
}
