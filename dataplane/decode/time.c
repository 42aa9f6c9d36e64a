/* Times of events: RFC 3339 with a zone, or milliseconds since 1970. */
#include "decode/decode_priv.h"

#define NS_PER_S 1000000000ll
#define SECONDS_MIN (-9214560000ll) /* 1678-01-01T00:00:00Z */
#define SECONDS_END 9214646400ll    /* 2262-01-01T00:00:00Z */

/* Eight bytes at once. `digits` has 0xff where a digit must stand; elsewhere the bytes must be
 * those of `marks`, where `marked` says so. Each byte of ret_pairs is ten times that digit and the
 * one behind it. */
static inline bool read_digits(uint64_t bytes, uint64_t digits, uint64_t marked, uint64_t marks,
			       uint64_t *ret_pairs)
{
	uint64_t x = (bytes ^ SL_WORD_ZEROS) & digits;

	*ret_pairs = x * 10 + (x >> 8);
	return (bytes & marked) == marks && sl_word_is_digits(x);
}

static unsigned pair(uint64_t pairs, unsigned byte)
{
	return pairs >> (8 * byte) & 0xff;
}

/* Days from 1970-01-01 in the Gregorian calendar; the year begins in March, so that the leap day is
 * its last, and 400 years early, so that nothing is negative. */
static int64_t days_of(unsigned year, unsigned month, unsigned day)
{
	unsigned y = year + 400 - (month <= 2);
	unsigned century = y / 100;
	unsigned of_year = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;

	return (int64_t)(y * 365 + y / 4 - century + century / 4 + of_year) - (719468 + 146097);
}

static unsigned days_in(unsigned year, unsigned month)
{
	static const uint8_t days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	bool is_leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

	return days[month - 1] + (month == 2 && is_leap);
}

/* The n digits that end at `end`, as nanoseconds; there are more bytes than eight before them. */
static bool read_fraction(const char *end, int n, int64_t *ret_ns)
{
	static const uint32_t scales[] = {1000000000, 100000000, 10000000, 1000000, 100000,
					  10000,      1000,      100,      10,      1};
	uint64_t x;

	for (; n > 9; n--) { /* cut */
		if (*--end < '0' || *end > '9')
			return false;
	}
	if (n < 1)
		return false;
	x = sl_load8_le(end - 8) ^ SL_WORD_ZEROS;
	if (n < 8)
		x &= ~0ull << (64 - 8 * n);
	*ret_ns = (int64_t)sl_word_value(x) * scales[n];
	if (n == 9) {
		unsigned first = (unsigned)(end[-9] - '0');

		*ret_ns += (int64_t)first * (NS_PER_S / 10);
		return first <= 9 && sl_word_is_digits(x);
	}
	return sl_word_is_digits(x);
}

/* What a text says, of the right shape. */
struct spelling {
	uint64_t date;   /* pairs of digits: century at byte 0, year at 2, month at 5 */
	uint64_t clock;  /* day at 0, hour at 3, minute at 6 */
	uint64_t second; /* at 5 */
	uint64_t zone;   /* hours at 3, minutes at 6 */
	int64_t ns;
	bool is_west;
};

/* The zone is all behind the fraction: "Z", or as long as "+09:00". */
static bool read_zone(const char *end, unsigned bytes, struct spelling *spelling)
{
	uint64_t last = sl_load8_le(end - 8);

	spelling->zone = 0;
	spelling->is_west = false;
	if (bytes == 1)
		return true;
	spelling->is_west = end[-6] == '-';
	return (spelling->is_west || end[-6] == '+') &&
	       read_digits(last, 0xffff00ffff000000ull, 0x0000ff0000000000ull,
			   0x00003a0000000000ull, &spelling->zone);
}

static bool read_shape(struct sl_text text, struct spelling *ret_spelling)
{
	const char *end = text.at + text.bytes;
	unsigned zone_bytes, whole;
	uint64_t clock;

	if (text.bytes < sizeof("2026-11-21T09:12:33Z") - 1)
		return false;
	/* "2026-11-" "21T09:12" ":33"; 't' is taken for 'T' */
	clock = sl_load8_le(text.at + 8);
	if (text.at[10] == ' ')
		clock ^= (uint64_t)(' ' ^ 'T') << 16;
	if (!read_digits(sl_load8_le(text.at), 0x00ffff00ffffffffull, 0xff0000ff00000000ull,
			 0x2d00002d00000000ull, &ret_spelling->date) ||
	    !read_digits(clock, 0xffff00ffff00ffffull, 0x0000ff0000df0000ull, 0x00003a0000540000ull,
			 &ret_spelling->clock) ||
	    !read_digits(sl_load8_le(text.at + 12), 0x00ffff0000000000ull, 0x000000ff00000000ull,
			 0x0000003a00000000ull, &ret_spelling->second))
		return false;
	zone_bytes = (end[-1] | 0x20) == 'z' ? 1 : 6;
	whole = 19 + zone_bytes;
	ret_spelling->ns = 0;
	if (text.bytes != whole &&
	    (text.bytes < whole || text.at[19] != '.' ||
	     !read_fraction(end - zone_bytes, (int)(text.bytes - whole) - 1, &ret_spelling->ns)))
		return false;
	return read_zone(end, zone_bytes, ret_spelling);
}

enum sl_time_result sl_time_parse(struct sl_text text, int64_t *ret_ns)
{
	unsigned year, month, day, hour, minute, second, zone_hour, zone_minute;
	struct spelling spelling;
	int64_t seconds, zone;

	if (!read_shape(text, &spelling))
		return SL_TIME_SHAPE;
	year = pair(spelling.date, 0) * 100 + pair(spelling.date, 2);
	month = pair(spelling.date, 5);
	day = pair(spelling.clock, 0);
	hour = pair(spelling.clock, 3);
	minute = pair(spelling.clock, 6);
	second = pair(spelling.second, 5);
	zone_hour = pair(spelling.zone, 3);
	zone_minute = pair(spelling.zone, 6);
	if (month - 1 > 11 || day - 1 > 30 || (day > 28 && day > days_in(year, month)) ||
	    hour > 23 || minute > 59 || second > 60 || zone_hour > 23 || zone_minute > 59)
		return SL_TIME_RANGE;
	if (second == 60) {
		second = 59;
		spelling.ns = NS_PER_S - 1;
	}
	zone = (zone_hour * 60 + zone_minute) * 60;
	seconds = days_of(year, month, day) * 86400 + (hour * 60 + minute) * 60 + second;
	seconds += spelling.is_west ? zone : -zone;
	if (seconds < SECONDS_MIN || seconds >= SECONDS_END)
		return SL_TIME_RANGE;
	*ret_ns = seconds * NS_PER_S + spelling.ns;
	return SL_TIME_DONE;
}

enum sl_time_result sl_time_from_ms(int64_t ms, int64_t *ret_ns)
{
	if (ms < SECONDS_MIN * 1000 || ms >= SECONDS_END * 1000)
		return SL_TIME_RANGE;
	*ret_ns = ms * (NS_PER_S / 1000);
	return SL_TIME_DONE;
}
