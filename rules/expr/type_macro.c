/* Types of the macros that loop: what their variable is, and what they give. */
#include "rules/expr/type_priv.h"

#include <stdio.h>

static const struct sl_type *looped_over(struct sl_typer *typer, const struct sl_expr *call)
{
	const struct sl_expr *range = call->args[0];
	char hint[SL_HINT_MAX] = "", room[SL_TYPE_TEXT_MAX];

	if (!range->type)
		return NULL;
	if (range->type == SL_TYPE_DYN || typer->context->dynamic)
		return sl_type_of(SL_TYPE_DYN);
	if (range->type == SL_KIND_LIST)
		return range->of->element;
	if (range->type == SL_KIND_MAP)
		return range->of->key;
	if (range->kind == SL_EXPR_FIELD)
		snprintf(hint, sizeof(hint), "compare the field itself, as in `%.*s == …`",
			 SL_SLICE_ARGS(range->text));
	sl_type_mistake(typer, call, "type_mismatch", hint, "`%.*s` goes over a list, this is %s",
			SL_SLICE_ARGS(call->text), sl_type_text(range->of, room));
	return NULL;
}

static bool is_condition(struct sl_typer *typer, const struct sl_expr *call,
			 const struct sl_expr *expr)
{
	char room[SL_TYPE_TEXT_MAX], hint[SL_HINT_MAX] = "compare it with something";

	if (!expr->type)
		return false;
	if (typer->context->dynamic || expr->type == SL_KIND_BOOL || expr->type == SL_TYPE_DYN)
		return true;
	if (expr->kind == SL_EXPR_LITERAL && expr->type == SL_KIND_STRING && expr->text.bytes < 80)
		snprintf(hint, sizeof(hint), "write `%.*s == \"%.*s\"`",
			 SL_SLICE_ARGS(call->args[1]->text), SL_SLICE_ARGS(expr->text));
	sl_type_mistake(typer, expr, "type_mismatch", hint,
			"`%.*s` asks a condition of each element, this is %s",
			SL_SLICE_ARGS(call->text), sl_type_text(expr->of, room));
	return false;
}

static const struct sl_type *result_of(struct sl_typer *typer, const struct sl_expr *call,
				       const struct sl_type *element)
{
	struct sl_arena *arena = typer->context->arena;

	if (call->function == SL_FUNCTION_MAP)
		return sl_type_list(arena, call->args[call->n_args - 1]->of);
	if (call->function == SL_FUNCTION_FILTER)
		return sl_type_list(arena, element);
	return sl_type_of(SL_KIND_BOOL);
}

void sl_type_loop(struct sl_typer *typer, struct sl_expr *call)
{
	struct sl_expr *variable = call->args[1];
	struct sl_scope scope = {.outer = typer->scope, .name = variable->text};
	const struct sl_type *element;
	bool good = true;

	sl_type_node(typer, call->args[0]);
	element = looped_over(typer, call);
	/* without a type it is still a name: what uses it is not looked at twice */
	scope.type = element;
	scope.slot = typer->scope ? (uint16_t)(typer->scope->slot + 1) : 0;
	variable->kind = SL_EXPR_VARIABLE;
	variable->slot = scope.slot;
	if (element)
		sl_type_give(typer, variable, element);
	typer->scope = &scope;
	for (uint32_t i = 2; i < call->n_args; i++) {
		sl_type_node(typer, call->args[i]);
		good &= call->args[i]->type != 0;
		if (i + 1 < call->n_args || call->function != SL_FUNCTION_MAP)
			good &= is_condition(typer, call, call->args[i]);
	}
	typer->scope = scope.outer;
	if (good && element)
		sl_type_give(typer, call,
			     typer->context->dynamic ? sl_type_of(SL_TYPE_DYN)
						     : result_of(typer, call, element));
}
