/* Numbers and times as texts. A double is printed with more and more digits until the text reads
 * back as the same number: the shortest that does. */
#include "rules/eval/eval_priv.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

/* d.ddd…e±x with as few digits as give the number back. */
static void shortest(double value, char at[400])
{
	for (int digits = 0; digits < 17; digits++) {
		snprintf(at, 400, "%.*e", digits, value);
		if (strtod(at, NULL) == value)
			return;
	}
}

static bool print_special(double value, char at[400], const char *infinity)
{
	if (isnan(value))
		strcpy(at, "NaN");
	else if (isinf(value))
		snprintf(at, 400, "%s%s",
			 value < 0            ? "-"
			 : infinity[0] == '+' ? "+"
					      : "",
			 infinity + (infinity[0] == '+'));
	else
		return false;
	return true;
}

/* From the shortest digits, without an exponent: zeros before the point or behind it. */
static void plain(double value, char at[400])
{
	char digits[400], *end = at;
	int exponent, n = 0;

	shortest(value, digits);
	exponent = atoi(strchr(digits, 'e') + 1);
	if (digits[0] == '-')
		*end++ = '-';
	for (const char *from = digits; *from != 'e'; from++)
		if (*from >= '0' && *from <= '9')
			digits[n++] = *from;
	for (int i = exponent < 0 ? exponent : 0; i < n || i <= exponent; i++) {
		*end++ = i >= 0 && i < n ? digits[i] : '0';
		if (i == exponent && i + 1 < n)
			*end++ = '.';
	}
	*end = '\0';
}

void sl_eval_print_general(double value, char at[400])
{
	int exponent;

	if (print_special(value, at, "+Inf"))
		return;
	shortest(value, at);
	exponent = atoi(strchr(at, 'e') + 1);
	if (exponent >= -4 && exponent < 6)
		plain(value, at);
}

void sl_eval_print_plain(double value, char at[400])
{
	if (!print_special(value, at, "Infinity"))
		plain(value, at);
}

/* ".12" of 120,000,000 nanoseconds; nothing of none. */
static void print_fraction(int32_t nanos, char at[16])
{
	size_t n;

	snprintf(at, 16, ".%09d", abs(nanos) % 1000000000);
	n = strlen(at);
	while (n && (at[n - 1] == '0' || at[n - 1] == '.')) {
		bool point = at[--n] == '.';

		at[n] = '\0';
		if (point)
			break;
	}
}

void sl_eval_print_instant(const struct sl_eval_any *timestamp, char at[64])
{
	int64_t days = timestamp->integer / 86400, year;
	int second = (int)(timestamp->integer % 86400), month, day;
	char fraction[16];

	if (second < 0) {
		second += 86400;
		days--;
	}
	sl_eval_date(days, &year, &month, &day);
	print_fraction(timestamp->nanos, fraction);
	snprintf(at, 64, "%04d-%02d-%02dT%02d:%02d:%02d%sZ", (int)year, month, day, second / 3600,
		 second / 60 % 60, second % 60, fraction);
}

void sl_eval_print_duration(const struct sl_eval_any *duration, char at[64])
{
	bool minus = duration->integer < 0 || duration->nanos < 0;
	char fraction[16];

	print_fraction(duration->nanos, fraction);
	snprintf(at, 64, "%s%lld%ss", minus ? "-" : "", llabs((long long)duration->integer),
		 fraction);
}
