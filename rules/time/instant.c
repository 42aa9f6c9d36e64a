#include "rules/time/instant_priv.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#define NS_PER_S 1000000000ll
#define YEAR_MIN 1678
#define YEAR_MAX 2261

struct date {
	int year, month, day;
};

static bool digits(struct sl_slice text, uint32_t at, uint32_t n, int *ret_value)
{
	int value = 0;

	if (at + n > text.bytes)
		return false;
	for (uint32_t i = at; i < at + n; i++) {
		if (text.at[i] < '0' || text.at[i] > '9')
			return false;
		value = value * 10 + (text.at[i] - '0');
	}
	*ret_value = value;
	return true;
}

static bool letter(struct sl_slice text, uint32_t at, char c)
{
	return at < text.bytes && text.at[at] == c;
}

static int days_of_month(int year, int month)
{
	static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

	return days[month - 1] + (month == 2 && leap);
}

static int parse_date(struct sl_slice text, struct date *ret_date)
{
	struct date date;

	if (!digits(text, 0, 4, &date.year) || !letter(text, 4, '-') ||
	    !digits(text, 5, 2, &date.month) || !letter(text, 7, '-') ||
	    !digits(text, 8, 2, &date.day))
		return -EINVAL;
	if (date.month < 1 || date.month > 12 || date.day < 1 ||
	    date.day > days_of_month(date.year, date.month))
		return -EINVAL;
	if (date.year < YEAR_MIN || date.year > YEAR_MAX)
		return -ERANGE;
	*ret_date = date;
	return 0;
}

/* Days since 1970-01-01 of the proleptic Gregorian calendar, counted in years from March. */
static int64_t days_since_epoch(struct date date)
{
	int64_t year = date.year - (date.month <= 2), era = year / 400, of_era = year - era * 400;
	int64_t of_year = (153 * (date.month + (date.month > 2 ? -3 : 9)) + 2) / 5 + date.day - 1;

	return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

/* The fraction and the zone behind "hh:mm:ss"; returns where it ends, 0 for an error. */
static uint32_t parse_tail(struct sl_slice text, uint32_t at, int64_t *ret_fraction_ns,
			   int *ret_offset_s)
{
	int64_t fraction = 0, unit = NS_PER_S;
	int hours, minutes;

	if (letter(text, at, '.')) {
		uint32_t first = ++at;

		while (at < text.bytes && text.at[at] >= '0' && text.at[at] <= '9' &&
		       at - first < 9) {
			unit /= 10;
			fraction += (text.at[at++] - '0') * unit;
		}
		if (at == first)
			return 0;
	}
	*ret_fraction_ns = fraction;
	*ret_offset_s = 0;
	if (letter(text, at, 'Z'))
		return at + 1;
	if (!letter(text, at, '+') && !letter(text, at, '-'))
		return 0;
	if (!digits(text, at + 1, 2, &hours) || !letter(text, at + 3, ':') ||
	    !digits(text, at + 4, 2, &minutes) || hours > 23 || minutes > 59)
		return 0;
	*ret_offset_s = (hours * 60 + minutes) * 60 * (text.at[at] == '-' ? -1 : 1);
	return at + 6;
}

int sl_instant_parse(struct sl_slice text, int64_t *ret_ns)
{
	struct date date;
	int hour, minute, second, offset_s, error = parse_date(text, &date);
	int64_t fraction_ns, seconds;

	if (error)
		return error;
	if (!letter(text, 10, 'T') || !digits(text, 11, 2, &hour) || !letter(text, 13, ':') ||
	    !digits(text, 14, 2, &minute) || !letter(text, 16, ':') ||
	    !digits(text, 17, 2, &second))
		return -EINVAL;
	if (hour > 23 || minute > 59 || second > 59 ||
	    parse_tail(text, 19, &fraction_ns, &offset_s) != text.bytes)
		return -EINVAL;
	seconds = days_since_epoch(date) * 86400 + hour * 3600 + minute * 60 + second - offset_s;
	*ret_ns = seconds * NS_PER_S + fraction_ns;
	return 0;
}

int sl_instant_parse_date(struct sl_slice text, int days_on, int64_t *ret_ns)
{
	struct date date;
	int error = text.bytes == 10 ? parse_date(text, &date) : -EINVAL;
	struct tm local;
	time_t seconds;

	if (error)
		return error;
	/* mktime() carries days over the ends of months, and finds the first moment of a day that
	 * has no midnight */
	local = (struct tm){.tm_year = date.year - 1900,
			    .tm_mon = date.month - 1,
			    .tm_mday = date.day + days_on,
			    .tm_isdst = -1};
	seconds = mktime(&local);
	*ret_ns = (int64_t)seconds * NS_PER_S;
	return 0;
}

static bool is_zone_name(const char *name)
{
	size_t n = strlen(name);

	if (n == 0 || n > SL_ZONE_NAME_MAX || name[0] == '/' || strstr(name, ".."))
		return false;
	return strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_+-/") ==
	       n;
}

/* What TZ must be for the zone; NULL: unknown. The C library takes any name for UTC, so the file
 * is looked for first. Two zones need none. */
static const char *zone_setting(const char *name, char path[SL_ZONE_NAME_MAX + 32])
{
	const char *dir = getenv("TZDIR");

	if (!is_zone_name(name))
		return NULL;
	if (strcmp(name, "UTC") == 0)
		return "UTC0";
	snprintf(path, SL_ZONE_NAME_MAX + 32, "/usr/share/zoneinfo/%s", name);
	if (dir || access(path, R_OK) == 0)
		return name;
	return strcmp(name, SL_ZONE_DEFAULT) == 0 ? "KST-9" : NULL;
}

int sl_zone_enter(const char *name, struct sl_zone *ret_zone)
{
	char path[SL_ZONE_NAME_MAX + 32];
	const char *setting = zone_setting(name, path), *now = getenv("TZ");
	char *before = NULL;

	if (!setting)
		return -EINVAL;
	if (now && !(before = strdup(now)))
		return -ENOMEM;
	if (setenv("TZ", setting, 1)) {
		free(before);
		return -ENOMEM;
	}
	tzset();
	*ret_zone = (struct sl_zone){.before = before, .entered = true};
	return 0;
}

void sl_zone_leave(struct sl_zone *zone)
{
	if (!zone->entered)
		return;
	if (zone->before)
		setenv("TZ", zone->before, 1);
	else
		unsetenv("TZ");
	tzset();
	free(zone->before);
	*zone = (struct sl_zone){0};
}
