/* Macros: calls whose arguments bind names. CEL expands them while parsing, so their shapes are a
 * matter of syntax; a call of the same name with another number of arguments is no macro. */
#include "rules/expr_parse_priv.h"

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

/* cel.iterVar(0, 0), which stands where a variable's name does. */
static bool is_of_cel(const struct sl_expr *expr)
{
	return expr->kind == SL_EXPR_CALL && expr->member && expr->args[0]->kind == SL_EXPR_NAME &&
	       sl_slice_is(expr->args[0]->text, "cel");
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
	if (is_of_cel(variable))
		sl_parser_stop(parser, variable->offset, "unsupported",
			       "write a name, as in `tags.exists(t, t == \"vip\")`",
			       "`cel.iterVar` and what else begins with `cel.` is not offered");
	else if (variable->kind != SL_EXPR_NAME || variable->member)
		sl_parser_stop(parser, variable->offset, "syntax",
			       "as in `tags.exists(t, t == \"vip\")`",
			       "the first argument of a macro is the name of its variable");
}

void sl_parse_macro(struct sl_parser *parser, struct sl_expr *call)
{
	enum sl_function function = sl_function_named(call->text);

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
