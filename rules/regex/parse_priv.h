/* Inside of the parser of regular expressions: its state, and how trees are made.
 *
 * Whatever returns NULL or false has told the mistake, or set `no_memory`. */
#ifndef SL_RULES_REGEX_PARSE_PRIV_H
#define SL_RULES_REGEX_PARSE_PRIV_H

#include "rules/regex/regex_priv.h"

#define SL_REGEX_NAMES_MAX 100u

enum sl_regex_syntax_flag {
	SL_REGEX_FOLD = 1,    /* i */
	SL_REGEX_LINES = 2,   /* m */
	SL_REGEX_DOT_ALL = 4, /* s */
};

struct sl_regex_parser {
	struct sl_slice pattern;
	uint32_t at;
	unsigned flags; /* enum sl_regex_syntax_flag */
	unsigned depth;
	bool quoted; /* behind \Q */
	bool no_memory;
	struct sl_arena *arena;
	struct sl_regex_tree *tree;
	struct sl_regex_fault *fault;
	uint32_t n_names;
	struct sl_slice names[SL_REGEX_NAMES_MAX]; /* of groups */
};

#define SL_REGEX_ALL_PLACES 0xffffu /* an assertion that asks nothing */

/* The byte `ahead` of the next one, or 0: it lies behind the end. */
static inline char sl_regex_peek(const struct sl_regex_parser *parser, uint32_t ahead)
{
	return ahead < parser->pattern.bytes - parser->at ? parser->pattern.at[parser->at + ahead]
							  : '\0';
}

static inline bool sl_regex_at_end(const struct sl_regex_parser *parser)
{
	return parser->at >= parser->pattern.bytes;
}

/* False, always. */
bool sl_regex_refuse(struct sl_regex_parser *parser, enum sl_regex_fault_kind kind, uint32_t offset,
		     const char *hint, const char *format, ...)
	__attribute__((format(printf, 5, 6)));

/* One character of the pattern, as it stands. */
bool sl_regex_read_character(struct sl_regex_parser *parser, uint32_t *ret_code);

/* An escape that stands for one character, from its backslash on. */
bool sl_regex_read_escape(struct sl_regex_parser *parser, bool in_class, uint32_t *ret_code);

/* \d \D \s \S \w \W \p… \P…, from the backslash on: adds it. ret_is false: it is none of these, and
 * nothing was read. */
bool sl_regex_read_named_class(struct sl_regex_parser *parser, struct sl_regex_builder *builder,
			       bool *ret_is);

/* […], from the bracket on. */
struct sl_regex_node *sl_regex_read_class(struct sl_regex_parser *parser);

/* (?…, from the parenthesis on, as far as the group's contents. ret_ends: it was only flags, which
 * are set, and its closing parenthesis was read. */
bool sl_regex_read_group_head(struct sl_regex_parser *parser, bool *ret_ends);

/* The length of * + ? or a sound {…} that comes next, or 0: none does. Numbers that are too large
 * come out as too large. */
uint32_t sl_regex_read_operator(const struct sl_regex_parser *parser, uint32_t *ret_min,
				uint32_t *ret_max);
/* Tells that there is nothing it could repeat. */
void sl_regex_refuse_operator(struct sl_regex_parser *parser, uint32_t offset);
/* The node, repeated as what comes next says. */
struct sl_regex_node *sl_regex_read_repeat(struct sl_regex_parser *parser,
					   struct sl_regex_node *node);

struct sl_regex_node *sl_regex_node_new(struct sl_regex_parser *parser,
					enum sl_regex_node_kind kind, uint32_t offset);
/* Seals the builder, negated if asked for; folds first if the flags say so. */
struct sl_regex_node *sl_regex_node_of_set(struct sl_regex_parser *parser, uint32_t offset,
					   struct sl_regex_builder *builder, bool negate);
struct sl_regex_node *sl_regex_node_of_assertion(struct sl_regex_parser *parser, uint32_t offset,
						 uint16_t between);
/* Children are a list by `next`; none is EMPTY, one is itself. */
struct sl_regex_node *sl_regex_node_join(struct sl_regex_parser *parser,
					 enum sl_regex_node_kind kind, uint32_t offset,
					 struct sl_regex_node *children);
struct sl_regex_node *sl_regex_node_repeat(struct sl_regex_parser *parser, uint32_t offset,
					   struct sl_regex_node *child, uint32_t min, uint32_t max);
/* Without what may be empty at the expression's begin and end: a search finds the rest all the
 * same. */
struct sl_regex_node *sl_regex_node_trim(struct sl_regex_parser *parser, struct sl_regex_node *node,
					 bool head, bool tail);

#endif
