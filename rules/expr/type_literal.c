/* Types of lists and maps: of their elements where these have one, of dyn where they mix. */
#include "rules/expr/type_priv.h"

static bool is_key(const struct sl_type *type)
{
	return type->kind == SL_KIND_BOOL || type->kind == SL_KIND_INT ||
	       type->kind == SL_KIND_UINT || type->kind == SL_KIND_STRING ||
	       type->kind == SL_TYPE_DYN;
}

static bool is_same_constant(const struct sl_expr *a, const struct sl_expr *b)
{
	if (a->kind != SL_EXPR_LITERAL || b->kind != SL_EXPR_LITERAL || a->type != b->type)
		return false;
	return a->type == SL_KIND_STRING ? sl_slice_equal(a->text, b->text)
					 : a->natural == b->natural;
}

/* What can only fail at run time is a mistake of a campaign, unless it is to be kept. */
static void check_key(struct sl_typer *typer, const struct sl_expr *map, uint32_t i)
{
	const struct sl_expr *key = map->args[i];
	char room[SL_TYPE_TEXT_MAX];

	if (typer->context->keep_faults)
		return;
	if (!is_key(key->of)) {
		sl_type_mistake(typer, key, "type_mismatch", "",
				"a key of a map is a string, an int, an unsigned int, true or "
				"false, this is %s",
				sl_type_text(key->of, room));
		return;
	}
	for (uint32_t j = 0; j < i; j += 2) {
		if (is_same_constant(key, map->args[j])) {
			sl_type_mistake(typer, key, "bad_constant", "",
					"this map has the same key twice");
			return;
		}
	}
}

/* The type of every step-th element from the first on. */
static const struct sl_type *joined(struct sl_typer *typer, const struct sl_expr *expr,
				    uint32_t first, uint32_t step)
{
	const struct sl_type *type = NULL;

	for (uint32_t i = first; i < expr->n_args; i += step) {
		const struct sl_type *of = expr->args[i]->of;

		type = i == first ? of : sl_types_join(typer->context->arena, type, of);
	}
	return expr->n_args ? type : sl_type_of(SL_TYPE_DYN);
}

void sl_type_elements(struct sl_typer *typer, struct sl_expr *expr)
{
	struct sl_arena *arena = typer->context->arena;
	bool good = true;

	for (uint32_t i = 0; i < expr->n_args; i++) {
		sl_type_node(typer, expr->args[i]);
		good &= expr->args[i]->type != 0;
	}
	if (!good || typer->failed)
		return;
	if (expr->kind == SL_EXPR_LIST) {
		sl_type_give(typer, expr, sl_type_list(arena, joined(typer, expr, 0, 1)));
		return;
	}
	for (uint32_t i = 0; i < expr->n_args; i += 2)
		check_key(typer, expr, i);
	sl_type_give(typer, expr,
		     sl_type_map(arena, joined(typer, expr, 0, 2), joined(typer, expr, 1, 2)));
}
