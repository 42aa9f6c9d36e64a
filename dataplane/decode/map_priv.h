/* What the files of the mapping share: the plan, what a schema makes of it, the worker's memory. */
#ifndef SL_DECODE_MAP_PRIV_H
#define SL_DECODE_MAP_PRIV_H

#include "decode/charset.h"
#include "decode/decode_priv.h"
#include "decode/map.h"

#define SL_MAP_PATHS_MAX 1024u   /* different json. paths of a settings file */
#define SL_MAP_SLASH 0xffu       /* an encoded slash in a path: in no text of either charset */
#define SL_MAP_ID SL_MAP_SOURCES /* a source of our own: the event's id */

/* ---- plan: read-only */

struct sl_map_compiled {
	const struct sl_map_rule *rule;
	struct sl_text path;
	bool reads_body; /* conditions or fields do, or it is made of events */
	bool reads_json;
};

/* Rules whose path begins with one name, in their order: a run of `ordered`. */
struct sl_map_bucket {
	struct sl_text name; /* of the path's first part; empty: free */
	uint32_t first, n;
	uint32_t filled; /* while the plan is made */
};

struct sl_map_place {
	const struct sl_map_channel *channel; /* NULL: the channel has no rules */
	struct sl_map_bucket *buckets;        /* open-addressed */
	uint32_t mask;
	uint32_t any, n_any; /* rules of no certain first name, likewise */
};

struct sl_map_plan {
	struct sl_mapping mapping;
	struct sl_map_compiled *rules;
	struct sl_map_place places[SL_CHANNELS_MAX];
	struct sl_map_bucket *buckets;
	uint32_t *ordered;
	struct sl_decode_plan *json; /* slots are numbers of paths; NULL: none is read */
	uint32_t n_json;
	uint16_t *json_of_condition; /* by condition and by field: number of the path */
	uint16_t *json_of_field;
};

/* ---- binding: read-only */

struct sl_map_member {
	struct sl_text path;
	struct sl_map_source source;
	uint16_t json;
	uint8_t type; /* enum sl_field_type; 0: the schema does not have it, or there is none */
};

struct sl_map_binding {
	bool has_schema;
	uint32_t n_rules;
	uint32_t n_members;
	struct sl_map_member *members;
	uint32_t *first; /* first[rule] .. first[rule + 1]: sorted by path */
};

/* ---- map: one worker's */

enum sl_map_value_kind { SL_MAP_ABSENT = 0, SL_MAP_TEXT, SL_MAP_TOKEN };

struct sl_map_value {
	enum sl_map_value_kind kind;
	struct sl_text text; /* TEXT: as it is meant; TOKEN: a value of JSON as it stands */
};

struct sl_map_picked {
	struct sl_text token; /* at NULL: not there */
	bool twice;
};

struct sl_map {
	const struct sl_map_plan *plan;
	struct sl_map_limits limits;
	struct sl_decoder *decoder; /* of bodies */
	struct sl_charset_reader *reader;
	struct sl_map_picked *picked; /* n_json */
	struct sl_map_picked *of_piece;
	uint8_t *body_text; /* converted */
	size_t body_room;
	char *scratch; /* unescaped and converted values of one event */
	size_t scratch_room, scratch_used;
	uint32_t *candidates; /* rules that may fit, in order */
	uint32_t n_candidates;
	/* the request */
	const struct sl_map_request *request;
	const struct sl_map_compiled *chosen;
	struct sl_text path; /* decoded, in path_room */
	struct sl_text host; /* in host_room */
	struct sl_text captures[SL_MAP_CAPTURES_MAX];
	struct sl_span body;
	bool body_is_form, body_is_json, body_is_lines;
	bool json_is_sound; /* picked holds what the body has */
	bool json_was_read;
	uint8_t body_charset;
	struct sl_decode_fault json_fault;
	char host_room[SL_MAP_NAME_MAX];
	char *path_room;
	size_t path_room_bytes;
	bool path_is_text; /* no byte of it is SL_MAP_SLASH by itself */
};

/* map_path.c */
/* The path as patterns see it. False: longer than there is room for. */
bool sl_map_path_decode(struct sl_map *map, struct sl_span raw);
bool sl_map_path_fits(struct sl_text pattern, struct sl_text path,
		      struct sl_text ret_captures[SL_MAP_CAPTURES_MAX]);
/* Between the first two slashes. */
struct sl_text sl_map_first_name(struct sl_text path);

/* map_value.c: what a source is in this request. SL_WHY_NONE, or why its text cannot be read. */
enum sl_reason sl_map_value(struct sl_map *map, const struct sl_map_source *source, uint16_t json,
			    const struct sl_map_picked *picked, struct sl_map_value *ret_value);

/* map_json.c: the values of the plan's paths in a text. SL_WHY_NONE or why it is not JSON. */
enum sl_reason sl_map_pick(struct sl_map *map, struct sl_span text, struct sl_map_picked *picked,
			   struct sl_decode_fault *ret_fault);

/* map_text.c */
/* Bytes as they are meant: %XX undone, + a space where `plus`, slashes put back; into the scratch.
 * False: no room. */
bool sl_map_unescape(struct sl_map *map, struct sl_span raw, bool plus, struct sl_text *ret_text);
/* What is found of name=value pairs. */
bool sl_map_find_pair(struct sl_span pairs, char separator, struct sl_text name, bool escaped,
		      struct sl_span *ret_value);
/* From the charset to UTF-8, checked. */
enum sl_reason sl_map_convert(struct sl_map *map, struct sl_text text, uint8_t charset,
			      struct sl_text *ret_text);

/* map.c: the values of the body's JSON are in `picked`; or why it cannot be read. */
enum sl_reason sl_map_read_body(struct sl_map *map, struct sl_decode_fault *ret_fault);

#endif
