/* Decimals as text and back: the C library's formatting is not allowed where every event passes,
 * so it is called from here, where only conditions come that ask for it. */
#include "program_priv.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#define DIGITS_MAX 17

/* The fewest digits that read back: d.ddd…e±xx of 15 to 17 digits, or of fewer where they do. */
static void shortest(double value, char digits[DIGITS_MAX + 1], int *ret_exponent)
{
	char text[32];
	int n = 0;

	for (int precision = 0; precision < DIGITS_MAX; precision++) {
		snprintf(text, sizeof(text), "%.*e", precision, value);
		if (strtod(text, NULL) == value)
			break;
	}
	for (const char *at = text; *at != 'e'; at++)
		if (*at != '.')
			digits[n++] = *at;
	while (n > 1 && digits[n - 1] == '0')
		n--;
	digits[n] = 0;
	*ret_exponent = (int)strtol(strchr(text, 'e') + 1, NULL, 10);
}

static uint32_t put_exponent(const char *digits, int exponent, char *at)
{
	return (uint32_t)sprintf(at, "%c%s%se%c%02d", digits[0], digits[1] ? "." : "", digits + 1,
				 exponent < 0 ? '-' : '+', abs(exponent));
}

static uint32_t put_plain(const char *digits, int exponent, char *at)
{
	size_t n = strlen(digits), zeros = exponent < 0 ? (size_t)-exponent : 0;
	size_t whole = exponent < 0 ? 0 : (size_t)exponent + 1;

	memset(at, '0', zeros);
	if (zeros > 0)
		whole = 1;
	memcpy(at + zeros, digits, n);
	n += zeros;
	if (n < whole) {
		memset(at + n, '0', whole - n);
		return (uint32_t)whole;
	}
	if (n == whole)
		return (uint32_t)n;
	memmove(at + whole + 1, at + whole, n - whole);
	at[whole] = '.';
	return (uint32_t)n + 1;
}

static uint32_t put_odd(double value, bool signed_infinity, char *at)
{
	const char *text = isnan(value)      ? "NaN"
			   : value < 0       ? (signed_infinity ? "-Inf" : "-Infinity")
			   : signed_infinity ? "+Inf"
					     : "Infinity";

	memcpy(at, text, strlen(text));
	return (uint32_t)strlen(text);
}

uint32_t sl_double_print(double value, enum sl_double_style style, unsigned precision,
			 char ret_text[SL_DOUBLE_TEXT_MAX])
{
	char digits[DIGITS_MAX + 1];
	uint32_t sign = signbit(value) != 0;
	int exponent;

	if (!isfinite(value))
		return put_odd(value, style == SL_DOUBLE_SHORT, ret_text);
	if (style == SL_DOUBLE_FIXED)
		return (uint32_t)snprintf(ret_text, SL_DOUBLE_TEXT_MAX, "%.*f", (int)precision,
					  value);
	if (style == SL_DOUBLE_EXPONENT)
		return (uint32_t)snprintf(ret_text, SL_DOUBLE_TEXT_MAX, "%.*e", (int)precision,
					  value);
	shortest(fabs(value), digits, &exponent);
	ret_text[0] = '-';
	if (style == SL_DOUBLE_SHORT && (exponent < -4 || exponent >= 6))
		return sign + put_exponent(digits, exponent, ret_text + sign);
	return sign + put_plain(digits, exponent, ret_text + sign);
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* digits, a point among or beside them, an exponent. */
static bool is_decimal(const char *at, const char *end)
{
	bool has_digits = false;

	for (; at < end && is_digit(*at); at++)
		has_digits = true;
	if (at < end && *at == '.')
		for (at++; at < end && is_digit(*at); at++)
			has_digits = true;
	if (!has_digits)
		return false;
	if (at < end && (*at == 'e' || *at == 'E')) {
		at++;
		if (at < end && (*at == '+' || *at == '-'))
			at++;
		if (at == end)
			return false;
		while (at < end && is_digit(*at))
			at++;
	}
	return at == end;
}

static bool is_word(const char *at, const char *end, const char *word)
{
	for (; at < end && *word; at++, word++)
		if ((*at | 0x20) != *word)
			return false;
	return at == end && *word == 0;
}

/* An exponent's digits; one beyond this decides by itself, whatever stands before it. */
#define EXPONENT_MAX 1000000000000ll

static int64_t exponent_of(const char *at, const char *end)
{
	bool negative = at < end && *at == '-';
	int64_t value = 0;

	for (at += at < end && !is_digit(*at); at < end; at++)
		if (value < EXPONENT_MAX)
			value = 10 * value + (*at - '0');
	return negative ? -value : value;
}

/* A decimal that does not fit into the room, as one that does: zeros before it are nothing, and of
 * its digits a double is decided by fewer than 770, but for whether anything stands behind them. */
#define DECIDING_MAX 780u
#define SHORT_MAX (DECIDING_MAX + 32u)

static void shorten(const char *at, const char *end, char text[SHORT_MAX])
{
	bool negative = *at == '-', point = false, rest = false;
	int64_t exponent = 0;
	unsigned n = 0;

	if (negative || *at == '+')
		at++;
	if (negative)
		text[n++] = '-';
	text[n++] = '0';
	for (unsigned first = n; at < end && (*at | 0x20) != 'e'; at++) {
		if (*at == '.') {
			point = true;
		} else if (n == first && *at == '0') {
			exponent -= point;
		} else if (n < DECIDING_MAX) {
			text[n++] = *at;
			exponent -= point;
		} else {
			rest |= *at != '0';
			exponent += !point;
		}
	}
	if (rest) {
		text[n++] = '1';
		exponent--;
	}
	if (at < end)
		exponent += exponent_of(at + 1, end);
	if (exponent > 99999 || exponent < -99999)
		exponent = exponent < 0 ? -99999 : 99999;
	snprintf(text + n, SHORT_MAX - n, "e%lld", (long long)exponent);
}

bool sl_double_parse(const char *at, uint32_t bytes, double *ret_value)
{
	char text[SHORT_MAX];
	const char *end = at + bytes, *begin = at;
	bool negative = bytes && *at == '-';
	double value;

	if (bytes && (*at == '-' || *at == '+'))
		begin++;
	if (is_word(begin, end, "nan")) {
		*ret_value = (double)NAN;
		return true;
	}
	if (is_word(begin, end, "inf") || is_word(begin, end, "infinity")) {
		*ret_value = negative ? -(double)INFINITY : (double)INFINITY;
		return true;
	}
	if (!is_decimal(begin, end))
		return false;
	if (bytes >= sizeof(text)) {
		shorten(at, end, text);
	} else {
		memcpy(text, at, bytes);
		text[bytes] = 0;
	}
	value = strtod(text, NULL);
	if (isinf(value))
		return false;
	*ret_value = value;
	return true;
}
