/* What to write instead of signs and words of other languages and keyboards, where a condition
 * cannot be read on. */
#include "rules/expr/parse_priv.h"

#include <stdio.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const char by_pattern[] =
	"write `field.contains(\"x\")`, or `field.matches(\"…\")` for a pattern";

/* The longer ones first. */
static const struct {
	const char *sign, *hint;
} signs[] = {
	{"=>", "at least is written `>=`; a macro has a comma: `tags.exists(t, t == \"vip\")`"},
	{"=<", "at most is written `<=`"},
	{"=~", by_pattern},
	{"=", "equality is written `==`"},
	{"~", by_pattern},
	{"$", "a field stands by its name alone: `amount`"},
	{"@", "a field stands by its name alone: `amount`"},
	{";", "nothing ends a condition; two are joined by `&&`"},
	{"&", "and is written `&&`"},
	{"|", "or is written `||`"},
	{"#", "a comment begins with `//`"},
	{"\xe2\x80\x98", "texts stand between straight quotes: \"…\""},
	{"\xe2\x80\x99", "texts stand between straight quotes: \"…\""},
	{"\xe2\x80\x9c", "texts stand between straight quotes: \"…\""},
	{"\xe2\x80\x9d", "texts stand between straight quotes: \"…\""},
	{"\xe2\x80\x9e", "texts stand between straight quotes: \"…\""},
	{"\xe3\x80\x8c", "texts stand between straight quotes: \"…\""},
	{"\xe3\x80\x8d", "texts stand between straight quotes: \"…\""},
	{"\xc2\xab", "texts stand between straight quotes: \"…\""},
	{"\xc2\xbb", "texts stand between straight quotes: \"…\""},
	{"\xe2\x89\xa5", "at least is written `>=`"},
	{"\xe2\x89\xa4", "at most is written `<=`"},
	{"\xe2\x89\xa0", "not equal is written `!=`"},
	{"\xe2\x80\x93", "minus is written `-`"},
	{"\xe2\x80\x94", "minus is written `-`"},
	{"\xe2\x88\x92", "minus is written `-`"},
	{"\xc3\x97", "times is written `*`"},
	{"\xc3\xb7", "divided by is written `/`"},
	{"\xe3\x80\x80", "this blank is a wide one: write a plain one"},
	{"\xc2\xa0", "this blank is one that does not break: write a plain one"},
	{"\xe2\x80\x8b", "a blank without width stands here: delete it"},
	{"\xef\xbb\xbf", "a mark of byte order stands here: delete it"},
};

static uint32_t character_bytes(struct sl_slice rest)
{
	uint32_t n = 1;

	while (n < rest.bytes && ((unsigned char)rest.at[n] & 0xc0) == 0x80)
		n++;
	return n;
}

/* ＝ and what else a Korean or Japanese keyboard has at full width; 0: it is none. */
static char at_full_width(struct sl_slice rest)
{
	const unsigned char *at = (const unsigned char *)rest.at;
	unsigned code;

	if (rest.bytes < 3 || at[0] != 0xef)
		return 0;
	code = (at[0] & 0xfu) << 12 | (at[1] & 0x3fu) << 6 | (at[2] & 0x3fu);
	return code > 0xff00 && code < 0xff5f ? (char)(code - 0xff00 + 0x20) : 0;
}

uint32_t sl_expr_sign_hint(struct sl_slice text, uint32_t at, char hint[SL_SIGN_HINT_MAX])
{
	struct sl_slice rest = {text.at + at, text.bytes - at};
	bool after_digit = at > 0 && text.at[at - 1] >= '0' && text.at[at - 1] <= '9';
	uint32_t n = character_bytes(rest);

	hint[0] = '\0';
	if (at > 1 && rest.at[0] == '=' && rest.at[-1] == '=' && rest.at[-2] == '!') {
		snprintf(hint, SL_SIGN_HINT_MAX, "not equal is written `!=`");
		return n;
	}
	for (size_t i = 0; i < COUNT(signs); i++) {
		uint32_t bytes = (uint32_t)strlen(signs[i].sign);

		if (rest.bytes < bytes || memcmp(rest.at, signs[i].sign, bytes) != 0)
			continue;
		snprintf(hint, SL_SIGN_HINT_MAX, "%s", signs[i].hint);
		return n;
	}
	if (at_full_width(rest)) {
		snprintf(hint, SL_SIGN_HINT_MAX, "this is a wide character: write `%c`",
			 at_full_width(rest));
		return n;
	}
	if ((unsigned char)*rest.at < 0x80)
		return n;
	while (n < rest.bytes && n < 60 && (unsigned char)rest.at[n] >= 0xc0 &&
	       (unsigned char)rest.at[n] != 0xe2)
		n += character_bytes((struct sl_slice){rest.at + n, rest.bytes - n});
	if (after_digit)
		snprintf(hint, SL_SIGN_HINT_MAX, "a number is digits alone: `1000000`");
	else
		snprintf(
			hint, SL_SIGN_HINT_MAX,
			"a text stands in quotes, `\"%.*s\"`; a field has its name from the schema",
			(int)n, rest.at);
	return n;
}

const char *sl_expr_number_hint(struct sl_slice behind)
{
	char c = behind.bytes ? behind.at[0] : '\0';
	bool is_unit = c && strchr("smhdw", c);

	if (c == '_')
		return "a number has nothing between its digits: `1000000`";
	if (is_unit)
		return "a span of time is written `duration(\"1h30m\")`; a day is \"24h\"";
	return c && strchr("kKM", c) ? "a number is digits alone: `1000000`" : "";
}

static bool is_word(struct sl_slice text, const char *lower)
{
	for (uint32_t i = 0; i < text.bytes; i++)
		if ((text.at[i] | 0x20) != lower[i])
			return false;
	return lower[text.bytes] == '\0';
}

/* SQL's and Python's words, and those of a sentence. */
static const struct {
	const char *word, *hint;
} words[] = {
	{"and", "and is written `&&`"},
	{"or", "or is written `||`"},
	{"not", "not in a list is written `!(field in [\"a\", \"b\"])`"},
	{"is", "equality is written `==`; whether a field is there is `has(field)`"},
	{"equals", "equality is written `==`"},
	{"eq", "equality is written `==`"},
	{"ne", "not equal is written `!=`"},
	{"gt", "greater is written `>`"},
	{"ge", "at least is written `>=`"},
	{"gte", "at least is written `>=`"},
	{"lt", "less is written `<`"},
	{"le", "at most is written `<=`"},
	{"lte", "at most is written `<=`"},
	{"like", "write `field.contains(\"x\")` or `field.startsWith(\"x\")`"},
	{"between", "write `field >= 1 && field <= 9`"},
	{"in", "it is written `in`"},
	{"then", "a condition ends here; what is sent stands under `send`"},
	{"mod", "a remainder is written `%`"},
};

const char *sl_expr_hint_after(const struct sl_parser *parser, const struct sl_expr *expr)
{
	struct sl_slice text = parser->context->text;
	uint32_t at = parser->token.offset;
	enum sl_function function;

	if (parser->context->is_value)
		return "a text stands in quotes: \"…\"";
	if (expr->kind == SL_EXPR_NAME && is_word(expr->text, "not"))
		return "not is written `!`";
	if (at > 0 && (text.at[at - 1] == '"' || text.at[at - 1] == '\''))
		return "a quote within a text has a backslash, `\\\"`, or the text stands between "
		       "the "
		       "other quotes: '…'";
	if (sl_parser_at(parser, ")"))
		return "nothing was opened that this closes";
	if (sl_parser_at(parser, ",") && at > 0 && text.at[at - 1] >= '0' &&
	    text.at[at - 1] <= '9' && at + 1 < text.bytes && text.at[at + 1] >= '0' &&
	    text.at[at + 1] <= '9')
		return "a number has nothing between its digits: `1000000`";
	for (size_t i = 0; parser->token.kind == SL_TOKEN_NAME && i < COUNT(words); i++)
		if (is_word(parser->token.text, words[i].word))
			return words[i].hint;
	function = parser->token.kind == SL_TOKEN_NAME ? sl_function_named(parser->token.text)
						       : SL_FUNCTION_NONE;
	if (function != SL_FUNCTION_NONE && sl_function_info(function)->form == SL_FORM_MEMBER)
		return "a function has a dot and brackets: `field.contains(\"x\")`";
	return "two conditions are joined by `&&`";
}

bool sl_expr_is_joining_word(struct sl_slice word, const char *sign)
{
	return is_word(word, *sign == '&' ? "and" : "or");
}
