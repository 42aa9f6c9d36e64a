#include "rules/expr/expr_priv.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

struct sl_place sl_expr_place(const struct sl_expr_context *context, uint32_t offset)
{
	if (context->node)
		return sl_yaml_place(context->source, context->node, context->shift + offset);
	return (struct sl_place){.source = context->source, .offset = context->shift + offset};
}

static bool is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_hex(char c)
{
	return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

static char peek(const struct sl_lexer *lexer, uint32_t ahead)
{
	const struct sl_slice *text = &lexer->context->text;

	return lexer->at + ahead < text->bytes ? text->at[lexer->at + ahead] : '\0';
}

static void skip_blanks(struct sl_lexer *lexer)
{
	const struct sl_slice *text = &lexer->context->text;

	while (lexer->at < text->bytes) {
		char c = text->at[lexer->at];

		if (c == '/' && peek(lexer, 1) == '/') {
			while (lexer->at < text->bytes && text->at[lexer->at] != '\n')
				lexer->at++;
		} else if (c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f') {
			lexer->at++;
		} else {
			return;
		}
	}
}

static void bad_number(struct sl_lexer *lexer, struct sl_token *token, const char *why)
{
	const struct sl_slice *text = &lexer->context->text;
	struct sl_slice behind = {text->at + lexer->at, text->bytes - lexer->at};

	token->kind = SL_TOKEN_BAD;
	sl_mistake(lexer->context->diagnostics, sl_expr_place(lexer->context, token->offset),
		   "syntax", sl_expr_number_hint(behind), "`%.*s` is not a number: %s",
		   SL_SLICE_ARGS(token->text), why);
}

/* Digits are checked already; terminated for strtoull() and strtod(). */
static void read_number(struct sl_lexer *lexer, struct sl_token *token, int base, uint32_t digits)
{
	char copy[400];

	if (token->text.bytes >= sizeof(copy)) {
		bad_number(lexer, token, "it is too long");
		return;
	}
	memcpy(copy, token->text.at, token->text.bytes);
	copy[token->text.bytes] = '\0';
	errno = 0;
	if (token->kind == SL_TOKEN_DECIMAL) {
		token->decimal = strtod(copy, NULL);
		if (isinf(token->decimal))
			bad_number(lexer, token, "it is too large");
		return;
	}
	token->integer = strtoull(copy + digits, NULL, base);
	if (errno == ERANGE)
		bad_number(lexer, token, "it is too large");
}

static void lex_number(struct sl_lexer *lexer, struct sl_token *token)
{
	const char *text = lexer->context->text.at;
	uint32_t start = lexer->at, exponent;
	bool hex = peek(lexer, 0) == '0' && peek(lexer, 1) == 'x' && is_hex(peek(lexer, 2));

	token->kind = SL_TOKEN_INT;
	lexer->at += hex ? 2 : 0;
	while (hex ? is_hex(peek(lexer, 0)) : is_digit(peek(lexer, 0)))
		lexer->at++;
	if (!hex && peek(lexer, 0) == '.' && is_digit(peek(lexer, 1))) {
		token->kind = SL_TOKEN_DECIMAL;
		lexer->at++;
		while (is_digit(peek(lexer, 0)))
			lexer->at++;
	}
	exponent = peek(lexer, 1) == '+' || peek(lexer, 1) == '-' ? 2 : 1;
	if (!hex && (peek(lexer, 0) == 'e' || peek(lexer, 0) == 'E') &&
	    is_digit(peek(lexer, exponent))) {
		token->kind = SL_TOKEN_DECIMAL;
		lexer->at += exponent;
		while (is_digit(peek(lexer, 0)))
			lexer->at++;
	}
	token->text = (struct sl_slice){text + start, lexer->at - start};
	if (token->kind == SL_TOKEN_INT && (peek(lexer, 0) == 'u' || peek(lexer, 0) == 'U')) {
		token->kind = SL_TOKEN_UINT;
		lexer->at++;
	}
	if (is_letter(peek(lexer, 0)) || is_digit(peek(lexer, 0)))
		bad_number(lexer, token, "a letter follows it");
	else
		read_number(lexer, token, hex ? 16 : 10, hex ? 2 : 0);
}

bool sl_lexer_begins_string(const struct sl_lexer *lexer)
{
	uint32_t ahead = 0;

	if ((peek(lexer, 0) | 0x20) == 'b')
		ahead++;
	if ((peek(lexer, ahead) | 0x20) == 'r')
		ahead++;
	return peek(lexer, ahead) == '"' || peek(lexer, ahead) == '\'';
}

/* = & | where == && || were meant: said, and read on as these, so that what else is wrong is said
 * too.
 */
static bool mend_sign(struct sl_lexer *lexer, struct sl_token *token)
{
	static const char *const meant[] = {"==", "&&", "||"};
	const char *at = lexer->context->text.at + lexer->at;

	if (!lexer->context->node || (lexer->at > 0 && strchr("=!<>&|~", at[-1])) ||
	    (peek(lexer, 1) && strchr("=<>~&|", peek(lexer, 1))))
		return false;
	for (size_t i = 0; i < sizeof(meant) / sizeof(meant[0]); i++) {
		if (*at != *meant[i])
			continue;
		token->kind = SL_TOKEN_SIGN;
		token->text = sl_slice_of(meant[i]);
		lexer->mended = true;
		lexer->at++;
		return true;
	}
	return false;
}

static void lex_sign(struct sl_lexer *lexer, struct sl_token *token)
{
	static const char *const signs[] = {"&&", "||", "==", "!=", "<=", ">=", "<", ">",
					    "!",  "+",  "-",  "*",  "/",  "%",  "?", ":",
					    ".",  ",",  "(",  ")",  "[",  "]",  "{", "}"};
	const struct sl_slice *text = &lexer->context->text;
	struct sl_place place = sl_expr_place(lexer->context, lexer->at);
	const char *at = text->at + lexer->at;
	uint32_t left = text->bytes - lexer->at, n;
	char hint[SL_SIGN_HINT_MAX];

	for (size_t i = 0; i < sizeof(signs) / sizeof(signs[0]); i++) {
		n = (uint32_t)strlen(signs[i]);
		if (n <= left && memcmp(at, signs[i], n) == 0) {
			token->kind = SL_TOKEN_SIGN;
			token->text = (struct sl_slice){at, n};
			lexer->at += n;
			return;
		}
	}
	n = sl_expr_sign_hint(*text, lexer->at, hint);
	token->kind = SL_TOKEN_BAD;
	if ((unsigned char)*at < 0x20 || (unsigned char)*at == 0x7f)
		sl_mistake(lexer->context->diagnostics, place, "syntax", "",
			   "a control character is no part of a condition");
	else
		sl_mistake(lexer->context->diagnostics, place, "syntax", hint,
			   "`%.*s` is no part of a condition", (int)n, at);
	mend_sign(lexer, token);
}

/* A name behind a dot that no identifier could be: `content-type`. */
static void lex_quoted_name(struct sl_lexer *lexer, struct sl_token *token)
{
	uint32_t start = ++lexer->at;

	for (char c = peek(lexer, 0);
	     is_letter(c) || is_digit(c) || c == '.' || c == '-' || c == '/' || c == ' ';
	     c = peek(lexer, 0))
		lexer->at++;
	token->kind = SL_TOKEN_NAME;
	token->quoted = true;
	token->text = (struct sl_slice){lexer->context->text.at + start, lexer->at - start};
	if (peek(lexer, 0) == '`' && token->text.bytes > 0) {
		lexer->at++;
		return;
	}
	token->kind = SL_TOKEN_BAD;
	sl_mistake(lexer->context->diagnostics, sl_expr_place(lexer->context, token->offset),
		   "syntax", "a text stands in quotes: \"…\" or '…'",
		   "a name between ` has letters, digits and any of `_.-/ `");
}

void sl_lexer_next(struct sl_lexer *lexer, struct sl_token *ret_token)
{
	const struct sl_slice *text = &lexer->context->text;
	char c;

	skip_blanks(lexer);
	*ret_token = (struct sl_token){.kind = SL_TOKEN_END, .offset = lexer->at, .text = {"", 0}};
	if (lexer->at >= text->bytes) {
		ret_token->offset = lexer->end;
		return;
	}
	c = text->at[lexer->at];
	if (sl_lexer_begins_string(lexer)) {
		if (!sl_lexer_string(lexer, ret_token))
			ret_token->kind = SL_TOKEN_BAD;
	} else if (is_letter(c)) {
		uint32_t start = lexer->at;

		while (is_letter(peek(lexer, 0)) || is_digit(peek(lexer, 0)))
			lexer->at++;
		ret_token->kind = SL_TOKEN_NAME;
		ret_token->text = (struct sl_slice){text->at + start, lexer->at - start};
	} else if (is_digit(c) || (c == '.' && is_digit(peek(lexer, 1)))) {
		lex_number(lexer, ret_token);
	} else if (c == '`') {
		lex_quoted_name(lexer, ret_token);
	} else {
		lex_sign(lexer, ret_token);
	}
	lexer->end = lexer->at;
}
