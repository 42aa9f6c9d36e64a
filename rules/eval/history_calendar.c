/* Units of the calendar, by the clock on the wall of a time zone.
 *
 * A unit begins at the first instant at which that clock shows its beginning or later: an hour that
 * the clock shows twice is one of two hours, and what it jumps over is no unit. */
#include "rules/eval/history_priv.h"

#define NS_PER_S 1000000000ll
#define DAY_S 86400ll
#define LOOK_S (27 * 3600ll) /* zones lie, and change, by less than that */
#define STRIDE_S 900ll       /* between two changes of a clock there is more */

static int64_t clock_at(struct sl_slice zone, int64_t seconds)
{
	int64_t offset = 0;

	sl_eval_zone(zone, seconds, &offset);
	return seconds + offset;
}

static int64_t floor_to(int64_t seconds, int64_t unit)
{
	int64_t part = seconds % unit;

	return seconds - (part < 0 ? part + unit : part);
}

/* What the clock shows at the beginning of its unit, and of the next one. */
static void unit_of(enum sl_calendar_unit unit, int64_t clock, int64_t *ret_from, int64_t *ret_to)
{
	int64_t day = floor_to(clock, DAY_S) / DAY_S, year;
	int month, of_month;

	switch (unit) {
	case SL_CALENDAR_HOUR:
		*ret_from = floor_to(clock, 3600);
		*ret_to = *ret_from + 3600;
		break;
	case SL_CALENDAR_DAY:
		*ret_from = day * DAY_S;
		*ret_to = *ret_from + DAY_S;
		break;
	case SL_CALENDAR_WEEK:
		/* 1970 began on a Thursday, three days after a Monday */
		*ret_from = (floor_to(day + 3, 7) - 3) * DAY_S;
		*ret_to = *ret_from + 7 * DAY_S;
		break;
	default:
		sl_eval_date(day, &year, &month, &of_month);
		*ret_from = sl_eval_days(year, month, 1) * DAY_S;
		*ret_to = sl_eval_days(month == 12 ? year + 1 : year, month == 12 ? 1 : month + 1,
				       1) *
			  DAY_S;
	}
}

static int64_t first_instant_showing(struct sl_slice zone, int64_t clock)
{
	int64_t before = clock - LOOK_S, after;

	while (clock_at(zone, before + STRIDE_S) < clock)
		before += STRIDE_S;
	after = before + STRIDE_S;
	while (after - before > 1) {
		int64_t middle = before + (after - before) / 2;

		if (clock_at(zone, middle) < clock)
			before = middle;
		else
			after = middle;
	}
	return after;
}

void sl_eval_calendar(enum sl_calendar_unit unit, struct sl_slice zone, int64_t time_ns,
		      int64_t *ret_from_ns, int64_t *ret_to_ns)
{
	int64_t seconds = floor_to(time_ns, NS_PER_S) / NS_PER_S, from, to;

	unit_of(unit, clock_at(zone, seconds), &from, &to);
	*ret_from_ns = first_instant_showing(zone, from) * NS_PER_S;
	*ret_to_ns = first_instant_showing(zone, to) * NS_PER_S;
}
