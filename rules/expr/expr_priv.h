/* Conditions: text -> tokens -> tree -> typed tree.
 *
 * The grammar is CEL's, whole; what Sluice does not offer is refused by the type checker with its
 * name. Operators are calls, as in CEL's own syntax tree, so that offering one more is a line
 * in functions.def and its typing rule. && and || have all their sides as arguments of one call.
 *
 * Trees live in the arena of their context. Depth and size are bounded: walking one may recurse. */
#ifndef SL_RULES_EXPR_PRIV_H
#define SL_RULES_EXPR_PRIV_H

#include "rules/campaign/schema_priv.h"

#include "sluice/value.h"

#define SL_EXPR_BYTES_MAX 65536u
#define SL_EXPR_DEPTH_MAX 128u

enum sl_function_form {
	SL_FORM_OPERATOR,
	SL_FORM_MEMBER,
	SL_FORM_GLOBAL,
	SL_FORM_EITHER,
	SL_FORM_MACRO,
};

struct sl_function_info {
	const char *text;
	enum sl_function_form form;
};

const struct sl_function_info *sl_function_info(enum sl_function function);

/* A function or macro, never an operator; NONE: no such name. */
enum sl_function sl_function_named(struct sl_slice name);

/* a < b is b > a; what is the same from both sides stays as it is. */
enum sl_function sl_function_mirrored(enum sl_function comparison);

/* !(a < b) is a >= b; of doubles only == and !=, for there are NaNs. */
enum sl_function sl_function_inverse(enum sl_function comparison);

/* What to write instead of a function that CEL has elsewhere and Sluice has not, "" where nothing
 * comes near; NULL: no such function is known. */
const char *sl_function_elsewhere(struct sl_slice name);

/* What to write for a function that other languages have, or NULL. */
const char *sl_function_familiar(struct sl_slice name);

enum sl_expr_kind {
	SL_EXPR_LITERAL,
	SL_EXPR_NAME,   /* text; after typing only in front of what could not be typed */
	SL_EXPR_SELECT, /* args[0].text: of a map; of the event's paths the type checker makes FIELD
			 */
	/* function, or NONE by text; of a member, args[0] is what stands before the dot, and
	 * size(x) and x.size() have the same arguments. Macros: HAS {FIELD or SELECT}; ALL, EXISTS,
	 * EXISTS_ONE, FILTER {range, VARIABLE, predicate}; MAP {range, VARIABLE, [predicate,]
	 * transform} */
	SL_EXPR_CALL,
	SL_EXPR_LIST,
	SL_EXPR_MAP,      /* args: key, value, key, value, … */
	SL_EXPR_FIELD,    /* slot; text is the path */
	SL_EXPR_VARIABLE, /* of a macro: slot counts those around it, outermost 0; text is the name
			   */
	SL_EXPR_BOUND, /* slot: which of the context's bindings, of what is remembered the capture;
			  text is the name */
};

/* A static type. Interned in the context's arena or constant: compared by content. */
struct sl_type {
	uint8_t kind;                  /* enum sl_kind, never TIME; or SL_TYPE_DYN */
	const struct sl_type *key;     /* of a map */
	const struct sl_type *element; /* of a list; of a map its values */
};

#define SL_TYPE_DYN 0x7eu

/* Of a kind that has no parts, or of SL_TYPE_DYN; of LIST and MAP those of dyn. Constants. */
const struct sl_type *sl_type_of(uint8_t kind);
/* In the arena, or constant; NULL: no memory. */
const struct sl_type *sl_type_list(struct sl_arena *arena, const struct sl_type *element);
const struct sl_type *sl_type_map(struct sl_arena *arena, const struct sl_type *key,
				  const struct sl_type *value);
bool sl_type_equal(const struct sl_type *a, const struct sl_type *b);

struct sl_expr {
	uint8_t kind;
	/* enum sl_kind of the static type, or SL_TYPE_DYN; 0: a mistake, already reported. Of a
	 * field of type time it is TIMESTAMP, of one of type strings LIST. */
	uint8_t type;
	uint8_t depth;
	bool member; /* a call behind a dot; a NAME with a dot before it, of the outermost scope */
	int16_t function;
	uint16_t slot;
	uint32_t offset; /* in the condition's text */
	uint32_t n_args;
	int32_t nanos;            /* of a TIMESTAMP or DURATION literal, beside its seconds */
	const struct sl_type *of; /* the whole static type */
	struct sl_slice text;     /* name; value of a STRING or BYTES literal */
	union {
		int64_t integer;  /* INT, BOOL, TYPE (enum sl_kind); seconds of TIMESTAMP, DURATION
				   */
		uint64_t natural; /* UINT */
		double decimal;
	};
	struct sl_expr **args;
	/* of a pattern of matches() that was read without mistakes: compiled; else NULL */
	const struct sl_compiled_pattern *compiled;
};

/* Bytes of a struct sl_regex, in the arena of the tree. */
struct sl_compiled_pattern {
	size_t bytes;
	uint8_t at[];
};

/* A name that has a value from outside: `sluice eval --bind`. */
struct sl_binding {
	struct sl_slice name; /* may have dots */
	const struct sl_type *type;
};

/* What `sluice eval` calls a mistake with this code: "syntax", "type", "unsupported"; "runtime" for
 * what CEL finds out when it runs. */
const char *sl_expr_code_kind(const char *code);

struct sl_remembered;

/* Where a condition stands, and where its tree goes. node NULL: the text is the source's. */
struct sl_expr_context {
	const struct sl_source *source;
	const struct sl_yaml_node *node;
	uint32_t shift; /* where in the node's value the text begins */
	struct sl_slice text;
	const struct sl_schema *schema; /* may be NULL: no fields */
	struct sl_arena *arena;
	struct sl_diagnostics *diagnostics;
	const struct sl_binding *bindings;
	uint32_t n_bindings;
	struct sl_remembered *remembered; /* of earlier steps (remembered_priv.h); NULL: nothing */
	bool dynamic;     /* no static types: everything is dyn, as for values known only later */
	bool keep_faults; /* a constant that fails (1 / 0, timestamp("x")) is left to run time; else
			     it is a mistake */
	bool is_value;    /* what a record carries, no condition */
};

struct sl_place sl_expr_place(const struct sl_expr_context *context, uint32_t offset);

/* 0 with the tree, or NULL where the text is no expression, which was reported. */
int sl_expr_parse(const struct sl_expr_context *context, struct sl_expr **ret_expr);

/* Types the tree in place, finds its fields and folds constants. False: it has mistakes, which were
 * reported, or there was no memory, which the diagnostics know. Dynamic: names that are not bound
 * stay NAME, calls that no function fits have SL_FUNCTION_NONE. */
bool sl_expr_type_any(const struct sl_expr_context *context, struct sl_expr *expr);

/* The same for a condition: true or false, or dyn. */
bool sl_expr_type(const struct sl_expr_context *context, struct sl_expr *expr);

/* The same for a value that a record carries: a field or a constant. */
bool sl_expr_type_value(const struct sl_expr_context *context, struct sl_expr *expr);

/* A TIMESTAMP literal that a field of type time could hold; its nanoseconds since 1970. */
bool sl_expr_is_instant(const struct sl_expr *expr);
int64_t sl_expr_instant(const struct sl_expr *expr);

/* The meaning of a typed tree, as bytes: equal for equal meaning as written, whatever blanks,
 * comments, notation of constants, or slots. */
void sl_expr_canonical(const struct sl_expr *expr, struct sl_buffer *buffer);

/* ---- tokens ------------------------------------------------------------------------------ */

enum sl_token_kind {
	SL_TOKEN_END,
	SL_TOKEN_NAME,
	SL_TOKEN_INT,
	SL_TOKEN_UINT,
	SL_TOKEN_DECIMAL,
	SL_TOKEN_STRING,
	SL_TOKEN_BYTES,
	SL_TOKEN_SIGN, /* an operator or bracket: its text says which */
	SL_TOKEN_BAD,  /* reported */
};

struct sl_token {
	enum sl_token_kind kind;
	uint32_t offset;
	struct sl_slice text; /* of a string its value */
	bool quoted;          /* a name between `: only behind a dot */
	uint64_t integer;
	double decimal;
};

struct sl_lexer {
	const struct sl_expr_context *context;
	uint32_t at;
	uint32_t end; /* of the last token: where the text ends to its reader */
	bool mended;  /* a mistake was reported and passed over */
	int error;    /* -ENOMEM */
};

/* Never reads behind the text; END for ever at its end. */
void sl_lexer_next(struct sl_lexer *lexer, struct sl_token *ret_token);

/* A quote, or one of the prefixes b, r and br in either case before one. */
bool sl_lexer_begins_string(const struct sl_lexer *lexer);

/* A string literal from its quote on, or from its prefix. Fills the token; false: reported. */
bool sl_lexer_string(struct sl_lexer *lexer, struct sl_token *token);

/* What to write for a character that begins no token, and how many bytes belong to it. */
#define SL_SIGN_HINT_MAX 192u
uint32_t sl_expr_sign_hint(struct sl_slice text, uint32_t at, char hint[SL_SIGN_HINT_MAX]);
/* The same for a number that goes on as `behind`. */
const char *sl_expr_number_hint(struct sl_slice behind);

/* Where in the condition's text a byte of a literal's value was written: of the literal at `offset`
 * the byte `value_offset`. The offset itself where no string literal begins there. */
uint32_t sl_expr_text_offset(const struct sl_expr_context *context, uint32_t offset,
			     uint32_t value_offset);

#endif
