/* The grammar below the operators:
 *
 *     member    = primary {selection | "[" expr "]"}
 *     primary   = literal | ["."] name ["(" list ")"] | "(" expr ")" | "[" list "]" | "{" map "}"
 *     selection = "." name ["(" list ")"]
 *
 * What CEL has elsewhere and Sluice has not (messages, optional values) is recognised and refused
 * by name. */
#include "rules/expr/parse_priv.h"

static void add_arg(struct sl_buffer *args, struct sl_expr *expr)
{
	if (expr)
		sl_buffer_add(args, &expr, sizeof(expr));
}

static void *refuse_optional(struct sl_parser *parser)
{
	return sl_parser_stop(
		parser, parser->token.offset, "unsupported",
		"ask with `has(field)` or `key in map`",
		"optional values, with `?` after a dot or a bracket, are not offered");
}

/* Arguments or elements up to the closing sign; lists may end with a comma. */
static struct sl_expr *parse_list(struct sl_parser *parser, struct sl_expr *expr,
				  struct sl_expr *first, const char *close, bool comma_at_end)
{
	struct sl_buffer args = {0};

	add_arg(&args, first);
	while (!sl_parser_halted(parser) && !sl_parser_at(parser, close)) {
		if (comma_at_end && sl_parser_at(parser, "?"))
			refuse_optional(parser);
		add_arg(&args, sl_parse_expr(parser));
		if (sl_parser_at(parser, close))
			break;
		if (!sl_parser_take(parser, ","))
			sl_parser_refuse(parser, *close == ')' ? "`,` or `)`" : "`,` or `]`",
					 parser->token.kind == SL_TOKEN_STRING ||
							 parser->token.kind == SL_TOKEN_NAME
						 ? "between two values stands a comma"
						 : "");
		else if (!comma_at_end && sl_parser_at(parser, close))
			sl_parser_refuse(parser, "another argument", "");
	}
	expr = sl_parser_args(parser, expr, &args);
	sl_buffer_fini(&args);
	if (!sl_parser_halted(parser))
		sl_parser_advance(parser);
	return expr;
}

static struct sl_expr *parse_call(struct sl_parser *parser, const struct sl_token *name,
				  struct sl_expr *target)
{
	struct sl_expr *call = sl_parser_node(parser, SL_EXPR_CALL, name->offset);

	if (!call)
		return NULL;
	call->text = name->text;
	call->member = target != NULL;
	call = parse_list(parser, call, target, ")", false);
	if (call)
		sl_parse_macro(parser, call);
	return sl_parser_halted(parser) ? NULL : call;
}

static struct sl_expr *parse_map(struct sl_parser *parser, uint32_t offset)
{
	struct sl_expr *map = sl_parser_node(parser, SL_EXPR_MAP, offset);
	struct sl_buffer args = {0};

	while (!sl_parser_halted(parser) && !sl_parser_at(parser, "}")) {
		if (sl_parser_at(parser, "?"))
			refuse_optional(parser);
		add_arg(&args, sl_parse_expr(parser));
		if (!sl_parser_take(parser, ":"))
			sl_parser_refuse(parser, "`:`",
					 sl_parser_at(parser, "}")
						 ? "a field stands by its name alone: `amount`"
						 : "a list stands between `[` and `]`");
		add_arg(&args, sl_parse_expr(parser));
		if (!sl_parser_at(parser, "}") && !sl_parser_take(parser, ","))
			sl_parser_refuse(parser, "`,` or `}`", "");
	}
	map = sl_parser_args(parser, map, &args);
	sl_buffer_fini(&args);
	if (!sl_parser_halted(parser))
		sl_parser_advance(parser);
	return map;
}

struct sl_expr *sl_parse_number(struct sl_parser *parser, bool negative, uint32_t offset)
{
	struct sl_token token = parser->token;
	struct sl_expr *literal = sl_parser_node(parser, SL_EXPR_LITERAL, offset);
	uint64_t limit = (uint64_t)INT64_MAX + (negative ? 1 : 0);

	if (!literal)
		return NULL;
	if (token.kind == SL_TOKEN_DECIMAL) {
		literal->type = SL_KIND_DOUBLE;
		literal->decimal = negative ? -token.decimal : token.decimal;
	} else if (token.kind == SL_TOKEN_UINT) {
		literal->type = SL_KIND_UINT;
		literal->natural = token.integer;
	} else if (token.integer > limit) {
		sl_mistake(parser->context->diagnostics,
			   sl_expr_place(parser->context, token.offset), "syntax",
			   "an int ends at 9223372036854775807",
			   "`%.*s` is not a number: it is too large", SL_SLICE_ARGS(token.text));
		parser->stopped = true;
		return NULL;
	} else {
		literal->type = SL_KIND_INT;
		literal->integer = (int64_t)(negative ? 0 - token.integer : token.integer);
	}
	sl_parser_advance(parser);
	return literal;
}

static struct sl_expr *parse_name(struct sl_parser *parser, uint32_t offset, bool from_root)
{
	struct sl_token name = parser->token;
	bool yes = sl_slice_is(name.text, "true"), null = sl_slice_is(name.text, "null");
	struct sl_expr *expr;

	if (name.kind != SL_TOKEN_NAME)
		return sl_parser_refuse(parser, "a name", "");
	if (name.quoted)
		return sl_parser_refuse(
			parser, "a value",
			"a text stands in quotes, \"…\" or '…'; a name in ` follows "
			"a dot");
	if (!from_root && (yes || null || sl_slice_is(name.text, "false"))) {
		expr = sl_parser_node(parser, SL_EXPR_LITERAL, offset);
		if (!expr)
			return NULL;
		expr->type = null ? SL_KIND_NULL : SL_KIND_BOOL;
		expr->integer = yes;
		sl_parser_advance(parser);
		return expr;
	}
	if (sl_schema_is_reserved(name.text))
		return sl_parser_refuse(
			parser, "a value",
			sl_slice_is(name.text, "if")
				? "a condition stands alone, without `if`; a choice is written "
				  "`condition ? a : b`"
				: "this word is kept by CEL and cannot name a field");
	sl_parser_advance(parser);
	if (sl_parser_take(parser, "("))
		return parse_call(parser, &name, NULL);
	expr = sl_parser_node(parser, SL_EXPR_NAME, offset);
	if (!expr)
		return NULL;
	expr->text = name.text;
	expr->member = from_root;
	return expr;
}

static struct sl_expr *parse_primary(struct sl_parser *parser)
{
	uint32_t offset = parser->token.offset;
	bool is_string = parser->token.kind == SL_TOKEN_STRING;
	struct sl_expr *expr;

	switch (parser->token.kind) {
	case SL_TOKEN_NAME:
		return parse_name(parser, offset, false);
	case SL_TOKEN_INT:
	case SL_TOKEN_UINT:
	case SL_TOKEN_DECIMAL:
		return sl_parse_number(parser, false, offset);
	case SL_TOKEN_STRING:
	case SL_TOKEN_BYTES:
		expr = sl_parser_node(parser, SL_EXPR_LITERAL, offset);
		if (!expr)
			return NULL;
		expr->type = is_string ? SL_KIND_STRING : SL_KIND_BYTES;
		expr->text = parser->token.text;
		sl_parser_advance(parser);
		return expr;
	default:
		break;
	}
	if (sl_parser_take(parser, ".")) /* a name of the outermost scope */
		return parse_name(parser, offset, true);
	if (sl_parser_take(parser, "(")) {
		expr = sl_parse_expr(parser);
		if (!sl_parser_take(parser, ")"))
			return sl_parser_refuse(parser, "`)`",
						sl_parser_at(parser, ",")
							? "a list stands between `[` and `]`"
							: "");
		return expr;
	}
	if (sl_parser_take(parser, "["))
		return parse_list(parser, sl_parser_node(parser, SL_EXPR_LIST, offset), NULL, "]",
				  true);
	if (sl_parser_take(parser, "{"))
		return parse_map(parser, offset);
	return sl_parser_refuse(parser, "a value",
				sl_parser_at(parser, "=") ? "equality is written `==`" : "");
}

/* After a dot any word may stand that is no constant and no operator. */
static bool is_selector(const struct sl_token *token)
{
	static const char *const kept[] = {"true", "false", "null", "in"};

	if (token->kind != SL_TOKEN_NAME || token->quoted)
		return token->kind == SL_TOKEN_NAME;
	for (size_t i = 0; i < sizeof(kept) / sizeof(kept[0]); i++) {
		if (sl_slice_is(token->text, kept[i]))
			return false;
	}
	return true;
}

static struct sl_expr *parse_select(struct sl_parser *parser, struct sl_expr *of)
{
	struct sl_token name = parser->token;
	struct sl_buffer args = {.at = (uint8_t *)&of, .bytes = sizeof(of)};
	struct sl_expr *select;

	if (sl_parser_at(parser, "?"))
		return refuse_optional(parser);
	if (!is_selector(&name))
		return sl_parser_refuse(parser, "a name",
					name.kind == SL_TOKEN_DECIMAL || sl_parser_at(parser, ".")
						? "a range is written `x >= 1 && x <= 5`"
						: "");
	sl_parser_advance(parser);
	if (!name.quoted && sl_parser_take(parser, "("))
		return parse_call(parser, &name, of);
	select = sl_parser_node(parser, SL_EXPR_SELECT, of->offset);
	if (select)
		select->text = name.text;
	return sl_parser_args(parser, select, &args);
}

static struct sl_expr *parse_index(struct sl_parser *parser, struct sl_expr *of, uint32_t offset)
{
	struct sl_expr *args[2] = {of};

	if (sl_parser_at(parser, "?"))
		return refuse_optional(parser);
	args[1] = sl_parse_expr(parser);
	if (!sl_parser_take(parser, "]"))
		return sl_parser_refuse(parser, "`]`", "");
	return sl_parser_call(parser, SL_FUNCTION_INDEX, offset, args, 2);
}

struct sl_expr *sl_parse_selections(struct sl_parser *parser, struct sl_expr *expr)
{
	while (expr && !sl_parser_halted(parser)) {
		uint32_t offset = parser->token.offset;

		if (sl_parser_take(parser, "."))
			expr = parse_select(parser, expr);
		else if (sl_parser_take(parser, "["))
			expr = parse_index(parser, expr, offset);
		else if ((expr->kind == SL_EXPR_NAME || expr->kind == SL_EXPR_SELECT) &&
			 sl_parser_at(parser, "{"))
			return sl_parser_stop(parser, expr->offset, "unsupported",
					      "a map is written `{\"key\": value}`, without a name",
					      "messages, a name with braces, are not offered");
		else
			break;
	}
	return sl_parser_halted(parser) ? NULL : expr;
}

struct sl_expr *sl_parse_member(struct sl_parser *parser)
{
	return sl_parse_selections(parser, parse_primary(parser));
}
