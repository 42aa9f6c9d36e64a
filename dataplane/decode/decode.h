/* decode: the text of one event becomes typed slots, or a reason why not.
 *
 * - A plan is made once per rule-set generation from its schema, read-only, shared by workers. It
 *   points into the artifact, which outlives it.
 * - A decoder belongs to one worker; unescaped strings and lists live in its arena until
 *   sl_decoder_reset(), once per burst. Its memory is taken at new. Before each event ask
 *   sl_decoder_ready(): where the arena might not do, finish the events decoded so far, reset, and
 *   go on. A text that finds no room in it all the same is refused as too_large.
 * - SL_SPAN_PADDING bytes behind each text may be read; strings without escapes point into it.
 * - Every text is checked whole: UTF-8, grammar, depth, also in fields the schema does not name. A
 *   text that is not well-formed anywhere is never called unfit, and the other way round. A lone
 *   surrogate escape could only become invalid UTF-8: utf8_invalid.
 * - A field of the schema that occurs twice in its object is refused (field_duplicate), null or
 *   not: two readers could see two different events in it. Unknown fields may repeat. Names are
 *   compared unescaped. A dotted path is nesting only; a name that holds a dot is another name.
 * - null is as good as absent. Types are strict: an integer is a JSON number without fraction or
 *   exponent, a decimal any number that is finite as a double, a time an RFC 3339 string with zone
 *   or an integer of milliseconds, years 1678 to 2261. Fractions of a second are cut after nine
 *   digits; second 60 is the last nanosecond of second 59. A required field is missing where it is
 *   absent, null, an empty string or an empty list.
 * - Numbers in fields that the schema does not name may be of any size and precision.
 * - An event without a time is as old as its receipt. Where the schema's id or key is an integer,
 *   its digits are the text. The partition and `seen` are left to sl_event_identify().
 * - A decoder expects the members of an object in the order in which they came the last time; in
 * any other they cost more and mean the same.
 * - A schema without fields takes every object. */
#ifndef SL_DECODE_H
#define SL_DECODE_H

#include "base/artifact.h"
#include "base/clock.h"
#include "base/event.h"
#include "sluice/reason.h"

#include <stdbool.h>

struct sl_decode_plan;
struct sl_decoder;

struct sl_decode_limits {
	uint32_t event_bytes;
	uint32_t depth;
	int64_t skew_ahead_ns;
};

struct sl_decode_fault {
	enum sl_reason reason;
	uint32_t offset; /* in the event's text, as near as the parser knows */
	char detail[96]; /* terminated, for people: the field, what was found; never its value */
};

int sl_decode_plan_new(const struct sl_artifact *artifact, struct sl_decode_plan **ret_plan);
void sl_decode_plan_free(struct sl_decode_plan *plan); /* takes NULL */

int sl_decoder_new(const struct sl_decode_limits *limits, struct sl_decoder **ret_decoder);
void sl_decoder_free(struct sl_decoder *decoder); /* takes NULL */
void sl_decoder_reset(struct sl_decoder *decoder);

/* Whether a text of so many bytes finds room whatever it holds; always so after a reset, for texts
 * within the limit. */
bool sl_decoder_ready(const struct sl_decoder *decoder, size_t text_bytes);

/* What the event gets that is not in its text. */
struct sl_arrival {
	uint8_t channel;
	struct sl_text channel_name;
	uint32_t index;
	int64_t received_ns;
	uint8_t received_source;
	struct sl_text trace; /* of its request; what its own text says comes first */
};

/* 0 with the event filled, or the reason, also in ret_fault, and the event as it was but for its
 * slots (the caller's array, as long as the plan's schema has fields). */
enum sl_reason sl_decode_json(struct sl_decoder *decoder, const struct sl_decode_plan *plan,
			      struct sl_span text, const struct sl_arrival *arrival,
			      struct sl_event *ret_event, struct sl_decode_fault *ret_fault);

/* A time as a text, as events have it; for programs that take one from a person. */
enum sl_time_result { SL_TIME_DONE = 0, SL_TIME_SHAPE, SL_TIME_RANGE };

enum sl_time_result sl_time_parse(struct sl_text text, int64_t *ret_ns);

/* The text as it goes into quarantine: at most n_max bytes, cut at a character, every digit a #.
 * ret_text may not overlap. Returns the bytes written. */
size_t sl_decode_mask(struct sl_span text, char *ret_text, size_t n_max);

#endif
