/* Escapes, and what may stand behind an opening (?. */
#include "rules/regex/parse_priv.h"

static int digit_of(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if ((c | 0x20) >= 'a' && (c | 0x20) <= 'f')
		return (c | 0x20) - 'a' + 10;
	return 16;
}

static bool is_letter_or_digit(char c)
{
	return (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z');
}

/* Escapes of other libraries, and what to write instead. */
static const struct {
	char letter;
	enum sl_regex_fault_kind kind;
	const char *hint;
} others[] = {
	{'C', SL_REGEX_UNSUPPORTED, "`.` takes one character, `(?s:.)` also a newline"},
	{'Z', SL_REGEX_SYNTAX, "`\\z` is the end of the text"},
	{'G', SL_REGEX_SYNTAX, "`\\A` is the begin of the text"},
	{'K', SL_REGEX_SYNTAX, "a search says yes or no; leave it out"},
	{'R', SL_REGEX_SYNTAX, "write `(?:\\r\\n|\\n)`"},
	{'X', SL_REGEX_SYNTAX, "`.` takes one character"},
	{'N', SL_REGEX_SYNTAX, "write `.`"},
	{'h', SL_REGEX_SYNTAX, "write `[ \\t]`"},
	{'H', SL_REGEX_SYNTAX, "write `[^ \\t]`"},
	{'V', SL_REGEX_SYNTAX, "write `[^\\n\\v\\f\\r]`"},
	{'e', SL_REGEX_SYNTAX, "write `\\x1b`"},
	{'c', SL_REGEX_SYNTAX, "write the character's number: `\\x03`"},
	{'u', SL_REGEX_SYNTAX, "write `\\x{…}` with the character's number"},
	{'U', SL_REGEX_SYNTAX, "write `\\x{…}` with the character's number"},
	{'k', SL_REGEX_SYNTAX, "back-references are not offered: they take more than linear time"},
	{'g', SL_REGEX_SYNTAX, "back-references are not offered: they take more than linear time"},
	{'E', SL_REGEX_SYNTAX, "`\\E` ends what `\\Q` began"},
	{'Q', SL_REGEX_SYNTAX, "within brackets each character is escaped by itself"},
};

static bool refuse_escape(struct sl_regex_parser *parser, bool in_class)
{
	char c = sl_regex_peek(parser, 1);
	enum sl_regex_fault_kind kind = SL_REGEX_SYNTAX;
	const char *hint = "a backslash itself is written `\\\\`";

	if (parser->at + 1 >= parser->pattern.bytes)
		return sl_regex_refuse(parser, kind, parser->at, hint,
				       "the pattern ends with a backslash");
	if (c >= '1' && c <= '9')
		hint = "back-references are not offered; the character of that number is `\\x{…}`";
	if (in_class && c && strchr("bBAz", c))
		hint = c == 'b' ? "a backspace is `\\x08`; a word's edge cannot stand in brackets"
				: "this asks for a place, which cannot stand in brackets";
	for (size_t i = 0; i < sizeof(others) / sizeof(*others); i++) {
		if (others[i].letter == c) {
			kind = others[i].kind;
			hint = others[i].hint;
		}
	}
	if ((unsigned char)c >= 0x80 || c <= ' ')
		return sl_regex_refuse(parser, kind, parser->at, "leave the backslash out",
				       "this character needs no backslash");
	return sl_regex_refuse(parser, kind, parser->at, hint, "there is no escape `\\%c` here", c);
}

/* \xHH or \x{…}. */
static bool read_hex(struct sl_regex_parser *parser, uint32_t *ret_code)
{
	static const char how[] = "write `\\x41` or `\\x{1F600}`";
	uint32_t code = 0, at = 2, digits = 0;
	bool braces = sl_regex_peek(parser, at) == '{';

	for (at += braces; braces || digits < 2; at++, digits++) {
		int digit = digit_of(sl_regex_peek(parser, at));

		if (braces && digits && sl_regex_peek(parser, at) == '}')
			break;
		if (digit > 15)
			return sl_regex_refuse(parser, SL_REGEX_SYNTAX, parser->at, how,
					       "this escape lacks a hexadecimal digit");
		code = code * 16 + (uint32_t)digit;
		if (code > SL_CODE_POINT_MAX)
			return sl_regex_refuse(parser, SL_REGEX_SYNTAX, parser->at,
					       "the last one is `\\x{10FFFF}`",
					       "there is no character of this number");
	}
	parser->at += at + braces;
	*ret_code = code;
	return true;
}

/* \0 and up to two octal digits more, or \1 to \7 with one more at least. */
static bool read_octal(struct sl_regex_parser *parser, uint32_t *ret_code)
{
	uint32_t code = 0, at = 1;

	for (; at <= 3; at++) {
		char c = sl_regex_peek(parser, at);

		if (c < '0' || c > '7')
			break;
		code = code * 8 + (uint32_t)(c - '0');
	}
	parser->at += at;
	*ret_code = code;
	return true;
}

bool sl_regex_read_escape(struct sl_regex_parser *parser, bool in_class, uint32_t *ret_code)
{
	static const char letters[] = "afnrtv", values[] = "\a\f\n\r\t\v";
	char c = sl_regex_peek(parser, 1), next = sl_regex_peek(parser, 2);
	const char *simple = c ? strchr(letters, c) : NULL;

	if (simple || (c > ' ' && c < 0x7f && !is_letter_or_digit(c))) {
		*ret_code = simple ? (uint32_t)values[simple - letters] : (uint32_t)c;
		parser->at += 2;
		return true;
	}
	if (c == 'x')
		return read_hex(parser, ret_code);
	if (c == '0' || (c >= '1' && c <= '7' && next >= '0' && next <= '7'))
		return read_octal(parser, ret_code);
	if (c == ' ') {
		*ret_code = ' ';
		parser->at += 2;
		return true;
	}
	return refuse_escape(parser, in_class);
}

/* The name behind \p or \P, and whether it begins with ^. Its length with all that belongs to it,
 * or 0. */
static uint32_t read_property_name(const struct sl_regex_parser *parser, struct sl_slice *ret_name,
				   bool *ret_not)
{
	const char *at = parser->pattern.at + parser->at;
	uint32_t n = 2, room = parser->pattern.bytes - parser->at;

	*ret_not = false;
	if (sl_regex_peek(parser, n) != '{') {
		*ret_name = (struct sl_slice){at + n, 1};
		return n < room && is_letter_or_digit(at[n]) ? n + 1 : 0;
	}
	n++;
	*ret_not = sl_regex_peek(parser, n) == '^';
	n += *ret_not;
	ret_name->at = at + n;
	while (n < room && (is_letter_or_digit(at[n]) || at[n] == '_'))
		n++;
	ret_name->bytes = (uint32_t)(at + n - ret_name->at);
	return n < room && at[n] == '}' && ret_name->bytes > 0 && ret_name->bytes < 64 ? n + 1 : 0;
}

static bool add_property(struct sl_regex_parser *parser, struct sl_regex_builder *builder,
			 bool *ret_negate)
{
	struct sl_slice name;
	bool negated;
	uint32_t n = read_property_name(parser, &name, &negated);

	if (n == 0)
		return sl_regex_refuse(parser, SL_REGEX_SYNTAX, parser->at,
				       "write `\\pL`, `\\p{Lu}` or `\\p{Hangul}`",
				       "this class of Unicode has no name that could be read");
	if (!sl_regex_add_property(builder, name))
		return sl_regex_refuse(
			parser, SL_REGEX_UNSUPPORTED, parser->at,
			"offered are the general categories (`L`, `Lu`, `Nd`, …), `Any`, and the "
			"scripts Cyrillic, Greek, Han, Hangul, Hiragana, Katakana and Latin",
			"the class `%.*s` of Unicode is not offered", SL_SLICE_ARGS(name));
	*ret_negate ^= negated;
	parser->at += n;
	return true;
}

bool sl_regex_read_named_class(struct sl_regex_parser *parser, struct sl_regex_builder *builder,
			       bool *ret_is)
{
	char c = sl_regex_peek(parser, 1);
	bool negate = c == 'D' || c == 'S' || c == 'W' || c == 'P', read = true;
	struct sl_regex_builder part = {0};

	*ret_is = c && strchr("dDsSwWpP", c);
	if (!*ret_is)
		return true;
	if (c == 'p' || c == 'P')
		read = add_property(parser, &part, &negate);
	else if (sl_regex_add_perl(&part, (char)(c | 0x20)))
		parser->at += 2;
	if (read && parser->flags & SL_REGEX_FOLD)
		sl_regex_builder_fold(&part);
	if (read && negate)
		sl_regex_builder_negate(&part);
	if (read)
		sl_regex_builder_add_all(builder, &part);
	sl_regex_builder_fini(&part);
	return read;
}

static bool is_name(struct sl_slice name)
{
	for (uint32_t i = 0; i < name.bytes; i++)
		if (!is_letter_or_digit(name.at[i]) && name.at[i] != '_')
			return false;
	return name.bytes > 0;
}

/* (?P<name> or (?<name>; n bytes stand before the name. */
static bool read_group_name(struct sl_regex_parser *parser, uint32_t n)
{
	struct sl_slice name = {parser->pattern.at + parser->at + n, 0};
	uint32_t rest = parser->pattern.bytes - parser->at - n;

	while (name.bytes < rest && name.at[name.bytes] != '>')
		name.bytes++;
	if (name.bytes == rest || !is_name(name))
		return sl_regex_refuse(parser, SL_REGEX_SYNTAX, parser->at,
				       "write `(?P<name>…)`, the name of letters, digits and `_`",
				       "this group's name cannot be read");
	for (uint32_t i = 0; i < parser->n_names; i++)
		if (sl_slice_equal(parser->names[i], name))
			return sl_regex_refuse(
				parser, SL_REGEX_SYNTAX, parser->at,
				"give each group a name of its own, or none: `(?:…)`",
				"two groups have this name");
	if (parser->n_names == SL_REGEX_NAMES_MAX)
		return sl_regex_refuse(parser, SL_REGEX_TOO_LARGE, parser->at,
				       "names of groups have no effect here; write `(?:…)`",
				       "more than %u groups have a name", SL_REGEX_NAMES_MAX);
	parser->names[parser->n_names++] = name;
	parser->at += n + name.bytes + 1;
	return true;
}

/* (?ims-U) or (?ims-U: */
static bool read_flags(struct sl_regex_parser *parser, bool *ret_ends)
{
	unsigned flags = parser->flags, flag;
	uint32_t at = 2, said = 0;
	bool off = false;

	for (;; at++) {
		char c = sl_regex_peek(parser, at);

		flag = c == 'i'   ? SL_REGEX_FOLD
		       : c == 'm' ? SL_REGEX_LINES
		       : c == 's' ? SL_REGEX_DOT_ALL
				  : 0;
		if ((c == ')' || c == ':') && (!off || said)) {
			parser->flags = flags;
			parser->at += at + 1;
			*ret_ends = c == ')';
			return true;
		}
		if (c == '-' && !off) {
			off = true;
			said = 0;
			continue;
		}
		if (!flag && c != 'U') /* U is about laziness, which a yes or no does not show */
			return sl_regex_refuse(parser, SL_REGEX_SYNTAX, parser->at,
					       "the flags are i, m, s and U: `(?i)`, `(?i-s:…)`; "
					       "a group without a number is `(?:…)`",
					       "there is no such group");
		flags = off ? flags & ~flag : flags | flag;
		said++;
	}
}

bool sl_regex_read_group_head(struct sl_regex_parser *parser, bool *ret_ends)
{
	static const char around[] =
		"looking ahead or behind is not offered: it takes more than linear time; "
		"say it with a second condition, `&& !field.matches(…)`";
	char c = sl_regex_peek(parser, 2), d = sl_regex_peek(parser, 3);

	*ret_ends = false;
	if (sl_regex_peek(parser, 1) != '?') {
		parser->at++;
		return true;
	}
	if (c == '=' || c == '!' || (c == '<' && (d == '=' || d == '!')))
		return sl_regex_refuse(parser, SL_REGEX_SYNTAX, parser->at, around,
				       "this group would look around");
	if (c == '<' || (c == 'P' && d == '<'))
		return read_group_name(parser, c == 'P' ? 4 : 3);
	if (c == 'P' && (d == '=' || d == '>'))
		return sl_regex_refuse(parser, SL_REGEX_SYNTAX, parser->at,
				       "write out what is to be repeated",
				       "a reference to another group is not offered");
	if (c == '>' || c == '|' || c == '(' || c == '#')
		return sl_regex_refuse(parser, SL_REGEX_SYNTAX, parser->at, "write `(?:…)`",
				       "groups of this kind are not offered");
	return read_flags(parser, ret_ends);
}
