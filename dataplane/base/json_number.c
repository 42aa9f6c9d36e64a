/* Whole numbers, times and hashes. */
#include "base/json_out_priv.h"

#define NS_PER_S 1000000000ll
#define S_PER_DAY 86400ll

/* Decimal digits, at the end of a buffer of 20; returns how many. */
static size_t digits_of(uint64_t value, char ret_digits[20])
{
	size_t n = 0;

	do {
		ret_digits[19 - n++] = (char)('0' + value % 10);
		value /= 10;
	} while (value);
	return n;
}

void sl_json_put_number(struct sl_json *json, bool negative, uint64_t magnitude)
{
	char text[21];
	size_t n = digits_of(magnitude, text + 1);

	if (negative)
		text[sizeof(text) - ++n] = '-';
	sl_json_raw(json, text + sizeof(text) - n, n);
}

void sl_json_uint(struct sl_json *json, uint64_t value)
{
	sl_json_put_number(json, false, value);
}

void sl_json_int(struct sl_json *json, int64_t value)
{
	sl_json_put_number(json, value < 0, value < 0 ? 0 - (uint64_t)value : (uint64_t)value);
}

static char *put_padded(char *at, unsigned value, unsigned width)
{
	for (unsigned i = width; i-- > 0; value /= 10)
		at[i] = (char)('0' + value % 10);
	return at + width;
}

size_t sl_time_format(int64_t ns, char ret_text[40])
{
	int64_t s = ns / NS_PER_S - (ns % NS_PER_S < 0);
	uint32_t fraction = (uint32_t)(ns - s * NS_PER_S);
	int64_t days = s / S_PER_DAY - (s % S_PER_DAY < 0);
	uint32_t second = (uint32_t)(s - days * S_PER_DAY);
	/* The Gregorian calendar repeats every 400 years (146,097 days). Years that begin in March
	 * have their odd day at the end; days are counted from 1 March 1600, before any int64. */
	uint32_t day = (uint32_t)(days + 135080);
	uint32_t of_era = day % 146097;
	uint32_t year_of_era = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
	uint32_t of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
	uint32_t month = (5 * of_year + 2) / 153; /* 0: March */
	uint32_t of_month = of_year - (153 * month + 2) / 5 + 1;
	uint32_t year = 1600 + day / 146097 * 400 + year_of_era + (month >= 10);
	char *at = ret_text;

	at = put_padded(at, year, 4);
	*at++ = '-';
	at = put_padded(at, month < 10 ? month + 3 : month - 9, 2);
	*at++ = '-';
	at = put_padded(at, of_month, 2);
	*at++ = 'T';
	at = put_padded(at, second / 3600, 2);
	*at++ = ':';
	at = put_padded(at, second / 60 % 60, 2);
	*at++ = ':';
	at = put_padded(at, second % 60, 2);
	if (fraction) {
		*at++ = '.';
		at = put_padded(at, fraction, 9);
		while (at[-1] == '0')
			at--;
	}
	*at++ = 'Z';
	return (size_t)(at - ret_text);
}

void sl_json_time(struct sl_json *json, int64_t ns)
{
	char text[42];
	size_t n = sl_time_format(ns, text + 1);

	text[0] = '"';
	text[n + 1] = '"';
	sl_json_raw(json, text, n + 2);
}

void sl_json_hash(struct sl_json *json, const uint64_t hash[2])
{
	static const char hex[] = "0123456789abcdef";
	char text[34];

	text[0] = '"';
	for (unsigned i = 0; i < 32; i++)
		text[1 + i] = hex[hash[1 - i / 16] >> (60 - i % 16 * 4) & 15]; /* high half first */
	text[33] = '"';
	sl_json_raw(json, text, sizeof(text));
}
