#include "rules_fixture.h"

#include "../../data/instants.h"
#include "rules/time/instant_priv.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define NS 1000000000ll

static void check_row(const struct instant_case *row)
{
	static const int errors[] = {
		[INSTANT_IS] = 0, [INSTANT_SHAPE] = -EINVAL, [INSTANT_RANGE] = -ERANGE};
	int64_t ns = 7, expected = row->result == INSTANT_IS ? row->ns : 7; /* untouched */
	int error = sl_instant_parse(sl_slice_of(row->text), &ns);

	if (error != errors[row->result] || ns != expected)
		fail_msg("%s: %d, %lld, not %d, %lld", row->text, error, (long long)ns,
			 errors[row->result], (long long)expected);
}

static void the_table(void **state)
{
	(void)state;
	instant_rows(2, check_row);
}

static int64_t date_in(const char *zone_name, const char *date, int days_on)
{
	struct sl_zone zone;
	int64_t ns;

	assert_int_equal(sl_zone_enter(zone_name, &zone), 0);
	assert_int_equal(sl_instant_parse_date(sl_slice_of(date), days_on, &ns), 0);
	sl_zone_leave(&zone);
	return ns;
}

static void dates_are_of_the_zone(void **state)
{
	(void)state;
	assert_int_equal(date_in("UTC", "2026-01-01", 0), 1767225600 * NS);
	assert_int_equal(date_in("Asia/Seoul", "2026-01-01", 0), (1767225600 - 9 * 3600) * NS);
	/* the end of a day is the beginning of the next, over the ends of months and years */
	assert_int_equal(date_in("Asia/Seoul", "2026-12-31", 1),
			 date_in("Asia/Seoul", "2027-01-01", 0));
	assert_int_equal(date_in("UTC", "2024-02-28", 1), date_in("UTC", "2024-02-29", 0));
}

static void days_of_a_clock_change_are_not_24_hours(void **state)
{
	struct sl_zone zone;

	(void)state;
	if (sl_zone_enter("Europe/Berlin", &zone))
		skip(); /* a machine without zones */
	sl_zone_leave(&zone);
	assert_int_equal(date_in("Europe/Berlin", "2026-03-29", 1) -
				 date_in("Europe/Berlin", "2026-03-29", 0),
			 23 * 3600 * NS);
	assert_int_equal(date_in("Europe/Berlin", "2026-10-25", 1) -
				 date_in("Europe/Berlin", "2026-10-25", 0),
			 25 * 3600 * NS);
}

static void zones_are_left_as_found(void **state)
{
	struct sl_zone zone;

	(void)state;
	setenv("TZ", "UTC-5", 1);
	assert_int_equal(sl_zone_enter("Asia/Seoul", &zone), 0);
	sl_zone_leave(&zone);
	sl_zone_leave(&zone);
	assert_string_equal(getenv("TZ"), "UTC-5");
	unsetenv("TZ");
	tzset();
}

static void zones_that_are_none(void **state)
{
	static const char *const names[] = {"",    "Mars/Base", "../etc/passwd", "/etc/localtime",
					    "a b", "UTC0; rm"};
	struct sl_zone zone;

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		assert_int_equal(sl_zone_enter(names[i], &zone), -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_table),
		cmocka_unit_test(dates_are_of_the_zone),
		cmocka_unit_test(days_of_a_clock_change_are_not_24_hours),
		cmocka_unit_test(zones_are_left_as_found),
		cmocka_unit_test(zones_that_are_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
