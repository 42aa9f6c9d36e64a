/* Dates, parts of times, time zones. */
#include "program_priv.h"

#define S_PER_DAY 86400

/* The calendar repeats every 400 years, which are 146,097 days. Years that begin in March have
 * their odd day at the end. */
int64_t sl_days_of(int64_t year, unsigned month, unsigned day)
{
	int64_t y = month > 2 ? year : year - 1;
	int64_t era = (y >= 0 ? y : y - 399) / 400;
	int64_t of_era = y - era * 400;
	int64_t of_year = (153 * (int64_t)(month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;

	return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

void sl_date_of(int64_t days, int64_t *ret_year, unsigned *ret_month, unsigned *ret_day)
{
	int64_t from_march = days + 719468;
	int64_t era = (from_march >= 0 ? from_march : from_march - 146096) / 146097;
	int64_t of_era = from_march - era * 146097;
	int64_t year = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
	int64_t of_year = of_era - (365 * year + year / 4 - year / 100);
	unsigned month = (unsigned)((5 * of_year + 2) / 153);

	*ret_day = (unsigned)of_year - (153 * month + 2) / 5 + 1;
	*ret_month = month < 10 ? month + 3 : month - 9;
	*ret_year = era * 400 + year + (month >= 10);
}

int64_t sl_zone_offset(const struct sl_artifact *artifact, uint32_t zone, int64_t utc_s)
{
	const struct sl_time_zone *of = &artifact->zones[zone];
	const struct sl_transition *at = artifact->transitions + of->first;
	uint32_t low = 0, high = of->count;

	if (utc_s > of->repeats_from_s)
		utc_s = of->repeats_from_s + (utc_s - of->repeats_from_s) % SL_ZONE_CYCLE_S;
	while (high - low > 1) {
		uint32_t middle = low + (high - low) / 2;

		if (at[middle].from_s <= utc_s)
			low = middle;
		else
			high = middle;
	}
	return at[low].offset_s;
}

static struct sl_any part_of_duration(enum sl_function function, const struct sl_any *value)
{
	switch (function) {
	case SL_FUNCTION_GET_HOURS:
		return sl_any_int(value->integer / 3600);
	case SL_FUNCTION_GET_MINUTES:
		return sl_any_int(value->integer / 60);
	case SL_FUNCTION_GET_SECONDS:
		return sl_any_int(value->integer);
	case SL_FUNCTION_GET_MILLISECONDS: /* within the second */
		return sl_any_int(value->nanos / 1000000);
	default:
		return sl_any_fault(SL_FAULT_NO_OVERLOAD);
	}
}

static int64_t part_of_date(enum sl_function function, int64_t days)
{
	unsigned month, day;
	int64_t year;

	sl_date_of(days, &year, &month, &day);
	switch (function) {
	case SL_FUNCTION_GET_FULL_YEAR:
		return year;
	case SL_FUNCTION_GET_MONTH:
		return month - 1;
	case SL_FUNCTION_GET_DATE:
		return day;
	case SL_FUNCTION_GET_DAY_OF_MONTH:
		return day - 1;
	case SL_FUNCTION_GET_DAY_OF_YEAR:
		return days - sl_days_of(year, 1, 1);
	default: /* GET_DAY_OF_WEEK: 1970 began on a Thursday, Sunday is 0 */
		return (days % 7 + 11) % 7;
	}
}

struct sl_any sl_any_time_part(enum sl_function function, const struct sl_any *value,
			       int64_t offset_s)
{
	int64_t seconds, days;

	if (value->kind == SL_KIND_DURATION)
		return part_of_duration(function, value);
	if (value->kind != SL_KIND_TIMESTAMP)
		return sl_any_fault(SL_FAULT_NO_OVERLOAD);
	seconds = value->integer + offset_s;
	days = seconds / S_PER_DAY - (seconds % S_PER_DAY < 0);
	seconds -= days * S_PER_DAY;
	switch (function) {
	case SL_FUNCTION_GET_HOURS:
		return sl_any_int(seconds / 3600);
	case SL_FUNCTION_GET_MINUTES:
		return sl_any_int(seconds / 60 % 60);
	case SL_FUNCTION_GET_SECONDS:
		return sl_any_int(seconds % 60);
	case SL_FUNCTION_GET_MILLISECONDS:
		return sl_any_int(value->nanos / 1000000);
	default:
		return sl_any_int(part_of_date(function, days));
	}
}
