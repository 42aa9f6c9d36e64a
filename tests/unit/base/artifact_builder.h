/* Artifacts by hand, for tests: right ones to read and match with, and wrong ones to refuse.
 * Nothing is checked here but memory. */
#ifndef SL_TESTS_ARTIFACT_BUILDER_H
#define SL_TESTS_ARTIFACT_BUILDER_H

#include "sluice/artifact.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SL_BUILDER_SECTIONS (SL_SECTION_LAST + 1)

struct sl_builder_section {
	uint8_t *bytes;
	size_t n_bytes, room;
	uint32_t record_bytes;
	bool present;
};

struct sl_builder {
	struct sl_builder_section sections[SL_BUILDER_SECTIONS];
};

void sl_builder_init(struct sl_builder *builder);
void sl_builder_fini(struct sl_builder *builder);

/* Appends one record, and gives its index. */
uint32_t sl_builder_add(struct sl_builder *builder, enum sl_section_id id, const void *record,
			uint32_t record_bytes);

struct sl_text_ref sl_builder_bytes(struct sl_builder *builder, const void *bytes, size_t n_bytes);
struct sl_text_ref sl_builder_text(struct sl_builder *builder, const char *text);

/* patterns: the version of the library that the databases belong to. */
void sl_builder_meta(struct sl_builder *builder, const char *patterns, uint64_t cpu_features);
uint32_t sl_builder_field(struct sl_builder *builder, const char *path, enum sl_field_type type,
			  enum sl_field_role role, unsigned flags);
uint32_t sl_builder_constant_text(struct sl_builder *builder, const void *bytes, size_t n_bytes);
uint32_t sl_builder_constant_int(struct sl_builder *builder, enum sl_field_type type,
				 int64_t value);
uint32_t sl_builder_constant_decimal(struct sl_builder *builder, double value);
uint32_t sl_builder_set(struct sl_builder *builder, enum sl_field_type type,
			const uint32_t *constants, uint32_t n);
uint32_t sl_builder_campaign(struct sl_builder *builder, const char *name);
uint32_t sl_builder_trigger(struct sl_builder *builder, uint32_t campaign,
			    const struct sl_instruction *code, uint32_t n);
uint32_t sl_builder_atom(struct sl_builder *builder, enum sl_atom_kind kind, unsigned slot,
			 uint32_t bytes, const uint32_t *triggers, uint32_t n);
void sl_builder_always(struct sl_builder *builder, uint32_t trigger);
void sl_builder_database(struct sl_builder *builder, const void *bytes, size_t n_bytes);

/* The file, aligned; free() it. */
void *sl_builder_finish(const struct sl_builder *builder, enum sl_file_kind kind,
			size_t *ret_n_bytes);

/* For spoiling a finished file: its table's entry of a section, the section's bytes, and the
 * checksums made true again. */
struct sl_file_section *sl_built_entry(void *file, enum sl_section_id id);
void *sl_built_section(void *file, enum sl_section_id id);
void sl_built_seal(void *file, size_t n_bytes);

#endif
