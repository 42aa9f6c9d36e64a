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

/* Two digits at a time: one at a time, each waits for the division of the one before. */
static inline char *put_pair(char *at, uint32_t value)
{
	static const char pairs[] = "00010203040506070809101112131415161718192021222324"
				    "25262728293031323334353637383940414243444546474849"
				    "50515253545556575859606162636465666768697071727374"
				    "75767778798081828384858687888990919293949596979899";

	memcpy(at, pairs + 2 * (size_t)value, 2);
	return at + 2;
}

/* The digits of a second's nanoseconds that are no zeroes at its end. */
static char *put_fraction(char *at, uint32_t ns)
{
	*at++ = (char)('0' + ns / 100000000);
	for (uint32_t left = ns % 100000000, unit = 1000000; left; left %= unit, unit /= 100)
		at = put_pair(at, left / unit);
	while (at[-1] == '0')
		at--;
	return at;
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

	at = put_pair(put_pair(at, year / 100), year % 100);
	*at++ = '-';
	at = put_pair(at, month < 10 ? month + 3 : month - 9);
	*at++ = '-';
	at = put_pair(at, of_month);
	*at++ = 'T';
	at = put_pair(at, second / 3600);
	*at++ = ':';
	at = put_pair(at, second / 60 % 60);
	*at++ = ':';
	at = put_pair(at, second % 60);
	if (fraction) {
		*at++ = '.';
		at = put_fraction(at, fraction);
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

/* Sixteen digits at once: a nibble to each byte, the highest first, then each its letter. */
static void put_hex(char at[16], uint64_t value)
{
	const uint64_t ones = 0x0101010101010101u;

	for (unsigned half = 0; half < 2; half++) {
		uint64_t v = half ? value & 0xffffffff : value >> 32;

		v = (v | v << 16) & 0x0000ffff0000ffffu;
		v = (v | v << 8) & 0x00ff00ff00ff00ffu;
		v = __builtin_bswap64((v | v << 4) & (ones * 15));
		v += ones * '0' + ((v + ones * 6) >> 4 & ones) * ('a' - '0' - 10);
		memcpy(at + half * 8, &v, 8);
	}
}

void sl_hash_format(const uint64_t hash[2], char ret_text[32])
{
	put_hex(ret_text, hash[1]);
	put_hex(ret_text + 16, hash[0]);
}

void sl_json_hash(struct sl_json *json, const uint64_t hash[2])
{
	char text[34];

	text[0] = '"';
	sl_hash_format(hash, text + 1);
	text[33] = '"';
	sl_json_raw(json, text, sizeof(text));
}
