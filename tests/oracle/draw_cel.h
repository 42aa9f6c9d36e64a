/* Random expressions of all of CEL, typed as the checker types them, over the fields of a random
 * schema and over names bound to values of the types that fields do not have. Most evaluate to a
 * value; a part meets errors and limits.
 *
 * What is drawn lives in the static room of the drawing and ends with the next one. */
#ifndef SL_TESTS_ORACLE_DRAW_CEL_H
#define SL_TESTS_ORACLE_DRAW_CEL_H

#include "rules/eval/eval.h"
#include "tests/oracle/choices.h"

#define SL_DRAW_CEL_BYTES 16384u
#define SL_DRAW_CEL_FIELDS 9u
#define SL_DRAW_CEL_BINDINGS 12u

enum sl_draw_type {
	SL_DRAW_BOOL,
	SL_DRAW_INT,
	SL_DRAW_STRING,
	SL_DRAW_DOUBLE,
	SL_DRAW_UINT,
	SL_DRAW_STRINGS, /* list of strings */
	SL_DRAW_INTS,    /* list of ints */
	SL_DRAW_MAP,     /* string to int */
	SL_DRAW_BYTES,
	SL_DRAW_TIME,
	SL_DRAW_DURATION,
	SL_DRAW_TYPES, /* how many; and no value of any other type is drawn but by dyn() */
};

struct sl_draw_cel_field {
	const char *path;
	uint8_t type; /* enum sl_field_type */
};

/* Before a case that draws no event here: the room is free again. */
void sl_draw_cel_begin(void);

/* A schema for whoever has none of its own. */
extern const struct sl_draw_cel_field sl_draw_cel_fields[SL_DRAW_CEL_FIELDS];

/* The values that an event of it has: SL_DRAW_CEL_FIELDS at most. */
uint16_t sl_draw_cel_event(struct sl_choices *choices, struct sl_eval_value *ret_values);

/* Names and values for all types; always the same names. */
void sl_draw_cel_bindings(struct sl_choices *choices,
			  struct sl_eval_binding ret_bindings[SL_DRAW_CEL_BINDINGS]);

struct sl_draw_cel_names {
	const struct sl_draw_cel_field *fields;
	uint32_t n_fields;
	bool bindings; /* it may use their names */
};

/* An expression of a type, terminated. */
void sl_draw_cel(struct sl_choices *choices, const struct sl_draw_cel_names *names,
		 enum sl_draw_type type, char ret_text[SL_DRAW_CEL_BYTES]);

#endif
