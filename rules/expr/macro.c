/* Macros: calls whose arguments bind names. CEL expands them while parsing, so their shapes are a
 * matter of syntax; a call of the same name with another number of arguments is no macro. */
#include "rules/expr/parse_priv.h"

static bool is_loop(enum sl_function function)
{
	return function == SL_FUNCTION_ALL || function == SL_FUNCTION_EXISTS ||
	       function == SL_FUNCTION_EXISTS_ONE || function == SL_FUNCTION_MAP ||
	       function == SL_FUNCTION_FILTER;
}

static void check_has(struct sl_parser *parser, struct sl_expr *call)
{
	const struct sl_expr *of = call->args[0];

	call->function = SL_FUNCTION_HAS;
	if (of->kind != SL_EXPR_SELECT && of->kind != SL_EXPR_NAME)
		sl_parser_stop(parser, of->offset, "syntax",
			       "write `has(field)`; for a list or map `\"x\" in map`",
			       "`has` asks for a field or for a key behind a dot");
}

/* A call behind the name of a library of CEL, which is no value: cel.bind(…). */
static bool is_of(const struct sl_expr *expr, const char *library)
{
	return expr->kind == SL_EXPR_CALL && expr->member && expr->args[0]->kind == SL_EXPR_NAME &&
	       sl_slice_is(expr->args[0]->text, library);
}

static void check_loop(struct sl_parser *parser, struct sl_expr *call, enum sl_function function)
{
	const struct sl_expr *variable = call->args[1];
	bool takes_three = function == SL_FUNCTION_MAP;

	if (call->n_args == 4 && !takes_three && function != SL_FUNCTION_FILTER &&
	    variable->kind == SL_EXPR_NAME && call->args[2]->kind == SL_EXPR_NAME) {
		sl_parser_stop(parser, call->offset, "unsupported",
			       "with one variable: `list.all(x, x > 5)`",
			       "macros with two variables are not offered");
		return;
	}
	if (call->n_args != 3 && !(takes_three && call->n_args == 4))
		return;
	call->function = (int16_t)function;
	call->text = sl_slice_of(sl_function_info(function)->text);
	if (is_of(variable, "cel")) /* cel.iterVar(0, 0) */
		sl_parser_stop(parser, variable->offset, "unsupported",
			       "write a name, as in `tags.exists(t, t == \"vip\")`",
			       "`cel.iterVar` and what else begins with `cel.` is not offered");
	else if (variable->kind != SL_EXPR_NAME || variable->member)
		sl_parser_stop(parser, variable->offset, "syntax",
			       "as in `tags.exists(t, t == \"vip\")`",
			       "the first argument of a macro is the name of its variable");
}

/* cel.bind(v, value, expr) is [value].map(v, expr)[0]. */
static void expand_bind(struct sl_parser *parser, struct sl_expr *call)
{
	struct sl_expr *variable = call->args[1];
	struct sl_expr *list = sl_parser_node(parser, SL_EXPR_LIST, call->args[2]->offset);
	struct sl_expr *map = sl_parser_node(parser, SL_EXPR_CALL, call->offset);
	struct sl_expr *first = sl_parser_node(parser, SL_EXPR_LITERAL, call->offset);
	struct sl_expr *args[] = {list, variable, call->args[3]}, *whole[] = {map, first};
	struct sl_buffer of_list = {.at = (uint8_t *)&call->args[2], .bytes = sizeof(*args)};
	struct sl_buffer of_map = {.at = (uint8_t *)args, .bytes = sizeof(args)};
	struct sl_buffer of_index = {.at = (uint8_t *)whole, .bytes = sizeof(whole)};

	if (variable->kind != SL_EXPR_NAME || variable->member) {
		sl_parser_stop(parser, variable->offset, "syntax",
			       "as in `cel.bind(half, amount / 2, half > 5)`",
			       "the first argument of `cel.bind` is a name");
		return;
	}
	if (!list || !map || !first)
		return;
	first->type = SL_KIND_INT;
	map->function = SL_FUNCTION_MAP;
	map->text = sl_slice_of(sl_function_info(SL_FUNCTION_MAP)->text);
	map->member = true;
	call->function = SL_FUNCTION_INDEX;
	call->text = sl_slice_of(sl_function_info(SL_FUNCTION_INDEX)->text);
	call->member = false;
	if (sl_parser_args(parser, list, &of_list) && sl_parser_args(parser, map, &of_map))
		sl_parser_args(parser, call, &of_index);
}

/* math.greatest(a, b, c) is math.greatest([a, b, c]). */
static void gather(struct sl_parser *parser, struct sl_expr *call)
{
	struct sl_expr *list = sl_parser_node(parser, SL_EXPR_LIST, call->offset);
	struct sl_expr *args[] = {call->args[0], list};
	struct sl_buffer of_list = {.at = (uint8_t *)&call->args[1],
				    .bytes = (call->n_args - 1) * sizeof(*args)};
	struct sl_buffer of_call = {.at = (uint8_t *)args, .bytes = sizeof(args)};

	if (list && sl_parser_args(parser, list, &of_list))
		sl_parser_args(parser, call, &of_call);
}

void sl_parse_macro(struct sl_parser *parser, struct sl_expr *call)
{
	enum sl_function function = sl_function_named(call->text);

	if (is_of(call, "cel") && sl_slice_is(call->text, "bind") && call->n_args == 4) {
		expand_bind(parser, call);
		return;
	}
	if (is_of(call, "math") && call->n_args > 2 &&
	    (sl_slice_is(call->text, "greatest") || sl_slice_is(call->text, "least"))) {
		gather(parser, call);
		return;
	}
	if (sl_slice_is(call->text, "existsOne")) /* its other name */
		function = SL_FUNCTION_EXISTS_ONE;
	if (sl_function_info(function)->form != SL_FORM_MACRO) {
		call->function = (int16_t)function;
		return;
	}
	call->function = SL_FUNCTION_NONE;
	if (function == SL_FUNCTION_HAS && !call->member && call->n_args == 1)
		check_has(parser, call);
	else if (is_loop(function) && call->member && call->n_args >= 3)
		check_loop(parser, call, function);
}
