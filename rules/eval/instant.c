/* Times and durations from texts, and their bounds. */
#include "rules/eval/eval_priv.h"

#include <ctype.h>

#define SECOND_NS 1000000000

struct sl_eval_any sl_eval_timestamp(__int128 seconds, __int128 nanos)
{
	__int128 carry = nanos / SECOND_NS - (nanos % SECOND_NS < 0);

	seconds += carry;
	nanos -= carry * SECOND_NS;
	if (seconds < SL_TIMESTAMP_SECONDS_MIN || seconds > SL_TIMESTAMP_SECONDS_MAX)
		return sl_eval_fault(SL_FAULT_RANGE);
	return (struct sl_eval_any){
		.kind = SL_KIND_TIMESTAMP, .integer = (int64_t)seconds, .nanos = (int32_t)nanos};
}

struct sl_eval_any sl_eval_duration(__int128 seconds, __int128 nanos)
{
	__int128 total = seconds * SECOND_NS + nanos;

	seconds = total / SECOND_NS; /* towards zero: both parts have the sign of the whole */
	nanos = total % SECOND_NS;
	if (seconds < -SL_DURATION_SECONDS_MAX || seconds > SL_DURATION_SECONDS_MAX)
		return sl_eval_fault(SL_FAULT_RANGE);
	return (struct sl_eval_any){
		.kind = SL_KIND_DURATION, .integer = (int64_t)seconds, .nanos = (int32_t)nanos};
}

/* A reader of texts that remembers that it once failed. */
struct reader {
	struct sl_slice rest;
	bool failed;
};

static bool take(struct reader *reader, char wanted)
{
	if (reader->rest.bytes == 0 || reader->rest.at[0] != wanted)
		return false;
	reader->rest.at++;
	reader->rest.bytes--;
	return true;
}

static void want(struct reader *reader, char wanted)
{
	if (!take(reader, wanted))
		reader->failed = true;
}

static bool at_digit(const struct reader *reader)
{
	return reader->rest.bytes && isdigit((unsigned char)reader->rest.at[0]);
}

static int take_digit(struct reader *reader)
{
	char digit = reader->rest.at[0];

	take(reader, digit);
	return digit - '0';
}

static int want_number(struct reader *reader, int n_digits, int max)
{
	int value = 0;

	for (int i = 0; i < n_digits; i++) {
		if (!at_digit(reader)) {
			reader->failed = true;
			return 0;
		}
		value = 10 * value + take_digit(reader);
	}
	if (value > max)
		reader->failed = true;
	return value;
}

static int want_fraction(struct reader *reader)
{
	int nanos = 0, digits = 0;

	for (; at_digit(reader) && digits < 9; digits++)
		nanos = 10 * nanos + take_digit(reader);
	if (digits == 0 || at_digit(reader))
		reader->failed = true;
	for (; digits < 9; digits++)
		nanos *= 10;
	return nanos;
}

static int days_in(int year, int month)
{
	return (int)(sl_eval_days(month == 12 ? year + 1 : year, month % 12 + 1, 1) -
		     sl_eval_days(year, month, 1));
}

struct sl_eval_any sl_eval_parse_timestamp(struct sl_slice text)
{
	struct reader reader = {.rest = text};
	int year, month, day, hour, minute, second, nanos = 0, offset = 0;

	year = want_number(&reader, 4, 9999);
	want(&reader, '-');
	month = want_number(&reader, 2, 12);
	want(&reader, '-');
	day = want_number(&reader, 2, 31);
	want(&reader, 'T');
	hour = want_number(&reader, 2, 23);
	want(&reader, ':');
	minute = want_number(&reader, 2, 59);
	want(&reader, ':');
	second = want_number(&reader, 2, 59);
	if (take(&reader, '.'))
		nanos = want_fraction(&reader);
	if (!take(&reader, 'Z')) {
		bool west = take(&reader, '-');

		if (!west)
			want(&reader, '+');
		offset = 60 * want_number(&reader, 2, 23);
		want(&reader, ':');
		offset += want_number(&reader, 2, 59);
		offset *= west ? -60 : 60;
	}
	if (reader.failed || reader.rest.bytes || month == 0 || day == 0 ||
	    day > days_in(year, month))
		return sl_eval_fault(SL_FAULT_CONVERSION);
	if (year == 0) /* written well, but before the first year there is */
		return sl_eval_fault(SL_FAULT_RANGE);
	return sl_eval_timestamp((__int128)sl_eval_days(year, month, day) * 86400 + hour * 3600 +
					 minute * 60 + second - offset,
				 nanos);
}

/* The unit's nanoseconds; 0: there is none. The longer names are tried first. */
static int64_t take_unit(struct reader *reader)
{
	static const struct {
		const char *name;
		int64_t nanos;
	} units[] = {
		{"ns", 1},
		{"us", 1000},
		{"\u00b5s", 1000},
		{"\u03bcs", 1000},
		{"ms", 1000000},
		{"s", SECOND_NS},
		{"m", 60ll * SECOND_NS},
		{"h", 3600ll * SECOND_NS},
	};

	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		uint32_t n = (uint32_t)strlen(units[i].name);

		if (reader->rest.bytes >= n && memcmp(reader->rest.at, units[i].name, n) == 0) {
			reader->rest.at += n;
			reader->rest.bytes -= n;
			return units[i].nanos;
		}
	}
	return 0;
}

/* Above any duration there is, and far from what 128 bits cannot hold. */
#define WHOLE_MAX ((__int128)1 << 64)

/* "1.5h": nanoseconds; what is below one is cut off. */
static __int128 take_part(struct reader *reader)
{
	__int128 whole = 0, fraction = 0, scale = 1;
	int64_t unit;
	int digits = 0;

	for (; at_digit(reader); digits++) {
		whole = 10 * whole + take_digit(reader);
		if (whole > WHOLE_MAX)
			whole = WHOLE_MAX;
	}
	if (take(reader, '.'))
		for (; at_digit(reader); digits++) {
			int digit = take_digit(reader);

			if (scale < 1000000000000000) { /* further ones are no nanosecond */
				fraction = 10 * fraction + digit;
				scale *= 10;
			}
		}
	unit = take_unit(reader);
	if (digits == 0 || unit == 0)
		reader->failed = true;
	return whole * unit + fraction * unit / scale;
}

struct sl_eval_any sl_eval_parse_duration(struct sl_slice text)
{
	struct reader reader = {.rest = text};
	bool minus = take(&reader, '-'), plus = !minus && take(&reader, '+');
	__int128 nanos = 0;

	(void)plus;
	if (sl_slice_is(reader.rest, "0"))
		return sl_eval_duration(0, 0);
	do {
		nanos += take_part(&reader);
		if (nanos > WHOLE_MAX * 3600 * SECOND_NS)
			nanos = WHOLE_MAX * 3600 * SECOND_NS;
	} while (!reader.failed && reader.rest.bytes);
	if (reader.failed)
		return sl_eval_fault(SL_FAULT_CONVERSION);
	return sl_eval_duration(0, minus ? -nanos : nanos);
}
