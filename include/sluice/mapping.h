/* How requests of mirror channels become events: one block of bytes in the settings file, under
 * SL_SECTION_MAPPINGS. Written by control, believed only behind sl_mapping_view() of base.
 *
 * The block: struct sl_mapping_header, then the arrays that it counts, in the order in which it
 * counts them, then the text. A run (of a channel's rules, of a rule's conditions …) begins where
 * the one before it ends, so that all of a kind together are no more than the array has. */
#ifndef SLUICE_MAPPING_H
#define SLUICE_MAPPING_H

#include "sluice/artifact.h"

#include <stdint.h>

#define SL_MAPPING_VERSION 1u
#define SL_MAPPING_BYTES_MAX 262144u /* of the block */
#define SL_MAP_STATUSES_MAX 8u       /* ranges of a channel */
#define SL_MAP_CAPTURES_MAX 16u      /* of a rule's path */
#define SL_MAP_NAME_MAX 256u         /* bytes of a source's name, a path, a host */

enum sl_map_source_kind {
	SL_MAP_CONSTANT = 0, /* its name is the value */
#define SL_MAP_SOURCE(name, text, named, doc) SL_MAP_##name,
#include "sluice/map_sources.def"
#undef SL_MAP_SOURCE
	SL_MAP_SOURCES
};

/* In which texts of requests are meant; the charset of a content type wins for its body. */
enum sl_charset { SL_CHARSET_UTF8 = 0, SL_CHARSET_CP949 = 1 };

struct sl_mapping_header {
	uint32_t version;
	uint32_t bytes; /* of the whole block */
	uint32_t channels;
	uint32_t rules;
	uint32_t conditions;
	uint32_t fields;
	uint32_t refs;
	uint32_t text_bytes;
};

struct sl_map_channel {
	uint32_t channel; /* index in the settings */
	uint32_t charset; /* enum sl_charset */
	uint32_t unseen;  /* 1: a request whose reply was not seen makes an event */
	uint32_t n_statuses;
	struct {
		uint16_t first, last;
	} statuses[SL_MAP_STATUSES_MAX]; /* that make events */
	uint32_t rule, n_rules;
};

struct sl_map_source {
	uint32_t kind;           /* enum sl_map_source_kind */
	uint32_t capture;        /* CAPTURE: which, from 0 */
	struct sl_text_ref name; /* header: in lower case */
};

struct sl_map_condition {
	struct sl_map_source source;
	uint32_t absent;      /* 1: it must not be there */
	uint32_t ref, n_refs; /* one of these; none: it must be there. A * at the end of a text:
				 whatever begins so */
	uint32_t reserved;
};

struct sl_map_field {
	struct sl_text_ref path; /* of the schema */
	struct sl_map_source source;
};

enum sl_map_body {
	SL_MAP_BODY_FIELDS = 0, /* the fields make the event */
	SL_MAP_BODY_EACH = 1,   /* so, once for each element or line of the body */
	SL_MAP_BODY_EVENTS = 2, /* the body is an event, a list or lines of them */
};

struct sl_map_rule {
	struct sl_text_ref path;                 /* pattern; empty: any */
	uint32_t ref, n_methods, n_hosts, n_ids; /* consecutive: methods, hosts, fields of the id */
	uint32_t condition, n_conditions;
	uint32_t field, n_fields;
	uint32_t body; /* enum sl_map_body */
	uint32_t reserved;
};

#endif
