/* The parser's parts among themselves: its state, nodes, and who parses what.
 *
 * The first mistake stops a parser for good: every function then returns NULL and does nothing.
 * Some are reported and passed over (`mended`): the tree then serves to find more mistakes only. */
#ifndef SL_RULES_EXPR_PARSE_PRIV_H
#define SL_RULES_EXPR_PARSE_PRIV_H

#include "rules/expr/expr_priv.h"

struct sl_parser {
	struct sl_lexer lexer;
	struct sl_token token; /* the next one */
	const struct sl_expr_context *context;
	unsigned nesting;
	int error;
	bool stopped; /* a mistake was reported */
};

void sl_parser_advance(struct sl_parser *parser);
bool sl_parser_halted(const struct sl_parser *parser);
bool sl_parser_at(const struct sl_parser *parser, const char *sign);
bool sl_parser_take(struct sl_parser *parser, const char *sign);

/* Report at the token, or at an offset, and stop. Always NULL. */
void *sl_parser_refuse(struct sl_parser *parser, const char *expected, const char *hint);
void *sl_parser_stop(struct sl_parser *parser, uint32_t offset, const char *code, const char *hint,
		     const char *message);
void *sl_parser_too_deep(struct sl_parser *parser, uint32_t offset);

struct sl_expr *sl_parser_node(struct sl_parser *parser, enum sl_expr_kind kind, uint32_t offset);
/* Gives the node its arguments, pointers in the buffer, which the caller ends. */
struct sl_expr *sl_parser_args(struct sl_parser *parser, struct sl_expr *expr,
			       const struct sl_buffer *args);
struct sl_expr *sl_parser_call(struct sl_parser *parser, enum sl_function function, uint32_t offset,
			       struct sl_expr *const *args, uint32_t n_args);

/* What to write where the condition should have ended behind `expr`; never NULL. */
const char *sl_expr_hint_after(const struct sl_parser *parser, const struct sl_expr *expr);
/* "and" of "&&", "or" of "||", in either case. */
bool sl_expr_is_joining_word(struct sl_slice word, const char *sign);

struct sl_expr *sl_parse_expr(struct sl_parser *parser);   /* parse.c */
struct sl_expr *sl_parse_member(struct sl_parser *parser); /* primary.c */
/* A number behind its sign, if it has one. */
struct sl_expr *sl_parse_number(struct sl_parser *parser, bool negative, uint32_t offset);
/* "." name, "[" index "]" and so on behind what was parsed. */
struct sl_expr *sl_parse_selections(struct sl_parser *parser, struct sl_expr *expr);

/* Says which function or macro a call behind a name is, and checks the shape of a macro. */
void sl_parse_macro(struct sl_parser *parser, struct sl_expr *call);

#endif
