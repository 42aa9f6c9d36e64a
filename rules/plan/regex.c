/* The facts that a regular expression gives: a text that every match contains, or an expression
 * for the pattern library. The program asks the expression itself of what they let pass. */
#include "rules/plan/facts_priv.h"

#include "rules/regex/regex_priv.h"

#include <errno.h>

/* A required text of this length makes a dear expression unnecessary. */
#define LITERAL_ENOUGH 4u
#define LITERAL_SOME 2u
#define TEXTS_MAX 8u

/* What keeps much at hand while it is scanned for, by its shape; as in regex/cost.c. */
#define UNBOUNDED_CHEAP 1u
#define REPEAT_CHEAP 64u

static bool is_dear(const struct sl_regex_filter *filter)
{
	return filter->unbounded > UNBOUNDED_CHEAP || filter->repeat_max > REPEAT_CHEAP;
}

static struct sl_cover literal_fact(struct sl_cover_context *context, struct sl_fact fact,
				    struct sl_slice literal)
{
	if (literal.bytes < LITERAL_SOME || !sl_fact_fits_atom(literal))
		return sl_cover_any(context);
	fact.kind = SL_FACT_CONTAINS;
	fact.text = literal;
	return sl_cover_fact(context, fact);
}

/* Between these the texts of an expression are not known. */
static bool is_gap(const struct sl_regex_node *node)
{
	if (node->kind == SL_REGEX_NODE_SET)
		return node->set->n != 1 || node->set->ranges[0].first != node->set->ranges[0].last;
	return node->kind != SL_REGEX_NODE_ASSERT;
}

/* What the nodes from `first` up to `end` require, as an expression of their own. */
static struct sl_cover required(struct sl_cover_context *context, struct sl_fact fact,
				const struct sl_regex_node *first, const struct sl_regex_node *end)
{
	struct sl_regex_tree part = {0};
	struct sl_regex_node *last = NULL;
	struct sl_slice literal = {0};

	part.root = sl_arena_alloc(context->arena, sizeof(*part.root));
	for (const struct sl_regex_node *node = first; node != end && part.root;
	     node = node->next) {
		struct sl_regex_node *copy = sl_arena_alloc(context->arena, sizeof(*copy));

		if (!copy) {
			part.root = NULL;
			break;
		}
		*copy = *node;
		copy->next = NULL;
		*(last ? &last->next : &part.root->child) = copy;
		last = copy;
	}
	if (!part.root) {
		context->failed = true;
		return sl_cover_any(context);
	}
	part.root->kind = SL_REGEX_NODE_CONCAT;
	if (sl_regex_required_literal(&part, context->arena, &literal))
		context->failed = true;
	return literal_fact(context, fact, literal);
}

/* Each text that a match must hold is a fact: which of them is rare is not for us to say. */
static struct sl_cover texts_of(struct sl_cover_context *context, struct sl_fact fact,
				const struct sl_regex_tree *tree)
{
	const struct sl_regex_node *first, *node;
	struct sl_cover cover = sl_cover_any(context);
	uint32_t texts = 0;

	if (tree->root->kind != SL_REGEX_NODE_CONCAT) {
		struct sl_slice literal = {0};

		if (sl_regex_required_literal(tree, context->arena, &literal))
			context->failed = true;
		return literal_fact(context, fact, literal);
	}
	for (first = tree->root->child; first && texts < TEXTS_MAX; first = node, texts++) {
		node = first;
		if (is_gap(first))
			node = first->next;
		while (!is_gap(first) && node && !is_gap(node))
			node = node->next;
		cover = sl_cover_and(context, cover, required(context, fact, first, node));
	}
	return cover;
}

static bool says_enough(const struct sl_cover *cover)
{
	for (uint32_t i = 0; cover->n_rows == 1 && i < cover->rows[0].n_facts; i++)
		if (cover->rows[0].facts[i]->text.bytes >= LITERAL_ENOUGH)
			return true;
	return false;
}

struct sl_cover sl_cover_regex(struct sl_cover_context *context, struct sl_fact fact)
{
	struct sl_regex_filter filter;
	struct sl_regex_fault fault;
	struct sl_regex_tree tree;
	struct sl_cover cover;
	int error = sl_regex_parse(fact.text, context->arena, &tree, &fault);

	fact.exact = false;
	context->failed |= error == -ENOMEM;
	/* a mistake in the pattern is the type checker's */
	if (error || sl_regex_is_always(&tree))
		return sl_cover_any(context);
	cover = texts_of(context, fact, &tree);
	cover.exact = false;
	error = sl_regex_filter(&tree, fact.slot, context->arena, &filter);
	context->failed |= error == -ENOMEM;
	if (error || !filter.usable || (says_enough(&cover) && is_dear(&filter)))
		return cover;
	fact.kind = SL_FACT_REGEX;
	fact.text = sl_slice_of(filter.expression);
	fact.low = filter.flags;
	fact.high = is_dear(&filter) ? SL_DATABASE_DEAR : SL_DATABASE_CHEAP;
	fact.weight = (uint8_t)(filter.weight / 8 < 255 ? filter.weight / 8 : 255);
	return sl_cover_and(context, cover, sl_cover_fact(context, fact));
}
