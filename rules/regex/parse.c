/* Patterns in RE2's syntax to trees. */
#include "rules/regex/parse_priv.h"

#include "sluice/error.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>

static struct sl_regex_node *read_alternatives(struct sl_regex_parser *parser);

const char *sl_regex_fault_code(enum sl_regex_fault_kind kind)
{
	switch (kind) {
	case SL_REGEX_UNSUPPORTED:
		return "unsupported";
	case SL_REGEX_TOO_LARGE:
		return "pattern_too_large";
	default:
		return "syntax";
	}
}

bool sl_regex_refuse(struct sl_regex_parser *parser, enum sl_regex_fault_kind kind, uint32_t offset,
		     const char *hint, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	parser->fault->kind = kind;
	parser->fault->offset = offset;
	parser->fault->hint = hint;
	vsnprintf(parser->fault->message, sizeof(parser->fault->message), format, arguments);
	va_end(arguments);
	return false;
}

bool sl_regex_read_character(struct sl_regex_parser *parser, uint32_t *ret_code)
{
	uint32_t n = sl_regex_decode(parser->pattern.at + parser->at,
				     parser->pattern.bytes - parser->at, ret_code);

	parser->at += n;
	return n > 0;
}

static struct sl_regex_node *literal(struct sl_regex_parser *parser, uint32_t offset, uint32_t code)
{
	struct sl_regex_builder builder = {0};
	struct sl_regex_node *node;

	sl_regex_builder_add(&builder, code, code);
	node = sl_regex_node_of_set(parser, offset, &builder, false);
	sl_regex_builder_fini(&builder);
	return node;
}

static struct sl_regex_node *read_dot(struct sl_regex_parser *parser)
{
	struct sl_regex_builder builder = {0};
	struct sl_regex_node *node;

	if (!(parser->flags & SL_REGEX_DOT_ALL))
		sl_regex_builder_add(&builder, '\n', '\n');
	node = sl_regex_node_of_set(parser, parser->at++, &builder, true);
	sl_regex_builder_fini(&builder);
	return node;
}

/* Places between a neighbour whose kind is in `before` and one whose kind is in `behind`. */
static uint16_t places(unsigned before, unsigned behind)
{
	uint16_t between = 0;

	for (unsigned i = 0; i < SL_REGEX_KINDS; i++)
		for (unsigned j = 0; j < SL_REGEX_KINDS; j++)
			if (before >> i & 1 && behind >> j & 1)
				between |= (uint16_t)SL_REGEX_BETWEEN(i, j);
	return between;
}

enum {
	EDGE = 1 << SL_REGEX_EDGE,
	LINE = EDGE | 1 << SL_REGEX_NEWLINE,
	WORD = 1 << SL_REGEX_WORD,
	ANY = (1 << SL_REGEX_KINDS) - 1,
};

/* ^ $, or by an escape's letter A z b B. */
static struct sl_regex_node *assertion(struct sl_regex_parser *parser, uint32_t offset, char which)
{
	bool lines = parser->flags & SL_REGEX_LINES && (which == '^' || which == '$');
	uint16_t boundary = places(WORD, ANY & ~WORD) | places(ANY & ~WORD, WORD), between;

	switch (which) {
	case '^':
	case 'A':
		between = places(lines ? LINE : EDGE, ANY);
		break;
	case '$':
	case 'z':
		between = places(ANY, lines ? LINE : EDGE);
		break;
	case 'b':
		between = boundary;
		break;
	default:
		between = (uint16_t)~boundary;
	}
	parser->tree->asks_lines |= lines;
	parser->tree->asks_words |= which == 'b' || which == 'B';
	return sl_regex_node_of_assertion(parser, offset, between);
}

static struct sl_regex_node *read_backslash(struct sl_regex_parser *parser)
{
	char c = sl_regex_peek(parser, 1);
	struct sl_regex_builder builder = {0};
	struct sl_regex_node *node = NULL;
	uint32_t offset = parser->at, code;
	bool is_class;

	if (c && strchr("AzbB", c)) {
		parser->at += 2;
		return assertion(parser, offset, c);
	}
	if (sl_regex_read_named_class(parser, &builder, &is_class) && is_class) {
		/* folded already: a class that is negated is so after folding */
		unsigned flags = parser->flags;

		parser->flags &= ~(unsigned)SL_REGEX_FOLD;
		node = sl_regex_node_of_set(parser, offset, &builder, false);
		parser->flags = flags;
	} else if (!is_class && sl_regex_read_escape(parser, false, &code)) {
		node = literal(parser, offset, code);
	}
	sl_regex_builder_fini(&builder);
	return node;
}

static struct sl_regex_node *read_group(struct sl_regex_parser *parser)
{
	uint32_t offset = parser->at, min, max;
	unsigned flags = parser->flags;
	struct sl_regex_node *node;
	bool ends;

	if (parser->depth >= SL_REGEX_DEPTH_MAX) {
		sl_regex_refuse(parser, SL_REGEX_TOO_LARGE, offset,
				"write the pattern with fewer groups inside each other",
				"groups are nested deeper than %u", SL_REGEX_DEPTH_MAX);
		return NULL;
	}
	if (!sl_regex_read_group_head(parser, &ends))
		return NULL;
	if (ends && sl_regex_read_operator(parser, &min, &max)) {
		sl_regex_refuse_operator(parser, parser->at);
		return NULL;
	}
	if (ends)
		return sl_regex_node_new(parser, SL_REGEX_NODE_EMPTY, offset);
	parser->depth++;
	node = read_alternatives(parser);
	parser->depth--;
	if (!node)
		return NULL;
	if (sl_regex_at_end(parser)) {
		sl_regex_refuse(parser, SL_REGEX_SYNTAX, offset,
				"close it with `)`, or write `\\(` for a parenthesis in the text",
				"this group is not closed");
		return NULL;
	}
	parser->at++;
	parser->flags = flags;
	return node;
}

static struct sl_regex_node *read_plain(struct sl_regex_parser *parser)
{
	uint32_t offset = parser->at, code, min, max;

	if (!parser->quoted && sl_regex_read_operator(parser, &min, &max)) {
		sl_regex_refuse_operator(parser, offset);
		return NULL;
	}
	if (!sl_regex_read_character(parser, &code)) {
		/* the pattern was found to be UTF-8 before */
		parser->no_memory = true;
		return NULL;
	}
	return literal(parser, offset, code);
}

static struct sl_regex_node *read_atom(struct sl_regex_parser *parser)
{
	char c = sl_regex_peek(parser, 0);

	if (parser->quoted)
		return read_plain(parser);
	switch (c) {
	case '(':
		return read_group(parser);
	case '[':
		return sl_regex_read_class(parser);
	case '.':
		return read_dot(parser);
	case '^':
	case '$':
		return assertion(parser, parser->at++, c);
	case '\\':
		return read_backslash(parser);
	default:
		return read_plain(parser);
	}
}

/* Passes over \Q and \E. */
static void read_quotes(struct sl_regex_parser *parser)
{
	while (sl_regex_peek(parser, 0) == '\\' &&
	       sl_regex_peek(parser, 1) == (parser->quoted ? 'E' : 'Q')) {
		parser->quoted = !parser->quoted;
		parser->at += 2;
	}
}

static struct sl_regex_node *read_concat(struct sl_regex_parser *parser)
{
	struct sl_regex_node *list = NULL, **link = &list;
	uint32_t offset = parser->at;

	for (;;) {
		struct sl_regex_node *node;

		read_quotes(parser);
		if (sl_regex_at_end(parser) ||
		    (!parser->quoted &&
		     (sl_regex_peek(parser, 0) == '|' || sl_regex_peek(parser, 0) == ')')))
			return sl_regex_node_join(parser, SL_REGEX_NODE_CONCAT, offset, list);
		node = read_atom(parser);
		if (node && parser->quoted)
			read_quotes(parser);
		if (node && !parser->quoted)
			node = sl_regex_read_repeat(parser, node);
		if (!node)
			return NULL;
		if (node->kind == SL_REGEX_NODE_EMPTY)
			continue;
		*link = node;
		link = &node->next;
	}
}

static struct sl_regex_node *read_alternatives(struct sl_regex_parser *parser)
{
	struct sl_regex_node *list = NULL, **link = &list;
	uint32_t offset = parser->at;

	for (;;) {
		struct sl_regex_node *node = read_concat(parser);

		if (!node)
			return NULL;
		*link = node;
		link = &node->next;
		if (sl_regex_at_end(parser) || sl_regex_peek(parser, 0) != '|')
			return sl_regex_node_join(parser, SL_REGEX_NODE_ALTERNATE, offset, list);
		parser->at++;
	}
}

static bool check_text(struct sl_regex_parser *parser)
{
	uint32_t code;

	if (parser->pattern.bytes > SL_REGEX_PATTERN_BYTES_MAX)
		return sl_regex_refuse(parser, SL_REGEX_TOO_LARGE, 0,
				       "write several conditions with shorter patterns",
				       "the pattern is longer than %u bytes",
				       SL_REGEX_PATTERN_BYTES_MAX);
	while (!sl_regex_at_end(parser))
		if (!sl_regex_read_character(parser, &code))
			return sl_regex_refuse(parser, SL_REGEX_SYNTAX, parser->at,
					       "write the file in UTF-8",
					       "the pattern is not valid UTF-8");
	parser->at = 0;
	return true;
}

static struct sl_regex_node *read_pattern(struct sl_regex_parser *parser)
{
	struct sl_regex_node *node;

	if (!check_text(parser))
		return NULL;
	node = read_alternatives(parser);
	if (node && !sl_regex_at_end(parser)) {
		sl_regex_refuse(parser, SL_REGEX_SYNTAX, parser->at,
				"take it out, or write `\\)` for a parenthesis in the text",
				"no group is open that this could close");
		return NULL;
	}
	return node ? sl_regex_node_trim(parser, node, true, true) : NULL;
}

int sl_regex_parse(struct sl_slice pattern, struct sl_arena *arena, struct sl_regex_tree *ret_tree,
		   struct sl_regex_fault *ret_fault)
{
	struct sl_regex_tree tree = {0};
	struct sl_regex_fault fault = {0};
	struct sl_regex_parser parser = {
		.pattern = pattern, .arena = arena, .tree = &tree, .fault = &fault};

	tree.root = read_pattern(&parser);
	if (tree.root) {
		*ret_tree = tree;
		return 0;
	}
	if (parser.no_memory)
		return -ENOMEM;
	*ret_fault = fault;
	return -SL_E_RULES;
}
