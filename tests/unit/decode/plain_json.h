/* A second opinion: whether a text is one JSON value in valid UTF-8, written as plainly as the
 * grammar is, byte by byte, with nothing in common with the decoder. Surrogates must be paired. */
#ifndef SL_TESTS_PLAIN_JSON_H
#define SL_TESTS_PLAIN_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct plain_json {
	const uint8_t *at, *end;
	unsigned depth_left;
};

static inline int plain_peek(const struct plain_json *p)
{
	return p->at < p->end ? *p->at : -1;
}

static inline bool plain_take(struct plain_json *p, int c)
{
	if (plain_peek(p) != c)
		return false;
	p->at++;
	return true;
}

static inline void plain_space(struct plain_json *p)
{
	while (plain_take(p, ' ') || plain_take(p, '\t') || plain_take(p, '\n') ||
	       plain_take(p, '\r'))
		;
}

static inline bool plain_digits(struct plain_json *p)
{
	const uint8_t *first = p->at;

	while (plain_peek(p) >= '0' && plain_peek(p) <= '9')
		p->at++;
	return p->at > first;
}

static inline bool plain_number(struct plain_json *p)
{
	(void)plain_take(p, '-');
	if (!plain_take(p, '0') && !plain_digits(p))
		return false;
	if (plain_take(p, '.') && !plain_digits(p))
		return false;
	if (plain_take(p, 'e') || plain_take(p, 'E')) {
		if (!plain_take(p, '+'))
			(void)plain_take(p, '-');
		return plain_digits(p);
	}
	return true;
}

static inline int plain_hex(struct plain_json *p)
{
	int code = 0;

	for (int i = 0; i < 4; i++) {
		static const char hex[] = "0123456789abcdefABCDEF";
		int c = plain_peek(p);
		const char *digit = c > 0 ? strchr(hex, c) : NULL;
		int value = digit ? (int)(digit - hex) : -1;

		if (value < 0)
			return -1;
		code = code * 16 + (value > 15 ? value - 6 : value);
		p->at++;
	}
	return code;
}

static inline bool plain_escape(struct plain_json *p)
{
	int code;

	if (!plain_take(p, 'u')) {
		int c = plain_peek(p);

		p->at++;
		return c > 0 && strchr("\"\\/bfnrt", c);
	}
	code = plain_hex(p);
	if (code < 0 || (code >= 0xdc00 && code <= 0xdfff))
		return false;
	if (code < 0xd800 || code > 0xdbff)
		return true;
	if (!plain_take(p, '\\') || !plain_take(p, 'u'))
		return false;
	code = plain_hex(p);
	return code >= 0xdc00 && code <= 0xdfff;
}

/* One character of more than a byte, the first of which is c: the table of the Unicode standard. */
static inline bool plain_wide(struct plain_json *p, int c)
{
	int low = 0x80, high = 0xbf, more;

	if (c >= 0xc2 && c <= 0xdf) {
		more = 1;
	} else if (c >= 0xe0 && c <= 0xef) {
		more = 2;
		low = c == 0xe0 ? 0xa0 : low;
		high = c == 0xed ? 0x9f : high;
	} else if (c >= 0xf0 && c <= 0xf4) {
		more = 3;
		low = c == 0xf0 ? 0x90 : low;
		high = c == 0xf4 ? 0x8f : high;
	} else {
		return false;
	}
	for (; more > 0; more--, low = 0x80, high = 0xbf) {
		if (plain_peek(p) < low || plain_peek(p) > high)
			return false;
		p->at++;
	}
	return true;
}

static inline bool plain_string(struct plain_json *p)
{
	if (!plain_take(p, '"'))
		return false;
	for (;;) {
		int c = plain_peek(p);

		if (c < 0x20)
			return false;
		p->at++;
		if (c == '"')
			return true;
		if (c == '\\' && !plain_escape(p))
			return false;
		if (c >= 0x80 && !plain_wide(p, c))
			return false;
	}
}

static inline bool plain_value(struct plain_json *p);

static inline bool plain_container(struct plain_json *p, bool is_object)
{
	int close = is_object ? '}' : ']';

	p->at++;
	if (p->depth_left-- == 0)
		return false;
	plain_space(p);
	if (!plain_take(p, close)) {
		do {
			plain_space(p);
			if (is_object) {
				if (!plain_string(p))
					return false;
				plain_space(p);
				if (!plain_take(p, ':'))
					return false;
			}
			if (!plain_value(p))
				return false;
		} while (plain_take(p, ','));
		if (!plain_take(p, close))
			return false;
	}
	p->depth_left++;
	return true;
}

static inline bool plain_word(struct plain_json *p, const char *word)
{
	while (*word)
		if (!plain_take(p, *word++))
			return false;
	return true;
}

/* With the white space around it. */
static inline bool plain_value(struct plain_json *p)
{
	bool is_sound;

	plain_space(p);
	switch (plain_peek(p)) {
	case '{':
	case '[':
		is_sound = plain_container(p, plain_peek(p) == '{');
		break;
	case '"':
		is_sound = plain_string(p);
		break;
	case 't':
		is_sound = plain_word(p, "true");
		break;
	case 'f':
		is_sound = plain_word(p, "false");
		break;
	case 'n':
		is_sound = plain_word(p, "null");
		break;
	default:
		is_sound = plain_number(p);
	}
	plain_space(p);
	return is_sound;
}

static inline bool plain_json_is_sound(const void *text, size_t bytes, unsigned depth_max)
{
	struct plain_json p = {
		.at = text, .end = (const uint8_t *)text + bytes, .depth_left = depth_max};

	return plain_value(&p) && p.at == p.end;
}

#endif
