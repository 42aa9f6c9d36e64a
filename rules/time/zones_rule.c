/* The rule at the end of a zone file, as POSIX has it: two offsets, and when in a year each
 * begins. */
#include "rules/time/zones_priv.h"

#define YEARS 401

struct rule_date {
	char form; /* J: day 1 to 365, never 29 February; 0: day 0 to 365; M */
	int32_t month, week, day;
	int32_t time_s;
};

struct rule_reader {
	const char *at, *end;
	bool failed;
};

static bool take(struct rule_reader *reader, char c)
{
	if (reader->at == reader->end || *reader->at != c)
		return false;
	reader->at++;
	return true;
}

static int32_t number(struct rule_reader *reader, int32_t max)
{
	int32_t value = 0;
	bool any = false;

	for (; reader->at < reader->end && *reader->at >= '0' && *reader->at <= '9'; reader->at++) {
		any = true;
		value = value * 10 + *reader->at - '0';
		if (value > max) {
			reader->failed = true;
			return 0;
		}
	}
	reader->failed |= !any;
	return value;
}

/* Letters, or anything between angle brackets. */
static void name(struct rule_reader *reader)
{
	bool quoted = take(reader, '<');
	const char *begin = reader->at;

	while (reader->at < reader->end &&
	       (quoted ? *reader->at != '>'
		       : (*reader->at | 0x20) >= 'a' && (*reader->at | 0x20) <= 'z'))
		reader->at++;
	reader->failed |= reader->at - begin < 3 || (quoted && !take(reader, '>'));
}

/* [+-]hh[:mm[:ss]] in seconds. */
static int32_t time_of(struct rule_reader *reader)
{
	bool negative = take(reader, '-');
	int32_t seconds;

	if (!negative)
		take(reader, '+');
	seconds = 3600 * number(reader, 167);
	if (take(reader, ':'))
		seconds += 60 * number(reader, 59);
	if (take(reader, ':'))
		seconds += number(reader, 59);
	return negative ? -seconds : seconds;
}

static struct rule_date date(struct rule_reader *reader)
{
	struct rule_date date = {.time_s = 7200};

	if (take(reader, 'M')) {
		date.form = 'M';
		date.month = number(reader, 12);
		reader->failed |= !take(reader, '.') || date.month == 0;
		date.week = number(reader, 5);
		reader->failed |= !take(reader, '.') || date.week == 0;
		date.day = number(reader, 6);
	} else if (take(reader, 'J')) {
		date.form = 'J';
		date.day = number(reader, 365);
		reader->failed |= date.day == 0;
	} else {
		date.day = number(reader, 365);
	}
	if (take(reader, '/'))
		date.time_s = time_of(reader);
	return date;
}

static bool is_leap(int64_t year)
{
	return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

/* Days from 1970 to the first of January of a year from 1 on. */
static int64_t days_to(int64_t year)
{
	int64_t before = year - 1;

	return before * 365 + before / 4 - before / 100 + before / 400 - 719162;
}

static int64_t days_to_month(int64_t year, int32_t month)
{
	static const int16_t days[] = {0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334, 365};

	return days_to(year) + days[month - 1] + (month > 2 && is_leap(year));
}

/* Local seconds since 1970 at which the date begins in a year. */
static int64_t local_seconds(const struct rule_date *date, int64_t year)
{
	int64_t day, next;

	if (date->form == 'J') {
		day = days_to(year) + date->day - 1 + (date->day > 59 && is_leap(year));
	} else if (date->form == 'M') {
		day = days_to_month(year, date->month);
		next = date->month == 12 ? days_to(year + 1) : days_to_month(year, date->month + 1);
		/* day 0 of 1970 was a Thursday, 4 */
		day += ((date->day - (day + 4) % 7) % 7 + 7) % 7 + 7 * (date->week - 1);
		while (day >= next)
			day -= 7;
	} else {
		day = days_to(year) + date->day;
	}
	return day * 86400 + date->time_s;
}

static void add_year(struct sl_buffer *transitions, const struct rule_date dates[2],
		     const int32_t offsets[2], int64_t year)
{
	struct sl_transition at[2];

	for (int i = 0; i < 2; i++) /* 0: summer begins, on winter's clock; 1: it ends */
		at[i] = (struct sl_transition){
			.from_s = local_seconds(&dates[i], year) - offsets[!i],
			.offset_s = offsets[i],
		};
	if (at[0].from_s < at[1].from_s)
		sl_buffer_add(transitions, at, sizeof(at));
	for (int i = 1; i >= 0 && at[0].from_s >= at[1].from_s; i--)
		sl_buffer_add(transitions, &at[i], sizeof(at[i]));
}

/* What a rule that turns summer into the whole year would give: nothing to repeat. */
static bool ascend(const struct sl_buffer *transitions, size_t before)
{
	const struct sl_transition *at = (const struct sl_transition *)transitions->at;
	size_t n = transitions->bytes / sizeof(*at);

	for (size_t i = before / sizeof(*at) + 1; i < n; i++)
		if (at[i].from_s <= at[i - 1].from_s)
			return false;
	return true;
}

bool sl_zone_rule(struct sl_slice rule, int64_t from_year, struct sl_buffer *transitions,
		  bool *ret_for_ever)
{
	struct rule_reader reader = {.at = rule.at, .end = rule.at + rule.bytes};
	struct rule_date dates[2];
	size_t before = transitions->bytes;
	int32_t offsets[2]; /* summer, winter */

	name(&reader);
	offsets[1] = -time_of(&reader);
	if (reader.failed)
		return false;
	*ret_for_ever = reader.at < reader.end;
	if (!*ret_for_ever)
		return true;
	name(&reader);
	offsets[0] = offsets[1] + 3600;
	if (reader.at < reader.end && *reader.at != ',')
		offsets[0] = -time_of(&reader);
	for (int i = 0; i < 2; i++) {
		reader.failed |= !take(&reader, ',');
		dates[i] = date(&reader);
	}
	if (reader.failed || reader.at != reader.end)
		return false;
	for (int64_t year = from_year; year < from_year + YEARS; year++)
		add_year(transitions, dates, offsets, year);
	return !transitions->failed && ascend(transitions, before);
}
