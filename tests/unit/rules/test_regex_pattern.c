#include "regex_fixture.h"

#include <hs/hs_compile.h>
#include <limits.h>

#define HEAD "\\x01\\x30\\x63\\x02"
#define END "\\x03"

static struct sl_regex_filter filter_of(struct regex_rig *rig, const char *pattern)
{
	struct sl_regex_filter filter;

	regex_parse(rig, pattern);
	assert_int_equal(sl_regex_filter(&rig->tree, 3, &rig->arena, &filter), 0);
	return filter;
}

static void assert_filter(const char *pattern, const char *wanted)
{
	struct regex_rig rig;
	struct sl_regex_filter filter = filter_of(&rig, pattern);

	assert_true(filter.usable);
	assert_string_equal(filter.expression, wanted);
	regex_end(&rig);
}

static void assert_unusable(const char *pattern)
{
	struct regex_rig rig;
	struct sl_regex_filter filter = filter_of(&rig, pattern);

	assert_false(filter.usable);
	assert_string_equal(filter.expression, "");
	regex_end(&rig);
}

static void test_bytes(void **state)
{
	(void)state;
	assert_filter("ab", "[\\x61][\\x62]");
	assert_filter("a가", "[\\x61](?:\\xea\\xb0\\x80)");
	assert_filter("a[가나]", "[\\x61](?:\\xea\\xb0\\x80|\\xeb\\x82\\x98)");
	/* what the canonical text escapes */
	assert_filter("a\\x01", "[\\x61](?:\\x04[\\x41])");
	assert_filter("a[\\x00-\\x06]b", "[\\x61](?:[\\x05-\\x06]|\\x04[\\x40-\\x44])[\\x62]");
	/* a character of one to four bytes, two where it is escaped */
	assert_filter("a.{2,3}b", "[\\x61][\\x04-\\x09\\x0b-\\xbf\\xc2-\\xf4]{2,12}[\\x62]");
	assert_filter("a[가-힣]{2}b", "[\\x61][\\x80-\\xbf\\xea-\\xed]{6}[\\x62]");
	assert_filter("a[\\x00-\\x03가]{2}b",
		      "[\\x61][\\x04\\x40-\\x43\\x80\\xb0\\xea]{4,6}[\\x62]");
	assert_filter("a\\d*b", "[\\x61][\\x30-\\x39]*[\\x62]");
}

static void test_anchors(void **state)
{
	(void)state;
	assert_filter("^ab$", "(?:" HEAD ")[\\x61][\\x62](?:" END ")");
	assert_filter("^$", "(?:" HEAD ")(?:" END ")");
	assert_filter("$^", "(?:" HEAD ")(?:" END ")");
	assert_filter("(?m)^a", "(?:" HEAD "|\\x0a)[\\x61]");
	assert_filter("(?m)a$", "[\\x61](?:" END "|\\x0a)");
	assert_filter("(?:^|,)a(?:,|$)", "(?:(?:" HEAD ")|[\\x2c])[\\x61](?:[\\x2c]|(?:" END "))");
	/* neither at the begin nor at the end: left out */
	assert_filter("(?:^a){2}b", "(?:[\\x61]){2}[\\x62]");
	assert_filter("ab$c", "[\\x61][\\x62][\\x63]");
	assert_filter("\\bab\\b", "[\\x61][\\x62]");
}

static void test_judgement(void **state)
{
	(void)state;
	assert_unusable("");
	assert_unusable("a*");
	assert_unusable("^");
	assert_unusable("$");
	assert_unusable("\\b");
	assert_unusable(".");
	assert_unusable("\\d");
	assert_unusable("ab|");
	assert_unusable("ab|\\d");
	assert_unusable("[\\s\\S]{20}");
	assert_filter("\\d\\d", "[\\x30-\\x39][\\x30-\\x39]");
}

static void test_counts(void **state)
{
	struct regex_rig rig;
	struct sl_regex_filter filter = filter_of(&rig, "a.*b\\d+c.{2,30}d");

	(void)state;
	assert_int_equal(filter.unbounded, 2);
	assert_int_equal(filter.repeat_max, 120);
	assert_int_equal(filter.flags, 0);
	regex_end(&rig);
}

static void test_measure(void **state)
{
	struct sl_regex_cost cost;
	struct regex_rig rig;
	struct sl_regex_filter filter = filter_of(&rig, "^loan\\.[a-z]{2,5}$");

	(void)state;
	assert_int_equal(sl_regex_filter_measure(&filter, &cost), 0);
	assert_int_equal(cost.min_width, 4 + 5 + 2 + 1);
	assert_int_equal(cost.max_width, 4 + 5 + 5 + 1);
	assert_true(cost.database_bytes > 0);
	assert_false(cost.prefilter || cost.refused || cost.dear);
	regex_end(&rig);

	filter = filter_of(&rig, "ab.*cd.*ef");
	assert_int_equal(sl_regex_filter_measure(&filter, &cost), 0);
	assert_int_equal(cost.max_width, UINT_MAX);
	assert_true(cost.dear && filter.usable);
	regex_end(&rig);
}

/* What the library does not take as it is, it may take as a filter of its own. No expression of
 * ours is known that needs it: these are not from a pattern. */
static void test_prefilter(void **state)
{
	struct sl_regex_filter ahead = {.expression = "ab(?=c)", .usable = true};
	struct sl_regex_filter broken = {.expression = "ab(", .usable = true};
	struct sl_regex_cost cost;

	(void)state;
	assert_int_equal(sl_regex_filter_measure(&ahead, &cost), 0);
	assert_true(cost.prefilter && cost.dear && !cost.refused && ahead.usable);
	assert_int_equal(ahead.flags, HS_FLAG_PREFILTER);
	assert_int_equal(sl_regex_filter_measure(&broken, &cost), 0);
	assert_true(cost.refused && cost.dear && !broken.usable);
	assert_string_equal(broken.expression, "");
}

/* Repeated groups of many bytes are said without an end, where the library would unroll them. */
static void test_long_groups(void **state)
{
	(void)state;
	assert_filter("x(?:ab?c){3}y", "[\\x78](?:[\\x61][\\x62]?[\\x63]){3}[\\x79]");
	assert_filter("x(?:ab?c){300}y", "[\\x78](?:[\\x61][\\x62]?[\\x63])+[\\x79]");
	assert_filter("x(?:ab?c){0,300}y", "[\\x78](?:[\\x61][\\x62]?[\\x63])*[\\x79]");
}

static void test_measure_of_none(void **state)
{
	struct sl_regex_cost cost;
	struct regex_rig rig;
	struct sl_regex_filter filter = filter_of(&rig, "a*");

	(void)state;
	assert_int_equal(sl_regex_filter_measure(&filter, &cost), 0);
	assert_true(cost.refused && cost.dear && !filter.usable);
	regex_end(&rig);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_bytes),       cmocka_unit_test(test_anchors),
		cmocka_unit_test(test_judgement),   cmocka_unit_test(test_counts),
		cmocka_unit_test(test_measure),     cmocka_unit_test(test_prefilter),
		cmocka_unit_test(test_long_groups), cmocka_unit_test(test_measure_of_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
