#include "tools/sluice/time_argument.h"

#include "base/clock.h"
#include "base/json_out.h"
#include "decode/decode.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define AGO_MAX 100000

void sl_time_argument(const char *text, char ret_time[SL_TIME_ARGUMENT_BYTES])
{
	static const char units[] = "smhd";
	static const int64_t seconds[] = {1, 60, 3600, 86400};
	const struct sl_text whole = {.at = text, .bytes = (uint32_t)strlen(text)};
	int64_t ns = sl_clock_read(CLOCK_REALTIME) / SL_NS_PER_S * SL_NS_PER_S;
	char *end, formatted[40];
	long n = strtol(text, &end, 10);
	const char *unit = *end ? strchr(units, *end) : NULL;

	if (unit && !end[1] && end > text && n >= 0 && n <= AGO_MAX) {
		ns -= n * seconds[unit - units] * SL_NS_PER_S;
	} else if (sl_time_parse(whole, &ns) != SL_TIME_DONE) {
		snprintf(ret_time, SL_TIME_ARGUMENT_BYTES, "%s", text);
		return;
	}
	snprintf(ret_time, SL_TIME_ARGUMENT_BYTES, "%.*s", (int)sl_time_format(ns, formatted),
		 formatted);
}
