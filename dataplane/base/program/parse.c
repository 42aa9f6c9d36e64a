/* Texts to numbers, times and durations. All of the text, or nothing. */
#include "program_priv.h"

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

bool sl_parse_uint(const char *at, uint32_t bytes, uint64_t *ret_value)
{
	uint64_t value = 0;

	if (bytes == 0)
		return false;
	for (uint32_t i = 0; i < bytes; i++) {
		if (!is_digit(at[i]) || __builtin_mul_overflow(value, 10u, &value) ||
		    __builtin_add_overflow(value, (uint64_t)(at[i] - '0'), &value))
			return false;
	}
	*ret_value = value;
	return true;
}

bool sl_parse_int(const char *at, uint32_t bytes, int64_t *ret_value)
{
	bool negative = bytes && at[0] == '-';
	bool is_signed = negative || (bytes && at[0] == '+');
	uint64_t value;

	if (!sl_parse_uint(at + is_signed, bytes - is_signed, &value) ||
	    value > (uint64_t)INT64_MAX + negative)
		return false;
	*ret_value = negative ? (int64_t)(0 - value) : (int64_t)value;
	return true;
}

/* ---- timestamps -------------------------------------------------------------------------- */

struct reader {
	const char *at, *end;
	bool failed;
};

static unsigned digits(struct reader *reader, unsigned n, unsigned max)
{
	unsigned value = 0;

	if (reader->end - reader->at < (ptrdiff_t)n) {
		reader->failed = true;
		return 0;
	}
	for (unsigned i = 0; i < n; i++) {
		reader->failed |= !is_digit(*reader->at);
		value = value * 10 + (unsigned)(*reader->at++ - '0');
	}
	reader->failed |= value > max;
	return reader->failed ? 0 : value;
}

static bool take(struct reader *reader, char c)
{
	if (reader->at == reader->end || *reader->at != c)
		return false;
	reader->at++;
	return true;
}

static void need(struct reader *reader, char c)
{
	reader->failed |= !take(reader, c);
}

/* One to nine digits behind a point; none without one. */
static int32_t fraction(struct reader *reader)
{
	int32_t value = 0, unit = SL_NANOS / 10;

	if (!take(reader, '.'))
		return 0;
	reader->failed |= reader->at == reader->end || !is_digit(*reader->at);
	for (; reader->at < reader->end && is_digit(*reader->at); unit /= 10) {
		reader->failed |= unit == 0;
		value += (*reader->at++ - '0') * unit;
	}
	return value;
}

/* Z or +hh:mm. */
static int64_t zone(struct reader *reader)
{
	bool west = take(reader, '-');
	int64_t seconds;

	if (!west && take(reader, 'Z'))
		return 0;
	if (!west)
		need(reader, '+');
	seconds = 3600ll * digits(reader, 2, 23);
	need(reader, ':');
	seconds += 60ll * digits(reader, 2, 59);
	return west ? -seconds : seconds;
}

static unsigned days_in(unsigned year, unsigned month)
{
	static const uint8_t days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);

	return days[month - 1] + (month == 2 && leap);
}

struct sl_any sl_parse_timestamp(const char *at, uint32_t bytes)
{
	struct reader reader = {.at = at, .end = at + bytes};
	struct sl_any value = {.kind = SL_KIND_TIMESTAMP};
	unsigned year, month, day;
	int64_t second;

	year = digits(&reader, 4, 9999);
	need(&reader, '-');
	month = digits(&reader, 2, 12);
	need(&reader, '-');
	day = digits(&reader, 2, 31);
	need(&reader, 'T');
	second = 3600ll * digits(&reader, 2, 23);
	need(&reader, ':');
	second += 60ll * digits(&reader, 2, 59);
	need(&reader, ':');
	second += digits(&reader, 2, 59);
	value.nanos = fraction(&reader);
	second -= zone(&reader);
	if (reader.failed || reader.at != reader.end || month == 0 || day == 0 ||
	    day > days_in(year, month))
		return sl_any_fault(SL_FAULT_CONVERSION);
	value.integer = sl_days_of(year, month, day) * 86400 + second;
	if (year == 0 || value.integer < SL_TIMESTAMP_SECONDS_MIN ||
	    value.integer > SL_TIMESTAMP_SECONDS_MAX)
		return sl_any_fault(SL_FAULT_RANGE);
	return value;
}

/* ---- durations --------------------------------------------------------------------------- */

/* Nanoseconds of the unit that stands here, or 0. */
static int64_t unit(struct reader *reader)
{
	static const struct {
		const char *name;
		int64_t nanos;
	} units[] = {
		{"ns", 1},       {"us", 1000},    {"\xc2\xb5s", 1000},    {"\xce\xbcs", 1000},
		{"ms", 1000000}, {"s", SL_NANOS}, {"m", 60ll * SL_NANOS}, {"h", 3600ll * SL_NANOS},
	};

	for (unsigned i = 0; i < sizeof(units) / sizeof(*units); i++) {
		size_t n = strlen(units[i].name);

		if ((size_t)(reader->end - reader->at) >= n &&
		    memcmp(reader->at, units[i].name, n) == 0) {
			reader->at += n;
			return units[i].nanos;
		}
	}
	return 0;
}

/* Seconds and nanoseconds apart, for together they do not fit 64 bits. */
struct total {
	int64_t seconds;
	int64_t nanos;
	bool too_large;
};

static void add_nanos(struct total *total, uint64_t nanos)
{
	total->seconds += (int64_t)(nanos / SL_NANOS);
	total->nanos += (int64_t)(nanos % SL_NANOS);
	total->seconds += total->nanos / SL_NANOS;
	total->nanos %= SL_NANOS;
	total->too_large |= total->seconds > SL_DURATION_SECONDS_MAX;
}

/* So many whole units and the digits behind the point, cut below a nanosecond. */
static void add_part(struct total *total, const char *whole, const char *point,
		     const char *fraction_end, int64_t nanos_of_unit)
{
	uint64_t count = 0, product, nanos = 0;

	if (point > whole && !sl_parse_uint(whole, (uint32_t)(point - whole), &count)) {
		total->too_large = true;
		return;
	}
	if (nanos_of_unit < SL_NANOS) {
		uint64_t per_second = SL_NANOS / (uint64_t)nanos_of_unit;
		uint64_t seconds = count / per_second;

		total->too_large |= seconds > SL_DURATION_SECONDS_MAX;
		total->seconds += total->too_large ? 0 : (int64_t)seconds;
		add_nanos(total, count % per_second * (uint64_t)nanos_of_unit);
	} else {
		total->too_large |= __builtin_mul_overflow(
					    count, (uint64_t)nanos_of_unit / SL_NANOS, &product) ||
				    product > SL_DURATION_SECONDS_MAX;
		total->seconds += total->too_large ? 0 : (int64_t)product;
	}
	/* from the last digit to the first: what is cut on the way would be cut at the end */
	for (const char *at = fraction_end; at > point + 1;)
		nanos = ((uint64_t)(*--at - '0') * (uint64_t)nanos_of_unit + nanos) / 10;
	add_nanos(total, nanos);
}

static const char *skip_digits(struct reader *reader)
{
	while (reader->at < reader->end && is_digit(*reader->at))
		reader->at++;
	return reader->at;
}

struct sl_any sl_parse_duration(const char *at, uint32_t bytes)
{
	struct reader reader = {.at = at, .end = at + bytes};
	struct total total = {0};
	bool negative = take(&reader, '-');

	if (!negative)
		take(&reader, '+');
	if (reader.end - reader.at == 1 && *reader.at == '0')
		return (struct sl_any){.kind = SL_KIND_DURATION};
	if (reader.at == reader.end)
		return sl_any_fault(SL_FAULT_CONVERSION);
	while (reader.at < reader.end) {
		const char *whole = reader.at, *point = skip_digits(&reader), *end = point;
		int64_t nanos;

		if (take(&reader, '.'))
			end = skip_digits(&reader);
		nanos = unit(&reader);
		if (nanos == 0 || (point == whole && end <= point + 1))
			return sl_any_fault(SL_FAULT_CONVERSION);
		add_part(&total, whole, point, end, nanos);
	}
	if (total.too_large)
		return sl_any_fault(SL_FAULT_RANGE);
	return (struct sl_any){
		.kind = SL_KIND_DURATION,
		.nanos = (int32_t)(negative ? -total.nanos : total.nanos),
		.integer = negative ? -total.seconds : total.seconds,
	};
}
