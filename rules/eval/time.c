/* The parts of times and durations, by the Gregorian calendar reckoned backwards as CEL does. */
#include "rules/eval/eval_priv.h"

#define DAYS_BEFORE_1970 719162 /* of year 1 and those after it */

static bool is_leap(int64_t year)
{
	return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

static int days_in(int64_t year, int month)
{
	static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};

	return days[month - 1] + (month == 2 && is_leap(year));
}

/* Days of all years from 1 to the one before; of year 0 it is minus a leap year. */
static int64_t days_before_year(int64_t year)
{
	int64_t n = year - 1;

	return year > 0 ? n * 365 + n / 4 - n / 100 + n / 400 : -366;
}

int64_t sl_eval_days(int64_t year, int month, int day)
{
	int64_t days = days_before_year(year) - DAYS_BEFORE_1970;

	for (int i = 1; i < month; i++)
		days += days_in(year, i);
	return days + day - 1;
}

/* Zones reach a day beyond the years that times have: 0 and 10,000 occur. */
void sl_eval_date(int64_t days, int64_t *ret_year, int *ret_month, int *ret_day)
{
	int64_t year = (days + DAYS_BEFORE_1970) / 366;
	int month = 1;

	if (year < 0)
		year = 0;
	while (sl_eval_days(year + 1, 1, 1) <= days)
		year++;
	while (sl_eval_days(year, month, 1) + days_in(year, month) <= days)
		month++;
	*ret_year = year;
	*ret_month = month;
	*ret_day = (int)(days - sl_eval_days(year, month, 1)) + 1;
}

static struct sl_eval_any timestamp_part(enum sl_function function, const struct sl_eval_any *of,
					 int64_t offset)
{
	int64_t local = of->integer + offset, days = local / 86400, year;
	int second = (int)(local % 86400), month, day;

	if (second < 0) {
		second += 86400;
		days--;
	}
	sl_eval_date(days, &year, &month, &day);
	switch (function) {
	case SL_FUNCTION_GET_FULL_YEAR:
		return sl_eval_int(year);
	case SL_FUNCTION_GET_MONTH:
		return sl_eval_int(month - 1);
	case SL_FUNCTION_GET_DATE:
		return sl_eval_int(day);
	case SL_FUNCTION_GET_DAY_OF_MONTH:
		return sl_eval_int(day - 1);
	case SL_FUNCTION_GET_DAY_OF_WEEK: /* day 0 of 1970 was a Thursday, Sunday is 0 */
		return sl_eval_int(((days + 4) % 7 + 7) % 7);
	case SL_FUNCTION_GET_DAY_OF_YEAR:
		return sl_eval_int(days - sl_eval_days(year, 1, 1));
	case SL_FUNCTION_GET_HOURS:
		return sl_eval_int(second / 3600);
	case SL_FUNCTION_GET_MINUTES:
		return sl_eval_int(second / 60 % 60);
	case SL_FUNCTION_GET_SECONDS:
		return sl_eval_int(second % 60);
	default:
		return sl_eval_int(of->nanos / 1000000);
	}
}

/* Of a duration: the whole of it in that unit; but milliseconds are those within its second. */
static struct sl_eval_any duration_part(enum sl_function function, const struct sl_eval_any *of)
{
	switch (function) {
	case SL_FUNCTION_GET_HOURS:
		return sl_eval_int(of->integer / 3600);
	case SL_FUNCTION_GET_MINUTES:
		return sl_eval_int(of->integer / 60);
	case SL_FUNCTION_GET_SECONDS:
		return sl_eval_int(of->integer);
	case SL_FUNCTION_GET_MILLISECONDS:
		return sl_eval_int(of->nanos / 1000000);
	default:
		return sl_eval_fault(SL_FAULT_NO_OVERLOAD);
	}
}

struct sl_eval_any sl_eval_time_part(enum sl_function function, const struct sl_eval_any *of,
				     const struct sl_slice *zone)
{
	int64_t offset = 0;

	/* a zone that there is not is wrong whatever it is asked about */
	if (zone && !sl_eval_zone(*zone, of->kind == SL_KIND_TIMESTAMP ? of->integer : 0, &offset))
		return sl_eval_fault(SL_FAULT_NO_ZONE);
	if (of->kind == SL_KIND_DURATION && !zone)
		return duration_part(function, of);
	if (of->kind != SL_KIND_TIMESTAMP)
		return sl_eval_fault(SL_FAULT_NO_OVERLOAD);
	return timestamp_part(function, of, offset);
}
