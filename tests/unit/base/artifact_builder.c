#include "tests/unit/base/artifact_builder.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

void sl_builder_init(struct sl_builder *builder)
{
	*builder = (struct sl_builder){0};
}

void sl_builder_fini(struct sl_builder *builder)
{
	for (unsigned i = 0; i < SL_BUILDER_SECTIONS; i++)
		free(builder->sections[i].bytes);
}

static uint8_t *grow(struct sl_builder_section *section, size_t n_bytes)
{
	uint8_t *at;

	if (section->n_bytes + n_bytes > section->room) {
		section->room = 2 * (section->n_bytes + n_bytes) + 64;
		section->bytes = realloc(section->bytes, section->room);
		assert(section->bytes);
	}
	at = section->bytes + section->n_bytes;
	section->n_bytes += n_bytes;
	section->present = true;
	return at;
}

uint32_t sl_builder_add(struct sl_builder *builder, enum sl_section_id id, const void *record,
			uint32_t record_bytes)
{
	struct sl_builder_section *section = &builder->sections[id];
	uint32_t index = (uint32_t)(section->n_bytes / record_bytes);

	section->record_bytes = record_bytes;
	memcpy(grow(section, record_bytes), record, record_bytes);
	return index;
}

struct sl_text_ref sl_builder_bytes(struct sl_builder *builder, const void *bytes, size_t n_bytes)
{
	struct sl_builder_section *section = &builder->sections[SL_SECTION_TEXT];
	struct sl_text_ref ref = {.offset = (uint32_t)section->n_bytes, .bytes = (uint32_t)n_bytes};

	section->record_bytes = 1;
	if (n_bytes)
		memcpy(grow(section, n_bytes), bytes, n_bytes);
	return ref;
}

struct sl_text_ref sl_builder_text(struct sl_builder *builder, const char *text)
{
	return sl_builder_bytes(builder, text, strlen(text));
}

void sl_builder_meta(struct sl_builder *builder, const char *patterns, uint64_t cpu_features)
{
	struct sl_ruleset_meta meta = {
		.ruleset = 1,
		.registry_next = UINT32_MAX,
		.patterns = sl_builder_text(builder, patterns),
		.cpu_features = cpu_features,
		.time_zone = sl_builder_text(builder, "Asia/Seoul"),
	};

	sl_builder_add(builder, SL_SECTION_META, &meta, sizeof(meta));
}

uint32_t sl_builder_field(struct sl_builder *builder, const char *path, enum sl_field_type type,
			  enum sl_field_role role, unsigned flags)
{
	struct sl_field field = {
		.path = sl_builder_text(builder, path),
		.type = (uint8_t)type,
		.role = (uint8_t)role,
		.flags = (uint16_t)flags,
		.bytes_max = 65536,
		.items_max = 1024,
	};

	return sl_builder_add(builder, SL_SECTION_FIELDS, &field, sizeof(field));
}

uint32_t sl_builder_constant_text(struct sl_builder *builder, const void *bytes, size_t n_bytes)
{
	struct sl_constant constant = {
		.type = SL_TYPE_STRING,
		.text = sl_builder_bytes(builder, bytes, n_bytes),
	};

	return sl_builder_add(builder, SL_SECTION_CONSTANTS, &constant, sizeof(constant));
}

uint32_t sl_builder_constant_int(struct sl_builder *builder, enum sl_field_type type, int64_t value)
{
	struct sl_constant constant = {.type = type, .integer = value};

	return sl_builder_add(builder, SL_SECTION_CONSTANTS, &constant, sizeof(constant));
}

uint32_t sl_builder_constant_decimal(struct sl_builder *builder, double value)
{
	struct sl_constant constant = {.type = SL_TYPE_DECIMAL, .decimal = value};

	return sl_builder_add(builder, SL_SECTION_CONSTANTS, &constant, sizeof(constant));
}

static uint32_t add_run(struct sl_builder *builder, enum sl_section_id id, const void *records,
			uint32_t record_bytes, uint32_t n)
{
	uint32_t first = (uint32_t)(builder->sections[id].n_bytes / record_bytes);

	for (uint32_t i = 0; i < n; i++)
		sl_builder_add(builder, id, (const uint8_t *)records + (size_t)i * record_bytes,
			       record_bytes);
	return first;
}

uint32_t sl_builder_set(struct sl_builder *builder, enum sl_field_type type,
			const uint32_t *constants, uint32_t n)
{
	struct sl_set set = {
		.type = type,
		.first = add_run(builder, SL_SECTION_MEMBERS, constants, sizeof(*constants), n),
		.count = n,
	};

	return sl_builder_add(builder, SL_SECTION_SETS, &set, sizeof(set));
}

uint32_t sl_builder_campaign(struct sl_builder *builder, const char *name)
{
	struct sl_campaign campaign = {
		.name = sl_builder_text(builder, name),
		.version = sl_builder_text(builder, "0123456789ab"),
		.step = sl_builder_text(builder, "event"),
		.channel = sl_builder_text(builder, "push"),
		.template = sl_builder_text(builder, "TEMPLATE"),
		.valid_from_ns = INT64_MIN,
		.valid_until_ns = INT64_MAX,
		.kind = SL_CAMPAIGN_SERVICE,
		.join_within_ns = INT64_MAX,
		.by_slot = -1,
	};

	return sl_builder_add(builder, SL_SECTION_CAMPAIGNS, &campaign, sizeof(campaign));
}

uint32_t sl_builder_trigger(struct sl_builder *builder, uint32_t campaign,
			    const struct sl_instruction *code, uint32_t n)
{
	struct sl_trigger trigger = {
		.campaign = campaign,
		.code = add_run(builder, SL_SECTION_CODE, code, sizeof(*code), n),
		.code_count = n,
	};

	return sl_builder_add(builder, SL_SECTION_TRIGGERS, &trigger, sizeof(trigger));
}

uint32_t sl_builder_atom(struct sl_builder *builder, enum sl_atom_kind kind, unsigned slot,
			 uint32_t bytes, const uint32_t *triggers, uint32_t n)
{
	struct sl_atom atom = {
		.kind = (uint8_t)kind,
		.slot = (uint16_t)slot,
		.bytes = bytes,
		.filing = {.filed = add_run(builder, SL_SECTION_FILED, triggers, sizeof(*triggers),
					    n),
			   .filed_count = n},
	};

	return sl_builder_add(builder, SL_SECTION_ATOMS, &atom, sizeof(atom));
}

void sl_builder_always(struct sl_builder *builder, uint32_t trigger)
{
	sl_builder_add(builder, SL_SECTION_ALWAYS, &trigger, sizeof(trigger));
}

void sl_builder_database(struct sl_builder *builder, const void *bytes, size_t n_bytes)
{
	struct sl_builder_section *blobs = &builder->sections[SL_SECTION_BLOBS];
	size_t padding = -blobs->n_bytes % SL_FILE_ALIGN;
	struct sl_database database = {
		.offset = blobs->n_bytes + padding,
		.bytes = n_bytes,
		.hash = XXH3_64bits(bytes, n_bytes),
		.class = SL_DATABASE_LITERAL,
	};

	blobs->record_bytes = 1;
	memset(grow(blobs, padding + n_bytes), 0, padding);
	memcpy(blobs->bytes + database.offset, bytes, n_bytes);
	sl_builder_add(builder, SL_SECTION_DATABASES, &database, sizeof(database));
}

static size_t aligned(size_t n_bytes)
{
	return (n_bytes + SL_FILE_ALIGN - 1) / SL_FILE_ALIGN * SL_FILE_ALIGN;
}

void *sl_builder_finish(const struct sl_builder *builder, enum sl_file_kind kind,
			size_t *ret_n_bytes)
{
	struct sl_file_header *header;
	struct sl_file_section *table;
	uint32_t n = 0;
	size_t at;

	for (unsigned i = 0; i < SL_BUILDER_SECTIONS; i++)
		n += builder->sections[i].present;
	at = aligned(sizeof(*header) + n * sizeof(*table));
	for (unsigned i = 0; i < SL_BUILDER_SECTIONS; i++)
		at += aligned(builder->sections[i].n_bytes);
	*ret_n_bytes = at;
	header = aligned_alloc(SL_FILE_ALIGN, at);
	assert(header);
	memset(header, 0, at);
	*header = (struct sl_file_header){
		.version = SL_FILE_VERSION, .kind = kind, .bytes = at, .sections = n};
	memcpy(header->magic, SL_FILE_MAGIC, sizeof(header->magic));
	table = (struct sl_file_section *)(header + 1);
	at = aligned(sizeof(*header) + n * sizeof(*table));
	for (unsigned i = 0; i < SL_BUILDER_SECTIONS; i++) {
		const struct sl_builder_section *section = &builder->sections[i];

		if (!section->present)
			continue;
		*table++ = (struct sl_file_section){
			.id = i,
			.required = 1,
			.offset = at,
			.bytes = section->n_bytes,
			.record_bytes = section->record_bytes,
			.count = (uint32_t)(section->n_bytes / section->record_bytes),
		};
		memcpy((uint8_t *)header + at, section->bytes, section->n_bytes);
		at += aligned(section->n_bytes);
	}
	sl_built_seal(header, *ret_n_bytes);
	return header;
}

struct sl_file_section *sl_built_entry(void *file, enum sl_section_id id)
{
	struct sl_file_header *header = file;
	struct sl_file_section *table = (struct sl_file_section *)(header + 1);

	for (uint32_t i = 0; i < header->sections; i++)
		if (table[i].id == id)
			return &table[i];
	assert(!"no such section");
	return NULL;
}

void *sl_built_section(void *file, enum sl_section_id id)
{
	return (uint8_t *)file + sl_built_entry(file, id)->offset;
}

void sl_built_seal(void *file, size_t n_bytes)
{
	struct sl_file_header *header = file;

	header->hash = XXH3_64bits(header + 1, n_bytes - sizeof(*header));
}
