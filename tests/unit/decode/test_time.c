#include "fixture.h"

#include "../../data/instants.h"
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

static void check_row(const struct instant_case *row)
{
	if (row->result == INSTANT_IS)
		sound(row->text, row->ns);
	else
		unsound(row->text, row->result == INSTANT_SHAPE ? SL_TIME_SHAPE : SL_TIME_RANGE);
}

static void the_table(void **state)
{
	(void)state;
	instant_rows(1, check_row);
	/* what does not go into a table of text */
	unsound("\xff\xff\xff\xff-11-21T00:12:33Z", SL_TIME_SHAPE);
	unsound("2026-\xb1\xb1-21T00:12:33Z", SL_TIME_SHAPE);
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
		cmocka_unit_test(the_table),
		cmocka_unit_test(every_day),
		cmocka_unit_test(fractions_and_zones),
		cmocka_unit_test(milliseconds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
