/* Recursive descent over the grammar of CEL, one function for each level of precedence:
 *
 *     expr   = or ["?" or ":" expr]         sum     = product {("+" | "-") product}
 *     or     = and {"||" and}               product = unary {("*" | "/" | "%") unary}
 *     and    = relation {"&&" relation}     unary   = {"!" | "-"} member
 *     relation = sum {relop sum}            member  = primary {selection | "[" expr "]"}
 *                                           selection = "." name ["(" list ")"]
 *
 * The first mistake ends the parse: what follows it would be guesses. */
#include "rules/expr_priv.h"

#include <errno.h>

struct parser {
	struct sl_lexer lexer;
	struct sl_token token; /* the next one */
	const struct sl_expr_context *context;
	unsigned nesting;
	int error;
	bool stopped; /* a mistake was reported */
};

static struct sl_expr *parse_expr(struct parser *parser);

static const struct sl_function_info functions[SL_FUNCTION_COUNT] = {
	[SL_FUNCTION_NONE] = {"", SL_FORM_GLOBAL, false, ""},
#define SL_FUNCTION(name, text, form, offered, instead)                                            \
	[SL_FUNCTION_##name] = {text, SL_FORM_##form, offered, instead},
#include "sluice/functions.def"
#undef SL_FUNCTION
};

const struct sl_function_info *sl_function_info(enum sl_function function)
{
	return &functions[function];
}

static void advance(struct parser *parser)
{
	sl_lexer_next(&parser->lexer, &parser->token);
	if (parser->lexer.error)
		parser->error = parser->lexer.error;
	if (parser->token.kind == SL_TOKEN_BAD)
		parser->stopped = true;
}

static bool is_halted(const struct parser *parser)
{
	return parser->stopped || parser->error;
}

static void *refuse(struct parser *parser, const char *expected, const char *hint)
{
	const struct sl_token *token = &parser->token;
	struct sl_place place = sl_expr_place(parser->context, token->offset);

	if (is_halted(parser))
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

static void *too_deep(struct parser *parser, uint32_t offset)
{
	if (!is_halted(parser))
		sl_mistake(parser->context->diagnostics, sl_expr_place(parser->context, offset),
			   "too_deep", "", "a condition is nested at most %u deep",
			   SL_EXPR_DEPTH_MAX);
	parser->stopped = true;
	return NULL;
}

static bool is_sign(const struct parser *parser, const char *sign)
{
	return parser->token.kind == SL_TOKEN_SIGN && sl_slice_is(parser->token.text, sign);
}

static bool take_sign(struct parser *parser, const char *sign)
{
	if (!is_sign(parser, sign))
		return false;
	advance(parser);
	return true;
}

static struct sl_expr *new_expr(struct parser *parser, enum sl_expr_kind kind, uint32_t offset)
{
	struct sl_expr *expr;

	if (is_halted(parser))
		return NULL;
	expr = sl_arena_alloc(parser->context->arena, sizeof(*expr));
	if (!expr) {
		parser->error = -ENOMEM;
		return NULL;
	}
	expr->kind = kind;
	expr->offset = offset;
	expr->depth = 1;
	return expr;
}

/* Takes over the arguments, n pointers in the buffer. */
static struct sl_expr *with_args(struct parser *parser, struct sl_expr *expr,
				 const struct sl_buffer *args)
{
	if (!expr || is_halted(parser))
		return NULL;
	if (args->failed) {
		parser->error = -ENOMEM;
		return NULL;
	}
	expr->n_args = (uint32_t)(args->bytes / sizeof(*expr->args));
	expr->args = sl_arena_alloc(parser->context->arena, args->bytes + 1);
	if (!expr->args) {
		parser->error = -ENOMEM;
		return NULL;
	}
	if (args->bytes)
		memcpy(expr->args, args->at, args->bytes);
	for (uint32_t i = 0; i < expr->n_args; i++) {
		if (expr->args[i]->depth >= SL_EXPR_DEPTH_MAX)
			return too_deep(parser, expr->offset);
		if (expr->args[i]->depth >= expr->depth)
			expr->depth = expr->args[i]->depth + 1;
	}
	return expr;
}

static void add_arg(struct sl_buffer *args, struct sl_expr *expr)
{
	if (expr)
		sl_buffer_add(args, &expr, sizeof(expr));
}

static struct sl_expr *new_call(struct parser *parser, enum sl_function function, uint32_t offset,
				struct sl_expr *const *args, uint32_t n_args)
{
	struct sl_expr *call = new_expr(parser, SL_EXPR_CALL, offset);
	struct sl_buffer buffer = {.at = (uint8_t *)args, .bytes = n_args * sizeof(*args)};

	if (!call)
		return NULL;
	call->function = (int16_t)function;
	call->text = sl_slice_of(functions[function].text);
	return with_args(parser, call, &buffer);
}

/* Arguments or elements up to the closing sign; lists may end with a comma. */
static struct sl_expr *parse_list(struct parser *parser, struct sl_expr *expr,
				  struct sl_expr *first, const char *close, bool comma_at_end)
{
	struct sl_buffer args = {0};

	add_arg(&args, first);
	while (!is_halted(parser) && !is_sign(parser, close)) {
		add_arg(&args, parse_expr(parser));
		if (is_sign(parser, close))
			break;
		if (!take_sign(parser, ","))
			refuse(parser, *close == ')' ? "`,` or `)`" : "`,` or `]`", "");
		else if (!comma_at_end && is_sign(parser, close))
			refuse(parser, "another argument", "");
	}
	expr = with_args(parser, expr, &args);
	sl_buffer_fini(&args);
	if (!is_halted(parser))
		advance(parser);
	return expr;
}

static enum sl_function function_named(struct sl_slice name)
{
	for (int i = 1; i < SL_FUNCTION_COUNT; i++) {
		if (functions[i].form != SL_FORM_OPERATOR && sl_slice_is(name, functions[i].text))
			return (enum sl_function)i;
	}
	return SL_FUNCTION_NONE;
}

static struct sl_expr *parse_call(struct parser *parser, const struct sl_token *name,
				  struct sl_expr *target)
{
	struct sl_expr *call = new_expr(parser, SL_EXPR_CALL, name->offset);

	if (!call)
		return NULL;
	call->text = name->text;
	call->function = (int16_t)function_named(name->text);
	call->member = target != NULL;
	return parse_list(parser, call, target, ")", false);
}

/* Braces: maps and messages are read to their end, to be refused by name. */
static struct sl_expr *parse_braces(struct parser *parser, uint32_t offset)
{
	struct sl_expr *map = new_expr(parser, SL_EXPR_MAP, offset);

	while (!is_halted(parser) && !is_sign(parser, "}")) {
		parse_expr(parser);
		if (!take_sign(parser, ":"))
			refuse(parser, "`:`", "");
		parse_expr(parser);
		if (!is_sign(parser, "}") && !take_sign(parser, ","))
			refuse(parser, "`,` or `}`", "");
	}
	if (!is_halted(parser))
		advance(parser);
	return map;
}

static struct sl_expr *parse_number(struct parser *parser, bool negative, uint32_t offset)
{
	struct sl_token token = parser->token;
	struct sl_expr *literal = new_expr(parser, SL_EXPR_LITERAL, offset);
	uint64_t limit = (uint64_t)INT64_MAX + (negative ? 1 : 0);

	if (!literal)
		return NULL;
	if (token.kind == SL_TOKEN_DECIMAL) {
		literal->type = SL_TYPE_DECIMAL;
		literal->decimal = negative ? -token.decimal : token.decimal;
	} else if (token.kind == SL_TOKEN_UINT) {
		literal->type = SL_EXPR_TYPE_OTHER;
		literal->text = sl_slice_of("unsigned numbers");
	} else if (token.integer > limit) {
		sl_mistake(parser->context->diagnostics,
			   sl_expr_place(parser->context, token.offset), "syntax", "",
			   "`%.*s` is not a number: it is too large", SL_SLICE_ARGS(token.text));
		parser->stopped = true;
		return NULL;
	} else {
		literal->type = SL_TYPE_INT;
		literal->integer = (int64_t)(negative ? 0 - token.integer : token.integer);
	}
	advance(parser);
	return literal;
}

static struct sl_expr *parse_name(struct parser *parser)
{
	struct sl_token name = parser->token;
	bool yes = sl_slice_is(name.text, "true");
	struct sl_expr *expr;

	if (yes || sl_slice_is(name.text, "false") || sl_slice_is(name.text, "null")) {
		bool null = sl_slice_is(name.text, "null");

		expr = new_expr(parser, SL_EXPR_LITERAL, name.offset);
		if (!expr)
			return NULL;
		expr->type = null ? SL_EXPR_TYPE_OTHER : SL_TYPE_BOOL;
		expr->integer = yes;
		expr->text = sl_slice_of(null ? "null" : "");
		advance(parser);
		return expr;
	}
	if (sl_schema_is_reserved(name.text))
		return refuse(parser, "a value",
			      "this word is kept by CEL and cannot name a field");
	advance(parser);
	if (take_sign(parser, "("))
		return parse_call(parser, &name, NULL);
	expr = new_expr(parser, SL_EXPR_NAME, name.offset);
	if (expr)
		expr->text = name.text;
	return expr;
}

static struct sl_expr *parse_primary(struct parser *parser)
{
	uint32_t offset = parser->token.offset;
	struct sl_expr *expr;

	switch (parser->token.kind) {
	case SL_TOKEN_NAME:
		return parse_name(parser);
	case SL_TOKEN_INT:
	case SL_TOKEN_UINT:
	case SL_TOKEN_DECIMAL:
		return parse_number(parser, false, offset);
	case SL_TOKEN_STRING:
	case SL_TOKEN_BYTES:
		expr = new_expr(parser, SL_EXPR_LITERAL, offset);
		if (!expr)
			return NULL;
		expr->type =
			parser->token.kind == SL_TOKEN_STRING ? SL_TYPE_STRING : SL_EXPR_TYPE_OTHER;
		expr->text =
			expr->type == SL_TYPE_STRING ? parser->token.text : sl_slice_of("bytes");
		advance(parser);
		return expr;
	default:
		break;
	}
	if (take_sign(parser, "(")) {
		expr = parse_expr(parser);
		if (!take_sign(parser, ")"))
			return refuse(parser, "`)`", "");
		return expr;
	}
	if (take_sign(parser, "["))
		return parse_list(parser, new_expr(parser, SL_EXPR_LIST, offset), NULL, "]", true);
	if (take_sign(parser, "{"))
		return parse_braces(parser, offset);
	return refuse(parser, "a value", "");
}

static struct sl_expr *parse_select(struct parser *parser, struct sl_expr *of)
{
	struct sl_token name = parser->token;
	struct sl_buffer args = {.at = (uint8_t *)&of, .bytes = sizeof(of)};
	struct sl_expr *select;

	if (name.kind != SL_TOKEN_NAME)
		return refuse(parser, "a name", "");
	advance(parser);
	if (take_sign(parser, "("))
		return parse_call(parser, &name, of);
	select = new_expr(parser, SL_EXPR_SELECT, of->offset);
	if (select)
		select->text = name.text;
	return with_args(parser, select, &args);
}

static struct sl_expr *parse_member(struct parser *parser)
{
	struct sl_expr *expr = parse_primary(parser);

	while (expr && !is_halted(parser)) {
		uint32_t offset = parser->token.offset;

		if (take_sign(parser, ".")) {
			expr = parse_select(parser, expr);
		} else if (take_sign(parser, "[")) {
			struct sl_expr *args[2] = {expr, parse_expr(parser)};

			if (!take_sign(parser, "]"))
				return refuse(parser, "`]`", "");
			expr = new_call(parser, SL_FUNCTION_INDEX, offset, args, 2);
		} else if ((expr->kind == SL_EXPR_NAME || expr->kind == SL_EXPR_SELECT) &&
			   take_sign(parser, "{")) {
			expr = parse_braces(parser, expr->offset);
		} else {
			break;
		}
	}
	return is_halted(parser) ? NULL : expr;
}

static struct sl_expr *parse_unary(struct parser *parser)
{
	uint32_t offset = parser->token.offset;
	enum sl_function function;
	struct sl_expr *of;

	if (is_sign(parser, "!"))
		function = SL_FUNCTION_NOT;
	else if (is_sign(parser, "-"))
		function = SL_FUNCTION_NEGATE;
	else
		return parse_member(parser);
	advance(parser);
	if (function == SL_FUNCTION_NEGATE &&
	    (parser->token.kind == SL_TOKEN_INT || parser->token.kind == SL_TOKEN_DECIMAL))
		return parse_number(parser, true, offset);
	if (++parser->nesting > SL_EXPR_DEPTH_MAX)
		return too_deep(parser, offset);
	of = parse_unary(parser);
	parser->nesting--;
	return of ? new_call(parser, function, offset, &of, 1) : NULL;
}

struct operator
{
	const char *text;
	enum sl_function function;
};

/* A level of left-associative binary operators above the next one. */
static struct sl_expr *parse_binary(struct parser *parser, const struct operator* operators,
				    unsigned n, struct sl_expr *(*next)(struct parser *))
{
	struct sl_expr *left = next(parser);

	while (left && !is_halted(parser)) {
		uint32_t offset = parser->token.offset;
		unsigned i = 0;

		/* `in` is a name to the lexer, and equal to no sign */
		while (i < n && !((parser->token.kind == SL_TOKEN_SIGN ||
				   parser->token.kind == SL_TOKEN_NAME) &&
				  sl_slice_is(parser->token.text, operators[i].text)))
			i++;
		if (i == n)
			return left;
		advance(parser);
		left = new_call(parser, operators[i].function, offset,
				(struct sl_expr *[]){left, next(parser)}, 2);
	}
	return is_halted(parser) ? NULL : left;
}

static struct sl_expr *parse_product(struct parser *parser)
{
	static const struct operator operators[] = {
		{"*", SL_FUNCTION_MULTIPLY}, {"/", SL_FUNCTION_DIVIDE}, {"%", SL_FUNCTION_MODULO}};

	return parse_binary(parser, operators, 3, parse_unary);
}

static struct sl_expr *parse_sum(struct parser *parser)
{
	static const struct operator operators[] = {{"+", SL_FUNCTION_ADD},
						    {"-", SL_FUNCTION_SUBTRACT}};

	return parse_binary(parser, operators, 2, parse_product);
}

static struct sl_expr *parse_relation(struct parser *parser)
{
	static const struct operator operators[] = {{"==", SL_FUNCTION_EQ}, {"!=", SL_FUNCTION_NE},
						    {"<=", SL_FUNCTION_LE}, {">=", SL_FUNCTION_GE},
						    {"<", SL_FUNCTION_LT},  {">", SL_FUNCTION_GT},
						    {"in", SL_FUNCTION_IN}};

	return parse_binary(parser, operators, 7, parse_sum);
}

/* One level of && or ||: all sides as arguments of one call. */
static struct sl_expr *parse_logic(struct parser *parser, const char *sign,
				   enum sl_function function,
				   struct sl_expr *(*next)(struct parser *))
{
	struct sl_expr *expr = next(parser), *call;
	uint32_t offset = parser->token.offset;
	struct sl_buffer args = {0};

	if (!expr || !is_sign(parser, sign))
		return expr;
	add_arg(&args, expr);
	while (!is_halted(parser) && take_sign(parser, sign))
		add_arg(&args, next(parser));
	call = new_expr(parser, SL_EXPR_CALL, offset);
	if (call) {
		call->function = (int16_t)function;
		call->text = sl_slice_of(functions[function].text);
	}
	call = with_args(parser, call, &args);
	sl_buffer_fini(&args);
	return call;
}

static struct sl_expr *parse_and(struct parser *parser)
{
	return parse_logic(parser, "&&", SL_FUNCTION_AND, parse_relation);
}

static struct sl_expr *parse_expr(struct parser *parser)
{
	struct sl_expr *args[3] = {0}, *expr = NULL;
	uint32_t offset = parser->token.offset;

	if (++parser->nesting > SL_EXPR_DEPTH_MAX)
		return too_deep(parser, offset);
	args[0] = parse_logic(parser, "||", SL_FUNCTION_OR, parse_and);
	offset = parser->token.offset;
	if (args[0] && take_sign(parser, "?")) {
		args[1] = parse_logic(parser, "||", SL_FUNCTION_OR, parse_and);
		if (!take_sign(parser, ":"))
			refuse(parser, "`:`", "");
		else
			args[2] = parse_expr(parser);
		if (args[2])
			expr = new_call(parser, SL_FUNCTION_CONDITIONAL, offset, args, 3);
	} else {
		expr = args[0];
	}
	parser->nesting--;
	return is_halted(parser) ? NULL : expr;
}

int sl_expr_parse(const struct sl_expr_context *context, struct sl_expr **ret_expr)
{
	struct parser parser = {.lexer = {.context = context}, .context = context};
	struct sl_expr *expr = NULL;

	if (context->text.bytes > SL_EXPR_BYTES_MAX) {
		sl_mistake(context->diagnostics, sl_expr_place(context, 0), "too_large", "",
			   "a condition has at most %u bytes", SL_EXPR_BYTES_MAX);
	} else {
		advance(&parser);
		expr = parse_expr(&parser);
	}
	if (expr && parser.token.kind != SL_TOKEN_END)
		expr = refuse(&parser, "`&&` or the end",
			      parser.token.kind == SL_TOKEN_NAME &&
					      sl_slice_is(parser.token.text, "and")
				      ? "and is written `&&`"
				      : "");
	if (parser.error)
		return parser.error;
	*ret_expr = parser.stopped ? NULL : expr;
	return 0;
}
