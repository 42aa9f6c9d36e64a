#include "fixture.h"

#include "decode/decode_priv.h"

#include <time.h>

static enum sl_time_result parse(const char *text, int64_t *ret_ns)
{
	size_t bytes = strlen(text);
	char *exact = malloc(bytes ? bytes : 1); /* a sanitizer sees a read behind it */
	enum sl_time_result result;

	assert_non_null(exact);
	memcpy(exact, text, bytes);
	result = sl_time_parse((struct sl_text){.at = exact, .bytes = (uint32_t)bytes}, ret_ns);
	free(exact);
	return result;
}

static void sound(const char *text, int64_t expected)
{
	int64_t ns = 0;

	if (parse(text, &ns) != SL_TIME_DONE || ns != expected)
		fail_msg("%s: %lld, not %lld", text, (long long)ns, (long long)expected);
}

static void unsound(const char *text, enum sl_time_result expected)
{
	int64_t ns = 1;

	if (parse(text, &ns) != expected || ns != 1)
		fail_msg("%s", text);
}

static void spellings(void **state)
{
	const int64_t base = 1795219953000000000ll;

	(void)state;
	sound("2026-11-21T00:12:33Z", base);
	sound("2026-11-21t00:12:33z", base);
	sound("2026-11-21 00:12:33Z", base);
	sound("2026-11-21T09:12:33+09:00", base);
	sound("2026-11-20T18:42:33-05:30", base);
	sound("2026-11-21T00:12:33-00:00", base);
	sound("2026-11-21T00:12:33.1Z", base + 100000000);
	sound("2026-11-21T00:12:33.120Z", base + 120000000);
	sound("2026-11-21T00:12:33.000000001Z", base + 1);
	sound("2026-11-21T00:12:33.0000000019Z", base + 1);
	sound("2026-11-21T00:12:33.99999999999999999999999999Z", base + 999999999);
	sound("1970-01-01T00:00:00Z", 0);
	sound("1969-12-31T23:59:59.5Z", -500000000);
	sound("2016-12-31T23:59:60Z", 1483228799999999999ll);
	sound("2016-12-31T23:59:60.5Z", 1483228799999999999ll);
	sound("2024-02-29T00:00:00Z", 1709164800000000000ll);
	sound("1678-01-01T00:00:00Z", -9214560000000000000ll);
	sound("2261-12-31T23:59:59.999999999Z", 9214646399999999999ll);
}

static void misspellings(void **state)
{
	static const char *const texts[] = {
		"",
		"2026",
		"2026-11-21",
		"2026-11-21T00:12:33",
		"2026-11-21T00:12:33.Z",
		"2026-11-21T00:12:33,1Z",
		"2026-11-21T00:12Z",
		"2026-11-21T00:12:33ZZ",
		"2026-11-21T00:12:33+9:00",
		"2026-11-21T00:12:33+0900",
		"2026-11-21T00:12:33+09",
		"2026-11-21T00:12:33 +09:00",
		"2026-11-21T00:12:33+09:00Z",
		"2026/11/21T00:12:33Z",
		"2026-11-21X00:12:33Z",
		"2026-1-021T00:12:33Z",
		"2o26-11-21T00:12:33Z",
		"2026-11-2/T00:12:33Z",
		"2026-11-21T00:1:233Z",
		"2026-11-21T0:012:33Z",
		"2026-11-21T00-12-33Z",
		"2026-11-21T00:12:3:Z",
		"-026-11-21T00:12:33Z",
		"+2026-11-21T00:12:33Z",
		"2026-11-21T00:12:33.1",
		"2026-11-21T00:12:33.-1Z",
		"2026-11-21T00:12:33*09:00",
		"2026-11-21T00:12:33+0a:00",
		"\xff\xff\xff\xff-11-21T00:12:33Z",
		"2026-\xb1\xb1-21T00:12:33Z",
		"202:-11-21T00:12:33Z",
		"20260-11-21T00:12:33",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		unsound(texts[i], SL_TIME_SHAPE);
}

static void no_such_times(void **state)
{
	static const char *const texts[] = {
		"2026-00-21T00:12:33Z",      "2026-13-21T00:12:33Z",      "2026-11-00T00:12:33Z",
		"2026-11-31T00:12:33Z",      "2026-02-29T00:12:33Z",      "1900-02-29T00:12:33Z",
		"2026-11-21T24:00:00Z",      "2026-11-21T00:60:00Z",      "2026-11-21T00:00:61Z",
		"2026-11-21T00:00:00+24:00", "2026-11-21T00:00:00+00:60", "1677-12-31T23:59:59Z",
		"2262-01-01T00:00:00Z",      "0000-01-01T00:00:00Z",      "9999-12-31T23:59:59Z",
		"1678-01-01T00:00:00+00:01", "2261-12-31T23:59:59-00:01", "2026-99-99T99:99:99Z",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		unsound(texts[i], SL_TIME_RANGE);
}

/* Every day of the years that there are, against the C library's calendar. */
static void every_day(void **state)
{
	(void)state;
	for (int64_t day = -106650; day < 106650; day++) {
		time_t seconds = (time_t)(day * 86400 + 12345);
		char text[64];
		struct tm tm;

		gmtime_r(&seconds, &tm);
		snprintf(text, sizeof(text), "%04d-%02d-%02dT%02d:%02d:%02dZ", tm.tm_year + 1900,
			 tm.tm_mon + 1, tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec);
		sound(text, (int64_t)seconds * 1000000000);
	}
}

/* Fractions of every length behind every zone of a kind. */
static void fractions_and_zones(void **state)
{
	static const char digits[] = "123456789987654";

	(void)state;
	for (int zone = -1439; zone < 1440; zone += 7) {
		for (int n = 0; n < 15; n++) {
			int64_t ns = 0, scale = 100000000;
			char text[80], wrong[80];
			int used;

			for (int i = 0; i < n && i < 9; i++, scale /= 10)
				ns += (digits[i] - '0') * scale;
			used = snprintf(text, sizeof(text), "2026-11-21T00:12:33%s%.*s",
					n ? "." : "", n, digits);
			if (zone == -1439)
				snprintf(text + used, sizeof(text) - (size_t)used, "z");
			else
				snprintf(text + used, sizeof(text) - (size_t)used, "%c%02d:%02d",
					 zone < 0 ? '-' : '+', abs(zone) / 60, abs(zone) % 60);
			sound(text,
			      (1795219953ll - (zone == -1439 ? 0 : zone) * 60) * 1000000000 + ns);
			/* no byte of it may be just any other */
			for (int i = 0; text[i]; i++) {
				int64_t other = 1;

				strcpy(wrong, text);
				wrong[i] = '\x7f';
				assert_int_equal(parse(wrong, &other), SL_TIME_SHAPE);
				wrong[i] = (char)(text[i] | 0x80);
				assert_int_equal(parse(wrong, &other), SL_TIME_SHAPE);
			}
		}
	}
}

static void milliseconds(void **state)
{
	int64_t ns = 1;

	(void)state;
	assert_int_equal(sl_time_from_ms(1795219953120, &ns), SL_TIME_DONE);
	assert_int_equal(ns, 1795219953120000000ll);
	assert_int_equal(sl_time_from_ms(-9214560000000, &ns), SL_TIME_DONE);
	assert_int_equal(sl_time_from_ms(-9214560000001, &ns), SL_TIME_RANGE);
	assert_int_equal(sl_time_from_ms(9214646399999, &ns), SL_TIME_DONE);
	assert_int_equal(sl_time_from_ms(9214646400000, &ns), SL_TIME_RANGE);
	assert_int_equal(sl_time_from_ms(INT64_MIN, &ns), SL_TIME_RANGE);
	assert_int_equal(ns, 9214646399999000000ll);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(spellings),           cmocka_unit_test(misspellings),
		cmocka_unit_test(no_such_times),       cmocka_unit_test(every_day),
		cmocka_unit_test(fractions_and_zones), cmocka_unit_test(milliseconds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
