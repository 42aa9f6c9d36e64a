/* The bank's schema: which fields an event has. The index of a field is its slot. */
#ifndef SL_RULES_CAMPAIGN_SCHEMA_PRIV_H
#define SL_RULES_CAMPAIGN_SCHEMA_PRIV_H

#include "rules/read/yaml_priv.h"

#include "sluice/artifact.h"

#define SL_SCHEMA_PATH_MAX 128u

struct sl_schema_field {
	struct sl_slice path;
	uint32_t offset; /* in the source */
	uint8_t type;    /* enum sl_field_type */
	uint8_t role;
	uint16_t flags;
	uint32_t bytes_max;
	uint32_t items_max;
};

struct sl_schema {
	struct sl_slice name;
	struct sl_schema_field fields[SL_FIELDS_MAX];
	uint32_t n_fields;
	int role_slot[SL_ROLES]; /* -1: no field has it */
};

/* Fills the schema from a file; mistakes are reported, what was understood is kept. Texts live in
 * the arena. */
int sl_schema_load(const struct sl_source *source, struct sl_arena *arena,
		   struct sl_diagnostics *diagnostics, struct sl_schema *ret_schema);

/* The slot of a path, or -1. */
int sl_schema_find(const struct sl_schema *schema, struct sl_slice path);

/* The first field below a path ("device" of "device.os"), or -1. */
int sl_schema_branch(const struct sl_schema *schema, struct sl_slice path);

const char *sl_schema_type_name(uint8_t type);

/* Words that cannot begin a path, for CEL keeps them. */
bool sl_schema_is_reserved(struct sl_slice word);

#endif
