/* The facts that a regular expression gives: a text that every match contains, or an expression
 * for the pattern library. The program asks the expression itself of what they let pass. */
#include "rules/plan_facts_priv.h"

#include "rules/regex_priv.h"

#include <errno.h>

/* A required text of this length is as good a filter as the expression, and far cheaper. */
#define LITERAL_ENOUGH 4u
#define LITERAL_SOME 2u

/* What keeps much at hand while it is scanned for, by its shape; as in regex_cost.c. */
#define UNBOUNDED_CHEAP 1u
#define REPEAT_CHEAP 64u

static bool is_dear(const struct sl_regex_filter *filter)
{
	return filter->unbounded > UNBOUNDED_CHEAP || filter->repeat_max > REPEAT_CHEAP;
}

static struct sl_cover literal_fact(struct sl_cover_context *context, struct sl_fact fact,
				    struct sl_slice literal)
{
	fact.kind = SL_FACT_CONTAINS;
	fact.text = literal;
	return sl_cover_fact(context, fact);
}

struct sl_cover sl_cover_regex(struct sl_cover_context *context, struct sl_fact fact)
{
	struct sl_regex_filter filter;
	struct sl_regex_fault fault;
	struct sl_regex_tree tree;
	struct sl_slice literal = {0};
	int error = sl_regex_parse(fact.text, context->arena, &tree, &fault);

	fact.exact = false;
	if (!error && sl_regex_is_always(&tree))
		return sl_cover_any(context);
	if (!error)
		error = sl_regex_required_literal(&tree, context->arena, &literal);
	if (!error && literal.bytes >= LITERAL_ENOUGH && sl_fact_fits_atom(literal))
		return literal_fact(context, fact, literal);
	if (!error)
		error = sl_regex_filter(&tree, fact.slot, context->arena, &filter);
	context->failed |= error == -ENOMEM;
	if (error)
		return sl_cover_any(context); /* a mistake in the pattern is the type checker's */
	if (filter.usable) {
		fact.kind = SL_FACT_REGEX;
		fact.text = sl_slice_of(filter.expression);
		fact.low = filter.flags;
		fact.high = is_dear(&filter) ? SL_DATABASE_DEAR : SL_DATABASE_CHEAP;
		fact.weight = (uint8_t)(filter.weight / 8 < 255 ? filter.weight / 8 : 255);
		return sl_cover_fact(context, fact);
	}
	return literal.bytes >= LITERAL_SOME && sl_fact_fits_atom(literal)
		       ? literal_fact(context, fact, literal)
		       : sl_cover_any(context);
}
