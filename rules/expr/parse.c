/* Recursive descent over the grammar of CEL, one function for each level of precedence:
 *
 *     expr   = or ["?" or ":" expr]         sum     = product {("+" | "-") product}
 *     or     = and {"||" and}               product = unary {("*" | "/" | "%") unary}
 *     and    = relation {"&&" relation}     unary   = {"!" | "-"} member
 *     relation = sum {relop sum}            member: see primary.c
 *
 * The first mistake ends the parse, for what follows it would be guesses; but for those that can
 * only have meant one thing. */
#include "rules/expr/parse_priv.h"

#include <errno.h>

void sl_parser_advance(struct sl_parser *parser)
{
	sl_lexer_next(&parser->lexer, &parser->token);
	if (parser->lexer.error)
		parser->error = parser->lexer.error;
	if (parser->token.kind == SL_TOKEN_BAD)
		parser->stopped = true;
}

bool sl_parser_halted(const struct sl_parser *parser)
{
	return parser->stopped || parser->error;
}

void *sl_parser_refuse(struct sl_parser *parser, const char *expected, const char *hint)
{
	const struct sl_token *token = &parser->token;
	struct sl_place place = sl_expr_place(parser->context, token->offset);

	if (sl_parser_halted(parser))
		return NULL;
	parser->stopped = true;
	if (token->kind == SL_TOKEN_END)
		sl_mistake(parser->context->diagnostics, place, "syntax", hint,
			   "the condition ends where %s is expected", expected);
	else if (token->kind == SL_TOKEN_STRING || token->kind == SL_TOKEN_BYTES)
		sl_mistake(parser->context->diagnostics, place, "syntax", hint,
			   "%s is expected here, not a text", expected);
	else
		sl_mistake(parser->context->diagnostics, place, "syntax", hint,
			   "%s is expected here, not `%.*s`", expected, SL_SLICE_ARGS(token->text));
	return NULL;
}

void *sl_parser_stop(struct sl_parser *parser, uint32_t offset, const char *code, const char *hint,
		     const char *message)
{
	if (!sl_parser_halted(parser))
		sl_mistake(parser->context->diagnostics, sl_expr_place(parser->context, offset),
			   code, hint, "%s", message);
	parser->stopped = true;
	return NULL;
}

void *sl_parser_too_deep(struct sl_parser *parser, uint32_t offset)
{
	if (!sl_parser_halted(parser))
		sl_mistake(parser->context->diagnostics, sl_expr_place(parser->context, offset),
			   "too_deep", "divide it, or leave brackets out",
			   "a condition is nested at most %u deep", SL_EXPR_DEPTH_MAX);
	parser->stopped = true;
	return NULL;
}

bool sl_parser_at(const struct sl_parser *parser, const char *sign)
{
	return parser->token.kind == SL_TOKEN_SIGN && sl_slice_is(parser->token.text, sign);
}

bool sl_parser_take(struct sl_parser *parser, const char *sign)
{
	if (!sl_parser_at(parser, sign))
		return false;
	sl_parser_advance(parser);
	return true;
}

struct sl_expr *sl_parser_node(struct sl_parser *parser, enum sl_expr_kind kind, uint32_t offset)
{
	struct sl_expr *expr;

	if (sl_parser_halted(parser))
		return NULL;
	expr = sl_arena_alloc(parser->context->arena, sizeof(*expr));
	if (!expr) {
		parser->error = -ENOMEM;
		return NULL;
	}
	expr->kind = (uint8_t)kind;
	expr->offset = offset;
	expr->depth = 1;
	return expr;
}

struct sl_expr *sl_parser_args(struct sl_parser *parser, struct sl_expr *expr,
			       const struct sl_buffer *args)
{
	if (!expr || sl_parser_halted(parser))
		return NULL;
	if (!args->failed)
		expr->args = sl_arena_alloc(parser->context->arena, args->bytes + 1);
	if (!expr->args) {
		parser->error = -ENOMEM;
		return NULL;
	}
	expr->n_args = (uint32_t)(args->bytes / sizeof(*expr->args));
	if (args->bytes)
		memcpy(expr->args, args->at, args->bytes);
	for (uint32_t i = 0; i < expr->n_args; i++) {
		if (expr->args[i]->depth >= SL_EXPR_DEPTH_MAX)
			return sl_parser_too_deep(parser, expr->offset);
		if (expr->args[i]->depth >= expr->depth)
			expr->depth = expr->args[i]->depth + 1;
	}
	return expr;
}

struct sl_expr *sl_parser_call(struct sl_parser *parser, enum sl_function function, uint32_t offset,
			       struct sl_expr *const *args, uint32_t n_args)
{
	struct sl_expr *call = sl_parser_node(parser, SL_EXPR_CALL, offset);
	struct sl_buffer buffer = {.at = (uint8_t *)args, .bytes = n_args * sizeof(*args)};

	if (!call)
		return NULL;
	call->function = (int16_t)function;
	call->text = sl_slice_of(sl_function_info(function)->text);
	return sl_parser_args(parser, call, &buffer);
}

static struct sl_expr *parse_unary(struct sl_parser *parser)
{
	uint32_t offset = parser->token.offset;
	enum sl_function function;
	struct sl_expr *of;

	if (sl_parser_at(parser, "!"))
		function = SL_FUNCTION_NOT;
	else if (sl_parser_at(parser, "-"))
		function = SL_FUNCTION_NEGATE;
	else
		return sl_parse_member(parser);
	sl_parser_advance(parser);
	if (function == SL_FUNCTION_NEGATE &&
	    (parser->token.kind == SL_TOKEN_INT || parser->token.kind == SL_TOKEN_DECIMAL))
		return sl_parse_selections(parser, sl_parse_number(parser, true, offset));
	if (++parser->nesting > SL_EXPR_DEPTH_MAX)
		return sl_parser_too_deep(parser, offset);
	of = parse_unary(parser);
	parser->nesting--;
	return of ? sl_parser_call(parser, function, offset, &of, 1) : NULL;
}

struct operator
{
	const char *text;
	enum sl_function function;
};

/* A level of left-associative binary operators above the next one. */
static struct sl_expr *parse_binary(struct sl_parser *parser, const struct operator* operators,
				    unsigned n, struct sl_expr *(*next)(struct sl_parser *))
{
	struct sl_expr *left = next(parser);

	while (left && !sl_parser_halted(parser)) {
		uint32_t offset = parser->token.offset;
		struct sl_expr *right;
		unsigned i = 0;

		/* `in` is a name to the lexer, and equal to no sign */
		while (i < n &&
		       !((parser->token.kind == SL_TOKEN_SIGN ||
			  (parser->token.kind == SL_TOKEN_NAME && !parser->token.quoted)) &&
			 sl_slice_is(parser->token.text, operators[i].text)))
			i++;
		if (i == n)
			return left;
		sl_parser_advance(parser);
		if (operators[i].function == SL_FUNCTION_LT && sl_parser_at(parser, ">"))
			return sl_parser_refuse(parser, "a value", "not equal is written `!=`");
		if (operators[i].function == SL_FUNCTION_DIVIDE && sl_parser_at(parser, "*"))
			return sl_parser_refuse(parser, "a value", "a comment begins with `//`");
		if (operators[i].function == SL_FUNCTION_SUBTRACT && sl_parser_at(parser, ">"))
			return sl_parser_refuse(
				parser, "a value",
				"as in `tags.exists(t, t == \"vip\")`, with a comma");
		right = next(parser);
		left = sl_parser_call(parser, operators[i].function, offset,
				      (struct sl_expr *[]){left, right}, 2);
	}
	return sl_parser_halted(parser) ? NULL : left;
}

static struct sl_expr *parse_product(struct sl_parser *parser)
{
	static const struct operator operators[] = {
		{"*", SL_FUNCTION_MULTIPLY}, {"/", SL_FUNCTION_DIVIDE}, {"%", SL_FUNCTION_MODULO}};

	return parse_binary(parser, operators, 3, parse_unary);
}

static struct sl_expr *parse_sum(struct sl_parser *parser)
{
	static const struct operator operators[] = {{"+", SL_FUNCTION_ADD},
						    {"-", SL_FUNCTION_SUBTRACT}};

	return parse_binary(parser, operators, 2, parse_product);
}

static struct sl_expr *parse_relation(struct sl_parser *parser)
{
	static const struct operator operators[] = {{"==", SL_FUNCTION_EQ}, {"!=", SL_FUNCTION_NE},
						    {"<=", SL_FUNCTION_LE}, {">=", SL_FUNCTION_GE},
						    {"<", SL_FUNCTION_LT},  {">", SL_FUNCTION_GT},
						    {"in", SL_FUNCTION_IN}};

	return parse_binary(parser, operators, 7, parse_sum);
}

/* && or ||; in a campaign also the word for it, which is reported and taken as meant. */
static bool take_joining(struct sl_parser *parser, const char *sign)
{
	const struct sl_token *token = &parser->token;

	if (sl_parser_take(parser, sign))
		return true;
	if (!parser->context->node || parser->context->is_value || sl_parser_halted(parser) ||
	    token->kind != SL_TOKEN_NAME || token->quoted ||
	    !sl_expr_is_joining_word(token->text, sign))
		return false;
	sl_mistake(parser->context->diagnostics, sl_expr_place(parser->context, token->offset),
		   "syntax", *sign == '&' ? "and is written `&&`" : "or is written `||`",
		   "`&&`, `||` or the end is expected here, not `%.*s`",
		   SL_SLICE_ARGS(token->text));
	parser->lexer.mended = true;
	sl_parser_advance(parser);
	return true;
}

/* One level of && or ||: all sides as arguments of one call. */
static struct sl_expr *parse_logic(struct sl_parser *parser, const char *sign,
				   enum sl_function function,
				   struct sl_expr *(*next)(struct sl_parser *))
{
	struct sl_expr *expr = next(parser), *call;
	uint32_t offset = parser->token.offset;
	struct sl_buffer args = {0};

	if (!expr || !take_joining(parser, sign))
		return expr;
	do {
		if (expr)
			sl_buffer_add(&args, &expr, sizeof(expr));
		expr = next(parser);
	} while (!sl_parser_halted(parser) && take_joining(parser, sign));
	if (expr)
		sl_buffer_add(&args, &expr, sizeof(expr));
	call = sl_parser_node(parser, SL_EXPR_CALL, offset);
	if (call) {
		call->function = (int16_t)function;
		call->text = sl_slice_of(sl_function_info(function)->text);
	}
	call = sl_parser_args(parser, call, &args);
	sl_buffer_fini(&args);
	return call;
}

static struct sl_expr *parse_and(struct sl_parser *parser)
{
	return parse_logic(parser, "&&", SL_FUNCTION_AND, parse_relation);
}

struct sl_expr *sl_parse_expr(struct sl_parser *parser)
{
	struct sl_expr *args[3] = {0}, *expr = NULL;
	uint32_t offset = parser->token.offset;

	if (++parser->nesting > SL_EXPR_DEPTH_MAX)
		return sl_parser_too_deep(parser, offset);
	args[0] = parse_logic(parser, "||", SL_FUNCTION_OR, parse_and);
	offset = parser->token.offset;
	if (args[0] && sl_parser_take(parser, "?")) {
		args[1] = parse_logic(parser, "||", SL_FUNCTION_OR, parse_and);
		if (!sl_parser_take(parser, ":"))
			sl_parser_refuse(parser, "`:`", "a choice is written `a ? b : c`");
		else
			args[2] = sl_parse_expr(parser);
		if (args[2])
			expr = sl_parser_call(parser, SL_FUNCTION_CONDITIONAL, offset, args, 3);
	} else {
		expr = args[0];
	}
	parser->nesting--;
	return sl_parser_halted(parser) ? NULL : expr;
}

int sl_expr_parse(const struct sl_expr_context *context, struct sl_expr **ret_expr)
{
	struct sl_parser parser = {.lexer = {.context = context}, .context = context};
	struct sl_expr *expr = NULL;

	if (context->text.bytes > SL_EXPR_BYTES_MAX) {
		sl_mistake(context->diagnostics, sl_expr_place(context, 0), "too_large",
			   "divide it: a campaign each, or a shorter list",
			   "a condition has at most %u bytes", SL_EXPR_BYTES_MAX);
	} else {
		sl_parser_advance(&parser);
		expr = sl_parse_expr(&parser);
	}
	if (expr && parser.token.kind != SL_TOKEN_END)
		expr = sl_parser_refuse(&parser,
					context->is_value ? "the end" : "`&&`, `||` or the end",
					sl_expr_hint_after(&parser, expr));
	if (parser.error)
		return parser.error;
	if (expr && parser.lexer.mended) {
		sl_expr_type_any(context, expr); /* what else is wrong */
		expr = NULL;
	}
	*ret_expr = parser.stopped ? NULL : expr;
	return 0;
}
