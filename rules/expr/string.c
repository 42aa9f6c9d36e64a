/* String literals of CEL: 'a' "a" '''a''' """a""", r before them for raw ones, b for bytes. */
#include "rules/expr/expr_priv.h"

#include <errno.h>

struct literal {
	struct sl_lexer *lexer;
	const char *text;
	uint32_t end; /* of the condition */
	char *value;
	uint32_t bytes;
	bool is_bytes;
};

static const char raw_hint[] = "with `r` before the quotes a backslash is itself: r\"\\d+\"";

static bool refuse(struct literal *literal, uint32_t offset, const char *hint, const char *why)
{
	const struct sl_expr_context *context = literal->lexer->context;

	sl_mistake(context->diagnostics, sl_expr_place(context, offset), "syntax", hint, "%s", why);
	return false;
}

/* A plain value of YAML ends before " #". */
static const char *hint_unclosed(const struct sl_expr_context *context)
{
	const struct sl_yaml_node *node = context->node;
	const struct sl_source *source = context->source;
	uint32_t at = node ? node->end : 0;

	while (node && at < source->bytes && source->text[at] == ' ')
		at++;
	if (node && node->style == SL_YAML_PLAIN && at < source->bytes && source->text[at] == '#')
		return "to YAML ` #` begins a comment: write the condition as a block, `match: |` "
		       "and it, indented, on the next line";
	return "a quote within a text has a backslash, `\\\"`, or the text stands between the "
	       "other "
	       "quotes: '…'";
}

static void put(struct literal *literal, unsigned byte)
{
	literal->value[literal->bytes++] = (char)byte;
}

/* An escape is never shorter than what it makes, so the value's room suffices. */
static void put_character(struct literal *literal, uint32_t code)
{
	if (code < 0x80) {
		put(literal, code);
	} else if (code < 0x800) {
		put(literal, 0xc0 | code >> 6);
		put(literal, 0x80 | (code & 0x3f));
	} else if (code < 0x10000) {
		put(literal, 0xe0 | code >> 12);
		put(literal, 0x80 | (code >> 6 & 0x3f));
		put(literal, 0x80 | (code & 0x3f));
	} else {
		put(literal, 0xf0 | code >> 18);
		put(literal, 0x80 | (code >> 12 & 0x3f));
		put(literal, 0x80 | (code >> 6 & 0x3f));
		put(literal, 0x80 | (code & 0x3f));
	}
}

static int digit_of(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if ((c | 0x20) >= 'a' && (c | 0x20) <= 'f')
		return (c | 0x20) - 'a' + 10;
	return 16;
}

static bool read_code(struct literal *literal, uint32_t start, uint32_t *at, unsigned digits,
		      unsigned base)
{
	uint32_t code = 0;
	bool by_value = digits <= 3; /* \x and octal: of bytes the byte, of strings the character */

	for (unsigned i = 0; i < digits; i++, (*at)++) {
		unsigned digit = *at < literal->end ? (unsigned)digit_of(literal->text[*at]) : 16;

		if (digit >= base)
			return refuse(literal, start, raw_hint, "this escape has too few digits");
		code = code * base + digit;
	}
	if (by_value && code > 0xff)
		return refuse(literal, start, "", "an octal escape ends at \\377");
	if (!by_value && literal->is_bytes)
		return refuse(literal, start, "", "\\u is not used in bytes");
	if (code > 0x10ffff || (code >= 0xd800 && code < 0xe000))
		return refuse(literal, start, "", "this escape is not a character of Unicode");
	if (literal->is_bytes)
		put(literal, code);
	else
		put_character(literal, code);
	return true;
}

static bool read_escape(struct literal *literal, uint32_t *at)
{
	static const char names[] = "abfnrtv\\?\"'`", values[] = "\a\b\f\n\r\t\v\\?\"'`";
	uint32_t start = *at;
	char c = start + 1 < literal->end ? literal->text[start + 1] : '\0';
	const char *simple = c ? strchr(names, c) : NULL;

	if (simple) {
		put(literal, (unsigned char)values[simple - names]);
		*at = start + 2;
		return true;
	}
	if (c == 'x' || c == 'X' || c == 'u' || c == 'U') {
		*at = start + 2;
		return read_code(literal, start, at, c == 'u' ? 4 : c == 'U' ? 8 : 2, 16);
	}
	if (c >= '0' && c <= '3') {
		*at = start + 1;
		return read_code(literal, start, at, 3, 8);
	}
	sl_mistake(literal->lexer->context->diagnostics,
		   sl_expr_place(literal->lexer->context, start), "syntax", raw_hint,
		   "there is no such escape; a backslash itself is written \\\\");
	return false;
}

static bool at_quotes(const struct literal *literal, uint32_t at, char quote, uint32_t n)
{
	if (at + n > literal->end)
		return false;
	for (uint32_t i = 0; i < n; i++) {
		if (literal->text[at + i] != quote)
			return false;
	}
	return true;
}

/* Bytes up to the closing quotes, or to the end: what the value takes at most. */
static uint32_t room_of(const struct literal *literal, uint32_t at, char quote, uint32_t quotes,
			bool raw)
{
	uint32_t start = at;

	while (at < literal->end && !at_quotes(literal, at, quote, quotes))
		at += literal->text[at] == '\\' && !raw ? 2 : 1;
	return (at < literal->end ? at : literal->end) - start;
}

/* The quotes and what stands before them; `at` goes behind them. */
static bool read_opening(struct literal *literal, uint32_t *at, uint32_t *ret_quotes)
{
	bool raw = false;

	for (; literal->text[*at] != '"' && literal->text[*at] != '\''; (*at)++) {
		raw |= (literal->text[*at] | 0x20) == 'r';
		literal->is_bytes |= (literal->text[*at] | 0x20) == 'b';
	}
	*ret_quotes = at_quotes(literal, *at, literal->text[*at], 3) ? 3 : 1;
	*at += *ret_quotes;
	return raw;
}

/* One character or escape of the value. */
static bool read_one(struct literal *literal, uint32_t *at, bool raw)
{
	if (literal->text[*at] == '\\' && !raw)
		return read_escape(literal, at);
	put(literal, (unsigned char)literal->text[(*at)++]);
	return true;
}

bool sl_lexer_string(struct sl_lexer *lexer, struct sl_token *token)
{
	const struct sl_slice *text = &lexer->context->text;
	struct literal literal = {.lexer = lexer, .text = text->at, .end = text->bytes};
	uint32_t at = lexer->at, quotes;
	bool raw = read_opening(&literal, &at, &quotes);
	char quote = text->at[at - 1];

	literal.value = sl_arena_alloc(lexer->context->arena,
				       (size_t)room_of(&literal, at, quote, quotes, raw) + 1);
	if (!literal.value) {
		lexer->error = -ENOMEM;
		return false;
	}
	while (!at_quotes(&literal, at, quote, quotes)) {
		if (at >= literal.end)
			return refuse(&literal, token->offset, hint_unclosed(lexer->context),
				      "this text has no closing quote");
		if (quotes == 1 && (literal.text[at] == '\n' || literal.text[at] == '\r'))
			return refuse(&literal, token->offset, hint_unclosed(lexer->context),
				      "this text has no closing quote on its line");
		if (!read_one(&literal, &at, raw))
			return false;
	}
	lexer->at = at + quotes;
	token->kind = literal.is_bytes ? SL_TOKEN_BYTES : SL_TOKEN_STRING;
	token->text = (struct sl_slice){literal.value, literal.bytes};
	return true;
}

uint32_t sl_expr_text_offset(const struct sl_expr_context *context, uint32_t offset,
			     uint32_t value_offset)
{
	struct sl_lexer lexer = {.context = context, .at = offset};
	struct literal literal = {
		.lexer = &lexer, .text = context->text.at, .end = context->text.bytes};
	uint32_t at = offset, quotes, read = 0;
	char quote, character[4];
	bool raw;

	if (offset >= literal.end || !sl_lexer_begins_string(&lexer))
		return offset; /* of texts joined by + */
	raw = read_opening(&literal, &at, &quotes);
	quote = literal.text[at - 1];
	literal.value = character;
	/* it was read before without a mistake: only lengths count now */
	while (read <= value_offset && !at_quotes(&literal, at, quote, quotes)) {
		uint32_t start = at;

		literal.bytes = 0;
		if (at >= literal.end || !read_one(&literal, &at, raw))
			return offset;
		read += literal.bytes;
		if (read > value_offset)
			return start;
	}
	return at;
}
