/* * + ? and {n,m}. */
#include "rules/regex/parse_priv.h"

/* {n}, {n,} or {n,m}: what it says and its length. 0: it is none, a brace is a brace. Numbers that
 * are too large come out as too large. */
static uint32_t read_braces(const struct sl_regex_parser *parser, uint32_t *ret_min,
			    uint32_t *ret_max)
{
	uint32_t numbers[2] = {0, SL_REGEX_UNBOUNDED}, at = 1, which = 0, digits = 0;

	for (;; at++) {
		char c = sl_regex_peek(parser, at);

		if (c >= '0' && c <= '9') {
			if (digits++ == 0)
				numbers[which] = 0;
			if (numbers[which] <= SL_REGEX_REPEAT_MAX)
				numbers[which] = numbers[which] * 10 + (uint32_t)(c - '0');
		} else if (c == ',' && which == 0 && digits) {
			which = 1;
			digits = 0;
		} else if (c == '}' && (which == 1 || digits)) {
			break;
		} else {
			return 0;
		}
	}
	*ret_min = numbers[0];
	*ret_max = which ? numbers[1] : numbers[0];
	return at + 1;
}

uint32_t sl_regex_read_operator(const struct sl_regex_parser *parser, uint32_t *ret_min,
				uint32_t *ret_max)
{
	char c = sl_regex_at_end(parser) ? '\0' : sl_regex_peek(parser, 0);

	*ret_min = c == '+';
	*ret_max = c == '?' ? 1 : SL_REGEX_UNBOUNDED;
	if (c == '{')
		return read_braces(parser, ret_min, ret_max);
	return c == '*' || c == '+' || c == '?';
}

void sl_regex_refuse_operator(struct sl_regex_parser *parser, uint32_t offset)
{
	sl_regex_refuse(parser, SL_REGEX_SYNTAX, offset,
			"put what is repeated before it, or a backslash for the character",
			"there is nothing before this that could be repeated");
}

struct sl_regex_node *sl_regex_read_repeat(struct sl_regex_parser *parser,
					   struct sl_regex_node *node)
{
	uint32_t offset = parser->at, min, max, again_min, again_max;
	uint32_t n = sl_regex_read_operator(parser, &min, &max);
	uint64_t times;

	if (n == 0)
		return node;
	parser->at += n;
	if (sl_regex_peek(parser, 0) == '?')
		parser->at++;
	times = (uint64_t)node->repeated * (max == SL_REGEX_UNBOUNDED ? min : max);
	if (min > SL_REGEX_REPEAT_MAX || (max > SL_REGEX_REPEAT_MAX && max != SL_REGEX_UNBOUNDED) ||
	    times > SL_REGEX_REPEAT_MAX) {
		sl_regex_refuse(parser, SL_REGEX_SYNTAX, offset,
				"repeats within repeats count multiplied; `*` and `+` have no end",
				"a repeat has at most %u times", SL_REGEX_REPEAT_MAX);
		return NULL;
	}
	if (min > max) {
		sl_regex_refuse(parser, SL_REGEX_SYNTAX, offset, "write {least,most}",
				"this repeat has its least number above its most");
		return NULL;
	}
	if (sl_regex_read_operator(parser, &again_min, &again_max)) {
		bool plus = sl_regex_peek(parser, 0) == '+';

		sl_regex_refuse(parser, SL_REGEX_SYNTAX, parser->at,
				plus ? "possessive repeats are not offered; leave the `+` out"
				     : "put what is repeated into a group: `(?:a*)*`",
				"a repeat cannot be repeated");
		return NULL;
	}
	return sl_regex_node_repeat(parser, offset, node, min, max);
}
