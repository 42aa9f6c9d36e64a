/* Numbers of JSON: the grammar for all of them, the value for those of the schema. */
#include "decode/decode_priv.h"

#include <float.h>
#include <math.h>

_Static_assert(FLT_EVAL_METHOD == 0, "the short way to a double needs arithmetic in doubles");

#define DIGITS_KEPT 19u /* what fits in 64 bits whatever the digits are */
#define EXPONENT_MAX 100000

static bool is_digit(char c)
{
	return (unsigned)(c - '0') <= 9;
}

static const char *take_exponent(const char *at, const char *end, struct sl_number *number)
{
	bool is_negative = at < end && *at == '-';
	int32_t exponent = 0;

	if (at < end && (*at == '-' || *at == '+'))
		at++;
	if (at == end || !is_digit(*at))
		return NULL;
	for (; at < end && is_digit(*at); at++) {
		if (exponent < EXPONENT_MAX)
			exponent = exponent * 10 + (*at - '0');
	}
	number->exponent += is_negative ? -exponent : exponent;
	return at;
}

/* For numbers of more digits than a mantissa holds: the first significant ones again, one by one.
 */
static void count_long(const char *at, const char *end, struct sl_number *number)
{
	bool is_fraction = false;
	unsigned kept = 0;

	number->mantissa = 0;
	number->exponent = 0;
	number->cut = false;
	for (; at < end; at++) {
		if (*at == '.') {
			is_fraction = true;
		} else if (kept < DIGITS_KEPT) {
			number->mantissa = number->mantissa * 10 + (unsigned)(*at - '0');
			number->exponent -= is_fraction;
			kept += number->mantissa != 0;
		} else {
			number->exponent += !is_fraction;
			number->cut = true;
		}
	}
}

bool sl_number_scan(const char *at, uint32_t bytes, struct sl_number *ret_number)
{
	const char *end = at + bytes;
	const char *here = at;
	const char *first, *point;
	uint64_t mantissa = 0;

	*ret_number = (struct sl_number){.whole = true, .negative = here < end && *here == '-'};
	here += ret_number->negative;
	for (first = here; here < end && is_digit(*here); here++)
		mantissa = mantissa * 10 + (unsigned)(*here - '0');
	if (here == first || (*first == '0' && here - first > 1))
		return false;
	if (here < end && *here == '.') {
		for (point = here++; here < end && is_digit(*here); here++)
			mantissa = mantissa * 10 + (unsigned)(*here - '0');
		if (here == point + 1)
			return false;
		ret_number->exponent = (int32_t)(point + 1 - here);
		ret_number->whole = false;
	}
	ret_number->mantissa = mantissa;
	if (here - first >
	    (int)DIGITS_KEPT) /* it may have overflowed; a point among them is no matter */
		count_long(first, here, ret_number);
	if (here < end && (*here | 0x20) == 'e') {
		here = take_exponent(here + 1, end, ret_number);
		if (!here)
			return false;
		ret_number->whole = false;
	}
	ret_number->bytes = (uint32_t)(here - at);
	return true;
}

bool sl_number_int(const struct sl_number *number, int64_t *ret_value)
{
	if (number->cut || number->mantissa > (uint64_t)INT64_MAX + number->negative)
		return false;
	*ret_value = (int64_t)(number->negative ? 0 - number->mantissa : number->mantissa);
	return true;
}

bool sl_number_double(const struct sl_number *number, const char *at, double *ret_value)
{
	static const double powers[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
					1e8,  1e9,  1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
					1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};
	double value;

	/* Both operands exact, one operation, rounded once: correct. Otherwise the long way. */
	if (!number->cut && number->mantissa <= 1ull << 53 && number->exponent >= -22 &&
	    number->exponent <= 22) {
		value = (double)number->mantissa;
		if (number->exponent < 0)
			value /= powers[-number->exponent];
		else
			value *= powers[number->exponent];
		*ret_value = number->negative ? -value : value;
		return true;
	}
	value = sl_index_double(at, at + number->bytes);
	if (!isfinite(value))
		return false;
	*ret_value = value;
	return true;
}

/* n digits, 1 to 8; 8 bytes from `at` on are read. */
static inline bool take_digits(const char *at, uint32_t n, uint64_t *ret_value)
{
	uint64_t x = (sl_load8_le(at) ^ SL_WORD_ZEROS) << (64 - 8 * n);

	*ret_value = sl_word_value(x);
	return sl_word_is_digits(x);
}

/* n digits, 1 to 16. */
static inline bool take_whole(const char *at, uint32_t n, uint64_t *ret_value)
{
	uint64_t high, low;

	if (n - 1 > 15)
		return false;
	if (n <= 8)
		return take_digits(at, n, ret_value);
	if (!take_digits(at, n - 8, &high) || !take_digits(at + n - 8, 8, &low))
		return false;
	*ret_value = high * 100000000 + low;
	return true;
}

/* 1 to 8 digits on either side of a point. */
static inline bool take_parts(const char *at, uint32_t whole, uint32_t parts, uint64_t *ret_value)
{
	static const uint32_t scales[] = {1,      10,      100,      1000,     10000,
					  100000, 1000000, 10000000, 100000000};
	uint64_t high, low;

	if (whole - 1 > 7 || parts - 1 > 7 || !take_digits(at, whole, &high) ||
	    !take_digits(at + whole + 1, parts, &low))
		return false;
	*ret_value = high * scales[parts] + low;
	return true;
}

/* Most numbers, without a branch for each digit: those of few digits with nothing behind them.
 * False: it may be a number all the same. */
static inline bool take_usual(const char *at, uint32_t bytes, struct sl_number *number)
{
	bool is_negative = *at == '-';
	const char *from = at + is_negative;
	uint32_t n = bytes - is_negative;
	uint64_t points = sl_load8_le(from) ^ 0x2e2e2e2e2e2e2e2eull;
	uint32_t whole;

	/* a borrow goes upwards only: the lowest byte that says point is right */
	points = (points - 0x0101010101010101ull) & ~points & 0x8080808080808080ull;
	whole = points ? (uint32_t)__builtin_ctzll(points) / 8 : 8;
	number->whole = whole >= n || from[whole] != '.';
	if (number->whole) {
		whole = n;
		number->exponent = 0;
		if (!take_whole(from, n, &number->mantissa))
			return false;
	} else {
		number->exponent = -(int32_t)(n - whole - 1);
		if (!take_parts(from, whole, n - whole - 1, &number->mantissa))
			return false;
	}
	number->bytes = bytes;
	number->negative = is_negative;
	number->cut = false;
	return whole == 1 || *from != '0';
}

bool sl_token_number(const uint8_t *text, const uint32_t *at, struct sl_number *ret_number)
{
	uint32_t end;

	if (take_usual((const char *)text + at[0], at[1] - at[0], ret_number))
		return true;
	if (!sl_number_scan((const char *)text + at[0], at[1] - at[0], ret_number))
		return false;
	end = at[0] + ret_number->bytes;
	while (end < at[1] && sl_is_space(text[end]))
		end++;
	return end == at[1];
}
