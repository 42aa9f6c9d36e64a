/* decode: an HTTP request of a mirror channel becomes the text of an event, by the channel's rules.
 *
 * - A plan is made once from the mapping of the settings, which outlives it; a binding once per
 *   rule-set generation, for it knows the schema. Both are read-only and shared by workers.
 * - A map belongs to one worker. Its memory is taken at new. What it points at (the request, its
 *   body, the ends) stays until the last sl_map_compose() for that request.
 * - The order of calls: sl_map_begin(), then sl_map_body() where it asked for the body, then
 *   sl_map_choose(), then sl_map_compose() once, or once for each element of a body.
 * - Requests come from anybody. A value that cannot be what the schema says is still written as it
 *   is: sl_decode_json() refuses the event then, with its reason. What is refused here is what
 *   cannot be written: text in another character set than it is said to be in, bodies that are
 *   not JSON, events above the limit.
 * - The first rule that fits is taken. Rules whose path begins with another name than the request's
 *   cost nothing; of the others method, host and path are looked at first, and the body's values
 *   are looked for once for all rules. */
#ifndef SL_DECODE_MAP_H
#define SL_DECODE_MAP_H

#include "base/http1.h"
#include "base/mapping.h"
#include "decode/decode.h"

struct sl_map_plan;
struct sl_map_binding;
struct sl_map;

struct sl_map_limits {
	uint32_t event_bytes; /* of one event's text */
	uint32_t body_bytes;  /* of the longest body that is given */
};

struct sl_map_address {
	const uint8_t *at; /* 4 or 16 bytes */
	bool is_ipv6;
};

struct sl_map_request {
	const struct sl_http_request *http;
	struct sl_map_address client, server;
	uint64_t name[2]; /* of the request: where its event's id comes from */
	unsigned channel;
	unsigned status; /* 0: not seen */
	int64_t time_ns;
};

enum sl_map_step {
	SL_MAP_UNMAPPED = 0, /* no rule fits */
	SL_MAP_DECLINED,     /* the status of the reply says that it is no event */
	SL_MAP_ASKS_BODY,    /* some rule that may fit reads the body */
	SL_MAP_GOES_ON,
};

enum sl_map_choice {
	SL_MAP_NONE = 0,
	SL_MAP_ONE,    /* compose once */
	SL_MAP_EACH,   /* compose for each element of the body, or line of it */
	SL_MAP_EVENTS, /* the body holds events as they are */
};

/* -EINVAL or -SL_E_LIMIT: paths of JSON bodies that contradict each other, or too many. */
int sl_map_plan_new(const struct sl_mapping *mapping, struct sl_map_plan **ret_plan);
void sl_map_plan_free(struct sl_map_plan *plan); /* takes NULL */

/* artifact NULL: no schema; everything is a text, and the id a field of that name. */
int sl_map_binding_new(const struct sl_map_plan *plan, const struct sl_artifact *artifact,
		       struct sl_map_binding **ret_binding);
void sl_map_binding_free(struct sl_map_binding *binding); /* takes NULL */

/* The next field that a rule fills and the schema does not have, from *at on; false: no more. */
bool sl_map_binding_unknown(const struct sl_map_binding *binding, uint32_t *at,
			    struct sl_text *ret_path);

int sl_map_new(const struct sl_map_plan *plan, const struct sl_map_limits *limits,
	       struct sl_map **ret_map);
void sl_map_free(struct sl_map *map); /* takes NULL */

enum sl_map_step sl_map_begin(struct sl_map *map, const struct sl_map_request *request);

/* The body without any coding. SL_WHY_NONE, or why its text cannot be read. */
enum sl_reason sl_map_body(struct sl_map *map, struct sl_span body,
			   struct sl_decode_fault *ret_fault);

/* What is to be done, and for EACH and EVENTS the body to cut, in UTF-8, and whether it is lines.
 */
enum sl_map_choice sl_map_choose(struct sl_map *map, struct sl_span *ret_body, bool *ret_lines);

/* The event's text into `at`, of `room` bytes. piece: the element, of EACH; index: which. */
enum sl_reason sl_map_compose(struct sl_map *map, const struct sl_map_binding *binding,
			      struct sl_span piece, uint32_t index, char *at, size_t room,
			      size_t *ret_bytes, struct sl_decode_fault *ret_fault);

#endif
