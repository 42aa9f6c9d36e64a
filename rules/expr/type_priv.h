/* The type checker's parts among themselves.
 *
 * A node with a mistake has type 0 and causes no further messages; every function leaves it so.
 * Without memory a node has type 0 too, and `failed` is set. */
#ifndef SL_RULES_EXPR_TYPE_PRIV_H
#define SL_RULES_EXPR_TYPE_PRIV_H

#include "rules/expr/expr_priv.h"

#define SL_TYPE_TEXT_MAX 64u
#define SL_HINT_MAX 256u

/* The variable of a macro, while what it loops over is typed. */
struct sl_scope {
	struct sl_slice name;
	const struct sl_type *type;
	uint16_t slot;
	const struct sl_scope *outer;
};

struct sl_typer {
	const struct sl_expr_context *context;
	const struct sl_scope *scope;
	bool text_beside; /* what is typed stands beside a text: an unknown name lacks its quotes */
	bool failed;
};

void sl_type_node(struct sl_typer *typer, struct sl_expr *expr);     /* type.c */
void sl_type_path(struct sl_typer *typer, struct sl_expr *expr);     /* type_name.c */
void sl_type_has(struct sl_typer *typer, struct sl_expr *call);      /* type_name.c */
void sl_type_call(struct sl_typer *typer, struct sl_expr *call);     /* type_call.c */
void sl_type_loop(struct sl_typer *typer, struct sl_expr *call);     /* type_macro.c */
void sl_type_elements(struct sl_typer *typer, struct sl_expr *expr); /* type_literal.c */

/* Gives the node its type. NULL: no memory. */
void sl_type_give(struct sl_typer *typer, struct sl_expr *expr, const struct sl_type *type);
void sl_type_mistake(const struct sl_typer *typer, const struct sl_expr *at, const char *code,
		     const char *hint, const char *format, ...)
	__attribute__((format(printf, 5, 6)));

/* "a.b.c" of a chain of selections that begins with a name; false: it is none, or too long. */
#define SL_PATH_TEXT_MAX 512u
bool sl_expr_path(const struct sl_expr *expr, char path[SL_PATH_TEXT_MAX], uint32_t *ret_bytes);

/* Something in scope has this path or begins with it. */
bool sl_type_knows(const struct sl_typer *typer, struct sl_slice path);

/* The path can only be of a message: without a schema, as in eval, also Payment.Kind.CARD. */
bool sl_type_is_message(const struct sl_typer *typer, struct sl_slice path);
/* Without a schema: a name as messages have it, Payment. */
bool sl_type_is_message_name(const struct sl_typer *typer, struct sl_slice name);

/* type_unknown.c: a path that nothing has; a call such as Kind(2), where nothing of ours has a
 * name like it: CEL makes a value of an enumeration so. */
void sl_type_unknown_field(struct sl_typer *typer, const struct sl_expr *expr,
			   struct sl_slice path);
bool sl_type_is_message_made(const struct sl_typer *typer, const struct sl_expr *call);

/* A function elsewhere in CEL, or one that does not exist. */
void sl_type_unknown_function(struct sl_typer *typer, const struct sl_expr *call,
			      struct sl_slice name);
/* The arguments do not fit: what is wrong with them, and what to write. */
void sl_type_explain(struct sl_typer *typer, const struct sl_expr *call);

/* What to type instead of one of two values of unlike types; "": nothing is known. */
void sl_type_hint_pair(const struct sl_typer *typer, const struct sl_expr *a,
		       const struct sl_expr *b, char hint[SL_HINT_MAX]); /* type_hint.c */
/* The same for a text that timestamp() or duration() does not read. */
void sl_type_hint_time(int function, struct sl_slice text, char hint[SL_HINT_MAX]);
/* The same for a constant beside a value, where a value of kind `wanted` is asked. */
void sl_type_hint_constant(const struct sl_expr *value, uint8_t wanted,
			   const struct sl_expr *constant, char hint[SL_HINT_MAX]);

/* A STRING literal is a pattern that matches() takes; false: reported, at its character. */
bool sl_type_pattern(struct sl_typer *typer, struct sl_expr *pattern); /* type_pattern.c */
/* The same of a time zone; for eval it is left to run time. */
bool sl_type_zone(struct sl_typer *typer, struct sl_expr *zone); /* type_zone.c */

/* ---- types ------------------------------------------------------------------------------- */

/* One may stand where the other is asked: equal, or dyn in one of them. */
bool sl_types_fit(const struct sl_type *a, const struct sl_type *b);
/* What holds both; dyn where they do not fit. NULL: no memory. */
const struct sl_type *sl_types_join(struct sl_arena *arena, const struct sl_type *a,
				    const struct sl_type *b);
/* "a list of strings", for messages; in the room or constant. */
const char *sl_type_text(const struct sl_type *type, char room[SL_TYPE_TEXT_MAX]);

/* ---- overloads --------------------------------------------------------------------------- */

enum sl_overload_answer {
	SL_OVERLOAD_FITS,
	SL_OVERLOAD_COUNT, /* none takes so many arguments */
	SL_OVERLOAD_TYPES,
};

/* The type of the call, NULL and FITS: no memory. All arguments are typed. */
enum sl_overload_answer sl_overload_find(struct sl_arena *arena, const struct sl_expr *call,
					 const struct sl_type **ret_type);
/* Whether some overload takes n arguments. */
bool sl_overload_takes(enum sl_function function, uint32_t n);
/* What the overloads ask for in an argument, "a string or bytes"; and which one is the first that
 * cannot be. */
uint32_t sl_overload_misfit(const struct sl_expr *call, char *expected, size_t room);

/* ---- constants --------------------------------------------------------------------------- */

/* Makes a literal of a call of literals, where it can. What fails stays a call: its fault. */
enum sl_fault sl_expr_fold(struct sl_arena *arena, struct sl_expr *expr, bool *ret_no_memory);

/* RFC 3339, years 1 to 9999; and "1h30m", "-1.5s". SL_FAULT_CONVERSION: no such text;
 * SL_FAULT_RANGE: outside. */
enum sl_fault sl_expr_timestamp(struct sl_slice text, int64_t *ret_seconds, int32_t *ret_nanos);
enum sl_fault sl_expr_duration(struct sl_slice text, int64_t *ret_seconds, int32_t *ret_nanos);

const char *sl_fault_text(enum sl_fault fault);

#endif
