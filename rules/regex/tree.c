/* How trees of regular expressions are made and made smaller. */
#include "rules/regex/parse_priv.h"

struct sl_regex_node *sl_regex_node_new(struct sl_regex_parser *parser,
					enum sl_regex_node_kind kind, uint32_t offset)
{
	struct sl_regex_node *node = sl_arena_alloc(parser->arena, sizeof(*node));

	if (!node) {
		parser->no_memory = true;
		return NULL;
	}
	node->kind = kind;
	node->offset = offset;
	node->repeated = 1;
	node->empty = kind == SL_REGEX_NODE_EMPTY ? SL_REGEX_ALL_PLACES : 0;
	return node;
}

struct sl_regex_node *sl_regex_node_of_set(struct sl_regex_parser *parser, uint32_t offset,
					   struct sl_regex_builder *builder, bool negate)
{
	struct sl_regex_node *node = sl_regex_node_new(parser, SL_REGEX_NODE_SET, offset);

	if (parser->flags & SL_REGEX_FOLD)
		sl_regex_builder_fold(builder);
	if (negate)
		sl_regex_builder_negate(builder);
	if (!node)
		return NULL;
	node->set = sl_regex_set_seal(builder, parser->arena);
	node->takes = true;
	if (!node->set) {
		parser->no_memory = true;
		return NULL;
	}
	return node;
}

struct sl_regex_node *sl_regex_node_of_assertion(struct sl_regex_parser *parser, uint32_t offset,
						 uint16_t between)
{
	struct sl_regex_node *node = sl_regex_node_new(parser, SL_REGEX_NODE_ASSERT, offset);

	if (node)
		node->empty = between;
	return node;
}

/* Makes one of children that take nothing: neighbours of a concatenation, any alternatives. What
 * asks nothing is nothing in a concatenation. */
static struct sl_regex_node *merge_assertions(struct sl_regex_node *children, bool concat)
{
	struct sl_regex_node *list = NULL, **link = &list, *merged = NULL;

	for (struct sl_regex_node *child = children, *next; child; child = next) {
		next = child->next;
		child->next = NULL;
		if (child->takes) {
			merged = concat ? NULL : merged;
		} else if (concat && child->empty == SL_REGEX_ALL_PLACES) {
			continue;
		} else if (merged) {
			merged->empty = concat ? merged->empty & child->empty
					       : merged->empty | child->empty;
			continue;
		} else {
			merged = child;
			merged->kind = SL_REGEX_NODE_ASSERT;
		}
		*link = child;
		link = &child->next;
	}
	return list;
}

/* Makes one set of alternatives that take one character each. False: no memory. */
static bool merge_sets(struct sl_regex_parser *parser, struct sl_regex_node *children)
{
	struct sl_regex_builder builder = {0};
	struct sl_regex_node *merged = NULL;
	uint32_t n = 0;

	for (struct sl_regex_node **link = &children; *link;) {
		struct sl_regex_node *child = *link;

		if (child->kind != SL_REGEX_NODE_SET) {
			link = &child->next;
			continue;
		}
		for (uint32_t i = 0; i < child->set->n; i++)
			sl_regex_builder_add(&builder, child->set->ranges[i].first,
					     child->set->ranges[i].last);
		if (n++ == 0) {
			merged = child;
			link = &child->next;
		} else {
			*link = child->next;
		}
	}
	if (n > 1)
		merged->set = sl_regex_set_seal(&builder, parser->arena);
	sl_regex_builder_fini(&builder);
	parser->no_memory |= n > 1 && !merged->set;
	return !parser->no_memory;
}

struct sl_regex_node *sl_regex_node_join(struct sl_regex_parser *parser,
					 enum sl_regex_node_kind kind, uint32_t offset,
					 struct sl_regex_node *children)
{
	bool concat = kind == SL_REGEX_NODE_CONCAT;
	struct sl_regex_node *node;

	children = merge_assertions(children, concat);
	if (!concat && !merge_sets(parser, children))
		return NULL;
	if (!children)
		return sl_regex_node_new(parser, SL_REGEX_NODE_EMPTY, offset);
	if (!children->next)
		return children;
	node = sl_regex_node_new(parser, kind, offset);
	if (!node)
		return NULL;
	node->child = children;
	node->takes = true;
	node->empty = concat ? SL_REGEX_ALL_PLACES : 0;
	for (const struct sl_regex_node *child = children; child; child = child->next) {
		if (concat)
			node->empty &= child->empty;
		else
			node->empty |= child->empty;
		if (child->repeated > node->repeated)
			node->repeated = child->repeated;
	}
	return node;
}

struct sl_regex_node *sl_regex_node_repeat(struct sl_regex_parser *parser, uint32_t offset,
					   struct sl_regex_node *child, uint32_t min, uint32_t max)
{
	uint32_t times = max == SL_REGEX_UNBOUNDED ? min : max;
	struct sl_regex_node *node;

	if (max == 0 || (min == 0 && !child->takes))
		return sl_regex_node_new(parser, SL_REGEX_NODE_EMPTY, offset);
	/* asking twice is asking once */
	if (!child->takes || (min == 1 && max == 1))
		return child;
	/* a repeat without an end of such a repeat is one */
	if (child->kind == SL_REGEX_NODE_REPEAT && child->max == SL_REGEX_UNBOUNDED &&
	    child->min <= 1 && max == SL_REGEX_UNBOUNDED && min <= 1) {
		min *= child->min;
		child = child->child;
	}
	node = sl_regex_node_new(parser, SL_REGEX_NODE_REPEAT, offset);
	if (!node)
		return NULL;
	child->next = NULL;
	node->child = child;
	node->min = min;
	node->max = max;
	node->empty = min == 0 ? SL_REGEX_ALL_PLACES : child->empty;
	node->takes = true;
	node->repeated = child->repeated * (times > 1 ? times : 1);
	return node;
}

static bool may_be_left_out(const struct sl_regex_node *node)
{
	return node->empty == SL_REGEX_ALL_PLACES;
}

static struct sl_regex_node *trim_concat(struct sl_regex_parser *parser, struct sl_regex_node *node,
					 bool head, bool tail)
{
	struct sl_regex_node *list = NULL, **link = &list, *end = NULL;

	for (struct sl_regex_node *child = node->child; child; child = child->next) {
		if (!(tail && may_be_left_out(child)))
			end = child;
	}
	for (struct sl_regex_node *child = node->child, *next; end && child; child = next) {
		bool is_last = child == end;

		next = is_last ? NULL : child->next;
		if (head && !list && may_be_left_out(child) && !is_last)
			continue;
		child = sl_regex_node_trim(parser, child, head && !list, tail && is_last);
		if (!child)
			return NULL;
		*link = child;
		link = &child->next;
		child->next = NULL;
	}
	return sl_regex_node_join(parser, SL_REGEX_NODE_CONCAT, node->offset, list);
}

static struct sl_regex_node *trim_alternatives(struct sl_regex_parser *parser,
					       struct sl_regex_node *node, bool head, bool tail)
{
	struct sl_regex_node *list = NULL, **link = &list;

	for (struct sl_regex_node *child = node->child, *next; child; child = next) {
		next = child->next;
		child = sl_regex_node_trim(parser, child, head, tail);
		if (!child)
			return NULL;
		*link = child;
		link = &child->next;
		child->next = NULL;
	}
	return sl_regex_node_join(parser, SL_REGEX_NODE_ALTERNATE, node->offset, list);
}

static struct sl_regex_node *trim_repeat(struct sl_regex_parser *parser, struct sl_regex_node *node,
					 bool head, bool tail)
{
	/* the fewest are enough; a single one may have an end to trim itself */
	if (node->min == 1)
		return sl_regex_node_trim(parser, node->child, head, tail);
	return sl_regex_node_repeat(parser, node->offset, node->child, node->min, node->min);
}

struct sl_regex_node *sl_regex_node_trim(struct sl_regex_parser *parser, struct sl_regex_node *node,
					 bool head, bool tail)
{
	if (!head && !tail)
		return node;
	if (may_be_left_out(node))
		return sl_regex_node_new(parser, SL_REGEX_NODE_EMPTY, node->offset);
	switch (node->kind) {
	case SL_REGEX_NODE_CONCAT:
		return trim_concat(parser, node, head, tail);
	case SL_REGEX_NODE_ALTERNATE:
		return trim_alternatives(parser, node, head, tail);
	case SL_REGEX_NODE_REPEAT:
		return trim_repeat(parser, node, head, tail);
	default:
		return node;
	}
}
