/* Times and durations as conditions write them. */
#include "rules/expr/type_priv.h"

#define NANOS_PER_S 1000000000ll

/* A reader over a text: `bad` is sticky. */
struct reader {
	struct sl_slice text;
	uint32_t at;
	bool bad;
};

static char peek(const struct reader *reader)
{
	return reader->at < reader->text.bytes ? reader->text.at[reader->at] : '\0';
}

static bool take(struct reader *reader, char c)
{
	if (peek(reader) != c || reader->at >= reader->text.bytes)
		return false;
	reader->at++;
	return true;
}

static void expect(struct reader *reader, char c)
{
	if (!take(reader, c))
		reader->bad = true;
}

static bool at_digit(const struct reader *reader)
{
	return peek(reader) >= '0' && peek(reader) <= '9';
}

static int number(struct reader *reader, unsigned digits)
{
	int value = 0;

	for (unsigned i = 0; i < digits && !reader->bad; i++) {
		if (!at_digit(reader))
			reader->bad = true;
		else
			value = value * 10 + (reader->text.at[reader->at++] - '0');
	}
	return value;
}

/* Digits behind a point, as nanoseconds; more than nine are cut off. */
static int32_t fraction(struct reader *reader)
{
	int32_t nanos = 0, unit = (int32_t)NANOS_PER_S;

	if (!take(reader, '.'))
		return 0;
	if (!at_digit(reader))
		reader->bad = true;
	while (at_digit(reader)) {
		unit /= 10;
		nanos += (reader->text.at[reader->at++] - '0') * unit;
	}
	return nanos;
}

static int days_of_month(int year, int month)
{
	static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

	return days[month - 1] + (month == 2 && leap);
}

/* Days since 1970-01-01, counted in years that begin with March. */
static int64_t days_since_epoch(int year, int month, int day)
{
	int64_t from_march = year - (month <= 2), era = from_march >= 0 ? from_march / 400 : -1;
	int64_t of_era = from_march - era * 400;
	int64_t of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;

	return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

static int64_t zone_offset(struct reader *reader)
{
	bool west = peek(reader) == '-';
	int hours, minutes;

	if (take(reader, 'Z'))
		return 0;
	if (!west && peek(reader) != '+') {
		reader->bad = true;
		return 0;
	}
	reader->at++;
	hours = number(reader, 2);
	expect(reader, ':');
	minutes = number(reader, 2);
	reader->bad |= hours > 23 || minutes > 59;
	return (hours * 60 + minutes) * 60 * (west ? -1 : 1);
}

enum sl_fault sl_expr_timestamp(struct sl_slice text, int64_t *ret_seconds, int32_t *ret_nanos)
{
	struct reader reader = {.text = text};
	int year, month, day, hour, minute, second;
	int64_t seconds;
	int32_t nanos;

	year = number(&reader, 4);
	expect(&reader, '-');
	month = number(&reader, 2);
	expect(&reader, '-');
	day = number(&reader, 2);
	expect(&reader, 'T');
	hour = number(&reader, 2);
	expect(&reader, ':');
	minute = number(&reader, 2);
	expect(&reader, ':');
	second = number(&reader, 2);
	nanos = fraction(&reader);
	seconds = -zone_offset(&reader);
	if (reader.bad || reader.at != text.bytes || month < 1 || month > 12 || day < 1 ||
	    day > days_of_month(year, month) || hour > 23 || minute > 59 || second > 59)
		return SL_FAULT_CONVERSION;
	seconds += days_since_epoch(year, month, day) * 86400 + hour * 3600 + minute * 60 + second;
	if (seconds < SL_TIMESTAMP_SECONDS_MIN || seconds > SL_TIMESTAMP_SECONDS_MAX)
		return SL_FAULT_RANGE;
	*ret_seconds = seconds;
	*ret_nanos = nanos;
	return SL_FAULT_NONE;
}

static int64_t unit_of(struct reader *reader)
{
	static const struct {
		const char *name;
		int64_t nanos;
	} units[] = {
		{"ns", 1},
		{"us", 1000},
		{"\xc2\xb5s", 1000}, /* the micro sign, and the Greek letter */
		{"\xce\xbcs", 1000},
		{"ms", 1000000},
		{"s", NANOS_PER_S},
		{"m", 60 * NANOS_PER_S},
		{"h", 3600 * NANOS_PER_S},
	};

	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		uint32_t n = (uint32_t)strlen(units[i].name);

		if (reader->text.bytes - reader->at >= n &&
		    memcmp(reader->text.at + reader->at, units[i].name, n) == 0) {
			reader->at += n;
			return units[i].nanos;
		}
	}
	reader->bad = true;
	return 0;
}

/* One number and its unit, added to the sum of nanoseconds. */
static void add_part(struct reader *reader, __int128 *nanos)
{
	__int128 whole = 0, part = 0, scale = 1;
	int64_t unit;
	bool digits = at_digit(reader);

	for (; at_digit(reader); reader->at++) {
		if (whole < (__int128)1 << 66) /* out of range, whatever the unit */
			whole = whole * 10 + (reader->text.at[reader->at] - '0');
	}
	if (take(reader, '.')) {
		digits |= at_digit(reader);
		for (; at_digit(reader); reader->at++) {
			if (scale >= NANOS_PER_S * NANOS_PER_S)
				continue; /* too small to matter */
			part = part * 10 + (reader->text.at[reader->at] - '0');
			scale *= 10;
		}
	}
	reader->bad |= !digits;
	unit = unit_of(reader);
	if (*nanos < (__int128)1 << 120)
		*nanos += whole * unit + part * unit / scale;
}

enum sl_fault sl_expr_duration(struct sl_slice text, int64_t *ret_seconds, int32_t *ret_nanos)
{
	struct reader reader = {.text = text};
	bool negative = take(&reader, '-');
	__int128 nanos = 0;
	int64_t seconds;

	if (!negative)
		take(&reader, '+');
	if (reader.at + 1 == text.bytes && peek(&reader) == '0') {
		*ret_seconds = 0;
		*ret_nanos = 0;
		return SL_FAULT_NONE;
	}
	do {
		add_part(&reader, &nanos);
	} while (!reader.bad && reader.at < text.bytes);
	if (reader.bad)
		return SL_FAULT_CONVERSION;
	if (nanos / NANOS_PER_S > SL_DURATION_SECONDS_MAX)
		return SL_FAULT_RANGE;
	seconds = (int64_t)(nanos / NANOS_PER_S);
	*ret_seconds = negative ? -seconds : seconds;
	*ret_nanos = (int32_t)(nanos % NANOS_PER_S) * (negative ? -1 : 1);
	return SL_FAULT_NONE;
}

bool sl_expr_is_instant(const struct sl_expr *expr)
{
	const int64_t most = INT64_MAX / NANOS_PER_S - 1;

	return expr->kind == SL_EXPR_LITERAL && expr->type == SL_KIND_TIMESTAMP &&
	       expr->integer >= -most && expr->integer <= most;
}

int64_t sl_expr_instant(const struct sl_expr *expr)
{
	return expr->integer * NANOS_PER_S + expr->nanos;
}
