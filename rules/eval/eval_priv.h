/* Between the files of the reference evaluator: one function for each matter of the language.
 *
 * All of them take values that are no errors and return one that may be. What a value needs is
 * taken from the room, which ends with the evaluation; a room that is used up is the fault LIMIT,
 * so nothing here grows without bound, however hostile the condition. */
#ifndef SL_RULES_EVAL_PRIV_H
#define SL_RULES_EVAL_PRIV_H

#include "rules/eval/value.h"
#include "rules/memory_priv.h"

struct sl_eval_room {
	struct sl_arena *arena;
	uint64_t bytes; /* that are left */
	uint64_t steps; /* that are left: nodes visited */
};

/* Zeroed; NULL: the room is used up. */
void *sl_eval_alloc(struct sl_eval_room *room, uint64_t bytes);

/* A text that grows in the room. Failure is sticky and comes out as the fault. */
struct sl_eval_text_out {
	struct sl_eval_room *room;
	char *at;
	uint32_t bytes;
	uint32_t size;
	bool failed;
};

void sl_eval_out(struct sl_eval_text_out *out, struct sl_slice text);
void sl_eval_out_string(struct sl_eval_text_out *out, const char *text);
struct sl_eval_any sl_eval_out_end(const struct sl_eval_text_out *out);

/* values.c */
bool sl_eval_is_utf8(struct sl_slice text);
struct sl_eval_any sl_eval_copy_text(struct sl_eval_room *room, uint8_t kind, struct sl_slice text);
struct sl_eval_any sl_eval_kind_of(const struct sl_eval_any *value);

/* compare.c: CEL's equality, across kinds too; its order, where there is one. */
bool sl_eval_equal(const struct sl_eval_any *a, const struct sl_eval_any *b);
/* function: LT, LE, GT or GE. */
struct sl_eval_any sl_eval_order(enum sl_function function, const struct sl_eval_any *a,
				 const struct sl_eval_any *b);

/* arithmetic.c: ADD to MODULO. */
struct sl_eval_any sl_eval_arithmetic(struct sl_eval_room *room, enum sl_function function,
				      const struct sl_eval_any *a, const struct sl_eval_any *b);
struct sl_eval_any sl_eval_negate(const struct sl_eval_any *of);

/* list.c: lists and maps. */
struct sl_eval_any sl_eval_make_map(const struct sl_eval_any *items, uint32_t n_items);
struct sl_eval_any sl_eval_index(const struct sl_eval_any *of, const struct sl_eval_any *at);
struct sl_eval_any sl_eval_in(const struct sl_eval_any *item, const struct sl_eval_any *of);
/* The value of a key, or NULL. */
const struct sl_eval_any *sl_eval_find(const struct sl_eval_any *map,
				       const struct sl_eval_any *key);
struct sl_eval_any sl_eval_size(const struct sl_eval_any *of);

/* text.c, text_parts.c: every function of strings but format. args[0] stands before the dot. */
struct sl_eval_any sl_eval_text_call(struct sl_eval_room *room, enum sl_function function,
				     const struct sl_eval_any *args, uint32_t n_args);
struct sl_eval_any sl_eval_text_parts(struct sl_eval_room *room, enum sl_function function,
				      const struct sl_eval_any *args, uint32_t n_args);
/* Bytes of the code point that begins a text that is UTF-8. */
uint32_t sl_eval_letter(struct sl_slice text);
uint32_t sl_eval_letters(struct sl_slice text);

/* numbers.c: math.*; sequences.c: lists of lists; base64.c. */
struct sl_eval_any sl_eval_numbers(enum sl_function function, const struct sl_eval_any *args,
				   uint32_t n_args);
struct sl_eval_any sl_eval_sequence(struct sl_eval_room *room, enum sl_function function,
				    const struct sl_eval_any *args, uint32_t n_args);
struct sl_eval_any sl_eval_base64(struct sl_eval_room *room, enum sl_function function,
				  const struct sl_eval_any *args, uint32_t n_args);

/* matches.c */
struct sl_eval_any sl_eval_matches(struct sl_slice text, struct sl_slice pattern);

/* convert.c, print.c */
struct sl_eval_any sl_eval_convert(struct sl_eval_room *room, enum sl_function function,
				   const struct sl_eval_any *of);
void sl_eval_print_general(double value, char at[400]); /* as Go's %g */
void sl_eval_print_plain(double value, char at[400]);   /* never with an exponent */
void sl_eval_print_instant(const struct sl_eval_any *timestamp, char at[64]);
void sl_eval_print_duration(const struct sl_eval_any *duration, char at[64]);

/* instant.c: times and durations from texts. */
struct sl_eval_any sl_eval_parse_timestamp(struct sl_slice text);
struct sl_eval_any sl_eval_parse_duration(struct sl_slice text);
/* The values, or the fault RANGE; nanos may be of either sign and any size. */
struct sl_eval_any sl_eval_timestamp(__int128 seconds, __int128 nanos);
struct sl_eval_any sl_eval_duration(__int128 seconds, __int128 nanos);

/* time.c: the parts of times and durations; zone NULL: UTC. */
struct sl_eval_any sl_eval_time_part(enum sl_function function, const struct sl_eval_any *of,
				     const struct sl_slice *zone);
int64_t sl_eval_days(int64_t year, int month, int day);
void sl_eval_date(int64_t days, int64_t *ret_year, int *ret_month, int *ret_day);
/* zone.c: seconds to add to UTC, at a moment. False: there is no such zone. */
bool sl_eval_zone(struct sl_slice name, int64_t seconds, int64_t *ret_offset);

/* format.c */
struct sl_eval_any sl_eval_format(struct sl_eval_room *room, const struct sl_eval_any *args,
				  uint32_t n_args);

#endif
