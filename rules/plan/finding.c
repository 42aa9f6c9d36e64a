#include "rules/plan/finding_priv.h"

struct making {
	struct sl_buffer facts; /* struct sl_fact * */
	bool weighed;
};

static void found(void *context, struct sl_fact *fact)
{
	struct making *making = context;

	sl_buffer_add(&making->facts, &fact, sizeof(fact));
}

static double weight(void *context, const struct sl_cover *cover)
{
	struct making *making = context;

	making->weighed = true;
	return cover->n_rows;
}

/* The sides of the condition's `&&`, and those of theirs. */
static void flatten(struct sl_buffer *conjuncts, const struct sl_expr *expr)
{
	if (expr->kind != SL_EXPR_CALL || expr->function != SL_FUNCTION_AND) {
		sl_buffer_add(conjuncts, &expr, sizeof(struct sl_expr *));
		return;
	}
	for (uint32_t i = 0; i < expr->n_args; i++)
		flatten(conjuncts, expr->args[i]);
}

/* The buffer's bytes in the arena; NULL: no memory. */
static void *keep(struct sl_arena *arena, struct sl_buffer *buffer)
{
	void *kept = buffer->failed ? NULL : sl_arena_alloc(arena, buffer->bytes + 1);

	if (kept && buffer->bytes)
		memcpy(kept, buffer->at, buffer->bytes);
	sl_buffer_fini(buffer);
	return kept;
}

struct sl_cover sl_finding_cover(struct sl_cover_context *context,
				 const struct sl_expr *const *conjuncts, uint32_t n_conjuncts,
				 bool *is_exact)
{
	struct sl_cover cover = sl_cover_any(context);

	for (uint32_t i = 0; i < n_conjuncts; i++) {
		struct sl_cover side;

		context->conjunct = i;
		side = sl_cover_of(context, conjuncts[i]);
		is_exact[i] = side.exact;
		cover = sl_cover_and(context, cover, side);
	}
	return cover;
}

bool sl_finding_make(const struct sl_schema *schema, const struct sl_expr *condition,
		     struct sl_arena *arena, struct sl_finding *ret_finding)
{
	struct making making = {0};
	struct sl_cover_context context = {.schema = schema,
					   .arena = arena,
					   .found = found,
					   .weight = weight,
					   .context = &making};
	struct sl_finding finding = {0};
	struct sl_buffer conjuncts = {0};

	flatten(&conjuncts, condition);
	finding.n_conjuncts = (uint32_t)(conjuncts.bytes / sizeof(struct sl_expr *));
	finding.conjuncts = keep(arena, &conjuncts);
	finding.is_exact = sl_arena_alloc(arena, (size_t)finding.n_conjuncts + 1);
	if (!finding.conjuncts || !finding.is_exact)
		return false;
	finding.cover = sl_finding_cover(&context, finding.conjuncts, finding.n_conjuncts,
					 finding.is_exact);
	finding.weighed = making.weighed;
	finding.n_facts = (uint32_t)(making.facts.bytes / sizeof(struct sl_fact *));
	finding.facts = keep(arena, &making.facts);
	if (!finding.facts || context.failed)
		return false;
	*ret_finding = finding;
	return true;
}
