/* The mapping of the settings file, read: pointers into bytes that were checked.
 *
 * The bytes stay the caller's, aligned to 8, and outlive the view. Anybody's bytes are refused with
 * a sentence, never a crash: fuzzed. Cost: one pass. */
#ifndef SL_BASE_MAPPING_H
#define SL_BASE_MAPPING_H

#include "base/event.h"
#include "sluice/error.h"
#include "sluice/mapping.h"

#include <stddef.h>

struct sl_mapping {
	const struct sl_mapping_header *header; /* NULL: there is none */
	const struct sl_map_channel *channels;
	const struct sl_map_rule *rules;
	const struct sl_map_condition *conditions;
	const struct sl_map_field *fields;
	const struct sl_text_ref *refs;
	const char *text;
};

/* n_bytes 0: no mapping. n_channels: of the settings. */
int sl_mapping_view(const void *bytes, size_t n_bytes, unsigned n_channels,
		    struct sl_mapping *ret_mapping, char ret_why[SL_SENTENCE_BYTES]);

/* The mapping of a settings file with so many channels, copied into ret_bytes, which is aligned to
 * 8 and stays as long as the view. */
int sl_settings_read_mapping(const char *path, unsigned n_channels,
			     uint8_t ret_bytes[SL_MAPPING_BYTES_MAX],
			     struct sl_mapping *ret_mapping, char ret_why[SL_SENTENCE_BYTES]);
int sl_settings_view_mapping(const void *bytes, size_t n_bytes, unsigned n_channels,
			     uint8_t ret_bytes[SL_MAPPING_BYTES_MAX],
			     struct sl_mapping *ret_mapping, char ret_why[SL_SENTENCE_BYTES]);

/* How many {captures} a path's pattern has. */
unsigned sl_mapping_captures(struct sl_text pattern);

static inline struct sl_text sl_mapping_text(const struct sl_mapping *mapping,
					     struct sl_text_ref ref)
{
	return (struct sl_text){.at = mapping->text + ref.offset, .bytes = ref.bytes};
}

#endif
