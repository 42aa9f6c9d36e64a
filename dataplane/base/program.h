/* Condition programs: small, bounded, without allocation.
 *
 * - The artifact's reader has verified the code, so that running it checks nothing but values: the
 *   event's slots have the types of that artifact's fields.
 * - A room belongs to one thread. Values that a program makes lie in it and end with the next run;
 *   others point into the event, the artifact or what was bound, and end with those.
 * - A program that would take more steps or bytes than its room has ends with the fault LIMIT, for
 *   the whole of it. Programs that only test slots take neither and may run without a room.
 * - Memory is taken by sl_program_room_new() alone. */
#ifndef SL_BASE_PROGRAM_H
#define SL_BASE_PROGRAM_H

#include "base/artifact.h"
#include "base/event.h"

enum sl_truth { SL_FALSE = 0, SL_TRUE = 1, SL_UNKNOWN = 2 /* a fault, or no bool */ };

/* Where the members of a list or map are. */
enum sl_any_form {
	SL_ANY_ITEMS = 0,     /* `items`: of a map key, value, key, value, … */
	SL_ANY_TEXTS = 1,     /* `texts`: strings, a slot's list */
	SL_ANY_CONSTANTS = 2, /* `members`: indexes of the artifact's constants */
};

/* Any value of CEL. */
struct sl_any {
	uint8_t kind; /* enum sl_kind, never TIME */
	uint8_t form; /* enum sl_any_form */
	uint16_t reserved;
	union {
		uint32_t count; /* bytes; items of a list; entries of a map; of an ERROR the index
				   of its instruction */
		int32_t nanos;  /* TIMESTAMP (0 to 999,999,999), DURATION (of the sign of its
				   seconds) */
	};
	union {
		int64_t integer;  /* INT, BOOL, TYPE, ERROR (enum sl_fault); seconds */
		uint64_t natural; /* UINT */
		double decimal;   /* DOUBLE */
		const char *text; /* STRING, BYTES */
		const struct sl_any *items;
		const struct sl_text *texts;
		const uint32_t *members;
	};
};

_Static_assert(sizeof(struct sl_any) == 16, "values are copied all the time");

struct sl_program_room;

/* bytes: for values that one run makes; steps: instructions that it may repeat and members that it
 * may look at. 0 or -ENOMEM. */
int sl_program_room_new(uint32_t bytes, uint32_t steps, struct sl_program_room **ret_room);
void sl_program_room_free(struct sl_program_room *room); /* takes NULL */

/* Runs the n instructions from `code` on. An empty program is true. room may be NULL. */
enum sl_truth sl_program_run(const struct sl_artifact *artifact, const struct sl_instruction *code,
			     uint32_t n, const struct sl_event *event,
			     struct sl_program_room *room);

/* The same with names bound to values, for its value: kind ERROR where it has none. event may be
 * NULL: every field is absent. */
void sl_program_evaluate(const struct sl_artifact *artifact, const struct sl_instruction *code,
			 uint32_t n, const struct sl_event *event, const struct sl_any *bound,
			 uint32_t n_bound, struct sl_program_room *room, struct sl_any *ret_value);

/* The i-th member of a list; of a map the key of its entry i / 2 where i is even, else the value.
 */
struct sl_any sl_any_member(const struct sl_artifact *artifact, const struct sl_any *whole,
			    uint32_t i);

/* What type() calls values of this kind; "" where it never gives it. */
const char *sl_kind_name(uint8_t kind);

#endif
