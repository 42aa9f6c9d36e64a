/* The version before, read from its artifact: which slots it had, and what its campaigns
 * remembered.
 *
 * Nothing in the file is believed before it is checked: whatever points outside is as if it were
 * not there. Texts and records live as long as the struct. */
#ifndef SL_RULES_REGISTRY_BEFORE_PRIV_H
#define SL_RULES_REGISTRY_BEFORE_PRIV_H

#include "rules/campaign/set_priv.h"

struct sl_before_section {
	const uint8_t *at; /* unaligned */
	uint32_t count;
	uint32_t record_bytes;
};

struct sl_before {
	uint8_t *bytes;
	uint64_t next; /* slots below are taken */
	struct sl_before_section text, fields, campaigns, sequences, steps, captures, windows,
		aggregates, zones, registry;
	struct sl_table names; /* of campaigns -> index; of those that are draining none */
};

/* -SL_E_…: what is wrong with it. */
int sl_before_read(const char *path, struct sl_before *ret_before);
void sl_before_fini(struct sl_before *before);

/* The record, or zeros where there is none of that index. */
void sl_before_get(const struct sl_before_section *section, uint32_t index, void *ret_record);
struct sl_slice sl_before_text(const struct sl_before *before, struct sl_text_ref ref);

/* The campaign of that name, or of the one that it was renamed from; false: there was none, or it
 * remembered nothing. */
bool sl_before_campaign(const struct sl_before *before, const struct sl_campaign_text *campaign,
			struct sl_campaign *ret_campaign);

/* What forbids that a sequence goes on with what another one remembered: NULL, nothing does. */
const char *sl_before_unlike(const struct sl_before *before, const struct sl_campaign *campaign,
			     uint32_t index, const struct sl_schema *schema,
			     const struct sl_pattern_text *pattern);

/* A field that the sequence's memory goes by, and that the schema has otherwise now: its key, or
 * what it remembers of events. False: there is none. */
bool sl_before_retyped(const struct sl_before *before, const struct sl_campaign *campaign,
		       uint32_t index, const struct sl_schema *schema, struct sl_field *ret_field);

#endif
