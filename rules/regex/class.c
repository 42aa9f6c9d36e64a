/* Classes in brackets. */
#include "rules/regex/parse_priv.h"

static bool refuse_open(struct sl_regex_parser *parser, uint32_t offset)
{
	return sl_regex_refuse(parser, SL_REGEX_SYNTAX, offset,
			       "close it with `]`, or write `\\[` for a bracket in the text",
			       "this class is not closed");
}

/* [:name:] or [:^name:]. ret_is false: it is none, the bracket is a character. */
static bool read_posix(struct sl_regex_parser *parser, struct sl_regex_builder *builder,
		       bool *ret_is)
{
	const char *text = parser->pattern.at;
	struct sl_regex_builder part = {0};
	uint32_t start = parser->at + 2, end = start;
	struct sl_slice name;
	bool negate, known;

	*ret_is = false;
	if (sl_regex_peek(parser, 0) != '[' || sl_regex_peek(parser, 1) != ':')
		return true;
	while (end + 1 < parser->pattern.bytes && (text[end] != ':' || text[end + 1] != ']'))
		end++;
	if (end + 1 >= parser->pattern.bytes)
		return true;
	*ret_is = true;
	negate = text[start] == '^';
	name = (struct sl_slice){text + start + negate, end - start - negate};
	known = sl_regex_add_posix(&part, name);
	if (!known)
		return sl_regex_refuse(
			parser, SL_REGEX_SYNTAX, parser->at,
			"there are alnum, alpha, ascii, blank, cntrl, digit, graph, lower, print, "
			"punct, space, upper, word and xdigit",
			"there is no class of this name");
	if (parser->flags & SL_REGEX_FOLD)
		sl_regex_builder_fold(&part);
	if (negate)
		sl_regex_builder_negate(&part);
	sl_regex_builder_add_all(builder, &part);
	sl_regex_builder_fini(&part);
	parser->at = end + 2;
	return true;
}

static bool read_member(struct sl_regex_parser *parser, uint32_t *ret_code)
{
	if (sl_regex_peek(parser, 0) == '\\')
		return sl_regex_read_escape(parser, true, ret_code);
	return sl_regex_read_character(parser, ret_code);
}

static bool read_range(struct sl_regex_parser *parser, uint32_t open,
		       struct sl_regex_builder *builder)
{
	uint32_t offset = parser->at, first, last;
	char c;

	if (!read_member(parser, &first))
		return false;
	last = first;
	if (sl_regex_peek(parser, 0) == '-' && sl_regex_peek(parser, 1) != ']') {
		parser->at++;
		if (sl_regex_at_end(parser))
			return refuse_open(parser, open);
		c = sl_regex_peek(parser, 1);
		if (sl_regex_peek(parser, 0) == '\\' && c && strchr("dDsSwWpP", c))
			return sl_regex_refuse(parser, SL_REGEX_SYNTAX, offset,
					       "a hyphen itself stands first or last: `[\\d-]`",
					       "a range ends with one character, not with a class");
		if (!read_member(parser, &last))
			return false;
	}
	if (last < first)
		return sl_regex_refuse(parser, SL_REGEX_SYNTAX, offset,
				       "turn it around, or put a hyphen itself first or last",
				       "this range ends before it begins");
	sl_regex_builder_add(builder, first, last);
	return true;
}

/* Up to the closing bracket, and that. */
static bool read_members(struct sl_regex_parser *parser, uint32_t open,
			 struct sl_regex_builder *builder, struct sl_regex_builder *named)
{
	for (bool is_first = true;; is_first = false) {
		bool is_class = false;

		if (sl_regex_at_end(parser))
			return refuse_open(parser, open);
		if (sl_regex_peek(parser, 0) == ']' && !is_first)
			break;
		if (!read_posix(parser, named, &is_class))
			return false;
		if (!is_class && sl_regex_peek(parser, 0) == '\\' &&
		    !sl_regex_read_named_class(parser, named, &is_class))
			return false;
		if (!is_class && !read_range(parser, open, builder))
			return false;
	}
	parser->at++;
	return true;
}

struct sl_regex_node *sl_regex_read_class(struct sl_regex_parser *parser)
{
	struct sl_regex_builder builder = {0}, named = {0};
	uint32_t open = parser->at++;
	struct sl_regex_node *node = NULL;
	bool negate = sl_regex_peek(parser, 0) == '^';
	unsigned flags = parser->flags;

	parser->at += negate;
	if (read_members(parser, open, &builder, &named)) {
		/* named classes are folded and negated already, each for itself */
		if (flags & SL_REGEX_FOLD)
			sl_regex_builder_fold(&builder);
		sl_regex_builder_add_all(&builder, &named);
		parser->flags &= ~(unsigned)SL_REGEX_FOLD;
		node = sl_regex_node_of_set(parser, open, &builder, negate);
		parser->flags = flags;
	}
	sl_regex_builder_fini(&builder);
	sl_regex_builder_fini(&named);
	return node;
}
